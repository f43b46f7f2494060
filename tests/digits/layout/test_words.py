"""Letters beside digits: what a piece's neighbours tell of it."""

import numpy as np
import pytest

from digits.layout.words import weigh_digits
from digits.segment.blobs import Blob
from digits.segment.grouping import Candidate

MARKED = np.zeros((28, 28), np.uint8)


def make_piece(x, *, digit=0.99, other=0.01, read=8):
    """A piece of 20 x 40 pixels, read as the digit `read`, as the second head sees it."""
    signs = np.full(13, max(0.0, 1 - digit - other) / 11, np.float32)
    signs[0], signs[12] = digit, other
    blob = Blob(x, 100, np.ones((40, 20), bool))
    return Candidate(blob, MARKED, np.eye(10, dtype=np.float32)[read], signs)


def make_line(letters, gaps):
    """Pieces from left to right: a letter where `letters` has an x, else a digit."""
    places = np.cumsum([10, *(20 + gap for gap in gaps)]).tolist()
    others = [0.95 if letter == "x" else 0.05 for letter in letters]
    return [make_piece(x, digit=1 - o, other=o) for x, o in zip(places, others, strict=True)]


def test_a_piece_that_is_surely_a_digit_is_left_alone():
    assert weigh_digits([make_piece(10)]) == [1.0]


def test_a_piece_that_is_rather_something_else_is_doubted():
    assert weigh_digits([make_piece(10, digit=0.1, other=0.9)]) < 0.8


@pytest.mark.parametrize(("read", "doubted"), [(1, False), (7, True)])
def test_a_bracket_may_be_a_1_and_nothing_else(read, doubted):
    (share,) = weigh_digits([make_piece(10, digit=0.05, other=0.01, read=read)])
    assert (share < 0.8) == doubted


def test_a_lone_digit_inside_a_word_is_doubted():
    assert weigh_digits(make_line("xx-xx", [10] * 4))[2] < 0.8


def test_a_number_beside_a_word_is_believed():
    assert (weigh_digits(make_line("xxxx--", [10, 10, 10, 40, 10]))[4:] > 0.9).all()


def test_letters_as_far_apart_as_in_capitals_are_one_word():
    assert weigh_digits(make_line("xx-xx", [40] * 4))[2] < 0.8


def test_a_digit_far_from_letters_is_believed():
    assert weigh_digits(make_line("x-x", [200] * 2))[1] > 0.9


def test_a_model_without_a_second_head_doubts_nothing():
    piece = make_piece(10)._replace(signs=None)
    assert weigh_digits([piece, piece]).tolist() == [1, 1]
