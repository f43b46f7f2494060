"""Small digits raised above the end of a number: exponents.

The pieces of one digit are weighed together, and an exponent and its base may make a fine digit.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from digits.segment.blobs import Blob, stroke_width
from digits.segment.candidates import (
    DIGIT,
    ONE,
    OTHER,
    SURELY,
    Candidate,
    View,
    classify_blobs,
    is_surely_digit,
)

LEAST_HEIGHT = 14  # working pixels: lower digits cannot be told from specks
LOW = 0.6  # of the height of the digits: a base is higher
RAISED = 0.5  # of the height of its base: an exponent is no higher
BEHIND = (-0.5, 1.0)  # times its height: so far behind its base it begins
MOST_PIECES = 100  # a picture with more pieces than that as low has no exponents, but dust
LIKELY = 0.5  # probability: it is likelier a digit, or a letter, than anything else
FINEST = 0.3  # of the pen's width: a finer stroke is a scratch
AHEAD = 1.0  # times the height of its base: a stroke with a digit so near behind it parts the two


def find_exponents(blobs: Sequence[Blob], view: View) -> list[Candidate]:
    """The pieces that are a small digit above the end of one that surely is a digit.

    A stroke is one where it stands alone and no digit follows on the line: else it may be an
    apostrophe, or two may be the sign of an inch.
    """
    pairs = find_raised(blobs, view.height)
    if not pairs:  # most pictures
        return []
    members = sorted({index for pair in pairs for index in pair})
    seen = dict(zip(members, classify_blobs([blobs[i] for i in members], view), strict=True))
    found = [
        (seen[raised], base)
        for raised, base in pairs
        if _is_base(seen[base]) and _is_exponent(seen[raised], seen[base], blobs)
    ]
    strokes = Counter(base for piece, base in found if _is_one(piece))
    return [piece for piece, base in found if not _is_one(piece) or strokes[base] == 1]


def find_raised(blobs: Sequence[Blob], height: float) -> list[tuple[int, int]]:
    """Indices of the pieces that stand where an exponent does, each with that of its base."""
    x, y, right, bottom = np.array([(b.x, b.y, b.right, b.bottom) for b in blobs]).T
    heights = bottom - y
    low = np.flatnonzero((heights >= LEAST_HEIGHT) & (heights <= RAISED * heights.max()))
    if len(low) > MOST_PIECES:
        return []
    pairs = []
    for i in low:
        gap = x[i] - right
        bases = (heights >= LOW * height) & (heights[i] <= RAISED * heights)
        bases &= (y[i] < y) & (y < bottom[i])  # over the top of its base, reaching below it
        bases &= (gap > BEHIND[0] * heights[i]) & (gap < BEHIND[1] * heights[i])
        if bases.any():
            pairs.append((int(i), int(np.flatnonzero(bases)[np.abs(gap[bases]).argmin()])))
    return pairs


def _is_one(piece: Candidate) -> bool:
    return bool(piece.probabilities.argmax() == ONE)


def _is_base(piece: Candidate) -> bool:
    """Whether the piece surely is a digit, or a stroke: of which nothing else can be told."""
    if piece.signs is None:
        return False
    if _is_one(piece):
        return bool(piece.probabilities.max() >= SURELY and piece.signs[OTHER] < LIKELY)
    return is_surely_digit(piece)


def _is_exponent(raised: Candidate, base: Candidate, blobs: Sequence[Blob]) -> bool:
    """Whether the piece that stands where an exponent does is a digit."""
    if raised.signs[OTHER] >= LIKELY:
        return False
    if stroke_width(raised.blob) < FINEST * stroke_width(base.blob):
        return False
    if not _is_one(raised):
        return bool(raised.signs[DIGIT] >= LIKELY)
    end = raised.blob.right + AHEAD * base.blob.height
    return raised.blob.height > raised.blob.width and not any(
        raised.blob.right < b.x + b.width / 2 < end
        and b.height >= LOW * base.blob.height
        and b.y < base.blob.bottom
        and b.bottom > base.blob.y
        for b in blobs
    )
