"""What else is on a page of numbers: lines drawn by hand, words, small notes, the other side."""

import cv2
import numpy as np

from handwriting.effects.writing import Drawing, choose_pen, write_number
from handwriting.pages import draw_text
from handwriting.paper import (
    add_grain,
    lay_on_table,
    put_on_paper,
    shade_unevenly,
    show_through,
    trim_to_ink,
)

WORD_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def draw_underlined(rng: np.random.Generator) -> Drawing:
    """A line drawn under the number, or two: shorter or longer, straight or wavy, near or touching.

    An underline lies under the feet of most digits; a descender may cross it.
    """
    height = int(rng.integers(40, 61))
    text, ink = write_number(rng, least=2, most=6, height=height)
    ink = trim_to_ink(ink, margin=height)
    width = ink.shape[1] - 2 * height
    left = height + width * rng.uniform(-0.1, 0.25)
    right = height + width * rng.uniform(0.8, 1.15)
    y = len(ink) - height + height * rng.uniform(0, 0.35)
    pen = int(rng.integers(2, 6))
    for row in range(int(rng.integers(1, 3))):
        _draw_wave(ink, rng, (left, right), y + row * height * 0.25, height=height, pen=pen)
    return text, put_on_paper(ink, colour=choose_pen(rng))


def draw_boxed(rng: np.random.Generator) -> Drawing:
    """A box drawn around the number, by hand."""
    height = int(rng.integers(40, 61))
    text, ink = write_number(rng, most=6, height=height)
    ink = trim_to_ink(ink, margin=height)
    away = height * rng.uniform(0.4, 0.8, 4)
    right, bottom = ink.shape[1] - away[2], len(ink) - away[3]
    corners = np.array([away[:2], (right, away[1]), (right, bottom), (away[0], bottom)])
    corners = corners + rng.normal(0, 0.05 * height, (4, 2))
    pen = int(rng.integers(2, 5))
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        ends = np.stack([start, end + 0.03 * (end - start) * rng.uniform(-1, 1)]).round()
        cv2.polylines(ink, [ends.astype(np.int32)], False, 255, pen, cv2.LINE_AA)
    return text, put_on_paper(ink, colour=choose_pen(rng))


def draw_word_beside(rng: np.random.Generator) -> Drawing:
    """A word before the number, or after it, in the same hand."""
    number = "".join(rng.choice(list("0123456789"), rng.integers(1, 5)))
    words = [_make_word(rng), number]
    if rng.random() < 0.3:
        words.reverse()
    text = "  ".join(words)
    ink = draw_text(text, rng, height=int(rng.integers(40, 61)), neatness=rng.uniform(0.3, 0.8)).ink
    return number, put_on_paper(ink, colour=choose_pen(rng))


def draw_prose(rng: np.random.Generator) -> Drawing:
    """Lines of words, and no digit."""
    lines = [" ".join(_make_word(rng) for _ in range(rng.integers(2, 4))) for _ in range(4)]
    ink = draw_text("\n".join(lines), rng, height=40, neatness=rng.uniform(0.4, 0.8)).ink
    return "", put_on_paper(ink, colour=choose_pen(rng))


def draw_exponent(rng: np.random.Generator) -> Drawing:
    """A number with a small digit above its end."""
    height = int(rng.integers(70, 120))
    text, ink = write_number(rng, most=3, height=height, pen=rng.uniform(4, 7))
    small = round(height * rng.uniform(0.3, 0.45))
    power, raised = write_number(rng, most=1, height=small, pen=rng.uniform(3, 4))
    ink, raised = trim_to_ink(ink), trim_to_ink(raised)
    room = np.zeros((len(ink) + small // 2, raised.shape[1] + small // 2), np.uint8)
    room[: len(raised), small // 2 :] = raised[: len(room)]
    number = np.pad(ink, ((small // 2, 0), (0, 0)))
    return text + power, put_on_paper(np.pad(np.hstack([number, room]), 40), colour=choose_pen(rng))


def draw_corner_note(rng: np.random.Generator) -> Drawing:
    """A large number, and a small one above it in the corner of the page."""
    height = int(rng.integers(140, 220))
    text, ink = write_number(rng, least=2, most=4, height=height, pen=rng.uniform(5, 9), margin=0.3)
    size = int(rng.integers(22, 32))
    note, small = write_number(rng, least=2, most=4, height=size, pen=2.5, margin=0.5)
    page = np.zeros((len(ink) + len(small), max(ink.shape[1], small.shape[1])), np.uint8)
    page[: len(small), -small.shape[1] :] = small
    page[len(small) :, : ink.shape[1]] = ink
    return f"{note}\n{text}", put_on_paper(page, colour=choose_pen(rng))


def draw_show_through(rng: np.random.Generator) -> Drawing:
    """Pencil, thin and faint, on a sheet whose other side shows; dark table on two sides."""
    look = {"height": 75, "gap": 1.2, "neatness": rng.uniform(0.3, 0.7), "margin": 1.2}
    text, ink = write_number(rng, least=3, most=4, lines=5, pen=rng.uniform(1, 2), **look)
    _, other = write_number(rng, least=6, most=9, lines=9, pen=7, height=40)
    sheet = put_on_paper(ink, colour=(125, 125, 125), paper=(205, 212, 215))
    sheet = show_through(sheet, other, contrast=rng.uniform(0.04, 0.09))
    photo = lay_on_table(sheet, rng, border=0.03, skew=0.01)
    photo = photo[: -round(0.06 * len(photo)), round(0.06 * photo.shape[1]) :]
    return text, add_grain(shade_unevenly(photo, rng, depth=0.5), rng, strength=1.5)


def _make_word(rng: np.random.Generator) -> str:
    """A word of two to six letters, its first one a capital at times, or all of them."""
    style, length = rng.random(), int(rng.integers(2, 7))
    word = "".join(rng.choice(list(WORD_LETTERS), length))
    return word.upper() if style < 0.3 else word.capitalize() if style < 0.6 else word


def _draw_wave(
    ink: np.ndarray,
    rng: np.random.Generator,
    span: tuple[float, float],
    y: float,
    *,
    height: int,
    pen: int,
) -> None:
    """A line from left to right into the ink, uint8 (H, W): rising or falling, wavy or straight."""
    x = np.linspace(*span, 60)
    wave = height * rng.choice([0.01, 0.05]) * np.sin(2 * np.pi * x / (height * rng.uniform(1, 3)))
    rise = (x - x[0]) * rng.uniform(-0.04, 0.04)
    points = np.column_stack([x, np.minimum(y + wave + rise, len(ink) - 3)]).round()
    cv2.polylines(ink, [points.astype(np.int32)], False, 255, pen, cv2.LINE_AA)
