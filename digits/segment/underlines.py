"""Underlines that touch the digits on them: taken off, the strokes that cross them kept."""

import numpy as np

from digits.segment.blobs import Blob, drop_dust, split_blobs

LEAST_WIDTH = 1.2  # heights of a digit: an underline is at least so long
LEAST_HEIGHT = 0.6  # of it: a lower piece holds no digit
THIN = 0.25  # of a column's lowest strokes, the thinnest: beside the digits there is only the line
THICKEST = 0.2  # of the height: a thicker stroke is no line
SAME = 1.4  # times as thick: still the line alone
BEND = 0.5  # pixels up or down for each column: an underline waves no more
LEAST_SEEN = 0.3  # of an underline's length in which it is seen alone
UNBROKEN = 0.97  # of its length: a line is one stroke, what links digits are several
LOW = 0.6  # of the blob's height: the line is no higher; under the bar of a pi nothing is written
MOST_LINES = 2  # under one another
MUCH_CLEARER = 1.5  # log-probability: more than it costs to part a number of digits that touch
CROSSING = 2  # pixels of ink above and below a line: a stroke crosses it


def lift_underlines(blobs: list[Blob], height: float) -> list[Blob]:
    """The blobs without the underlines that join some of them; the same list where there are none.

    An underline has several digits on it, one alone may be a 2 with a long foot. The digits are
    `height` pixels high.
    """
    lifted, high = [], [blob for blob in blobs if blob.height >= LEAST_HEIGHT * height]
    for blob in high:
        if blob.width < LEAST_WIDTH * height:
            continue
        pieces, left, right = _lift(blob, height)
        if not pieces:
            continue
        digits = [b for b in pieces if b.height >= LEAST_HEIGHT * height]
        digits += [b for b in high if b is not blob and blob.y < b.bottom and b.y < blob.bottom]
        if sum(left <= b.x + b.width / 2 <= right for b in digits) > 1:
            lifted.append((blob, pieces))
    if not lifted:
        return blobs
    kept = [blob for blob in blobs if not any(blob is joined for joined, _ in lifted)]
    return drop_dust(kept + [piece for _, pieces in lifted for piece in pieces])


def _lift(blob: Blob, height: float) -> tuple[list[Blob], float, float]:
    """The pieces of a blob without its underlines, and from where to where the lowest one reaches.

    There are no pieces where it has none.
    """
    mask, ends = blob.mask, (0.0, 0.0)
    for number in range(MOST_LINES):
        line = _find_line(mask, height)
        if line is None:
            break
        mask = _erase(mask, *line)
        if not number:
            ends = blob.x + float(line[0][0]), blob.x + float(line[0][-1])
    pieces = split_blobs(mask.astype(np.uint8)) if any(ends) else []
    return [piece._replace(x=piece.x + blob.x, y=piece.y + blob.y) for piece in pieces], *ends


def _find_line(mask: np.ndarray, height: float) -> tuple[np.ndarray, np.ndarray, float] | None:
    """The columns of an underline, its row in each of them, and how thick it is."""
    columns = np.flatnonzero(mask.any(axis=0))
    if not len(columns):
        return None
    feet = len(mask) - mask[::-1, columns].argmax(axis=0)  # the first row below the ink
    lengths = _measure_lowest(mask, columns, feet)
    thickness = float(np.quantile(lengths, THIN))
    alone = lengths <= SAME * thickness + 1
    columns, rows = columns[alone], feet[alone] - lengths[alone] / 2
    if thickness > THICKEST * height or columns[-1] + 1 - columns[0] < LEAST_WIDTH * height:
        return None
    chain = _find_chain(columns, rows, max(1.0, thickness / 2))
    columns, rows = columns[chain], rows[chain]
    length = columns[-1] + 1 - columns[0]
    every = np.arange(columns[0], columns[-1] + 1)
    line = np.interp(every, columns, rows)
    unbroken = mask[line.astype(int), every].mean() >= UNBROKEN
    low = line.mean() >= LOW * len(mask)
    if length < LEAST_WIDTH * height or len(chain) < LEAST_SEEN * length or not (unbroken and low):
        return None
    return every, line, thickness


def _measure_lowest(mask: np.ndarray, columns: np.ndarray, feet: np.ndarray) -> np.ndarray:
    """How long the lowest run of ink in each of the columns is: int (n,)."""
    rows = np.arange(len(mask))[:, None]
    above = ~mask[:, columns] & (rows < feet)
    tops = np.where(above.any(axis=0), len(mask) - above[::-1].argmax(axis=0), 0)
    return feet - tops


def _find_chain(columns: np.ndarray, rows: np.ndarray, slack: float) -> np.ndarray:
    """Indices of the most columns of which each continues the line of one before: int (n,)."""
    chains: list[list[int]] = []
    for index, (column, row) in enumerate(zip(columns.tolist(), rows.tolist(), strict=True)):
        for chain in chains:
            last = chain[-1]
            if abs(row - rows[last]) <= slack + BEND * (column - columns[last]):
                chain.append(index)
                break
        else:
            chains.append([index])
    return np.array(max(chains, key=len, default=[]), int)


def _erase(mask: np.ndarray, columns: np.ndarray, rows: np.ndarray, thickness: float) -> np.ndarray:
    """The mask without a line, the strokes that cross it kept."""
    mask = mask.copy()
    half = thickness / 2 + 1
    tops = np.clip(np.floor(rows - half), 0, len(mask)).astype(int)
    feet = np.clip(np.ceil(rows + half), 0, len(mask)).astype(int)
    for column, top, foot in zip(columns, tops, feet, strict=True):
        beyond = mask[max(0, top - CROSSING) : top, column], mask[foot : foot + CROSSING, column]
        if not all(len(part) == CROSSING and part.all() for part in beyond):
            mask[top:foot, column] = False
    return mask
