"""How good answers to single images are: accuracy, interval, per-digit metrics, calibration.

NumPy only. Every score is made of Python numbers and lists; report.format_json writes it as JSON.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

CLASSES = 10
CALIBRATION_BINS = 15  # as in Guo et al. 2017
_Z_95 = 1.959963984540054  # 97.5% quantile of the normal distribution: a two-sided 95% interval
_SMALLEST_PROBABILITY = (
    1e-7  # where Keras clips too: one absurd answer must not make the loss infinite
)


class DigitScore(NamedTuple):
    """How well one digit is read; shares from 0 to 1."""

    digit: int
    precision: float  # of what was read as this digit, the share that is one
    recall: float  # of this digit's images, the share that was read as one
    f1: float  # the harmonic mean of the two
    support: int  # how many there are


class Scores(NamedTuple):
    """Every metric of a classifier on labelled images."""

    accuracy: float
    errors: int
    total: int
    interval: tuple[float, float]  # of the accuracy, 95%
    loss: float  # cross-entropy, in nats
    ece: float  # expected calibration error
    per_digit: list[DigitScore]
    confusion: list[list[int]]  # 10 rows of true digits, 10 columns of digits read


class Share(NamedTuple):
    """How many of `total` answers are right."""

    accuracy: float
    errors: int
    total: int
    interval: tuple[float, float]  # of the accuracy, 95%


def score_probabilities(probabilities: np.ndarray, labels: np.ndarray) -> Scores:
    """Every metric of a classifier.

    `probabilities`: float (N, 10), rows sum to 1; `labels`: int (N,), 0..9; N at least 1.
    """
    read = probabilities.argmax(axis=1)  # (N, 10) -> (N,)
    right = read == labels
    confusion = confusion_matrix(labels, read)
    return Scores(
        *count_share(int((~right).sum()), len(labels)),
        loss=cross_entropy(probabilities, labels),
        ece=calibration_error(probabilities.max(axis=1), right),
        per_digit=score_digits(confusion),
        confusion=confusion.tolist(),
    )


def count_share(errors: int, total: int) -> Share:
    """Accuracy, errors, total and the 95% interval of the accuracy."""
    right = total - errors
    return Share(right / total, errors, total, wilson_interval(right, total))


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """The 95% interval of a share `right / total`, both ends within 0..1.

    Wilson's score interval, which stays inside 0..1 and keeps its promise near 100%, where the
    textbook's p +- 1.96 * sqrt(p * (1 - p) / n) does neither. E. B. Wilson, "Probable inference,
    the law of succession, and statistical inference", JASA 22 (1927), 209-212.
    """
    share = right / total
    spread = _Z_95**2 / total
    centre = (share + spread / 2) / (1 + spread)
    half = np.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean of -log(probability of the true digit), in nats. Shapes as in score_probabilities."""
    of_truth = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.clip(of_truth, _SMALLEST_PROBABILITY, 1.0)).mean())


def confusion_matrix(true: np.ndarray, read: np.ndarray) -> np.ndarray:
    """int64 (10, 10): how often the row's digit was read as the column's. Both int (N,), 0..9."""
    pairs = np.asarray(true, np.int64) * CLASSES + np.asarray(read, np.int64)
    return np.bincount(pairs, minlength=CLASSES**2).reshape(CLASSES, CLASSES)


def score_digits(
    confusion: np.ndarray, missed: np.ndarray | int = 0, extra: np.ndarray | int = 0
) -> list[DigitScore]:
    """Precision, recall, F1 and support of each digit 0..9.

    A share of nothing (precision of a digit never read, recall of one that is not there) is 0, as
    in scikit-learn's default. `missed` and `extra`, int (10,), are what the matrix has no room for:
    they count against recall and precision.
    """
    right = np.diag(confusion)
    support = confusion.sum(axis=1) + missed
    claimed = confusion.sum(axis=0) + extra
    precision = right / np.maximum(claimed, 1)
    recall = right / np.maximum(support, 1)
    f1 = 2 * right / np.maximum(support + claimed, 1)  # the harmonic mean of the two, as counts
    columns = (values.tolist() for values in (precision, recall, f1, support))
    return [DigitScore(digit, *row) for digit, row in enumerate(zip(*columns, strict=True))]


def calibration_error(
    confidences: np.ndarray, right: np.ndarray, *, bins: int = CALIBRATION_BINS
) -> float:
    """Expected calibration error, 0..1: how far confidence and accuracy lie apart on average.

    Equal bins, closed on the right, weighted by what is in them: C. Guo et al., "On calibration of
    modern neural networks", ICML 2017. `confidences`: float (N,), 0..1; `right`: bool (N,).
    """
    confidences = np.asarray(confidences, np.float64)
    edges = np.arange(1, bins) / bins
    bin_of = np.searchsorted(edges, confidences, side="left")
    gap = np.bincount(bin_of, weights=np.asarray(right, np.float64) - confidences, minlength=bins)
    return float(np.abs(gap).sum() / len(confidences))


def most_confused(confusion: Sequence[Sequence[int]], *, count: int = 5) -> list[tuple]:
    """The pairs (true, read, times) that were confused most often, the worst first."""
    pairs = [
        (true, read, int(times))
        for true, row in enumerate(confusion)
        for read, times in enumerate(row)
        if times and true != read
    ]
    return sorted(pairs, key=lambda pair: -pair[2])[:count]
