"""The paper under the ink: its light, and where the picture shows no paper but the table beside it.

Everything here has the resolution at which light is estimated: some 256 pixels.
"""

from typing import NamedTuple

import cv2
import numpy as np

from digits.ink.levels import find_quantile
from digits.ink.regions import (
    find_touching,
    label_components,
    measure_extents,
    measure_stroke,
    pick_components,
)

WINDOW_WIDTHS = 2.0  # stroke widths: a window that bridges the strokes, no wider
NEARLY_ALL_STROKES = 0.9  # share of the ink that the window must bridge
WIDER = 2.0  # times the window: a dark spot that this one bridges is where fat strokes cross
LEAST_INNER = 1 / 3  # of the longest piece: a shorter one is a speck, and no stroke
MOST_GRAIN = 20.0  # grey levels by which the grain can lift the closed paper
BRIGHT = 90  # percentile of the ground that is the sheet's brightness: less of it can be table
BESIDE = 0.35  # of the sheet's brightness: no shadow is darker, a table beside the sheet often is


class Ground(NamedTuple):
    """The paper of a picture."""

    level: np.ndarray  # float32 (h, w), its grey level
    usual: float  # the median of that
    closed: np.ndarray  # uint8 (h, w), the level before the grain was taken off
    grain: float


def close_over(grey: np.ndarray, window: float) -> Ground:
    """The paper at every pixel of a picture, uint8 (h, w): strokes closed, less the paper's grain.

    Strokes that are narrower than `window` pixels are bridged.
    """
    size = 2 * round(window / 2) + 1
    closed = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    drops = cv2.subtract(closed, grey)
    median = int(find_quantile(drops, 0.5))  # the darker half is ink
    grain = min(find_quantile(drops, 0.5, most=median), MOST_GRAIN)
    usual = find_quantile(closed, 0.5) - grain
    return Ground(closed - np.float32(grain), usual, closed, grain)


def settle_ground(
    grey: np.ndarray, strokes: np.ndarray, *, crop: bool
) -> tuple[Ground, np.ndarray]:
    """The ground under the narrowest window that bridges the strokes, and what is beside the sheet.

    Args:
        grey: uint8 (h, w), the picture without its grain.
        strokes: uint8 (h, w), 1 where there is one; not empty.
        crop: the picture is a digit cut out: nothing is beside it.

    Returns:
        ground: of the picture.
        beside: uint8 (h, w), 1 beside the sheet.
    """
    window = WINDOW_WIDTHS * measure_stroke(_leave_border(strokes), share=NEARLY_ALL_STROKES)
    ground = close_over(grey, window)
    dark = _find_dark(ground)
    if crop or not dark.any():
        return ground, np.zeros_like(grey)
    wider = close_over(grey, WIDER * window)
    spots = _find_spots(dark, _find_dark(wider))
    around = np.ones((2 * round(window) + 1,) * 2, np.uint8)
    if spots.any():
        level = np.where(cv2.dilate(spots, around) > 0, wider.level, ground.level)
        ground = ground._replace(level=level)
    return ground, cv2.dilate(dark & (1 - spots), around)


def even_out(grey: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Ink level: how much of the ground's light is missing, float32 (H, W), 0 to 1.

    The ground, float32 (h, w), may have fewer pixels than the picture, uint8 (H, W).
    """
    if ground.shape != grey.shape:
        ground = cv2.resize(ground, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    left = cv2.divide(grey, np.maximum(ground, 1), dtype=cv2.CV_32F)
    np.subtract(1, left, out=left)
    return np.maximum(left, 0, out=left)


def _leave_border(strokes: np.ndarray) -> np.ndarray:
    """uint8 (h, w): the strokes that do not touch the border, or all where only specks do not.

    The dark corner of a vignette would widen the window until the corner counts as a stroke.
    """
    if not any(side.any() for side in (strokes[0], strokes[-1], strokes[:, 0], strokes[:, -1])):
        return strokes
    labels, stats = label_components(strokes)
    inner = ~find_touching(stats, strokes.shape)
    inner[0] = False
    length = measure_extents(stats)
    if length[inner].max(initial=0) < LEAST_INNER * length[1:].max():
        return strokes
    return pick_components(labels, inner)


def _find_dark(ground: Ground) -> np.ndarray:
    """uint8 (h, w): 1 where the ground is too dark to be the sheet."""
    bright = find_quantile(ground.closed, BRIGHT / 100) - ground.grain
    return (ground.level < BESIDE * bright).view(np.uint8)


def _find_spots(dark: np.ndarray, still_dark: np.ndarray) -> np.ndarray:
    """uint8 (h, w): the dark pieces inside the picture that a wider window bridges altogether."""
    labels, stats = label_components(dark)
    spot = ~find_touching(stats, dark.shape)
    spot[labels[still_dark > 0]] = False
    spot[0] = False
    return pick_components(labels, spot)
