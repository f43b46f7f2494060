"""Ruled lines: ledger lines, squared paper, table rules, whether or not digits stand on them."""

import cv2
import numpy as np

from digits.ink.levels import quantile
from digits.ink.regions import (
    is_strip,
    label_components,
    measure_depth,
    measure_extents,
    measure_middle,
    measure_stroke,
    pick_components,
)

STEEPEST = 0.12  # rise over run, 7 degrees: a page photographed by hand is not straighter
SLOPE_STEPS = 49
RUNS_AT_A_TIME = 4096  # some 2 MB of rows
LEAST_COVER = 0.5  # of the picture's width: a ruling is visible along at least this much of it
SOME_LINES = 2  # where so many are plain, there are likely more,
ALIKE = 1.3  # times as thick at most,
HIDDEN_COVER = 0.3  # of the width of which is enough: strokes hide the rest
END_SHARE = 0.1  # of the width: a ruling is visible in this part at both ends
THICKEST = 2.0  # stroke widths: what is thicker is no ruling
BEND = 0.01  # of the width: how far bent paper moves a ruling away from a straight line
CROSSING = 1.6  # times the line's thickness: where ink is higher, a stroke crosses the line
DARKER = 1.2  # times as dark as the line: a stroke that runs along it
MOST_LINES = 60  # each way: squared paper
TABLE_SIDE = 0.15  # of the picture's shorter side: a table is larger both ways
TABLE_INK = 0.2  # of its box: a table has less ink
TABLE_LINES = 2  # at least, each way
TABLE_REST = 0.5  # of its ink: most of a table is rules
FEWEST_PIECES = 4  # a table of fine rules, with what stands in it
TABLE_GAP = 2.0  # stroke widths by which the pieces of one may lie apart
FINE = 0.8  # of the stroke width: a fine rule is no thicker
FINER = 0.7  # of the depth of strokes, along their middle lines: the bars of digits are as deep
NEARLY_ALL = 0.9  # of a rule is no thicker and no darker than this quantile
LEVEL = (4.0, 8.0)  # stroke widths: a level stretch may break for so long, and is longer
CHAIN_HEIGHT = 5  # pixels: so far a level stretch may rise
CHAIN = 0.25  # of the table's width: a chain of level stretches is longer
CHAIN_GAP = 0.02  # of it, between two stretches
SEEN = 1 / 3  # of a chain's length: of a dotted rule so much is ink, of a line of digits less


def remove_rulings(mask: np.ndarray, darkness: np.ndarray, stroke: float) -> np.ndarray:
    """The mask without ruled lines, strokes that cross them kept whole.

    Args:
        mask: uint8 (H, W), 1 where there is ink.
        darkness: float32 (H, W), the ink's level.
        stroke: the width of the strokes in pixels.

    Returns:
        uint8 (H, W); equal to `mask` where there is no line.
    """
    lying, _ = _remove_ruled(mask, darkness, stroke)
    standing, count = _remove_ruled(mask.T, darkness.T, stroke)
    if count and is_strip(label_components(mask)[1], mask.shape):  # each 1 crosses the picture
        standing, _ = _remove_horizontal(mask.T, darkness.T, thickest=FINE * stroke)
    rest = standing.T & lying
    if count and not np.array_equal(lying, mask):
        rest = _drop_knots(rest, mask - lying, mask - standing.T, THICKEST * stroke)
    return _remove_tables(rest, darkness, stroke)


def _remove_ruled(mask: np.ndarray, darkness: np.ndarray, stroke: float) -> tuple[np.ndarray, int]:
    """The mask without lines from left to right, and how many they were.

    Where some are plain, others as thin are lines too that broad strokes hide for the most part.
    """
    cleaned, found = _remove_horizontal(mask, darkness, thickest=THICKEST * stroke)
    thickest = ALIKE * float(np.median(found)) if len(found) >= SOME_LINES else np.inf
    if thickest < FINE * stroke:
        look = {"thickest": thickest, "cover": HIDDEN_COVER, "ends": 1}
        cleaned, more = _remove_horizontal(cleaned, darkness, **look)
        found += more
    return cleaned, len(found)


def _drop_knots(
    mask: np.ndarray, lying: np.ndarray, standing: np.ndarray, thickest: float
) -> np.ndarray:
    """The mask without what is left where two lines crossed that were taken out of it."""
    labels, stats = label_components(mask)
    knot = measure_extents(stats) <= thickest
    for taken in (lying, standing):
        beside = labels[cv2.dilate(taken, None).view(bool)]
        knot &= np.bincount(beside, minlength=len(stats)) > 0
    knot[0] = False
    return mask & ~pick_components(labels, knot)


def _remove_tables(mask: np.ndarray, darkness: np.ndarray, stroke: float) -> np.ndarray:
    """The mask without tables whose rules end inside the picture, what stands in them kept.

    A table is one piece of ink with other ink in it, and mostly rules, at least two each way.
    """
    labels, stats = label_components(mask)
    sides = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1]
    area = stats[:, cv2.CC_STAT_AREA]
    large = (sides.min(axis=1) > TABLE_SIDE * min(mask.shape)) & (
        area < TABLE_INK * sides.prod(axis=1)
    )
    large[0] = False
    for number in np.flatnonzero(large):
        x, y, width, height, ink = stats[number].tolist()
        box = np.s_[y : y + height, x : x + width]
        table = (labels[box] == number).view(np.uint8)
        if np.count_nonzero(mask[box]) == ink:
            continue
        look = {"thickest": THICKEST * stroke, "ends": 0}  # askew in its box it is shorter
        lying, across = _remove_horizontal(table, darkness[box], **look)
        standing, down = _remove_horizontal(table.T, darkness[box].T, **look)
        left = lying & standing.T
        if min(len(across), len(down)) >= TABLE_LINES and np.count_nonzero(left) < TABLE_REST * ink:
            mask = mask.copy()
            mask[box] -= table - _drop_crossings(left, THICKEST * stroke)
    return _remove_fine_tables(mask, darkness, stroke) if len(stats) > FEWEST_PIECES else mask


def _drop_crossings(mask: np.ndarray, thickest: float) -> np.ndarray:
    """The rest of a table without what is left of its rules where they cross."""
    labels, stats = label_components(mask)
    high = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1) > thickest
    high[0] = False
    return pick_components(labels, high)


def _remove_fine_tables(mask: np.ndarray, darkness: np.ndarray, stroke: float) -> np.ndarray:
    """The mask without tables whose rules are finer than the strokes, at least two each way.

    They need not be straight, nor whole: printed ones are often dotted, and in a photo the paper
    bends and the faintest rules break. All that is no thicker goes with them.
    """
    least = TABLE_SIDE * min(mask.shape)
    for one in (mask, mask.T):
        *_, lengths = _vertical_runs(one)
        if np.count_nonzero(lengths <= FINE * stroke) < TABLE_LINES * least:
            return mask  # true of most pictures, and saves them 3 ms
    gap = round(TABLE_GAP * stroke)
    bridged = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    labels, stats = label_components(bridged)
    large = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].min(axis=1) > least
    large[0] = False
    for number in np.flatnonzero(large):
        x, y, width, height, _ = stats[number].tolist()
        box = np.s_[y : y + height, x : x + width]
        table = mask[box] & (labels[box] == number)
        if np.count_nonzero(table) > TABLE_INK * width * height:
            continue
        lying, across = _remove_chains(table, darkness[box], stroke)
        standing, down = _remove_chains(table.T, darkness[box].T, stroke)
        if min(across, down) < TABLE_LINES:
            continue
        rest = lying & standing.T
        rules = table - rest
        cleaned = mask.copy()
        cleaned[box] -= rules
        cleaned = _drop_thin(cleaned, FINE * measure_stroke(cleaned[box], share=0.5) / 2)
        thickest = measure_middle(rules, exact=True, share=NEARLY_ALL)
        if thickest < FINER * measure_middle(cleaned[box], exact=True):  # no bars of digits
            mask = cleaned
    return mask


def _drop_thin(mask: np.ndarray, thickest: float) -> np.ndarray:
    """The mask without the pieces that are nowhere deeper than `thickest` pixels."""
    labels, stats = label_components(mask)
    deepest = np.zeros(len(stats), np.float32)
    np.maximum.at(deepest, labels[mask > 0], measure_depth(mask)[mask > 0])
    return pick_components(labels, deepest > thickest)


def _remove_chains(mask: np.ndarray, darkness: np.ndarray, stroke: float) -> tuple[np.ndarray, int]:
    """The mask without chains of level ink, long and thin, and how many they were.

    A chain may bend, and break for a little.
    """
    columns, tops, lengths = _vertical_runs(mask)
    thin = lengths <= FINE * stroke
    columns, tops, lengths = columns[thin], tops[thin], lengths[thin]
    level = np.zeros_like(mask)
    _fill_runs(level, columns, tops, lengths, 1)
    level = cv2.dilate(level, np.ones((CHAIN_HEIGHT, 1), np.uint8))
    bridge, shortest = (np.ones((1, round(part * stroke)), np.uint8) for part in LEVEL)
    level = cv2.morphologyEx(level, cv2.MORPH_CLOSE, bridge)
    level = cv2.morphologyEx(level, cv2.MORPH_OPEN, shortest)
    level = cv2.dilate(level, np.ones((1, 1 + round(CHAIN_GAP * mask.shape[1])), np.uint8))
    labels, stats = label_components(level)
    long = stats[:, cv2.CC_STAT_WIDTH] > CHAIN * mask.shape[1]
    long[0] = False
    middles = tops + lengths // 2
    chain, darkest = labels[middles, columns], darkness[middles, columns]
    cleaned, count = mask.copy(), 0
    for number in np.flatnonzero(long):
        on = np.flatnonzero(chain == number)
        if len(np.unique(columns[on])) < SEEN * stats[number, cv2.CC_STAT_WIDTH]:
            continue  # the bars and feet of a line of digits
        thickest, dark = (quantile(values[on], NEARLY_ALL) for values in (lengths, darkest))
        on = on[(lengths[on] <= thickest + 1) & (darkest[on] <= DARKER * dark)]
        _fill_runs(cleaned, columns[on], tops[on], lengths[on], 0)
        count += 1
    return cleaned, count


def _remove_horizontal(
    mask: np.ndarray,
    darkness: np.ndarray,
    *,
    thickest: float,
    cover: float = LEAST_COVER,
    ends: int = 2,
) -> tuple[np.ndarray, list[float]]:
    """The mask without lines from left to right, and how thick each was.

    Args:
        mask: uint8 (H, W), 1 where there is ink.
        darkness: float32 (H, W), the ink's level.
        thickest: what is thicker is no line, pixels.
        cover: of the width: a line is visible along more of it.
        ends: at how many ends of the mask a line is visible, at least.
    """
    if ends and sum(_has_end(end) for end in (mask, mask[:, ::-1])) < ends:
        return mask, []  # true of most small pictures, and saves them 0.5 ms
    columns, tops, lengths = _vertical_runs(mask)
    thin = lengths <= thickest
    columns, tops, lengths = columns[thin], tops[thin], lengths[thin]
    centres = tops + lengths / 2
    darkest = darkness[centres.astype(int), columns]
    cleaned = mask.copy()
    look = {"cover": cover, "ends": ends}
    if not _may_hold_line(columns, mask.shape[1], **look):
        return cleaned, []  # true of most pictures, and saves them 5 ms
    votes = _count_votes(columns, centres, mask.shape)
    found = list[float]()
    while len(found) < MOST_LINES:
        if (line := _find_line(votes, mask.shape[1], **look)) is None:
            break
        near = np.abs(centres - line(columns)) <= max(2.0, BEND * mask.shape[1])
        thickness = float(np.median(lengths[near]))
        found.append(thickness)
        near &= lengths <= CROSSING * thickness + 1
        line = np.poly1d(np.polyfit(columns[near], centres[near], 2))
        on_line = np.abs(centres - line(columns)) <= max(1.5, thickness)
        plain = darkest <= DARKER * np.median(darkest[near])
        taken = on_line & plain & (lengths <= CROSSING * thickness + 1)
        _fill_runs(cleaned, columns[taken], tops[taken], lengths[taken], 0)
        gone = near | on_line
        votes -= _count_votes(columns[gone], centres[gone], mask.shape)
        runs = (columns, tops, lengths, centres, darkest)
        columns, tops, lengths, centres, darkest = (values[~gone] for values in runs)
        if not _may_hold_line(columns, mask.shape[1], **look):
            break
    return cleaned, found


def _vertical_runs(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Column, first row and length of each unbroken run of ink down a column."""
    padded = np.zeros((mask.shape[1], mask.shape[0] + 1), bool)
    padded[:, 1:] = mask.T
    flat = np.append(padded, False)
    steps = np.flatnonzero(flat[1:] != flat[:-1])  # into the ink and out of it, by turns
    columns, tops = np.divmod(steps[::2], padded.shape[1])
    return columns, tops, steps[1::2] - steps[::2]


def _fill_runs(
    mask: np.ndarray, columns: np.ndarray, tops: np.ndarray, lengths: np.ndarray, value: int
) -> None:
    """Give the runs of a mask this value, in place."""
    starts = np.cumsum(lengths) - lengths  # of each run's pixels among those of all
    rows = np.repeat(tops - starts, lengths) + np.arange(lengths.sum())
    mask[rows, np.repeat(columns, lengths)] = value


def _has_end(mask: np.ndarray) -> bool:
    """Whether there is as much ink at the left end of the mask as that of a line."""
    width = mask.shape[1]
    return np.count_nonzero(mask[:, : int(END_SHARE * width) + 1]) > LEAST_COVER * END_SHARE * width


def _may_hold_line(columns: np.ndarray, width: int, *, cover: float, ends: int) -> bool:
    """Whether there are as many runs as a line has, and enough of them at so many ends."""
    least = LEAST_COVER * END_SHARE * width
    visible = sum(end.sum() > least for end in _find_ends(columns, width))
    return len(columns) >= cover * width and visible >= ends


def _find_ends(columns: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Which runs are at the left end of the picture, and which at the right end."""
    return columns < END_SHARE * width, columns >= (1 - END_SHARE) * width


def _count_votes(columns: np.ndarray, centres: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """How many runs lie on each straight line, by its slope and its row in the picture's middle.

    They are counted once and not for every line that is found: squared paper has 30.

    Returns:
        int (3, SLOPE_STEPS, rows): of all runs, those at the left end, those at the right end. Row
        0 is as far above the picture as the steepest line reaches.
    """
    height, width = shape
    slopes, margin = _list_slopes(), _reach_beyond(width)
    size = height + 2 * margin
    votes = np.zeros((3, SLOPE_STEPS * size), np.int64)
    for at in range(0, len(columns), RUNS_AT_A_TIME):
        some, middles = columns[at : at + RUNS_AT_A_TIME], centres[at : at + RUNS_AT_A_TIME]
        rows = np.round(middles - slopes[:, None] * (some - width / 2)).astype(int) + margin
        rows += size * np.arange(SLOPE_STEPS)[:, None]  # (SLOPE_STEPS, n)
        for part, which in enumerate((slice(None), *_find_ends(some, width))):
            votes[part] += np.bincount(rows[:, which].ravel(), minlength=votes.shape[1])
    return votes.reshape(3, SLOPE_STEPS, size)


def _find_line(votes: np.ndarray, width: int, *, cover: float, ends: int) -> np.poly1d | None:
    """The straight line along which most columns have a thin run, None if they are too few."""
    covered, *at_ends = votes[..., :-2] + votes[..., 1:-1] + votes[..., 2:]  # with those beside it
    if ends:
        covered *= (np.array(at_ends) > LEAST_COVER * END_SHARE * width).sum(axis=0) >= ends
    number, row = np.unravel_index(covered.argmax(), covered.shape)
    if covered[number, row] <= cover * width:
        return None
    slope = _list_slopes()[number]
    return np.poly1d([slope, row + 1 - _reach_beyond(width) - slope * width / 2])


def _list_slopes() -> np.ndarray:
    """The slopes of the lines that are tried: float (SLOPE_STEPS,)."""
    return np.linspace(-STEEPEST, STEEPEST, SLOPE_STEPS)


def _reach_beyond(width: int) -> int:
    """By how many rows the steepest line through the picture is beyond it in its middle column."""
    return int(STEEPEST * width) + 2
