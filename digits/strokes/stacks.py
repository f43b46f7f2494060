"""Digits of two lines that touch, one above the other."""

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np

from digits.network import SIGN_KINDS
from digits.segment.blobs import Blob, split_blobs, stroke_width
from digits.segment.candidates import (
    ASPECT_COST,
    ONE,
    SURELY,
    Candidate,
    View,
    classify_blobs,
    limit,
    measure_narrowness,
    measure_sureness,
    take,
    weigh_height,
    weigh_shape,
)
from digits.segment.cutting import CUT_COST, between, cost_of_runs, propose_seams
from digits.strokes.ways import CONTRAST, NEAR, TOUCH_COST

# Costs are in units of log-probability, as in candidates.py.
ONCE = CUT_COST + TOUCH_COST  # for ink that is parted
TWO_LINES = 1.6  # times the height of the digits: what is higher may be digits of two lines
LOWEST = 8.0  # working pixels: digits of lower lines cannot be told from dust
MOST_LINES = 6.0  # times it: what is higher is no column of digits
NARROW = 0.5  # times its height: what is as narrow may be two digits, if it is as high as others
MOST_NARROW = 8  # pieces: where more are, the digits are narrow
NARROWEST = 0.1  # times its height: what is narrower is a stroke
LONG = 1.3  # times its height: so long is the stroke of two digits, unless both are 1s
STROKES = [SIGN_KINDS.index(kind) for kind in "()/"]
LIKELY_STROKE = 0.5  # probability: brackets and slashes are higher than digits
SURELY_ONE = 0.95  # probability: a digit that is as sure is not doubted
LIKELY_TWO = 0.8  # probability of each of two digits that casts doubt on one that is not
MOST_SEEN = 300  # images of what is between cuts
LEAST_LINE = 0.5  # of the height: a digit at either end of a column is at least this high
WIDE = 1.3  # times its height: a wider piece is a row of digits, cut later, if at all
ROW_COST = 0.2  # for it, and for a column that is still higher than a digit


class _Way(NamedTuple):
    """One way to read a piece of ink: whole, or parted in two lines."""

    score: float
    digits: tuple[int, ...]  # -1: not known yet
    pieces: list[Blob]
    seen: list[Candidate]


def part_stacks(blobs: Sequence[Blob], view: View) -> tuple[list[Blob], list[Candidate]]:
    """The blobs, each cut across where digits of two lines touch, and what was seen of them.

    That is tried where a blob is far higher than the picture's digits, or so narrow that it is
    hardly one: there may be none to compare its height with. The network tells where it is cut.
    """
    if view.height < LOWEST:
        return list(blobs), []
    high = [_is_high(blob, view.height) for blob in blobs]
    narrow = [not h and _is_narrow(blob, view.height) for blob, h in zip(blobs, high, strict=True)]
    if sum(narrow) > MOST_NARROW:
        narrow = [False] * len(blobs)
    budget = iter(range(MOST_SEEN))
    pieces, seen = [], []
    for blob, is_high, is_narrow in zip(blobs, high, narrow, strict=True):
        if is_high or is_narrow:
            height = view.height if is_high else blob.height / 2
            way = _part(blob, view._replace(height=height), budget, high=is_high)
            pieces += way.pieces
            seen += way.seen
        else:
            pieces.append(blob)
    return pieces, seen


def _is_high(blob: Blob, height: float) -> bool:
    """Whether a piece is as high as two digits, and no single stroke."""
    return TWO_LINES * height <= blob.height <= MOST_LINES * height and _is_long(blob)


def _is_narrow(blob: Blob, height: float) -> bool:
    """Whether a piece as high as a digit may be two of half its height."""
    fits = NARROWEST <= blob.width / blob.height <= NARROW
    return blob.height >= height and fits and _is_long(blob)


def _is_long(blob: Blob) -> bool:
    return blob.area >= LONG * stroke_width(blob) * blob.height


def _part(blob: Blob, view: View, budget: Iterator[int], *, high: bool) -> _Way:
    """The best reading of the blob, its digits trusted less where one as other digits is near.

    `high`: it is known how high the others are. Else the whole stays where the pieces are not
    surer than it is: a narrow 4 with a long foot is a 4 on a 1.
    """
    if next(budget, None) is None:
        return _Way(0.0, (), [blob], [])
    whole = _weigh_whole(blob, view, high=high)
    if whole.score >= -ONCE or _is_one(whole.seen[0], high=high):
        return whole
    ways = _find_ways(blob, view, budget, least=whole.score)
    best = max([*ways, whole], key=lambda way: way.score)
    if not high and ways:
        ways = [max(ways, key=lambda way: way.score)]
        one, two = _be_sure(whole), _be_sure(ways[0])
        if best is whole or two <= max(SURELY, one):
            best = whole
            ways = ways if one < SURELY_ONE and two >= LIKELY_TWO else []
    best = _doubt(best, [*ways, whole])
    if len(best.pieces) == 1:
        return best
    rest = [_part(p, view, budget, high=True) for p in best.pieces if _is_more(p, view)]
    pieces = [piece for piece in best.pieces if not _is_more(piece, view)]
    return best._replace(
        pieces=[*pieces, *(piece for way in rest for piece in way.pieces)],
        seen=[*best.seen, *(seen for way in rest for seen in way.seen)],
    )


def _is_one(whole: Candidate, *, high: bool) -> bool:
    """Whether the ink surely is one stroke or digit."""
    if whole.signs is None:
        return not high
    if whole.signs[STROKES].sum() > LIKELY_STROKE:
        return True
    return not high and bool(whole.probabilities.argmax() == ONE)


def _be_sure(way: _Way) -> float:
    """How sure both heads are that its pieces are digits, all of them."""
    if len(way.seen) < len(way.pieces):
        return 0.0
    return min(map(measure_sureness, way.seen))


def _doubt(best: _Way, ways: Sequence[_Way]) -> _Way:
    """The best way, its digits trusted less where one to other digits is near."""
    near = max((way.score for way in ways if way.digits != best.digits), default=-np.inf)
    if best.score - near >= NEAR:
        return best
    trust = float(1 / (1 + np.exp(-CONTRAST * (best.score - near))))
    return best._replace(seen=[seen._replace(trust=trust) for seen in best.seen])


def _find_ways(blob: Blob, view: View, budget: Iterator[int], *, least: float) -> list[_Way]:
    """The blob in pieces, a way for each promising seam that costs less than `least` says."""
    lying = Blob(blob.y, blob.x, blob.mask.T)
    seams = propose_seams(lying, stroke_width(blob))
    low = LEAST_LINE * view.height
    costs = ONCE + cost_of_runs(lying.mask, seams)
    fits = (seams.min(axis=1) >= low) & (seams.max(axis=1) <= blob.height - low)
    fits &= costs < -least
    parted = [_part_at(lying, seam) for seam in seams[fits]]
    shapes = [piece for pieces in parted for piece in pieces if not _is_more(piece, view)]
    if len([*islice(budget, len(shapes))]) < len(shapes):
        return []
    known = {id(seen.blob): seen for seen in classify_blobs(shapes, view)}
    return [
        _weigh_pieces(pieces, known, view, float(cost))
        for pieces, cost in zip(parted, costs[fits], strict=True)
        if pieces
    ]


def _weigh_whole(blob: Blob, view: View, *, high: bool) -> _Way:
    """The blob as one digit."""
    (whole,) = classify_blobs([blob], view)
    score = take(whole, view, 0.0).score - limit(blob, view) + weigh_shape(whole)
    if high:
        score += weigh_height(blob.height, view.height)
    else:
        score -= ASPECT_COST * measure_narrowness(whole) ** 2
    return _Way(score, (int(whole.probabilities.argmax()),), [blob], [whole])


def _weigh_pieces(pieces: list[Blob], known: dict[int, Candidate], view: View, cost: float) -> _Way:
    """The blob as these pieces; `known`: what was seen of them, by their id."""
    score, digits, seen = -cost, [], []
    for piece in pieces:
        candidate = known.get(id(piece))
        if candidate is None:
            score -= ROW_COST
            digits.append(-1)
            continue
        score += take(candidate, view, 0.0).score + weigh_shape(candidate)
        score += weigh_height(piece.height, view.height)
        digits.append(int(candidate.probabilities.argmax()))
        seen.append(candidate)
    return _Way(score, tuple(digits), pieces, seen)


def _part_at(lying: Blob, seam: np.ndarray) -> list[Blob]:
    """The pieces at either side of a seam of a blob that is turned; none where it ends nowhere."""
    edges = [np.zeros(lying.height, int), seam, np.full(lying.height, lying.width)]
    sides = [between(lying, *pair) for pair in pairwise(edges)]
    if any(side is None or side.width >= lying.width for side in sides):
        return []
    return [
        piece._replace(x=piece.x + side.y, y=piece.y + side.x)
        for side in sides
        for piece in split_blobs(side.mask.T.view(np.uint8))
    ]


def _is_more(piece: Blob, view: View) -> bool:
    """Whether a piece is more than one digit: a row of them, or a column."""
    row = piece.width > WIDE * piece.height and piece.height >= LEAST_LINE * view.height
    return row or piece.height >= TWO_LINES * view.height
