"""From a piece of ink to the 28x28 image that the network sees."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from digits.frame import BOX_SIZE, fit_in_frame
from digits.ink.levels import quantile
from digits.ink.regions import measure_middle
from digits.segment.blobs import Blob, trim_blob

CANVAS_SIDE = 4 * BOX_SIZE  # strokes are measured and changed at four times MNIST's resolution
STROKE_WIDTH = 10.0  # canvas pixels: 2.5 of MNIST's, the median over its training images
MOST_WIDTH = 15.0  # canvas pixels: 95% of MNIST's strokes are thinner
STEP = 6  # canvas pixels: by more than this no digit's stroke has to shrink, but a solid blot's
PEAK = 0.75  # quantile of the ink's level: full ink, less what glints
SHARPENINGS = 8  # steps of van Cittert's: more bring out the grain
REACH = 3.0  # standard deviations of a Gaussian
EDGE = 0.45  # of the peak: where a sharpened stroke ends
HALF_RAMP = 0.25  # of the peak, around half: the grey of a stroke's edge


def draw_glyph(level: np.ndarray, blob: Blob) -> np.ndarray:
    """The blob as an MNIST image: uint8 (28, 28), white ink on black.

    Args:
        level: float32 (H, W), the ink level of the whole working picture.
        blob: the ink to draw; ink of its neighbours does not show.
    """
    ink = _sharpen(_cut_out(level, blob))
    scale = CANVAS_SIDE / max(blob.mask.shape)
    if scale < 1:  # else a hairline fades as it shrinks: one canvas pixel more keeps it
        reach = math.ceil(1 / scale)
        ink = cv2.dilate(ink, np.ones((reach, reach), np.uint8))
    size = [max(1, round(n * scale)) for n in ink.shape[::-1]]
    ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return fit_in_frame(_normalise_stroke(ink))


def sharpen_blobs(
    level: np.ndarray, blobs: Sequence[Blob], blur: float
) -> tuple[np.ndarray, list[Blob]]:
    """The ink level and the blobs as they were before they were smoothed, as far as it is known.

    What was smoothed for a broad pen has lost the loops of digits that a fine one wrote.

    Args:
        level: float32 (H, W), as of draw_glyph.
        blobs: of a pen finer than the others.
        blur: the standard deviation in pixels of the Gaussian; 0 for none.
    """
    if not blur:
        return level, list(blobs)
    sharpened, pieces = level.copy(), []
    reach = math.ceil(REACH * blur) + 1
    for blob in blobs:
        top, left = max(0, blob.y - reach), max(0, blob.x - reach)
        seen = level[top : blob.bottom + reach, left : blob.right + reach]
        own = np.zeros(seen.shape, np.uint8)
        own[blob.y - top :, blob.x - left :][: blob.height, : blob.width] = blob.mask
        ink = seen
        for _ in range(SHARPENINGS):
            ink = np.maximum(ink + seen - cv2.GaussianBlur(ink, (0, 0), blur), 0)
        ink = np.minimum(ink / quantile(ink[own > 0], PEAK), 1)
        near = cv2.dilate(own, None).view(bool)
        sharpened[top : blob.bottom + reach, left : blob.right + reach][near] = ink[near]
        pieces.append(trim_blob(Blob(left, top, near & (ink > EDGE))))
    return sharpened, pieces


def _cut_out(level: np.ndarray, blob: Blob) -> np.ndarray:
    """Ink level inside the blob and one pixel around it, where its edge fades; 1 its peak."""
    mask = cv2.copyMakeBorder(blob.mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    mask = cv2.dilate(mask, None)  # by the eight pixels around
    ink = np.zeros(mask.shape, np.float32)
    top, left = max(blob.y - 1, 0), max(blob.x - 1, 0)
    seen = level[top : blob.bottom + 1, left : blob.right + 1]
    dy, dx = top - (blob.y - 1), left - (blob.x - 1)
    ink[dy : dy + seen.shape[0], dx : dx + seen.shape[1]] = seen
    peak = quantile(ink[1:-1, 1:-1][blob.mask], PEAK)
    return ink * mask / max(peak, 1e-6)


def _sharpen(ink: np.ndarray) -> np.ndarray:
    """uint8: full ink well above half of the peak, none well below, so that faint strokes count."""
    return np.clip((ink - 0.5 + HALF_RAMP) * (255 / (2 * HALF_RAMP)), 0, 255).astype(np.uint8)


def _normalise_stroke(ink: np.ndarray) -> np.ndarray:
    """The same strokes, hairlines fattened and fat ones thinned to the widths that MNIST has."""
    width = _canvas_width(ink)
    if width < STROKE_WIDTH:
        grow = round((STROKE_WIDTH - width) / 2)
        ink = cv2.copyMakeBorder(ink, grow, grow, grow, grow, cv2.BORDER_CONSTANT)
        return cv2.dilate(ink, _disc(grow))
    if width > MOST_WIDTH:
        return _erode(ink, round((width - MOST_WIDTH) / 2))
    return ink


def _erode(ink: np.ndarray, radius: int) -> np.ndarray:
    """Ink less what lies nearer to its edge than `radius`, in steps: a disc's cost is its area."""
    for reach in range(0, radius, STEP):
        ink = cv2.erode(ink, _disc(min(STEP, radius - reach)), borderValue=0)
    return ink


def _canvas_width(ink: np.ndarray) -> float:
    return 2 * measure_middle((ink > 127).astype(np.uint8), exact=True) or STROKE_WIDTH


def _disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
