"""Handwriting drawn as a pen does: digits in MNIST's form, numbers, whole pages, all seeded."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from digits.frame import BOX_SIZE, FRAME_SIZE, fit_in_frame
from digits.pen import (
    Hands,
    draw_path,
    pick_hands,
    press_pen,
    read_shape,
    sample_hands,
    write_shape,
)
from digits.shapes import DIGITS, SCRIBBLES, SIGNS, SILHOUETTES

DRAWN_HEIGHT = 80  # pixels of a digit before it shrinks into MNIST's 20-pixel box
LINE_PITCH = 1.7  # digit heights from one baseline to the next
WORD_GAP = 0.6  # digit heights of a space
COMMON = 1.0  # least weight of a variant that a legible writer has
HABIT = 0.85  # how much of a writer's hand is the same in every digit; the rest is chance


class Page(NamedTuple):
    """What a pen left on a page.

    `ink`: uint8 (H, W), 0 (none) to 255; `boxes`: x, y, width, height in pixels around the ink of
    each digit, in reading order, signs left out.
    """

    ink: np.ndarray
    boxes: list[tuple[int, int, int, int]]


def draw_dataset(count: int, seed: int | list[int]) -> tuple[np.ndarray, np.ndarray]:
    """A labelled set to train or test on, each digit equally often, in random order.

    Returns:
        images: uint8 (count, 28, 28), white ink (255) on black, in MNIST's frame.
        labels: uint8 (count,), 0 to 9.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count, dtype=np.int64) % 10).astype(np.uint8)
    return draw_digits(labels, rng), labels


def draw_digits(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A handwritten digit for each label, each in another hand.

    Args:
        labels: integers 0 to 9, (N,).
        rng: the source of every random choice.

    Returns:
        uint8 (N, 28, 28), white ink (255) on black, in MNIST's frame.
    """
    labels = np.asarray(labels)
    images = np.zeros((len(labels), FRAME_SIZE, FRAME_SIZE), np.uint8)
    for digit, variants in DIGITS.items():
        of_digit = np.flatnonzero(labels == digit)
        weights = np.array([weight for weight, _ in variants])
        chosen = rng.choice(len(variants), len(of_digit), p=weights / weights.sum())
        for variant in np.unique(chosen):
            which = of_digit[chosen == variant]
            images[which] = _draw_shape(variants[variant][1], sample_hands(len(which), rng), rng)
    return images


def draw_non_digits(count: int, rng: np.random.Generator) -> np.ndarray:
    """Ink that is no digit, to teach a network doubt.

    Letters and signs, scribbles, blots and silhouettes, digits crammed together, textures and the
    edges of shadows, in random order.

    Returns:
        uint8 (count, 28, 28), white ink (255) on black, in MNIST's frame.
    """
    kinds = (
        (0.50, _draw_signs),
        (0.10, _draw_scribbles),
        (0.15, _draw_silhouettes),
        (0.15, _draw_crammed_digits),
        (0.05, _draw_textures),
        (0.05, _draw_shadow_edges),
    )
    counts = rng.multinomial(count, [share for share, _ in kinds])
    drawn = [draw(n, rng) for (_, draw), n in zip(kinds, counts, strict=True)]
    return rng.permutation(np.concatenate(drawn))


def _draw_signs(count: int, rng: np.random.Generator) -> np.ndarray:
    return _draw_from_table(tuple(SIGNS.values()), sample_hands(count, rng), rng)


def _draw_scribbles(count: int, rng: np.random.Generator) -> np.ndarray:
    hands = sample_hands(count, rng)._replace(looseness=rng.uniform(0.05, 0.2, count))
    return _draw_from_table(SCRIBBLES, hands, rng)


def _draw_silhouettes(count: int, rng: np.random.Generator) -> np.ndarray:
    """Filled outlines, plain, striped or shaded like cloth."""
    hands = sample_hands(count, rng)
    hands = hands._replace(slant=hands.slant - 0.16)
    images = _draw_from_table(SILHOUETTES, hands, rng, filled=True)
    y, x = np.mgrid[:FRAME_SIZE, :FRAME_SIZE]
    cloth = rng.uniform((0.1, 0, 0, 0), (2, 2 * np.pi, 2 * np.pi, 0.7), (count, 4))
    wave, angle, phase, depth = cloth.T[:, :, None, None]  # each (count, 1, 1)
    stripes = np.sin(wave * (x * np.cos(angle) + y * np.sin(angle)) + phase)
    return (images * (1 - depth * (0.5 + 0.5 * stripes))).astype(np.uint8)


def _draw_crammed_digits(count: int, rng: np.random.Generator) -> np.ndarray:
    """Two or three digits in one frame, as a reader sees them that failed to part them."""
    in_each = rng.choice([2, 3], count, p=[0.8, 0.2])
    digits = iter(draw_digits(rng.integers(0, 10, in_each.sum()), rng))
    images = np.zeros((count, FRAME_SIZE, FRAME_SIZE), np.uint8)
    for image, number in zip(images, in_each, strict=True):
        parts = [_trim_columns(next(digits)) for _ in range(number)]
        image[:] = fit_in_frame(np.concatenate(parts, axis=1))
    return images


def _trim_columns(image: np.ndarray) -> np.ndarray:
    left, _, width, _ = cv2.boundingRect(image)
    return image[:, left : left + width]


def _draw_textures(count: int, rng: np.random.Generator) -> np.ndarray:
    """Noise from fine grain to clouds, some of it hard-edged."""
    images = np.zeros((count, FRAME_SIZE, FRAME_SIZE), np.uint8)
    for image in images:
        noise = rng.normal(size=(BOX_SIZE, BOX_SIZE))
        noise = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.3, 3))
        steepness = rng.choice([60, 120, 500])
        image[:] = fit_in_frame(_to_grey(steepness * noise / noise.std() + rng.uniform(-100, 100)))
    return images


def _draw_shadow_edges(count: int, rng: np.random.Generator) -> np.ndarray:
    """Ink on the larger side of a straight, more or less soft edge; a narrow bar would be a 1."""
    y, x = np.mgrid[:BOX_SIZE, :BOX_SIZE] - BOX_SIZE / 2
    images = np.zeros((count, FRAME_SIZE, FRAME_SIZE), np.uint8)
    for image in images:
        angle, distance, steepness = rng.uniform((0, -8, 20), (2 * np.pi, -1, 200))
        edge = x * np.cos(angle) + y * np.sin(angle) - distance
        image[:] = fit_in_frame(_to_grey(128 + steepness * edge))
    return images


def _to_grey(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 255).astype(np.uint8)


def _draw_from_table(
    shapes: tuple[str, ...], hands: Hands, rng: np.random.Generator, *, filled: bool = False
) -> np.ndarray:
    """A random one of the shapes by each hand: uint8 (N, 28, 28)."""
    chosen = rng.integers(0, len(shapes), len(hands.slant))
    images = np.zeros((len(chosen), FRAME_SIZE, FRAME_SIZE), np.uint8)
    for index, shape in enumerate(shapes):
        which = chosen == index
        images[which] = _draw_shape(shape, pick_hands(hands, which), rng, filled=filled)
    return images


def _draw_shape(
    shape: str, hands: Hands, rng: np.random.Generator, *, filled: bool = False
) -> np.ndarray:
    """One shape by each hand: uint8 (N, 28, 28)."""
    paths = write_shape(shape, hands, rng) * DRAWN_HEIGHT
    widths = press_pen(paths.shape[1], hands, rng) * DRAWN_HEIGHT
    strokes = read_shape(shape).strokes
    images = np.zeros((len(paths), FRAME_SIZE, FRAME_SIZE), np.uint8)
    for image, path, width in zip(images, paths, widths, strict=True):
        canvas, _ = _draw_on_canvas(path, width, strokes, filled=filled)
        image[:] = fit_in_frame(canvas)
    return images


def _draw_on_canvas(
    path: np.ndarray, widths: np.ndarray, strokes: tuple[slice, ...], *, filled: bool = False
) -> tuple[np.ndarray, int]:
    """The path in white on a canvas that holds it, uint8 (H, W), and the y of its top row."""
    border = math.ceil(widths.max() / 2) + 2
    origin = np.floor(path.min(axis=0)) - border
    columns, rows = np.ceil(path.max(axis=0) - origin + border).astype(int)
    canvas = np.zeros((rows, columns), np.uint8)
    if filled:
        cv2.fillPoly(canvas, [np.round(path - origin).astype(np.int32)], 255)
    else:
        draw_path(canvas, path - origin, strokes=strokes, widths=widths)
    return canvas, int(origin[1])


def draw_text(
    text: str,
    rng: np.random.Generator,
    *,
    height: int = 80,
    pen: float | None = None,
    gap: float = 0.25,
    touching: bool = False,
    tilt: float = 0.0,
    neatness: float = 0.5,
    margin: float = 0.7,
) -> Page:
    """The ink of a text in one hand, lines starting at the left, with the box of every digit.

    Args:
        text: digits, spaces, line feeds and the signs of shapes.SIGNS.
        rng: the source of every random choice.
        height: of a digit, in pixels, about.
        pen: width in pixels, at least 1; None: the writer's own.
        gap: between two characters, in digit heights.
        touching: each digit is pushed against the ink of the one before it in its word.
        tilt: of the lines, in degrees, clockwise.
        neatness: 0 (as wild as MNIST's wildest) to 1 (nearly as the copybook has it).
        margin: free space around the text, in digit heights.

    Raises:
        ValueError: there is no shape for a character, or no character to draw.
    """
    _check_text(text)
    spread = 1 - 0.9 * neatness
    style = _Style(
        writer=sample_hands(1, rng, spread=spread),
        habits=_choose_habits(rng),
        spread=spread,
        height=height,
        pen=pen,
        gap=gap * height,
        touching=touching,
        slope=math.tan(math.radians(tilt)),
    )
    characters = []
    for index, line in enumerate(text.split("\n")):
        characters += _write_line(line, style, rng, y=index * LINE_PITCH * height)
    return _compose(characters, round(margin * height))


class _Style(NamedTuple):
    """One writer with one pen; lengths in pixels."""

    writer: Hands  # one
    habits: dict[str, str]  # digit -> its shape
    spread: float  # as in sample_hands
    height: int
    pen: float | None
    gap: float
    touching: bool
    slope: float  # y gained per x


class _Character(NamedTuple):
    """`ink`, uint8 (H, W), cut out, with its top left corner at `x`, `y` in pixels."""

    ink: np.ndarray
    x: int
    y: int
    is_digit: bool


def _write_line(
    line: str, style: _Style, rng: np.random.Generator, *, y: float
) -> list[_Character]:
    """The characters of a line whose middle starts at height `y`."""
    written: list[_Character] = []
    x, may_touch = rng.normal(0, 0.15) * style.height, False
    wander = rng.normal(0, 0.03, 2) * style.height
    for name in line:
        if name == " ":
            x, may_touch = x + WORD_GAP * style.height, False
            continue
        ink, top = _draw_character(name, style, rng)
        at = x / style.height
        top = round(y + top + style.slope * x + wander @ (math.sin(at / 3), math.cos(at / 2)))
        character = _Character(ink, round(x), top, name in style.habits)
        if style.touching and may_touch and character.is_digit:
            character = _push_against(written[-1], character)
        written.append(character)
        may_touch = character.is_digit
        x = character.x + ink.shape[1] + max(1, rng.normal(style.gap, 0.3 * style.gap))
    return written


def _choose_habits(rng: np.random.Generator) -> dict[str, str]:
    """The shape that a writer gives each digit; rare variants, harder to read, are left out."""
    habits = {}
    for digit, variants in DIGITS.items():
        common = [shape for weight, shape in variants if weight >= COMMON]
        habits[str(digit)] = common[rng.integers(len(common))]
    return habits


def _check_text(text: str) -> None:
    known = {*map(str, DIGITS), *SIGNS, " ", "\n"}
    unknown = sorted(set(text) - known)
    if unknown or not text.strip():
        raise ValueError(f"no shape for {unknown}" if unknown else "no character to draw")


def _draw_character(name: str, style: _Style, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """A character cut out around its ink, and where its top is from the line's middle, down."""
    hand = _vary_hand(style, rng)
    shape = style.habits.get(name) or SIGNS[name]
    path = write_shape(shape, hand, rng)[0] * style.height
    widths = press_pen(len(path), hand, rng)[0]
    widths = widths * (style.height if style.pen is None else style.pen / hand.width[0])
    canvas, top = _draw_on_canvas(path, widths, read_shape(shape).strokes)
    left, skipped, width, height = cv2.boundingRect(canvas)
    return canvas[skipped : skipped + height, left : left + width], top + skipped


def _vary_hand(style: _Style, rng: np.random.Generator) -> Hands:
    """The writer's hand as it is this time: one of them."""
    chance = sample_hands(1, rng, spread=style.spread)
    mixed = zip(style.writer, chance, strict=True)
    return Hands(*(HABIT * own + (1 - HABIT) * other for own, other in mixed))


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
    """All characters on one page just large enough, with the boxes of the digits."""
    left = min(c.x for c in characters) - margin
    top = min(c.y for c in characters) - margin
    right = max(c.x + c.ink.shape[1] for c in characters) + margin
    bottom = max(c.y + c.ink.shape[0] for c in characters) + margin
    page = np.zeros((bottom - top, right - left), np.uint8)
    boxes = []
    for ink, x, y, is_digit in characters:
        height, width = ink.shape
        part = page[y - top : y - top + height, x - left : x - left + width]
        np.maximum(part, ink, out=part)
        if is_digit:
            boxes.append((x - left, y - top, width, height))
    return Page(page, boxes)
