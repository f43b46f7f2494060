"""How steep the edges of strokes are: what tells for a polarity, and for the width of a window."""

from typing import NamedTuple

import cv2
import numpy as np

from digits.ink.levels import quantile

# A stroke is steep all around, paper beside a dark table along the table only: no edge counts for
# more than this many times the median of the strokes' edges, in squares of the steepness.
MOST_STEEPNESS = 2.0
LEFT = 1 / 4  # of a line's steepness: with less of it left, smoothing took the line away


class Edges(NamedTuple):
    """The edges of a picture, the same when it is inverted; (h, w)."""

    steepness: np.ndarray  # float32, the square of Sobel's gradient, without the grain
    beside: np.ndarray  # float32, the greatest steepness of a pixel and those around it
    seen: np.ndarray  # uint8, 1 where smoothing has left the edges that there were


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
    rim = strokes - cv2.erode(strokes, np.ones((3, 3), np.uint8), borderValue=1)
    length = cv2.countNonZero(rim)
    thinness = length / max(1, cv2.countNonZero(strokes))
    steepness = edges.steepness[rim.view(bool)]
    if not crop and len(usual := edges.beside[(rim & edges.seen).view(bool)]):
        steepness = np.minimum(steepness, MOST_STEEPNESS * quantile(usual, 0.5))
    return float(steepness.sum(dtype=float)) * thinness


def _measure_steepness(grey: np.ndarray) -> np.ndarray:
    dx, dy = (cv2.multiply(s, s, dtype=cv2.CV_32F) for s in cv2.spatialGradient(grey))
    return cv2.add(dx, dy, dst=dx)


def _spread(steepness: np.ndarray) -> np.ndarray:
    return cv2.dilate(steepness, np.ones((3, 3), np.uint8))
