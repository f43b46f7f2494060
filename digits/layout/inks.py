"""What some ink says: the pieces of it that are digits, those that are signs, and the rest."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from digits.doubt.trust import weigh_ink
from digits.ink.ink import WORK_SIDE, Ink, find_inks
from digits.layout.leftover import drop_lines
from digits.network import Classifier
from digits.segment.blobs import Blob, digit_height, drop_dust, split_blobs
from digits.segment.candidates import NOTHING, Candidate, View, is_surely_digit
from digits.segment.notes import read_with_notes
from digits.segment.underlines import MUCH_CLEARER, lift_underlines

LARGE = 2.0  # times the height of its digits: in a smaller picture a stroke may cross all of it
SMALLEST = 20.0  # working pixels: digits that are lower on average are looked at more closely
LOWEST = 5.0  # working pixels: nobody reads lower digits; they are dust, or a fax's grey
CLEAR = 25.0  # working pixels: so high they are then; MNIST's have 20
MOST_OBLONG = 1.5  # times its width, or its height: a picture that is cut out is nearly square
ONE_DIGIT = 1.0  # log-probability that each digit costs there
MOST_SIDE = 2500  # pixels: a sheet of 2,000 digits; a larger working picture takes 200 MB and more


class InkReading(NamedTuple):
    """What some ink says."""

    digits: tuple[Candidate, ...]
    score: float  # as of a Grouping, and so are
    signs: tuple[Candidate, ...]
    dropped: tuple[Blob, ...]
    whole: bool
    blobs: list[Blob]  # all the ink
    ink: Ink
    view: View


def read_likeliest(picture: np.ndarray, classify: Classifier) -> InkReading:
    """The reading of the picture's likeliest ink: with digits, and of those that scores best.

    Where one is surely digits and nothing else, those after it, less likely ink, are not read: the
    paper in and around a digit is cut into dozens of pieces, and took 15 times as long.
    """
    readings = []
    for sets, ink in _find_sets(picture):
        readings.append(_read_sets(sets, ink, classify))
        if _is_surely_digits(readings[-1]):
            break
    scores = [weigh_ink(one.digits, one.score, one.ink) for one in readings]
    best = max(range(len(scores)), key=lambda i: (bool(readings[i].digits), scores[i]))
    return readings[best]


def read_ink(ink: Ink, classify: Classifier) -> InkReading:
    """The likeliest reading of one ink."""
    return _read_sets(_split(ink), ink, classify)


def _is_surely_digits(found: InkReading) -> bool:
    digits_alone = bool(found.digits) and not (found.signs or found.dropped)
    return digits_alone and all(map(is_surely_digit, found.digits))


def _find_sets(picture: np.ndarray) -> Iterable[tuple[list[list[Blob]], Ink]]:
    """The pieces of each ink, without ruled lines and with them, so large that digits are clear.

    Of a picture that need not be looked at again each ink is found when it is asked for.
    """
    if max(picture.shape) <= WORK_SIDE:
        return ((_split(ink), ink) for ink in find_inks(picture))
    found = [(_split(ink), ink) for ink in find_inks(picture)]
    heights = [digit_height(sets[0]) for sets, _ in found if sets]
    if max(heights, default=CLEAR) >= SMALLEST:
        return found
    side = min(MOST_SIDE, round(WORK_SIDE * CLEAR / max(heights)))
    return [(_split(ink), ink) for ink in find_inks(picture, side=side)]


def _split(ink: Ink) -> list[list[Blob]]:
    masks = [ink.plain] if np.array_equal(ink.plain, ink.mask) else [ink.plain, ink.mask]
    sets = [drop_dust(split_blobs(mask)) for mask in masks]
    return [blobs for blobs in sets if blobs]


def _read_sets(sets: list[list[Blob]], ink: Ink, classify: Classifier) -> InkReading:
    """The likeliest reading of the ink without ruled lines, the first of the sets of its pieces.

    Where a digit is as large as the picture a line across may be one of its strokes: then the
    ink is read with its lines as well. Where most pieces are too low for digits those that are
    far higher are read alone, and the reading is not whole.
    """
    if not sets:
        return InkReading(*NOTHING, [], ink, View(ink.level, 1.0, classify))
    height = digit_height(sets[0])
    if height < LOWEST:
        high = [blob for blob in sets[0] if blob.height >= SMALLEST]
        return _read_sets([high] if high else [], ink, classify)._replace(whole=False)
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
    return InkReading(*reading, sets[best], ink, view)


def _is_single(ink: Ink) -> bool:
    """Whether the picture is one that data sets have: tiny, nearly square, one digit cut out."""
    height, width = ink.mask.shape
    return ink.working.crop and max(height, width) <= MOST_OBLONG * min(height, width)
