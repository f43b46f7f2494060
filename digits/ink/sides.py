"""Digits that overlap: each stroke is the left one's, the right one's, both's, or is severed."""

from typing import NamedTuple

import cv2
import numpy as np

from digits.ink.strokes import Link, Strokes, find_strokes

LEANS = (0.0, 0.3)  # columns per row: upright, and as most hands lean
PLACES = 0.1  # of the height: from one place between two digits that is tried to the next
LEFT, RIGHT, BOTH, SEVERED = 1, 2, 3, 4  # what becomes of a stroke; BOTH is LEFT | RIGHT
# What it costs, in log-probability. Lengths are in heights of the ink.
BESIDE_COST = 9.0  # for each length of stroke times how far it lies on the other side
BREAK_COST = 0.01  # where a stroke of one side goes on straight as one of the other side
SHARE_COST = 0.1  # for each stroke that belongs to both
SHARED_COST = 0.3  # and for each length of it
SEVER_COST = 0.6  # for each time that a stroke is severed
MOST_SHARED = 0.7  # heights: digits do not share a longer stroke
SPREAD = 2.0  # what costs this much more than the best for a stroke is not tried for it
MOST_WAYS = 256  # to give the strokes to the sides, at one place
BEST = 3  # of them are kept
MOST_STROKES = 15  # of a digit: ink with more of them is no row of digits
LONGEST = 12.0  # heights: nor is longer ink


class Sides(NamedTuple):
    """Ink in two parts, left and right; a stroke that they share is in both."""

    left: np.ndarray  # bool (H, W)
    right: np.ndarray  # bool (H, W)
    place: float  # column, at half height
    cost: float


class _Way(NamedTuple):
    """What becomes of each stroke between two digits at a place."""

    labels: np.ndarray  # int (strokes + 1,)
    place: float
    lean: float
    cost: float


def part_strokes(mask: np.ndarray) -> list[Sides]:
    """Likely ways to give the strokes of the ink, bool (H, W), to two sides, the cheapest first."""
    height, width = mask.shape
    if width > LONGEST * height:
        return []
    strokes = find_strokes(mask)
    if not 0 < len(strokes.ends[0]) - 1 <= min(MOST_STROKES * (1 + width / height), 255):
        return []
    ways: dict[tuple, _Way] = {}
    for lean in LEANS:
        for place in np.arange(PLACES, width / height, PLACES) * height:
            for way in _assign_strokes(strokes, float(place), lean, height):
                severed = (way.labels == SEVERED).any()
                key = (way.labels.tobytes(), (lean, place) if severed else None)
                if key not in ways or way.cost < ways[key].cost:
                    ways[key] = way
    return [_draw_sides(mask, strokes, way) for way in sorted(ways.values(), key=lambda w: w.cost)]


def _assign_strokes(strokes: Strokes, place: float, lean: float, height: int) -> list[_Way]:
    """The likeliest ways to part the strokes between two digits that meet at a place."""
    options = _limit_options(_list_options(strokes, place, lean, height))
    counts = [len(stroke) for stroke in options]
    grid = np.indices(counts).reshape(len(counts), -1)  # (strokes, ways)
    labels = np.zeros((len(counts) + 1, grid.shape[1]), np.uint8)
    costs = np.zeros(grid.shape[1])
    for row, chosen, stroke in zip(labels[1:], grid, options, strict=True):
        names, prices = zip(*stroke, strict=True)
        row[:] = np.array(names)[chosen]
        costs += np.array(prices)[chosen]
    for link in strokes.links:
        costs += _price_break(link, labels, place, lean, height)
    two_sided = [((labels == SEVERED) | (labels & side > 0)).any(axis=0) for side in (LEFT, RIGHT)]
    costs[~np.logical_and(*two_sided)] = np.inf
    order = np.argsort(costs, kind="stable")[:BEST]
    return [_Way(labels[:, i], place, lean, float(costs[i])) for i in order if costs[i] < np.inf]


def _list_options(
    strokes: Strokes, place: float, lean: float, height: int
) -> list[list[tuple[int, float]]]:
    """For each stroke what may become of it, and what that costs."""
    over = _lean_over(strokes.points, lean, height) - place
    count, step = len(strokes.ends[0]), strokes.step / height
    length = np.bincount(strokes.of, minlength=count) * step
    right, left = (
        np.bincount(strokes.of, np.maximum(side, 0), minlength=count) * step / height
        for side in (over, -over)
    )
    near = np.abs(over) <= strokes.step / 2
    severed = np.bincount(strokes.of, near, minlength=count)
    options = []
    for stroke in range(1, count):
        prices = {LEFT: BESIDE_COST * right[stroke], RIGHT: BESIDE_COST * left[stroke]}
        if length[stroke] < MOST_SHARED:
            beside = min(prices.values())
            prices[BOTH] = beside + SHARE_COST + SHARED_COST * length[stroke]
        if severed[stroke]:
            prices[SEVERED] = SEVER_COST * max(1, severed[stroke] / 2)
        most = min(prices.values()) + SPREAD
        options.append([item for item in prices.items() if item[1] <= most])
    return options


def _limit_options(options: list[list[tuple[int, float]]]) -> list[list[tuple[int, float]]]:
    """The options without the worst ones, so that there are at most MOST_WAYS to combine them."""
    kept = [[min(stroke, key=lambda option: option[1])] for stroke in options]
    others = sorted(
        (option[1] - best[0][1], index, option)
        for index, (stroke, best) in enumerate(zip(options, kept, strict=True))
        for option in stroke
        if option is not best[0]
    )
    ways = 1
    for _, index, option in others:
        count = len(kept[index])
        if ways // count * (count + 1) > MOST_WAYS:
            break
        ways = ways // count * (count + 1)
        kept[index].append(option)
    return kept


def _price_break(
    link: Link, labels: np.ndarray, place: float, lean: float, height: int
) -> np.ndarray:
    """What a stroke that goes on as another costs each way: int (strokes + 1, ways) -> (ways,)."""
    side = LEFT if _lean_over(link.place[None], lean, height)[0] < place else RIGHT
    first, second = (
        np.where(labels[stroke] == SEVERED, side, labels[stroke])
        for stroke in (link.first, link.second)
    )
    return BREAK_COST * link.straightness * (first & second == 0)


def _lean_over(points: np.ndarray, lean: float, height: int) -> np.ndarray:
    """Columns at half height, float (n,), of points seen along the lean."""
    return points[:, 0] - lean * (height / 2 - points[:, 1])


def _draw_sides(mask: np.ndarray, strokes: Strokes, way: _Way) -> Sides:
    """The pixels of either side; where strokes of both meet they belong to both."""
    height, width = mask.shape
    reach = way.place + way.lean * (height / 2 - np.arange(height))
    on_left = np.arange(width) < reach[:, None]
    severed = way.labels == SEVERED
    sides = []
    for side, here in ((LEFT, on_left), (RIGHT, ~on_left)):
        whole = ~severed & (way.labels & side > 0)
        crossed = (strokes.ends & whole).any(axis=1)
        crossed[0] = False
        pixels = _look_up(whole, strokes.owner) | _look_up(crossed, strokes.meeting)
        if severed.any():
            pixels |= _look_up(severed, strokes.owner) & here
        sides.append(pixels.astype(bool) & mask)
    return Sides(*sides, way.place, way.cost)


def _look_up(flags: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The flag, bool (n,), of each number, uint8 (H, W): uint8 (H, W)."""
    table = np.zeros(256, np.uint8)
    table[: len(flags)] = flags
    return cv2.LUT(numbers, table)
