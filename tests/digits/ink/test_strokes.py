"""Ink -> its strokes, and to which of two digits each of them belongs."""

import cv2
import numpy as np
import pytest

from digits.ink.sides import part_strokes
from digits.ink.strokes import find_strokes, thin


def draw(*shapes, width=5, size=(60, 100)):
    """Ink, bool (H, W): rings (x, y, radius) and lines (x, y, x, y)."""
    ink = np.zeros(size, np.uint8)
    for shape in shapes:
        if len(shape) == 3:
            cv2.circle(ink, shape[:2], shape[2], 1, width)
        else:
            cv2.line(ink, shape[:2], shape[2:], 1, width)
    return ink.astype(bool)


def test_a_thinned_stroke_is_one_pixel_wide_and_in_one_piece():
    line = thin(draw((10, 30, 90, 30)).astype(np.uint8))
    assert line.sum(axis=0).max() == 1
    assert cv2.connectedComponents(line, connectivity=8)[0] == 2


def test_a_ring_is_one_stroke_without_a_meeting():
    strokes = find_strokes(draw((50, 30, 20)))
    assert len(strokes.ends[0]) - 1 == 1
    assert not strokes.meeting.any()


def test_two_lines_that_cross_are_four_strokes_that_meet_once():
    strokes = find_strokes(draw((20, 10, 80, 50), (80, 10, 20, 50)))
    assert strokes.ends[1:, 1:].shape == (1, 4)


def test_each_line_goes_on_straight_where_it_crosses_another():
    strokes = find_strokes(draw((20, 10, 80, 50), (80, 10, 20, 50)))
    straight = sorted(strokes.links, key=lambda link: -link.straightness)[:2]
    pairs = {frozenset((link.first, link.second)) for link in straight}
    assert len(frozenset.union(*pairs)) == 4


@pytest.mark.parametrize("apart", [28, 32, 36])
def test_rings_that_overlap_are_parted_whole(apart):
    left, right = draw((30, 30, 20)), draw((30 + apart, 30, 20))
    unlike = [
        np.count_nonzero(sides.left ^ left) + np.count_nonzero(sides.right ^ right)
        for sides in part_strokes(left | right)
    ]
    assert min(unlike) < 0.15 * np.count_nonzero(left | right)


def test_a_stroke_that_two_digits_share_may_belong_to_both():
    bar = draw((50, 20, 50, 40))
    left = draw((20, 5, 50, 20), (20, 55, 50, 40)) | bar
    right = draw((80, 5, 50, 20), (80, 55, 50, 40)) | bar
    shared = [np.count_nonzero(s.left & s.right & bar) for s in part_strokes(left | right)]
    assert max(shared) > 0.8 * np.count_nonzero(bar)


def test_ink_far_longer_than_a_row_of_digits_is_left_alone():
    assert part_strokes(draw((5, 10, 990, 10), (5, 20, 990, 2), size=(24, 1000))) == []
