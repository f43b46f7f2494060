"""Any picture that a person has -> the digits in it: `read_picture` does all of it."""

import math
from collections.abc import Iterable
from itertools import compress
from typing import NamedTuple

import numpy as np

from digits.errors import UserError
from digits.ink.ink import WORK_SIDE, Ink, find_inks
from digits.ink.turning import map_back, tilt_ink, turn_ink
from digits.layout.columns import find_columns
from digits.layout.leftover import drop_lines, find_left_out, loses_digit
from digits.layout.lines import find_gaps, measure_tilt, split_lines
from digits.layout.orientation import (
    RIVAL,
    UPRIGHT,
    Turn,
    are_upright,
    choose_turn,
    is_better,
    measure_gain,
    settle_turn,
)
from digits.layout.points import settle_points
from digits.layout.signs import Sign, find_signs
from digits.layout.trust import measure_trust, weigh_ink
from digits.layout.words import find_letters, leave_words
from digits.network import Classifier
from digits.picture.decoding import NO_MEMORY, lacks_memory
from digits.picture.trimming import trim_pad
from digits.results import Digit, Mark, Reading, make_reading
from digits.segment.blobs import Blob, digit_height, drop_dust, split_blobs
from digits.segment.candidates import NOTHING, Candidate, Grouping, View, is_surely_digit
from digits.segment.grouping import MANY
from digits.segment.notes import read_with_notes
from digits.segment.underlines import MUCH_CLEARER, lift_underlines

DEFAULT_THRESHOLD = 0.85
ALTERNATIVES = 3
LARGE = 2.0  # times the height of its digits: in a smaller picture a stroke may cross all of it
LEAST_TILT = 12.0  # degrees: digits of lines that are less steep are as clear as level ones
SMALLEST = 20.0  # working pixels: digits that are lower on average are looked at more closely
CLEAR = 25.0  # working pixels: so high they are then; MNIST's have 20
MOST_OBLONG = 1.5  # times its width, or its height: a picture that is cut out is nearly square
ONE_DIGIT = 1.0  # log-probability that each digit costs there
MOST_SIDE = 2500  # pixels: a sheet of 2,000 digits; a larger working picture takes 200 MB and more
_HIGHEST_SHOWN = 0.999  # no reading is certain: 99.97% is told as 99.9%, not as 100.0%
NO_DIGIT = "no digit found; is the ink clearly darker, or lighter, than what it is on?"


class _InkReading(NamedTuple):
    """What some ink says."""

    digits: tuple[Candidate, ...]
    score: float  # as of a Grouping, and so are
    signs: tuple[Candidate, ...]
    dropped: tuple[Blob, ...]
    whole: bool
    blobs: list[Blob]  # all the ink
    ink: Ink
    view: View


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
    found = _level_lines(_read_inks(_find_blobs(inner), classify), classify)
    lines, signs, chances = _find_signs(found)
    upright, turn = _turn_upright(found, signs, classify)
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

    candidates = [found.digits[i] for i, _ in kept]
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


def _read_inks(inks: Iterable[tuple[list[list[Blob]], Ink]], classify: Classifier) -> _InkReading:
    """The reading of the likeliest ink: one with digits, of those that which scores best.

    Where one is surely digits and nothing else, those after it, less likely ink, are not read: the
    paper in and around a digit is cut into dozens of pieces, and took 15 times as long.
    """
    readings = []
    for blobs, ink in inks:
        readings.append(_read_ink(blobs, ink, classify))
        if _is_surely_digits(readings[-1]):
            break
    return max(readings, key=lambda one: (bool(one.digits), weigh_ink(*one[:2], one.ink)))


def _is_surely_digits(found: _InkReading) -> bool:
    digits_alone = bool(found.digits) and not (found.signs or found.dropped)
    return digits_alone and all(map(is_surely_digit, found.digits))


def _leaves_out(found: _InkReading, taken: list[Blob], rows: list[list[Blob]]) -> bool:
    """Whether ink as large as the digits, or a stroke between two, was taken for nothing."""
    if not found.digits:
        return False
    height = digit_height([digit.blob for digit in found.digits])
    left = find_left_out(found.blobs, taken, height, rows)
    return bool(left) or loses_digit(found.ink, found.view._replace(height=height))


def _find_signs(found: _InkReading) -> tuple[list[list[int]], list[Sign], list[float]]:
    """The digits' lines, and what find_signs makes of them."""
    blobs, rules = [digit.blob for digit in found.digits], found.ink.rules
    lines = split_lines(blobs)
    columns = set() if rules is None else find_columns([b.box for b in blobs], lines, rules)
    grouping = Grouping(*found[: len(NOTHING)])
    return lines, *find_signs(grouping, lines, found.view, columns=columns)


def _leave_words(found: _InkReading, lines: list[list[int]]) -> _InkReading:
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


def _turn_upright(
    found: _InkReading, signs: list[Sign], classify: Classifier
) -> tuple[_InkReading, Turn]:
    """The reading of the same ink the right way up, and how it was turned for that."""
    if not found.whole and len(found.blobs) > MANY:  # a texture has no right way up
        return found, UPRIGHT
    places = {(sign.blob.x, sign.blob.y) for sign in signs}  # a dash looks alike held at a slant
    pieces = [blob for blob in found.blobs if (blob.x, blob.y) not in places]
    turn = choose_turn(found.digits, pieces, found.ink.level, classify)
    if not turn.quarter:
        return _straighten(found, turn.tilt, classify), turn
    ink = turn_ink(found.ink, turn.quarter)
    upright = _level_lines(_read_ink(_split_ink(ink), ink, classify), classify)
    turn = settle_turn(turn, upright.digits, found.digits)
    return upright if turn.quarter else found, turn


def _straighten(found: _InkReading, tilt: int, classify: Classifier) -> _InkReading:
    """The reading of the same ink turned so far that its pieces stand upright, if it is clearer.

    Where steep lines were read as something else only the pieces tell how steep they are.
    """
    slope = measure_tilt(found.blobs) if tilt else 0.0
    if abs(slope) < LEAST_TILT or slope * tilt > 0:  # level digits of a hand that leans
        return found
    ink = tilt_ink(found.ink, tilt)
    straight = _level_lines(_read_ink(_split_ink(ink), ink, classify), classify)
    return straight if is_better(straight.digits, found.digits) else found


def _level_lines(found: _InkReading, classify: Classifier) -> _InkReading:
    """The reading of the same ink with its lines made level, if they are steep and it is clearer.

    A hand may write straight digits on a line that rises: they lean then.
    """
    if len(found.digits) < 2 or found.view.each:  # a digit cut out stands on no line
        return found
    tilt = measure_tilt([digit.blob for digit in found.digits])
    if abs(tilt) < LEAST_TILT:
        return found
    ink = tilt_ink(found.ink, -tilt)
    level = _read_ink(_split_ink(ink), ink, classify)
    if are_upright(level.digits) and measure_gain(level.digits, found.digits) > -RIVAL:
        return level
    return found


def _find_blobs(picture: np.ndarray) -> Iterable[tuple[list[list[Blob]], Ink]]:
    """The pieces of each ink, without ruled lines and with them, so large that digits are clear.

    Of a picture that need not be looked at again each ink is found when it is asked for.
    """
    if max(picture.shape) <= WORK_SIDE:
        return ((_split_ink(ink), ink) for ink in find_inks(picture))
    found = [(_split_ink(ink), ink) for ink in find_inks(picture)]
    heights = [digit_height(sets[0]) for sets, _ in found if sets]
    if max(heights, default=CLEAR) >= SMALLEST:
        return found
    side = min(MOST_SIDE, round(WORK_SIDE * CLEAR / max(heights)))
    return [(_split_ink(ink), ink) for ink in find_inks(picture, side=side)]


def _split_ink(ink: Ink) -> list[list[Blob]]:
    masks = [ink.plain] if np.array_equal(ink.plain, ink.mask) else [ink.plain, ink.mask]
    sets = [drop_dust(split_blobs(mask)) for mask in masks]
    return [blobs for blobs in sets if blobs]


def _read_ink(sets: list[list[Blob]], ink: Ink, classify: Classifier) -> _InkReading:
    """The likeliest reading of the ink without ruled lines.

    Where a digit is as large as the picture a line across may be one of its strokes: then the
    ink is read with its lines as well.
    """
    if not sets:
        return _InkReading(*NOTHING, [], ink, View(ink.level, 1.0, classify))
    height = digit_height(sets[0])
    sets = [drop_lines(sets[0], height), *sets[1:]]
    height = digit_height(sets[0])  # a frame is higher
    if max(ink.mask.shape) >= LARGE * height:
        sets = sets[:1]
    view = View(ink.level, height, classify, each=ONE_DIGIT * _is_single(ink), blur=ink.blur)
    readings = [read_with_notes(blobs, view) for blobs in sets]
    lifted = lift_underlines(sets[0], height)
    if lifted is not sets[0]:
        parted = read_with_notes(lifted, view)
        sure = all(map(is_surely_digit, readings[0].digits))
        clearer = parted.score > readings[0].score + MUCH_CLEARER
        if clearer or not sure or len(parted.digits) > len(readings[0].digits):
            sets.append(lifted)
            readings.append(parted)
    best = max(range(len(sets)), key=lambda number: readings[number].score)
    reading = readings[best]
    if not reading.digits:  # nothing that a sign could stand beside: a crossed 7 looks like a +
        reading = reading._replace(digits=reading.signs, signs=())
    return _InkReading(*reading, sets[best], ink, view)


def _is_single(ink: Ink) -> bool:
    """Whether the picture is one that data sets have: tiny, nearly square, one digit cut out."""
    height, width = ink.mask.shape
    return ink.working.crop and max(height, width) <= MOST_OBLONG * min(height, width)


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
