"""From the points of a shape to ink: smooth curves, a writer's hand, a pen of some width."""

from functools import cache
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

STEP = 0.05  # of a digit's height between two points of a curve; finer costs time, shows nothing
ROUNDING = 0.06  # of a digit's height: how far a fast hand's corners reach
SWELL = 0.025  # of a digit's height: standard deviation of a smooth displacement, each of WAVES
WAVES = 2
LONGEST_WAVE, SHORTEST_WAVE = 2.5, 0.8  # digit heights
SHORTENED, DRAWN_OUT = 0.07, 0.10  # share of a stroke at either end, at most
LEAST_STROKE = 8  # points of a path: shorter strokes keep their ends
PIECE = 3  # points of a curve drawn with one pen width
SHIFT = 4  # bits of a pixel's fraction that OpenCV is given


class Curves(NamedTuple):
    """A shape ready to be written many times: points in, pen path out, by one matrix product."""

    points: np.ndarray  # float (K, 2), x right and y down, digit height 1
    exact: np.ndarray  # float (T, K): points -> path with sharp corners
    rounded: np.ndarray  # float (T, K): points -> path with its corners cut
    strokes: tuple[slice, ...]  # the path's parts, between two lifts of the pen


class Hands(NamedTuple):
    """How each of N digits is written; every field is float (N,)."""

    slant: np.ndarray  # x gained from bottom to top, in digit heights
    turn: np.ndarray  # radians, clockwise
    stretch: np.ndarray  # factor on the width
    balance: np.ndarray  # > 0: the upper part is the larger
    taper: np.ndarray  # > 0: the upper part is the wider
    bow: np.ndarray  # > 0: the middle bends to the right
    side: np.ndarray  # > 0: the left part is the larger
    arch: np.ndarray  # > 0: left and right hang lower than the middle
    looseness: np.ndarray  # standard deviation of each point, in digit heights
    haste: np.ndarray  # 0 (sharp corners) to 1 (cut corners)
    tremor: np.ndarray  # amplitude of the wobble, in digit heights
    width: np.ndarray  # of the pen, in digit heights
    pressure: np.ndarray  # how much the width varies along the path, 0 to 1


def sample_hands(count: int, rng: np.random.Generator, *, spread: float = 1.0) -> Hands:
    """`count` hands, as different as MNIST's writers with `spread` 1, nearly alike with 0.

    The deviations were set by comparing slant, proportions and ink with MNIST's training images.
    """

    def normal(mean: float, deviation: float) -> np.ndarray:
        return rng.normal(mean, deviation * spread, count)

    return Hands(
        slant=normal(0.14, 0.24),
        turn=normal(0.0, 0.09),
        stretch=np.exp(normal(0.12, 0.20)),
        balance=normal(0.0, 0.18),
        taper=normal(0.0, 0.25),
        bow=normal(0.0, 0.05),
        side=normal(0.0, 0.4),
        arch=normal(0.0, 0.15),
        looseness=np.abs(normal(0.0, 0.045)) + 0.01,
        haste=rng.uniform(0, 1, count),
        tremor=np.abs(normal(0.0, 0.008)),
        width=np.clip(np.exp(normal(np.log(0.115), 0.40)), 0.04, 0.38),
        pressure=rng.uniform(0, 0.35, count),
    )


def pick_hands(hands: Hands, which: np.ndarray) -> Hands:
    """The hands at the indices `which`."""
    return Hands(*(field[which] for field in hands))


@cache
def read_shape(shape: str) -> Curves:
    """The curves of a shape written as the table in shapes.py explains."""
    points, exact, rounded, strokes = [], [], [], []
    for stroke in shape.split("/"):
        tokens = stroke.split()
        corners = [i for i, token in enumerate(tokens) if token.endswith("!")]
        stroke_points = np.array([token.rstrip("!").split(",") for token in tokens], float) / 100
        path = _interpolate_stroke(stroke_points, corners)
        points.append(stroke_points)
        exact.append(path)
        rounded.append(_smoothing_matrix(path @ stroke_points) @ path)
        start = strokes[-1].stop if strokes else 0
        strokes.append(slice(start, start + len(path)))
    return Curves(
        np.concatenate(points), _block_diagonal(exact), _block_diagonal(rounded), tuple(strokes)
    )


def _interpolate_stroke(points: np.ndarray, corners: list[int]) -> np.ndarray:
    """The matrix (T, K) that leads a path through K points, smooth but at the corners."""
    stops = [0, *corners, len(points) - 1]
    runs = []
    for first, last in pairwise(stops):
        run = np.zeros((0, len(points)))
        if last > first:
            inner = _interpolate_run(points[first : last + 1])
            run = np.zeros((len(inner), len(points)))
            run[:, first : last + 1] = inner
        runs.append(run)
    return np.concatenate(runs)


def _interpolate_run(points: np.ndarray) -> np.ndarray:
    """The matrix of a Catmull-Rom curve whose knots lie as far apart as the points."""
    count = len(points)
    knots = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0, knots[-1], max(2, 1 + round(knots[-1] / STEP)))
    identity = np.eye(count)
    before, after = np.maximum(np.arange(count) - 1, 0), np.minimum(np.arange(count) + 1, count - 1)
    tangents = (identity[after] - identity[before]) / (knots[after] - knots[before])[:, None]
    left = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, count - 2)
    length = (knots[left + 1] - knots[left])[:, None]
    t = (at[:, None] - knots[left][:, None]) / length
    return (  # cubic Hermite interpolation
        (1 + 2 * t) * (1 - t) ** 2 * identity[left]
        + t * (1 - t) ** 2 * length * tangents[left]
        + t**2 * (3 - 2 * t) * identity[left + 1]
        + t**2 * (t - 1) * length * tangents[left + 1]
    )


def _smoothing_matrix(path: np.ndarray) -> np.ndarray:
    """The matrix (T, T) that averages each point with those within `ROUNDING` along it."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    weights = np.exp(-0.5 * ((along[:, None] - along) / ROUNDING) ** 2)
    weights[0], weights[-1] = np.eye(len(along))[[0, -1]]  # a stroke keeps its ends
    return weights / weights.sum(axis=1, keepdims=True)


def _block_diagonal(blocks: list[np.ndarray]) -> np.ndarray:
    """One matrix with the blocks along its diagonal."""
    rows, columns = (sum(sizes) for sizes in zip(*(block.shape for block in blocks), strict=True))
    matrix, row, column = np.zeros((rows, columns)), 0, 0
    for block in blocks:
        matrix[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1]
    return matrix


def write_shape(shape: str, hands: Hands, rng: np.random.Generator) -> np.ndarray:
    """The pen's path for each of N hands: float (N, T, 2), digit height about 1."""
    curves = read_shape(shape)
    count = len(hands.slant)
    noise = rng.normal(size=(count, len(curves.points) + 1, 2))
    noise = (noise[:, 1:] + noise[:, :-1]) / np.sqrt(2)  # neighbours go astray together
    points = curves.points + noise * hands.looseness[:, None, None]
    haste = hands.haste[:, None, None]
    path = (1 - haste) * (curves.exact @ points) + haste * (curves.rounded @ points)
    return _bend(path + _tremble(path, hands, rng), hands)


def _tremble(path: np.ndarray, hands: Hands, rng: np.random.Generator) -> np.ndarray:
    """A wobble for each point of the paths: two sines of the distance travelled."""
    along = np.arange(path.shape[1])[:, None] * STEP
    each = (2, len(path), 1, 2)  # sines, paths, points, x and y
    waves = rng.uniform(1, 4, each) * along + rng.uniform(0, 1, each)
    return np.sin(2 * np.pi * waves).sum(axis=0) * hands.tremor[:, None, None]


def vary_paths(
    paths: np.ndarray, strokes: tuple[slice, ...], rng: np.random.Generator
) -> np.ndarray:
    """Paths further apart than hands are: ends shortened or drawn out, the whole bent smoothly.

    Args:
        paths: float (N, T, 2), digit height about 1.
        strokes: the parts of the paths between two lifts of the pen.
        rng: decides everything.
    """
    paths = paths.copy()
    for stroke in strokes:
        if stroke.stop - stroke.start >= LEAST_STROKE:
            paths[:, stroke] = _move_ends(paths[:, stroke], rng)
    shape = (2, WAVES, len(paths), 1)  # x and y of the displacement
    length = np.exp(rng.uniform(np.log(SHORTEST_WAVE), np.log(LONGEST_WAVE), shape))
    angle, phase = rng.uniform(0, 2 * np.pi, (2, *shape))
    along = paths[..., 0] * np.cos(angle) + paths[..., 1] * np.sin(angle)
    waves = np.sin(2 * np.pi * along / length + phase) * rng.normal(0, SWELL, shape)
    return paths + np.moveaxis(waves.sum(axis=1), 0, -1)


def _move_ends(paths: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One stroke of each path, begun and ended sooner or later: float (N, T, 2)."""
    count, length, _ = paths.shape
    first, last = rng.uniform(-DRAWN_OUT, SHORTENED, (2, count, 1)) * (length - 1)
    at = first + np.linspace(0, 1, length) * (length - 1 - last - first)  # points along the path
    before = np.clip(at.astype(int), 0, length - 2)  # the ends go straight on
    rows = np.arange(count)[:, np.newaxis]
    start, end = paths[rows, before], paths[rows, before + 1]
    return start + (at - before)[..., np.newaxis] * (end - start)


def _bend(path: np.ndarray, hands: Hands) -> np.ndarray:
    """The paths in the proportions and at the angle of their hands."""
    middle = path - (0.33, 0.5)  # about the middle of a digit
    of = Hands(*(field[:, None] for field in hands))
    x, y = middle[..., 0], middle[..., 1]
    across = x + of.side * (0.1 - x**2) + of.bow * (1 - 4 * y**2)
    across = across * of.stretch * (1 - of.taper * y) - of.slant * y
    down = y + of.balance * (0.25 - y**2) + of.arch * x**2
    cos, sin = np.cos(of.turn), np.sin(of.turn)
    return np.stack([across * cos - down * sin, across * sin + down * cos], axis=-1)


def press_pen(length: int, hands: Hands, rng: np.random.Generator) -> np.ndarray:
    """The pen's width along paths of `length` points: float (N, length), digit height 1."""
    along = np.arange(length) * STEP
    count = len(hands.width)
    wave = rng.uniform(0.3, 1.2, (count, 1)) * along + rng.uniform(0, 1, (count, 1))
    return hands.width[:, None] * (1 + hands.pressure[:, None] * np.sin(2 * np.pi * wave))


def draw_path(
    canvas: np.ndarray, path: np.ndarray, *, strokes: tuple[slice, ...], widths: np.ndarray
) -> None:
    """Draw a pen's path in white on a canvas.

    Args:
        canvas: uint8 (H, W), drawn on in place.
        path: float (T, 2), x and y in pixels.
        strokes: the parts of the path between two lifts of the pen.
        widths: float (T,), of the pen in pixels.
    """
    fixed = np.round(path * (1 << SHIFT)).astype(np.int32)
    for stroke in strokes:
        for start in range(stroke.start, max(stroke.stop - 1, stroke.start + 1), PIECE):
            piece = fixed[start : min(start + PIECE + 1, stroke.stop)]
            width = max(1, round(float(widths[start])))
            cv2.polylines(canvas, [piece], False, 255, width, cv2.LINE_AA, SHIFT)
