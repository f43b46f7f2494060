"""How steep the edges of strokes are: what tells for a polarity, for the width of a window, and
which ink shines through from the other side of the sheet.
"""

from typing import NamedTuple

import cv2
import numpy as np

from digits.ink.levels import quantile
from digits.ink.regions import label_components, pick_components

# A stroke is steep all around, paper beside a dark table along the table only: no edge counts for
# more than this many times the median of the strokes' edges, in squares of the steepness.
MOST_STEEPNESS = 2.0
# Strokes have all of a picture's edges where hardly any that is half as steep as theirs, a quarter
# in squares, lies apart from them.
STEEP = 1 / 4
REACH = 2  # pixels from a stroke: so far from it lie its own edges
MOST_APART = 0.02  # of the picture's edges
LEFT = 1 / 4  # of a line's steepness: with less of it left, smoothing took the line away
# Ink on the other side of a sheet is paler, and paper blurs its edges. A pencil that presses less
# leaves pale strokes with sharp edges, and a camera that is out of focus blurs all of them.
PEN = 0.9  # of the ink is paler than the pen
PALE = 0.6  # of the pen's darkness: a darker piece is on this side
SOFT = 0.6  # of the sharpness of the dark pieces: a sharper one is on this side
MIDDLE = 0.9  # of the level around: so dark is the middle of a stroke
MOST_PALE = 0.02  # of the middles of strokes: with less of them pale nothing shines through
GAP = 1.5  # times as sharp as MOST of the other side is MOST of this side
MOST = 0.9  # of their outlines
SHINING = 0.1  # of the outlines: so much on the other side runs into the strokes of this side, and
PALEST = 1.3  # times the other side's darkness: what is paler is cut off from them
CALM = 0.8  # pixels: a blur that takes the grain and leaves the edges
LEAST_LEVEL = 1e-6  # of the light: ink that is nearly none


class Edges(NamedTuple):
    """The edges of a picture, the same when it is inverted; (h, w)."""

    steepness: np.ndarray  # float32, the square of Sobel's gradient, without the grain
    beside: np.ndarray  # float32, the greatest steepness of a pixel and those around it
    seen: np.ndarray  # uint8, 1 where smoothing has left the edges that there were


class _Pieces(NamedTuple):
    """The connected components of a mask, with the paper as number 0: (pieces + 1,)."""

    labels: np.ndarray  # int32 (H, W)
    length: np.ndarray  # int, pixels of the outline; 0 for the paper
    darkness: np.ndarray  # float, mean level of the ink
    sharpness: np.ndarray  # float, steepness of the outline for its darkness, per pixel


def measure_edges(grey: np.ndarray, smooth: np.ndarray) -> Edges:
    """The edges of a picture, uint8 (h, w), and of the same without its grain."""
    steepness = _measure_steepness(smooth)
    beside, before = (_spread(slopes) for slopes in (steepness, _measure_steepness(grey)))
    return Edges(steepness, beside, (beside >= LEFT * before).view(np.uint8))


def weigh_strokes(edges: Edges, strokes: np.ndarray, *, crop: bool) -> float:
    """How steep the edges of all strokes are: large for pens, small for shadows of any width.

    Args:
        edges: of the picture.
        strokes: uint8 (h, w), 1 where a stroke is.
        crop: the picture is a digit cut out: there is no table, and every edge counts in full.
    """
    rim = _find_rim(strokes)
    steepness = edges.steepness[rim]
    thinness = len(steepness) / max(1, cv2.countNonZero(strokes))
    if not crop and len(usual := edges.beside[rim & edges.seen.view(bool)]):
        steepness = np.minimum(steepness, MOST_STEEPNESS * quantile(usual, 0.5))
    return float(steepness.sum(dtype=float)) * thinness


def have_all_edges(edges: Edges, strokes: np.ndarray) -> bool:
    """Whether there are hardly any edges in the picture but those of the strokes, uint8 (h, w)."""
    rim = _find_rim(strokes)
    if not rim.any():
        return False
    steep = edges.steepness > STEEP * quantile(edges.beside[rim], 0.5)
    near = cv2.dilate(strokes, np.ones((2 * REACH + 1,) * 2, np.uint8))
    steep = steep.view(np.uint8)
    return cv2.countNonZero(steep & ~near) <= MOST_APART * cv2.countNonZero(steep)


def _find_rim(strokes: np.ndarray) -> np.ndarray:
    """The outermost pixels of strokes, uint8 (h, w): bool (h, w); none along the border."""
    inner = cv2.erode(strokes, np.ones((3, 3), np.uint8), borderValue=1)
    return (strokes - inner).view(bool)


def _measure_steepness(grey: np.ndarray) -> np.ndarray:
    dx, dy = (cv2.multiply(s, s, dtype=cv2.CV_32F) for s in cv2.spatialGradient(grey))
    return cv2.add(dx, dy, dst=dx)


def _spread(steepness: np.ndarray) -> np.ndarray:
    return cv2.dilate(steepness, np.ones((3, 3), np.uint8))


def drop_other_side(mask: np.ndarray, darkness: np.ndarray, level: np.ndarray) -> np.ndarray:
    """The mask without ink that shines through the sheet: much paler than the rest, and blurred.

    There must be a gap between the two: where lines are ever more out of focus, all of them stay.

    Args:
        mask: uint8 (H, W), 1 where there is ink.
        darkness: float32 (H, W), the ink's level.
        level: the same for that of the strokes around.

    Returns:
        uint8 (H, W); `mask` itself where nothing shines through.
    """
    middle = darkness[(level > MIDDLE) & mask.view(bool)]
    if not len(middle):
        return mask
    pale = np.count_nonzero(middle < PALE * quantile(middle, PEN))
    if pale <= MOST_PALE * len(middle):  # most pictures, and 1 ms of theirs
        return mask
    calm = cv2.GaussianBlur(darkness, (0, 0), CALM)
    slopes = cv2.magnitude(*(cv2.Sobel(calm, -1, *axis, scale=1 / 8) for axis in ((1, 0), (0, 1))))
    pieces = _measure_pieces(mask, calm, slopes)
    behind = _find_behind(pieces)
    if not behind.any():
        return mask
    sharpest = _weigh(pieces.sharpness, pieces.length * behind, MOST)
    left = mask
    if pieces.length[behind].sum() > SHINING * pieces.length.sum():
        palest = PALEST * _weigh(pieces.darkness, pieces.length * behind, 0.5)
        left = mask & (calm > palest)
        pieces = _measure_pieces(left, calm, slopes)
        behind = _find_behind(pieces)
    if _weigh(pieces.sharpness, pieces.length * ~behind, 1 - MOST) < GAP * sharpest:
        return mask
    return left & ~pick_components(pieces.labels, behind)


def _measure_pieces(mask: np.ndarray, darkness: np.ndarray, slopes: np.ndarray) -> _Pieces:
    """The pieces of a mask, uint8 (H, W); darkness and how fast it changes: float32 (H, W)."""
    labels, stats = label_components(mask)
    rim = np.flatnonzero(mask - cv2.erode(mask, np.ones((3, 3), np.uint8), borderValue=1))
    count, places = len(stats), labels.ravel()
    length = np.bincount(places[rim], minlength=count)
    ink = np.flatnonzero(mask)
    levels = np.bincount(places[ink], darkness.ravel()[ink], count) / np.maximum(1, stats[:, 4])
    steepness = np.bincount(places[rim], slopes.ravel()[rim], count) / np.maximum(1, length)
    return _Pieces(labels, length, levels, steepness / np.maximum(levels, LEAST_LEVEL))


def _find_behind(pieces: _Pieces) -> np.ndarray:
    """Which pieces are pale and blurred, for the darkest ones: bool (pieces + 1,)."""
    pale = pieces.darkness < PALE * _weigh(pieces.darkness, pieces.length, PEN)
    sharp = _weigh(pieces.sharpness, pieces.length * ~pale, 0.5)
    return pale & (pieces.sharpness < SOFT * sharp) & (pieces.length > 0)


def _weigh(values: np.ndarray, weights: np.ndarray, share: float) -> float:
    """The quantile of values that have weights, float (n,); some weight is not 0."""
    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(sums, share * sums[-1])])
