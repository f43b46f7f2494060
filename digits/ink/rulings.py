"""Ruled lines: ledger lines, squared paper, table rules, whether or not digits stand on them."""

import numpy as np

STEEPEST = 0.12  # rise over run, 7 degrees: a page photographed by hand is not straighter
SLOPE_STEPS = 49
LEAST_COVER = 0.5  # of the picture's width: a ruling is visible along at least this much of it
END_SHARE = 0.1  # of the width: a ruling is visible in this part at both ends
THICKEST = 2.0  # stroke widths: what is thicker is no ruling
BEND = 0.01  # of the width: how far bent paper moves a ruling away from a straight line
CROSSING = 1.6  # times the line's thickness: where ink is higher, a stroke crosses the line
DARKER = 1.2  # times as dark as the line: a stroke that runs along it
MOST_LINES = 60  # each way: squared paper


def remove_rulings(mask: np.ndarray, darkness: np.ndarray, stroke: float) -> np.ndarray:
    """The mask without ruled lines, strokes that cross them kept whole.

    Args:
        mask: uint8 (H, W), 1 where there is ink.
        darkness: float32 (H, W), the ink's level.
        stroke: the width of the strokes in pixels.

    Returns:
        uint8 (H, W); equal to `mask` where there is no line.
    """
    lying = _remove_horizontal(mask, darkness, THICKEST * stroke)
    return _remove_horizontal(mask.T, darkness.T, THICKEST * stroke).T & lying


def _remove_horizontal(mask: np.ndarray, darkness: np.ndarray, thickest: float) -> np.ndarray:
    """The mask without lines from left to right."""
    columns, tops, lengths = _vertical_runs(mask)
    thin = lengths <= thickest
    columns, tops, lengths = columns[thin], tops[thin], lengths[thin]
    centres = tops + lengths / 2
    darkest = darkness[centres.astype(int), columns]
    cleaned = mask.copy()
    for _ in range(MOST_LINES):
        line = _find_line(columns, centres, mask.shape)
        if line is None:
            break
        near = np.abs(centres - line(columns)) <= max(2.0, BEND * mask.shape[1])
        thickness = float(np.median(lengths[near]))
        near &= lengths <= CROSSING * thickness + 1
        line = np.poly1d(np.polyfit(columns[near], centres[near], 2))
        on_line = np.abs(centres - line(columns)) <= max(1.5, thickness)
        plain = darkest <= DARKER * np.median(darkest[near])
        taken = on_line & plain & (lengths <= CROSSING * thickness + 1)
        for column, top, length in zip(columns[taken], tops[taken], lengths[taken], strict=True):
            cleaned[top : top + length, column] = 0
        keep = ~(near | on_line)
        runs = (columns, tops, lengths, centres, darkest)
        columns, tops, lengths, centres, darkest = (values[keep] for values in runs)
    return cleaned


def _vertical_runs(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Column, first row and length of each unbroken run of ink down a column."""
    padded = np.zeros((mask.shape[1], mask.shape[0] + 1), bool)
    padded[:, 1:] = mask.T
    flat = np.append(padded, False)
    steps = np.flatnonzero(flat[1:] != flat[:-1])  # into the ink and out of it, by turns
    columns, tops = np.divmod(steps[::2], padded.shape[1])
    return columns, tops, steps[1::2] - steps[::2]


def _find_line(
    columns: np.ndarray, centres: np.ndarray, shape: tuple[int, ...]
) -> np.poly1d | None:
    """The straight line along which most columns have a thin run, None if they are too few."""
    height, width = shape
    ends = (columns < END_SHARE * width, columns >= (1 - END_SHARE) * width)
    least_at_end = LEAST_COVER * END_SHARE * width
    if len(columns) < LEAST_COVER * width or min(end.sum() for end in ends) <= least_at_end:
        return None  # true of most pictures, and saves them 5 ms
    best, found = LEAST_COVER * width, None
    margin = int(STEEPEST * width) + 2
    for slope in np.linspace(-STEEPEST, STEEPEST, SLOPE_STEPS):
        rows = np.round(centres - slope * (columns - width / 2)).astype(int) + margin
        cover, *at_ends = (
            _count_rows(rows[which], height + 2 * margin) for which in (slice(None), *ends)
        )
        cover *= np.minimum(*at_ends) > least_at_end
        row = int(cover.argmax())
        if cover[row] > best:
            best = cover[row]
            found = np.poly1d([slope, row + 1 - margin - slope * width / 2])
    return found


def _count_rows(rows: np.ndarray, size: int) -> np.ndarray:
    """How many of `rows` are in each row, the row above or the row below; without the outermost."""
    cover = np.bincount(rows, minlength=size)
    return cover[:-2] + cover[1:-1] + cover[2:]
