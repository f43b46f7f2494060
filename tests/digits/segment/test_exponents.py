"""Exponents: small digits raised above the end of a number."""

import cv2
import numpy as np
import pytest
from conftest import read_text, write

from handwriting.paper import put_on_paper, trim_to_ink


def draw_strokes(strokes, height):
    """A straight stroke for each character."""
    page = np.zeros((height + 20, 20 * len(strokes) + 20), np.uint8)
    for number in range(len(strokes)):
        x = 20 + 20 * number
        cv2.line(page, (x, 10), (x - 4, 10 + height), 255, 4, cv2.LINE_AA)
    return page


def write_power(base, raised, *, seed=3, height=38, gap=12, after=""):
    """A number with a small one, or strokes, above its end, and perhaps digits behind it."""
    large = trim_to_ink(write(base, seed, height=100, pen=6))
    if set(raised) == {"'"}:
        small = trim_to_ink(draw_strokes(raised, height))
    else:
        small = trim_to_ink(write(raised, seed + 1, height=height, pen=4))
    parts = [np.pad(large, ((20, 0), (0, gap)))]
    parts.append(np.pad(small, ((0, len(parts[0]) - len(small)), (0, 0))))
    if after:
        rest = trim_to_ink(write(after, seed + 2, height=100, pen=6))
        parts.append(np.pad(rest, ((len(parts[0]) - len(rest), 0), (gap, 0))))
    return put_on_paper(np.pad(np.hstack(parts), 40))


@pytest.mark.parametrize("power", [("9", "7"), ("8", "4"), ("645", "0"), ("0", "6"), ("12", "3")])
def test_an_exponent_is_read_behind_its_base(classify, power):
    assert read_text(write_power(*power), classify) == "".join(power)


def test_a_raised_stroke_is_a_one_at_the_end_of_the_number(classify):
    assert read_text(write_power("64", "'"), classify) == "641"


def test_a_raised_stroke_between_digits_is_an_apostrophe(classify):
    assert read_text(write_power("5", "'", after="84"), classify) == "584"


def test_two_raised_strokes_are_no_eleven(classify):
    assert read_text(write_power("64", "''"), classify) == "64"


def test_a_raised_letter_is_no_exponent(classify):
    assert read_text(write_power("64", "k"), classify) == "64"
