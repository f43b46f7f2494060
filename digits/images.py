"""Any picture a person has -> the digits in it, as MNIST-style 28x28 images with boxes and lines."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from digits.blobs import Blob, split_blobs
from digits.glyphs import draw_glyph
from digits.grouping import drop_marks, join_fragments, split_lines
from digits.ink import find_ink

Classifier = Callable[[np.ndarray], np.ndarray]  # uint8 (N, 28, 28) -> float32 (N, 10)


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
    blobs = split_blobs(ink.mask, least_area=4)
    if not blobs:
        return []
    lines = split_lines(drop_marks(join_fragments(blobs)))
    blobs = [blob for line in lines for blob in line]
    images = np.stack([draw_glyph(ink.level, blob) for blob in blobs])
    numbers = [number for number, line in enumerate(lines) for _ in line]
    found = zip(images, blobs, numbers, classify(images), strict=True)
    return [
        Found(image, _to_box(blob, ink.scale, picture.shape), number, chances, 1.0)
        for image, blob, number, chances in found
    ]


def _to_box(blob: Blob, scale: float, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The blob's box in pixels of the picture, whole pixels outwards."""
    left, top = int(blob.x / scale), int(blob.y / scale)
    right = min(shape[1], int(np.ceil(blob.right / scale)))
    bottom = min(shape[0], int(np.ceil(blob.bottom / scale)))
    return left, top, right - left, bottom - top
