"""Which way up the digits of a picture stand: all of them together tell."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from digits.frame import FRAME_SIZE
from digits.network import Classifier
from digits.segment.blobs import Blob
from digits.segment.glyph import draw_glyph
from digits.segment.grouping import Candidate

# Of a digit that stands upright the network rules the other nine out; of one that lies on its side
# or stands on its head it does not, however likely its best guess is. Over MNIST's training images
# and drawn digits, each turned by a multiple of 90 degrees, a logistic model of these doubts alone
# tells four digits' way up in 98.7% of all numbers, and in none gave more than 0.99 to a wrong one.
RULED_OUT = 1e-4  # probability: a digit with less of it is ruled out, and no less likely than that
EVIDENCE = 0.14  # in favour of upright, for each unit of log-probability lost by another digit
CLEAR = 0.92  # of the most evidence: digits that have more than this stand upright
TURN_EVIDENCE = 7.0  # nats, e to the power of 7: one picture in a thousand lies on its side
TILT_EVIDENCE = 4.0  # nats: of fifty pictures one is held at a slant
FEW = 3  # pieces: an N on its side is a 2, and many a letter that leans is some digit, so fewer
FEW_TRUST = 0.5  # are not tilted, and not sure if they were turned
MOST_STROKES = 2  # pieces of a digit: more of them are digits of a line that lies on its side
SYMMETRIC = (0, 1, 8)  # upside down they are the same: nothing could tell, nor need it
STANDING = 0.8  # of the most evidence: on average digits that stand upright have more
LEAST_GAIN = 3.0  # nats by which the digits of a tilted picture must be clearer than before
DOUBTED = 0.65  # of the most evidence: what has less is more likely turned, or no digit
RIVAL = 3.0  # nats: with less between two ways up the picture is not sure
STEEPEST = 30  # degrees of tilt that are tried, in steps of
TILT_STEP = 15  # degrees: a digit that leans less is told as well as one that does not
ALIKE = 2.0  # times as long: digits of one hand are no more unlike
MOST_SEEN = 16  # pieces: so many tell enough


def measure_uprightness(probabilities: np.ndarray) -> np.ndarray:
    """Evidence that digits stand upright, in nats, 0 (none) to MOST_EVIDENCE: float64 (N,).

    Args:
        probabilities: of each digit, float32 (N, 10).
    """
    return -EVIDENCE * np.log(np.maximum(probabilities, RULED_OUT)).sum(axis=1, dtype=float)


MOST_EVIDENCE = float(measure_uprightness(np.eye(10)[:1])[0])


class Turn(NamedTuple):
    """How a picture must be turned to be read, in degrees clockwise."""

    quarter: int  # 0, 90, 180 or 270
    tilt: int  # -STEEPEST to STEEPEST, beyond that
    sure: bool  # no other way up is nearly as likely, or likelier
    trust: float  # 0 to 1, what is left of the digits' confidence


UPRIGHT = Turn(0, 0, sure=True, trust=1.0)


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
    if not blobs or (len(blobs) <= MOST_STROKES * len(digits) and are_upright(digits, CLEAR)):
        return UPRIGHT
    if len(digits) == 1 and len(blobs) <= MOST_STROKES:  # a 4 of two strokes
        images = digits[0].image[np.newaxis]
    else:
        images = np.stack([draw_glyph(level, blob) for blob in blobs[:MOST_SEEN]])
    evidence: dict[int, float] = {}

    def weigh(angles: Iterable[int]) -> None:
        for angle in angles:
            turned = classify(_turn_images(images, angle)).digits
            evidence[angle % 360] = float(measure_uprightness(turned).sum())

    weigh(range(0, 360, 2 * TILT_STEP))
    best = max(evidence, key=evidence.get)
    weigh(a for a in (best - TILT_STEP, best + TILT_STEP) if abs(_split(a)[1]) <= STEEPEST)
    turn = _decide(evidence, len(images))
    if not turn.quarter and all(digit.probabilities.argmax() in SYMMETRIC for digit in digits):
        return turn._replace(sure=True)
    return turn


def _decide(evidence: dict[int, float], count: int) -> Turn:
    """The turn that so much evidence for each angle, from `count` pieces, calls for."""
    best = {}  # by quarter: the angle with the most evidence
    for angle in sorted(evidence, key=evidence.get):
        best[_split(angle)[0]] = angle
    gains = {quarter: evidence[angle] - evidence[best[0]] for quarter, angle in best.items()}
    quarter = max(gains, key=gains.get)
    if gains[quarter] < TURN_EVIDENCE:
        quarter = 0
    rival = max(gain for other, gain in gains.items() if other != quarter) - gains[quarter]
    sure = rival <= (-RIVAL if quarter else RIVAL)
    if count < FEW:
        return Turn(quarter, 0, sure, FEW_TRUST if quarter else 1.0)
    tilt = _split(best[quarter])[1]
    if evidence[best[quarter]] - evidence[quarter] < TILT_EVIDENCE:
        tilt = 0
    return Turn(quarter, tilt, sure, 1.0)


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


def _weigh(digits: Sequence[Candidate]) -> np.ndarray:
    """The evidence of each digit as it was read."""
    return measure_uprightness(np.array([d.probabilities for d in digits]).reshape(-1, 10))


def _split(degrees: int) -> tuple[int, int]:
    """The nearest multiple of 90, 0 to 270, and what is left, -45 to 45: 330 is 0 and -30."""
    quarter = round(degrees / 90) * 90
    return quarter % 360, degrees - quarter


def _turn_images(images: np.ndarray, degrees: int) -> np.ndarray:
    """uint8 (N, 28, 28): the images turned clockwise about their middle."""
    middle = (FRAME_SIZE - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), -degrees, 1)
    return np.stack([cv2.warpAffine(image, matrix, image.shape) for image in images])
