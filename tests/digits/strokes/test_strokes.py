"""The middle lines of ink -> strokes, and the ways to share them out between two digits."""

import cv2
import numpy as np
import pytest

from digits.segment.blobs import split_blobs
from digits.segment.cutting import drop_slivers
from digits.strokes.crossings import cut_along_strokes
from digits.strokes.strokes import find_strokes, thin

PEN = 5  # pixels


def draw(*lines, size=(60, 100), pen=PEN):
    """The one blob of some polylines."""
    ink = np.zeros(size, np.uint8)
    for line in lines:
        cv2.polylines(ink, [np.int32(line)], False, 1, pen)
    (blob,) = split_blobs(ink)
    return blob


def share(mask, other):
    """Share of all ink of both masks that is in both."""
    return np.count_nonzero(mask & other) / np.count_nonzero(mask | other)


CROSS = draw([(20, 10), (60, 50)], [(60, 10), (20, 50)])


def test_middle_lines_are_one_pixel_wide_and_keep_the_loops():
    ring = np.zeros((50, 50), np.uint8)
    cv2.circle(ring, (25, 25), 15, 1, 6)
    lines = thin(ring)
    assert not cv2.erode(lines, np.ones((2, 2), np.uint8)).any()
    _, contours = cv2.findContours(lines, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[::-1]
    assert len(contours) == 2  # outside and inside
    assert 80 < np.count_nonzero(lines) < 100


@pytest.mark.parametrize("scale", [1, 4])
def test_two_lines_that_cross_are_four_strokes_of_one_crossing(scale):
    mask = np.kron(CROSS.mask, np.ones((scale, scale), bool))
    strokes = find_strokes(CROSS._replace(mask=mask), scale * PEN)
    assert len(strokes.paths) == 4
    (_, numbers) = max(strokes.crossings, key=lambda crossing: len(crossing[1]))
    assert sorted(numbers) == [0, 1, 2, 3]


def test_a_line_is_taken_apart_at_its_corner_only():
    assert len(find_strokes(draw([(20, 10), (60, 12), (30, 50)]), PEN).paths) == 2
    assert len(find_strokes(draw([(20, 10), (60, 30)]), PEN).paths) == 1


def test_an_uneven_outline_is_no_stroke():
    assert len(find_strokes(draw([(20, 10), (20, 50)], [(20, 30), (24, 30)]), PEN).paths) == 1


def test_digits_that_lie_over_each_other_are_parted_along_their_strokes():
    rings = [np.zeros((80, 120), np.uint8) for _ in range(2)]
    for ring, x in zip(rings, (40, 72), strict=True):
        cv2.ellipse(ring, (x, 40), (22, 30), 0, 0, 360, 1, PEN)
    (blob,) = split_blobs(rings[0] | rings[1])
    first, second = (ring[blob.y : blob.bottom, blob.x : blob.right].astype(bool) for ring in rings)
    cuts = cut_along_strokes(blob, stroke=PEN, most=np.inf)
    fits = [min(share(cut.left, first), share(cut.right, second)) for cut in cuts]
    assert max(fits) > 0.9
    costs = sorted(cut.cost for cut in cuts)
    cheaper = cut_along_strokes(blob, stroke=PEN, most=costs[-1])
    assert sorted(cut.cost for cut in cheaper) == [cost for cost in costs if cost < costs[-1]]


def test_a_single_stroke_is_not_parted():
    assert cut_along_strokes(draw([(20, 10), (60, 30)]), stroke=PEN, most=np.inf) == []


def test_what_a_cut_leaves_of_another_digit_is_dropped():
    blob = draw([(20, 10), (20, 50)])
    mask = np.pad(blob.mask, ((0, 0), (0, 4)))
    mask[20:22, -2:] = True
    assert drop_slivers(blob._replace(mask=mask)).box == blob.box
