"""A trained network goes on learning: a person's digits, among others so that it keeps those.

Only the two dense layers learn: to the convolutions a strange hand is strokes like any other. So
what they make of an image is computed once, and teaching takes seconds, without Keras.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cli.classifier import read_network
from data import Split
from digits.errors import UserError, printable
from digits.network import (
    WEIGHT_SHAPES,
    Network,
    OtherNetworkError,
    compute_maps,
    predict_probabilities,
    see_maps,
)
from model import load_model
from training.augment import augment_images
from training.lessons import draw_extra, smooth_labels
from training.recipe import NETWORK
from training.signs import Seen, fit_softmax
from training.trained.adam import Adam
from training.trained.calibration import choose_temperature, compute_logits, compute_loss

STEPS = 600
BATCH_SIZE = 128
OWN_SHARE = 0.12  # of a batch: the person's digits, the rest is there to be kept
LEARNING_RATE = 3e-4  # the highest, after the warm-up; a cosine takes it down to nothing
WARM_UP = 0.1  # share of the steps
OWN_IMAGES = 8000  # in all, of the person's digits, each varied as often as the others
MOST_COPIES = 40

KEPT_IMAGES = 20_000
# Most of them images of which the network is least sure: what it might forget lies there. With
# images taken at random alone, teaching costs twice as many of the validation images.
HARD_SHARE = 0.8
HARD_POOL = 0.1  # share of the training images that are the hard ones
DRAWN_IMAGES = 2000
NON_DIGITS = 1000
SEEN_STEP = 4  # of what the second head is taught with, every fourth does in a trial

# Of what it has learnt the network keeps the largest of these shares with which the loss on
# validation images is no more than MOST_LOSS times what it was. All of a strange hand costs 15 to
# 26% more loss; half of it costs 4%, and brings four fifths of what all brings.
SHARES = np.linspace(1, 0, 11, dtype=np.float32)
MOST_LOSS = 1.07

DENSE = ("dense_kernel", "dense_bias", "output_kernel", "output_bias")
Dense = list[np.ndarray]  # the weights called so, float32


class Memory(NamedTuple):
    """What the network is to keep, as its convolutions see it; M images, V for validation."""

    maps: np.ndarray  # float32 (M, 5, 5, 64)
    targets: np.ndarray  # float32 (M, 10)
    validation_maps: np.ndarray  # float32 (V, 5, 5, 64)
    validation_labels: np.ndarray  # uint8 (V,)
    seen_maps: np.ndarray  # float32 (S, 5, 5, 64), for the second head
    seen_kinds: np.ndarray  # int (S,), see training.signs


class OwnDigits(NamedTuple):
    """A person's digits, each varied so often, as the convolutions see them."""

    maps: np.ndarray  # float32 (copies, N, 5, 5, 64)
    labels: np.ndarray  # uint8 (N,)


class Course(NamedTuple):
    """All that decides what is learnt."""

    start: Network
    memory: Memory
    own: OwnDigits
    seed: int


def load_start(path: Path) -> Network:
    """The network in a model file of whatever format.

    Raises:
        UserError: no such file, or no model of the usual network in it.
    """
    try:
        return read_network(path)
    except OtherNetworkError:
        weights = load_model(path).get_weights()
    if [array.shape for array in weights] != list(WEIGHT_SHAPES.values()):
        raise UserError(f"{printable(path)}: only the usual network can be taught a hand")
    return Network(*weights)


def make_memory(
    start: Network, training: Split, validation: Split, *, seen: Seen, seed: int
) -> Memory:
    """Images of all that the network has learnt, varied, with its own answers as their targets.

    Z. Li, D. Hoiem, "Learning without forgetting", 2016. The answers are kept where they are wrong
    too: to learn hard drawings, in place of keeping what is known, cost a point of MNIST.

    `seen`: from training.signs.draw_seen.
    """
    rng = np.random.default_rng([seed, 8])
    chosen = _choose_images(start, training, rng)
    extra = draw_extra(DRAWN_IMAGES, NON_DIGITS, NETWORK._replace(seed=seed), number=0)
    images = np.concatenate([training.images[chosen], extra.images])
    maps = compute_maps(start, augment_images(images, rng, strength=NETWORK.strength))
    return Memory(
        maps,
        _answer(_get_dense(start), _flatten(maps))[1],
        compute_maps(start, validation.images),
        validation.labels,
        compute_maps(start, seen.images[::SEEN_STEP]),
        seen.kinds[::SEEN_STEP],
    )


def _choose_images(start: Network, training: Split, rng: np.random.Generator) -> np.ndarray:
    """KEPT_IMAGES indices of training images, most of them of hard ones."""
    size = len(training.images)
    answers = predict_probabilities(start, training.images)
    order = np.argsort(answers[np.arange(size), training.labels], kind="stable")
    pool = order[: max(1, round(HARD_POOL * size))]
    hard = round(HARD_SHARE * KEPT_IMAGES)
    return np.concatenate([rng.choice(pool, hard), rng.choice(size, KEPT_IMAGES - hard)])


def vary_digits(start: Network, images: np.ndarray, labels: np.ndarray, *, seed: int) -> OwnDigits:
    """A person's digits, uint8 (N, 28, 28), varied as in every training; `labels` uint8 (N,)."""
    copies = min(MOST_COPIES, -(-OWN_IMAGES // len(images)))
    rng = np.random.default_rng([seed, 9])
    varied = augment_images(np.tile(images, (copies, 1, 1)), rng, strength=NETWORK.strength)
    maps = compute_maps(start, varied)
    return OwnDigits(maps.reshape(copies, len(images), *maps.shape[1:]), labels)


def teach_digits(course: Course, which: Sequence[int]) -> Network:
    """The network that has learnt some of a person's digits, calibrated, with a second head.

    `which`: the places of those digits, at least one.
    """
    start, memory, own, seed = course
    rng = np.random.default_rng([seed, 10])
    before = _get_dense(start)
    learnt = _learn(before, _make_batches(memory, own, which, rng))
    dense = _go_back(before, learnt, memory)
    logits = _measure_logits(dense, memory)
    temperature = choose_temperature(logits, memory.validation_labels)
    dense[2:] = [weights / np.float32(temperature) for weights in dense[2:]]
    network = start._replace(**dict(zip(DENSE, dense, strict=True)))
    features = see_maps(network, memory.seen_maps)
    return network._replace(signs=fit_softmax(features, memory.seen_kinds, rng))


def _go_back(before: Dense, learnt: Dense, memory: Memory) -> Dense:
    """The layers furthest on the straight way to what was learnt that cost little.

    M. Wortsman and others, "Robust fine-tuning of zero-shot models", 2022.
    """
    most = MOST_LOSS * measure_loss(before, memory)
    for share in SHARES:
        dense = [(1 - share) * b + share * a for b, a in zip(before, learnt, strict=True)]
        if measure_loss(dense, memory) <= most:
            break
    return dense


def measure_loss(dense: Dense, memory: Memory) -> float:
    """The mean cross-entropy on the validation images."""
    return compute_loss(_measure_logits(dense, memory), memory.validation_labels, 1.0)


def _measure_logits(dense: Dense, memory: Memory) -> np.ndarray:
    return compute_logits(_answer(dense, _flatten(memory.validation_maps))[1])


def count_mistakes(network: Network, memory: Memory) -> int:
    """How many of the validation images the network takes for another digit."""
    answers = _answer(_get_dense(network), _flatten(memory.validation_maps))[1]
    return int((answers.argmax(axis=1) != memory.validation_labels).sum())


def _make_batches(
    memory: Memory, own: OwnDigits, which: Sequence[int], rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """STEPS times inputs, float32 (BATCH_SIZE, 1600), and their targets, (BATCH_SIZE, 10)."""
    kept, count = _flatten(memory.maps), round(OWN_SHARE * BATCH_SIZE)
    targets = smooth_labels(own.labels, NETWORK.label_smoothing)
    for _ in range(STEPS):
        digits = rng.choice(which, count)
        copies = rng.integers(0, len(own.maps), count)
        others = rng.integers(0, len(kept), BATCH_SIZE - count)
        inputs = np.concatenate([_flatten(own.maps[copies, digits]), kept[others]])
        yield inputs, np.concatenate([targets[digits], memory.targets[others]])


def _learn(dense: Dense, batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> Dense:
    """The layers after STEPS steps of Adam down the cross-entropy."""
    dense = [weights.copy() for weights in dense]
    adam = Adam(dense)
    for step, (inputs, targets) in enumerate(batches, 1):
        rate = LEARNING_RATE * min(1, step / (WARM_UP * STEPS))
        rate *= (1 + np.cos(np.pi * step / STEPS)) / 2
        adam.step(_find_gradients(dense, inputs, targets), rate)
    return dense


def _find_gradients(dense: Dense, inputs: np.ndarray, targets: np.ndarray) -> Dense:
    """Of the mean cross-entropy, by each of the layers' weights."""
    hidden, answers = _answer(dense, inputs)
    errors = (answers - targets) / np.float32(len(inputs))  # (N, 10)
    behind = errors @ dense[2].T * (hidden > 0)  # (N, 128)
    return [inputs.T @ behind, behind.sum(axis=0), hidden.T @ errors, errors.sum(axis=0)]


def _answer(dense: Dense, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the first layer makes of the inputs, (N, 128), and the probabilities, (N, 10)."""
    hidden = np.maximum(inputs @ dense[0] + dense[1], 0)
    logits = hidden @ dense[2] + dense[3]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return hidden, powers / powers.sum(axis=1, keepdims=True)


def _get_dense(network: Network) -> Dense:
    return [getattr(network, name) for name in DENSE]


def _flatten(maps: np.ndarray) -> np.ndarray:
    return maps.reshape(len(maps), -1)
