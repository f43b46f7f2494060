"""Turned ink keeps its strokes, and knows where each of them was."""

import numpy as np
import pytest

from digits.ink.ink import Ink, Working
from digits.ink.turning import map_back, tilt_ink, turn_ink


@pytest.fixture
def ink():
    """A bar of 20 x 4 pixels at (10, 5) in a picture of 60 x 40."""
    mask = np.zeros((40, 60), np.uint8)
    mask[5:9, 10:30] = 1
    working = Working(255 - 200 * mask, scale=1.0, grain=0.0, crop=False)
    return Ink(working, mask.astype(np.float32), mask, mask, stroke=4.0)


def find_box(ink):
    """Left, top, right and bottom of the ink in the picture as it was before it was turned."""
    rows, columns = np.nonzero(ink.plain)
    middles = map_back(np.column_stack([columns, rows]) + 0.5, ink)
    return [*(middles.min(axis=0) - 0.5), *(middles.max(axis=0) + 0.5)]


def test_ink_turned_by_90_degrees_is_turned_clockwise(ink):
    turned = turn_ink(ink, 90)
    assert np.array_equal(np.argwhere(turned.mask)[[0, -1]], [(10, 31), (29, 34)])
    assert turned.level.shape == turned.working.grey.shape == (60, 40)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_ink_is_mapped_back_to_its_place(ink, degrees):
    assert find_box(turn_ink(ink, degrees)) == [10, 5, 30, 9]


@pytest.mark.parametrize("degrees", [-30, 20])
def test_tilted_ink_is_mapped_back_to_its_place(ink, degrees):
    tilted = tilt_ink(ink, degrees)
    assert abs(int(tilted.mask.sum()) - 80) <= 4
    assert find_box(tilted) == pytest.approx([10, 5, 30, 9], abs=1)


def test_ink_turned_and_then_tilted_is_mapped_back_to_its_place(ink):
    assert find_box(tilt_ink(turn_ink(ink, 270), 15)) == pytest.approx([10, 5, 30, 9], abs=1)


def test_a_tilt_is_clockwise_and_leaves_no_edge_where_the_picture_ends(ink):
    tilted = tilt_ink(ink, 20)
    rows, columns = np.nonzero(tilted.mask)
    assert np.polyfit(columns, rows, 1)[0] == pytest.approx(np.tan(np.radians(20)), abs=0.05)
    assert tilted.working.grey[tilted.mask == 0].min() > 100
    assert (tilted.working.grey[0, 0], tilted.working.grey[-1, -1]) == (255, 255)
