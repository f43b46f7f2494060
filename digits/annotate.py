"""The picture drawn again as a teacher would show it: boxes, digits, and what the network saw."""

import cv2
import numpy as np

from digits.reading import Digit, Reading, format_percent
from digits.results import Mark

# BGR; green, orange and blue of Okabe and Ito, told apart by the colour-blind.
_SURE, _UNSURE, _MARK = (115, 140, 0), (0, 84, 213), (178, 114, 0)
_WHITE, _LIGHT_GREY, _GREY, _BLACK = (255,) * 3, (200,) * 3, (110,) * 3, (20,) * 3

DENSITY = 2  # pixels of a copy for one of a common screen: sharp on a finer one

# In pixels of a common screen.
_WIDTH = 1000  # of the copy, unless the digits would be too small to be seen
_WIDEST = 2000
_TALLEST = 900  # of a picture that is made smaller to fit
_ENLARGED = 450  # the height to which a small picture is enlarged
_DIGIT_HEIGHT = 40  # at least half of the digits are shown this tall
_MARGIN = 30  # has room for what is written beside digits at the picture's edges
_TILE = 112  # four times the 28 pixels that the network sees
_TILE_STEP = _TILE + 6
_ROW_STEP = _TILE + 80
_MOST_TILES = 200  # of a page with more digits those that are least sure: a tile has 400 kB
_TALL = 60  # a digit that is shown taller has the largest name, a lower one a smaller name

_LARGEST_NAME, _SMALLEST_NAME, _MARK_NAME, _PERCENT = 0.7, 0.4, 0.5, 0.4  # sizes of the font
_FONT = cv2.FONT_HERSHEY_SIMPLEX  # has only ASCII
_ASCII = {"×": "x", "÷": "div"}

_Box = tuple[int, int, int, int]  # left, upper, right and lower pixel on the canvas


def draw_reading(picture: np.ndarray, reading: Reading) -> np.ndarray:
    """The annotated copy, uint8 BGR (H, W, 3): the picture with a box, the digit and its confidence
    for each digit, and under it each 28x28 image with the network's three best guesses.

    Marks have a thinner, blue box. What is not sure is orange and carries a question mark. The copy
    has two pixels for one of a common screen.

    Args:
        picture: uint8 (H, W, 3), BGR, as displayed.
        reading: what was read in it.
    """
    scale, margin = _choose_scale(picture, reading), _MARGIN * DENSITY
    shown = _resize(picture, scale)
    width = min(max(_WIDTH * DENSITY, shown.shape[1] + 2 * margin), _WIDEST * DENSITY + 2 * margin)
    top = np.full((shown.shape[0] + 2 * margin, width, 3), 255, np.uint8)
    left = (width - shown.shape[1]) // 2
    bottom, right = margin + shown.shape[0], left + shown.shape[1]
    top[margin:bottom, left:right] = shown
    cv2.rectangle(top, (left - 1, margin - 1), (right, bottom), _LIGHT_GREY, 1)
    draw_boxes(top, reading, scale=scale, origin=(left, margin), density=DENSITY)
    return np.vstack([top, draw_tiles(reading, width, density=DENSITY)])


def draw_page(picture: np.ndarray) -> np.ndarray:
    """The picture alone, at the size of a copy; uint8 BGR (H, W, 3) both."""
    height, width = picture.shape[:2]
    return _resize(picture, min(1.0, _WIDTH / width, _TALLEST / height))


def draw_boxes(
    canvas: np.ndarray,
    reading: Reading,
    *,
    scale: float = 1.0,
    origin: tuple[int, int] = (0, 0),
    density: int = 1,
) -> None:
    """Draw a box around each mark and each digit of a picture, in place, and write what is in it.

    Its confidence stands below a digit that is not sure, and below others where it covers nothing.

    Args:
        canvas: uint8 BGR (H, W, 3), on which the picture lies.
        reading: what was read in the picture.
        scale: how much larger the picture lies there than it is.
        origin: x and y of its top left corner on the canvas.
        density: pixels of the canvas for one of a common screen.
    """
    characters = (*reading.marks, *reading.digits)
    boxes = [_surround(character.box, scale, origin, density) for character in characters]
    names = []
    for character, box in zip(characters, boxes, strict=True):
        colour, is_digit = _choose_colour(character), isinstance(character, Digit)
        cv2.rectangle(canvas, box[:2], box[2:], colour, density * (2 if is_digit else 1))
        size = density * (_choose_size(box[3] - box[1], density) if is_digit else _MARK_NAME)
        corner = (box[0] - 1, box[1])
        names.append(_place(canvas, _name_character(character), corner, size=size))
        _write_tag(canvas, _name_character(character), names[-1], size=size, colour=colour)
    taken = np.array(boxes + names).reshape(-1, 4)
    for digit, box in zip(reading.digits, boxes[len(reading.marks) :], strict=True):
        percent, size = format_percent(digit.confidence), _PERCENT * density
        spot = _place(canvas, percent, (box[0] - 1, box[3] + 16 * density), size=size)
        if not (digit.sure and _covers(spot, taken)):
            _write_tag(canvas, percent, spot, size=size, colour=_choose_colour(digit))
            taken = np.vstack([taken, spot])


def _choose_scale(picture: np.ndarray, reading: Reading) -> float:
    """How much larger or smaller the picture is shown: it fits, unless its digits get too small."""
    height, width = picture.shape[:2]
    fits = DENSITY * min((_WIDTH - 2 * _MARGIN) / width, _TALLEST / height)
    heights = [digit.box[3] for digit in reading.digits]
    legible = DENSITY * _DIGIT_HEIGHT / float(np.median(heights))
    scale = max(min(fits, max(1.0, DENSITY * _ENLARGED / height)), legible)
    return min(scale, DENSITY * _WIDEST / max(height, width))


def _resize(picture: np.ndarray, scale: float) -> np.ndarray:
    """The picture at another size: averaged when it shrinks, its pixels seen when it grows."""
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST if scale > 2 else cv2.INTER_CUBIC
    return cv2.resize(picture, size, interpolation=method)


def _surround(
    box: tuple[int, int, int, int], scale: float, origin: tuple[int, int], density: int
) -> _Box:
    """Where the frame of a box of the picture lies on the canvas."""
    x, y, width, height = (value * scale for value in box)
    left, upper = round(origin[0] + x) - 3 * density, round(origin[1] + y) - 3 * density
    right, lower = round(origin[0] + x + width), round(origin[1] + y + height)
    return left, upper, right + 2 * density, lower + 2 * density


def _choose_size(height: int, density: int) -> float:
    """The size of the font for the name of a digit shown so tall."""
    return max(_SMALLEST_NAME, _LARGEST_NAME * min(1, height / (_TALL * density)))


def _place(canvas: np.ndarray, text: str, corner: tuple[int, int], *, size: float) -> _Box:
    """Where a tag with this text lies; `corner` is its lower left one, if the canvas holds it."""
    (width, _), _ = cv2.getTextSize(text, _FONT, size, _choose_thickness(size))
    width, height = width + round(7 * size) + 2, round(30 * size)
    x = min(max(corner[0], 0), canvas.shape[1] - width - 1)
    y = min(max(corner[1], height), canvas.shape[0] - 1)
    return x, y - height, x + width, y


def _covers(box: _Box, others: np.ndarray) -> bool:
    """Whether it has pixels in common with one of the others, int (N, 4)."""
    left, upper, right, lower = others.T
    apart = (left >= box[2]) | (right <= box[0]) | (upper >= box[3]) | (lower <= box[1])
    return not apart.all()


def _write_tag(canvas: np.ndarray, text: str, box: _Box, *, size: float, colour: tuple) -> None:
    """Write white on a colour."""
    cv2.rectangle(canvas, box[:2], box[2:], colour, cv2.FILLED)
    start = (box[0] + round(4 * size) + 1, box[3] - round(6 * size))
    _write(canvas, text, start, size=size, colour=_WHITE)


def draw_tiles(reading: Reading, width: int, *, density: int = 1) -> np.ndarray:
    """The 28x28 images, enlarged, in rows as wide as the copy, uint8 BGR (H, width, 3).

    Args:
        reading: whose digits are shown.
        width: pixels.
        density: pixels for one of a common screen.
    """
    digits = _choose_digits(reading.digits)
    wide = width // density
    columns = (wide - 2 * _MARGIN + _TILE_STEP - _TILE) // _TILE_STEP
    rows = -(-len(digits) // columns)
    canvas = np.full(((44 + rows * _ROW_STEP) * density, width, 3), 255, np.uint8)
    start, size = (_MARGIN * density, 24 * density), 0.55 * density
    _write(canvas, _write_title(reading, len(digits)), start, size=size, colour=_GREY)
    for number, digit in enumerate(digits):
        row, column = divmod(number, columns)
        x, y = _MARGIN + column * _TILE_STEP, 40 + row * _ROW_STEP
        _draw_tile(canvas[y * density :, x * density :], digit, density=density)
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


def _draw_tile(canvas: np.ndarray, digit: Digit, *, density: int) -> None:
    """Draw one 28x28 image in the corner of a canvas, framed; under it three guesses with bars."""
    side = _TILE * density
    image = cv2.resize(digit.image, (side, side), interpolation=cv2.INTER_NEAREST)
    canvas[:side, :side] = image[..., np.newaxis]
    frame = (density, density), (side - 1 - density, side - 1 - density)
    cv2.rectangle(canvas, *frame, _choose_colour(digit), 2 * density + 1)
    for rank, (guess, share) in enumerate(digit.alternatives):
        base = side + (20 + 19 * rank) * density
        colour = _choose_colour(digit) if rank == 0 else _GREY
        name = _name_character(digit) if rank == 0 else str(guess)
        _write(canvas, name, (2 * density, base), size=0.55 * density, colour=_BLACK)
        corners = (24 * density, base - 10 * density), (round((24 + share * 34) * density), base)
        cv2.rectangle(canvas, *corners, colour, cv2.FILLED)
        percent, size = format_percent(share), 0.5 * density
        (width, _), _ = cv2.getTextSize(percent, _FONT, size, _choose_thickness(size))
        start = (side - 2 * density - width, base)
        _write(canvas, percent, start, size=size, colour=_BLACK)


def _write(
    canvas: np.ndarray, text: str, start: tuple[int, int], *, size: float, colour: tuple
) -> None:
    """Write ASCII text; `start` is the left end of its baseline."""
    cv2.putText(canvas, text, start, _FONT, size, colour, _choose_thickness(size), cv2.LINE_AA)


def _choose_thickness(size: float) -> int:
    """Of the font's lines, pixels."""
    return max(1, round(1.2 * size))


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
