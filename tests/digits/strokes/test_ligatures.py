"""Strokes that join one digit to the next."""

import cv2
import numpy as np
import pytest

from digits.segment.blobs import split_blobs
from digits.strokes.ligatures import find_ligatures
from digits.strokes.strokes import find_strokes

PEN = 3
SEVEN = [(4, 6), (22, 4), (12, 42)]
NEXT_SEVEN = [(42, 6), (64, 4), (54, 42)]
FOOT = [(26, 38), (46, 4)]  # of a 2, that goes on to the head of a 1


def find(points):
    """The ligatures of one line through the points, each x and y, drawn without lifting the pen."""
    ink = np.zeros((46, 80), np.uint8)
    cv2.polylines(ink, [np.array(points)], False, 1, PEN)
    (blob,) = split_blobs(ink)
    return find_ligatures(find_strokes(blob, PEN))


def find_columns(strokes, some):
    """The first and the last column of some of the strokes."""
    x = np.concatenate([path[:, 1] for path, one in zip(strokes.paths, some, strict=True) if one])
    return x.min(), x.max()


def test_two_sevens_are_joined_by_a_stroke_of_neither():
    ((strokes, left, right),) = find([*SEVEN, *NEXT_SEVEN])
    assert find_columns(strokes, left)[1] <= 22
    assert find_columns(strokes, right)[0] >= 35
    assert np.count_nonzero(~left & ~right) == 1


def test_the_bar_that_a_ligature_bends_into_is_left_to_its_digit():
    ((strokes, _, right),) = find([*SEVEN, (38, 14), (64, 4), (54, 42)])  # too slight for a corner
    assert 32 < find_columns(strokes, right)[0] < 44


def test_the_foot_of_a_two_stays_with_it():
    feet = [find_columns(*found[:2])[1] for found in find([*SEVEN, *FOOT, (42, 42)])]
    assert max(feet) >= min(feet) + PEN  # both are proposed


@pytest.mark.parametrize(
    "points",
    [
        SEVEN,  # its stem leans as a ligature does
        [*SEVEN, (34, 41)],  # a 2
        [*SEVEN, (34, 6)],  # with nothing at its head
        [*SEVEN, (46, 34), (50, 6)],  # what hardly rises
        [(4, 4), (6, 42), (16, 4), (36, 6), (28, 42)],  # a 1 between two digits
    ],
)
def test_other_strokes_are_none(points):
    assert not find(points)
