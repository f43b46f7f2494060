"""What teaching a hand brings: k-fold cross-validation on the pictures themselves.

Each picture is read by a network that was taught with the others only.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from digits.errors import hush_libraries
from digits.network import Network, classify_images
from scoring.comparison import LUCK, compute_mcnemar
from scoring.labels import LabelledPicture, read_labelled
from scoring.pictures import PictureResult, align_digits, is_right
from scoring.report import count_things
from training.hand.pictures import CutPicture
from training.hand.tuning import Course, teach_digits

MOST_COST = 0.001  # share of the validation images that teaching may cost


class Trial(NamedTuple):
    """What was read in the same pictures before teaching and after."""

    before: list[PictureResult]
    after: list[PictureResult]


class Cost(NamedTuple):
    """How many of `total` validation images were read wrong before teaching and after."""

    before: int
    after: int
    total: int


def try_folds(
    course: Course, pictures: Sequence[CutPicture], folds: Sequence[Sequence[int]]
) -> Iterator[Trial]:
    """The trial of each fold: its pictures read by a network taught with those of the others.

    Args:
        course: its own digits are those of all `pictures`, in their order.
        pictures: those that could be read.
        folds: places of the pictures, each in one fold.
    """
    of = np.repeat(np.arange(len(pictures)), [len(picture.labels) for picture in pictures])
    for fold in folds:
        which = np.flatnonzero(~np.isin(of, fold))
        taught = teach_digits(course, which) if len(which) else course.start
        held_out = [pictures[place] for place in fold]
        before = [picture.result for picture in held_out]
        yield Trial(before, _read([picture.listed for picture in held_out], taught))


def _read(listed: Sequence[LabelledPicture], network: Network) -> list[PictureResult]:
    with hush_libraries():
        answers = read_labelled(listed, lambda images: classify_images(network, images))
        return [answer.result for answer in answers]


def join_trials(trials: Sequence[Trial]) -> Trial:
    """One trial of all their pictures; an empty one of none."""
    before, after = ([result for trial in trials for result in trial[n]] for n in (0, 1))
    return Trial(before, after)


def count_right(results: Sequence[PictureResult]) -> int:
    """How many pictures were read right."""
    return sum(map(is_right, results))


def count_digit_errors(results: Sequence[PictureResult]) -> int:
    """How many digits were read wrong, missed or added."""
    aligned = align_digits(results)
    return len(aligned.wrong) + int(aligned.missed.sum())


def find_problem(trial: Trial, cost: Cost) -> str:
    """Why the taught network is not worth keeping; empty where it is.

    It is where more pictures are right, or as many with fewer wrong digits, and little is lost.
    """
    before, after = ((-count_right(results), count_digit_errors(results)) for results in trial)
    if trial.before and after >= before:
        return "it reads the pictures held out no better"
    lost = cost.after - cost.before
    if lost > max(1, MOST_COST * cost.total):  # one image may be ambiguous
        return f"it misreads {lost} more of the {cost.total:,} images held out"
    return ""


def describe_fold(trial: Trial) -> str:
    """What teaching brought to the pictures of a fold."""
    right = " -> ".join(str(count_right(results)) for results in trial)
    return f"{right} of {count_things(len(trial.before), 'picture')} right"


def describe_trial(trial: Trial, cost: Cost, *, data: str) -> str:
    """What teaching brings and costs; `data` is what the validation images are of."""
    shares = [f"{1 - errors / cost.total:.2%}" for errors in (cost.before, cost.after)]
    told = f"{data} {' -> '.join(shares)}"
    source = f"{data}: {cost.total:,} images held out of the training half, not the test images."
    if not trial.before:
        return f"{told}\n{source}"
    total = len(trial.before)
    right = " -> ".join(f"{count_right(results) / total:.1%}" for results in trial)
    digits = " -> ".join(f"{count_digit_errors(results):,}" for results in trial)
    pairs = [(is_right(first), is_right(second)) for first, second in zip(*trial, strict=True)]
    gained, lost = pairs.count((False, True)), pairs.count((True, False))
    luck = "may be luck" if compute_mcnemar(gained, lost) >= LUCK else "hardly by luck"
    return (
        f"your pictures: {right}, {told}\n"
        f"{count_things(total, 'picture')}, each read by a network that was taught with others: "
        f"{gained:,} put right,\n"
        f"{lost:,} spoilt, {luck}; digits wrong in them: {digits}.\n"
        f"{source}"
    )


def count_figures(trial: Trial, cost: Cost) -> dict[str, int]:
    """The trial as numbers, for the record."""
    return {
        "pictures": len(trial.before),
        "right_before": count_right(trial.before),
        "right_after": count_right(trial.after),
        "digit_errors_before": count_digit_errors(trial.before),
        "digit_errors_after": count_digit_errors(trial.after),
        "validation_size": cost.total,
        "validation_errors_before": cost.before,
        "validation_errors_after": cost.after,
    }
