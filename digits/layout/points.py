"""Full stops and commas of one number: they go together as people write numbers."""

from collections.abc import Iterator, Sequence, Set
from itertools import product
from operator import contains

import numpy as np

from digits.layout.signs import Sign
from digits.segment.blobs import Box

POINTS = ".,"
ODD = 6.0  # nats against a number that nobody writes, such as 4.730,277.40
MOST = 5  # points of a number: more are none of one
GROUP = 3  # digits between two that part thousands
CLEAREST = 0.999  # no form tells more of a full stop or a comma
DATE = ((1, 2), (1, 2), (2, 4))  # digits of day, month and year


def settle_points(
    signs: Sequence[Sign],
    boxes: Sequence[Box],
    rows: Sequence[Sequence[int]],
    parted: Set[int] = frozenset(),
) -> list[Sign]:
    """The signs, several full stops and commas of one number as they are likeliest together.

    Args:
        signs: all that were found.
        boxes: of all digits.
        rows: indices of the digits, line by line, each from left to right.
        parted: which digits have a gap before them that parts two numbers.
    """
    settled = list(signs)
    for line, row in enumerate(rows):
        points = [place for place, sign in enumerate(signs) if sign.line == line]
        if len(points) > 1:
            for number in _split_numbers(signs, points, boxes, row, parted):
                _settle_number(settled, number)
    return settled


def _split_numbers(
    signs: Sequence[Sign],
    places: Sequence[int],
    boxes: Sequence[Box],
    row: Sequence[int],
    parted: Set[int],
) -> Iterator[list[int | None]]:
    """The numbers of a line, in order: None for a digit, the place of a sign for a point."""
    digits = [(boxes[i].x + boxes[i].width / 2, None, i in parted) for i in row]
    others = [(signs[p].blob.x + signs[p].blob.width / 2, p, False) for p in places]
    number: list[int | None] = []
    for _, place, starts in sorted([*digits, *others], key=lambda item: item[0]):
        ends = place is not None and signs[place].kind not in POINTS
        if ends or starts:
            yield number
            number = []
        if not ends:
            number.append(place)
    yield number


def _settle_number(settled: list[Sign], number: Sequence[int | None]) -> None:
    """Change the points of a number in `settled`, where one that people write is likelier."""
    groups, points = [0], []
    for place in number:
        if place is None:
            groups[-1] += 1
        else:
            points.append(place)
            groups.append(0)
    if not 1 < len(points) <= MOST or 0 in groups:
        return
    ways = list(product(POINTS, repeat=len(points)))
    signs = [settled[place] for place in points]
    scores = np.array([sum(map(_weigh, signs, way)) for way in ways])
    scores -= ODD * np.array([not is_usual(way, groups) for way in ways])
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    best = ways[int(chances.argmax())]
    for n, (place, sign) in enumerate(zip(points, signs, strict=True)):
        chance = sum(c for c, way in zip(chances, ways, strict=True) if way[n] == best[n])
        settled[place] = sign._replace(kind=best[n], confidence=float(chance))


def is_usual(points: Sequence[str], groups: Sequence[int]) -> bool:
    """Whether people write numbers so: 1,234,567 or 1.234,5 or 24.12.2025.

    Args:
        points: `.` or `,` between each two groups, two at least.
        groups: how many digits each has.
    """
    if set(points) == {"."} and len(groups) == len(DATE) and all(map(contains, DATE, groups)):
        return True
    *inner, last = points
    whole = groups[0] <= GROUP and all(count == GROUP for count in groups[1:-1])
    return whole and len(set(inner)) == 1 and (last != inner[0] or groups[-1] == GROUP)


def _weigh(sign: Sign, kind: str) -> float:
    """The log-probability that the sign, told by itself, is of this kind."""
    chance = min(sign.confidence, CLEAREST)
    return float(np.log(chance if sign.kind == kind else 1 - chance))
