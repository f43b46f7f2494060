"""How good the answers to whole pictures are: texts aligned, digits compared."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from digits.results import MARKS
from scoring.metrics import (
    CLASSES,
    DigitScore,
    Share,
    calibration_error,
    count_share,
    score_digits,
)

if TYPE_CHECKING:
    from digits.reading import Digit, Reading


class PictureResult(NamedTuple):
    """One labelled picture and what was read in it.

    `label` is what is in it, lines joined by a line feed; `text` the digits that were read, None
    where the file could not be read at all; `digits` are those of `text`, in the same order;
    `written` has the marks as well; `sure`: nothing of it is in doubt.
    """

    file: str
    label: str
    source: str
    text: str | None
    digits: Sequence["Digit"] = ()
    written: str | None = None
    sure: bool = False


class AlignedDigits(NamedTuple):
    """What became of the digits of several pictures.

    `confusion`: int64 (10, 10), rows true, columns read. `missed`, `extra`: int64 (10,), true
    digits that nothing was read for, and digits read where there is none. `right`: the digits read
    rightly; `wrong`: the others.
    """

    confusion: np.ndarray
    missed: np.ndarray
    extra: np.ndarray
    right: list["Digit"]
    wrong: list["Digit"]


class SourceScore(NamedTuple):
    """How many pictures of one source are right."""

    source: str
    accuracy: float
    errors: int
    total: int
    interval: tuple[float, float]  # of the accuracy, 95%


class PictureText(NamedTuple):
    """What is in a picture and what was read in it, as in PictureResult."""

    file: str
    label: str
    text: str | None
    source: str
    written: str | None
    sure: bool


class PictureScores(NamedTuple):
    """The metrics of Scores for pictures, and what pictures have besides; None: a share of nothing.

    The first four count pictures, all others digits, after align_digits.
    """

    accuracy: float
    errors: int
    total: int
    interval: tuple[float, float]  # of the accuracy, 95%
    loss: None
    ece: float | None
    per_digit: list[DigitScore]
    confusion: list[list[int]]
    missed: int
    extra: int
    digit_accuracy: float | None  # 1 - edit distance / true digits
    doubted: float | None  # share of the right digits that are not sure
    believed: float | None  # share of the pictures without a digit in which one is sure
    silent: int  # pictures that are wrong and yet sure
    per_source: list[SourceScore]
    pictures: list[PictureText]


def align_texts(true: str, read: str) -> list[tuple[int | None, int | None]]:
    """The cheapest way from one text to the other: pairs of positions, in order.

    (i, j): `true[i]` was read as `read[j]`; (i, None): missed; (None, j): extra. The pairs that are
    not of equal characters number the edit distance: V. I. Levenshtein, "Binary codes capable of
    correcting deletions, insertions, and reversals", Soviet Physics Doklady 10 (1966), 707-710.
    Of equally cheap ways, the one that changes digits goes before one that misses and adds them.
    """
    cost = _edit_costs(true, read)
    pairs, i, j = [], len(true), len(read)
    while i or j:
        if i and j and cost[i][j] == cost[i - 1][j - 1] + (true[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and cost[i][j] == cost[i - 1][j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]


def _edit_costs(true: str, read: str) -> list[list[int]]:
    """Edit distances of all beginnings: [i][j] is that of `true[:i]` and `read[:j]`."""
    cost = [list(range(len(read) + 1))]
    for i, wanted in enumerate(true, start=1):
        row = [i]
        for j, got in enumerate(read, start=1):
            change = cost[i - 1][j - 1] + (wanted != got)
            row.append(min(change, cost[i - 1][j] + 1, row[j - 1] + 1))
        cost.append(row)
    return cost


def compare_reading(file: str, label: str, source: str, reading: "Reading | None") -> PictureResult:
    """What was read in a labelled picture; `reading` is None where no digit was found."""
    if reading is None:
        return PictureResult(file, label, source, "", written="")
    return PictureResult(
        file, label, source, reading.text, reading.digits, reading.written, reading.sure
    )


def is_right(result: PictureResult) -> bool:
    """True when what was read equals the label; without a label, when no digit in it is sure."""
    if result.text is None:
        return False
    if not result.label:
        return not any(digit.sure for digit in result.digits)
    return choose_reading(result) == result.label


def choose_reading(result: PictureResult) -> str | None:
    """What is compared with the label: with marks in it what is written, else the digits alone.

    Without spaces, which labels do not tell; None where the file could not be read.
    """
    has_marks = not set(MARKS).isdisjoint(result.label)
    return result.written and result.written.replace(" ", "") if has_marks else result.text


def pick_digits(label: str) -> str:
    """The digits of a label in their order."""
    return "".join(character for character in label if character.isdecimal())


def align_digits(results: Sequence[PictureResult]) -> AlignedDigits:
    """What became of every digit; line breaks and marks are left out, they are no digits.

    Where the label is empty, a digit that is not sure was not claimed, and counts for nothing.
    """
    confusion = np.zeros((CLASSES, CLASSES), np.int64)
    missed, extra = np.zeros(CLASSES, np.int64), np.zeros(CLASSES, np.int64)
    right, wrong = [], []
    for result in results:
        true = pick_digits(result.label)
        digits = [digit for digit in result.digits if true or digit.sure]
        for i, j in align_texts(true, "".join(str(digit.digit) for digit in digits)):
            if j is None:
                missed[int(true[i])] += 1
                continue
            if i is None:
                extra[digits[j].digit] += 1
            else:
                confusion[int(true[i]), digits[j].digit] += 1
            is_match = i is not None and int(true[i]) == digits[j].digit
            (right if is_match else wrong).append(digits[j])
    return AlignedDigits(confusion, missed, extra, right, wrong)


def score_pictures(results: Sequence[PictureResult]) -> PictureScores:
    """Every metric of labelled pictures, of which there is at least one."""
    aligned = align_digits(results)
    true_digits = int(aligned.confusion.sum() + aligned.missed.sum())
    distance = len(aligned.wrong) + int(aligned.missed.sum())
    empty = [result for result in results if not result.label]
    return PictureScores(
        *_count_right(results),
        loss=None,
        ece=_measure_calibration(aligned),
        per_digit=score_digits(aligned.confusion, aligned.missed, aligned.extra),
        confusion=aligned.confusion.tolist(),
        missed=int(aligned.missed.sum()),
        extra=int(aligned.extra.sum()),
        digit_accuracy=1 - distance / true_digits if true_digits else None,
        doubted=_share(not digit.sure for digit in aligned.right),
        believed=_share(any(digit.sure for digit in result.digits) for result in empty),
        per_source=score_sources(results),
        silent=sum(r.sure and not is_right(r) for r in results),
        pictures=[
            PictureText(r.file, r.label, r.text, r.source, r.written, r.sure) for r in results
        ],
    )


def score_sources(results: Sequence[PictureResult]) -> list[SourceScore]:
    """Pictures right per source, in the order of the sources' names; [] when none has a source."""
    sources = sorted({result.source for result in results})
    if sources == [""]:
        return []
    groups = [(source, [r for r in results if r.source == source]) for source in sources]
    return [SourceScore(source, *_count_right(group)) for source, group in groups]


def _count_right(results: Sequence[PictureResult]) -> Share:
    return count_share(sum(not is_right(result) for result in results), len(results))


def _measure_calibration(aligned: AlignedDigits) -> float | None:
    """The calibration error of the digits that were read; None without any."""
    confidences = [digit.confidence for digit in aligned.right + aligned.wrong]
    right = [True] * len(aligned.right) + [False] * len(aligned.wrong)
    return calibration_error(confidences, right) if confidences else None


def _share(facts: Iterable[bool]) -> float | None:
    """The share of facts that hold, 0..1; None without any."""
    facts = list(facts)
    return sum(facts) / len(facts) if facts else None
