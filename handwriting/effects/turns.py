"""A page that lies on its side or upside down, or is held at a slant, photographed as it lies."""

import numpy as np

from handwriting.effects.writing import Drawing, choose_pen, write_number
from handwriting.paper import (
    add_grain,
    place_on_sheet,
    put_on_paper,
    shade_unevenly,
    trim_to_ink,
    turn,
)

TELLING = frozenset("347")  # these look like no other digit, whichever way they are turned
STEEPEST = 35.0  # degrees


def draw_turned(rng: np.random.Generator) -> Drawing:
    """Turned by 90, 180 or 270 degrees, without a word of it in the file."""
    while True:
        text, ink = write_number(rng, least=2, lines=int(rng.integers(1, 4)))
        if TELLING & set(text):
            break
    return text, np.rot90(_photograph(ink, rng), rng.integers(1, 4)).copy()


def draw_steep(rng: np.random.Generator) -> Drawing:
    """Lines that rise or fall by 15 to 35 degrees, and the digits with them."""
    text, ink = write_number(rng, least=2, most=6, lines=int(rng.integers(1, 4)))
    side = 1 + round(float(np.hypot(*ink.shape)))
    sheet = place_on_sheet(ink, (side, side), tuple((side - n) // 2 for n in ink.shape[::-1]))
    slanted = turn(sheet, rng.uniform(15, STEEPEST) * rng.choice([-1, 1]))
    return text, _photograph(trim_to_ink(slanted, margin=30), rng)


def _photograph(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The ink on paper in the light of a room: uint8 BGR (H, W, 3)."""
    picture = put_on_paper(ink, colour=choose_pen(rng))
    picture = shade_unevenly(picture, rng, depth=rng.uniform(0.1, 0.4))
    return add_grain(picture, rng, strength=rng.uniform(1, 5))
