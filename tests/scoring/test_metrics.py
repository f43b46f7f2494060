"""The metrics, against values worked out by hand or published."""

import json
from typing import NamedTuple

import numpy as np
import pytest

from scoring.metrics import (
    calibration_error,
    confusion_matrix,
    cross_entropy,
    digit_metrics,
    most_confused,
    score_probabilities,
    wilson_interval,
)
from scoring.pictures import (
    PictureResult,
    align_digits,
    align_texts,
    is_right,
    score_pictures,
    score_sources,
)


class Seen(NamedTuple):
    """A digit as digits.reading.Digit has it, as far as scoring looks at it."""

    digit: int
    confidence: float
    sure: bool


def read_as(label, text, *, confidence=0.9, sure=True, source="", file="a.png"):
    """A picture with this label in which this text was read; None: it could not be read."""
    digits = [Seen(int(c), confidence, sure) for c in (text or "") if c != "\n"]
    return PictureResult(file, label, source, text, digits)


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


def test_digit_metrics_are_those_worked_out_by_hand():
    # 1 is there four times and read three times rightly; two 7 are read as 1.
    confusion = np.zeros((10, 10), int)
    confusion[1, 1], confusion[1, 7], confusion[7, 1] = 3, 1, 2
    one = digit_metrics(confusion)[1]
    assert one == {
        "digit": 1,
        "precision": pytest.approx(3 / 5),
        "recall": pytest.approx(3 / 4),
        "f1": pytest.approx(2 / 3),
        "support": 4,
    }


def test_digit_metrics_of_a_digit_that_is_not_there_are_zero():
    absent = digit_metrics(np.zeros((10, 10), int))[5]
    assert absent == {"digit": 5, "precision": 0, "recall": 0, "f1": 0, "support": 0}


def test_digit_metrics_count_missed_digits_against_recall_and_extra_ones_against_precision():
    two = np.eye(10, dtype=int)[2]
    metrics = digit_metrics(np.diag(3 * two), missed=two, extra=2 * two)[2]
    assert metrics["support"] == 4
    assert metrics["recall"] == pytest.approx(3 / 4)
    assert metrics["precision"] == pytest.approx(3 / 5)


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


def test_score_probabilities_has_the_promised_fields_and_is_json():
    scores = score_probabilities(sure_rows([3, 5, 5, 8]), np.array([3, 5, 6, 8], np.uint8))
    assert json.loads(json.dumps(scores)) == scores
    assert list(scores) == [
        "accuracy",
        "errors",
        "total",
        "interval",
        "loss",
        "ece",
        "per_digit",
        "confusion",
    ]
    assert (scores["accuracy"], scores["errors"], scores["total"]) == (0.75, 1, 4)
    assert scores["confusion"][6][5] == 1
    assert scores["ece"] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("true", "read", "distance"),
    [
        *[("", "", 0), ("12", "", 2), ("", "12", 2), ("5033", "503", 1), ("1234", "234", 1)],
        *[("12", "21", 2), ("007", "1007", 1), ("314159", "31459", 1), ("3141", "5926", 4)],
    ],
)
def test_align_texts_finds_the_edit_distance(true, read, distance):
    pairs = align_texts(true, read)
    assert sum(i is None or j is None or true[i] != read[j] for i, j in pairs) == distance
    assert [i for i, _ in pairs if i is not None] == list(range(len(true)))
    assert [j for _, j in pairs if j is not None] == list(range(len(read)))


def test_align_texts_shifts_the_rest_behind_a_missed_digit():
    assert align_texts("1234", "134") == [(0, 0), (1, None), (2, 1), (3, 2)]


def test_a_picture_is_right_only_with_its_lines_as_labelled():
    assert is_right(read_as("12\n34", "12\n34"))
    assert not is_right(read_as("12\n34", "1234"))


def test_a_picture_without_a_digit_is_right_while_nothing_in_it_is_sure():
    assert is_right(read_as("", ""))
    assert is_right(read_as("", "7", sure=False))
    assert not is_right(read_as("", "7"))


def test_a_digit_that_is_not_sure_is_right_all_the_same():
    assert is_right(read_as("7", "7", sure=False))


@pytest.mark.parametrize("label", ["", "7"])
def test_a_file_that_could_not_be_read_is_wrong(label):
    assert not is_right(read_as(label, None))


def test_align_digits_sorts_them_into_confused_missed_and_extra():
    aligned = align_digits([read_as("5033", "503"), read_as("1", "17"), read_as("4", "9")])
    assert aligned.missed.tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert aligned.extra.tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert aligned.confusion[4, 9] == 1
    assert aligned.confusion.sum() == 5
    assert [digit.digit for digit in aligned.wrong] == [7, 9]


def test_align_digits_ignores_line_breaks():
    aligned = align_digits([read_as("12\n34", "1234")])
    assert aligned.confusion.trace() == 4
    assert not aligned.wrong


def test_align_digits_takes_doubted_ink_without_a_label_for_nothing():
    assert align_digits([read_as("", "7", sure=False)]).extra.sum() == 0
    assert align_digits([read_as("", "7")]).extra.sum() == 1


def test_score_pictures_has_the_promised_fields_and_is_json():
    scores = score_pictures([read_as("7", "1", source="me")])
    assert json.loads(json.dumps(scores)) == scores
    assert list(scores) == [
        *("accuracy", "errors", "total", "interval", "loss", "ece", "per_digit", "confusion"),
        *("missed", "extra", "digit_accuracy", "doubted", "believed", "per_source", "pictures"),
    ]
    assert scores["loss"] is None
    assert scores["pictures"] == [{"file": "a.png", "label": "7", "text": "1", "source": "me"}]


def test_score_pictures_counts_pictures_and_digits_apart():
    scores = score_pictures([read_as("5033", "503"), read_as("12", "12"), read_as("8", "81")])
    assert (scores["errors"], scores["total"]) == (2, 3)
    assert (scores["missed"], scores["extra"]) == (1, 1)
    assert scores["digit_accuracy"] == pytest.approx(1 - 2 / 7)


def test_score_pictures_counts_every_digit_of_an_unreadable_file_as_missed():
    scores = score_pictures([read_as("57", None)])
    assert (scores["errors"], scores["missed"], scores["digit_accuracy"]) == (1, 2, 0)
    assert scores["ece"] is None


def test_doubted_is_the_share_of_right_digits_that_are_not_sure():
    results = [read_as("7", "7", sure=False), read_as("123", "123"), read_as("4", "9", sure=False)]
    assert score_pictures(results)["doubted"] == pytest.approx(1 / 4)


def test_believed_is_the_share_of_pictures_without_a_digit_that_get_a_sure_one():
    results = [read_as("", "7"), read_as("", "71", sure=False), read_as("", ""), read_as("3", "3")]
    assert score_pictures(results)["believed"] == pytest.approx(1 / 3)


def test_shares_of_nothing_are_null():
    scores = score_pictures([read_as("", "")])
    for name in ("digit_accuracy", "doubted", "ece"):
        assert scores[name] is None
    assert score_pictures([read_as("7", "1")])["believed"] is None


def test_score_sources_counts_each_source_in_the_order_of_names():
    results = [read_as("1", "1", source="b"), read_as("2", "3", source="a")]
    first, second = score_sources([*results, read_as("4", "4", source="b")])
    assert (first["source"], first["errors"], first["total"]) == ("a", 1, 1)
    assert (second["source"], second["errors"], second["total"]) == ("b", 0, 2)


def test_score_sources_is_empty_when_no_picture_names_one():
    assert score_sources([read_as("1", "1")]) == []
