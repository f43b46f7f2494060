"""Numbers and whole pages drawn as a pen does, in one hand, all seeded."""

import math
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

from handwriting.drawing import draw_on_canvas
from handwriting.marks import MARKS, MEANINGS, SYMBOLS
from handwriting.pen import Hands, draw_path, press_pen, read_shape, sample_hands, write_shape
from handwriting.shapes.digits import DIGITS

LINE_PITCH = 1.7  # digit heights from one baseline to the next
WORD_GAP = 0.6  # digit heights of a space
COMMON = 1.0  # least weight of a variant that a legible writer has
CLOSE = 0.4  # of the usual gap, before and after one of
CLOSE_MARKS = frozenset(".,:")
HABIT = 0.85  # how much of a writer's hand is the same in every digit; the rest is chance


Box = tuple[int, int, int, int]  # x, y, width, height in pixels around the ink


class Writer(NamedTuple):
    """Who writes: a hand, and the shapes that this writer gives to characters."""

    hand: Hands  # one
    habits: dict[str, str]  # character -> its shape; where one is missing, it is chosen


class Page(NamedTuple):
    """What a pen left on a page.

    `ink`: uint8 (H, W), 0 (none) to 255; `boxes`: of each digit, in reading order; `marks`: the
    names and boxes of the marks beside them, as a reader tells them: a star is a `×`; `inks`: of
    each digit alone what fills its box, uint8.
    """

    ink: np.ndarray
    boxes: list[Box]
    marks: list[tuple[str, Box]]
    inks: list[np.ndarray]


def draw_text(
    text: str,
    rng: np.random.Generator,
    *,
    height: int = 80,
    pen: float | None = None,
    gap: float = 0.25,
    touching: bool = False,
    overlap: float | None = None,
    joined: bool = False,
    tilt: float = 0.0,
    neatness: float = 0.5,
    margin: float = 0.7,
    writer: Writer | None = None,
) -> Page:
    """The ink of a text in one hand, lines starting at the left, and the boxes of what is in it.

    Args:
        text: digits, spaces, line feeds and what marks.SYMBOLS has a shape for.
        rng: the source of every random choice.
        height: of a digit, in pixels, about.
        pen: width in pixels, at least 1; None: the writer's own.
        gap: between two characters, in digit heights.
        touching: each digit is pushed against the ink of the one before it in its word.
        overlap: share of the width of the narrower of two digits of a word by which their boxes
            lie over each other; None: they are apart.
        joined: the pen stays on the paper from one digit of a word to the next.
        tilt: of the lines, in degrees, clockwise.
        neatness: 0 (as wild as MNIST's wildest) to 1 (nearly as the copybook has it).
        margin: free space around the text, in digit heights.
        writer: whose hand it is; None: somebody's, in digits that are easy to tell.

    Raises:
        ValueError: there is no shape for a character, or no character to draw.
    """
    _check_text(text)
    spread = 1 - 0.9 * neatness
    somebody = Writer(sample_hands(1, rng, spread=spread), _choose_habits(text, rng))
    hand, habits = writer or somebody
    style = _Style(
        writer=hand,
        habits=somebody.habits | habits,
        spread=spread,
        height=height,
        pen=pen,
        gap=gap * height,
        touching=touching,
        overlap=overlap,
        joined=joined,
        slope=math.tan(math.radians(tilt)),
    )
    characters = []
    for index, line in enumerate(text.split("\n")):
        characters += _write_line(line, style, rng, y=index * LINE_PITCH * height)
    return _compose(characters, round(margin * height))


class _Style(NamedTuple):
    """One writer with one pen; lengths in pixels."""

    writer: Hands  # one
    habits: dict[str, str]  # character -> its shape
    spread: float  # as in sample_hands
    height: int
    pen: float | None
    gap: float
    touching: bool
    overlap: float | None
    joined: bool
    slope: float  # y gained per x


class _Character(NamedTuple):
    """`ink`, uint8 (H, W), cut out, with its top left corner at `x`, `y` in pixels."""

    name: str
    ink: np.ndarray
    x: int
    y: int
    ends: np.ndarray  # float (2, 2): where in `ink` the pen came down first and went up last
    width: float  # of the pen where it went up
    led: bool = False  # the pen came from the character before without leaving the paper


def _write_line(
    line: str, style: _Style, rng: np.random.Generator, *, y: float
) -> list[_Character]:
    """The characters of a line whose middle starts at height `y`."""
    written: list[_Character] = []
    x, may_touch = rng.normal(0, 0.15) * style.height, False
    wander = rng.normal(0, 0.03, 2) * style.height
    for name, following in pairwise([*line, None]):
        if name == " ":
            x, may_touch = x + WORD_GAP * style.height, False
            continue
        character = _draw_character(name, style, rng)
        at = x / style.height
        top = y + character.y + style.slope * x
        top += wander @ (math.sin(at / 3), math.cos(at / 2))
        character = character._replace(x=round(x), y=round(top))
        if may_touch and name.isdecimal():
            character = _follow(written[-1], character, style)
        written.append(character)
        may_touch = name.isdecimal()
        gap = style.gap * (CLOSE if {name, following} & CLOSE_MARKS else 1)
        x = character.x + character.ink.shape[1] + max(1, rng.normal(gap, 0.3 * gap))
    return written


def _choose_habits(text: str, rng: np.random.Generator) -> dict[str, str]:
    """The shape that a writer gives each digit; rare variants, harder to read, are left out."""
    habits = {}
    for digit, variants in DIGITS.items():
        common = [shape for weight, shape in variants if weight >= COMMON]
        habits[str(digit)] = common[rng.integers(len(common))]
    for name in sorted(set(text) & {*SYMBOLS}):
        weights, shapes = zip(*SYMBOLS[name], strict=True)
        odds = np.divide(weights, sum(weights))
        habits[name] = shapes[rng.choice(len(shapes), p=odds)] if len(shapes) > 1 else shapes[0]
    return habits


def _check_text(text: str) -> None:
    known = {*map(str, DIGITS), *SYMBOLS, " ", "\n"}
    unknown = sorted(set(text) - known)
    if unknown or not text.strip():
        raise ValueError(f"no shape for {unknown}" if unknown else "no character to draw")


def _draw_character(name: str, style: _Style, rng: np.random.Generator) -> _Character:
    """A character at x 0, and at the y of its top from the line's middle, down."""
    hand = _vary_hand(style, rng)
    shape = style.habits[name]
    path = write_shape(shape, hand, rng)[0] * style.height
    widths = press_pen(len(path), hand, rng)[0]
    widths = widths * (style.height if style.pen is None else style.pen / hand.width[0])
    canvas, (start, top) = draw_on_canvas(path, widths, read_shape(shape).strokes)
    left, skipped, width, height = cv2.boundingRect(canvas)
    corner = (start + left, top + skipped)
    ink = canvas[skipped : skipped + height, left : left + width]
    return _Character(name, ink, 0, corner[1], path[[0, -1]] - corner, float(widths[-1]))


def _vary_hand(style: _Style, rng: np.random.Generator) -> Hands:
    """The writer's hand as it is this time: one of them."""
    chance = sample_hands(1, rng, spread=style.spread)
    mixed = zip(style.writer, chance, strict=True)
    return Hands(*(HABIT * own + (1 - HABIT) * other for own, other in mixed))


def _follow(before: _Character, character: _Character, style: _Style) -> _Character:
    """The character where it stands when it touches, overlaps or is joined to the one before it."""
    if style.touching:
        character = _push_against(before, character)
    if style.overlap is not None:
        shared = style.overlap * min(before.ink.shape[1], character.ink.shape[1])
        character = character._replace(x=before.x + before.ink.shape[1] - round(shared))
    return character._replace(led=style.joined)


def _push_against(before: _Character, character: _Character) -> _Character:
    """The character moved along its line until its ink just runs into the one before it."""
    first = max(before.y, character.y)
    last = min(before.y + len(before.ink), character.y + len(character.ink))
    rows = zip(
        before.ink[first - before.y : last - before.y],
        character.ink[first - character.y : last - character.y],
        strict=True,
    )
    contacts = [  # the x that makes the two meet in this row
        before.x + int(np.flatnonzero(left)[-1]) - int(np.flatnonzero(right)[0])
        for left, right in rows
        if left.max() > 127 and right.max() > 127
    ]
    return character._replace(x=max(contacts, default=before.x + before.ink.shape[1]))


def _compose(characters: list[_Character], margin: int) -> Page:
    """All characters on one page just large enough, with the boxes of digits and marks."""
    left = min(c.x for c in characters) - margin
    top = min(c.y for c in characters) - margin
    right = max(c.x + c.ink.shape[1] for c in characters) + margin
    bottom = max(c.y + c.ink.shape[0] for c in characters) + margin
    page = np.zeros((bottom - top, right - left), np.uint8)
    boxes, marks, inks = [], [], []
    for before, character in pairwise([None, *characters]):
        name, ink, x, y, *_ = character._replace(x=character.x - left, y=character.y - top)
        height, width = ink.shape
        part = page[y : y + height, x : x + width]
        np.maximum(part, ink, out=part)
        if character.led:
            _lead_pen(page, before, character, corner=(left, top))
        if name.isdecimal():
            boxes.append((x, y, width, height))
            inks.append(ink)
        elif name in MARKS:
            marks.append((MEANINGS.get(name, name), (x, y, width, height)))
    return Page(page, boxes, marks, inks)


def _lead_pen(
    page: np.ndarray, before: _Character, character: _Character, *, corner: tuple[int, int]
) -> None:
    """Draw the pen's way between two characters onto the page, whose top left is `corner`."""
    start = before.ends[1] + (before.x, before.y) - corner
    end = character.ends[0] + (character.x, character.y) - corner
    path, widths = np.stack([start, end]), np.full(2, before.width)
    draw_path(page, path, strokes=(slice(0, 2),), widths=widths)
