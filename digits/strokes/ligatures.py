"""Strokes that join a digit to the next, where the pen was not lifted, and are part of neither."""

import numpy as np

from digits.strokes.strokes import Strokes

RISE = 0.33  # of the height of the ink, at least: the foot of a 2 rises by less
LEAN = 0.5  # columns per row, at least: a steeper stroke is the stem of a digit, or a 1
BEND = 0.7  # stroke widths off the line between its ends: a stroke that bends by more is two


def find_ligatures(strokes: Strokes) -> list[tuple[Strokes, np.ndarray, np.ndarray]]:
    """Strokes that rise from the foot of all that is at their left towards the head of the rest.

    Returns:
        For each the strokes, in which one that is part of a digit as well is two, and which of
        them are at its left and which at its right, bool (n,) each; it is at neither.
    """
    found = []
    height = len(strokes.skeleton)
    for number, path in enumerate(strokes.paths):
        rising = path if path[0, 0] > path[-1, 0] else path[::-1]
        if not _is_like(rising, height):
            continue
        feet, heads = (_follow(strokes, number, rising[end]) for end in (0, -1))
        if feet & heads:
            continue
        bend, new = _find_bend(rising, BEND * strokes.width), len(strokes.paths)
        ways = []
        if bend and _is_like(rising[:bend], height):  # the bar of a 7 goes on from it
            ways.append((_part(strokes, number, rising, bend), feet, heads | {new}))
        elif _is_hollow(rising, bend):  # else its stem is too steep, and the bar of a digit follows
            ways.append((strokes, feet, heads))
            if bend and _is_like(rising[bend:], height):  # the foot of a 2 goes on into it
                ways.append((_part(strokes, number, rising, bend), feet | {number}, heads))
        for parted, left, right in ways:
            if left and right and _find_middle(parted, left) < _find_middle(parted, right):
                sides = ([i in side for i in range(len(parted.paths))] for side in (left, right))
                found.append((parted, *map(np.array, sides)))
    return found


def _is_like(path: np.ndarray, height: int) -> bool:
    """Whether a path rises, and leans, as a ligature does in ink of this height."""
    up, right = path[0, 0] - path[-1, 0], path[-1, 1] - path[0, 1]
    return bool(up >= RISE * height and right >= LEAN * up)


def _is_hollow(path: np.ndarray, bend: int) -> bool:
    """Whether a path that rises is steeper after a bend than before it, or straight."""
    (down, across), (first_down, first_across) = path[-1] - path[0], path[bend] - path[0]
    return bool(first_down * across >= first_across * down)


def _find_middle(strokes: Strokes, some: set[int]) -> float:
    """The mean column of some of the strokes."""
    return float(np.concatenate([strokes.paths[number][:, 1] for number in some]).mean())


def _find_bend(path: np.ndarray, least: float) -> int:
    """Where a path is farthest off the line between its ends; 0 where it is straight.

    As of Ramer (1972), once. `least`: pixels.
    """
    (down, across), steps = path[-1] - path[0], path - path[0]
    off = np.abs(steps[:, 0] * across - steps[:, 1] * down) / np.hypot(down, across)
    return int(off.argmax()) if off.max() >= least else 0


def _follow(strokes: Strokes, number: int, end: np.ndarray) -> set[int]:
    """The strokes that one leads to at its end `end`, and those they lead to, without itself."""
    near = [np.abs(points - end).max(axis=1).min() for points, _ in strokes.crossings]
    met = {
        other
        for (_, numbers), apart in zip(strokes.crossings, near, strict=True)
        if number in numbers and apart <= 1
        for other in numbers
    } - {number}
    links = [{*numbers} - {number} for _, numbers in strokes.crossings]
    while more := set().union(*(link for link in links if link & met)) - met:
        met |= more
    return met


def _part(strokes: Strokes, number: int, path: np.ndarray, bend: int) -> Strokes:
    """The strokes with one parted at a place of its path; what follows is the last of them."""
    paths = [*strokes.paths, path[bend:]]
    paths[number] = path[:bend]
    skeleton = strokes.skeleton.copy()
    skeleton[tuple(path[bend:].T)] = len(strokes.paths)
    crossings = []
    for points, numbers in strokes.crossings:
        if number in numbers and np.abs(points - path[-1]).max(axis=1).min() <= 1:
            numbers = [len(strokes.paths) if other == number else other for other in numbers]
        crossings.append((points, numbers))
    return Strokes(skeleton, paths, crossings, strokes.width)
