"""What the network is shown in each epoch: images varied anew, drawings, and their targets."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from data import Split
from handwriting.drawing import draw_dataset, draw_non_digits
from training.augment import augment_images, show_as_tiny
from training.recipe import Recipe

# (number of a set of images, the images uint8 (N, 28, 28), targets float32 (N, 10)) -> soft targets
SoftTargets = Callable[[int, np.ndarray, np.ndarray], np.ndarray]


class Epoch(NamedTuple):
    """What the network is shown in one epoch, in this order."""

    images: np.ndarray  # uint8 (N, 28, 28)
    targets: np.ndarray  # float32 (N, 10), probabilities


class Lessons(NamedTuple):
    """All epochs of a training: the same number always gives the same epoch."""

    count: int  # images in every epoch
    make_epoch: Callable[[int], Epoch]  # 0, 1, … -> what is shown in that epoch


def make_lessons(
    training: Split, recipe: Recipe, *, soft_targets: SoftTargets | None = None
) -> Lessons:
    """Varied images, drawn digits, and drawn non-digits, whose target favours no digit.

    Args:
        training: the images to learn from.
        recipe: its seed decides everything, other numbers how much and how far.
        soft_targets: gives the targets of the images of `training`, in place of their labels. Only
            `recipe.taught_epochs` different sets of images are then shown, each in a new order, and
            the last epochs are like all others.
    """
    size = len(training.images)
    digits, others = int(size * recipe.drawn_share), int(size * recipe.non_digit_share)
    calm = 0 if soft_targets else round(recipe.calm_share * recipe.epochs)

    def choose_strength(number: int) -> float:
        part = recipe.calm_strength if number >= recipe.epochs - calm else 1
        return recipe.strength * part if recipe.augment else 0.0

    def vary(images: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
        images = augment_images(images, rng, strength=strength)
        return show_as_tiny(images, rng, share=recipe.tiny_share) if recipe.augment else images

    @functools.cache
    def draw(number: int) -> Epoch:
        return draw_extra(digits, others, recipe, number=number)

    def make_epoch(number: int) -> Epoch:
        variant = number % recipe.taught_epochs if soft_targets else number
        rng = np.random.default_rng([recipe.seed, 2, variant])
        strength = choose_strength(number)
        images = vary(training.images, rng, strength)
        targets = smooth_labels(training.labels, recipe.label_smoothing)
        if soft_targets:
            targets = soft_targets(variant, images, targets)
        extra = draw(number % recipe.drawn_epochs)
        images = np.concatenate([images, vary(extra.images, rng, strength)])
        targets = np.concatenate([targets, extra.targets])
        order = np.random.default_rng([recipe.seed, 3, number]).permutation(len(images))
        return Epoch(images[order], targets[order])

    return Lessons(size + digits + others, make_epoch)


def draw_extra(digits: int, others: int, recipe: Recipe, *, number: int) -> Epoch:
    """So many drawn digits with smoothed labels, then non-digits whose target favours no digit."""
    seed = [recipe.seed, number]
    images, labels = draw_dataset(digits, [*seed, 0])
    non_digits = draw_non_digits(others, np.random.default_rng([*seed, 1]))
    no_digit = np.full((others, 10), 0.1, np.float32)
    targets = np.concatenate([smooth_labels(labels, recipe.label_smoothing), no_digit])
    return Epoch(np.concatenate([images, non_digits]), targets)


def smooth_labels(labels: np.ndarray, smoothing: float) -> np.ndarray:
    """float32 (N, 10): nearly all for the label, `smoothing` spread over all ten."""
    return np.eye(10, dtype=np.float32)[labels] * (1 - smoothing) + np.float32(smoothing / 10)


@contextlib.contextmanager
def work_ahead() -> Iterator[Executor]:
    """One other thread, for all that is prepared in turn; who leaves early waits for nothing."""
    worker = ThreadPoolExecutor(max_workers=1)
    try:
        yield worker
    finally:
        worker.shutdown(wait=False, cancel_futures=True)


def prepare_ahead(
    worker: Executor, make_epoch: Callable[[int], Epoch], first: int, end: int
) -> Iterator[tuple[int, Epoch]]:
    """The epochs from `first` on, before `end`, with their numbers, prepared by `worker`.

    The first is begun at once, each next one while the caller trains on the one before.
    """
    coming = worker.submit(make_epoch, first) if first < end else None

    def give() -> Iterator[tuple[int, Epoch]]:
        nonlocal coming
        for number in range(first, end):
            epoch = coming.result()
            if number + 1 < end:
                coming = worker.submit(make_epoch, number + 1)
            yield number, epoch

    return give()
