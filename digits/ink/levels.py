"""Quantiles of levels, found by counting or by parting them, never by sorting all of them.

np.quantile and np.median give the same numbers, in several times the time for so few pixels.
"""

import cv2
import numpy as np

PEAK_SHARE = 20_000  # one pixel of so many may be a glint or a speck: the next is the peak


def count_levels(levels: np.ndarray) -> np.ndarray:
    """How many values (uint8 or uint16, any shape) are at most 0, 1, 2 and so on: float32."""
    top = int(levels.max(initial=0)) + 1
    return np.cumsum(cv2.calcHist([levels], [0], None, [top], [0, top]))


def find_quantile(counts: np.ndarray, share: float) -> float:
    """np.quantile of the values that count_levels has counted."""
    place = share * (counts[-1] - 1)
    below, above = np.searchsorted(counts, [int(place), np.ceil(place)], side="right")
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


def find_peak(calm: np.ndarray) -> float:
    """The level of the picture's strongest ink, given its levels blurred over 3x3 pixels."""
    rank = max(1, calm.size // PEAK_SHARE)  # from the strongest
    tops = calm.max(axis=1)  # `rank` rows reach this level: the answer is at least as strong
    if rank <= len(tops):
        calm = calm[tops >= np.partition(tops, -rank)[-rank]]
    return float(np.partition(calm, -rank, axis=None)[-rank])
