"""The picture drawn again as a teacher would show it: boxes, digits, and what the network saw."""

import cv2
import numpy as np

from digits.reading import Digit, Reading, format_percent
from digits.results import Mark

# BGR; green, orange and blue of Okabe and Ito, told apart by the colour-blind.
_SURE, _UNSURE, _MARK = (115, 140, 0), (0, 84, 213), (178, 114, 0)
_WHITE, _LIGHT_GREY, _GREY, _BLACK = (255,) * 3, (200,) * 3, (110,) * 3, (20,) * 3

_WIDTH = 1000  # of the copy, unless the digits would be too small to be seen
_WIDEST = 3000
_TALLEST = 900  # of a picture that is made smaller to fit
_ENLARGED = 450  # the height to which a small picture is enlarged
_DIGIT_HEIGHT = 40  # at least half of the digits are shown this tall
_MARGIN = 30  # has room for what is written beside digits at the picture's edges
_TILE = 112  # four times the 28 pixels that the network sees
_TILE_STEP = _TILE + 6
_ROW_STEP = _TILE + 80
_MOST_TILES = 200  # of a page with more digits those that are least sure: a tile has 100 kB
_FONT = cv2.FONT_HERSHEY_SIMPLEX  # has only ASCII
_ASCII = {"×": "x", "÷": "div"}


def draw_reading(picture: np.ndarray, reading: Reading) -> np.ndarray:
    """The annotated copy, uint8 BGR (H, W, 3): the picture with a box, the digit and its confidence
    for each digit, and under it each 28x28 image with the network's three best guesses.

    Marks have a thinner, blue box. What is not sure is orange and carries a question mark.

    Args:
        picture: uint8 (H, W, 3), BGR, as displayed.
        reading: what was read in it.
    """
    scale = _choose_scale(picture, reading)
    shown = _resize(picture, scale)
    width = min(max(_WIDTH, shown.shape[1] + 2 * _MARGIN), _WIDEST + 2 * _MARGIN)
    top = np.full((shown.shape[0] + 2 * _MARGIN, width, 3), 255, np.uint8)
    left = (width - shown.shape[1]) // 2
    bottom, right = _MARGIN + shown.shape[0], left + shown.shape[1]
    top[_MARGIN:bottom, left:right] = shown
    cv2.rectangle(top, (left - 1, _MARGIN - 1), (right, bottom), _LIGHT_GREY, 1)
    draw_boxes(top, reading, scale=scale, origin=(left, _MARGIN))
    return np.vstack([top, draw_tiles(reading, width)])


def draw_boxes(
    canvas: np.ndarray,
    reading: Reading,
    *,
    scale: float = 1.0,
    origin: tuple[int, int] = (0, 0),
) -> None:
    """Draw a box around each mark and each digit of a picture, in place.

    Args:
        canvas: uint8 BGR (H, W, 3), on which the picture lies.
        reading: what was read in the picture.
        scale: how much larger the picture lies there than it is.
        origin: x and y of its top left corner on the canvas.
    """
    for character in (*reading.marks, *reading.digits):
        _draw_box(canvas, character, scale=scale, origin=origin)


def _choose_scale(picture: np.ndarray, reading: Reading) -> float:
    """How much larger or smaller the picture is shown: it fits, unless its digits get too small."""
    height, width = picture.shape[:2]
    fits = min((_WIDTH - 2 * _MARGIN) / width, _TALLEST / height)
    legible = _DIGIT_HEIGHT / float(np.median([digit.box[3] for digit in reading.digits]))
    scale = max(min(fits, max(1.0, _ENLARGED / height)), legible)
    return min(scale, _WIDEST / max(height, width))


def _resize(picture: np.ndarray, scale: float) -> np.ndarray:
    """The picture at another size: averaged when it shrinks, its pixels seen when it grows."""
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST if scale > 2 else cv2.INTER_CUBIC
    return cv2.resize(picture, size, interpolation=method)


def _draw_box(
    canvas: np.ndarray, character: Digit | Mark, *, scale: float, origin: tuple[int, int]
) -> None:
    """Draw one box, what is in it above and, for a digit, its confidence below."""
    x, y, width, height = (value * scale for value in character.box)
    left, upper = round(origin[0] + x) - 3, round(origin[1] + y) - 3
    right, lower = round(origin[0] + x + width) + 2, round(origin[1] + y + height) + 2
    is_digit, colour = isinstance(character, Digit), _choose_colour(character)
    cv2.rectangle(canvas, (left, upper), (right, lower), colour, 2 if is_digit else 1)
    size = 0.7 if is_digit else 0.5
    _write_tag(canvas, _name_character(character), (left - 1, upper), size=size, colour=colour)
    if is_digit:
        percent = format_percent(character.confidence)
        _write_tag(canvas, percent, (left - 1, lower + 16), size=0.4, colour=colour)


def _write_tag(
    canvas: np.ndarray, text: str, corner: tuple[int, int], *, size: float, colour: tuple
) -> None:
    """Write white on a colour; `corner` is the lower left one."""
    (width, _), _ = cv2.getTextSize(text, _FONT, size, 1)
    height = round(30 * size)
    x = min(max(corner[0], 0), canvas.shape[1] - width - 6)
    y = min(max(corner[1], height), canvas.shape[0] - 1)
    cv2.rectangle(canvas, (x, y - height), (x + width + 5, y), colour, cv2.FILLED)
    _write(canvas, text, (x + 3, y - round(5 * size) - 1), size=size, colour=_WHITE)


def draw_tiles(reading: Reading, width: int) -> np.ndarray:
    """The 28x28 images, enlarged, in rows as wide as the copy, uint8 BGR (H, width, 3)."""
    digits = _choose_digits(reading.digits)
    columns = (width - 2 * _MARGIN + _TILE_STEP - _TILE) // _TILE_STEP
    rows = -(-len(digits) // columns)
    canvas = np.full((44 + rows * _ROW_STEP, width, 3), 255, np.uint8)
    _write(canvas, _write_title(reading, len(digits)), (_MARGIN, 24), size=0.55, colour=_GREY)
    for number, digit in enumerate(digits):
        row, column = divmod(number, columns)
        _draw_tile(canvas, digit, (_MARGIN + column * _TILE_STEP, 40 + row * _ROW_STEP))
    return canvas


def _choose_digits(digits: list[Digit]) -> list[Digit]:
    """The digits whose images are shown, in reading order."""
    by_doubt = sorted(range(len(digits)), key=lambda index: digits[index].confidence)
    return [digits[index] for index in sorted(by_doubt[:_MOST_TILES])]


def _write_title(reading: Reading, shown: int) -> str:
    """What stands over the tiles."""
    few = f" in the {shown} least sure digits" if shown < len(reading.digits) else ""
    turned = f"; turned by {reading.turned} degrees clockwise to be read" if reading.turned else ""
    return f"What the network saw{few}, and its three best guesses{turned}"


def _draw_tile(canvas: np.ndarray, digit: Digit, corner: tuple[int, int]) -> None:
    """Draw one 28x28 image, framed, and under it three guesses, each with a bar."""
    x, y = corner
    image = cv2.resize(digit.image, (_TILE, _TILE), interpolation=cv2.INTER_NEAREST)
    canvas[y : y + _TILE, x : x + _TILE] = image[..., np.newaxis]
    cv2.rectangle(canvas, (x, y), (x + _TILE - 1, y + _TILE - 1), _choose_colour(digit), 3)
    for rank, (guess, share) in enumerate(digit.alternatives):
        base = y + _TILE + 20 + 19 * rank
        colour = _choose_colour(digit) if rank == 0 else _GREY
        name = _name_character(digit) if rank == 0 else str(guess)
        _write(canvas, name, (x + 2, base), size=0.55, colour=_BLACK)
        bar = round(share * 34)
        cv2.rectangle(canvas, (x + 24, base - 10), (x + 24 + bar, base - 2), colour, cv2.FILLED)
        percent = format_percent(share)
        (width, _), _ = cv2.getTextSize(percent, _FONT, 0.5, 1)
        _write(canvas, percent, (x + _TILE - 2 - width, base), size=0.5, colour=_BLACK)


def _write(
    canvas: np.ndarray, text: str, start: tuple[int, int], *, size: float, colour: tuple
) -> None:
    """Write ASCII text; `start` is the left end of its baseline."""
    cv2.putText(canvas, text, start, _FONT, size, colour, 1, cv2.LINE_AA)


def _name_character(character: Digit | Mark) -> str:
    """The digit or mark in ASCII, with a question mark when it is not sure."""
    is_mark = isinstance(character, Mark)
    name = _ASCII.get(character.mark, character.mark) if is_mark else f"{character.digit}"
    return name if character.sure else f"{name}?"


def _choose_colour(character: Digit | Mark) -> tuple[int, int, int]:
    """Orange when it is not sure, else green for a digit and blue for a mark."""
    if not character.sure:
        return _UNSURE
    return _MARK if isinstance(character, Mark) else _SURE
