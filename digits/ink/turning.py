"""Ink turned by a quarter or by any angle, and the way back to the picture as it is displayed."""

import math
from collections.abc import Callable

import cv2
import numpy as np

from digits.ink.ink import Ink


def turn_ink(ink: Ink, degrees: int) -> Ink:
    """The ink turned clockwise by 90, 180 or 270 degrees."""
    height, width = ink.level.shape
    back = {
        90: ((0, 1, 0), (-1, 0, height)),
        180: ((-1, 0, width), (0, -1, height)),
        270: ((0, -1, width), (1, 0, 0)),
    }[degrees]

    def turn(pixels: np.ndarray, _border: int) -> np.ndarray:
        return np.ascontiguousarray(np.rot90(pixels, -degrees // 90))

    return _change_ink(ink, turn, np.array(back, float))


def tilt_ink(ink: Ink, degrees: float) -> Ink:
    """The ink turned clockwise by less than 90 degrees, in a picture that holds all of it."""
    height, width = ink.level.shape
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    across = cosine * width + abs(sine) * height, abs(sine) * width + cosine * height
    size = tuple(math.ceil(side) for side in across)
    rotation = np.array([[cosine, sine], [-sine, cosine]])  # from the new picture to the old one
    shift = np.array([width, height]) / 2 - rotation @ size / 2
    # OpenCV counts from the middle of the first pixel, a box from its edge.
    of_middles = np.column_stack([rotation, shift + rotation @ (0.5, 0.5) - 0.5])

    def turn(pixels: np.ndarray, border: int) -> np.ndarray:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(pixels, of_middles, size, flags=flags, borderMode=border)

    return _change_ink(ink, turn, np.column_stack([rotation, shift]))


def map_back(points: np.ndarray, ink: Ink) -> np.ndarray:
    """Points of the ink, float (N, 2), x and y, in the working picture before it was turned."""
    return points if ink.back is None else points @ ink.back[:, :2].T + ink.back[:, 2]


def _change_ink(ink: Ink, turn: Callable[[np.ndarray, int], np.ndarray], back: np.ndarray) -> Ink:
    """The ink with each of its pictures turned; `turn` is told what lies beyond their border."""
    level, mask, plain = (
        turn(pixels, cv2.BORDER_CONSTANT) for pixels in (ink.level, ink.mask, ink.plain)
    )
    rules = None if ink.rules is None else turn(ink.rules, cv2.BORDER_CONSTANT)
    # Paper does not end at the border: an edge there would count as one that is no digit's.
    grey = turn(ink.working.grey, cv2.BORDER_REPLICATE)
    if ink.back is not None:
        back = ink.back @ np.vstack([back, (0, 0, 1)])
    working = ink.working._replace(grey=grey)
    changed = {"level": level, "mask": mask, "plain": plain, "rules": rules}
    return ink._replace(working=working, back=back, **changed)
