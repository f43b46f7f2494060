"""One digit cut out, as data sets have it."""

import cv2
import numpy as np

from handwriting.effects.writing import Drawing, choose_pen, write_number
from handwriting.paper import place_on_sheet, put_on_paper, trim_to_ink


def draw_crop_16(rng: np.random.Generator) -> Drawing:
    """A digit in a picture of 16x16 pixels."""
    return _draw_crop(rng, 16)


def draw_crop_28(rng: np.random.Generator) -> Drawing:
    """A digit in a picture of 28x28 pixels."""
    return _draw_crop(rng, 28)


def draw_crop_64(rng: np.random.Generator) -> Drawing:
    """A digit in a picture of up to 64x64 pixels."""
    return _draw_crop(rng, int(rng.integers(30, 65)))


def _draw_crop(rng: np.random.Generator, side: int) -> Drawing:
    """A digit in a square of so many pixels, dark or light, as data sets have it."""
    text, ink = write_number(rng, most=1, height=80)
    ink = trim_to_ink(ink, margin=int(rng.integers(2, 14)))
    room = max(ink.shape)
    at = ((room - ink.shape[1]) // 2, (room - ink.shape[0]) // 2)
    picture = put_on_paper(place_on_sheet(ink, (room, room), at), colour=choose_pen(rng))
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    return text, 255 - small if rng.random() < 0.5 else small


def draw_stretched_crop(rng: np.random.Generator) -> Drawing:
    """A digit stretched to the frame of its picture, as some data sets have it."""
    text, ink = write_number(rng, most=1, height=100, pen=rng.uniform(8, 14))
    side = int(rng.choice([16, 28, 32, 64]))
    crop = cv2.resize(trim_to_ink(ink), (side, side), interpolation=cv2.INTER_AREA)
    return text, np.repeat(crop[..., None], 3, axis=2)


def draw_tight_crop(rng: np.random.Generator) -> Drawing:
    """A digit that touches all four borders."""
    text, ink = write_number(rng, most=1, height=int(rng.integers(80, 200)), pen=rng.uniform(8, 14))
    return text, put_on_paper(trim_to_ink(ink), colour=choose_pen(rng))


def draw_tight_number(rng: np.random.Generator) -> Drawing:
    """A number that touches all four borders."""
    text, ink = write_number(rng, least=2, most=5)
    return text, put_on_paper(trim_to_ink(ink), colour=choose_pen(rng))


def draw_as_wide(rng: np.random.Generator) -> Drawing:
    """A digit as wide as its picture, with paper above and below."""
    look = {"height": 110, "pen": rng.uniform(8, 12), "neatness": 0.8}
    text, ink = write_number(rng, most=1, digits="234578", **look)
    above, below = rng.integers(10, 50, 2)
    room = np.pad(trim_to_ink(ink), ((above, below), (0, 0)))
    return text, put_on_paper(room, colour=choose_pen(rng))
