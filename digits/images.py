"""Any picture a person has -> the digits in it: MNIST-style 28x28 images, boxes and lines."""

from typing import NamedTuple

import numpy as np

from digits.blobs import Blob, keep_largest, split_blobs
from digits.grouping import Classifier, Reading, digit_height, read_blobs
from digits.ink import Ink, find_inks
from digits.lines import split_lines
from digits.trimming import trim_pad
from digits.trust import measure_trust

LARGE = 2.0  # times the height of its digits: in a smaller picture a stroke may cross all of it


class Found(NamedTuple):
    """One digit in a picture."""

    image: np.ndarray  # uint8 (28, 28), white ink on black, as the network sees it
    box: tuple[int, int, int, int]  # x, y, width, height in pixels of the picture
    line: int  # 0 for the top line
    probabilities: np.ndarray  # float32 (10,), what the classifier made of the image
    trust: float  # 0 to 1, how far the picture and the digit's shape bear the reading out


def find_digits(picture: np.ndarray, classify: Classifier) -> list[Found]:
    """The digits in a picture, top to bottom and left to right.

    Args:
        picture: uint8 (H, W, 3), BGR, as displayed.
        classify: probabilities, float32 (N, 10), of images, uint8 (N, 28, 28).
    """
    inner, (left, top) = trim_pad(picture)
    readings = [(*_read_ink(ink, classify), ink) for ink in find_inks(inner)]
    reading, area, ink = max(readings, key=lambda three: (bool(three[0].digits), three[0].score))
    digits, trusts = reading.digits, measure_trust(reading.digits, area, ink)
    found = []
    for number, line in enumerate(split_lines([digit.blob for digit in digits])):
        for digit, trust in ((digits[index], trusts[index]) for index in line):
            x, y, width, height = _to_box(digit.blob, ink.scale, inner.shape)
            box = (x + left, y + top, width, height)
            found.append(Found(digit.image, box, number, digit.probabilities, trust))
    return found


def _read_ink(ink: Ink, classify: Classifier) -> tuple[Reading, int]:
    """The likeliest reading of the ink without ruled lines, and how many pixels of ink it is of.

    Where a digit is as large as the picture a line across may be one of its strokes: then the
    ink is read with its lines as well.
    """
    masks = [ink.plain] if np.array_equal(ink.plain, ink.mask) else [ink.plain, ink.mask]
    sets = [keep_largest(split_blobs(mask), ink.stroke) for mask in masks]
    sets = [blobs for blobs in sets if blobs]
    if not sets:
        return Reading((), 0.0), 0
    height = digit_height(sets[0])
    if max(ink.mask.shape) >= LARGE * height:
        del sets[1:]
    readings = [read_blobs(ink.level, blobs, classify, height=height) for blobs in sets]
    best = max(range(len(sets)), key=lambda number: readings[number].score)
    return readings[best], sum(blob.area for blob in sets[best])


def _to_box(blob: Blob, scale: float, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The blob's box in pixels of the picture, whole pixels outwards."""
    left, top = int(blob.x / scale), int(blob.y / scale)
    right = min(shape[1], int(np.ceil(blob.right / scale)))
    bottom = min(shape[0], int(np.ceil(blob.bottom / scale)))
    return left, top, right - left, bottom - top
