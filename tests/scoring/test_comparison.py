"""McNemar's test, against sums that anybody can do, and the words that are made of it."""

import json
from math import comb

import numpy as np
import pytest

from scoring.comparison import compare_models, compute_mcnemar
from scoring.metrics import score_probabilities
from scoring.pictures import PictureResult, is_right, score_pictures
from scoring.report import format_comparison, format_differences, format_json


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (0, 0, 1),
        (5, 0, 2 / 32),
        (0, 6, 2 / 64),
        (1, 9, 2 * (1 + 10) / 1024),
        (2, 3, 1),
        (7, 7, 1),
        (121, 59, 2 * sum(comb(180, k) for k in range(60)) / 2**180),
    ],
)
def test_the_p_value_is_that_of_a_coin(first, second, expected):
    assert compute_mcnemar(first, second) == pytest.approx(expected, rel=1e-3)
    assert compute_mcnemar(second, first) == compute_mcnemar(first, second)


def test_thousands_of_cases_are_no_trouble():
    assert compute_mcnemar(5000, 5000) == 1
    assert compute_mcnemar(20_000, 0) == 0
    # The normal approximation, of which the exact value is not far with so many.
    assert compute_mcnemar(5100, 4900) == pytest.approx(0.0466, abs=1e-3)


def compare(first, second):
    """Of models that answer 1 for right and 0 for wrong, on images of a 1."""
    truth = np.ones(len(first), int)
    scores = [score_probabilities(np.eye(10)[answers], truth) for answers in (first, second)]
    right = [np.equal(answers, 1) for answers in (first, second)]
    return compare_models(["a.h5", "b.h5"], scores, right)


def test_cases_are_counted_in_pairs():
    comparison = compare([1, 1, 1, 0, 0], [1, 0, 0, 1, 0])
    assert comparison[2:6] == (1, 2, 1, 1)
    assert comparison.p_value == 1
    assert comparison.may_be_luck


def test_luck_is_told_from_a_difference():
    few = format_comparison(compare([1] * 5 + [0], [0] * 5 + [0])).splitlines()
    assert few[-2:] == [
        "A is right more often, but this may be luck: two equally good models differ",
        "so much, or more, in 6.2% of such comparisons (McNemar's test).",
    ]
    many = format_comparison(compare([0] * 12, [1] * 12)).splitlines()
    assert many[-2:] == [
        "B is right more often, and hardly by luck: two equally good models differ",
        "so much, or more, in less than 0.1% of such comparisons (McNemar's test).",
    ]


def test_equal_models_are_called_so():
    assert format_comparison(compare([1, 0], [0, 1])).endswith(
        "Neither is better: each is right as often where the other is wrong."
    )


def test_figures_stand_side_by_side():
    lines = format_comparison(compare([1, 1, 1, 0], [1, 0, 1, 0])).splitlines()
    assert lines[:3] == [
        "                         A         B",
        "accuracy            75.00%    50.00%",
        "errors                   1         2",
    ]
    assert lines[-4:-2] == [
        "both alike        2 right in both, 1 wrong in both, of 4 images",
        "",
    ]
    assert max(map(len, lines)) <= 80


def test_json_has_both_scores_and_the_test():
    told = json.loads(format_json(compare([1, 1], [1, 0])))
    assert list(told) == [
        *("models", "scores", "both_right", "only_first_right", "only_second_right"),
        *("both_wrong", "p_value", "may_be_luck"),
    ]
    assert [scores["errors"] for scores in told["scores"]] == [0, 1]


def test_pictures_that_one_alone_reads_right_are_named():
    first = [PictureResult("a.png", "7", "", "7"), PictureResult("b.png", "1", "", "7")]
    second = [PictureResult("a.png", "7", "", "1"), PictureResult("b.png", "1", "", "7")]
    assert format_differences(first, second).splitlines() == [
        "pictures that one alone reads right",
        "  a.png  is 7, read 1 by B",
    ]
    assert format_differences(first, first) == ""
    right = [[is_right(result) for result in results] for results in (first, second)]
    scores = [score_pictures(results) for results in (first, second)]
    comparison = compare_models(["a.h5", "b.h5"], scores, right)
    assert "silent errors            0         0" in format_comparison(comparison).splitlines()
