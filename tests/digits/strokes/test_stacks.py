"""Digits of two lines that touch, one above the other."""

import cv2
import numpy as np
import pytest
from conftest import write

from digits.segment.blobs import split_blobs
from digits.segment.candidates import View
from digits.strokes.stacks import part_stacks


def pile(above, below, seed=0):
    """The ink of two digits, the upper one two rows into the lower one: uint8 (H, W)."""
    upper, lower = trim(write(above, seed, height=60)), trim(write(below, seed + 1, height=60))
    width = max(upper.shape[1], lower.shape[1])
    ink = np.zeros((len(upper) + len(lower) + 18, width + 20), np.uint8)
    for part, y in ((upper, 10), (lower, 8 + len(upper))):
        place = ink[y : y + len(part), 10 : 10 + part.shape[1]]
        np.maximum(place, part, out=place)
    return ink


def trim(ink):
    left, top, width, height = cv2.boundingRect((ink > 127).view(np.uint8))
    return ink[top : top + height, left : left + width]


def part(ink, classify, *, height=None):
    """The pieces of the ink, and what was seen of them; digits are `height` high, or it is."""
    blobs = split_blobs((ink > 127).view(np.uint8))
    level = ink.astype(np.float32) / 255
    return part_stacks(blobs, View(level, height or blobs[0].height, classify))


@pytest.mark.parametrize(("above", "below"), [("8", "9"), ("5", "2"), ("0", "3")])
def test_two_digits_alone_one_on_the_other_are_parted(classify, above, below):
    pieces, seen = part(pile(above, below), classify)
    assert len(pieces) == 2
    digits = {piece.blob.y: int(piece.probabilities.argmax()) for piece in seen}
    assert [digits[y] for y in sorted(digits)] == [int(above), int(below)]


@pytest.mark.parametrize("text", ["3", "4", "6", "8", "9"])
def test_a_digit_as_narrow_as_two_of_them_stays_one(classify, text):
    ink = trim(write(text, 1, height=120))
    ink = np.pad(cv2.resize(ink, (round(0.42 * len(ink)), len(ink))), 10)
    pieces, seen = part(ink, classify)
    assert len(pieces) == 1
    assert all(piece.trust == 1 for piece in seen)


def test_a_high_stroke_beside_low_digits_stays_one(classify):
    ink = np.zeros((160, 60), np.uint8)
    cv2.line(ink, (40, 10), (20, 150), 255, 7)
    assert len(part(ink, classify, height=60)[0]) == 1


def test_where_the_cut_lies_is_told_by_the_network(classify):
    ink = pile("0", "3", 4)  # the middle of the 3 is narrower than the place where they touch
    pieces, _ = part(ink, classify, height=60)
    heights = [piece.height for piece in pieces]
    assert len(heights) == 2
    assert max(heights) < 1.3 * min(heights)


def test_more_narrow_digits_than_a_few_are_not_tried(classify):
    column = pile("6", "7")
    shown = []

    def look(images):
        shown.append(len(images))
        return classify(images)

    assert len(part(np.hstack([column] * 20), look)[0]) == 20
    assert not shown
