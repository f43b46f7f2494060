"""Pieces of ink: connected strokes with their place in the picture."""

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import NamedTuple

import cv2
import numpy as np

from digits.ink.regions import label_components, measure_middle

LEAST_AREA = 4  # pixels: a smaller piece is a speck in any picture
DOT = 0.7  # of the width of the pen: the shorter side of its smallest dot
TWIN = 0.6  # of it: that of one that stands over or under another, as those of a colon do
FARTHEST = 4.0  # of their size: the gap between such two
MOST_TWINS = 10  # pieces as small: with more they are dust
SHORT = 2.0  # times the width of the pen: what is longer is a stroke, however thin
TELLING = 5  # the longest pieces tell how wide the pen is
DUST = 0.04  # of the long pieces of ink: shorter pieces are dust
LONG = 0.25  # of all pieces, by their length: so many are long, however long a frame is
SMALL = 0.4  # of the high blobs: lower blobs do not count for the height of digits
BORDER = 0.02  # of the shorter side: nearer to the border, a digit may be cut off


class Box(NamedTuple):
    """Where a piece of ink lies, in pixels of the working picture."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column right of it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.y + self.height


class Blob(NamedTuple):
    """A piece of ink and where it lies, in pixels of the working picture."""

    x: int
    y: int
    mask: np.ndarray  # bool (height, width)

    @property
    def width(self) -> int:
        """Pixels from the leftmost to the rightmost ink."""
        return self.mask.shape[1]

    @property
    def height(self) -> int:
        """Pixels from the highest to the lowest ink."""
        return self.mask.shape[0]

    @property
    def right(self) -> int:
        """The first column right of the ink."""
        return self.x + self.mask.shape[1]

    @property
    def bottom(self) -> int:
        """The first row below the ink."""
        return self.y + self.mask.shape[0]

    @property
    def box(self) -> Box:
        """The box around the ink."""
        return Box(self.x, self.y, self.width, self.height)

    @property
    def area(self) -> int:
        """Pixels of ink."""
        return int(np.count_nonzero(self.mask))


def split_blobs(mask: np.ndarray) -> list[Blob]:
    """The connected pieces of a mask (uint8) of at least LEAST_AREA pixels."""
    labels, stats = label_components(mask)
    blobs = []
    for label in np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= LEAST_AREA):
        if label:
            x, y, width, height = stats[label, :4].tolist()
            blobs.append(Blob(x, y, labels[y : y + height, x : x + width] == label))
    return blobs


def drop_dust(blobs: list[Blob]) -> list[Blob]:
    """The blobs without those far shorter than the long ones, or smaller than a dot of the pen."""
    if len(blobs) < 2:
        return blobs
    pen = _measure_pen(blobs)
    large = [
        min(blob.mask.shape) >= DOT * pen or max(blob.mask.shape) > SHORT * pen for blob in blobs
    ]
    dots = [blob for blob in compress(blobs, large) if max(blob.mask.shape) <= SHORT * pen]
    if 0 < len(dots) <= MOST_TWINS:
        large = [
            kept or (min(blob.mask.shape) >= TWIN * pen and any(_are_twins(blob, d) for d in dots))
            for blob, kept in zip(blobs, large, strict=True)
        ]
    blobs = list(compress(blobs, large))
    extents = [max(blob.mask.shape) for blob in blobs]
    least = DUST * find_long(extents)
    return [blob for blob, extent in zip(blobs, extents, strict=True) if extent >= least]


def _are_twins(first: Blob, second: Blob) -> bool:
    """Whether two dots stand one above the other, no farther apart than those of a colon."""
    size = max(first.height, second.height)
    aside = abs(first.x + first.width / 2 - second.x - second.width / 2)
    gap = max(first.y, second.y) - min(first.bottom, second.bottom)
    return aside < size and size / 2 < gap < FARTHEST * size


def _measure_pen(blobs: list[Blob]) -> float:
    """The width in pixels of most of the longest strokes."""
    longest = sorted(blobs, key=lambda blob: -max(blob.mask.shape))[:TELLING]
    least = max(longest[0].mask.shape) / 2
    return float(np.median([stroke_width(b) for b in longest if max(b.mask.shape) >= least]))


def find_long(lengths: Sequence[float]) -> float:
    """The length of those that together are LONG of all, the longest first; 0 without any."""
    order = np.sort(np.asarray(lengths, float))[::-1]
    if not len(order):
        return 0.0
    together = np.cumsum(order)
    return float(order[np.searchsorted(together, LONG * together[-1])])


def join_blobs(blobs: Iterable[Blob]) -> Blob:
    """One blob with the ink of them all."""
    blobs = list(blobs)
    if len(blobs) == 1:
        return blobs[0]
    x, y = min(b.x for b in blobs), min(b.y for b in blobs)
    width = max(b.right for b in blobs) - x
    height = max(b.bottom for b in blobs) - y
    mask = np.zeros((height, width), bool)
    for blob in blobs:
        mask[blob.y - y : blob.bottom - y, blob.x - x : blob.right - x] |= blob.mask
    return Blob(x, y, mask)


def trim_blob(blob: Blob) -> Blob:
    """The same ink in the smallest box that holds it."""
    left, top, width, height = cv2.boundingRect(blob.mask.view(np.uint8))
    return Blob(blob.x + left, blob.y + top, blob.mask[top : top + height, left : left + width])


def stroke_width(blob: Blob) -> float:
    """Typical width of the blob's strokes in pixels: twice the depth along their middle lines."""
    return max(1.0, 2 * measure_middle(blob.mask.view(np.uint8)) - 1)


def is_at_border(blob: Blob | Box, shape: tuple[int, ...]) -> bool:
    """Whether the blob lies so near to the border of its picture (H, W) that it may be cut off."""
    margin = BORDER * min(shape)
    near = min(blob.x, blob.y, shape[1] - blob.right, shape[0] - blob.bottom)
    return near <= margin


def digit_height(blobs: list[Blob]) -> float:
    """Height of the digits among the blobs: the median without those far too low."""
    heights = np.array([b.height for b in blobs])
    high = np.sort(heights[heights >= SMALL * find_long(heights)])
    return float(high[len(high) // 2])
