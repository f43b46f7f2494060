"""What a number is written on: ruled paper, forms, a sheet on a table or pasted on a pad."""

import cv2
import numpy as np

from handwriting.effects.writing import Drawing, choose_pen, draw_plain, write_number
from handwriting.paper import (
    add_grain,
    bend,
    compress,
    draw_rule,
    frame_cell,
    lay_coin,
    lay_on_table,
    paste_on_pad,
    place_on_sheet,
    put_on_paper,
    rule_lines,
    rule_squares,
    shade_unevenly,
    trim_to_ink,
    turn,
)

CELL_SIZE = (190, 110)  # width and height in pixels
TABLE_MARGINS = (120, 90)  # of paper around the table, left and right, above and below


def draw_ruled(rng: np.random.Generator) -> Drawing:
    """Lines from light to as dark as the ink, that stand under the digits or cross them."""
    text, picture = draw_plain(rng, lines=int(rng.integers(1, 3)))
    level = int(rng.integers(80, 210))
    return text, rule_lines(
        picture,
        pitch=int(rng.integers(40, 70)),
        offset=int(rng.integers(0, 30)),
        colour=(level,) * 3,
        thickness=int(rng.integers(1, 4)),
    )


def draw_columns(rng: np.random.Generator) -> Drawing:
    """Lines from top to bottom, through the digits or between them."""
    text, picture = draw_plain(rng)
    pitch, level = int(rng.integers(60, 90)), int(rng.integers(80, 210))
    return text, rule_lines(picture, pitch=pitch, offset=20, colour=(level,) * 3, vertical=True)


def draw_squares(rng: np.random.Generator) -> Drawing:
    """Squared paper, some of it as dark as the ink."""
    text, picture = draw_plain(rng)
    level = int(rng.integers(90, 210))
    return text, rule_squares(picture, pitch=int(rng.integers(24, 40)), colour=(level,) * 3)


def draw_askew(rng: np.random.Generator) -> Drawing:
    """A ruled page held askew."""
    text, picture = draw_plain(rng, margin=1.1)
    ruled = rule_lines(picture, pitch=45, offset=15, colour=(110, 100, 95), thickness=2)
    turned = turn(ruled, rng.uniform(1.5, 5) * rng.choice([-1, 1]))
    return text, turned[12:-12, 12:-12]


def draw_bent(rng: np.random.Generator) -> Drawing:
    """A ruled page that is not flat."""
    text, picture = draw_plain(rng, least=4)
    ruled = rule_lines(picture, pitch=38, offset=10, colour=(110, 100, 95), thickness=2)
    return text, bend(ruled, rng.uniform(1, 4) * rng.choice([-1, 1]))


def draw_base_line(rng: np.random.Generator) -> Drawing:
    """A thin pen on one thick rule, that of a form held askew."""
    text, picture = draw_plain(rng, pen=rng.uniform(2.5, 4), margin=0.9)
    height, width = picture.shape[:2]
    middle, rise = height // 2 + int(rng.integers(10, 30)), round(width * rng.uniform(-0.1, 0.1))
    ends = (middle - rise // 2, middle + rise // 2)
    thickness = int(rng.integers(2, 6))
    return text, draw_rule(picture, ends, colour=(120, 115, 110), thickness=thickness)


def draw_cell(rng: np.random.Generator) -> Drawing:
    """A number in the cell of a form."""
    text, picture = draw_plain(rng, most=4)
    level, thickness = int(rng.integers(70, 200)), int(rng.integers(1, 4))
    inset = int(rng.integers(0, 6))
    return text, frame_cell(picture, inset=inset, colour=(level,) * 3, thickness=thickness)


def draw_table(rng: np.random.Generator) -> Drawing:
    """A sheet on a dark table."""
    text, picture = draw_plain(rng, lines=int(rng.integers(1, 3)), margin=0.9)
    photo = lay_on_table(picture, rng, border=rng.uniform(0.05, 0.15))
    return text, add_grain(photo, rng, strength=2)


def draw_wooden_table(rng: np.random.Generator) -> Drawing:
    """All of a note, on wood that is not much darker."""
    text, ink = write_number(rng, most=2)
    sheet = place_on_sheet(ink, (ink.shape[1] + 140, ink.shape[0] + 120), (60, 60))
    wood = tuple((np.array([70, 90, 110]) + rng.integers(0, 50)).tolist())
    photo = lay_on_table(put_on_paper(sheet, colour=choose_pen(rng)), rng, colour=wood)
    return text, add_grain(photo, rng, strength=2)


def draw_small_note(rng: np.random.Generator) -> Drawing:
    """A small note on a large table, written on to its edges, not quite in focus."""
    text, ink = write_number(rng, least=2, most=4, height=50)
    note = put_on_paper(trim_to_ink(ink, margin=int(rng.integers(12, 20))), colour=choose_pen(rng))
    photo = lay_on_table(note, rng, border=rng.uniform(0.6, 0.9), skew=0.05)
    photo = cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.5, 1.2))
    return text, add_grain(photo, rng, strength=2)


def draw_cluttered_table(rng: np.random.Generator) -> Drawing:
    """A note on a table where some smaller, light things lie."""
    text, ink = write_number(rng, most=3, height=50)
    note = put_on_paper(trim_to_ink(ink, margin=25), colour=choose_pen(rng))
    photo = lay_on_table(note, rng, border=0.4)
    height, width = photo.shape[:2]
    radius = round(rng.uniform(0.1, 0.14) * 0.5 * (height * width) ** 0.5)
    for at in ((radius + 3, radius + 3), (width - radius - 4, height - radius - 4)):
        photo = lay_coin(photo, at, radius=radius, colour=(200, 210, 215))
    return text, add_grain(photo, rng, strength=2)


def draw_pad(rng: np.random.Generator) -> Drawing:
    """A shaded crop pasted on plain white or black."""
    text, ink = write_number(rng, most=4)
    paper = int(rng.integers(100, 200))
    picture = put_on_paper(ink, colour=(40, 40, 40), paper=(paper,) * 3)
    crop = shade_unevenly(picture, rng, depth=rng.uniform(0, 0.5))
    widths = rng.integers(15, 70, 4).tolist()
    padded = paste_on_pad(crop, widths, level=int(rng.choice([0, 255])))
    return text, compress(padded, quality=int(rng.integers(60, 96)))


def draw_bars(rng: np.random.Generator) -> Drawing:
    """Dark, grainy bars above and below, as of a film or of a table."""
    text, picture = draw_plain(rng)
    barred = paste_on_pad(picture, (30, 30, 0, 0), level=int(rng.integers(10, 40)))
    return text, add_grain(barred, rng, strength=rng.uniform(2, 6))


def draw_coin(rng: np.random.Generator) -> Drawing:
    """A coin beside the number."""
    text, ink = write_number(rng, most=5)
    sheet = place_on_sheet(ink, (ink.shape[1] + 110, max(len(ink), 130)), (0, 0))
    picture = put_on_paper(sheet, colour=choose_pen(rng))
    at = (ink.shape[1] + 50, int(rng.integers(45, len(sheet) - 45)))
    with_coin = lay_coin(picture, at, radius=int(rng.integers(25, 42)))
    return text, add_grain(cv2.GaussianBlur(with_coin, (0, 0), 1), rng, strength=4)


def draw_cells(rng: np.random.Generator) -> Drawing:
    """A printed table of two to five rows, a number in each cell, held a little askew."""
    rows, columns = int(rng.integers(2, 6)), int(rng.integers(2, 5))
    size = (
        rows * CELL_SIZE[1] + 2 * TABLE_MARGINS[1],
        columns * CELL_SIZE[0] + 2 * TABLE_MARGINS[0],
    )
    page = np.zeros(size, np.uint8)
    written = []
    for row in range(rows):
        numbers = [_write_in_cell(page, (row, column), rng) for column in range(columns)]
        written.append("".join(numbers))  # labels tell no gaps
    picture = put_on_paper(page, colour=choose_pen(rng))
    _rule_table(picture, (rows, columns), level=int(rng.integers(60, 150)))
    picture = turn(picture, rng.uniform(-2.5, 2.5))
    return "\n".join(written), add_grain(shade_unevenly(picture, rng, depth=0.3), rng, strength=2)


def _write_in_cell(page: np.ndarray, cell: tuple[int, int], rng: np.random.Generator) -> str:
    """Write a number into a cell of the page, in place; the number."""
    height, pen = int(rng.integers(45, 60)), rng.uniform(3, 6)
    text, ink = write_number(rng, least=1, most=3, height=height, pen=pen, margin=0.1)
    most = CELL_SIZE[0] - 10, CELL_SIZE[1] - 8
    scale = min(1.0, most[0] / ink.shape[1], most[1] / ink.shape[0])
    if scale < 1:  # who runs out of room writes smaller
        ink = cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    top = TABLE_MARGINS[1] + cell[0] * CELL_SIZE[1] + (CELL_SIZE[1] - ink.shape[0]) // 2
    left = TABLE_MARGINS[0] + cell[1] * CELL_SIZE[0] + (CELL_SIZE[0] - ink.shape[1]) // 2
    page[top : top + ink.shape[0], left : left + ink.shape[1]] |= ink
    return text


def _rule_table(picture: np.ndarray, shape: tuple[int, int], *, level: int) -> None:
    """Draw the rules of a table of so many rows and columns, in place."""
    (left, top), (rows, columns) = TABLE_MARGINS, shape
    right, bottom = left + columns * CELL_SIZE[0], top + rows * CELL_SIZE[1]
    lines = [((left, y), (right, y)) for y in range(top, bottom + 1, CELL_SIZE[1])]
    lines += [((x, top), (x, bottom)) for x in range(left, right + 1, CELL_SIZE[0])]
    for start, end in lines:
        cv2.line(picture, start, end, (level,) * 3, 2, cv2.LINE_AA)
