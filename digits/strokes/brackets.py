"""Brackets among strokes that were read as digits: which make a pair, and what stands behind it."""

from collections.abc import Sequence
from itertools import combinations, pairwise

from digits.segment.blobs import Blob
from digits.segment.candidates import Candidate

MISFIT = 2.5  # nats against a bracket without its counterpart, or a slash not between digits
HALF = (0.2, 0.8)  # of a bracket's height: signs stand between


def pair_brackets(
    line: list[int], kinds: dict[int, str], odds: dict[int, dict[str, float]]
) -> dict[int, float]:
    """The strokes that may be brackets with a counterpart: the log-odds that both are.

    The likeliest pairs come first; those of more than 0 are taken for brackets.
    A doubtful one is believed beside a sure counterpart: one alone costs MISFIT.

    Args:
        line: indices of the digits, from left to right.
        kinds: of each stroke among them, the likeliest one of `( ) /`.
        odds: of each, the log-odds of each kind against a digit.
    """
    pairs = [
        (odds[line[a]]["("] + odds[line[b]][")"], line[a], line[b])
        for a, b in combinations(range(len(line)), 2)
        if b > a + 1
        and kinds.get(line[a]) == "("
        and kinds.get(line[b]) == ")"
        and min(odds[line[a]]["("], odds[line[b]][")"]) > -MISFIT
    ]
    paired: dict[int, float] = {}
    for together, *pair in sorted(pairs, reverse=True):
        if paired.keys().isdisjoint(pair):
            paired.update(dict.fromkeys(pair, together))
    return paired


def find_after_sums(
    digits: Sequence[Candidate],
    line: list[int],
    kinds: dict[int, str],
    paired: dict[int, float],
    others: Sequence[Blob],
) -> list[int]:
    """The digits right behind brackets around a sum: a sign stands there, where no other does.

    Behind brackets around digits alone, as in the number of a telephone, a number may stand.
    """
    found, opening = [], None
    for before, after in pairwise(line):
        if paired.get(before, 0.0) > 0 and kinds[before] == "(":
            opening = digits[before].blob
        elif paired.get(before, 0.0) > 0 and opening:
            closing, next_ = digits[before].blob, digits[after].blob
            holds_sum = _is_sign_between(others, opening, closing)
            if holds_sum and not _is_sign_between(others, closing, next_):
                found.append(after)
    return found


def _is_sign_between(blobs: Sequence[Blob], first: Blob, second: Blob) -> bool:
    """Whether one of the blobs stands between two of a line, at half height."""
    places = ((b.x + b.width / 2, b.y + b.height / 2) for b in blobs)
    top, bottom = (first.y + share * first.height for share in HALF)
    start, end = first.x + first.width / 2, second.x + second.width / 2
    return any(start < x < end and top < y < bottom for x, y in places)
