"""What the network makes of a piece of ink, and what it costs to read it as one digit."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from digits.network import NO_DIGIT, SIGN_KINDS, Classifier
from digits.segment.blobs import Blob, Box, is_at_border
from digits.segment.glyph import draw_glyph

# Costs are in units of log-probability: what a doubt of the network costs is its own logarithm.
LOW = 0.6  # of the height of the digits: a piece that is lower is hardly a digit
LOW_COST = 4.0  # for a digit of no height; less for a higher one, nothing from LOW on
WIDE_COST = 0.5  # for each height by which a digit is wider than high
LEAST_PROBABILITY = 1e-6  # no doubt of the network costs more than this one
SIGNS_OF_FORM = [SIGN_KINDS.index(kind) for kind in "+×÷="]  # the others by their place as well
DIGIT, OTHER = SIGN_KINDS.index("digit"), SIGN_KINDS.index("other")
ONE = 1
SLASH = SIGN_KINDS.index("/")
BRACKETS = [SIGN_KINDS.index(kind) for kind in "()"]
SURELY = 0.9  # probability
PARTED_SURELY = 0.9  # for the pieces of what may be a letter; with 0.95 more right ones are doubted
LETTER_WIDTH = 1.3  # times the height: what is wider is no letter
STROKE_SURELY = 0.95  # for a 1: two sides of a thing make 11
# Mean of log(width / height) of each digit in MNIST's training images, and its spread: 0.3 or less
USUAL_ASPECT = (-0.12, -1.01, -0.08, -0.26, -0.27, -0.09, -0.36, -0.29, -0.31, -0.43)
SPREAD, ONE_SPREAD = 0.3, 0.5  # but that of a 1
NARROW_SPREAD = 0.25
ASPECT_COST = 0.25  # for a digit wider than usual by one spread; four times as much for two
HEIGHT_COST = 0.25  # for a digit higher or lower than others by one spread; for two four times it
HEIGHT_SPREAD = 0.2  # of the logarithm of the height
# The same of log(stroke length / height), but a 1 with a flag and a foot has twice that of MNIST's
USUAL_LENGTH = (1.02, math.inf, 0.97, 0.89, 0.80, 0.94, 0.88, 0.66, 1.02, 0.83)
LENGTH_SPREAD = 0.2
LENGTH_FREE = 1.0  # spreads: hands differ by as much
LENGTH_COST = 1.0  # for one spread more; four times as much for two
THINNEST = 4.0  # pixels: the width of a finer pen is not known well enough
THIRD_HEAD = 0.6  # of what is said of a piece between cuts; the other heads say the rest
BELIEF = 0.3  # of what the second head says against a digit that competes with cuts


class View(NamedTuple):
    """What every piece of ink is judged by."""

    level: np.ndarray  # float32 (H, W), the ink level of the whole working picture
    height: float  # of the picture's digits, in working pixels
    classify: Classifier
    # One for each image of a cut that the network may yet see; the second: of shared cuts.
    cuts: tuple[Iterator[int], Iterator[int]] = (iter(()), iter(()))
    each: float = 0.0  # what every digit costs: a picture of one is likelier than of several
    seen: list["Candidate"] | None = None  # where what the network sees of cuts is noted, if at all
    blur: float = 0.0  # pixels, by which the level was smoothed: for its usual pen, not for a finer


class Candidate(NamedTuple):
    """Ink read as one digit or one sign."""

    blob: Blob
    image: np.ndarray  # uint8 (28, 28)
    probabilities: np.ndarray  # float32 (10,)
    signs: np.ndarray | None = None  # float32 (13,), of SIGN_KINDS; None: the model tells none
    pieces: np.ndarray | None = None  # float32 (11,), see network.Answers; None: it tells nothing
    trust: float = 1.0  # what another way to cut the ink leaves of the confidence in it
    doubt: float | None = None  # of a piece of a cut, as settle_piece finds it; the score holds it


class Grouping(NamedTuple):
    """Ink read as a row of digits, and what that reading costs."""

    digits: tuple[Candidate, ...]
    score: float  # log-probability less costs; 0 is perfect
    signs: tuple[Candidate, ...] = ()
    dropped: tuple[Blob, ...] = ()  # neither of both
    whole: bool = True  # False where most of the ink was given up on


NOTHING = Grouping((), 0.0)


def classify_blobs(shapes: list[Blob], view: View) -> list[Candidate]:
    """What the model makes of each of the shapes."""
    if not shapes:
        return []
    images = np.stack([draw_glyph(view.level, shape) for shape in shapes])
    answers = ([None] * len(shapes) if told is None else told for told in view.classify(images))
    return [Candidate(*all_) for all_ in zip(shapes, images, *answers, strict=True)]


def is_surely_digit(piece: Candidate, least: float = SURELY) -> bool:
    """Whether both heads of the network are sure of it; never without the second."""
    if piece.signs is None:
        return False
    return min(piece.probabilities.max(), piece.signs[DIGIT]) >= least


def take(candidate: Candidate, view: View, cost: float) -> Grouping:
    """The ink as one digit; `cost`: of its gaps."""
    chance = float(candidate.probabilities.max())
    if candidate.signs is not None:
        chance *= 1 - float(candidate.signs[SIGNS_OF_FORM].sum())
        if cost:  # an exponent and its base make a fine 5 for the network, but not for this head
            chance *= 1 - float(candidate.signs[OTHER])
    doubt = float(np.log(max(chance, LEAST_PROBABILITY)))
    return Grouping((candidate,), doubt + limit(candidate.blob, view, cost))


def limit(blob: Blob | Box, view: View, cost: float = 0.0) -> float:
    """The score of the ink as one digit of which the network is sure."""
    score = -view.each - cost - WIDE_COST * max(0.0, blob.width / blob.height - 1)
    if blob.height >= view.height:
        return score
    least = view.height * (1.0 if is_at_border(blob, view.level.shape) else LOW)
    return score - LOW_COST * max(0.0, 1 - blob.height / least)


def weigh_shape(piece: Candidate) -> float:
    """What speaks against a digit where it competes with cuts: 0, or less.

    It is the second head, and that two digits that the network takes for one are wider than that.
    """
    return weigh_belief(piece) - ASPECT_COST * measure_width(piece) ** 2


def weigh_belief(piece: Candidate) -> float:
    """What the second head says against a piece between cuts: the halves of a × are a 7 and a 6."""
    return BELIEF * float(np.log(max(believe(piece), LEAST_PROBABILITY)))


def settle_piece(piece: Candidate, pen: float) -> Candidate:
    """A piece of a cut with what all heads together say of it, and how far they doubt it.

    The third head has seen halves of digits and digits with strokes of others, but few hands; the
    other two have seen many hands.

    Args:
        piece: as classify_blobs gives it.
        pen: the width of the stroke in pixels.
    """
    chances = piece.probabilities * np.float32(np.exp(_weigh_piece(piece, pen)))
    if piece.pieces is not None:
        chances = (1 - THIRD_HEAD) * chances + THIRD_HEAD * piece.pieces[:NO_DIGIT]
        piece = piece._replace(probabilities=chances / chances.sum())
    return piece._replace(doubt=float(np.log(max(chances.max(), LEAST_PROBABILITY))))


def _weigh_piece(piece: Candidate, pen: float) -> float:
    """What speaks against a piece of a cut, beside what the network doubts: 0, or less."""
    weight = weigh_length(piece, pen) + weigh_shape(piece)
    if piece.signs is None:
        return weight
    chance = 1 - float(piece.signs[SIGNS_OF_FORM].sum())
    return weight + float(np.log(max(chance, LEAST_PROBABILITY)))


def weigh_height(height: float, usual: float) -> float:
    """What speaks against a digit so much higher or lower than others, both in pixels."""
    return -HEIGHT_COST * (math.log(height / usual) / HEIGHT_SPREAD) ** 2


def weigh_length(piece: Candidate, pen: float) -> float:
    """What speaks against a digit of a long stroke: two that are taken for one have twice as much.

    Args:
        piece: the digit.
        pen: the width of the stroke in pixels.
    """
    return -LENGTH_COST * max(0.0, measure_length(piece, pen) - LENGTH_FREE) ** 2


def believe(piece: Candidate) -> float:
    """The second head's odds that the piece is a digit, 0 to 1; 1 without that head."""
    if piece.signs is None:
        return 1.0
    chance = float(piece.signs[DIGIT])
    if piece.probabilities.argmax() == ONE:  # a stroke that leans looks like a slash
        return chance + float(piece.signs[SLASH]) / 2
    return chance


def measure_sureness(piece: Candidate) -> float:
    """How sure both heads are that it is the digit it looks like, 0 to 1."""
    return float(min(piece.probabilities.max(), believe(piece)))


def limit_shape(blob: Blob) -> float:
    """The most that weigh_shape says of the ink, whatever digit it is."""
    return -ASPECT_COST * min(_count_spreads(blob, digit) for digit in range(10)) ** 2


def measure_width(piece: Candidate) -> float:
    """By how many spreads a digit is wider than usual; 0 where it is not."""
    return _count_spreads(piece.blob, int(piece.probabilities.argmax()))


def measure_narrowness(piece: Candidate) -> float:
    """By how many spreads a digit is narrower than usual; 0 where it is not, and for a 1."""
    digit = int(piece.probabilities.argmax())
    if digit == ONE:
        return 0.0
    wider = math.log(piece.blob.width / piece.blob.height) - USUAL_ASPECT[digit]
    return max(0.0, -wider) / NARROW_SPREAD


def measure_length(piece: Candidate, pen: float) -> float:
    """By how many spreads the stroke of a digit is longer than usual; 0 where it is not.

    Args:
        piece: the digit.
        pen: the width of the stroke in pixels; of a fine one no length is told.
    """
    if pen < THINNEST:
        return 0.0
    usual = USUAL_LENGTH[int(piece.probabilities.argmax())]
    longer = math.log(piece.blob.area / pen / piece.blob.height) - usual
    return max(0.0, longer) / LENGTH_SPREAD


def _count_spreads(blob: Blob, digit: int) -> float:
    wider = math.log(blob.width / blob.height) - USUAL_ASPECT[digit]
    return max(0.0, wider) / (ONE_SPREAD if digit == ONE else SPREAD)


def doubt_letter(cut: Grouping, whole: Candidate | None, *, in_word: bool = False) -> Grouping:
    """The pieces, trusted less where they may be those of a letter: a 0 and a 1 make an alpha.

    Pieces that surely are digits are not: two that touch are taken for a letter too.

    Args:
        cut: the pieces.
        whole: what they are cut from, if it was seen.
        in_word: the second head's word of a whole that is no wider than a letter counts for the
            pieces as well, so that they may be those of a word.
    """
    if whole is None or whole.signs is None:
        return cut
    ones = [piece.probabilities.argmax() == ONE for piece in cut.digits]
    least = [STROKE_SURELY if one else PARTED_SURELY for one in ones]
    if all(map(is_surely_digit, cut.digits, least)):
        return cut
    chance = whole.signs[OTHER]
    in_word &= whole.blob.width <= LETTER_WIDTH * whole.blob.height
    digits = []
    for piece in cut.digits:
        signs = piece.signs.copy()
        if in_word:
            signs[OTHER], signs[DIGIT] = max(signs[OTHER], chance), min(signs[DIGIT], 1 - chance)
        digits.append(piece._replace(signs=signs, trust=min(piece.trust, 1 - float(chance))))
    return cut._replace(digits=tuple(digits))
