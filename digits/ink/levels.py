"""Quantiles of levels, found by counting or by parting them, never by sorting all of them.

np.quantile and np.median give the same numbers, in several times the time for so few pixels.
"""

import math
from bisect import bisect_right

import cv2
import numpy as np

LARGE = 256 * 256  # pixels: fewer are counted for each level anew
PEAK_SHARE = 20_000  # one pixel of so many may be a glint or a speck: the next is the peak


def find_quantile(levels: np.ndarray, share: float, *, most: int | None = None) -> float:
    """np.quantile of levels (uint8 or uint16, (H, W)), or of those that are at most `most`.

    A small picture is compared with one level after the other, halving the range: a histogram takes
    several times as long where most levels are alike, and in a drawing most are.
    """
    low, high = (int(level) for level in cv2.minMaxLoc(levels)[:2])
    if levels.size > LARGE:
        counts = np.cumsum(cv2.calcHist([levels], [0], None, [high + 1], [0, high + 1]))

    def count(level: int) -> int:
        if levels.size > LARGE:
            return int(counts[min(level, high)])
        return cv2.countNonZero((levels <= level).view(np.uint8))

    def find(rank: int) -> int:
        return low + bisect_right(range(low, high), rank, key=count)

    place = share * ((levels.size if most is None else count(most)) - 1)
    if count(low) > math.ceil(place):  # true of drawings more often than not
        return float(low)
    below = find(int(place))
    above = below if count(below) > math.ceil(place) else find(math.ceil(place))
    return float(below + (above - below) * (place - int(place)))


def quantile(values: np.ndarray, share: float) -> float:
    """np.quantile of some values, float (any shape, not empty)."""
    place = share * (values.size - 1)
    below = int(place)
    parted = np.partition(values, below, axis=None)
    level, rest = float(parted[below]), parted[below + 1 :]
    if place == below:
        return level
    return level + (float(rest.min()) - level) * (place - below)


def find_peak(calm: np.ndarray, size: int) -> float:
    """The level of the strongest ink of a picture.

    Args:
        calm: float32 (h, w), its levels blurred over 3x3 pixels, where there may be ink.
        size: pixels of the whole picture.
    """
    rank = min(max(1, size // PEAK_SHARE), calm.size)  # from the strongest
    tops = calm.max(axis=0)  # `rank` columns reach this level: the answer is at least as strong
    if rank <= len(tops):
        calm = calm[:, tops >= np.partition(tops, -rank)[-rank]]
    return float(np.partition(calm, -rank, axis=None)[-rank])
