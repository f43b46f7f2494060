"""A picture that was pasted on a plain pad: the pad is removed, or its edge would count as ink."""

import cv2
import numpy as np

SAME = 8  # grey levels by which JPEG varies a plain pad
SEEN_SIDE = 500  # pixels of the longer side at which the pad is looked for, to save time
SOFT_EDGE = 2  # pixels along the pad's inner edge where JPEG or scaling mixes both
LEAST_SIDE = 16  # pixels: anything narrower on the pad is a stroke
MOST_SLENDER = 4.0  # times as long as wide: the same
LEAST_EDGE = 0.95  # of the inner border that must differ from the pad


def trim_pad(picture: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """The picture without the plain pad around it, and where it began: x, y.

    What is left must be a rectangle whose whole border differs from the pad: a crop that was pasted
    on white, a letterboxed scan. Strokes on paper have no such border.
    """
    step = max(1, max(picture.shape[:2]) // SEEN_SIDE)
    corner = picture[0, 0].astype(int)
    plain = cv2.inRange(picture[::step, ::step], corner - SAME, corner + SAME)
    left, top, width, height = cv2.boundingRect(~plain)
    if (height, width) in ((0, 0), plain.shape):
        return picture, (0, 0)
    right, bottom = left + width, top + height
    top += SOFT_EDGE * (top > 0)
    left += SOFT_EDGE * (left > 0)
    bottom -= SOFT_EDGE * (bottom < plain.shape[0])
    right -= SOFT_EDGE * (right < plain.shape[1])
    inner = plain[top:bottom, left:right]
    if min(inner.shape) < LEAST_SIDE or max(inner.shape) > MOST_SLENDER * min(inner.shape):
        return picture, (0, 0)
    sides = (inner[0], inner[-1], inner[:, 0], inner[:, -1])
    if max(side.mean() for side in sides) > 255 * (1 - LEAST_EDGE):
        return picture, (0, 0)
    left, top, right, bottom = (int(step * edge) for edge in (left, top, right, bottom))
    return picture[top:bottom, left:right], (left, top)
