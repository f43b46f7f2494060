"""What is told of a picture: its digits, its marks, and what a person would type of them."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np

MARKS = "-+×÷=()/.,:"  # the signs that are told beside digits

# Where marks stand between two numbers the gap is on the side that is this much wider: `12  -5`.
# About as wide on both sides, a mark stands for itself, as in `12 - 5`.
ONE_SIDED = 2.0


class Digit(NamedTuple):
    """One digit as it was read."""

    digit: int  # the best guess
    confidence: float  # 0 to 1
    sure: bool  # confidence >= threshold
    box: tuple[int, int, int, int]  # x, y, width, height in pixels of the picture as displayed
    line: int  # 0 for the top line
    alternatives: list[tuple[int, float]]  # the three likeliest digits, best first
    image: np.ndarray  # uint8 (28, 28), white ink on black, what the network saw
    trust: float = (
        1.0  # 0 to 1, what the picture and the digit's shape leave of the network's probability
    )


class Mark(NamedTuple):
    """One sign beside digits."""

    mark: str  # one of MARKS
    box: tuple[int, int, int, int]  # as of a Digit
    line: int
    confidence: float  # 0 to 1
    sure: bool = True  # confidence >= threshold


class Reading(NamedTuple):
    """What one page of a picture says; `make_reading` makes one of digits and marks."""

    text: str  # the digits' best guesses, lines joined by "\\n"
    digits: list[Digit]  # in reading order
    written: str  # digits and marks where they are, a space where a gap parts two numbers
    marks: list[Mark]  # in reading order
    turned: int  # 0, 90, 180 or 270: degrees clockwise that the picture had to be turned
    sure: bool  # every digit and mark is, and no ink of a digit's size was left out
    source: str = ""  # the name of the picture, as the caller gave it
    page: int = 1  # counted from 1
    pages: int = 1  # that the picture has
    error: str = ""  # why nothing was read, without the picture's name


def make_reading(
    digits: Sequence[Digit],
    marks: Iterable[Mark] = (),
    *,
    gaps: Collection[int] = (),
    turned: int = 0,
    whole: bool = True,
) -> Reading:
    """The reading of a picture.

    Args:
        digits: in reading order, their boxes those of the picture as displayed.
        marks: in any order.
        gaps: which digits, counted from 0, have a gap before them that parts two numbers.
        turned: degrees clockwise by which the picture was turned to be read.
        whole: whether no ink of a digit's size was left out.
    """
    marks = sorted(marks, key=lambda mark: (mark.line, _middle(_turn(mark, turned))))
    lines: dict[int, str] = {}
    for digit in digits:
        lines[digit.line] = lines.get(digit.line, "") + str(digit.digit)
    sure = whole and all(character.sure for character in (*digits, *marks))
    upright = [[_turn(c, turned) for c in characters] for characters in (digits, marks)]
    written = compose_written(*upright, gaps)
    return Reading("\n".join(lines.values()), list(digits), written, marks, turned, sure)


def make_failure(source: str, error: str, *, page: int = 1, pages: int = 1) -> Reading:
    """The reading of a page on which nothing can be read; arguments as of a Reading."""
    return Reading("", [], "", [], 0, False, source, page, pages, error)


def compose_written(digits: Sequence[Digit], marks: Sequence[Mark], gaps: Collection[int]) -> str:
    """What a person would type: lines joined by a line feed, a space for each gap.

    Its k-th decimal is the k-th digit, its k-th sign the k-th mark. Arguments as in make_reading,
    of an upright picture and the marks in reading order.
    """
    after_gap = {id(digits[index]) for index in gaps}
    lines: dict[int, tuple[list, list]] = {}
    for kind, characters in enumerate((digits, marks)):
        for character in characters:
            lines.setdefault(character.line, ([], []))[kind].append(character)
    return "\n".join(_write_line(_merge(*lines[number]), after_gap) for number in sorted(lines))


def _turn(character: Digit | Mark, turned: int) -> Digit | Mark:
    """The character with its box in the picture turned clockwise about its top left corner."""
    x, y, width, height = character.box
    if turned == 0:
        return character
    if turned == 180:
        return character._replace(box=(-x - width, -y - height, width, height))
    box = (-y - height, x, height, width) if turned == 90 else (y, -x - width, height, width)
    return character._replace(box=box)


def _merge(digits: Sequence[Digit], marks: Sequence[Mark]) -> list[Digit | Mark]:
    """One line in reading order; the digits keep theirs."""
    merged: list[Digit | Mark] = []
    waiting = list(reversed(marks))
    for digit in digits:
        while waiting and _middle(waiting[-1]) < _middle(digit):
            merged.append(waiting.pop())
        merged.append(digit)
    return merged + waiting[::-1]


def _write_line(line: Sequence[Digit | Mark], after_gap: Collection[int]) -> str:
    """One line of what is written; `after_gap` are the ids of digits with a gap before them."""
    spaces = {_place_gap(line, index) for index, c in enumerate(line) if id(c) in after_gap}
    return "".join(" " * (index in spaces) + _name(c) for index, c in enumerate(line))


def _place_gap(line: Sequence[Digit | Mark], index: int) -> int | None:
    """Which character the space of the gap before digit `index` goes before; None: before none."""
    first = index
    while first > 0 and isinstance(line[first - 1], Mark):
        first -= 1
    places = sorted(range(max(first, 1), index + 1), key=lambda place: -_space(line, place))
    if len(places) > 1 and _space(line, places[0]) < ONE_SIDED * max(1, _space(line, places[1])):
        return None
    return places[0] if places else None


def _space(line: Sequence[Digit | Mark], index: int) -> int:
    """Pixels between a character and the one before it."""
    left, _, width, _ = line[index - 1].box
    return line[index].box[0] - left - width


def _middle(character: Digit | Mark) -> float:
    x, _, width, _ = character.box
    return x + width / 2


def _name(character: Digit | Mark) -> str:
    return character.mark if isinstance(character, Mark) else str(character.digit)
