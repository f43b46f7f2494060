"""The metrics, against values worked out by hand or published."""

import numpy as np
import pytest

from scoring.metrics import (
    DigitScore,
    calibration_error,
    confusion_matrix,
    cross_entropy,
    most_confused,
    score_digits,
    score_probabilities,
    wilson_interval,
)


def sure_rows(digits, confidence=1.0):
    """float (N, 10): the probability of one digit is `confidence`, the rest goes to the next."""
    rows = np.zeros((len(digits), 10))
    for row, digit in zip(rows, digits, strict=True):
        row[digit], row[(digit + 1) % 10] = confidence, 1 - confidence
    return rows


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
        # Medicine 17 (1998), table I, method 3, to its four decimals.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),  # n / (n + z^2) by hand
    ],
)
def test_wilson_interval_is_the_published_one(right, total, low, high):
    assert wilson_interval(right, total) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_stays_inside_the_possible():
    assert wilson_interval(0, 3)[0] == 0
    assert wilson_interval(3, 3)[1] == 1


def test_cross_entropy_is_the_mean_of_minus_log_of_the_true_probability():
    probabilities = np.zeros((2, 10))
    probabilities[0, 3], probabilities[1, 4] = 0.5, 0.125
    expected = (np.log(2) + np.log(8)) / 2  # 2 ln 2
    assert cross_entropy(probabilities, np.array([3, 4])) == pytest.approx(expected)


def test_cross_entropy_of_an_impossible_truth_is_finite():
    loss = cross_entropy(np.eye(10)[[1]], np.array([0]))
    assert loss == pytest.approx(16.11809565)  # -ln(1e-7)


def test_confusion_matrix_has_the_truth_in_rows():
    confusion = confusion_matrix(np.array([4, 4, 9]), np.array([9, 4, 9]))
    expected = np.zeros((10, 10), int)
    expected[4, 9] = expected[4, 4] = expected[9, 9] = 1
    np.testing.assert_array_equal(confusion, expected)


def test_score_digits_are_those_worked_out_by_hand():
    # 1 is there four times and read three times rightly; two 7 are read as 1.
    confusion = np.zeros((10, 10), int)
    confusion[1, 1], confusion[1, 7], confusion[7, 1] = 3, 1, 2
    one = score_digits(confusion)[1]
    assert one == (1, *map(pytest.approx, (3 / 5, 3 / 4, 2 / 3)), 4)


def test_score_digits_of_a_digit_that_is_not_there_are_zero():
    absent = score_digits(np.zeros((10, 10), int))[5]
    assert absent == DigitScore(5, precision=0, recall=0, f1=0, support=0)


def test_score_digits_count_missed_digits_against_recall_and_extra_ones_against_precision():
    two = np.eye(10, dtype=int)[2]
    metrics = score_digits(np.diag(3 * two), missed=two, extra=2 * two)[2]
    assert metrics.support == 4
    assert metrics.recall == pytest.approx(3 / 4)
    assert metrics.precision == pytest.approx(3 / 5)


def test_calibration_error_is_the_weighted_gap_of_the_bins():
    # Two bins hold something: 0.9 twice (one right: gap 0.4), 0.3 twice (none right: gap 0.3).
    error = calibration_error([0.9, 0.9, 0.3, 0.3], [True, False, False, False])
    assert error == pytest.approx(0.5 * 0.4 + 0.5 * 0.3)


def test_calibration_bins_are_closed_on_the_right():
    # With two bins 0.5 and 0.4 share the lower one, and their gaps (-0.5, +0.6) are added up;
    # were 0.5 in the upper bin, the error would be their mean size, 0.55.
    assert calibration_error([0.5, 0.4], [False, True], bins=2) == pytest.approx(0.05)


def test_calibration_error_of_the_extremes_fits_in_the_bins():
    assert calibration_error([0.0, 1.0], [False, True]) == 0


def test_most_confused_lists_the_worst_pairs_first_and_no_right_ones():
    confusion = np.zeros((10, 10), int)
    confusion[4, 9], confusion[7, 1], confusion[3, 5], confusion[8, 8] = 2, 5, 1, 100
    assert most_confused(confusion.tolist(), count=2) == [(7, 1, 5), (4, 9, 2)]


def test_score_probabilities_counts_and_compares():
    scores = score_probabilities(sure_rows([3, 5, 5, 8]), np.array([3, 5, 6, 8], np.uint8))
    assert (scores.accuracy, scores.errors, scores.total) == (0.75, 1, 4)
    assert scores.confusion[6][5] == 1
    assert scores.ece == pytest.approx(0.25)
