"""Digits far smaller than the others: an exponent, a date in the corner of a page."""

from collections.abc import Sequence

import numpy as np

from digits.segment.blobs import Blob, stroke_width
from digits.segment.candidates import (
    DIGIT,
    NOTHING,
    ONE,
    OTHER,
    Candidate,
    Grouping,
    View,
    classify_blobs,
    is_surely_digit,
)
from digits.segment.exponents import FINEST, LEAST_HEIGHT, find_exponents, find_raised
from digits.segment.glyph import sharpen_blobs
from digits.segment.grouping import SMALL_SIGNS, read_blobs

LOW = 0.4  # of the height of the digits: what is lower may be of a note
MOST_PIECES = 100  # a picture with more low pieces than that has no notes, but dust
LIKELY = 0.6  # probability: enough for a digit beside a sure one, unless
HARDLY = 0.5  # it is as likely a letter
NEARLY = 0.8  # too little to read a lone small digit, enough for doubt
SIZES = (0.6, 1.7)  # times the height of a sure digit: what may be of the same note
REACH = 1.5  # heights from one digit of a note to the next


def read_with_notes(blobs: list[Blob], view: View) -> Grouping:
    """The likeliest reading of all the blobs, as of read_blobs, and of small numbers beside them.

    A small number is set aside at once: the pieces around a 5 make a fine large 5 with it, and so
    do a digit and its exponent. A small digit alone is read where else it would be dropped.
    """
    note, height = find_note(blobs, view)
    rest = _leave_out(blobs, note)
    raised = tuple(find_exponents(rest, view))
    grouping = read_blobs(_leave_out(rest, [piece.blob for piece in raised]), view)
    if note:
        grouping = _add(grouping, _read_note(note, height, view))
    return add_small_digits(_add(grouping, NOTHING._replace(digits=raised)), view)


def find_note(blobs: list[Blob], view: View) -> tuple[list[Blob], float]:
    """The pieces of numbers far lower than the digits, and the height of their digits."""
    boxes = np.array([(b.x, b.y, b.right, b.bottom) for b in blobs])
    heights = boxes[:, 3] - boxes[:, 1]
    low = (heights >= LEAST_HEIGHT) & (heights <= LOW * view.height)
    if not 1 < np.count_nonzero(low) <= MOST_PIECES:
        return [], 0.0
    apart = [i for i in np.flatnonzero(low) if not _overlaps(boxes[i], boxes[~low])]
    seen = _look_sharply([blobs[i] for i in apart], view)
    sure = [piece for piece in seen if is_surely_digit(piece)]
    sure = [p for p in sure if any(_is_beside(p.blob, q.blob) for q in sure if q is not p)]
    if not sure:
        return [], 0.0
    height = float(np.median([piece.blob.height for piece in sure]))
    return _choose_sizes([blobs[i] for i in apart], height), height


def add_small_digits(grouping: Grouping, view: View) -> Grouping:
    """The reading with what it dropped as too small for a digit, where that surely is one.

    A lone stroke may be a 1 where it stands beside a sure digit. Where two that may be digits stand
    side by side and none of all is sure, they are left out, and the reading is not whole.
    """
    high = [blob for blob in grouping.dropped if blob.height >= LEAST_HEIGHT]
    if not grouping.whole or not 0 < len(high) <= MOST_PIECES or not grouping.digits:
        return grouping
    pen = float(np.median([stroke_width(digit.blob) for digit in grouping.digits]))
    boxes = np.array([(d.x, d.y, d.right, d.bottom) for d in (c.blob for c in grouping.digits)])
    apart = [
        blob
        for blob in high
        if stroke_width(blob) >= FINEST * pen
        and not _overlaps((blob.x, blob.y, blob.right, blob.bottom), boxes)
    ]
    seen = _look_sharply(apart, view)
    sure = [piece for piece in seen if is_surely_digit(piece)]
    if not sure:
        around = [*apart, *(digit.blob for digit in grouping.digits)]
        raised = [seen[i] for i, _ in find_raised(around, view.height) if i < len(seen)]
        doubt = _may_be_number(seen) or any(map(_may_be_exponent, raised))
        return grouping._replace(whole=not doubt)
    height = float(np.median([piece.blob.height for piece in sure]))
    note = _choose_sizes(apart, height)
    kept = tuple(b for b in grouping.dropped if not any(b is piece for piece in note))
    return _add(grouping._replace(dropped=kept), _read_note(note, height, view))


def _look_sharply(blobs: Sequence[Blob], view: View) -> list[Candidate]:
    """What the model makes of each of the small blobs."""
    if not blobs:
        return []
    level, sharp = sharpen_blobs(view.level, blobs, view.blur)
    return classify_blobs(sharp, view._replace(level=level))


def _leave_out(blobs: Sequence[Blob], some: Sequence[Blob]) -> list[Blob]:
    return [blob for blob in blobs if not any(blob is piece for piece in some)]


def _read_note(note: list[Blob], height: float, view: View) -> Grouping:
    """The note read as for itself; what is not surely a digit, or beside one, is dropped."""
    level, sharp = sharpen_blobs(view.level, note, view.blur)
    reading = read_blobs(sharp, view._replace(level=level, height=height))
    kept = _keep_beside_sure(reading.digits)
    others = [piece.blob for piece in reading.digits if not any(piece is one for one in kept)]
    lost = any(_is_beside(blob, piece.blob) for blob in others for piece in kept)
    others += [piece.blob for piece in reading.signs]
    dropped = (*reading.dropped, *others)
    return reading._replace(digits=tuple(kept), signs=(), dropped=dropped, whole=not lost)


def _add(grouping: Grouping, note: Grouping) -> Grouping:
    """Both readings as one; the score stays that of the large digits."""
    digits, dropped = grouping.digits + note.digits, grouping.dropped + note.dropped
    whole = grouping.whole and note.whole
    return grouping._replace(digits=digits, dropped=dropped, whole=whole)


def _choose_sizes(blobs: Sequence[Blob], height: float) -> list[Blob]:
    return [blob for blob in blobs if SIZES[0] <= blob.height / height <= SIZES[1]]


def _overlaps(box: Sequence[int], boxes: np.ndarray) -> bool:
    """Whether a box (left, top, right, bottom) lies over one of the others, int (N, 4)."""
    left, top, right, bottom = boxes.T
    apart = (left >= box[2]) | (right <= box[0]) | (top >= box[3]) | (bottom <= box[1])
    return not apart.all()


def _keep_beside_sure(pieces: Sequence[Candidate]) -> list[Candidate]:
    """The sure digits, and those that may be digits in a row with one."""
    kept = [piece for piece in pieces if is_surely_digit(piece)]
    rest = [piece for piece in pieces if not is_surely_digit(piece) and _is_likely(piece)]
    while near := [p for p in rest if any(_is_beside(p.blob, k.blob) for k in kept)]:
        kept += near
        rest = [piece for piece in rest if not any(piece is one for one in near)]
    return kept


def _is_likely(piece: Candidate) -> bool:
    return bool(piece.probabilities.max() >= LIKELY and piece.signs[OTHER] < HARDLY)


def _may_be_number(pieces: Sequence[Candidate]) -> bool:
    """Whether one of the pieces nearly surely is a digit, or two side by side may be.

    A lone stroke is none, nor are two.
    """
    likely = [piece for piece in pieces if piece.signs is not None and _is_likely(piece)]
    digits = [p for p in likely if p.probabilities.argmax() != ONE and p.signs[DIGIT] >= HARDLY]
    if any(is_surely_digit(piece, NEARLY) for piece in digits):
        return True
    return any(_is_beside(p.blob, q.blob) for p in digits for q in likely if q is not p)


def _may_be_exponent(piece: Candidate) -> bool:
    """Whether a raised piece may be a digit: no comma stands there. A stroke is an apostrophe."""
    if piece.signs is None or piece.probabilities.argmax() == ONE:
        return False
    chance = piece.signs[DIGIT] + piece.signs[SMALL_SIGNS].sum()
    return bool(piece.probabilities.max() >= NEARLY and chance >= HARDLY)


def _is_beside(first: Blob, second: Blob) -> bool:
    height = max(first.height, second.height)
    aside = max(first.x - second.right, second.x - first.right)
    above = abs(first.y + first.height / 2 - second.y - second.height / 2)
    return aside < REACH * height and above < height / 2
