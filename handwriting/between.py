"""Shapes between the tables' own: a variant of a digit on its way to another written likewise."""

from functools import cache

import numpy as np

from handwriting.pen import Hands, pick_hands, read_shape, write_shape

NEAR = 0.16  # of a digit's height: how far apart two paths are, on average, that go the same way
LEAST_LEAN, MOST_LEAN = -0.2, 0.6  # 0 is the variant itself, 1 the other; below 0 is away from it


def lean_to_others(
    paths: np.ndarray,
    shape: str,
    others: tuple[str, ...],
    hands: Hands,
    rng: np.random.Generator,
) -> np.ndarray:
    """Each path leans towards a random one of those variants that go the same way, if there is one.

    Args:
        paths: float (N, T, 2), the shape written by N hands.
        shape: as in the tables of handwriting/shapes.
        others: the variants of its digit.
        hands: those N.
        rng: decides which other, and how far.
    """
    near = find_near(shape, others)
    if not near:
        return paths
    paths = paths.copy()
    chosen = rng.integers(0, len(near), len(paths))
    leans = rng.uniform(LEAST_LEAN, MOST_LEAN, (len(paths), 1, 1))
    for index in np.unique(chosen):
        which = np.flatnonzero(chosen == index)
        other = write_shape(near[index], pick_hands(hands, which), rng)
        other = _keep_pace(other, near[index], with_shape=shape)
        paths[which] += leans[which] * (other - paths[which])
    return paths


@cache
def find_near(shape: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the other shapes whose strokes are as many and go about the same way."""
    path = _write_exactly(shape)
    near = []
    for other in others:
        if other == shape or len(read_shape(other).strokes) != len(read_shape(shape).strokes):
            continue
        apart = _keep_pace(_write_exactly(other), other, with_shape=shape) - path
        if np.hypot(*(apart - apart.mean(axis=0)).T).mean() < NEAR:
            near.append(other)
    return tuple(near)


def _write_exactly(shape: str) -> np.ndarray:
    curves = read_shape(shape)
    return curves.exact @ curves.points


def _keep_pace(paths: np.ndarray, shape: str, *, with_shape: str) -> np.ndarray:
    """The paths (..., T, 2) of a shape, with as many points in a stroke as the other shape has."""
    strokes = zip(read_shape(shape).strokes, read_shape(with_shape).strokes, strict=True)
    at = [np.linspace(a.start, a.stop - 1, b.stop - b.start) for a, b in strokes]
    at = np.concatenate(at)
    before = np.floor(at).astype(int)
    after = np.ceil(at).astype(int)  # the same where a point is met, so never the next stroke's
    part = (at - before)[:, np.newaxis]
    return (1 - part) * paths[..., before, :] + part * paths[..., after, :]
