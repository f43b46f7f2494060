"""What speaks against a piece of ink as one digit."""

import numpy as np
import pytest

from digits.network import NO_DIGIT, PIECE_KINDS, SIGN_KINDS
from digits.segment.blobs import Blob
from digits.segment.candidates import (
    DIGIT,
    ONE,
    THINNEST,
    Candidate,
    Grouping,
    believe,
    doubt_letter,
    measure_length,
    measure_width,
    settle_piece,
    weigh_length,
    weigh_shape,
)

WHOLE_AND_PART = ({"_3": 1.0}, {"none": 1.0})


def make(digit, width, **signs):
    """A candidate 20 pixels high of which the network is sure."""
    chances = np.zeros(len(SIGN_KINDS), np.float32)
    chances[DIGIT] = 1 - sum(signs.values())
    for kind, chance in signs.items():
        chances[SIGN_KINDS.index({"bracket": "(", "slash": "/"}.get(kind, kind))] = chance
    blob = Blob(0, 0, np.ones((20, width), bool))
    return Candidate(blob, np.zeros((28, 28), np.uint8), np.eye(10)[digit], chances)


def test_no_digit_of_a_usual_width_is_wide():
    assert [measure_width(make(digit, 12)) for digit in range(10) if digit != ONE] == [0] * 9
    assert measure_width(make(ONE, 7)) == 0


def test_two_eights_that_are_taken_for_one_are_wide():
    assert measure_width(make(8, 24)) > 1.5
    assert weigh_shape(make(8, 24)) < weigh_shape(make(8, 16)) < 0


def test_a_digit_with_the_strokes_of_two_is_long():
    pen = THINNEST
    once = 20 * pen * 2.64 / 20  # columns of ink of a 2: its stroke is 2.64 times its height
    assert measure_length(make(2, round(once)), pen) < 1 < 3 < measure_length(make(2, 21), pen)
    assert weigh_length(make(2, 21), pen) < -1 < weigh_length(make(2, round(once)), pen) == 0


def test_no_length_is_told_of_a_fine_pen_or_of_a_one():
    assert measure_length(make(2, 40), THINNEST - 0.1) == measure_length(make(ONE, 40), 9) == 0


def test_a_one_may_look_like_a_slash_but_hardly_like_a_bracket():
    assert believe(make(ONE, 5, slash=0.8)) > 0.5 > believe(make(ONE, 5, bracket=0.8))
    assert believe(make(ONE, 5, **{":": 0.8})) == pytest.approx(0.2)
    assert believe(make(7, 12, slash=0.8)) == pytest.approx(0.2)


def test_without_the_second_head_every_digit_is_believed():
    assert believe(make(3, 12)._replace(signs=None)) == 1


def test_pieces_of_a_letter_are_trusted_less_unless_all_are_surely_digits():
    letter = make(2, 30, other=0.9)
    sure, doubtful = make(0, 12), make(ONE, 8, other=0.3)
    cut = doubt_letter(Grouping((sure, doubtful), 0.0), letter)
    assert [piece.trust for piece in cut.digits] == pytest.approx([0.1, 0.1])
    for whole in (letter, None):  # two that touch are taken for a letter too
        assert doubt_letter(Grouping((sure, sure), 0.0), whole).digits == (sure, sure)


def test_two_strokes_of_what_is_no_digit_are_surer_than_other_digits_before_they_are_believed():
    thing = make(4, 12, other=0.8)
    for digit, trust in ((0, 1.0), (ONE, 0.2)):
        piece = make(digit, 6, other=0.07)
        cut = doubt_letter(Grouping((piece, piece), 0.0), thing)
        assert [one.trust for one in cut.digits] == pytest.approx([trust, trust])


def tell(piece, **chances):
    """The piece, as a third head sees it that is sure but for these chances: of digits, of none."""
    pieces = np.zeros(PIECE_KINDS, np.float32)
    for name, chance in chances.items():
        pieces[NO_DIGIT if name == "none" else int(name[1])] = chance
    return piece._replace(pieces=pieces)


def test_the_third_head_doubts_a_piece_that_the_network_believes():
    whole, part = (settle_piece(tell(make(3, 12), **told), 2.0) for told in WHOLE_AND_PART)
    assert part.doubt < -0.7 < whole.doubt
    assert whole.probabilities.argmax() == part.probabilities.argmax() == 3
    assert whole.probabilities.sum() == pytest.approx(1)


def test_the_third_head_may_see_another_digit_in_a_piece():
    piece = make(9, 12)._replace(probabilities=np.full(10, 0.1, np.float32))
    assert settle_piece(tell(piece, _8=0.9, none=0.1), 2.0).probabilities.argmax() == 8


def test_without_the_third_head_a_piece_is_doubted_for_its_form():
    narrow, wide = (settle_piece(make(8, width), 2.0) for width in (16, 26))
    assert wide.doubt < narrow.doubt
    assert wide.probabilities.argmax() == 8
