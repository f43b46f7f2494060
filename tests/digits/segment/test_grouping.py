"""Pieces of ink -> the row of digits that they most likely are, and what finding it costs."""

from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest
from conftest import read_text

from digits.network import SIGN_KINDS, Answers
from digits.segment.blobs import digit_height, split_blobs, stroke_width
from digits.segment.candidates import (
    LOW,
    LOW_COST,
    OTHER,
    SIGNS_OF_FORM,
    WIDE_COST,
    Candidate,
    View,
    settle_piece,
)
from digits.segment.cutting import CUT_COST, RUN_COST, propose_cuts
from digits.segment.glyph import draw_glyph
from digits.segment.grouping import HARDLY_ANY, read_blobs
from digits.strokes.ways import TOUCH_COST
from handwriting.corpus import EFFECTS
from handwriting.effects.notes import draw_show_through
from handwriting.pages import draw_text

TOUCHING = draw_text("00", np.random.default_rng(7), touching=True, neatness=1.0).ink


class Network:
    """A classifier of made-up opinions, and how many images it was shown."""

    def __init__(self, seed, *, least=0.0):
        self.seed, self.least, self.shown = seed, least, 0

    def __call__(self, images):
        self.shown += len(images)
        chances = np.zeros((len(images), 10), np.float32)
        for row, image in zip(chances, images, strict=True):
            rng = np.random.default_rng([self.seed, int(image.sum())])  # the same for the same ink
            row[rng.integers(10)] = self.least + (1 - self.least) * rng.random()
        return Answers(chances, None)


def read(ink, network):
    """The reading of all pieces of the ink, uint8 (H, W)."""
    blobs = split_blobs((ink > 127).astype(np.uint8))
    level = ink.astype(np.float32) / 255
    return read_blobs(blobs, View(level, digit_height(blobs), network))


def test_a_digit_that_the_network_is_sure_of_is_shown_once():
    ink = draw_text("0", np.random.default_rng(1)).ink
    ink = cv2.resize(ink, None, fx=1.8, fy=1.0)  # so wide that it may be two that touch
    network = Network(0, least=1.0)
    assert len(read(ink, network).digits) == 1
    assert network.shown == 1


@pytest.mark.parametrize("seed", range(5))
def test_of_the_pieces_between_cuts_the_network_sees_the_lesser_part(seed):
    (blob,) = split_blobs((TOUCHING > 127).astype(np.uint8))
    network = Network(seed)
    read(TOUCHING, network)
    assert 1 < network.shown < len(propose_cuts(blob)) / 2


@pytest.mark.parametrize("seed", range(5))
def test_no_way_to_read_touching_digits_scores_better_than_the_one_taken(seed):
    network = Network(seed)
    (blob,) = split_blobs((TOUCHING > 127).astype(np.uint8))
    spans = propose_cuts(blob)
    images = np.stack([draw_glyph(TOUCHING / np.float32(255), span.draw()) for span in spans])
    scores = [-span.cost for span in spans]
    pen = stroke_width(blob)
    answers = network(images).digits
    for number, (_, _, piece, *_) in enumerate(spans):
        one = Candidate(spans[number].draw(), images[number], answers[number])
        scores[number] += settle_piece(one, pen).doubt
        scores[number] -= WIDE_COST * max(0, piece.width / piece.height - 1)
        scores[number] -= LOW_COST * max(0, 1 - piece.height / (LOW * blob.height))

    @cache
    def score_rest(start):
        """The score of the best way from the cut `start` to the last."""
        if start == spans[-1].end:
            return 0.0
        ways = zip(spans, scores, strict=True)
        return max(
            (score + score_rest(s.end) for s, score in ways if s.start == start), default=-np.inf
        )

    whole = network(draw_glyph(TOUCHING / np.float32(255), blob)[np.newaxis]).digits.max()
    uncut = np.log(whole) - WIDE_COST * (blob.width / blob.height - 1)
    best = max(score_rest(0) - TOUCH_COST, uncut)
    assert read(TOUCHING, network).score == pytest.approx(best, abs=1e-4)


def test_of_a_thousand_pieces_that_are_no_digits_the_largest_are_read_and_it_is_told():
    rng = np.random.default_rng(0)
    ink = np.zeros((1000, 1000), np.uint8)
    for y in range(10, 990, 25):
        for x in range(10, 990, 25):
            cv2.line(ink, (x, y), (x + int(rng.integers(4, 12)), y + 8), 255, 2)
    assert not read(ink, lambda images: Answers(np.full((len(images), 10), 0.1), None)).whole


def test_of_a_texture_of_fewer_pieces_hardly_any_is_cut():
    ink = np.zeros((600, 800), np.uint8)
    for y in range(10, 590, 80):
        for x in range(10, 790, 100):
            cv2.rectangle(ink, (x, y), (x + 60, y + 30), 255, 3)
            cv2.line(ink, (x + 30, y), (x + 30, y + 30), 255, 3)
    shown = []

    def classify(images):
        shown.append(len(images))
        return Answers(np.full((len(images), 10), 0.1, np.float32), None)

    reading = read(ink, classify)
    assert not reading.whole
    assert sum(shown) < 64 + 64 + HARDLY_ANY  # each piece, at most two together, and the cuts


def test_a_thousand_digits_are_read_whole():
    ink = draw_text("\n".join(["2586147930" * 2] * 50), np.random.default_rng(0), height=24).ink
    reading = read(ink, Network(0, least=1.0))
    assert reading.whole
    assert len(reading.digits) >= 950


ROUND = 0.68  # times its height: the least width of a ring


class Rings:
    """A classifier that is sure of a ring, as a 0, or of nothing at all."""

    def __init__(self, sure, *, other=0.0):
        self.sure, self.other = sure, other

    def __call__(self, images):
        chances = np.full(len(images), 0.3, np.float32)
        for i, image in enumerate(images):
            ink = (image > 64).astype(np.uint8)
            contours = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[-2]
            _, _, width, height = cv2.boundingRect(ink)
            if len(contours) == 2 and width > ROUND * height:  # outside and inside
                chances[i] = self.sure
        digits = np.zeros((len(images), 10), np.float32)
        signs = np.zeros((len(images), len(SIGN_KINDS)), np.float32)
        digits[:, 0] = chances
        signs[:, SIGN_KINDS.index("digit")] = chances * (1 - self.other)
        signs[:, OTHER] = chances * self.other
        return Answers(digits, signs)


def draw_crossed_rings():
    """Two rings that lie over each other, uint8 (H, W)."""
    ink = np.zeros((120, 160), np.uint8)
    for x in (60, 92):
        cv2.ellipse(ink, (x, 60), (22, 30), 0, 0, 360, 255, 5)
    return ink


def test_digits_that_lie_over_each_other_share_the_ink_of_their_crossings():
    one, two = (digit.blob for digit in read(draw_crossed_rings(), Rings(1.0)).digits)
    assert one.x < two.x < one.right < two.right


def test_cuts_that_cost_too_much_are_not_proposed():
    (blob,) = split_blobs((TOUCHING > 127).astype(np.uint8))
    spans = propose_cuts(blob)
    costs = sorted({span.cost for span in spans if span.cost})
    assert len(costs) > 1
    fewer = propose_cuts(blob, most=costs[-1])
    assert sorted({span.cost for span in fewer if span.cost}) == costs[:-1]
    assert {span.box for span in fewer} <= {span.box for span in spans}


def test_ink_that_can_be_cut_in_part_only_is_not_cut():
    ink = np.zeros((60, 400), np.uint8)
    cv2.line(ink, (10, 10), (10, 50), 255, 5)
    cv2.line(ink, (10, 30), (70, 30), 255, 5)
    cv2.rectangle(ink, (70, 15), (390, 45), 255, 5)  # each cut through it severs two strokes
    (blob,) = split_blobs((ink > 127).astype(np.uint8))
    assert propose_cuts(blob)
    assert not propose_cuts(blob, most=CUT_COST + RUN_COST)


def test_ink_is_shared_by_nothing_that_is_likelier_no_digit():
    reading = read(draw_crossed_rings(), Rings(1.0, other=0.6))
    assert all(one.blob.right <= two.blob.x for one, two in pairwise(reading.digits))


def test_a_cut_along_strokes_is_trusted_no_more_than_what_is_at_either_side_of_it():
    one, two = read(draw_crossed_rings(), Rings(0.9)).digits
    assert one.blob.right > two.blob.x
    assert one.trust == two.trust <= 0.9 * 0.9


def test_one_stroke_far_wider_than_high_is_no_sign():
    ink = np.zeros((80, 300), np.uint8)
    cv2.polylines(ink, [np.array([(x, 20 + x % 80) for x in range(20, 280, 40)])], False, 255, 5)

    def classify(images):
        signs = np.zeros((len(images), len(SIGN_KINDS)), np.float32)
        signs[:, SIGNS_OF_FORM[0]] = 1
        return Answers(np.full((len(images), 10), 0.1, np.float32), signs)

    assert read(ink, classify).signs == ()


def test_digits_that_stand_above_each_other_on_several_lines_are_no_high_one(classify):
    seed = [7, list(EFFECTS).index("show-through"), 146]  # three of them were a 1
    text, picture = draw_show_through(np.random.default_rng(seed))
    assert read_text(picture, classify) == text.replace("\n", "|")
