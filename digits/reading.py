"""Any picture that a person has -> the digits in it: `read_picture` does all of it."""

import math
from itertools import compress

import numpy as np

from digits.doubt.hand import settle_hand
from digits.doubt.trust import measure_trust
from digits.doubt.words import find_letters, leave_words
from digits.errors import UserError
from digits.ink.ink import Ink
from digits.ink.turning import map_back
from digits.layout.columns import find_columns
from digits.layout.inks import InkReading, read_likeliest
from digits.layout.leftover import find_left_out, loses_digit
from digits.layout.lines import find_gaps, split_lines
from digits.layout.points import settle_points
from digits.layout.signs import Sign, find_signs
from digits.layout.upright import level_lines, read_upright
from digits.network import Classifier
from digits.picture.decoding import NO_MEMORY, lacks_memory
from digits.picture.trimming import trim_pad
from digits.results import Digit, Mark, Reading, make_reading
from digits.segment.blobs import Blob, digit_height
from digits.segment.candidates import NOTHING, Candidate, Grouping

DEFAULT_THRESHOLD = 0.85
ALTERNATIVES = 3
_HIGHEST_SHOWN = 0.999  # no reading is certain: 99.97% is told as 99.9%, not as 100.0%
NO_DIGIT = "no digit found; is the ink clearly darker, or lighter, than what it is on?"


def read_picture(
    picture: np.ndarray, classify: Classifier, *, threshold: float = DEFAULT_THRESHOLD
) -> Reading:
    """What a picture says.

    Args:
        picture: uint8 (H, W, 3), BGR, as displayed.
        classify: what images show.
        threshold: the confidence from which a digit is sure, 0 to 1.

    Raises:
        UserError: there is no digit in it.
    """
    digits, marks, gaps, turned, whole = _find(picture, classify, threshold)
    if not digits:
        raise UserError(NO_DIGIT)
    return make_reading(digits, marks, gaps=gaps, turned=turned, whole=whole)


def find_digits(
    picture: np.ndarray, classify: Classifier, *, threshold: float = DEFAULT_THRESHOLD
) -> list[Digit]:
    """The digits in a picture, top to bottom and left to right; arguments as in read_picture."""
    return _find(picture, classify, threshold)[0]


def enlarge_boxes(reading: Reading, scale: float) -> Reading:
    """The reading of a picture `scale` times as large as the one that was read."""
    if scale == 1:
        return reading
    digits, marks = (
        [c._replace(box=tuple(int(side * scale) for side in c.box)) for c in characters]
        for characters in (reading.digits, reading.marks)
    )
    return reading._replace(digits=digits, marks=marks)


def explain_failure(error: Exception) -> str:
    """What is told of a picture where something fails that nobody thought of."""
    if lacks_memory(error):
        return NO_MEMORY
    first, *_ = str(error).splitlines() or [""]
    return f"cannot be read: {type(error).__name__}: {first}; please report it, with the picture"


def format_percent(confidence: float) -> str:
    """A confidence as people read it: `99.8%`."""
    return f"{min(confidence, _HIGHEST_SHOWN):.1%}"


def _find(
    picture: np.ndarray, classify: Classifier, threshold: float
) -> tuple[list[Digit], list[Mark], set[int], int, bool]:
    """What make_reading needs: digits, marks, gaps, how the picture was turned, if that is all."""
    inner, (left, top) = trim_pad(picture)
    found = level_lines(read_likeliest(inner, classify), classify)
    lines, signs, chances = _find_signs(found)
    upright, turn = read_upright(found, classify, lines=lines, signs=signs)
    if upright is not found:
        found = upright
        lines, signs, chances = _find_signs(found)
    numbers = _leave_words(found, lines)
    if numbers is not found:
        found = numbers
        lines, signs, chances = _find_signs(found)
    kept = [(i, number) for number, line in enumerate(lines) for i in line if chances[i] < 1]

    def locate(blob: Blob) -> tuple[int, int, int, int]:
        x, y, width, height = _to_box(blob, found.ink, inner.shape)
        return x + left, y + top, width, height

    candidates = settle_hand([found.digits[i] for i, _ in kept])
    area = sum(blob.area for blob in found.blobs)
    blobs = [digit.blob for digit in found.digits]
    rows = [[i for i in line if chances[i] < 1] for line in lines]
    order = {index: place for place, (index, _) in enumerate(kept)}
    beside = {
        "signs": [sign.blob for sign in signs],
        "lines": [[order[i] for i in row] for row in rows if row],
    }
    trusts = measure_trust(candidates, area, found.ink, **beside)
    digits = []
    boxes = [blob.box for blob in blobs]
    parted = find_gaps(boxes, rows, [(sign.line, sign.blob.box) for sign in signs])
    if found.ink.rules is not None:
        parted |= find_columns(boxes, rows, found.ink.rules)
    gaps = {place for place, (index, _) in enumerate(kept) if index in parted}
    for (i, number), candidate, one in zip(kept, candidates, trusts, strict=True):
        trust, box = turn.trust * one * (1 - chances[i]), locate(candidate.blob)
        digits.append(_make_digit(candidate, trust, threshold, box=box, line=number))
    marks = [
        Mark(kind, locate(blob), line, confidence, confidence >= threshold)
        for kind, blob, line, confidence in settle_points(signs, boxes, rows, parted)
    ]
    taken = [*(candidate.blob for candidate in candidates), *(sign.blob for sign in signs)]
    written = [[blobs[i] for i in row] for row in rows]
    whole = turn.sure and found.whole and not _leaves_out(found, taken, written)
    return digits, marks, gaps, turn.quarter, whole


def _leaves_out(found: InkReading, taken: list[Blob], rows: list[list[Blob]]) -> bool:
    """Whether ink as large as the digits, or a stroke between two, was taken for nothing."""
    if not found.digits:
        return False
    height = digit_height([digit.blob for digit in found.digits])
    left = find_left_out(found.blobs, taken, height, rows)
    return bool(left) or loses_digit(found.ink, found.view._replace(height=height))


def _find_signs(found: InkReading) -> tuple[list[list[int]], list[Sign], list[float]]:
    """The digits' lines, and what find_signs makes of them."""
    blobs, rules = [digit.blob for digit in found.digits], found.ink.rules
    lines = split_lines(blobs)
    columns = set() if rules is None else find_columns([b.box for b in blobs], lines, rules)
    grouping = Grouping(*found[: len(NOTHING)])
    return lines, *find_signs(grouping, lines, found.view, columns=columns)


def _leave_words(found: InkReading, lines: list[list[int]]) -> InkReading:
    """The reading without words beside numbers, and without what else belongs to the words."""
    letters = find_letters(found.digits, lines)
    if not letters.any():
        return found
    blobs = [digit.blob for digit in found.digits]
    words = [blob for blob, letter in zip(blobs, letters, strict=True) if letter]
    numbers = [blob for blob, letter in zip(blobs, letters, strict=True) if not letter]
    signs = leave_words([sign.blob for sign in found.signs], words, numbers)
    dropped = leave_words(found.dropped, words, numbers)
    return found._replace(
        digits=tuple(compress(found.digits, ~letters)),
        signs=tuple(compress(found.signs, signs)),
        dropped=tuple(compress(found.dropped, dropped)),
        whole=False,
    )


def _to_box(blob: Blob, ink: Ink, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The box around the blob in pixels of the picture as displayed, whole pixels outwards."""
    left, top, right, bottom = blob.x, blob.y, blob.right, blob.bottom
    if ink.back is not None:
        rows, columns = np.nonzero(blob.mask)
        middles = map_back(np.column_stack([columns + blob.x, rows + blob.y]) + 0.5, ink)
        (left, top), (right, bottom) = middles.min(axis=0) - 0.5, middles.max(axis=0) + 0.5
    left, top = (int(max(0.0, side / ink.working.scale)) for side in (left, top))
    right, bottom = (math.ceil(side / ink.working.scale) for side in (right, bottom))
    return left, top, min(shape[1], right) - left, min(shape[0], bottom) - top


def _make_digit(
    candidate: Candidate,
    trust: float,
    threshold: float,
    *,
    box: tuple[int, int, int, int],
    line: int,
) -> Digit:
    """The digit, with the confidence that its shape and the network leave."""
    order = np.argsort(-candidate.probabilities, kind="stable")[:ALTERNATIVES]
    alternatives = [(int(d), float(candidate.probabilities[d]) * trust) for d in order]
    digit, confidence = alternatives[0]
    sure = confidence >= threshold
    return Digit(digit, confidence, sure, box, line, alternatives, candidate.image, trust)
