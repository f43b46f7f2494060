"""Digits that lie over each other, or are written without lifting the pen."""

import numpy as np

from handwriting.effects.writing import Drawing, choose_pen, draw_plain
from handwriting.pages import draw_text
from handwriting.paper import put_on_paper

MOST_OVERLAP = 0.35  # of the narrower digit's width: people read more only where they know the hand
IN_ONE_GO = ("00", "11", "77")  # what hasty hands write without lifting the pen


def draw_overlap(rng: np.random.Generator) -> Drawing:
    """Two to six digits, each of which lies over the one before it by up to a third."""
    overlap = rng.uniform(0, MOST_OVERLAP)
    return draw_plain(rng, least=2, most=6, overlap=overlap, pen=rng.uniform(3, 6))


def draw_zeros(rng: np.random.Generator) -> Drawing:
    """Zeros in a row that lie over each other, closed or open at the top."""
    overlap = rng.uniform(0, MOST_OVERLAP)
    return draw_plain(rng, least=2, most=5, digits="0", overlap=overlap, pen=rng.uniform(3, 6))


def draw_in_one_go(rng: np.random.Generator) -> Drawing:
    """A pair of digits that the pen joins."""
    text = str(rng.choice(IN_ONE_GO))
    ink = draw_text(
        text,
        rng,
        height=int(rng.integers(40, 61)),
        neatness=rng.uniform(0.3, 0.8),
        pen=rng.uniform(3, 6),
        gap=rng.uniform(0.05, 0.25),
        joined=True,
    ).ink
    return text, put_on_paper(ink, colour=choose_pen(rng))
