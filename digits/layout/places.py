"""Where ink beside digits stands on their line."""

import math
from typing import NamedTuple

import numpy as np

from digits.segment.blobs import Blob, stroke_width
from digits.segment.candidates import Candidate
from digits.segment.neighbours import FLAT

# Lengths are in heights of the digits around, places from the top of their line (0) to its foot.
NEAREST = 4  # digits around that tell where the line is
APART = (0.12, 0.8)  # between the middles of two dots or dashes of one sign
ASIDE = 0.3  # how far aside one may be
ON_LINE = (-0.3, 1.3)  # the middle of whatever stands on a line
DOT = 0.32  # a dot is no larger both ways,
FAT_DOT = 2.2  # or than so many widths of the pen
COMMA = 0.6  # nor a comma
ONE_STROKE = 1.6  # times as long as its box: the ink of a dot or comma; a small letter has more
LEAST_DOT = 0.6  # widths of the pen: smaller dots are dust
LOW = 0.75  # dots whose middle is lower stand at the foot of the line
HALF = (0.1, 0.9)  # dashes stand between, at half height
DASH = (0.2, 2.0)  # width of a dash
REACH = 2.0  # a sign is no farther from the next digit


class Piece(NamedTuple):
    """Ink, and where it stands on its line."""

    candidate: Candidate
    line: int
    middle: float
    bottom: float
    width: float
    height: float
    size: float  # pixels: the height of the digits around

    @property
    def blob(self) -> Blob:
        return self.candidate.blob

    @property
    def centre(self) -> float:
        """In the picture, in heights of the digits."""
        return (self.blob.x + self.blob.width / 2) / self.size


def place_candidate(candidate: Candidate, rows: list[list[Blob]]) -> Piece | None:
    """Where the ink stands on the line of the next digit; None: far from any.

    Args:
        candidate: the ink.
        rows: the digits, line by line.
    """
    blob = candidate.blob
    gaps = [_measure_gaps(blob, row) for row in rows]
    line = min(range(len(rows)), key=lambda number: min(gaps[number], default=math.inf))
    near = [rows[line][i] for i in np.argsort(gaps[line], kind="stable")[:NEAREST]]
    size = float(np.median([digit.height for digit in near]))
    if min(gaps[line]) > REACH * size:
        return None
    x, y = np.array([(d.x + d.width / 2, d.y + d.height / 2) for d in near]).T
    at = blob.x + blob.width / 2
    if len(near) > 2:
        slope, level = np.polyfit(x, y, 1)
        centre = level + slope * at
    else:
        order = np.argsort(x)
        centre = np.interp(at, x[order], y[order])
    top = centre - size / 2
    middle, bottom = (blob.y + blob.height / 2 - top) / size, (blob.bottom - top) / size
    return Piece(candidate, line, middle, bottom, blob.width / size, blob.height / size, size)


def stack_pieces(pieces: list[Piece]) -> list[tuple[Piece, Piece]]:
    """Pairs of pieces one above the other, the upper one first; no piece is in two pairs."""
    pairs, used = [], set()  # by identity: pieces of ink cannot be compared
    for upper in sorted(pieces, key=lambda piece: piece.middle):
        for lower in pieces:
            aside = abs(upper.centre - lower.centre)
            apart = lower.middle - upper.middle
            fits = APART[0] < apart < APART[1] and aside < ASIDE and upper.line == lower.line
            if fits and used.isdisjoint((id(upper), id(lower))):
                pairs.append((upper, lower))
                used |= {id(upper), id(lower)}
    return pairs


def drop_crowds(
    pairs: list[tuple[Piece, Piece]], rows: list[list[Blob]]
) -> list[tuple[Piece, Piece]]:
    """The pairs without those that share a place between two digits: they are dust, not signs."""
    places = [
        (upper.line, sum(digit.x + digit.width / 2 < upper.blob.x for digit in rows[upper.line]))
        for upper, _ in pairs
    ]
    return [pair for pair, place in zip(pairs, places, strict=True) if places.count(place) == 1]


def is_between(dash: Piece, upper: Piece, lower: Piece) -> bool:
    """Whether a dash and the dots above and below it make one sign."""
    aside = abs(dash.centre - (upper.centre + lower.centre) / 2)
    return upper.middle < dash.middle < lower.middle and aside < ASIDE + dash.width / 2


def is_dash(piece: Piece) -> bool:
    """Wider than high, at half height; what is as short as a dot and as low is one."""
    return (
        DASH[0] < piece.width < DASH[1]
        and piece.width > FLAT * piece.height
        and HALF[0] < piece.middle < (LOW if piece.width <= COMMA else HALF[1])
    )


def is_dot(piece: Piece, rows: list[list[Blob]]) -> bool:
    """A dot or a comma, not far finer than the pen, nor over or under a digit."""
    longer = max(piece.width, piece.height)
    if longer > COMMA or not ON_LINE[0] < piece.middle < ON_LINE[1]:
        return False
    row, pen = rows[piece.line], measure_pen(piece, rows)
    if piece.middle <= LOW and longer > max(DOT, FAT_DOT * pen / piece.size):
        return False
    if piece.blob.area > ONE_STROKE * stroke_width(piece.blob) * max(piece.blob.mask.shape):
        return False
    centre = piece.blob.x + piece.blob.width / 2
    inside = any(d.x + d.width / 4 < centre < d.right - d.width / 4 for d in row)
    return max(piece.blob.mask.shape) >= LEAST_DOT * pen and not (inside and piece.middle < 1)


def measure_pen(piece: Piece, rows: list[list[Blob]]) -> float:
    """The width in pixels of the strokes of the digits beside."""
    return float(np.median([stroke_width(digit) for digit in rows[piece.line][:NEAREST]]))


def _measure_gaps(blob: Blob, row: list[Blob]) -> list[float]:
    """Pixels from one box to each other, those up and down counting twice: a line runs sideways."""
    left, top, right, bottom = blob.x, blob.y, blob.right, blob.bottom
    gaps = []
    for other in row:
        aside = max(left - other.right, other.x - right, 0)
        above = max(top - other.bottom, other.y - bottom, 0)
        gaps.append(aside + 2 * above)
    return gaps
