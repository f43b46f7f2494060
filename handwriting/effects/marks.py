"""What stands beside a number, or where no number is: dashes, dust, letters, things."""

import cv2
import numpy as np

from handwriting.drawing import draw_on_canvas
from handwriting.effects.writing import Drawing, choose_pen, write_number
from handwriting.pages import draw_text
from handwriting.paper import add_grain, put_on_paper, scatter_specks, shade_unevenly, trim_to_ink
from handwriting.pen import read_shape
from handwriting.shapes.others import SILHOUETTES

LETTERS = "AEFHKMNPRTUVWXekmnruw"  # of shapes.SIGNS; none that is a digit of some hand


def draw_dash(rng: np.random.Generator) -> Drawing:
    """A dash before the number, or after it."""
    text, ink = write_number(rng, most=5, height=50)
    ink, at = trim_to_ink(ink, margin=30), int(rng.integers(15, 40))
    ink = np.pad(ink, ((0, 0), (at + 15, at + 15)))
    middle = len(ink) // 2 + int(rng.integers(-5, 6))
    left = 14 if rng.random() < 0.5 else ink.shape[1] - at - 14
    cv2.line(ink, (left, middle), (left + at, middle + int(rng.integers(-3, 4))), 255, 4)
    return text, put_on_paper(ink, colour=choose_pen(rng))


def draw_full_stop(rng: np.random.Generator) -> Drawing:
    """A full stop after the number, or a comma."""
    text, ink = write_number(rng, most=5, height=50, pen=5)
    ink = np.pad(trim_to_ink(ink), ((30, 30), (30, 60)))
    x, y = ink.shape[1] - 60 + int(rng.integers(8, 20)), len(ink) - 33
    tail = (0, 0) if rng.random() < 0.5 else (-3, 8)
    cv2.line(ink, (x, y), (x + tail[0], y + tail[1]), 255, int(rng.integers(4, 7)))
    return text, put_on_paper(ink, colour=choose_pen(rng))


def draw_specks(rng: np.random.Generator) -> Drawing:
    """Many specks of a pixel or three."""
    text, ink = write_number(rng, pen=rng.uniform(5, 8))
    specked = scatter_specks(ink, rng, count=int(rng.integers(20, 60)), size=1)
    specked = scatter_specks(specked, rng, count=int(rng.integers(0, 15)), size=3)
    return text, put_on_paper(specked, colour=choose_pen(rng))


def draw_dust(rng: np.random.Generator) -> Drawing:
    """Dust beside large digits, finer than their strokes."""
    text, ink = write_number(rng, most=3, height=150, pen=rng.uniform(2.5, 8))
    dusty = scatter_specks(ink, rng, count=int(rng.integers(10, 30)), size=5)
    return text, put_on_paper(dusty, colour=choose_pen(rng))


def draw_unit(rng: np.random.Generator) -> Drawing:
    """A unit after the number: one or two letters, less than half as high."""
    text, ink = write_number(rng, most=5, height=60)
    letters = "".join(rng.choice(list(LETTERS), rng.integers(1, 3)))
    unit = trim_to_ink(draw_text(letters, rng, height=int(rng.integers(16, 27)), pen=3).ink)
    number = trim_to_ink(ink)
    room = np.zeros((len(number), 20 + unit.shape[1]), np.uint8)
    room[-len(unit) :, 20:] = unit
    return text, put_on_paper(np.pad(np.hstack([number, room]), 35), colour=choose_pen(rng))


def draw_straight_one(rng: np.random.Generator) -> Drawing:
    """A 1 drawn in a paint program: one straight, upright bar on a plain canvas."""
    width = int(rng.integers(6, 25))
    height = round(width * rng.uniform(4.5, 8))
    bar = np.pad(np.full((height, width), 255, np.uint8), (20, 60))
    return "1", put_on_paper(bar, colour=(0, 0, 0), paper=(255, 255, 255))


def draw_letters(rng: np.random.Generator) -> Drawing:
    """Letters and no digit."""
    letters = "".join(rng.choice(list(LETTERS), rng.integers(1, 7)))
    ink = draw_text(letters, rng, height=50, neatness=rng.uniform(0.3, 0.8)).ink
    return "", put_on_paper(ink, colour=choose_pen(rng))


def draw_blank(rng: np.random.Generator) -> Drawing:
    """Paper with nothing on it but grain."""
    height, width = rng.integers(100, 400, 2).tolist()
    blank = np.full((height, width, 3), rng.integers(120, 240, 3), np.uint8)
    shaded = shade_unevenly(blank, rng, depth=rng.uniform(0, 0.4))
    return "", add_grain(shaded, rng, strength=rng.uniform(0.5, 12))


def draw_object(rng: np.random.Generator) -> Drawing:
    """A thing that is no writing: a piece of clothing, a box, a splash, filled and shaded."""
    path = read_shape(str(rng.choice(SILHOUETTES)))
    outline = path.rounded @ path.points * 150
    shape, _ = draw_on_canvas(outline, np.ones(len(outline)), path.strokes, filled=True)
    picture = put_on_paper(np.pad(shape, 30), colour=choose_pen(rng))
    return "", add_grain(shade_unevenly(picture, rng), rng, strength=4)
