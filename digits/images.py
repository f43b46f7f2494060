"""Any picture a person has -> the digits in it: MNIST-style 28x28 images, boxes and lines."""

from typing import NamedTuple

import numpy as np

from digits.blobs import Blob, keep_largest, split_blobs
from digits.grouping import Classifier, Reading, digit_height, read_blobs
from digits.ink import Ink, find_ink
from digits.lines import split_lines
from digits.rulings import remove_rulings

RULING_COST = 1.0  # log-probability: strokes across the whole picture may be those of a digit
LEAST_AREA = 4  # working pixels: what is smaller is a speck in any picture


class Found(NamedTuple):
    """One digit in a picture."""

    image: np.ndarray  # uint8 (28, 28), white ink on black, as the network sees it
    box: tuple[int, int, int, int]  # x, y, width, height in pixels of the picture
    line: int  # 0 for the top line
    probabilities: np.ndarray  # float32 (10,), what the classifier made of the image
    trust: float  # 0 to 1, how much the ink's shape is that of a digit


def find_digits(picture: np.ndarray, classify: Classifier) -> list[Found]:
    """The digits in a picture, top to bottom and left to right.

    Args:
        picture: uint8 (H, W, 3), BGR, as displayed.
        classify: probabilities, float32 (N, 10), of images, uint8 (N, 28, 28).
    """
    ink = find_ink(picture)
    digits = _read_ink(ink, classify).digits
    lines = split_lines([digit.blob for digit in digits])
    return [
        Found(
            digits[index].image,
            _to_box(digits[index].blob, ink.scale, picture.shape),
            number,
            digits[index].probabilities,
            1.0,
        )
        for number, line in enumerate(lines)
        for index in line
    ]


def _read_ink(ink: Ink, classify: Classifier) -> Reading:
    """The likeliest reading: of all the ink, or, where there are ruled lines, of what is left."""
    blobs = keep_largest(split_blobs(ink.mask, least_area=LEAST_AREA))
    plain = keep_largest(split_blobs(remove_rulings(ink.mask, ink.stroke), least_area=LEAST_AREA))
    if not blobs:
        return Reading((), 0.0)
    height = digit_height(plain or blobs)
    whole = read_blobs(ink.level, blobs, classify, height=height)
    if not plain or _total_area(plain) == _total_area(blobs):
        return whole
    reading = read_blobs(ink.level, plain, classify, height=height)
    return max(whole, reading._replace(score=reading.score - RULING_COST), key=lambda r: r.score)


def _total_area(blobs: list[Blob]) -> int:
    return sum(blob.area for blob in blobs)


def _to_box(blob: Blob, scale: float, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The blob's box in pixels of the picture, whole pixels outwards."""
    left, top = int(blob.x / scale), int(blob.y / scale)
    right = min(shape[1], int(np.ceil(blob.right / scale)))
    bottom = min(shape[0], int(np.ceil(blob.bottom / scale)))
    return left, top, right - left, bottom - top
