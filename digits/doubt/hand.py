"""One hand writes a digit alike each time: what the sure digits of a page tell of the doubted ones.

MNIST's writers hardly ever begin a 1 with a stroke upwards, and the network takes those of other
people for sevens. Where there is a 7 of the same hand to compare it with, such a 1 is plain.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from digits.segment.candidates import ONE, Candidate

# The numbers were fitted to digits of drawn pages, of MNIST's training images put together at
# random (no hand tells anything there), and of pictures of other people's numbers.
SEVEN = 7
ONE_WEIGHT = 2.0  # nats, for a 1 against a 7 beside a sure one; alone it would misread sevens
SURE = 4.0  # nats between the likeliest digit and the next: with more it tells of the hand,
DOUBTED = 7.0  # and with less something may be left to tell of it
FLOOR = 1e-6  # probability: no digit is less likely than that
# How far a digit is from the nearest sure one of a kind, 1 less the cosine: the usual distance
# where it is of that kind, what grain does of it, and nats for each nat by which it is nearer.
USUAL, GRAIN, LIKENESS = 0.15, 0.02, 1.5
MOST_SEEN = 8  # digits of a kind that one is compared with
DIRECTIONS = np.linspace(0, 2 * np.pi, 8, endpoint=False, dtype=np.float32)  # of the edges
BLUR = 1.0  # pixels
CELLS = 14  # a side


def settle_hand(digits: Sequence[Candidate]) -> list[Candidate]:
    """The digits of a page, each with the probabilities that all of them together leave it."""
    chances = np.array([digit.probabilities for digit in digits]).reshape(-1, 10)
    likely = np.maximum(chances, FLOOR)
    behind = np.log(likely.max(axis=1, initial=FLOOR, keepdims=True) / likely)
    possible = behind < DOUBTED
    doubted = possible.sum(axis=1) > 1
    sure = (behind < SURE).sum(axis=1) == 1
    edges: dict[int, np.ndarray] = {}
    for kind in range(10):
        known = np.flatnonzero(sure & (behind[:, kind] == 0))[:MOST_SEEN].tolist()
        for i in np.flatnonzero(doubted & possible[:, kind]).tolist():
            others = [k for k in known if k != i]
            if not others:
                continue
            for k in {i, *others} - edges.keys():
                edges[k] = draw_edges(digits[k].image)
            nearest = max(0.0, 1 - max(float(edges[i] @ edges[k]) for k in others))
            chances[i, kind] *= ((nearest + GRAIN) / (USUAL + GRAIN)) ** -LIKENESS
            if kind == SEVEN:
                chances[i] = _weigh_one(chances[i])
    settled = list(digits)
    for i in np.flatnonzero(doubted).tolist():
        settled[i] = digits[i]._replace(probabilities=chances[i] / chances[i].sum())
    return settled


def _weigh_one(chances: np.ndarray) -> np.ndarray:
    """The chances of the ten digits, those of 1 and 7 shared between them by ONE_WEIGHT."""
    one, seven = chances[ONE] * np.exp(ONE_WEIGHT), chances[SEVEN]
    weighed = chances.copy()
    weighed[[ONE, SEVEN]] = np.array([one, seven]) * (chances[ONE] + seven) / (one + seven)
    return weighed


def draw_edges(image: np.ndarray) -> np.ndarray:
    """The edges in an image, direction by direction, cell by cell: float32 (N,), of length 1.

    Args:
        image: uint8 (28, 28).
    """
    ink = cv2.GaussianBlur(image.astype(np.float32), (0, 0), BLUR)
    right, down = cv2.Sobel(ink, cv2.CV_32F, 1, 0), cv2.Sobel(ink, cv2.CV_32F, 0, 1)
    steep, angles = np.hypot(right, down), np.arctan2(down, right)
    along = np.maximum(0, np.cos(angles[..., np.newaxis] - DIRECTIONS)) ** 2
    layers = cv2.GaussianBlur(steep[..., np.newaxis] * along, (0, 0), BLUR)
    edges = layers.reshape(CELLS, -1, CELLS, len(image) // CELLS, len(DIRECTIONS)).mean(axis=(1, 3))
    return edges.ravel() / max(1e-6, float(np.linalg.norm(edges)))
