"""What is told of a trial, and when a taught network is worth keeping."""

import numpy as np
import pytest

from digits.results import Digit
from scoring.labels import LabelledPicture
from scoring.pictures import PictureResult
from training.hand import trial
from training.hand.pictures import CutPicture
from training.hand.trial import Cost, Trial, describe_trial, find_problem, join_trials, try_folds
from training.hand.tuning import Course, OwnDigits


def read(label, text):
    digits = [Digit(int(d), 0.9, True, (0, 0, 9, 9), 0, [], np.zeros((28, 28))) for d in text]
    return PictureResult("a.png", label, "", text, digits, text)


NO_COST = Cost(23, 23, 5000)
WRONG, WORSE, RIGHT = read("74", "24"), read("74", "21"), read("74", "74")


@pytest.mark.parametrize(
    ("before", "after", "cost", "problem"),
    [
        ([WRONG], [RIGHT], NO_COST, ""),
        ([WORSE], [WRONG], NO_COST, ""),  # as many pictures, fewer digits
        ([WRONG], [WRONG], NO_COST, "it reads the pictures held out no better"),
        ([RIGHT, WORSE], [WRONG, WRONG], NO_COST, "it reads the pictures held out no better"),
        ([WRONG], [RIGHT], Cost(23, 28, 5000), ""),
        (
            *([WRONG], [RIGHT], Cost(23, 29, 5000)),
            "it misreads 6 more of the 5,000 images held out",
        ),
        ([WRONG], [RIGHT], Cost(2, 3, 100), ""),
        ([], [], NO_COST, ""),  # forced: nothing could be held out
    ],
)
def test_a_taught_network_is_kept_where_it_reads_better(before, after, cost, problem):
    assert find_problem(Trial(before, after), cost) == problem


def test_the_trial_is_told_in_few_words():
    told = Trial([WRONG] * 8 + [RIGHT] * 2, [RIGHT] * 9 + [WRONG])
    assert describe_trial(told, Cost(23, 24, 5000), data="MNIST").splitlines() == [
        "your pictures: 20.0% -> 90.0%, MNIST 99.54% -> 99.52%",
        "10 pictures, each read by a network that was taught with others: 8 put right,",
        "1 spoilt, hardly by luck; digits wrong in them: 8 -> 1.",
        "MNIST: 5,000 images held out of the training half, not the test images.",
    ]


def test_without_a_trial_only_the_cost_is_told():
    assert describe_trial(Trial([], []), Cost(1, 2, 100), data="drawn digits").splitlines() == [
        "drawn digits 99.00% -> 98.00%",
        "drawn digits: 100 images held out of the training half, not the test images.",
    ]


def test_trials_of_all_folds_are_one():
    joined = join_trials([Trial([WRONG], [RIGHT]), Trial([WORSE], [WRONG])])
    assert joined == Trial([WRONG, WORSE], [RIGHT, WRONG])
    assert join_trials([]) == Trial([], [])


def test_no_picture_is_read_by_a_network_that_was_taught_with_it(monkeypatch):
    pictures = [
        CutPicture(
            LabelledPicture(f"{n}.png", None, "7" * n, ""), read("7" * n, ""), None, np.zeros(n)
        )
        for n in (2, 0, 1, 3)
    ]
    own = OwnDigits(np.zeros((1, 6, 5, 5, 64)), np.zeros(6, np.uint8))
    taught, asked = [], []
    monkeypatch.setattr(trial, "teach_digits", lambda course, which: taught.append([*which]))
    monkeypatch.setattr(
        trial, "_read", lambda listed, network: asked.append([p.file for p in listed]) or [RIGHT]
    )
    list(try_folds(Course(None, None, own, 0), pictures, [[0, 2], [1], [3]]))
    assert asked == [["2.png", "1.png"], ["0.png"], ["3.png"]]
    assert taught == [[3, 4, 5], [0, 1, 2, 3, 4, 5], [0, 1, 2]]
