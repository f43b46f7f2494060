"""Where digits that touch or overlap may be parted."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from digits.ink.sides import Sides, part_strokes
from digits.segment.blobs import Blob, stroke_width, trim_blob

MOST_SEAMS = 5  # of a piece of ink
SEAMS_APART = 1.2  # stroke widths: seams that run closer part the same digits
WIDEST = 1.3  # times the blob's height: no digit is wider
FARTHEST = 1.5  # times it: the cuts on either side of a digit stand no farther apart
SIDESTEP = 0.3  # pixels of ink that one step sideways costs a cut
RUN_COST = 0.6  # for each stroke that a cut severs after the first, in log-probability
TWO_LINES = 1.6  # times the height of the digits: what is higher may be digits of two lines
MOST_LINES = 6.0  # times it: what is higher is no column of digits
LEAST_LINE = 0.5  # of the height: a digit at either end of a column is at least this high
SEVERED_LINES = 2.5  # stroke widths: digits of two lines touch with one stroke, or two
NEAR = 0.25  # of the blob's height: cuts no farther apart may part the same two digits
MOST_NEAR = 6  # cuts that are so near to another
ALIKE = 0.4  # of the square of the stroke's width: cuts that differ by less ink are the same
CONTRARY = 0.1  # of the stroke's width times the height: ink of which two cuts say the contrary
CUT_COST = 0.25  # for each cut: most digits do not touch


class Span(NamedTuple):
    """The ink between two cuts; cut 0 is the blob's left edge."""

    start: int
    end: int
    blob: Blob
    cost: float  # of the cut at its end


def propose_cuts(blob: Blob) -> list[Span]:
    """The pieces between any two promising cuts, by where they end, then by where they start."""
    stroke = stroke_width(blob)
    none, most = np.zeros_like(blob.mask), CONTRARY * stroke * blob.height
    cuts = [Sides(none, blob.mask, 0.0, 0.0), *_choose_cuts(blob, stroke)]
    cuts.append(Sides(blob.mask, none, blob.width, 0.0))
    spans = []
    for end, cut in enumerate(cuts):
        for start, before in enumerate(cuts[:end]):
            if cut.place - before.place > FARTHEST * blob.height:
                continue
            contrary = before.left & cut.right & ~(before.right | cut.left)
            if np.count_nonzero(contrary) > most:
                continue
            piece = trim_blob(blob._replace(mask=before.right & cut.left))
            if 0 < piece.width <= WIDEST * blob.height:
                spans.append(Span(start, end, piece, cut.cost))
    return spans


def _choose_cuts(blob: Blob, stroke: float) -> list[Sides]:
    """The cheapest cuts that differ, from left to right: at most MOST_NEAR near to any of them."""
    kept: list[Sides] = []
    proposed = [*_part_along_seams(blob, stroke), *part_strokes(blob.mask)]
    for cut in sorted(proposed, key=lambda cut: cut.cost):
        near = [other for other in kept if abs(other.place - cut.place) < NEAR * blob.height]
        if len(near) < MOST_NEAR and all(
            np.count_nonzero(cut.left ^ other.left) + np.count_nonzero(cut.right ^ other.right)
            > ALIKE * stroke**2
            for other in near
        ):
            kept.append(cut._replace(cost=cut.cost + CUT_COST))
    return sorted(kept, key=lambda cut: cut.place)


def _part_along_seams(blob: Blob, stroke: float) -> list[Sides]:
    """Cuts that wind through the gaps between two digits and sever what little ink they can."""
    seams = _choose_seams(*_find_seams(blob.mask), stroke, blob.width)
    costs = RUN_COST * np.maximum(_count_runs(blob.mask, seams) - 1, 0)
    columns = np.arange(blob.width)
    cuts = []
    for seam, cost in zip(seams, costs, strict=True):
        left = blob.mask & (columns < seam[:, None])
        cuts.append(Sides(left, blob.mask & ~left, float(seam.mean()), float(cost)))
    return cuts


def part_lines(blob: Blob, height: float) -> list[Blob]:
    """The blob, cut across where digits of two lines touch: far higher than a digit's `height`."""
    if blob.height < TWO_LINES * height or blob.height > MOST_LINES * height:
        return [blob]
    lying = Blob(blob.y, blob.x, blob.mask.T)
    seams, severed = _find_seams(lying.mask)
    reach = slice(round(LEAST_LINE * height), lying.width - round(LEAST_LINE * height))
    column = reach.start + int(severed[reach].argmin())
    if severed[column] > SEVERED_LINES * stroke_width(blob):
        return [blob]
    edges = [np.zeros(lying.height, int), seams[column], np.full(lying.height, lying.width)]
    pieces = [_between(lying, *pair) for pair in pairwise(edges)]
    if any(piece is None or piece.width >= lying.width for piece in pieces):
        return [blob]
    upright = (Blob(piece.y, piece.x, piece.mask.T) for piece in pieces)
    return [part for piece in upright for part in part_lines(piece, height)]


def _find_seams(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cheapest top-to-bottom way through each point of the middle row.

    Returns:
        seams: int (W, H), the column of each seam in each row.
        severed: float (W,), pixels of ink that each seam cuts.
    """
    height = len(mask)
    middle = height // 2
    upper, up_severed = _walk(mask[middle::-1])
    lower, low_severed = _walk(mask[middle + 1 :]) if middle + 1 < height else (None, 0)
    parts = [upper[:, ::-1]] if lower is None else [upper[:, ::-1], lower]
    return np.concatenate(parts, axis=1), up_severed + low_severed


def _walk(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From each column of the first row the cheapest way to the last row, and the ink it cuts."""
    height, width = mask.shape
    cost = mask.astype(float)
    steps = np.zeros((height, width), int)
    total = cost[-1].copy()
    side = np.full(width + 2, np.inf)
    for row in range(height - 2, -1, -1):
        side[1:-1] = total
        options = np.stack([side[1:-1], side[:-2] + SIDESTEP, side[2:] + SIDESTEP])
        choice = options.argmin(axis=0)
        steps[row] = np.array([0, -1, 1])[choice]
        total = cost[row] + options.min(axis=0)
    ways = np.zeros((width, height), int)
    ways[:, 0] = np.arange(width)
    for row in range(height - 1):
        ways[:, row + 1] = ways[:, row] + steps[row, ways[:, row]]
    return ways, cost[np.arange(height), ways].sum(axis=1)


def _choose_seams(seams: np.ndarray, rank: np.ndarray, stroke: float, width: int) -> np.ndarray:
    """The seams of least rank among those that run the same way: int (n, H)."""
    kept: list[int] = []
    inner = np.flatnonzero((seams.max(axis=1) >= stroke) & (seams.min(axis=1) < width - stroke))
    for column in inner[np.argsort(rank[inner], kind="stable")]:
        apart = [np.abs(seams[column] - seams[other]).mean() for other in kept]
        if min(apart, default=np.inf) >= SEAMS_APART * stroke:
            kept.append(int(column))
        if len(kept) == MOST_SEAMS:
            break
    return seams[kept]


def _count_runs(mask: np.ndarray, seams: np.ndarray) -> np.ndarray:
    """How many strokes each seam severs: int (n,)."""
    ink = mask[np.arange(len(mask)), np.minimum(seams, mask.shape[1] - 1)].astype(np.int8)
    return (np.diff(ink, axis=1, prepend=0) == 1).sum(axis=1)


def _between(blob: Blob, left: np.ndarray, right: np.ndarray) -> Blob | None:
    """The ink of the blob between two seams, None without any."""
    columns = np.arange(blob.width)
    inside = (columns >= left[:, None]) & (columns < right[:, None])
    mask = blob.mask & inside
    return trim_blob(blob._replace(mask=mask)) if mask.any() else None
