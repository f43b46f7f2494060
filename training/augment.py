"""New handwriting from old: training images warped, thickened, thinned and blurred, in batches.

The warp is affine plus elastic (Simard, Steinkraus, Platt 2003), both random for every image. Some
images are then shown as a reader shows them that has only a few pixels of each.
"""

import cv2
import numpy as np

from handwriting.drawing import see_ink

SIZE = 28
MARGIN = 1  # black rows and columns around each image, so that neighbours never bleed in
CHUNK = 1000  # cv2.remap takes pictures of up to 32,767 rows: 1,000 images of 30
GRID = 6  # control points a side of the elastic field

MAX_ROTATION = np.radians(10)
MAX_SHEAR = 0.2
MAX_SCALE = 0.12
MAX_SHIFT = 1.5  # pixels; placement by centre of mass leaves little to learn here
ELASTIC = 0.5  # standard deviation of a control point's displacement, pixels
MAX_THICKER = 0.5  # share of the way to the image dilated by a 3x3 cross
MAX_THINNER = 0.3  # and to the image eroded by it

STRETCHED = 0.5  # share of the tiny images that are stretched as well
NARROWEST, WIDEST = 0.6, 1.7  # factors on the width of those
LEAST_HEIGHT, MOST_HEIGHT = 11, 20  # pixels of a tiny digit
BINARY = 0.5  # share of the tiny images that are black or white, nothing between
LEAST_LEVEL, MOST_LEVEL = 0.3, 0.6  # of the strongest ink: where those part black and white
SEEN_HEIGHT = 80  # pixels to which a tiny digit is enlarged before it is read


def augment_images(
    images: np.ndarray, rng: np.random.Generator, *, strength: float = 1.0
) -> np.ndarray:
    """The images, each as another hand or pen might have drawn it.

    Args:
        images: uint8 (N, 28, 28), 0 to 255, white ink on black.
        rng: decides everything.
        strength: 0 (nothing changes) to 1 (as far as the constants above allow).

    Returns:
        uint8 (N, 28, 28).
    """
    augmented = np.empty_like(images)
    for start in range(0, len(images), CHUNK):
        chunk = slice(start, start + CHUNK)
        augmented[chunk] = _change_pen(_warp(images[chunk], rng, strength), rng, strength)
    return augmented


def show_as_tiny(images: np.ndarray, rng: np.random.Generator, *, share: float) -> np.ndarray:
    """The images, some of them as read from tiny pictures: few pixels, maybe stretched.

    Args:
        images: uint8 (N, 28, 28), 0 to 255, white ink on black.
        rng: decides everything.
        share: of the images that are changed.

    Returns:
        uint8 (N, 28, 28).
    """
    chosen = np.flatnonzero(rng.random(len(images)) < share)
    heights = rng.integers(LEAST_HEIGHT, MOST_HEIGHT + 1, len(chosen))
    widths = np.exp(rng.uniform(np.log(NARROWEST), np.log(WIDEST), len(chosen)))
    widths[rng.random(len(chosen)) >= STRETCHED] = 1
    levels = rng.uniform(LEAST_LEVEL, MOST_LEVEL, len(chosen))
    levels[rng.random(len(chosen)) >= BINARY] = 0  # 0: grey
    images = images.copy()
    for index, height, width, level in zip(chosen, heights, widths, levels, strict=True):
        if images[index].any():
            images[index] = _show_tiny(images[index], height, width, level)
    return images


def _show_tiny(image: np.ndarray, height: int, width: float, level: float) -> np.ndarray:
    """One image in few pixels, enlarged and read again."""
    x, y, w, h = cv2.boundingRect(image)
    scale = height / max(w, h)
    size = max(1, round(w * scale * width)), max(1, round(h * scale))
    tiny = cv2.resize(image[y : y + h, x : x + w], size, interpolation=cv2.INTER_AREA)
    if level:
        tiny = np.where(tiny > level * tiny.max(), 255, 0).astype(np.uint8)
    tiny = cv2.copyMakeBorder(tiny, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    scale = SEEN_HEIGHT / height
    return see_ink(cv2.resize(tiny, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC))


def _warp(images: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    count = len(images)
    source = _draw_affine(count, rng, strength) @ _centred_grid()  # (N, 2, 784)
    source += _draw_shift(count, rng) * strength + _draw_elastic(count, rng) * strength
    source += SIZE / 2 - 0.5
    # Outside its own image a pixel reads that image's black margin.
    np.clip(source, -MARGIN, SIZE, out=source)
    tile = SIZE + 2 * MARGIN
    source += MARGIN
    source[:, 1] += tile * np.arange(count, dtype=np.float32)[:, np.newaxis]
    canvas = np.pad(images, ((0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN))).reshape(-1, tile)
    maps = np.ascontiguousarray(source.transpose(1, 0, 2)).reshape(2, count * SIZE, SIZE)
    return cv2.remap(canvas, maps[0], maps[1], cv2.INTER_LINEAR).reshape(images.shape)


def _centred_grid() -> np.ndarray:
    """float32 (2, 784): x and y of every pixel, from the middle of the image."""
    axis = np.arange(SIZE, dtype=np.float32) - (SIZE / 2 - 0.5)
    return np.stack(np.meshgrid(axis, axis)).reshape(2, -1)


def _draw_affine(count: int, rng: np.random.Generator, strength: float) -> np.ndarray:
    """float32 (N, 2, 2): rotation x shear x scale, from the new image to the old one."""
    angle = rng.uniform(-MAX_ROTATION, MAX_ROTATION, count) * strength
    shear = rng.uniform(-MAX_SHEAR, MAX_SHEAR, count) * strength
    scale = np.exp(rng.uniform(-MAX_SCALE, MAX_SCALE, (2, count)) * strength)
    cos, sin = np.cos(angle), np.sin(angle)
    rows = [[cos, cos * shear - sin], [sin, sin * shear + cos]]
    return (np.array(rows) * scale).transpose(2, 0, 1).astype(np.float32)


def _draw_shift(count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-MAX_SHIFT, MAX_SHIFT, (count, 2, 1)).astype(np.float32)


def _draw_elastic(count: int, rng: np.random.Generator) -> np.ndarray:
    """float32 (N, 2, 784): a smooth random displacement of every pixel."""
    spread = _interpolation(GRID)
    points = rng.standard_normal((count, 2, GRID, GRID), dtype=np.float32) * ELASTIC
    return (spread @ points @ spread.T).reshape(count, 2, -1)


def _interpolation(points: int) -> np.ndarray:
    """float32 (28, points): cubic interpolation from control points to pixels, as a matrix."""
    return cv2.resize(
        np.eye(points, dtype=np.float32), (points, SIZE), interpolation=cv2.INTER_CUBIC
    )


def _change_pen(images: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Move each image some way towards its dilated or its eroded self."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    tall = SIZE + 2 * MARGIN
    rows = np.pad(images, ((0, 0), (MARGIN, MARGIN), (0, 0))).reshape(-1, SIZE)
    thick = cv2.dilate(rows, cross).reshape(-1, tall, SIZE)[:, MARGIN:-MARGIN]
    thin = cv2.erode(rows, cross).reshape(-1, tall, SIZE)[:, MARGIN:-MARGIN]
    amount = rng.uniform(-MAX_THINNER, MAX_THICKER, (len(images), 1, 1)) * strength
    amount = amount.astype(np.float32)
    target = np.where(amount > 0, thick, thin).astype(np.float32)
    return (images + np.abs(amount) * (target - images)).astype(np.uint8)
