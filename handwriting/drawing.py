"""Single digits, and ink that is no digit, drawn as a pen does, in MNIST's form, all seeded."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import cv2
import numpy as np

from digits.frame import BOX_SIZE, FRAME_SIZE, fit_in_frame
from digits.segment.blobs import Blob
from digits.segment.glyph import draw_glyph
from handwriting.between import lean_to_others
from handwriting.marks import SYMBOLS
from handwriting.pen import (
    Hands,
    draw_path,
    pick_hands,
    press_pen,
    read_shape,
    sample_hands,
    vary_paths,
    write_shape,
)
from handwriting.shapes.digits import Variants
from handwriting.shapes.hands import TAUGHT
from handwriting.shapes.others import NEIGHBOURS, SCRIBBLES, SIGNS, SILHOUETTES

Table = Mapping[int, Variants]  # the shapes of each digit

DRAWN_HEIGHT = 80  # pixels of a digit before it shrinks into MNIST's 20-pixel box
SYMBOL_HEIGHTS = (16, 120)  # pixels of a digit beside it, from a phone number in a corner of a page


def draw_dataset(
    count: int, seed: int | list[int], *, table: Table = TAUGHT, leaning: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """A labelled set to train or test on, each digit equally often, in random order.

    Args:
        count: how many.
        seed: decides everything.
        table: the hands (handwriting/shapes/hands.py); HELD_OUT tells how unknown ones are read.
        leaning: each variant leans towards another, so that there are hands between them too.

    Returns:
        images: uint8 (count, 28, 28), white ink (255) on black, in MNIST's frame.
        labels: uint8 (count,), 0 to 9.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count, dtype=np.int64) % 10).astype(np.uint8)
    return draw_digits(labels, rng, table=table, leaning=leaning), labels


def draw_digits(
    labels: np.ndarray,
    rng: np.random.Generator,
    *,
    table: Table = TAUGHT,
    leaning: bool = False,
) -> np.ndarray:
    """A handwritten digit for each label, each in another hand.

    Args:
        labels: integers 0 to 9, (N,).
        rng: the source of every random choice.
        table, leaning: as in draw_dataset.

    Returns:
        uint8 (N, 28, 28), white ink (255) on black, in MNIST's frame.
    """
    labels = np.asarray(labels)
    images = np.zeros((len(labels), FRAME_SIZE, FRAME_SIZE), np.uint8)
    for which, shape in _choose_variants(labels, table, rng):
        hands = sample_hands(len(which), rng)
        paths = write_shape(shape, hands, rng)
        if leaning:
            others = tuple(other for _, other in table[int(labels[which[0]])])
            paths = lean_to_others(paths, shape, others, hands, rng)
        paths = vary_paths(paths, read_shape(shape).strokes, rng)
        images[which] = _draw_paths(paths, shape, hands, rng)
    return images


def draw_symbols(
    names: Sequence[str], rng: np.random.Generator, *, table: Mapping = SYMBOLS
) -> np.ndarray:
    """A handwritten mark or letter for each name of the table, each in another hand.

    They are written as large as they may be in a picture, and then seen as a reader sees them.

    Returns:
        uint8 (N, 28, 28), white ink (255) on black, in MNIST's frame.
    """
    images = np.zeros((len(names), FRAME_SIZE, FRAME_SIZE), np.uint8)
    for which, shape in _choose_variants(np.asarray(names), table, rng):
        heights = np.exp(rng.uniform(*np.log(SYMBOL_HEIGHTS), len(which)))
        hands = sample_hands(len(which), rng)
        paths = write_shape(shape, hands, rng)
        drawn = _draw_canvases(paths, shape, hands, rng, heights=heights)
        images[which] = [see_ink(canvas) for canvas in drawn]
    return images


def _choose_variants(
    labels: np.ndarray, table: Mapping, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, str]]:
    """A variant of the table for each label: indices int (M,), and the shape they are drawn in."""
    for label, variants in table.items():
        of_label = np.flatnonzero(labels == label)
        weights = np.array([weight for weight, _ in variants])
        chosen = rng.choice(len(variants), len(of_label), p=weights / weights.sum())
        for variant in np.unique(chosen):
            yield of_label[chosen == variant], variants[variant][1]


def see_ink(canvas: np.ndarray) -> np.ndarray:
    """The ink as a reader shows it to the network: uint8 (H, W) -> uint8 (28, 28)."""
    ink = canvas > canvas.max() / 2
    x, y, width, height = cv2.boundingRect(ink.astype(np.uint8))
    blob = Blob(x, y, ink[y : y + height, x : x + width])
    return draw_glyph(canvas.astype(np.float32) / 255, blob)


def draw_non_digits(count: int, rng: np.random.Generator, *, symbols: bool = True) -> np.ndarray:
    """Ink that is no digit, to teach a network doubt.

    Letters and signs, scribbles, blots and silhouettes, digits crammed together, textures and the
    edges of shadows, in random order; without `symbols` no letters and signs.

    Returns:
        uint8 (count, 28, 28), white ink (255) on black, in MNIST's frame.
    """
    kinds = (
        (0.50, _draw_signs),
        (0.10, _draw_scribbles),
        (0.15, _draw_silhouettes),
        (0.15, _draw_crammed_digits),
        (0.05, _draw_textures),
        (0.05, _draw_shadow_edges),
    )
    kinds = kinds if symbols else kinds[1:]
    shares = np.array([share for share, _ in kinds])
    counts = rng.multinomial(count, shares / shares.sum())
    drawn = [draw(n, rng) for (_, draw), n in zip(kinds, counts, strict=True)]
    return rng.permutation(np.concatenate(drawn))


def _draw_signs(count: int, rng: np.random.Generator) -> np.ndarray:
    shapes = (*SIGNS.values(), *chain.from_iterable(NEIGHBOURS.values()))
    return _draw_from_table(shapes, sample_hands(count, rng), rng)


def _draw_scribbles(count: int, rng: np.random.Generator) -> np.ndarray:
    hands = sample_hands(count, rng)._replace(looseness=rng.uniform(0.05, 0.2, count))
    return _draw_from_table(SCRIBBLES, hands, rng)


def _draw_silhouettes(count: int, rng: np.random.Generator) -> np.ndarray:
    """Filled outlines, plain, striped or shaded like cloth."""
    hands = sample_hands(count, rng)
    hands = hands._replace(slant=hands.slant - 0.16)
    images = _draw_from_table(SILHOUETTES, hands, rng, filled=True)
    y, x = np.mgrid[:FRAME_SIZE, :FRAME_SIZE]
    cloth = rng.uniform((0.1, 0, 0, 0), (2, 2 * np.pi, 2 * np.pi, 0.7), (count, 4))
    wave, angle, phase, depth = cloth.T[:, :, None, None]  # each (count, 1, 1)
    stripes = np.sin(wave * (x * np.cos(angle) + y * np.sin(angle)) + phase)
    return (images * (1 - depth * (0.5 + 0.5 * stripes))).astype(np.uint8)


def _draw_crammed_digits(count: int, rng: np.random.Generator) -> np.ndarray:
    """Two or three digits in one frame, as a reader sees them that failed to part them."""
    in_each = rng.choice([2, 3], count, p=[0.8, 0.2])
    digits = iter(draw_digits(rng.integers(0, 10, in_each.sum()), rng))
    images = np.zeros((count, FRAME_SIZE, FRAME_SIZE), np.uint8)
    for image, number in zip(images, in_each, strict=True):
        parts = [_trim_columns(next(digits)) for _ in range(number)]
        image[:] = fit_in_frame(np.concatenate(parts, axis=1))
    return images


def _trim_columns(image: np.ndarray) -> np.ndarray:
    left, _, width, _ = cv2.boundingRect(image)
    return image[:, left : left + width]


def _draw_textures(count: int, rng: np.random.Generator) -> np.ndarray:
    """Noise from fine grain to clouds, some of it hard-edged."""
    images = np.zeros((count, FRAME_SIZE, FRAME_SIZE), np.uint8)
    for image in images:
        noise = rng.normal(size=(BOX_SIZE, BOX_SIZE))
        noise = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.3, 3))
        steepness = rng.choice([60, 120, 500])
        image[:] = fit_in_frame(_to_grey(steepness * noise / noise.std() + rng.uniform(-100, 100)))
    return images


def _draw_shadow_edges(count: int, rng: np.random.Generator) -> np.ndarray:
    """Ink on the larger side of a straight, more or less soft edge; a narrow bar would be a 1."""
    y, x = np.mgrid[:BOX_SIZE, :BOX_SIZE] - BOX_SIZE / 2
    images = np.zeros((count, FRAME_SIZE, FRAME_SIZE), np.uint8)
    for image in images:
        angle, distance, steepness = rng.uniform((0, -8, 20), (2 * np.pi, -1, 200))
        edge = x * np.cos(angle) + y * np.sin(angle) - distance
        image[:] = fit_in_frame(_to_grey(128 + steepness * edge))
    return images


def _to_grey(values: np.ndarray) -> np.ndarray:
    return np.clip(values, 0, 255).astype(np.uint8)


def _draw_from_table(
    shapes: tuple[str, ...], hands: Hands, rng: np.random.Generator, *, filled: bool = False
) -> np.ndarray:
    """A random one of the shapes by each hand: uint8 (N, 28, 28)."""
    chosen = rng.integers(0, len(shapes), len(hands.slant))
    images = np.zeros((len(chosen), FRAME_SIZE, FRAME_SIZE), np.uint8)
    for index, shape in enumerate(shapes):
        which = chosen == index
        of_shape = pick_hands(hands, which)
        paths = write_shape(shape, of_shape, rng)
        images[which] = _draw_paths(paths, shape, of_shape, rng, filled=filled)
    return images


def _draw_paths(
    paths: np.ndarray, shape: str, hands: Hands, rng: np.random.Generator, *, filled: bool = False
) -> np.ndarray:
    """One shape as each hand wrote it, with its pen: float (N, T, 2) -> uint8 (N, 28, 28)."""
    heights = np.full(len(paths), DRAWN_HEIGHT)
    canvases = _draw_canvases(paths, shape, hands, rng, heights=heights, filled=filled)
    images = np.zeros((len(paths), FRAME_SIZE, FRAME_SIZE), np.uint8)
    for image, canvas in zip(images, canvases, strict=True):
        image[:] = fit_in_frame(canvas)
    return images


def _draw_canvases(
    paths: np.ndarray,
    shape: str,
    hands: Hands,
    rng: np.random.Generator,
    *,
    heights: np.ndarray,
    filled: bool = False,
) -> Iterator[np.ndarray]:
    """Each path on its own canvas, uint8 (H, W); `heights` are those of digits beside it, (N,)."""
    widths = press_pen(paths.shape[1], hands, rng)
    strokes = read_shape(shape).strokes
    for path, width, height in zip(paths, widths, heights, strict=True):
        yield draw_on_canvas(path * height, width * height, strokes, filled=filled)[0]


def draw_on_canvas(
    path: np.ndarray, widths: np.ndarray, strokes: tuple[slice, ...], *, filled: bool = False
) -> tuple[np.ndarray, tuple[int, int]]:
    """The path in white on a canvas that holds it, uint8 (H, W), and x, y of its first pixel."""
    border = math.ceil(widths.max() / 2) + 2
    origin = np.floor(path.min(axis=0)) - border
    columns, rows = np.ceil(path.max(axis=0) - origin + border).astype(int)
    canvas = np.zeros((rows, columns), np.uint8)
    if filled:
        cv2.fillPoly(canvas, [np.round(path - origin).astype(np.int32)], 255)
    else:
        draw_path(canvas, path - origin, strokes=strokes, widths=widths)
    return canvas, (int(origin[0]), int(origin[1]))
