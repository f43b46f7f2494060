"""Lines of digits: top to bottom, left to right, slanted, curved, or parted by wide gaps."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from digits.segment.blobs import Blob
from digits.segment.neighbours import share_cells

STEEPEST = 0.7  # rise over run of a line of writing, 35 degrees
SLOPES = 57
NEAR = 3.0  # heights of a digit: so far to the side are neighbours in a number
LEVEL = 0.3  # of a digit's height by which neighbours in a line go up and down
LEAST_SHARED = 0.3  # of the lower one's height that two neighbours in a line have in common
STACKED = 0.5  # of the narrower one's width in common: one stands above the other
APART = 0.5  # of the lower one's height from middle to middle, or they lie over each other
RISE_COST = 1.5  # a height up or down counts as so many sideways
STIFF = 1.5  # heights: over so short a way a line is as steep as the page, and not its digits
AROUND = 3  # digits on each side that tell how steep the line is here
BENT = 4.0  # heights: how far a line bends away from the slope of the page, across a gap
FLAT = 2.0  # neighbours more on one level, for a page to be STEEPEST and not flat
BOUNCING = 0.5  # of the lower line's height that two lines have in common, if they are one
RAISED = 0.6  # of the height of the digit before it: an exponent is no higher
USUAL = 0.25  # of the gaps between digits that are neighbours: those of a number, not between two
ENOUGH = 3  # gaps in a line, or else in the picture, tell what is usual
LONE = 0.6  # heights: what is usual where no others tell
WIDER = 0.4  # heights by which a gap that parts two numbers is wider than usual
MUCH_WIDER = 0.6  # of the usual gap, by which it is wider at least, in a hand that writes wide

Box = tuple[int, int, int, int]  # x, y, width, height


class _Boxes(NamedTuple):
    """Boxes of digits: float (n,), pixels."""

    x: np.ndarray  # of the centre
    y: np.ndarray
    width: np.ndarray
    height: np.ndarray


def split_lines(blobs: list[Blob]) -> list[list[int]]:
    """Indices of the blobs, line by line from the top, each from left to right.

    Each digit is linked to the next one at its right that stands about as high, as the page and
    its line rise or fall there; first near ones and then, across gaps, the ends of what is linked.
    """
    if len(blobs) < 2:  # most pictures, and 1 ms of theirs
        return [[0]] if blobs else []
    boxes = _measure_boxes(blobs)
    near = _find_near(boxes)
    page_slope = _find_slope(boxes, near)
    slopes = np.full(len(blobs), page_slope)
    after = np.full(len(blobs), -1)  # the digit linked to each at its right
    _link(near, after, boxes, slopes)
    slopes = _bend_slopes(_follow_links(after), boxes, slopes)
    levels = boxes.y - page_slope * boxes.x
    _link(_find_ends(after, boxes, levels), after, boxes, slopes)
    lines = _join_bouncing(_follow_links(after), near, boxes, levels)
    return _order_lines(lines, near, boxes, levels)


def measure_tilt(blobs: list[Blob]) -> float:
    """Degrees clockwise by which the lines of these digits are askew, 0 without any neighbours."""
    boxes = _measure_boxes(blobs)
    return math.degrees(math.atan(_find_slope(boxes, _find_near(boxes))))


def find_gaps(
    boxes: Sequence[Box], lines: Sequence[Sequence[int]], marks: Sequence[tuple[int, Box]] = ()
) -> set[int]:
    """Which digits have a gap before them that parts two numbers, by the spacing of their line.

    The gap is that of the ink: a 1 among wide digits has none. Where all gaps are as wide, as
    between the boxes of a form, none of them parts anything.

    Args:
        boxes: x, y, width, height of every digit.
        lines: indices of the digits, line by line, each from left to right; a line may have none.
        marks: line and box of each sign; of the gaps beside one the widest counts.
    """
    if all(len(line) < 2 for line in lines):  # most drawings
        return set()
    gaps = [
        _measure_line([boxes[index] for index in line], [box for at, box in marks if at == number])
        for number, line in enumerate(lines)
    ]
    page = np.concatenate([np.zeros(0), *gaps])
    parted: set[int] = set()
    for line, found in zip(lines, gaps, strict=True):
        known = found if len(found) >= ENOUGH else page
        usual = float(np.quantile(known, USUAL)) if len(known) >= ENOUGH else LONE
        least = usual + max(WIDER, MUCH_WIDER * usual)
        parted.update(i for i, gap in zip(line[1:], found, strict=True) if gap > least)
    return parted


def _measure_line(boxes: Sequence[Box], marks: Sequence[Box]) -> np.ndarray:
    """The gap before each digit of a line but the first, in heights of its digits: float (n,)."""
    if len(boxes) < 2:
        return np.zeros(0)
    height = np.median([box[3] for box in boxes])
    gaps = []
    for before, after in pairwise(boxes):
        between = [mark for mark in marks if before[0] < mark[0] < after[0]]
        row = [before, *sorted(between), after]
        gaps.append(max(right[0] - left[0] - left[2] for left, right in pairwise(row)))
    return np.maximum(0, np.array(gaps, float)) / height


def _measure_boxes(blobs: list[Blob]) -> _Boxes:
    x, y, width, height = np.array([(b.x, b.y, b.width, b.height) for b in blobs], float).T
    return _Boxes(x + width / 2, y + height / 2, width, height)


def _find_near(boxes: _Boxes) -> np.ndarray:
    """Pairs of digits that are near to each other, the left one first: int (n, 2)."""
    centres = np.stack([boxes.x, boxes.y], axis=1)
    reach = NEAR / 2 * np.maximum(boxes.height, np.median(boxes.height))[:, None]
    pairs = share_cells(centres - reach, centres + reach)
    swap = boxes.x[pairs[:, 0]] > boxes.x[pairs[:, 1]]
    pairs[swap] = pairs[swap, ::-1]
    one, two = pairs.T
    return pairs[boxes.x[two] - boxes.x[one] <= NEAR * np.maximum(*boxes.height[pairs.T])]


def _find_slope(boxes: _Boxes, near: np.ndarray) -> float:
    """Rise over run at which most neighbours are on one level; y counts down."""
    one, two = near.T
    height = (boxes.height[one] + boxes.height[two]) / 2
    across, down = (boxes.x[two] - boxes.x[one]) / height, (boxes.y[two] - boxes.y[one]) / height
    slopes = np.linspace(-STEEPEST, STEEPEST, SLOPES)
    votes = [np.maximum(0, 1 - np.abs(down - s * across) / LEVEL).sum() for s in slopes]
    return float(slopes[np.argmax(votes - FLAT * np.abs(slopes) / STEEPEST)])


def _link(pairs: np.ndarray, after: np.ndarray, boxes: _Boxes, slopes: np.ndarray) -> None:
    """Link the pairs that continue a line, the best first; each digit to one at each side.

    Args:
        pairs: int (n, 2), the left one first.
        after: the digit linked to each at its right, -1 without; gets the links.
        boxes: of the digits.
        slopes: rise over run of the line at each digit.
    """
    one, two = pairs.T
    across = boxes.x[two] - boxes.x[one]
    rise = np.abs(boxes.y[two] - boxes.y[one] - across * (slopes[one] + slopes[two]) / 2)
    shared = (boxes.height[one] + boxes.height[two]) / 2 - rise
    gap = across - (boxes.width[one] + boxes.width[two]) / 2
    beside = ~_are_stacked(one, two, boxes)
    beside &= shared > LEAST_SHARED * np.minimum(boxes.height[one], boxes.height[two])
    cost = gap + RISE_COST * rise
    taken = np.zeros(len(after), bool)  # has one at its left
    taken[after[after >= 0]] = True
    for place in np.argsort(np.where(beside, cost, np.inf), kind="stable")[: beside.sum()]:
        left, right = pairs[place]
        if after[left] < 0 and not taken[right]:
            after[left] = right
            taken[right] = True


def _follow_links(after: np.ndarray) -> list[list[int]]:
    """The digits of each chain of links, from left to right."""
    chains = []
    for index in sorted({*range(len(after))} - {*after.tolist()}):
        chain = []
        while index >= 0:
            chain.append(index)
            index = int(after[index])
        chains.append(chain)
    return chains


def _bend_slopes(chains: list[list[int]], boxes: _Boxes, slopes: np.ndarray) -> np.ndarray:
    """Rise over run of the line at each digit, by the digits around it."""
    bent = slopes.copy()
    stiffness = (STIFF * boxes.height) ** 2
    for chain in chains:
        x, y = boxes.x[chain].tolist(), boxes.y[chain].tolist()  # few numbers: faster than arrays
        for place, index in enumerate(chain):
            around = range(max(0, place - AROUND), min(place + AROUND + 1, len(chain)))
            middle = sum(x[i] for i in around) / len(around)
            rise = sum((x[i] - middle) * y[i] for i in around)
            run = sum((x[i] - middle) ** 2 for i in around)
            stiff = stiffness[index]
            bent[index] = (rise + stiff * slopes[index]) / (run + stiff)
    return bent


def _find_ends(after: np.ndarray, boxes: _Boxes, levels: np.ndarray) -> np.ndarray:
    """Pairs of the end of a chain and the start of another, on its right and not far up or down."""
    starts = np.setdiff1d(np.arange(len(after)), after)
    starts = starts[np.argsort(levels[starts], kind="stable")]
    pairs = [np.zeros((0, 2), int)]
    for end in np.flatnonzero(after < 0):
        reach = BENT * boxes.height[end]
        window = np.searchsorted(levels[starts], (levels[end] - reach, levels[end] + reach))
        right = starts[slice(*window)]
        right = right[boxes.x[right] > boxes.x[end]]
        pairs.append(np.stack([np.full(len(right), end), right], axis=1))
    return np.concatenate(pairs)


def _join_bouncing(
    lines: list[list[int]], near: np.ndarray, boxes: _Boxes, levels: np.ndarray
) -> list[list[int]]:
    """The lines, those made one that stand side by side on mostly the same level.

    Such are the digits of a line that go up and down by more than half of their height, and an
    exponent.
    """
    pairs = np.unique(_number_lines(lines, len(levels))[near], axis=0).tolist()
    part_of = list(range(len(lines)))  # the line that each is a part of by now
    lines = [*lines]
    for one, two in pairs:
        first, second = part_of[one], part_of[two]
        if first == second:
            continue
        both = lines[first], lines[second]
        raised = _is_exponent(*both, boxes) or _is_exponent(*both[::-1], boxes)
        if raised or _is_one_line(*both, boxes, levels):
            lines[first] = sorted(lines[first] + lines[second], key=lambda i: boxes.x[i])
            lines[second] = []
            part_of = [first if part == second else part for part in part_of]
    return [line for line in lines if line]


def _is_one_line(first: list[int], second: list[int], boxes: _Boxes, levels: np.ndarray) -> bool:
    """Whether two lines are on mostly the same level, end to end or no digit over another."""
    tops, bottoms = levels - boxes.height / 2, levels + boxes.height / 2
    upper = np.array([tops[line].min() for line in (first, second)])
    lower = np.array([bottoms[line].max() for line in (first, second)])
    if lower.min() - upper.max() < BOUNCING * (lower - upper).min():
        return False
    row = np.array(sorted(first + second, key=lambda i: boxes.x[i]))
    if row.tolist() in (first + second, second + first):  # a stroke may be one digit too many
        return True
    return not _are_stacked(row[:-1], row[1:], boxes).any()


def _is_exponent(line: list[int], raised: list[int], boxes: _Boxes) -> bool:
    """Whether a line of low digits begins close behind the last digit of another, and over its top.

    It reaches below that top: the note above a number does not.
    """
    last, first = line[-1], raised[0]
    height = boxes.height[raised].max()
    gap = boxes.x[first] - boxes.x[last] - (boxes.width[first] + boxes.width[last]) / 2
    top = boxes.y[last] - boxes.height[last] / 2
    reach = boxes.height[first] / 2
    over = boxes.y[first] - reach < top < boxes.y[first] + reach
    return over and height <= RAISED * boxes.height[last] and -height / 2 < gap < height


def _order_lines(
    lines: list[list[int]], near: np.ndarray, boxes: _Boxes, levels: np.ndarray
) -> list[list[int]]:
    """The lines from the top, but none before one that stands above it."""
    places = [levels[line].mean() for line in lines]
    one, two = near.T
    stacked = near[_are_stacked(one, two, boxes)]
    upper_first = boxes.y[stacked[:, 0]] < boxes.y[stacked[:, 1]]
    stacked = np.where(upper_first[:, None], stacked, stacked[:, ::-1])
    pairs = _number_lines(lines, len(levels))[stacked].tolist()
    for upper, lower in sorted(pairs, key=lambda pair: places[pair[0]]):
        if upper != lower and places[lower] <= places[upper]:
            places[lower] = np.nextafter(places[upper], np.inf)
    return [lines[number] for number in np.argsort(places, kind="stable")]


def _number_lines(lines: list[list[int]], count: int) -> np.ndarray:
    """The number of the line of each of so many digits: int (count,)."""
    line_of = np.empty(count, int)
    for number, line in enumerate(lines):
        line_of[line] = number
    return line_of


def _are_stacked(one: np.ndarray, two: np.ndarray, boxes: _Boxes) -> np.ndarray:
    """Whether of each pair one stands above the other: bool (n,)."""
    shared = (boxes.width[one] + boxes.width[two]) / 2 - np.abs(boxes.x[two] - boxes.x[one])
    apart = np.abs(boxes.y[two] - boxes.y[one])
    stacked = shared > STACKED * np.minimum(boxes.width[one], boxes.width[two])
    return stacked & (apart > APART * np.minimum(boxes.height[one], boxes.height[two]))
