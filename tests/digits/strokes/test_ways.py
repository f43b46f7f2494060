"""The best way to cut ink into digits that touch."""

import numpy as np
import pytest

from digits.segment.blobs import split_blobs
from digits.segment.candidates import Candidate
from digits.segment.cutting import Span, find_best_way, propose_cuts
from digits.strokes.ways import NEAR, _weigh_others
from handwriting.pages import draw_text


def make(chances):
    """Spans from cut 0 to 1 that are the digits 0, 1 and so on, their scores, and the pieces."""
    spans = [Span(0, 1, None, 0.0, None) for _ in chances]
    pieces = {i: Candidate(None, None, np.eye(10)[i]) for i in range(len(chances))}
    return spans, list(np.log(chances)), pieces


@pytest.mark.parametrize("seed", [0, 2, 5])
def test_a_long_row_of_digits_that_all_touch_can_be_cut(seed):
    drawing = draw_text("347408", np.random.default_rng(seed), height=50, pen=5, overlap=0.2)
    (blob,) = split_blobs((drawing.ink > 127).astype(np.uint8))
    spans = propose_cuts(blob)
    assert len(find_best_way(spans, [0.0] * len(spans))[0]) >= 3


def test_a_way_is_trusted_less_where_one_to_other_digits_is_near():
    assert _weigh_others(*make([0.9, 0.9 * np.exp(-NEAR - 0.01)])) == 1
    assert 0.5 < _weigh_others(*make([0.9, 0.8])) < 0.75


def test_another_way_to_the_same_digits_is_no_doubt():
    spans, scores, pieces = make([0.9, 0.8])
    assert _weigh_others(spans, scores, {0: pieces[0], 1: pieces[0]}) == 1
