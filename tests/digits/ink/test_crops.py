"""Digits cut out, as data sets have them: in cells, beside specks, one to a picture."""

import cv2
import numpy as np
import pytest
from conftest import read_text, write

from digits.ink.crops import drop_cell
from digits.network import Answers
from digits.reading import read_picture

STROKE = np.zeros((40, 40), np.uint8)
STROKE[8:32, 18:22] = 1


def cut_out(digit, side, **look):
    """A digit in a square picture of so many pixels, white on black: uint8 (side, side)."""
    ink = write(digit, height=100, pen=10, **look)
    x, y, width, height = cv2.boundingRect(ink)
    across, down = ((160 - n) // 2 for n in (width, height))
    sheet = np.zeros((160, 160), np.uint8)
    sheet[down : down + height, across : across + width] = ink[y : y + height, x : x + width]
    return cv2.resize(sheet, (side, side), interpolation=cv2.INTER_AREA)


def to_picture(grey):
    return np.repeat(grey[..., np.newaxis], 3, axis=2)


@pytest.mark.parametrize("sides", [(0,), (1, 2), (0, 1, 2, 3)])
@pytest.mark.parametrize("wide", [1, 2])
def test_drop_cell_drops_lines_along_the_border(sides, wide):
    cell = STROKE.copy()
    for side in sides:
        np.rot90(cell, side)[:wide] = 1
    np.testing.assert_array_equal(drop_cell(cell, 1.0), STROKE)


def test_drop_cell_knows_that_the_mask_is_enlarged():
    cell = STROKE.copy()
    cell[:, :4] = 1  # one pixel of the picture
    np.testing.assert_array_equal(drop_cell(cell, 4.0), STROKE)
    np.testing.assert_array_equal(drop_cell(cell, 1.0), cell)


def test_drop_cell_keeps_a_stroke_that_comes_from_the_border():
    seven = np.zeros((40, 40), np.uint8)
    seven[:2] = seven[:, 20:23] = 1
    np.testing.assert_array_equal(drop_cell(seven, 1.0), seven)


def test_drop_cell_keeps_a_short_bar_at_the_border():
    five = STROKE.copy()
    five[:2, 20:30] = 1
    np.testing.assert_array_equal(drop_cell(five, 1.0), five)


@pytest.mark.parametrize("speck", [False, True])
def test_drop_cell_keeps_a_line_that_is_all_there_is(speck):
    one = np.zeros((40, 40), np.uint8)
    one[:, :2] = 1
    one[20:23, 20:23] = speck
    np.testing.assert_array_equal(drop_cell(one, 1.0), one)


@pytest.mark.parametrize("digit", "0234567")
@pytest.mark.parametrize("side", [0, 3])
def test_the_border_of_a_cell_is_no_1(classify, digit, side):
    picture = cut_out(digit, 36)
    np.rot90(picture, side)[:1] = 200
    assert read_text(to_picture(picture), classify) == digit


def test_a_fat_digit_is_not_lost_beside_a_speck(classify):
    picture = cv2.dilate(cut_out("6", 28), np.ones((3, 3), np.uint8))
    picture[20, 26] = 255
    assert read_text(to_picture(picture), classify) == "6"


def say_one_or_two(images):
    """A classifier: narrow ink is a 1 (90%), wider ink a 4 (80%)."""
    chances = np.full((len(images), 10), 0.01, np.float32)
    narrow = [cv2.boundingRect(image)[2] < 7 for image in images]
    chances[:, 1] = np.where(narrow, 0.9, 0.01)
    chances[:, 4] = np.where(narrow, 0.01, 0.8)
    return Answers(chances, None)


@pytest.mark.parametrize(
    ("size", "text"), [((28, 28), "4"), ((36, 26), "4"), ((28, 60), "11"), ((80, 80), "11")]
)
def test_one_digit_is_likelier_than_two_in_a_tiny_square_picture(size, text):
    picture = np.zeros(size, np.uint8)
    picture[4:24, 8:11] = picture[4:24, 14:17] = 255
    assert read_picture(to_picture(picture), say_one_or_two).text == text
