"""The ink of a fine pen that was smoothed for a broad one."""

import cv2
import numpy as np

from digits.segment.blobs import Blob
from digits.segment.glyph import sharpen_blobs

BLUR = 1.8


def make_ring(blur):
    """A ring three pixels wide, smoothed, and the blob in which its loop is filled."""
    ring = cv2.circle(np.zeros((50, 50), np.float32), (25, 25), 4, 1.0, 3)
    level = cv2.GaussianBlur(ring, (0, 0), blur)
    level /= level.max()
    mask = cv2.circle(np.zeros((50, 50), np.uint8), (25, 25), 6, 1, -1).view(bool)
    return level, Blob(19, 19, mask[19:32, 19:32])


def test_sharpen_blobs_opens_a_loop_that_was_filled():
    level, blob = make_ring(BLUR)
    assert level[25, 25] > 0.5
    sharp, (piece,) = sharpen_blobs(level, [blob], BLUR)
    assert sharp[25, 25] < 0.1
    assert not piece.mask[25 - piece.y, 25 - piece.x]
    assert level[25, 25] > 0.5  # it is a copy that was changed


def test_sharpen_blobs_leaves_what_is_around_them():
    level, blob = make_ring(BLUR)
    level[:10] = 0.3
    sharp, _ = sharpen_blobs(level, [blob], BLUR)
    assert np.array_equal(sharp[:15], level[:15])


def test_what_was_not_smoothed_stays_as_it_is():
    level, blob = make_ring(BLUR)
    sharp, pieces = sharpen_blobs(level, [blob], 0.0)
    assert sharp is level
    assert pieces == [blob]
