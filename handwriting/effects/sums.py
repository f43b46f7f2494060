"""Numbers with marks: negative ones, decimals, dates, times, fractions, sums with brackets."""

import numpy as np

from handwriting.effects.writing import Drawing, choose_pen
from handwriting.marks import MEANINGS
from handwriting.pages import draw_text
from handwriting.paper import (
    add_grain,
    add_shadow,
    compress,
    put_on_board,
    put_on_paper,
    rule_lines,
    shade_unevenly,
)

TIMES = "××××·*"  # how often each of the signs that multiply is drawn
DATE_MARKS = "//.-"


def draw_negative(rng: np.random.Generator) -> Drawing:
    """A number below zero."""
    return _draw_marked(f"-{_choose_number(rng, most=5)}", rng)


def draw_decimal(rng: np.random.Generator) -> Drawing:
    """A number with a decimal point or comma."""
    return _draw_marked(_choose_decimal(rng), rng)


def draw_amounts(rng: np.random.Generator) -> Drawing:
    """Two to four decimals below one another, some of them negative."""
    lines = [_choose_decimal(rng) for _ in range(rng.integers(2, 5))]
    signs = rng.choice(["", "", "-", "+"], len(lines))
    return _draw_marked("\n".join(map("".join, zip(signs, lines, strict=True))), rng)


def draw_thousands(rng: np.random.Generator) -> Drawing:
    """A number with thousands parted by commas, and perhaps hundredths."""
    hundredths = f".{rng.integers(0, 100):02}" if rng.random() < 0.5 else ""
    return _draw_marked(f"{rng.integers(1000, 10 ** rng.integers(4, 8)):,}{hundredths}", rng)


def draw_time(rng: np.random.Generator) -> Drawing:
    """A time of the day."""
    hour, minute, second = rng.integers(0, (24, 60, 60))
    seconds = f":{second:02}" if rng.random() < 0.3 else ""
    return _draw_marked(f"{hour}:{minute:02}{seconds}", rng)


def draw_date(rng: np.random.Generator) -> Drawing:
    """A date."""
    day, month, year = rng.integers((1, 1, 0), (32, 13, 100))
    mark = _choose(DATE_MARKS, rng)
    century = _choose(("", "20"), rng)
    return _draw_marked(f"{day}{mark}{month}{mark}{century}{year:02}", rng)


def draw_fraction(rng: np.random.Generator) -> Drawing:
    """A fraction on one line."""
    return _draw_marked(f"{_choose_number(rng, most=2)}/{_choose_number(rng, most=3)}", rng)


def draw_sum(rng: np.random.Generator) -> Drawing:
    """A sum of two or three numbers, perhaps with what comes out."""
    text = _join_numbers(rng, signs="++-", count=int(rng.integers(2, 4)))
    outcome = f"={_choose_number(rng, most=3)}" if rng.random() < 0.5 else ""
    return _draw_marked(text + outcome, rng, spaced=rng.random() < 0.5)


def draw_product(rng: np.random.Generator) -> Drawing:
    """A product or a quotient of two numbers, perhaps with what comes out."""
    sign = _choose(f"{TIMES}÷÷÷", rng)
    text = _join_numbers(rng, signs=sign, count=2)
    outcome = f"={_choose_number(rng, most=3)}" if rng.random() < 0.5 else ""
    return _draw_marked(text + outcome, rng, spaced=rng.random() < 0.5)


def draw_brackets(rng: np.random.Generator) -> Drawing:
    """A sum in brackets, times or over a number."""
    sign, other = _choose("×·/÷", rng), _choose_number(rng, most=2)
    inner = f"({_join_numbers(rng, signs='+-×', count=2, most=2)})"
    before = f"{other}×{inner}"
    return _draw_marked(
        _choose((f"{inner}{sign}{other}", f"-{inner}{sign}{other}", before), rng), rng
    )


def draw_wide_sum(rng: np.random.Generator) -> Drawing:
    """A sum of single digits with much room between them, as people write one for a program."""
    text = _join_numbers(rng, signs="+-×/", count=int(rng.integers(2, 4)), most=1)
    return _draw_marked(text, rng, gap=rng.uniform(0.5, 1.5), height=int(rng.integers(50, 90)))


def _draw_marked(
    text: str, rng: np.random.Generator, *, spaced: bool = False, **look: object
) -> Drawing:
    """The text on paper in some light; `spaced`: with room around `+ - × · * ÷ =`.

    `look` goes to draw_text, in place of what is chosen here.
    """
    shown = "".join(f" {c} " if c in "+-×·*÷=" else c for c in text) if spaced else text
    look = {
        "height": int(rng.integers(40, 61)),
        "neatness": rng.uniform(0.3, 0.8),
        "margin": 0.6,
    } | look
    picture = _photograph(draw_text(shown.strip(), rng, **look).ink, rng)
    return "".join(MEANINGS.get(character, character) for character in text), picture


def _photograph(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The ink on paper, half of it in a light that the eye does not mind."""
    picture = put_on_paper(ink, colour=choose_pen(rng))
    kinds = (
        lambda: shade_unevenly(picture, rng, depth=rng.uniform(0.2, 0.6)),
        lambda: add_shadow(picture, rng, depth=rng.uniform(0.2, 0.5), softness=0.2),
        lambda: add_grain(picture, rng, strength=rng.uniform(2, 8)),
        lambda: compress(add_grain(picture, rng, strength=2), quality=int(rng.integers(50, 90))),
        lambda: rule_lines(picture, pitch=int(rng.integers(30, 60)), offset=10),
        lambda: 255 - picture,
        lambda: put_on_board(ink, rng),
    )
    kind = rng.integers(2 * len(kinds))
    return kinds[kind]() if kind < len(kinds) else picture


def _join_numbers(rng: np.random.Generator, *, signs: str, count: int, most: int = 3) -> str:
    """So many numbers of at most `most` digits, a sign between each two."""
    text = _choose_number(rng, most=most)
    for _ in range(count - 1):
        text += _choose(signs, rng) + _choose_number(rng, most=most)
    return text


def _choose_decimal(rng: np.random.Generator) -> str:
    number, part = _choose_number(rng, most=3), rng.integers(0, 10, rng.integers(1, 4))
    return f"{number}{_choose('..,', rng)}{''.join(map(str, part))}"


def _choose_number(rng: np.random.Generator, *, most: int) -> str:
    """A number of up to `most` digits, which begins with no zero unless it is one."""
    return str(rng.integers(0, 10 ** rng.integers(1, most + 1)))


def _choose(things: str | tuple[str, ...], rng: np.random.Generator) -> str:
    return things[rng.integers(len(things))]
