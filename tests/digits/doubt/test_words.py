"""Letters beside digits: what a piece's neighbours tell of it."""

import numpy as np
import pytest

from digits.doubt.words import find_letters, leave_words, weigh_digits
from digits.network import SIGN_KINDS
from digits.segment.blobs import Blob
from digits.segment.candidates import Candidate

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


def find(pieces):
    return find_letters(pieces, [range(len(pieces))]).tolist()


def test_a_word_beside_a_number_is_found():
    assert find(make_line("xxx--", [10, 10, 60, 10])) == [True, True, True, False, False]


def test_a_letter_that_looks_like_a_digit_is_found_inside_its_word():
    assert find(make_line("xx-x--", [10, 10, 10, 60, 10]))[2]


def test_a_number_of_which_one_digit_looks_like_a_dot_is_no_word():
    """A fat little 6 does; how large it is the network does not see."""
    line = make_line("------", [10] * 5)
    line[1] = line[1]._replace(signs=make_piece(0, digit=0.7, other=0.3).signs)
    dot = np.zeros(13, np.float32)
    dot[[0, SIGN_KINDS.index(".")]] = 0.05, 0.95
    line[2] = line[2]._replace(signs=dot)
    pieces = [*line, *make_line("---", [10] * 2)]
    assert not find_letters(pieces, [range(6), range(6, 9)]).any()


def test_a_number_of_which_one_digit_is_doubted_stays_whole():
    assert not any(find(make_line("--x--", [10] * 4)))


def test_where_nothing_is_plainly_a_number_no_word_is_found():
    assert not any(find(make_line("xxxx", [10] * 3)))


def test_digits_that_are_all_doubted_a_little_are_no_word():
    pieces = make_line("-------", [10, 60, 10, 10, 10, 10])
    doubted = [make_piece(piece.blob.x, digit=0.9, other=0.1) for piece in pieces[2:]]
    assert not any(find(pieces[:2] + doubted))


def test_brackets_are_no_letters():
    digits = make_line("---", [40, 40])
    signs = np.zeros(13, np.float32)
    signs[6] = 1
    bracket = make_piece(40, read=6)._replace(signs=signs, probabilities=np.full(10, 0.1))
    assert not any(find([digits[0], bracket, *digits[1:]]))


def test_a_model_without_a_second_head_finds_no_word():
    piece = make_piece(10)._replace(signs=None)
    assert find([piece, piece]) == [False, False]


def test_ink_belongs_to_the_word_that_it_is_nearer_to():
    letter, dot, sign, digit = (Blob(x, 100, np.ones((9, 9), bool)) for x in (10, 25, 60, 80))
    assert leave_words([dot, sign], [letter], [digit]) == [False, True]


def test_what_was_read_of_a_small_note_stays():
    note = [
        piece._replace(blob=Blob(piece.blob.x, 60, np.ones((14, 8), bool)))
        for piece in make_line("xxx", [10, 10])
    ]
    digits = make_line("--", [10])
    assert find_letters(digits + note, [[2, 3, 4], [0, 1]]).tolist() == [False] * 5
    assert find_letters(digits + make_line("xxx", [10, 10]), [[2, 3, 4], [0, 1]])[2:].all()
