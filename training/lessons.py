"""What the network is shown in each epoch: images varied anew, drawings, and their targets."""

import functools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from data import Split
from handwriting.drawing import draw_dataset, draw_non_digits
from training.augment import augment_images
from training.recipe import (
    DRAWN_EPOCHS,
    DRAWN_SHARE,
    FULL_STRENGTH_EPOCHS,
    JUDGED_EPOCHS,
    LABEL_SMOOTHING,
    NON_DIGIT_SHARE,
    STRENGTH,
    Recipe,
)

# (number of the epoch, images uint8 (N, 28, 28), targets float32 (N, 10)) -> targets
Judge = Callable[[int, np.ndarray, np.ndarray], np.ndarray]


class Lessons(NamedTuple):
    """What the network is shown: always the same for the same number of an epoch."""

    count: int  # images in every epoch
    show: "Callable[[int], Epoch]"  # epoch 0, 1, … -> what is shown in it


class Epoch(NamedTuple):
    """What the network is shown in one epoch, in this order."""

    images: np.ndarray  # uint8 (N, 28, 28)
    targets: np.ndarray  # float32 (N, 10), probabilities


def make_lessons(
    split: Split,
    recipe: Recipe,
    *,
    smoothing: float = LABEL_SMOOTHING,
    strength: float = STRENGTH,
    judge: Judge | None = None,
) -> Lessons:
    """Augmented images of `split`; drawn digits, and drawn non-digits, whose target favours none.

    Args:
        split: what to learn from.
        recipe: its seed decides everything, `augment` whether images are shown as they are.
        smoothing: the share of a label's target that is spread over all ten digits.
        strength: how far images are varied, 0 to 1; less where the epochs are few.
        judge: says what to learn of each image of `split` in place of its label. The epochs then
            show only JUDGED_EPOCHS different sets of images, in ever new orders.
    """
    digits = int(len(split.images) * DRAWN_SHARE)
    others = int(len(split.images) * NON_DIGIT_SHARE)
    strength = min(strength, recipe.epochs / FULL_STRENGTH_EPOCHS) if recipe.augment else 0.0

    @functools.cache
    def draw(number: int) -> Epoch:
        return draw_extra(digits, others, smoothing, seed=[recipe.seed, number])

    def show(epoch: int) -> Epoch:
        number = epoch % JUDGED_EPOCHS if judge else epoch
        rng = np.random.default_rng([recipe.seed, 2, number])
        images = augment_images(split.images, rng, strength=strength)
        targets = smooth_labels(split.labels, smoothing)
        if judge:
            targets = judge(number, images, targets)
        extra = draw(epoch % DRAWN_EPOCHS)
        images = np.concatenate([images, augment_images(extra.images, rng, strength=strength)])
        targets = np.concatenate([targets, extra.targets])
        order = np.random.default_rng([recipe.seed, 3, epoch]).permutation(len(images))
        return Epoch(images[order], targets[order])

    return Lessons(len(split.images) + digits + others, show)


def draw_extra(digits: int, others: int, smoothing: float, *, seed: list[int]) -> Epoch:
    """So many drawn digits with smoothed labels, then non-digits whose target favours no digit."""
    images, labels = draw_dataset(digits, [*seed, 0])
    strange = draw_non_digits(others, np.random.default_rng([*seed, 1]))
    targets = [smooth_labels(labels, smoothing), np.full((others, 10), 0.1, np.float32)]
    return Epoch(np.concatenate([images, strange]), np.concatenate(targets))


def smooth_labels(labels: np.ndarray, smoothing: float) -> np.ndarray:
    """float32 (N, 10): nearly all for the label, `smoothing` spread over all ten."""
    return np.eye(10, dtype=np.float32)[labels] * (1 - smoothing) + np.float32(smoothing / 10)


def prepare_ahead(
    show: Callable[[int], Epoch], first: int, end: int
) -> Iterator[tuple[int, Epoch]]:
    """Each epoch's number and what is shown in it, prepared in another thread.

    That begins at once with the first; each next one is prepared while the caller trains.
    """
    executor = ThreadPoolExecutor(max_workers=1)
    coming = executor.submit(show, first) if first < end else None

    def give() -> Iterator[tuple[int, Epoch]]:
        nonlocal coming
        with executor:
            for epoch in range(first, end):
                shown = coming.result()
                if epoch + 1 < end:
                    coming = executor.submit(show, epoch + 1)
                yield epoch, shown

    return give()
