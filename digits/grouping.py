"""Which pieces of ink belong to one digit, and in which order digits are read."""

import numpy as np

from digits.blobs import Blob, join_blobs, stroke_width

FRAGMENT = 0.5  # of the digits' height: what is lower is part of a digit, or none
FLOATING = 0.3  # of the digits' height: so far may a stroke float over the rest of its digit
DOT = 0.25  # of the digits' height: what is smaller both ways is a speck or a full stop
DASH = 2.0  # times as wide as high, and low: a dash


def digit_height(blobs: list[Blob]) -> float:
    """Height of the digits among the blobs: the median, weighted by height squared."""
    heights = np.sort([b.height for b in blobs]).astype(float)
    weights = np.cumsum(heights**2)
    return float(heights[np.searchsorted(weights, weights[-1] / 2)])


def join_fragments(blobs: list[Blob]) -> list[Blob]:
    """The blobs with floating bars and broken pieces joined to the digit that they belong to."""
    height = digit_height(blobs)
    whole = [[b] for b in blobs if b.height >= FRAGMENT * height]
    for fragment in (b for b in blobs if b.height < FRAGMENT * height):
        home = min(whole, key=lambda group: _distance(group[0], fragment))
        if _belongs(home[0], fragment, height):
            home.append(fragment)
        else:
            whole.append([fragment])
    return [join_blobs(group) for group in whole]


def drop_marks(blobs: list[Blob]) -> list[Blob]:
    """The blobs without dots, dashes and specks, judged by the height of the digits."""
    height = digit_height(blobs)
    return [b for b in blobs if not _is_mark(b, height)]


def _is_mark(blob: Blob, height: float) -> bool:
    if blob.height < DOT * height and blob.width < DOT * height:
        return True
    return blob.height < FRAGMENT * height


def _distance(blob: Blob, other: Blob) -> float:
    dx = max(blob.x - other.right, other.x - blob.right, 0)
    dy = max(blob.y - other.bottom, other.y - blob.bottom, 0)
    return float(np.hypot(dx, dy))


def _belongs(blob: Blob, fragment: Blob, height: float) -> bool:
    """Whether a fragment lies over or under the blob, or all but touches it."""
    if _distance(blob, fragment) <= stroke_width(blob):
        return True
    shared = min(blob.right, fragment.right) - max(blob.x, fragment.x)
    return shared >= 0.5 * fragment.width and _distance(blob, fragment) <= FLOATING * height


def split_lines(blobs: list[Blob]) -> list[list[Blob]]:
    """The blobs line by line, top to bottom, each from left to right."""
    lines: list[list[Blob]] = []
    for blob in sorted(blobs, key=lambda b: b.x):
        for line in lines:
            last = line[-1]
            shared = min(last.bottom, blob.bottom) - max(last.y, blob.y)
            if shared > 0.3 * min(last.height, blob.height):
                line.append(blob)
                break
        else:
            lines.append([blob])
    return sorted(lines, key=lambda line: np.mean([b.y + b.height / 2 for b in line]))
