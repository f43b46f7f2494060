"""Digits or letters: what the network makes of a piece of ink, and of those beside it.

A lone 1 or 0 may as well be an l or an o. Those of one word are all digits or all letters, nearly
always: each piece tells for its neighbours, the less the wider the gap between them.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from digits.layout.lines import split_lines
from digits.network import SIGN_KINDS
from digits.segment.blobs import Blob
from digits.segment.candidates import DIGIT, OTHER, Candidate

SIMPLE = [SIGN_KINDS.index(kind) for kind in "()/.,:-"]  # strokes and dots
ONE = 1  # the digit that is written like a bracket, a slash or an l
MOST_ODDS = 3.0  # log-odds: no piece tells more than this of itself
PRIOR = 2.0  # log-odds of a digit before the piece is seen: people hand in numbers
ENOUGH = 0.95  # probability of a digit from which nothing is left to doubt
# What a piece tells for its neighbours, in log-odds. Letters are often taken for digits, digits
# seldom for letters: what the network says counts SHIFT less, and more against a number than for
# one. A stroke may always be a letter, or a part of one that was cut.
SHIFT = 2.0
LEAST_TOLD, MOST_TOLD, MOST_TOLD_BY_ONE = -6.0, 1.5, 0.5
# Chance that a piece is a digit where its neighbour is a letter, or the other way round: inside a
# word, and across a gap so wide that it parts words. In between it grows with the gap.
SWITCH = (0.005, 0.5)
GAPS = (1.5, 3.0)  # times the usual gap in the line: inside a word at most, between words at least
LEAST_GAP = 0.15  # heights: digits that touch have no gap to compare with
FAR = 2.5  # heights: a gap that parts words in any line
# Log-odds below which a piece is a letter, beside another of at least these: a picture of which
# nothing is plainly a number is read as one all the same, and doubted.
LETTER, PLAIN = -2.0, 1.4
NOTE = 0.4  # of the height of plain digits: what is lower belongs to a small note


def weigh_digits(
    pieces: Sequence[Candidate], lines: Sequence[Sequence[int]] | None = None
) -> np.ndarray:
    """How likely each piece is a digit, and no letter nor anything else: float (n,), 0 to 1.

    All are 1 where that is likely ENOUGH, and where the model has no second head.

    Args:
        pieces: all that were read as digits.
        lines: their indices, line by line, if they are known.
    """
    if not pieces or pieces[0].signs is None:
        return np.ones(len(pieces))
    own, no_letter, told = _weigh_alone(pieces)
    if lines is None:
        lines = split_lines([piece.blob for piece in pieces])
    odds = np.minimum(own, no_letter + _hear_neighbours(pieces, lines, told))
    return np.minimum(1, _to_probability(odds + PRIOR) / ENOUGH)


def find_letters(pieces: Sequence[Candidate], lines: Sequence[Sequence[int]]) -> np.ndarray:
    """Which pieces are letters of a word that stands beside a number: bool (n,).

    None are where no piece is PLAIN a digit, and where the model has no second head. Of small notes
    only what surely is a digit was read as one.

    Args:
        pieces: all that were read as digits.
        lines: their indices, line by line.
    """
    none = np.zeros(len(pieces), bool)
    if len(pieces) < 2 or pieces[0].signs is None:
        return none
    _, _, told = _weigh_alone(pieces)
    if told.min() >= 0:  # most pictures: no piece tells of letters
        return none
    odds = told + _hear_neighbours(pieces, lines, told)
    if odds.max() < PLAIN:
        return none
    heights = np.array([piece.blob.height for piece in pieces])
    return (odds < LETTER) & (heights >= NOTE * np.median(heights[odds >= PLAIN]))


def leave_words(ink: Sequence[Blob], letters: Sequence[Blob], digits: Sequence[Blob]) -> list[bool]:
    """Of each piece of other ink whether it is nearer to a digit than to a letter."""
    near, far = _list_sides(digits), _list_sides(letters)
    return [_find_distance(blob, near) < _find_distance(blob, far) for blob in ink]


def _list_sides(blobs: Sequence[Blob]) -> np.ndarray:
    """The left, top, right and bottom of each: int (n, 4)."""
    return np.array([(blob.x, blob.y, blob.right, blob.bottom) for blob in blobs])


def _find_distance(blob: Blob, others: np.ndarray) -> float:
    """Pixels from one box to the nearest of others, see _list_sides."""
    x, y, right, bottom = others.T
    aside = np.maximum(np.maximum(x - blob.right, blob.x - right), 0)
    above = np.maximum(np.maximum(y - blob.bottom, blob.y - bottom), 0)
    return float(np.hypot(aside, above).min())


def _to_probability(odds: float | np.ndarray) -> float | np.ndarray:
    return 1 / (1 + np.exp(-odds))


def _to_odds(probability: np.ndarray, most: float) -> np.ndarray:
    sure = _to_probability(most)
    probability = np.clip(probability, 1 - sure, sure)
    return np.log(probability / (1 - probability))


def _weigh_alone(pieces: Sequence[Candidate]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-odds of each piece as a digit, and as no letter, and what it tells for its neighbours."""
    signs = np.stack([piece.signs for piece in pieces])
    probabilities = np.stack([piece.probabilities for piece in pieces])
    ones = probabilities.argmax(axis=1) == ONE
    no_letter = 1 - signs[:, OTHER]
    digit = np.where(ones, no_letter, np.minimum(signs[:, DIGIT], no_letter))
    worst = np.minimum(digit, probabilities.max(axis=1))
    simple = signs[:, SIMPLE].sum(axis=1) > 0.5  # of these no digit can be told, nor a letter
    told = _to_odds(np.where(simple, no_letter, worst), SHIFT - LEAST_TOLD) - SHIFT
    most = np.where(ones | simple, MOST_TOLD_BY_ONE, MOST_TOLD)
    told = np.clip(told, LEAST_TOLD, most)
    return _to_odds(digit, MOST_ODDS), _to_odds(no_letter, MOST_ODDS), told


def _hear_neighbours(
    pieces: Sequence[Candidate], lines: Sequence[Sequence[int]], told: np.ndarray
) -> np.ndarray:
    """Log-odds of a digit that its neighbours tell of each piece: float (n,), 0 without any."""
    heard = np.zeros(len(pieces))
    for line in lines:
        heard[line] = _hear_line([pieces[i].blob for i in line], told[line])
    return heard


def _hear_line(blobs: Sequence[Blob], told: np.ndarray) -> np.ndarray:
    """What the neighbours tell of each piece of a line: a Markov chain."""
    heard = np.zeros((2, len(told)))  # from the pieces before each, and from those after
    switches = _find_switches(blobs)
    for i, switch in enumerate(switches):
        heard[0, i + 1] = _pass_on(told[i] + heard[0, i], switch)
    for i, switch in reversed(list(enumerate(switches))):
        heard[1, i] = _pass_on(told[i + 1] + heard[1, i + 1], switch)
    return heard.sum(axis=0)


def _pass_on(odds: float, switch: float) -> float:
    """What a piece of these log-odds tells of its neighbour."""
    digit = _to_probability(odds)
    digit = digit * (1 - switch) + (1 - digit) * switch
    return float(np.log(digit / (1 - digit)))


def _find_switches(blobs: Sequence[Blob]) -> np.ndarray:
    """The chance of a change from letter to digit, or back, at each gap: float (n - 1,)."""
    if len(blobs) < 2:
        return np.zeros(0)
    height = np.median([blob.height for blob in blobs])
    gaps = np.array([b.x - a.right for a, b in pairwise(blobs)]) / height
    usual = max(LEAST_GAP, float(np.percentile(gaps, 50, method="lower")))
    return np.where(gaps > FAR, SWITCH[1], np.interp(gaps / usual, GAPS, SWITCH))
