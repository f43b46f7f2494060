"""What ink is written on and how it is photographed: one small effect a function, to be chained.

Ink is uint8 (H, W), 0 (none) to 255. A picture is uint8 BGR (H, W, 3), and colours are BGR too.
No function changes what it is given.
"""

import cv2
import numpy as np

Colour = tuple[int, int, int]

BLUE_BLACK: Colour = (74, 44, 34)  # ballpoint
PAPER: Colour = (234, 241, 244)  # white paper in warm light
CHALK: Colour = (232, 238, 236)
BOARD: Colour = (60, 74, 52)
RULE_BLUE: Colour = (214, 190, 168)
TABLE: Colour = (46, 58, 74)  # dark wood
COPPER: Colour = (70, 90, 110)


def put_on_paper(
    ink: np.ndarray, *, colour: Colour = BLUE_BLACK, paper: Colour = PAPER
) -> np.ndarray:
    """The picture of ink on plain paper."""
    cover = ink[..., None].astype(np.float32) / 255
    return _to_picture(cover * np.float32(colour) + (1 - cover) * np.float32(paper))


def put_on_board(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture of chalk on a wiped board: light on dark, grainy, with smudges."""
    crumbs = np.clip(1.0 + 0.5 * _make_noise(ink.shape, rng, size=0.8), 0.25, 1)
    board = np.float32(BOARD) + 6 * _make_noise(ink.shape, rng, size=30)[..., None]
    cover = (ink / np.float32(255) * crumbs)[..., None]
    return _to_picture(cover * np.float32(CHALK) + (1 - cover) * board)


def make_transparent(ink: np.ndarray, *, colour: Colour = BLUE_BLACK) -> np.ndarray:
    """Ink on nothing, as a paint program exports it: uint8 BGRA (H, W, 4)."""
    flat = np.broadcast_to(np.uint8(colour), (*ink.shape, 3))
    return np.dstack([flat, ink])


def place_on_sheet(ink: np.ndarray, size: tuple[int, int], at: tuple[int, int]) -> np.ndarray:
    """The ink on a larger empty sheet of `size` (width, height), its top left corner `at` (x, y).

    Raises:
        ValueError: it does not fit there.
    """
    (width, height), (x, y) = size, at
    rows, columns = ink.shape
    if min(x, y) < 0 or x + columns > width or y + rows > height:
        raise ValueError(f"ink of {columns} x {rows} at {at} leaves a sheet of {width} x {height}")
    sheet = np.zeros((height, width), np.uint8)
    sheet[y : y + rows, x : x + columns] = ink
    return sheet


def break_strokes(ink: np.ndarray, rng: np.random.Generator, *, gaps: int, size: int) -> np.ndarray:
    """The ink with `gaps` round holes of `size` pixels, as a dry pen or a hard threshold leaves."""
    broken = ink.copy()
    rows, columns = np.nonzero(ink)
    for spot in rng.integers(0, len(rows), gaps) if len(rows) else ():
        cv2.circle(broken, (int(columns[spot]), int(rows[spot])), max(1, size // 2), 0, -1)
    return broken


def scatter_specks(
    ink: np.ndarray, rng: np.random.Generator, *, count: int, size: int
) -> np.ndarray:
    """The ink with `count` round specks of `size` pixels, as dust or a bad copier leaves them."""
    specked = ink.copy()
    for x, y in rng.integers(0, ink.shape[::-1], (count, 2)).tolist():
        cv2.circle(specked, (x, y), size // 2, 255, -1)
    return specked


def fade_strokes(ink: np.ndarray, *, least: float) -> np.ndarray:
    """The ink as a pencil leaves it that presses less and less: `least` of it at the right end."""
    left, _, width, _ = cv2.boundingRect(ink)
    pressure = 1 - (1 - least) * (np.arange(ink.shape[1]) - left) / max(1, width)
    return np.round(ink * np.clip(pressure, least, 1)).astype(np.uint8)


def trim_to_ink(ink: np.ndarray, *, margin: int = 0) -> np.ndarray:
    """The ink cut out along its outermost pixels, `margin` pixels further out."""
    left, top, width, height = cv2.boundingRect(ink)
    return np.pad(ink[top : top + height, left : left + width], margin)


def add_grain(picture: np.ndarray, rng: np.random.Generator, *, strength: float = 4) -> np.ndarray:
    """The picture with a sensor's fine noise and paper's coarser one, `strength` in grey levels."""
    fine = _make_noise(picture.shape, rng, size=0.5)
    coarse = _make_noise(picture.shape[:2], rng, size=2)[..., None]
    return _to_picture(picture + strength * (0.8 * fine + 0.6 * coarse))


def shade_unevenly(
    picture: np.ndarray, rng: np.random.Generator, *, depth: float = 0.35
) -> np.ndarray:
    """The picture lit from one side: the far side keeps `1 - depth` of the light."""
    x, y = _span_frame(picture)
    angle = rng.uniform(0, 2 * np.pi)
    ramp = 0.5 + 0.5 * (x * np.cos(angle) + y * np.sin(angle)) / np.sqrt(2)
    return _scale_light(picture, 1 - depth * ramp)


def add_shadow(
    picture: np.ndarray, rng: np.random.Generator, *, depth: float = 0.5, softness: float = 0.1
) -> np.ndarray:
    """The picture with a straight-edged shadow over a part of it, as a hand or a phone throws it.

    `softness` is the width of the edge as a share of the picture's half.
    """
    x, y = _span_frame(picture)
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
    edge = (x * np.cos(angle) + y * np.sin(angle) - distance) / max(softness, 1e-3)
    return _scale_light(picture, 1 - depth / (1 + np.exp(-np.clip(4 * edge, -50, 50))))


def add_vignette(picture: np.ndarray, *, depth: float = 0.4) -> np.ndarray:
    """The picture darkened towards its corners, which keep `1 - depth` of the light."""
    x, y = _span_frame(picture)
    return _scale_light(picture, 1 - depth * ((x**2 + y**2) / 2))


def light_by_lamp(
    picture: np.ndarray, at: tuple[int, int], *, radius: int, depth: float = 0.4
) -> np.ndarray:
    """The picture with the soft spot of a lamp `at` (x, y): the rest keeps `1 - depth` of it."""
    spot = np.zeros(picture.shape[:2], np.float32)
    cv2.circle(spot, at, radius, 1, -1)
    return _scale_light(picture, 1 - depth * (1 - cv2.GaussianBlur(spot, (0, 0), radius / 4)))


def fade(picture: np.ndarray, *, contrast: float) -> np.ndarray:
    """The picture with `contrast` (0 to 1) of its contrast left, about its own mean."""
    mean = picture.mean(axis=(0, 1), dtype=np.float32)
    return _to_picture(mean + contrast * (picture - mean))


def rule_lines(
    picture: np.ndarray,
    *,
    pitch: int,
    offset: int = 0,
    colour: Colour = RULE_BLUE,
    thickness: int = 1,
    vertical: bool = False,
) -> np.ndarray:
    """The picture on ruled paper: a line every `pitch` pixels, darkening paper but not ink."""
    lines = np.full_like(picture, 255)
    across = lines.swapaxes(0, 1) if vertical else lines
    for start in range(offset, len(across), pitch):
        across[start : start + thickness] = colour
    return np.minimum(picture, lines)


def rule_squares(picture: np.ndarray, *, pitch: int, colour: Colour = RULE_BLUE) -> np.ndarray:
    """The picture on squared paper."""
    return rule_lines(
        rule_lines(picture, pitch=pitch, colour=colour), pitch=pitch, colour=colour, vertical=True
    )


def draw_rule(
    picture: np.ndarray, ends: tuple[int, int], *, colour: Colour = RULE_BLUE, thickness: int = 2
) -> np.ndarray:
    """The picture with one rule from side to side, its `ends` at these heights left and right."""
    ruled = picture.copy()
    cv2.line(ruled, (0, ends[0]), (picture.shape[1] - 1, ends[1]), colour, thickness, cv2.LINE_AA)
    return np.minimum(picture, ruled)


def frame_cell(
    picture: np.ndarray, *, inset: int, colour: Colour = RULE_BLUE, thickness: int = 2
) -> np.ndarray:
    """The picture with the borders of a form's cell, `inset` pixels from each side."""
    height, width = picture.shape[:2]
    framed = picture.copy()
    corner = (width - 1 - inset, height - 1 - inset)
    cv2.rectangle(framed, (inset, inset), corner, colour, thickness)
    return np.minimum(picture, framed)


def lay_coin(
    picture: np.ndarray, at: tuple[int, int], *, radius: int, colour: Colour = COPPER
) -> np.ndarray:
    """The picture with a coin on the paper, its middle `at` (x, y)."""
    with_coin = picture.copy()
    cv2.circle(with_coin, at, radius, colour, -1, cv2.LINE_AA)
    return with_coin


def lay_on_table(
    picture: np.ndarray,
    rng: np.random.Generator,
    *,
    border: float = 0.12,
    colour: Colour = TABLE,
    skew: float = 0.03,
) -> np.ndarray:
    """The sheet on a dark table, photographed not quite from above.

    `border` is how much table shows on each side, as a share of the sheet; `skew` how far each
    corner strays.
    """
    height, width = picture.shape[:2]
    size = (round(width * (1 + 2 * border)), round(height * (1 + 2 * border)))
    corners = np.float32([(0, 0), (width, 0), (width, height), (0, height)])
    strayed = corners + np.float32([width, height]) * (border + rng.uniform(-skew, skew, (4, 2)))
    matrix = cv2.getPerspectiveTransform(corners, strayed.astype(np.float32))
    sheet = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_AREA)
    covered = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, size)
    wood = np.float32(colour) + 5 * _make_noise(sheet.shape[:2], rng, size=4)[..., None]
    cover = covered[..., None] / np.float32(255)
    return _to_picture(cover * sheet + (1 - cover) * wood)


def show_through(picture: np.ndarray, other: np.ndarray, *, contrast: float) -> np.ndarray:
    """The sheet with the ink of its other side (uint8 (h, w)) shining through, mirrored, blurred.

    `contrast` is the share of the paper's light that it takes where it is darkest.
    """
    mirrored = cv2.resize(np.fliplr(other), picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(mirrored, (0, 0), 2.5) / np.float32(255)
    return _scale_light(picture, 1 - contrast * soft)


def paste_on_pad(
    picture: np.ndarray, widths: tuple[int, int, int, int], *, level: int
) -> np.ndarray:
    """The picture on a plain grey pad, so many pixels wide at top, bottom, left and right."""
    top, bottom, left, right = widths
    return np.pad(picture, ((top, bottom), (left, right), (0, 0)), constant_values=level)


def turn(picture: np.ndarray, degrees: float) -> np.ndarray:
    """The picture turned clockwise about its middle, its outermost pixels drawn out at the rim."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1)
    return cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def bend(picture: np.ndarray, depth: float) -> np.ndarray:
    """The picture of a page that is not flat: its middle `depth` pixels lower than its sides."""
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    from_middle = _span_frame(picture)[0]
    return cv2.remap(
        picture,
        x,
        (y - depth * (1 - from_middle**2)).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def compress(picture: np.ndarray, *, quality: int) -> np.ndarray:
    """The picture as it comes out of a JPEG file of that quality, 1 to 100."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def _span_frame(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x (1, W) and y (H, 1) from -1 to 1 over the picture."""
    height, width = picture.shape[:2]
    return (
        np.linspace(-1, 1, width, dtype=np.float32)[None],
        np.linspace(-1, 1, height, dtype=np.float32)[:, None],
    )


def _scale_light(picture: np.ndarray, light: np.ndarray) -> np.ndarray:
    """The picture with each pixel's light multiplied: float (H, W), 0 to 1."""
    return _to_picture(picture * light[..., None].astype(np.float32))


def _make_noise(shape: tuple[int, ...], rng: np.random.Generator, *, size: float) -> np.ndarray:
    """Noise of deviation 1 whose grains are `size` pixels: float32 of that shape."""
    noise = rng.standard_normal(shape, np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), size, borderType=cv2.BORDER_REFLECT)
    return noise / max(float(noise.std()), 1e-6)


def _to_picture(values: np.ndarray) -> np.ndarray:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
