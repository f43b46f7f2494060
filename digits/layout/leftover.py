"""Ink that is no digit: lines and frames drawn by hand, and what is left out of a reading."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import cv2
import numpy as np

from digits.ink.ink import Ink
from digits.ink.regions import label_components
from digits.segment.blobs import Blob
from digits.segment.candidates import View, classify_blobs, is_surely_digit
from digits.segment.neighbours import join_neighbours

# An underline: a piece this low and this wide, in heights of a digit. The bar of a 5 that floats is
# hardly wider than the digit, a dash hardly wider than high.
LINE_HEIGHT = 0.4
LINE_WIDTH = 1.2
FRAMED = 0.4  # of a frame's height: as high at least is what stands in it
HOLLOW = 0.1  # of its shorter side: so far from it is that; a 0 in pieces has some in its own line
RIM = 0.2  # of a frame's sides: nearly all of its ink lies so near to its box
RIM_SHARE = 0.9  # of its ink; a digit's strokes cross the middle of its box
# Of the height of a digit: lower ink is a speck, a dash or a dot, higher ink a rule or an edge.
DIGIT_SIZE = (0.6, 2.5)
STROKE = 0.25  # of it: between two digits a stroke that is lower is a dot or dust
MOST_GONE = 100  # pieces that went with rules: more are dots and dust
CRUMB = 0.08  # of it: what is shorter both ways is dust
MOST_BROKEN = 0.25  # of the height of a digit in pieces: all its gaps together
LEAST_DRAWN = 0.7  # of it: its pieces, one after the other, are as long at least
MOST_TAKEN = 0.5  # of a piece's ink: with more of it read as a digit the rest is a crumb


def drop_lines(blobs: list[Blob], height: float) -> list[Blob]:
    """The blobs without underlines, and without frames around others; digits are `height` high."""
    kept = [blob for blob in blobs if not _is_line(blob, height)]
    boxes = np.array([(b.x, b.y, b.right, b.bottom, b.height) for b in kept]).reshape(-1, 5)
    return [blob for blob in kept if not _is_frame(blob, boxes)] or blobs


def find_left_out(
    blobs: Iterable[Blob],
    taken: Iterable[Blob],
    height: float,
    rows: Sequence[Sequence[Blob]] = (),
) -> list[Blob]:
    """The blobs of a digit's size of which little is `taken` for a digit or a mark.

    Between two digits of `rows`, lines of them from left to right, a stroke counts as well, and so
    do pieces that together are as high as a digit.
    """
    low, high = (size * height for size in DIGIT_SIZE)
    crumb = CRUMB * height
    taken = list(taken)
    whole = {id(blob) for blob in taken}
    sized = [
        blob
        for blob in blobs
        if id(blob) not in whole and blob.height <= high and max(blob.mask.shape) >= crumb
    ]
    if not sized:  # true of most drawings
        return []
    every = [*sized, *taken]
    page = np.zeros((max(b.bottom for b in every), max(b.right for b in every)), bool)
    for blob in taken:
        page[blob.y : blob.bottom, blob.x : blob.right] |= blob.mask
    left = [blob for blob in sized if _count_taken(blob, page) <= MOST_TAKEN * blob.area]
    gaps, least = _find_gaps(rows), min(STROKE * height, low)
    told = [b for b in left if b.height >= low or (b.height >= least and _is_between(b, gaps))]
    return told or _find_broken([blob for blob in left if blob.height < low], height)


def _find_broken(blobs: list[Blob], height: float) -> list[Blob]:
    """The pieces among blobs, each too low for a digit, that together are as high as one."""
    if not 1 < len(blobs) <= MOST_GONE:
        return []
    for node in join_neighbours(blobs, height):
        pieces = [blobs[member] for member in node.members]
        high = max(b.bottom for b in pieces) - min(b.y for b in pieces)
        length = sum(max(b.mask.shape) for b in pieces)
        near = node.gap <= MOST_BROKEN * high and length >= LEAST_DRAWN * high
        if len(pieces) > 1 and near and DIGIT_SIZE[0] * height <= high <= DIGIT_SIZE[1] * height:
            return pieces
    return []


def loses_digit(ink: Ink, view: View) -> bool:
    """Whether a digit went with the rules of a table, as fine as they are: one apart from them.

    A fine stroke cannot be told from what is left of a rule.
    """
    if ink.rules is None:
        return False
    gone = _find_gone(ink.mask, ink.plain, view.height)
    return any(map(is_surely_digit, classify_blobs(gone[:MOST_GONE], view)))


def _find_gone(mask: np.ndarray, plain: np.ndarray, height: float) -> list[Blob]:
    """The pieces of a digit's size that went with the rules altogether.

    Args:
        mask: uint8 (H, W), 1 where there is ink.
        plain: the same without ruled lines.
        height: of the digits, in pixels.
    """
    labels, stats = label_components(mask)
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    gone = np.bincount(labels[plain > 0], minlength=len(stats)) == 0
    least, most = (size * height for size in DIGIT_SIZE)
    gone &= (least <= high) & (high <= most) & (wide >= STROKE * high) & (wide <= most)
    gone[0] = False
    boxes = stats[gone, : cv2.CC_STAT_HEIGHT + 1].tolist()
    pieces = zip(np.flatnonzero(gone), boxes, strict=True)
    return [Blob(x, y, labels[y : y + h, x : x + w] == label) for label, (x, y, w, h) in pieces]


def _find_gaps(rows: Sequence[Sequence[Blob]]) -> np.ndarray:
    """Where one digit ends and the next begins, and the top and bottom of both: int (n, 4)."""
    pairs = [pair for row in rows for pair in pairwise(row)]
    gaps = [(a.right, b.x, min(a.y, b.y), max(a.bottom, b.bottom)) for a, b in pairs]
    return np.array(gaps, int).reshape(-1, 4)


def _is_between(blob: Blob, gaps: np.ndarray) -> bool:
    """Whether the blob stands between two digits; over or under one it may be a crumb of it."""
    left, right, top, bottom = gaps.T
    aside = (left <= blob.x) & (blob.right <= right)
    return bool((aside & (top <= blob.y) & (blob.bottom <= bottom)).any())


def _is_line(blob: Blob, height: float) -> bool:
    return blob.height <= LINE_HEIGHT * height and blob.width >= LINE_WIDTH * height


def _is_frame(blob: Blob, boxes: np.ndarray) -> bool:
    """Whether another large piece lies inside the blob, whose ink runs around it.

    `boxes`: int (n, 5), left, top, right, bottom and height of all pieces.
    """
    left, top, right, bottom, height = boxes.T
    away = HOLLOW * min(blob.mask.shape)
    inside = (left > blob.x + away) & (right < blob.right - away)
    inside &= (top > blob.y + away) & (bottom < blob.bottom - away)
    if not (inside & (height >= FRAMED * blob.height)).any():
        return False
    down, across = (max(1, round(RIM * side)) for side in blob.mask.shape)
    middle = np.count_nonzero(blob.mask[down:-down, across:-across])
    return middle <= (1 - RIM_SHARE) * blob.area


def _count_taken(blob: Blob, page: np.ndarray) -> int:
    """How many pixels of the blob's ink are taken: bool (H, W) of the whole picture."""
    return int(np.count_nonzero(blob.mask & page[blob.y : blob.bottom, blob.x : blob.right]))
