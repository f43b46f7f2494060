"""Columns of a table: numbers that stand in neighbouring cells, however close to the rule."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

Box = tuple[int, int, int, int]  # x, y, width, height

# Of the rows between two digits: a rule is seen in so many; strokes hide the rest of it.
COVER = 2 / 3
REACH = 1.5  # heights above and below a digit: so near is the rule of its cell
MIDDLE = 0.25  # of a digit's sides, cut off all around: a rule through what is left crosses it
MOST_CROSSED = 0.1  # of the digits: on squared paper rules run through nearly all, in a table few


def find_columns(
    boxes: Sequence[Box], lines: Sequence[Sequence[int]], rules: np.ndarray
) -> set[int]:
    """Which digits a standing rule parts from the one before, where they are written in a table.

    In a table a cell has rules above and below, hardly any rule runs through a digit, and some cell
    holds several digits: else the cells are the boxes of a form, one for each digit of a number.

    Args:
        boxes: x, y, width, height of every digit.
        lines: indices of the digits, line by line, each from left to right.
        rules: uint8 (H, W), 1 where there was a rule.
    """
    pairs = [(one, two) for line in lines for one, two in pairwise(line)]
    parted = {two for one, two in pairs if _is_rule_between(boxes[one], boxes[two], rules)}
    if not 0 < len(parted) < len(pairs):
        return set()
    crossed = sum(_is_crossed(box, rules) for box in boxes)
    if crossed > MOST_CROSSED * len(boxes):
        return set()
    return {index for index in parted if _is_in_cell(boxes[index], rules)}


def _is_rule_between(left: Box, right: Box, rules: np.ndarray) -> bool:
    """Whether a rule stands between the middles of two digits, from the top to the foot of both."""
    top = min(left[1], right[1])
    bottom = max(left[1] + left[3], right[1] + right[3])
    between = rules[top:bottom, left[0] + left[2] // 2 : right[0] + right[2] // 2]
    return _is_covered(between, axis=1)


def _is_in_cell(box: Box, rules: np.ndarray) -> bool:
    """Whether there is a lying rule above the digit, and one below."""
    x, y, width, height = box
    middle, reach = y + height // 2, round(REACH * height)
    above = rules[max(0, y - reach) : middle, x : x + width]
    below = rules[middle : y + height + reach, x : x + width]
    return _is_covered(above, axis=0) and _is_covered(below, axis=0)


def _is_crossed(box: Box, rules: np.ndarray) -> bool:
    x, y, width, height = box
    aside, down = round(MIDDLE * width), round(MIDDLE * height)
    middle = rules[y + down : y + height - down, x + aside : x + width - aside]
    return _is_covered(middle, axis=0) or _is_covered(middle, axis=1)


def _is_covered(rules: np.ndarray, axis: int) -> bool:
    """Whether nearly all rows of a part of the picture, or its columns, have a rule."""
    return rules.size > 0 and bool(rules.any(axis=axis).mean() >= COVER)
