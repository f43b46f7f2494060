"""What a number is written with and lit by: chalk, faint ink, shadows, grain."""

import numpy as np

from handwriting.effects.writing import Drawing, choose_pen, draw_plain, write_number
from handwriting.paper import (
    add_grain,
    add_shadow,
    add_vignette,
    compress,
    light_by_lamp,
    place_on_sheet,
    put_on_board,
    put_on_paper,
    shade_unevenly,
)


def draw_uneven_light(rng: np.random.Generator) -> Drawing:
    """Light from one side: the other has half of it, or less."""
    text, picture = draw_plain(rng)
    return text, shade_unevenly(picture, rng, depth=rng.uniform(0.4, 0.8))


def draw_shadow(rng: np.random.Generator) -> Drawing:
    """A shadow with a straight edge."""
    text, picture = draw_plain(rng)
    depth, softness = rng.uniform((0.3, 0.05), (0.6, 0.4))
    return text, add_shadow(picture, rng, depth=depth, softness=softness)


def draw_vignette(rng: np.random.Generator) -> Drawing:
    """Dark corners."""
    text, picture = draw_plain(rng, lines=int(rng.integers(1, 3)))
    return text, add_vignette(picture, depth=rng.uniform(0.3, 0.7))


def draw_lamp(rng: np.random.Generator) -> Drawing:
    """A number at the left, half in the light of a lamp or beside it."""
    text, ink = write_number(rng, most=3)
    sheet = place_on_sheet(ink, (ink.shape[1] + 180, ink.shape[0] + 120), (0, 60))
    picture = put_on_paper(sheet, colour=choose_pen(rng))
    at = (ink.shape[1] + int(rng.integers(0, 100)), sheet.shape[0] // 2)
    return text, light_by_lamp(picture, at, radius=80, depth=rng.uniform(0.2, 0.5))


def draw_inverted(rng: np.random.Generator) -> Drawing:
    """White on black, as drawn on a canvas."""
    text, picture = draw_plain(rng)
    return text, 255 - picture


def draw_chalk(rng: np.random.Generator) -> Drawing:
    """Chalk on a blackboard."""
    text, ink = write_number(rng, pen=rng.uniform(4, 8))
    return text, add_vignette(put_on_board(ink, rng), depth=rng.uniform(0, 0.4))


def draw_coloured_paper(rng: np.random.Generator) -> Drawing:
    """Paper of any light colour."""
    text, ink = write_number(rng)
    paper = tuple(rng.integers(130, 250, 3).tolist())
    return text, put_on_paper(ink, colour=choose_pen(rng), paper=paper)


def draw_grey_on_grey(rng: np.random.Generator) -> Drawing:
    """A dark ground and darker ink, or a light one and lighter ink: the mean tells nothing."""
    text, ink = write_number(rng)
    level = int(rng.integers(20, 60))
    ground = level + int(rng.integers(50, 90))
    picture = put_on_paper(ink, colour=(level,) * 3, paper=(ground,) * 3)
    return text, 255 - picture if rng.random() < 0.5 else picture


def draw_faint(rng: np.random.Generator) -> Drawing:
    """10 to 20 grey levels between ink and paper."""
    text, ink = write_number(rng)
    paper = int(rng.integers(150, 240))
    colour = paper - int(rng.integers(10, 21))
    return text, put_on_paper(ink, colour=(colour,) * 3, paper=(paper,) * 3)


def draw_grain(rng: np.random.Generator) -> Drawing:
    """A sensor's noise and the paper's grain."""
    text, picture = draw_plain(rng, pen=rng.uniform(3, 8))
    return text, add_grain(picture, rng, strength=rng.uniform(4, 16))


def draw_small_grainy(rng: np.random.Generator) -> Drawing:
    """A grainy picture of hardly more than 64 pixels."""
    text, ink = write_number(rng, most=2, height=40, pen=rng.uniform(3, 6), margin=0.4)
    return text, add_grain(put_on_paper(ink), rng, strength=rng.uniform(5, 12))


def draw_dead_pixels(rng: np.random.Generator) -> Drawing:
    """Faint ink, and some pixels that are black."""
    text, ink = write_number(rng, most=4, pen=rng.uniform(3, 6))
    level = 220 - int(rng.integers(15, 40))
    sheet = place_on_sheet(ink, (700, 500), (100, 150))
    picture = put_on_paper(sheet, colour=(level,) * 3, paper=(220,) * 3)
    for x, y in rng.integers(0, (700, 500), (rng.integers(1, 3), 2)):
        picture[y, x] = 0
    return text, picture


def draw_jpeg(rng: np.random.Generator) -> Drawing:
    """A JPEG file, from hard to lightly compressed."""
    text, picture = draw_plain(rng)
    picture = add_grain(picture, rng, strength=2)
    return text, compress(picture, quality=int(rng.integers(30, 86)))
