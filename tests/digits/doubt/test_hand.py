"""What the digits of one hand tell of each other."""

import cv2
import numpy as np
import pytest
from conftest import write

from digits.doubt.hand import draw_edges, settle_hand
from digits.frame import fit_in_frame
from digits.reading import read_picture
from digits.segment.blobs import Blob
from digits.segment.candidates import Candidate
from handwriting.corpus import EFFECTS

BLOB = Blob(0, 0, np.ones((40, 20), bool))
THREE, FIVE = (fit_in_frame(write(text)) for text in "35")


def make(chances, image=THREE):
    """A digit that the network gives these chances, what they leave in equal parts to the rest."""
    rest = (1 - sum(chances.values())) / (10 - len(chances))
    probabilities = np.array([chances.get(digit, rest) for digit in range(10)], np.float32)
    return Candidate(BLOB, image, probabilities)


def settle(*digits):
    return [piece.probabilities for piece in settle_hand(digits)]


@pytest.mark.parametrize(("one", "settled"), [(0.4, 1), (0.2, 1), (0.001, 7)])
def test_a_1_is_likelier_than_a_7_beside_one_that_looks_otherwise(one, settled):
    doubted, seven = make({1: one, 7: 0.998 - one}), make({7: 0.9999}, FIVE)
    chances, _ = settle(doubted, seven)
    assert chances.argmax() == settled
    assert chances.sum() == pytest.approx(1)


@pytest.mark.parametrize("beside", [[], [make({1: 0.9999}, FIVE)]])
def test_a_7_stays_one_where_there_is_no_other_to_compare_it_with(beside):
    assert settle(make({1: 0.4, 7: 0.598}), *beside)[0].argmax() == 7


def test_a_1_is_no_likelier_than_other_digits():
    chances, _ = settle(make({1: 0.4, 9: 0.6, 7: 0.0001}), make({7: 0.9999}, FIVE))
    assert chances[1] == pytest.approx(0.4, abs=0.001)


def test_a_doubted_digit_is_what_looks_like_it_on_the_page():
    doubted = make({3: 0.3, 5: 0.7})
    assert settle(doubted)[0].argmax() == 5
    sure = make({3: 0.9999}), make({5: 0.9999}, FIVE)
    assert settle(doubted, *sure)[0].argmax() == 3
    assert settle(*sure, doubted)[2].argmax() == 3


def test_a_doubted_digit_is_less_likely_what_it_does_not_look_like():
    alone, beside = make({5: 0.6, 6: 0.399}), make({5: 0.9999}, FIVE)
    assert settle(alone, beside)[0][5] < 0.5


def test_a_digit_that_is_doubted_itself_tells_nothing():
    doubted, other = make({3: 0.3, 5: 0.7}), make({3: 0.9, 5: 0.1})
    assert settle(doubted, other)[0] == pytest.approx(doubted.probabilities, abs=1e-6)


def test_a_digit_without_doubt_stays_as_it_is():
    sure = [make({3: 1.0}), make({3: 1.0}, FIVE)]
    assert all(after is before for after, before in zip(settle_hand(sure), sure, strict=True))
    assert settle_hand([]) == []


def test_edges_of_the_same_digit_are_nearer_than_those_of_another():
    again = draw_edges(cv2.GaussianBlur(np.roll(THREE, 1, axis=1), (0, 0), 0.7))
    assert draw_edges(THREE) @ again > draw_edges(FIVE) @ again
    assert np.linalg.norm(again) == pytest.approx(1)
    assert not draw_edges(np.zeros((28, 28), np.uint8)).any()


@pytest.mark.parametrize(("effect", "number"), [("turned", 105), ("cells", 149), ("steep", 414)])
def test_a_1_of_a_hand_whose_sevens_look_otherwise_is_read(classify, effect, number):
    text, picture = EFFECTS[effect](np.random.default_rng([7, [*EFFECTS].index(effect), number]))
    assert read_picture(picture, classify).text == text
