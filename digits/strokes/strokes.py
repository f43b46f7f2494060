"""The strokes of a piece of ink: its middle lines, from one end, corner or crossing to the next."""

from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

from digits.ink.regions import label_components
from digits.segment.blobs import Blob

FINE = 48  # pixels: strokes are followed in ink that is at most this high
SPUR = 0.7  # stroke widths: a shorter end is an uneven outline
BRIDGE = 1.0  # stroke widths: crossings with less between them are one
CORNER_REACH = 1.6  # stroke widths along a stroke, either way: its direction is measured there
CORNER = 0.5  # cosine: where a stroke turns by more it may be two
_NEIGHBOURS = np.array([[1, 2, 4], [128, 0, 8], [64, 32, 16]], np.float32)  # a bit for each
_STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))

Crossings = list[tuple[np.ndarray, list[int]]]


class Strokes(NamedTuple):
    """The strokes of a blob, in pixels of `skeleton`, which is smaller than a large blob."""

    skeleton: np.ndarray  # int32 (h, w), the index of the stroke that a pixel is of, or -1
    paths: list[np.ndarray]  # int (n, 2) for each stroke, y and x of its pixels from end to end
    crossings: Crossings  # y and x, int (n, 2), where strokes meet, and the strokes' indices
    width: float  # of the pen


def find_strokes(blob: Blob, width: float) -> Strokes:
    """The strokes of the blob, written with a pen of this width in pixels."""
    mask, scale = blob.mask.astype(np.uint8), min(1.0, FINE / blob.height)
    if scale < 1:
        size = [max(1, round(side * scale)) for side in (blob.width, blob.height)]
        mask = (cv2.resize(mask * 255, size, interpolation=cv2.INTER_AREA) > 127).view(np.uint8)
    width *= scale
    lines = thin(mask)
    paths, _, ends = _part_lines(lines)
    for path, (first, last) in zip(paths, ends, strict=True):
        if len(path) < SPUR * width and bool(first) != bool(last):
            lines[tuple(path.T)] = 0
    paths, crossings = _join_crossings(*_part_lines(lines), BRIDGE * width)
    strokes, nodes = [], {number: (points, []) for number, points in crossings.items()}
    corners = []
    for path, first, last in paths:
        pieces = _split_corners(path, width)
        start, strokes = len(strokes), strokes + pieces
        corners += [(piece[:1], [start + i, start + i + 1]) for i, piece in enumerate(pieces[1:])]
        for number in first:
            nodes[number][1].append(start)
        for number in last:
            nodes[number][1].append(len(strokes) - 1)
    skeleton = np.full(mask.shape, -1, np.int32)
    for number, path in enumerate(strokes):
        skeleton[tuple(path.T)] = number
    return Strokes(skeleton, strokes, [*corners, *nodes.values()], width)


def thin(mask: np.ndarray) -> np.ndarray:
    """The middle lines of a mask, as of Zhang and Suen (1984): uint8 (H, W), 0 and 1, like it."""
    ink, before = mask, None
    while before is None or not np.array_equal(before, ink):
        before = ink
        for table in _THINNING:
            ink = _remove(ink, table)
    for table in _STAIRS:
        ink = _remove(ink, table)
    return ink


def _remove(ink: np.ndarray, table: np.ndarray) -> np.ndarray:
    """The ink without the pixels whose neighbourhood has a 1 in the table, uint8 (256,)."""
    codes = cv2.filter2D(ink, cv2.CV_32F, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
    return ink & (1 - table[codes.astype(np.uint8)])


def _list_neighbours(turn: int = 0) -> list[np.ndarray]:
    """Whether each code has the neighbour above, and so on clockwise, `turn` quarters later."""
    return [(np.arange(256) >> (i + 1 + 2 * turn) % 8) & 1 for i in range(8)]


def _make_thinning(turn: int) -> np.ndarray:
    """What one half of Zhang and Suen's step removes: at the south and east, or opposite."""
    around = _list_neighbours()
    count = np.sum(around, axis=0)
    changes = np.sum([(1 - around[i - 1]) & around[i] for i in range(8)], axis=0)
    north, _, east, _, south, _, west, _ = _list_neighbours(turn)
    kept = (north & east & south) | (east & south & west)
    return ((count >= 2) & (count <= 6) & (changes == 1) & (kept == 0)).astype(np.uint8)


def _make_stairs(turn: int) -> np.ndarray:
    """The inner corner of a step: the two pixels beside it touch each other without it."""
    north, _, east, _, south, southwest, west, _ = _list_neighbours(turn)
    return (north & east & ~(south | southwest | west) & 1).astype(np.uint8)


_THINNING = [_make_thinning(turn) for turn in (0, 2)]
_STAIRS = [_make_stairs(turn) for turn in range(4)]


def _part_lines(
    lines: np.ndarray,
) -> tuple[list[np.ndarray], np.ndarray, list[tuple[set[int], set[int]]]]:
    """Middle lines, taken apart where they cross.

    Returns:
        paths: int (n, 2) each, the pixels from end to end.
        crossings: int32 (h, w), the number of the crossing that a pixel is of, or 0.
        ends: the crossings at the first and the last pixel of each path.
    """
    around = cv2.filter2D(lines, -1, np.ones((3, 3), np.float32), borderType=cv2.BORDER_CONSTANT)
    crossing = lines & (around > 3).view(np.uint8)
    crossings, _ = label_components(crossing)
    parts, stats = label_components(lines & (1 - crossing))
    paths = [_order_pixels(np.argwhere(parts == number)) for number in range(1, len(stats))]
    ends = []
    for path in paths:
        around = [crossings[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] for y, x in path[[0, -1]]]
        ends.append(tuple({*near.ravel().tolist()} - {0} for near in around))
    return paths, crossings, ends


def _order_pixels(points: np.ndarray) -> np.ndarray:
    """The pixels of a line, int (n, 2), from one end to the other."""
    left = {*map(tuple, points.tolist())}

    def walk(y: int, x: int) -> list[tuple[int, int]]:
        """The pixels that follow this one."""
        way = []
        while True:
            for down, across in _STEPS:
                if (y + down, x + across) in left:
                    break
            else:
                return way
            y, x = y + down, x + across
            left.discard((y, x))
            way.append((y, x))

    first = tuple(points[0].tolist())
    left.discard(first)
    ahead = [first, *walk(*first)]
    return np.array(walk(*first)[::-1] + ahead)


def _join_crossings(
    paths: list[np.ndarray],
    crossings: np.ndarray,
    ends: list[tuple[set[int], set[int]]],
    longest: float,
) -> tuple[list[tuple[np.ndarray, set[int], set[int]]], dict[int, np.ndarray]]:
    """Crossings with no path longer than `longest` between them as one.

    Returns:
        The other paths with the crossings at their ends, and the pixels of each crossing.
    """
    joined = {number: number for number in range(1, int(crossings.max()) + 1)}
    pixels = {number: [np.argwhere(crossings == number)] for number in joined}
    kept = []
    for path, (first, last) in zip(paths, ends, strict=True):
        met = sorted({joined[number] for number in first | last})
        if len(met) == 2 and len(path) <= longest:
            pixels[met[0]] += [*pixels.pop(met[1]), path]
            joined = {a: met[0] if b == met[1] else b for a, b in joined.items()}
        else:
            kept.append((path, first, last))
    kept = [(path, {joined[a] for a in one}, {joined[a] for a in two}) for path, one, two in kept]
    return kept, {number: np.concatenate(parts) for number, parts in pixels.items()}


def _split_corners(path: np.ndarray, width: float) -> list[np.ndarray]:
    """The path, taken apart where it turns sharply."""
    reach, margin = max(3, round(CORNER_REACH * width)), max(2, round(width))
    spots = np.arange(margin, len(path) - margin)
    ahead = path[np.minimum(spots + reach, len(path) - 1)] - path[spots]
    behind = path[spots] - path[np.maximum(spots - reach, 0)]
    lengths = np.hypot(*ahead.T) * np.hypot(*behind.T)
    straight = (ahead * behind).sum(axis=1) / np.maximum(lengths, 1e-6)
    corners: list[int] = []
    for i in np.argsort(straight, kind="stable"):
        if straight[i] <= CORNER and all(abs(spots[i] - c) >= reach for c in corners):
            corners.append(int(spots[i]))
    return [path[a:b] for a, b in pairwise([0, *sorted(corners), len(path)])]
