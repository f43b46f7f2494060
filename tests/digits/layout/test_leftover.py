"""Underlines, frames, and ink of a digit's size that was left out."""

import cv2
import numpy as np
import pytest

from digits.layout.leftover import drop_lines, find_left_out
from digits.segment.blobs import Blob


def make_blob(x, y, width, height):
    return Blob(x, y, np.ones((height, width), bool))


def make_ring(x, y, width, height):
    mask = np.zeros((height, width), np.uint8)
    cv2.rectangle(mask, (2, 2), (width - 3, height - 3), 1, 4)
    return Blob(x, y, mask > 0)


DIGITS = [make_blob(100, 100, 20, 40), make_blob(140, 100, 20, 40)]


def test_an_underline_is_dropped():
    assert drop_lines([*DIGITS, make_blob(100, 150, 60, 6)], 40) == DIGITS


@pytest.mark.parametrize("size", [(30, 6), (60, 36)])
def test_the_bar_of_a_digit_and_a_wide_digit_stay(size):
    blobs = [*DIGITS, make_blob(180, 100, *size)]
    assert drop_lines(blobs, 40) == blobs


def test_a_frame_around_digits_is_dropped():
    assert drop_lines([make_ring(80, 80, 100, 80), *DIGITS], 40) == DIGITS


def test_a_zero_with_a_speck_in_it_stays():
    blobs = [make_ring(100, 100, 30, 40), make_blob(112, 115, 6, 6)]
    assert drop_lines(blobs, 40) == blobs


def test_a_piece_in_the_line_of_a_broken_zero_makes_it_no_frame():
    ring = make_ring(100, 100, 60, 66)
    ring.mask[4:34, :20] = False  # an arc of it stands alone
    blobs = [ring, make_blob(103, 106, 6, 27)]
    assert drop_lines(blobs, 66) == blobs


def test_what_runs_through_the_middle_is_no_frame():
    cross = make_ring(80, 80, 100, 80)
    cross.mask[:, 45:55] = True
    assert drop_lines([cross, *DIGITS], 40) == [cross, *DIGITS]


def test_a_line_alone_is_kept():
    line = make_blob(0, 0, 60, 6)
    assert drop_lines([line], 40) == [line]


@pytest.mark.parametrize(("height", "told"), [(10, False), (40, True), (200, False)])
def test_only_ink_of_a_digits_size_counts_as_left_out(height, told):
    letter = make_blob(200, 100, 20, height)
    assert find_left_out([*DIGITS, letter], DIGITS, 40) == [letter] * told


def test_a_piece_of_which_most_was_read_is_not_left_out():
    part = make_blob(100, 100, 15, 40)
    assert find_left_out(DIGITS[:1], [part], 40) == []


@pytest.mark.parametrize(
    ("x", "size", "told"), [(126, (6, 16), True), (126, (6, 6), False), (105, (6, 16), False)]
)
def test_a_stroke_between_two_digits_counts_as_left_out(x, size, told):
    stroke = make_blob(x, 110, *size)
    assert find_left_out([*DIGITS, stroke], DIGITS, 40, [DIGITS]) == [stroke] * told


@pytest.mark.parametrize(("gap", "told"), [(3, True), (12, False)])
def test_pieces_that_together_are_as_high_as_a_digit_count_as_left_out(gap, told):
    upper, lower = make_blob(200, 100, 6, 18), make_blob(200, 118 + gap, 6, 18)
    found = find_left_out([*DIGITS, upper, lower], DIGITS, 40)
    assert sorted(found, key=lambda blob: blob.y) == [upper, lower] * told


def test_specks_one_above_the_other_are_no_digit_in_pieces():
    specks = [make_blob(200, 100 + 12 * number, 4, 4) for number in range(4)]
    assert find_left_out([*DIGITS, *specks], DIGITS, 40) == []
