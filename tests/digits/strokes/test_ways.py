"""The best way to cut ink into digits that touch."""

import numpy as np
import pytest

from digits.segment.blobs import split_blobs
from digits.segment.candidates import Candidate
from digits.segment.cutting import Span, Ways, propose_cuts
from digits.strokes.ways import NEAR, _weigh_others
from handwriting.pages import draw_text


def make(chances):
    """Ways from cut 0 to 1, each a span that is the digit 0, 1 and so on, and the pieces."""
    spans = [Span(0, 1, None, 0.0, None) for _ in chances]
    pieces = {i: Candidate(None, None, np.eye(10)[i]) for i in range(len(chances))}
    return Ways(spans, np.log(chances)), pieces


@pytest.mark.parametrize("seed", [0, 2, 5])
def test_a_long_row_of_digits_that_all_touch_can_be_cut(seed):
    drawing = draw_text("347408", np.random.default_rng(seed), height=50, pen=5, overlap=0.2)
    (blob,) = split_blobs((drawing.ink > 127).astype(np.uint8))
    spans = propose_cuts(blob)
    assert len(Ways(spans, [0.0] * len(spans)).find_best()[0]) >= 3


def test_a_way_is_trusted_less_where_one_to_other_digits_is_near():
    assert _weigh_others(*make([0.9, 0.9 * np.exp(-NEAR - 0.01)])) == 1
    assert 0.5 < _weigh_others(*make([0.9, 0.8])) < 0.75


def test_another_way_to_the_same_digits_is_no_doubt():
    ways, pieces = make([0.9, 0.8])
    assert _weigh_others(ways, {0: pieces[0], 1: pieces[0]}) == 1


def test_the_best_way_is_the_best_of_all_after_each_change_of_a_score():
    rng = np.random.default_rng(0)
    pairs = [(start, end) for end in range(1, 8) for start in range(end) if rng.random() < 0.8]
    spans = [Span(*pair, None, 0.0, None) for pair in pairs]
    ways = Ways(spans, rng.normal(size=len(spans)))
    for _ in range(100):
        way, score = ways.find_best()
        assert [spans[i].start for i in way] == [0, *(spans[i].end for i in way[:-1])]
        assert spans[way[-1]].end == 7
        assert score == pytest.approx(ways.scores[list(way)].sum())
        assert score == pytest.approx(find_most(spans, ways.scores, 0))
        ways.rescore(int(rng.integers(len(spans))), rng.normal())


def find_most(spans, scores, start):
    """The score of the best way from the cut `start` to cut 7."""
    if start == 7:
        return 0.0
    on = [(s.end, score) for s, score in zip(spans, scores, strict=True) if s.start == start]
    return max((score + find_most(spans, scores, end) for end, score in on), default=-np.inf)
