"""Two models side by side: whether one is better, or was only lucky with these pictures."""

from collections.abc import Sequence
from typing import NamedTuple

from scoring.metrics import Scores
from scoring.pictures import PictureScores

LUCK = 0.05  # from this p-value on a difference is said to be luck, perhaps


class Comparison(NamedTuple):
    """Two models on the same images or pictures, and McNemar's test of which is better."""

    models: list[str]  # their names
    scores: list[Scores] | list[PictureScores]
    both_right: int
    only_first_right: int
    only_second_right: int
    both_wrong: int
    p_value: float  # 0 to 1, of the exact test
    may_be_luck: bool  # p_value >= LUCK


def compare_models(
    models: list[str],
    scores: list[Scores] | list[PictureScores],
    right: Sequence[Sequence[bool]],
) -> Comparison:
    """The comparison of two models.

    Args:
        models: their names.
        scores: of each.
        right: of each, whether it is right, for every image or picture, in the same order.
    """
    pairs = [(bool(first), bool(second)) for first, second in zip(*right, strict=True)]
    first, second = pairs.count((True, False)), pairs.count((False, True))
    p_value = compute_mcnemar(first, second)
    return Comparison(
        models,
        scores,
        both_right=pairs.count((True, True)),
        only_first_right=first,
        only_second_right=second,
        both_wrong=pairs.count((False, False)),
        p_value=p_value,
        may_be_luck=p_value >= LUCK,
    )


def compute_mcnemar(first: int, second: int) -> float:
    """The p-value, 0 to 1, of so many cases in which one model alone is right, or the other alone.

    Where both are equally good, each of these `first` + `second` cases falls to either with the
    chance of a coin, so they are binomial; the test has two sides. Q. McNemar, "Note on the
    sampling error of the difference between correlated proportions or percentages", Psychometrika
    12 (1947), 153-157; exact, for it takes no approximation: whole numbers of any size are summed.
    """
    cases, fewer = first + second, min(first, second)
    ways, tail = 1, 1  # to choose k of the cases, for k = 0; of all k up to `fewer`
    for k in range(fewer):
        ways = ways * (cases - k) // (k + 1)
        tail += ways
    return min(1.0, 2 * tail / 2**cases)
