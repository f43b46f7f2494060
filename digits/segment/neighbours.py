"""Which pieces of ink may be one digit: those near each other, less what is likelier a sign."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from digits.segment.blobs import Blob

SIDEWAYS = 2.0  # the distance sideways counts this many times: digits stand side by side
REACH = 1.0  # heights of a digit: pieces farther apart are never one digit
HIGHEST = 6.0  # heights of a digit: the median may be that of pieces; what is higher is a column
NEAREST = 12  # neighbours of a piece that are looked at: as many as a digit has pieces
MOST_PIECES = 12  # of one digit
CONTOUR_POINTS = 32  # of a blob's outline, to measure distances between blobs
PAIRS_AT_ONCE = 1024  # of blobs whose distance is measured: 8 MB
LOWER_SIGN = 0.5  # of the height of the digits: a higher piece is no dash, dot or comma
FLAT = 1.6  # times its height: a piece as wide as this is a dash
BAR = 0.2  # of a digit's height from its top or foot: a dash there is its bar rather than a minus


class Node(NamedTuple):
    """A set of blobs that may be one digit: a blob, or two nodes joined."""

    members: tuple[int, ...]
    children: tuple[int, ...]  # indices of nodes; none for a blob
    gap: float  # pixels: the sum of all the gaps that it bridges
    level: int  # 0 for a blob, else one more than the higher of its children


def join_neighbours(blobs: list[Blob], height: float) -> list[Node]:
    """The blobs, and then each joint of the two nearest groups, children before their parents.

    What lies farther apart than pieces of a digit of this `height` do is not joined, nor what is
    higher or has more pieces: what it costs grows with the number of blobs, and no faster.
    """
    nodes = [Node((i,), (), 0.0, 0) for i in range(len(blobs))]
    if len(blobs) < 2:
        return nodes
    owner = list(range(len(blobs)))  # the node to which each blob belongs by now
    reach = [REACH * max(height, blob.height) for blob in blobs]
    gaps = _measure_gaps(blobs, _find_near(blobs, np.array(reach)))
    # Pieces that together are too high for a digit are likely of two lines, however near.
    order = [gap + max(0.0, _span(blobs, pair) - height) for gap, *pair in gaps]
    for _, (gap, i, j) in sorted(zip(order, gaps, strict=True)):
        first, second = owner[i], owner[j]
        members = nodes[first].members + nodes[second].members
        if first == second or len(members) > MOST_PIECES or gap > max(reach[i], reach[j]):
            continue
        if _span(blobs, members) > HIGHEST * height:
            continue
        gap += nodes[first].gap + nodes[second].gap
        level = 1 + max(nodes[first].level, nodes[second].level)
        nodes.append(Node(members, (first, second), gap, level))
        for member in members:
            owner[member] = len(nodes) - 1
    return nodes


def _span(blobs: list[Blob], members: Iterable[int]) -> int:
    """Pixels from the highest to the lowest ink of some of the blobs."""
    return max(blobs[m].bottom for m in members) - min(blobs[m].y for m in members)


def _find_near(blobs: list[Blob], reach: np.ndarray) -> np.ndarray:
    """Pairs of blobs whose boxes are within `reach` (float (blobs,)) of each other: int (n, 2).

    They share a cell of a grid; of the neighbours of a blob only the nearest are kept.
    """
    low = np.array([(SIDEWAYS * b.x, b.y) for b in blobs], float)
    high = np.array([(SIDEWAYS * b.right, b.bottom) for b in blobs], float)
    pairs = share_cells(low - reach[:, None] / 2, high + reach[:, None] / 2)
    one, two = pairs.T
    apart = np.maximum(np.maximum(low[one] - high[two], low[two] - high[one]), 0)
    apart = np.hypot(*apart.T)
    near = apart <= np.maximum(reach[one], reach[two])
    return _keep_nearest(pairs[near], apart[near], len(blobs))


def share_cells(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Pairs of boxes that have a part in the same cell of a grid: int (n, 2), first the lesser.

    Args:
        low: float (boxes, 2), their upper left corners.
        high: float (boxes, 2), their lower right corners.
    """
    cell = float(np.mean(high - low))
    first = np.floor((low - low.min(axis=0)) / cell).astype(int)
    spans = np.floor((high - low.min(axis=0)) / cell).astype(int) - first + 1
    columns = int((first + spans)[:, 0].max()) + 1
    counts = spans.prod(axis=1)
    owner = np.repeat(np.arange(len(low)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    row, column = np.divmod(place, spans[owner, 0])
    cells = (first[owner, 1] + row) * columns + first[owner, 0] + column
    order = np.argsort(cells, kind="stable")
    owner, cells = owner[order], cells[order]
    found = [np.zeros(0, int)]
    for step in range(1, len(owner)):
        same = cells[step:] == cells[:-step]
        if not same.any():
            break
        found.append(owner[:-step][same] * len(low) + owner[step:][same])
    return np.stack(np.divmod(np.unique(np.concatenate(found)), len(low)), axis=1)


def _keep_nearest(pairs: np.ndarray, apart: np.ndarray, count: int) -> np.ndarray:
    """The pairs in which one is among the nearest neighbours of the other."""
    ends = pairs.T.ravel()
    order = np.lexsort((np.tile(apart, 2), ends))
    starts = np.searchsorted(ends[order], np.arange(count))
    rank = np.empty(len(ends), int)
    rank[order] = np.arange(len(ends)) - starts[ends[order]]
    return pairs[(rank.reshape(2, -1) < NEAREST).any(axis=0)]


def _measure_gaps(blobs: list[Blob], pairs: np.ndarray) -> list[tuple[float, int, int]]:
    """The distance between the blobs of each pair, and the pair."""
    outlines = np.stack([_outline(blob) for blob in blobs])  # (blobs, CONTOUR_POINTS, 2)
    outlines[..., 0] *= SIDEWAYS
    gaps = []
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        one, two = pairs[start : start + PAIRS_AT_ONCE].T
        right = outlines[one, :, None, 0] - outlines[two, None, :, 0]  # (n, points, points)
        down = outlines[one, :, None, 1] - outlines[two, None, :, 1]
        apart = np.sqrt((right * right + down * down).min(axis=(1, 2)))
        gaps += zip(apart.tolist(), one.tolist(), two.tolist(), strict=True)
    return gaps


def _outline(blob: Blob) -> np.ndarray:
    """Points along the blob's outline: float32 (CONTOUR_POINTS, 2), x and y."""
    contours, _ = cv2.findContours(
        blob.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    points = np.concatenate(contours)[:, 0]
    points = points[:: -(-len(points) // CONTOUR_POINTS)]
    points = points[np.arange(CONTOUR_POINTS) % len(points)]
    return points.astype(np.float32) + (blob.x, blob.y)


def count_bars(pieces: Sequence[Blob], shape: Blob) -> int:
    """How many dashes stand where the bar of a digit does; `shape` is all ink, digit and pieces."""
    middles = [
        (piece.y + piece.height / 2 - shape.y) / shape.height
        for piece in pieces
        if piece.width > FLAT * piece.height
    ]
    return sum(not BAR < middle < 1 - BAR for middle in middles)


def count_aside(pieces: Sequence[Blob], digit: Blob) -> int:
    """How many pieces like dots and commas stand beside the digit: no bar of a 5 at its top."""
    return sum(
        max(piece.mask.shape) <= LOWER_SIGN * digit.height
        and not digit.x < piece.x + piece.width / 2 < digit.right
        and (piece.width <= FLAT * piece.height or piece.y > digit.y + digit.height / 2)
        for piece in pieces
    )
