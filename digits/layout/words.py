"""Digits or letters: what the network's second head makes of a piece, and of those beside it.

A lone 1 or 0 may as well be an l or an o. Those of one word are all digits or all letters, nearly
always: each piece tells for its neighbours, the less the wider the gap between them.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from digits.layout.lines import split_lines
from digits.network import SIGN_KINDS
from digits.segment.grouping import Candidate

DIGIT, OTHER = SIGN_KINDS.index("digit"), SIGN_KINDS.index("other")
ONE = 1  # the digit that is written like a bracket, a slash or an l
MOST_ODDS = 3.0  # log-odds: no piece tells more than this, of itself or for its neighbours
PRIOR = 2.0  # log-odds of a digit before the piece is seen: people hand in numbers
ENOUGH = 0.95  # probability of a digit from which nothing is left to doubt
# Chance that a piece is a digit where its neighbour is a letter, or the other way round: inside a
# word, and across a gap so wide that it parts words. In between it grows with the gap.
SWITCH = (0.03, 0.5)
GAPS = (1.5, 3.0)  # times the usual gap in the line: inside a word at most, between words at least
LEAST_GAP = 0.15  # heights: digits that touch have no gap to compare with
FAR = 2.5  # heights: a gap that parts words in any line


def weigh_digits(pieces: Sequence[Candidate]) -> np.ndarray:
    """How likely each piece is a digit, and no letter nor anything else: float (n,), 0 to 1.

    All are 1 where that is likely ENOUGH, and where the model has no second head.
    """
    if not pieces or pieces[0].signs is None:
        return np.ones(len(pieces))
    signs = np.stack([piece.signs for piece in pieces])
    ones = np.array([piece.probabilities.argmax() == ONE for piece in pieces])
    own = _to_odds(np.where(ones, 1 - signs[:, OTHER], signs[:, DIGIT]))
    no_letter = _to_odds(1 - signs[:, OTHER])
    odds = np.minimum(own, no_letter)
    for line in split_lines([piece.blob for piece in pieces]):
        together = _weigh_line([pieces[i] for i in line], no_letter[line])
        odds[line] = np.minimum(own[line], together)
    return np.minimum(1, _to_probability(odds + PRIOR) / ENOUGH)


def _to_probability(odds: float | np.ndarray) -> float | np.ndarray:
    return 1 / (1 + np.exp(-odds))


def _to_odds(probability: np.ndarray) -> np.ndarray:
    sure = _to_probability(MOST_ODDS)
    probability = np.clip(probability, 1 - sure, sure)
    return np.log(probability / (1 - probability))


def _weigh_line(pieces: list[Candidate], odds: np.ndarray) -> np.ndarray:
    """Log-odds of the pieces of a line, each with what its neighbours tell: a Markov chain."""
    switches = _find_switches(pieces)
    told = np.zeros((2, len(odds)))  # by the pieces before each, and by those after
    for i, switch in enumerate(switches):
        told[0, i + 1] = _pass_on(odds[i] + told[0, i], switch)
    for i, switch in reversed(list(enumerate(switches))):
        told[1, i] = _pass_on(odds[i + 1] + told[1, i + 1], switch)
    return odds + told.sum(axis=0)


def _pass_on(odds: float, switch: float) -> float:
    """What a piece of these log-odds tells of its neighbour."""
    digit = _to_probability(odds)
    digit = digit * (1 - switch) + (1 - digit) * switch
    return float(np.log(digit / (1 - digit)))


def _find_switches(pieces: list[Candidate]) -> np.ndarray:
    """The chance of a change from letter to digit, or back, at each gap: float (n - 1,)."""
    blobs = [piece.blob for piece in pieces]
    height = np.median([blob.height for blob in blobs])
    gaps = np.array([b.x - a.right for a, b in pairwise(blobs)]) / height
    if not len(gaps):
        return gaps
    usual = max(LEAST_GAP, float(np.percentile(gaps, 50, method="lower")))
    return np.where(gaps > FAR, SWITCH[1], np.interp(gaps / usual, GAPS, SWITCH))
