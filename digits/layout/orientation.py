"""Which way up the digits of a picture stand: all of them together tell."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from digits.frame import FRAME_SIZE
from digits.layout.lines import split_lines
from digits.network import Classifier
from digits.segment.blobs import Blob
from digits.segment.candidates import ONE, OTHER, Candidate, is_surely_digit
from digits.segment.glyph import draw_glyph

# Of a digit that stands upright the network rules the other nine out, and that it is none; of one
# that lies on its side or stands on its head it does not, however likely its best guess is. Over
# MNIST's training images and drawn digits, each turned by a multiple of 90 degrees, a logistic
# model of these doubts alone tells four digits' way up in 98.8% of all numbers.
RULED_OUT = 1e-4  # probability: a digit with less of it is ruled out, and no less likely than that
EVIDENCE = 0.21  # in favour of upright, for each unit of log-probability lost by another digit
NO_OTHER = 1e-3  # probability: with less of it the ink is no letter, and no less likely than that
OTHER_EVIDENCE = 0.76  # in favour of upright, for each unit of log-probability lost by other ink
CLEAR = 0.9  # of the most evidence: digits that have more on average stand upright, and
FEW_CLEAR = 0.8  # so few that vary more
TURN_EVIDENCE = 9.0  # nats: a page of sixes and nines has hardly less evidence on its head
TILT_COST = 4.6  # nats: of a hundred pages that lie on their side or head one is held askew too
FEW = 3  # pieces: an N on its side is a 2, so fewer
FEW_TRUST = 0.5  # are not sure if they were turned
TELLING = {3, 4, 7}  # no digits on their heads: without one of them few are not turned by half,
PAIR_EVIDENCE = 6.0  # and for two pieces so many nats are enough with one
MOST_STROKES = 2  # pieces of a digit: more of them are digits of a line that lies on its side
SYMMETRIC = {0, 1, 8}
SURE = 0.8  # probability: digits that are all as sure are not turned
STANDING = 0.8  # of the most evidence: on average digits that stand upright have more
DOUBTED = 0.65  # of the most evidence: what has less is more likely turned, or no digit
RIVAL = 3.0  # nats: with less between two ways up the picture is not sure
STEP = 30  # degrees between the angles that are tried: the picture may be held askew as well
ALIKE = 2.0  # times as long: digits of one hand are no more unlike
MOST_SEEN = 16  # pieces: so many tell enough


def measure_uprightness(probabilities: np.ndarray, signs: np.ndarray | None = None) -> np.ndarray:
    """Evidence that digits stand upright, in nats, 0 (none) to MOST_EVIDENCE: float64 (N,).

    Args:
        probabilities: of each digit, float32 (N, 10).
        signs: of each of SIGN_KINDS, float32 (N, 13); None: the model tells none, and no other ink.
    """
    evidence = -EVIDENCE * np.log(np.maximum(probabilities, RULED_OUT)).sum(axis=1, dtype=float)
    if signs is None:
        return evidence - OTHER_EVIDENCE * np.log(NO_OTHER)
    return evidence - OTHER_EVIDENCE * np.log(np.maximum(signs[:, OTHER], NO_OTHER))


MOST_EVIDENCE = float(measure_uprightness(np.eye(10)[:1])[0])


class Turn(NamedTuple):
    """How a picture must be turned to be read, in degrees clockwise."""

    quarter: int  # 0, 90, 180 or 270
    sure: bool  # no other way up is nearly as likely, or likelier
    trust: float  # 0 to 1, what is left of the digits' confidence
    tilt: int = 0  # or -STEP or STEP, where the picture must be turned by so much instead


UPRIGHT = Turn(0, sure=True, trust=1.0)


def are_upright(digits: Sequence[Candidate], share: float = STANDING) -> bool:
    """Whether the digits have on average this share of the most evidence."""
    return len(digits) > 0 and bool(_weigh(digits).mean() >= share * MOST_EVIDENCE)


def measure_gain(digits: Sequence[Candidate], others: Sequence[Candidate]) -> float:
    """By how much the digits say more clearly than others that they were read upright, in nats."""
    gain, loss = ((_weigh(one) - DOUBTED * MOST_EVIDENCE).sum() for one in (digits, others))
    return float(gain - loss)


def choose_turn(
    digits: Sequence[Candidate], blobs: Sequence[Blob], level: np.ndarray, classify: Classifier
) -> Turn:
    """How to turn the picture: not at all, unless all pieces of its ink together tell clearly.

    Args:
        digits: what was read.
        blobs: the same ink, piece by piece: the digits of a line that lies on its side stand one
            above the other, and may have been read as one.
        level: float32 (H, W), the ink level of the whole working picture.
        classify: what images show.
    """
    blobs = _choose_pieces(blobs)
    clear = CLEAR if len(digits) >= FEW else FEW_CLEAR
    surely = len(digits) >= FEW and all(is_surely_digit(digit, SURE) for digit in digits)
    if not blobs or (
        len(blobs) <= MOST_STROKES * len(digits) and (surely or are_upright(digits, clear))
    ):
        return UPRIGHT
    images, evidence = np.zeros(0), {}
    if len(digits) == 1 and len(blobs) <= MOST_STROKES:  # a 4 of two strokes
        images = digits[0].image[np.newaxis]
        evidence = _weigh_angles(images, classify)
    if not _tells(evidence):  # or two digits
        images = np.stack([draw_glyph(level, blob) for blob in _sample(blobs)])
        evidence = _weigh_angles(images, classify)
    # Digits that touch are clear once they are cut; but so is an M that is cut into 11.
    if digits and ONE not in _list_shown(digits):
        doubted = DOUBTED * MOST_EVIDENCE * len(images)
        seen = min(1.0, MOST_SEEN / len(blobs))
        evidence[0] = max(evidence[0], doubted + seen * measure_gain(digits, ()))
    turn = _decide(evidence, len(images))
    return turn if turn.quarter else _settle(turn, digits)


def _tells(evidence: dict[int, float]) -> bool:
    """Whether the evidence of one digit at each angle says which way up it stands."""
    if max(evidence.values(), default=0.0) < STANDING * MOST_EVIDENCE:
        return False
    return evidence[0] >= STANDING * MOST_EVIDENCE or _decide(evidence, 1).quarter != 0


def is_better(
    upright: Sequence[Candidate], digits: Sequence[Candidate], *, quarter: int = 0
) -> bool:
    """Whether the digits of a picture turned by a quarter were read so much better than others."""
    if quarter % 180:  # a 1 does not tell: a dash on its side is one
        if not _stand_in_rows(upright):
            return False
        upright, digits = map(_leave_ones, (upright, digits))
    if not are_upright(upright):
        return False
    clearly = are_upright(upright, CLEAR) and not are_upright(digits)
    return clearly or measure_gain(upright, digits) > TURN_EVIDENCE


def _leave_ones(digits: Sequence[Candidate]) -> list[Candidate]:
    return [digit for digit in digits if digit.probabilities.argmax() != ONE]


def _stand_in_rows(digits: Sequence[Candidate]) -> bool:
    """Whether digits stand side by side: a row of letters that is turned is read as a column."""
    return len(digits) == 1 or len(split_lines([digit.blob for digit in digits])) < len(digits)


def settle_turn(turn: Turn, turned: Sequence[Candidate], digits: Sequence[Candidate]) -> Turn:
    """The turn after which `turned` is read, where that is clearer than `digits`; or else none.

    Few digits may be letters on their side: they are not sure. On their heads they must be TELLING.
    """
    tells = turn.quarter != 180 or len(turned) >= FEW or bool(TELLING & _list_shown(turned))
    if not tells or not is_better(turned, digits, quarter=turn.quarter):
        return _settle(turn._replace(quarter=0, sure=False), digits)
    return turn._replace(trust=min(turn.trust, FEW_TRUST)) if len(turned) < FEW else turn


def _settle(turn: Turn, digits: Sequence[Candidate]) -> Turn:
    """The turn, sure where nothing could tell, nor need it: 0, 1 and 8 are the same upside down."""
    return turn._replace(sure=turn.sure or _list_shown(digits) <= SYMMETRIC)


def _list_shown(digits: Sequence[Candidate]) -> set[int]:
    return {int(digit.probabilities.argmax()) for digit in digits}


def _weigh_angles(images: np.ndarray, classify: Classifier) -> dict[int, float]:
    """The evidence of the images at each angle, in degrees clockwise."""
    angles = range(0, 360, STEP)
    turned = classify(np.concatenate([_turn_images(images, angle) for angle in angles]))
    weights = measure_uprightness(turned.digits, turned.signs).reshape(len(angles), -1).sum(axis=1)
    return dict(zip(angles, weights.tolist(), strict=True))


def _decide(angles: dict[int, float], count: int) -> Turn:
    """The turn that so much evidence for each angle, from `count` pieces, calls for.

    A quarter has that of the angle near it that has the most.
    """
    best: dict[int, tuple[float, int]] = {}
    for quarter in range(0, 360, 90):
        around = {tilt: angles[(quarter + tilt) % 360] for tilt in (0, -STEP, STEP)}
        cost = TILT_COST if quarter else 0.0
        best[quarter] = max((weight - cost * (tilt != 0), tilt) for tilt, weight in around.items())
    evidence = {quarter: weight for quarter, (weight, _) in best.items()}
    quarter = max(evidence, key=evidence.get)
    least = DOUBTED * MOST_EVIDENCE * count
    enough = PAIR_EVIDENCE if quarter == 180 and count == 2 else TURN_EVIDENCE
    if evidence[quarter] < least or evidence[quarter] - evidence[0] < enough:
        quarter = 0
    rival = max(weight for other, weight in evidence.items() if other != quarter)
    sure = rival - evidence[quarter] <= (-RIVAL if quarter else RIVAL)
    if quarter:
        return Turn(quarter, sure, FEW_TRUST if count < FEW else 1.0)
    tilted = count >= FEW and evidence[0] >= max(least, angles[0] + TURN_EVIDENCE)
    return Turn(0, sure, 1.0, best[0][1] if tilted else 0)


def _choose_pieces(blobs: Sequence[Blob]) -> list[Blob]:
    """The pieces from the largest on, without those far shorter or longer than most of the ink."""
    if not blobs:
        return []
    areas = np.array([blob.area for blob in blobs])
    extents = np.array([max(blob.mask.shape) for blob in blobs])
    order = np.argsort(extents, kind="stable")
    covered = np.cumsum(areas[order])
    usual = extents[order[np.searchsorted(covered, covered[-1] / 2)]]
    alike = np.flatnonzero((extents * ALIKE >= usual) & (extents <= ALIKE * usual))
    return [blobs[i] for i in alike[np.argsort(-areas[alike], kind="stable")]]


def _sample(blobs: Sequence[Blob]) -> list[Blob]:
    """MOST_SEEN of the pieces, of all sizes: the largest of a page are zeros, which do not tell."""
    places = np.linspace(0, len(blobs) - 1, min(len(blobs), MOST_SEEN))
    return [blobs[round(place)] for place in places]


def _weigh(digits: Sequence[Candidate]) -> np.ndarray:
    """The evidence of each digit as it was read."""
    probabilities = np.array([digit.probabilities for digit in digits]).reshape(-1, 10)
    if not digits or digits[0].signs is None:
        return measure_uprightness(probabilities)
    return measure_uprightness(probabilities, np.array([digit.signs for digit in digits]))


def _turn_images(images: np.ndarray, degrees: int) -> np.ndarray:
    """uint8 (N, 28, 28): the images turned clockwise about their middle."""
    middle = (FRAME_SIZE - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), -degrees, 1)
    return np.stack([cv2.warpAffine(image, matrix, image.shape) for image in images])
