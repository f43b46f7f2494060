"""How a number is written: one line or several, apart or touching, with any pen, anywhere."""

import numpy as np

from handwriting.pages import draw_text
from handwriting.paper import (
    Colour,
    break_strokes,
    fade_strokes,
    place_on_sheet,
    put_on_paper,
    trim_to_ink,
)

MOST_DIGITS = 8  # of a number

Drawing = tuple[str, np.ndarray]  # the digits, lines joined by a line feed; uint8 BGR (H, W, 3)


def write_number(
    rng: np.random.Generator,
    *,
    least: int = 1,
    most: int = MOST_DIGITS,
    lines: int = 1,
    digits: str = "0123456789",
    **look: object,
) -> tuple[str, np.ndarray]:
    """Numbers of `least` to `most` digits, one a line, in one hand, and their ink: uint8 (H, W).

    `digits` are those to choose from; `look` goes to draw_text, in place of what is chosen here.
    """
    lengths = rng.integers(least, most + 1, lines)
    chosen = [rng.integers(0, len(digits), length) for length in lengths]
    text = "\n".join("".join(digits[index] for index in line) for line in chosen)
    look = {
        "height": int(rng.integers(40, 61)),
        "neatness": rng.uniform(0.3, 0.8),
        "margin": 0.6,
    } | look
    return text, draw_text(text, rng, **look).ink


def choose_pen(rng: np.random.Generator) -> Colour:
    """The colour of a pen: dark, and no purer than a pen's ink."""
    blue, green, red = rng.integers(20, 110, 3).tolist()
    return blue, green, red


def draw_plain(rng: np.random.Generator, **look: object) -> Drawing:
    """A number on white paper."""
    text, ink = write_number(rng, **look)
    return text, put_on_paper(ink, colour=choose_pen(rng))


def draw_tilted(rng: np.random.Generator) -> Drawing:
    """A number whose line rises or falls."""
    return draw_plain(rng, tilt=rng.uniform(3, 12) * rng.choice([-1, 1]))


def draw_lines(rng: np.random.Generator) -> Drawing:
    """Two to four lines."""
    return draw_plain(rng, most=6, lines=int(rng.integers(2, 5)), height=40)


def draw_tilted_lines(rng: np.random.Generator) -> Drawing:
    """Two or three lines that rise or fall."""
    tilt = rng.uniform(3, 10) * rng.choice([-1, 1])
    return draw_plain(rng, most=6, lines=int(rng.integers(2, 4)), height=40, tilt=tilt)


def draw_touching(rng: np.random.Generator) -> Drawing:
    """Digits that touch their neighbours."""
    return draw_plain(rng, most=4, touching=True, pen=rng.uniform(3, 6))


def draw_chain(rng: np.random.Generator) -> Drawing:
    """Neat digits of a thin pen that touch."""
    return draw_plain(rng, least=3, most=5, touching=True, pen=rng.uniform(2, 4), neatness=0.8)


def draw_touching_loops(rng: np.random.Generator) -> Drawing:
    """Zeros and other digits with a loop that touch."""
    pen = rng.uniform(3, 6)
    return draw_plain(rng, least=2, most=3, digits="0689", touching=True, pen=pen, neatness=0.8)


def draw_touching_lines(rng: np.random.Generator) -> Drawing:
    """Two lines of which the upper hangs into the lower by two pixels."""
    (above, upper), (below, lower) = (write_number(rng, most=3, height=50) for _ in range(2))
    upper, lower = trim_to_ink(upper), trim_to_ink(lower)
    size = (max(upper.shape[1], lower.shape[1]), len(upper) + len(lower) - 2)
    at_bottom = (0, size[1] - len(lower))
    ink = np.maximum(place_on_sheet(upper, size, (0, 0)), place_on_sheet(lower, size, at_bottom))
    return f"{above}\n{below}", put_on_paper(np.pad(ink, 30), colour=choose_pen(rng))


def draw_cut_off_line(rng: np.random.Generator) -> Drawing:
    """The lower ends of another line's digits at the upper border."""
    (_, above), (text, ink) = write_number(rng, most=4), write_number(rng, most=4)
    above = trim_to_ink(above)
    feet = above[-round(rng.uniform(0.2, 0.45) * len(above)) :]
    width = max(feet.shape[1], ink.shape[1])
    rows = [np.pad(row, ((0, 0), (0, width - row.shape[1]))) for row in (feet, ink)]
    return text, put_on_paper(np.vstack(rows), colour=choose_pen(rng))


def draw_fat_pen(rng: np.random.Generator) -> Drawing:
    """Digits of a marker, its stroke up to a quarter of their height."""
    height = int(rng.integers(50, 90))
    return draw_plain(rng, most=2, height=height, pen=rng.uniform(0.2, 0.27) * height, gap=0.5)


def draw_hairline(rng: np.random.Generator) -> Drawing:
    """Digits of a line one pixel wide."""
    return draw_plain(rng, most=4, height=int(rng.integers(50, 140)), pen=1)


def draw_shrunk_hairline(rng: np.random.Generator) -> Drawing:
    """A line one pixel wide in a picture so large that the reader shrinks it."""
    text, ink = write_number(rng, most=1, height=int(rng.integers(400, 700)), pen=1, neatness=0.7)
    height, width = ink.shape
    return text, put_on_paper(place_on_sheet(ink, (max(1600, width), max(900, height)), (0, 0)))


def draw_fading(rng: np.random.Generator) -> Drawing:
    """A pencil that presses less and less."""
    text, ink = write_number(rng, most=2, height=90)
    faded = fade_strokes(ink, least=rng.uniform(0.2, 0.4))
    return text, put_on_paper(faded, colour=choose_pen(rng))


def draw_broken(rng: np.random.Generator) -> Drawing:
    """Gaps in the strokes, as a dry pen or a hard threshold leaves."""
    text, ink = write_number(rng, most=4, height=60, pen=rng.uniform(4, 6))
    broken = break_strokes(ink, rng, gaps=2 * len(text), size=8)
    return text, put_on_paper(broken, colour=choose_pen(rng))


def draw_dotted(rng: np.random.Generator) -> Drawing:
    """Strokes in many pieces."""
    text, ink = write_number(rng, most=2, height=90, pen=rng.uniform(5, 8), gap=0.6)
    broken = break_strokes(ink, rng, gaps=8 * len(text), size=6)
    return text, put_on_paper(broken, colour=choose_pen(rng))


def draw_corner(rng: np.random.Generator) -> Drawing:
    """A small number in a corner of a large picture."""
    text, ink = write_number(rng, most=3, height=int(rng.integers(22, 45)))
    at = rng.integers(0, (1200 - ink.shape[1], 900 - ink.shape[0])).tolist()
    picture = put_on_paper(place_on_sheet(ink, (1200, 900), tuple(at)), colour=choose_pen(rng))
    return text, picture
