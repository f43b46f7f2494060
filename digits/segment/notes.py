"""Digits far smaller than the others: an exponent, a date in the corner of a page."""

import numpy as np

from digits.network import SIGN_KINDS
from digits.segment.blobs import Blob, stroke_width
from digits.segment.grouping import Candidate, Grouping, View, classify_blobs, read_blobs

LEAST_HEIGHT = 14  # working pixels: lower digits cannot be told from specks
MOST_PIECES = 100  # a picture with more crumbs than that has no notes, but dust
SURELY = 0.9  # probability, as the network and its second head see it, that a piece is a digit
HARDLY = 0.5  # probability of a letter from which a piece is none, even beside a digit
SIZES = (0.6, 1.7)  # times the height of a sure digit: what may be of the same note
REACH = 1.5  # heights from one digit of a note to the next
FINEST = 0.3  # of the pen's width: a finer stroke is a scratch
DIGIT, OTHER = SIGN_KINDS.index("digit"), SIGN_KINDS.index("other")


def add_small_digits(grouping: Grouping, view: View) -> Grouping:
    """The reading with what it dropped as too small for a digit, where that surely is one.

    A note has at least one digit of which network and second head are sure; a lone stroke may be
    a 1 where it stands beside such a one.
    """
    high = [blob for blob in grouping.dropped if blob.height >= LEAST_HEIGHT]
    if not grouping.whole or not 0 < len(high) <= MOST_PIECES or not grouping.digits:
        return grouping
    if grouping.digits[0].signs is None:
        return grouping
    pen = float(np.median([stroke_width(digit.blob) for digit in grouping.digits]))
    seen = classify_blobs([b for b in high if stroke_width(b) >= FINEST * pen], view)
    apart = [piece for piece in seen if not _overlaps_any(piece.blob, grouping.digits)]
    sure = [piece for piece in apart if _is_surely_digit(piece)]
    if not sure:
        return grouping
    height = float(np.median([piece.blob.height for piece in sure]))
    note = [p.blob for p in apart if SIZES[0] <= p.blob.height / height <= SIZES[1]]
    found = _keep_beside_sure(read_blobs(note, view._replace(height=height)), height)
    used = {(piece.blob.x, piece.blob.y) for piece in found}
    rest = tuple(blob for blob in grouping.dropped if (blob.x, blob.y) not in used)
    return grouping._replace(digits=(*grouping.digits, *found), dropped=rest)


def _is_surely_digit(piece: Candidate) -> bool:
    return min(piece.probabilities.max(), piece.signs[DIGIT]) >= SURELY


def _overlaps_any(blob: Blob, digits: tuple[Candidate, ...]) -> bool:
    """Whether it lies over the box of one of the digits: a crumb of it, then."""
    return any(
        blob.x < digit.blob.right
        and digit.blob.x < blob.right
        and blob.y < digit.blob.bottom
        and digit.blob.y < blob.bottom
        for digit in digits
    )


def _keep_beside_sure(note: Grouping, height: float) -> list[Candidate]:
    """The sure digits, and those that may be digits in a row with one."""
    kept = [piece for piece in note.digits if _is_surely_digit(piece)]
    rest = [
        piece
        for piece in note.digits
        if not _is_surely_digit(piece)
        and piece.probabilities.max() >= SURELY
        and piece.signs[OTHER] < HARDLY
    ]
    while near := [p for p in rest if any(_is_beside(p.blob, k.blob, height) for k in kept)]:
        kept += near
        rest = [piece for piece in rest if not any(piece is one for one in near)]
    return kept


def _is_beside(first: Blob, second: Blob, height: float) -> bool:
    aside = max(first.x - second.right, second.x - first.right)
    above = abs(first.y + first.height / 2 - second.y - second.height / 2)
    return aside < REACH * height and above < height
