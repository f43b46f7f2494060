"""The third head of the network: whether a piece of ink is one whole digit, and which.

python -m training.pieces models/model.h5     # teach it to a trained model, the rest as it is

Digits that touch, or lie over each other, are cut in many ways, and most pieces are none: half of a
digit, one with a stroke of its neighbour, two together. The other heads have hardly seen such. So
numbers are written, and cut by the reader itself; what it looks at is what there is to learn.
"""

if __name__ == "__main__":  # before the other imports, which take a while
    from cli.interrupt import end_at_once

    end_at_once("python -m training.pieces")

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

# One thread in each process: there are as many of them as cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import numpy as np

from cli.script import build_base_parser, parse_count, run_script
from data import Split, hold_out, load_split
from digits.frame import BOX_SIZE
from digits.ink.ink import find_inks
from digits.network import (
    FEATURES,
    HEAD_SHAPES,
    NO_DIGIT,
    PIECE_KINDS,
    Network,
    classify_images,
    compute_features,
    load_network,
    softmax,
)
from digits.segment.blobs import Blob, digit_height, split_blobs
from digits.segment.candidates import View, classify_blobs
from digits.segment.grouping import read_blobs
from digits.work.cores import map_on_cores
from handwriting.effects import overlaps
from handwriting.pages import draw_text
from handwriting.paper import put_on_paper
from training.augment import augment_images
from training.recipe import NETWORK
from training.trained.adam import Adam

NUMBERS = 4400  # to learn from
SCANNED_SHARE = 0.45  # of them are set from training images: of drawn hands alone it learns those
# How the others are written, and how many of them.
WAYS = (
    (0.60, {"overlap": (0.0, overlaps.MOST_OVERLAP)}),
    (0.22, {"touching": True}),
    (0.06, {"digits": "0", "overlap": (0.0, overlaps.MOST_OVERLAP)}),
    (0.12, {"joined": True, "gap": (0.05, 0.25)}),
)
IN_ONE_GO_SHARE = 0.7  # of the joined ones
MOST_DIGITS = 5  # of a number: longer ones have more pieces of the same sorts
HEIGHTS = (40, 61)  # pixels of a digit
PENS = (2.5, 6.0)  # pixels
NEATNESS = (0.3, 0.8)
DRIFT = 0.05  # of the height: how far digits stand above their line, one standard deviation
MARGIN = 20  # pixels around a number
# A piece is a digit if so much of the ink that either has is in both: the cuts are never exact.
SAME = 0.75
INK = 100  # of 255: fainter ink is the edge of a stroke

EPOCHS = 10
BATCH_SIZE = 256
LEARNING_RATE = 2e-3  # the highest, after the warm-up; a cosine takes it down to nothing
WARM_UP = 0.1  # share of the steps
DECAY = 2e-6  # of the weights, each step at the highest rate
LEAST_SPREAD = 1e-3  # of an input, which is divided by its spread while the layers learn
DROPPED = 0.2  # of the inputs and of the units, each time others

VALIDATION_SEED = 1
VALIDATION_PART, LEAST_VALIDATION = 10, 20  # numbers: one for so many to learn from, and at least

Layers = list[np.ndarray]  # of HEAD_SHAPES: pieces_hidden, pieces_output


class Pieces(NamedTuple):
    """Pieces of ink with what they are."""

    images: np.ndarray  # uint8 (N, 28, 28)
    kinds: np.ndarray  # int (N,), the digit, or NO_DIGIT


class _Number(NamedTuple):
    """A written number: its digits, its ink, uint8 (H, W), and that of each alone, (n, H, W)."""

    digits: list[int]
    ink: np.ndarray
    inks: np.ndarray


def draw_pieces(network: Network, training: Split, *, seed: int, count: int = NUMBERS) -> Pieces:
    """What the reader looks at where it cuts so many numbers, on all cores.

    Args:
        network: trained; a third head that it has is not asked.
        training: images to set some of the numbers from.
        seed: decides all.
        count: of numbers, at least one.
    """
    network = network._replace(pieces_hidden=None, pieces_output=None)

    def look(number: int) -> Iterator[Pieces]:
        rng = np.random.default_rng([seed, 11, number])
        scanned = rng.random() < SCANNED_SHARE
        yield _look_at(_set_number(training, rng) if scanned else _write_number(rng), network)

    parts = map_on_cores(look, range(count))
    return Pieces(*map(np.concatenate, zip(*parts, strict=True)))


def learn_pieces(network: Network, pieces: Pieces, *, seed: int) -> Network:
    """The network with a third head: a hidden layer on the windows of the second one.

    Args:
        network: trained.
        pieces: from draw_pieces.
        seed: decides with which weights it starts, and in which order it learns.
    """
    windows = compute_features(network, pieces.images)[:, FEATURES:]
    rng = np.random.default_rng([seed, 12])
    hidden, output = _fit(windows, pieces.kinds, rng)
    return network._replace(pieces_hidden=hidden, pieces_output=output)


def _write_number(rng: np.random.Generator) -> _Number:
    """A number as a hand writes it."""
    _, way = WAYS[rng.choice(len(WAYS), p=[share for share, _ in WAYS])]
    look = {k: rng.uniform(*v) if isinstance(v, tuple) else v for k, v in way.items()}
    digits = rng.choice([*look.pop("digits", "0123456789")], rng.integers(2, MOST_DIGITS + 1))
    if look.get("joined") and rng.random() < IN_ONE_GO_SHARE:
        digits = [*rng.choice(overlaps.IN_ONE_GO)]
    page = draw_text(
        "".join(digits),
        rng,
        height=int(rng.integers(*HEIGHTS)),
        neatness=rng.uniform(*NEATNESS),
        pen=rng.uniform(*PENS),
        margin=0,
        **look,
    )
    inks = np.zeros((len(digits), *page.ink.shape), np.uint8)
    for alone, (x, y, width, height), ink in zip(inks, page.boxes, page.inks, strict=True):
        alone[y : y + height, x : x + width] = ink
    return _Number([*map(int, digits)], page.ink, inks)


def _set_number(training: Split, rng: np.random.Generator) -> _Number:
    """A number set from images, enlarged, that touch or lie over each other."""
    chosen = rng.integers(0, len(training.images), rng.integers(2, MOST_DIGITS + 1))
    images = augment_images(training.images[chosen], rng, strength=NETWORK.strength / 2)
    height, overlap = int(rng.integers(*HEIGHTS)), rng.uniform(0, overlaps.MOST_OVERLAP)
    inks = [_enlarge(image, height / BOX_SIZE) for image in images]
    lefts = [0]
    for one, two in pairwise(inks):
        shared = overlap * min(one.shape[1], two.shape[1])
        lefts.append(lefts[-1] + one.shape[1] - round(shared))
    sheet = np.zeros((len(inks), 2 * height, max(lefts) + 2 * height), np.uint8)
    for alone, ink, left in zip(sheet, inks, lefts, strict=True):
        top = round((2 * height - len(ink)) / 2 + np.clip(rng.normal(0, DRIFT), -0.3, 0.3) * height)
        alone[top : top + len(ink), left : left + ink.shape[1]] = ink
    return _Number(training.labels[chosen].tolist(), sheet.max(axis=0), sheet)


def _enlarge(image: np.ndarray, scale: float) -> np.ndarray:
    """The ink of an image, cut out and so many times as large: uint8 (H, W)."""
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    x, y, width, height = cv2.boundingRect((large > INK).view(np.uint8))
    return large[y : y + height, x : x + width]


def _look_at(number: _Number, network: Network) -> Pieces:
    """What the reader looks at of a number on paper, whether it has to be cut or not."""
    margin = ((MARGIN, MARGIN), (MARGIN, MARGIN))
    picture = put_on_paper(np.pad(number.ink, margin))
    ink = next(iter(find_inks(picture)))
    blobs, scale, seen = split_blobs(ink.plain), ink.working.scale, []
    view = View(
        ink.level, digit_height(blobs), lambda images: classify_images(network, images), seen=seen
    )
    seen += classify_blobs(blobs, view)
    read_blobs(blobs, view)
    size = {"fx": scale, "fy": scale, "interpolation": cv2.INTER_AREA}
    masks = [cv2.resize(np.pad(alone, margin), None, **size) > INK for alone in number.inks]
    kinds = [_find_kind(piece.blob, number.digits, masks) for piece in seen]
    return Pieces(np.stack([piece.image for piece in seen]), np.array(kinds))


def _find_kind(piece: Blob, digits: list[int], masks: list[np.ndarray]) -> int:
    """The digit whose ink it is, `masks` bool (H, W) each, or NO_DIGIT."""
    inside = np.s_[piece.y : piece.bottom, piece.x : piece.right]
    for digit, mask in zip(digits, masks, strict=True):
        common = np.count_nonzero(mask[inside] & piece.mask)
        if common >= SAME * (np.count_nonzero(mask) + piece.area - common):
            return digit
    return NO_DIGIT


def _fit(inputs: np.ndarray, kinds: np.ndarray, rng: np.random.Generator) -> Layers:
    """Both layers, learnt by Adam with dropout (Srivastava and others 2014).

    Args:
        inputs: float32 (N, WINDOWS).
        kinds: int (N,), below PIECE_KINDS.
        rng: decides all that is chance.
    """
    middle, spread = inputs.mean(axis=0), inputs.std(axis=0) + LEAST_SPREAD
    inputs = (inputs - middle) / spread
    targets = np.eye(PIECE_KINDS, dtype=np.float32)[kinds]
    layers = [_start(shape, rng) for shape in HEAD_SHAPES[1:]]
    adam = Adam(layers)
    orders = [rng.permutation(len(inputs)) for _ in range(EPOCHS)]
    batches = [o[s : s + BATCH_SIZE] for o in orders for s in range(0, len(o), BATCH_SIZE)]
    for step, batch in enumerate(batches, 1):
        part = step / len(batches)
        rate = LEARNING_RATE * min(1, part / WARM_UP) * (1 + np.cos(np.pi * part)) / 2
        gradients = _find_gradients(layers, inputs[batch], targets[batch], rng)
        for layer in layers:
            layer *= np.float32(1 - DECAY * rate / LEARNING_RATE)
        adam.step(gradients, rate)
    kernel = layers[0][:-1] / spread[:, np.newaxis]
    layers[0] = np.vstack([kernel, layers[0][-1] - middle @ kernel])
    return [layer.astype(np.float32) for layer in layers]


def _start(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A layer as of He and others (2015), its bias 0."""
    layer = rng.normal(0, np.sqrt(2 / (shape[0] - 1)), shape).astype(np.float32)
    layer[-1] = 0
    return layer


def _find_gradients(
    layers: Layers, inputs: np.ndarray, targets: np.ndarray, rng: np.random.Generator
) -> Layers:
    """Of the mean cross-entropy, by each layer's weights, some inputs and units dropped."""
    first, second = layers
    inputs = _add_ones(_drop(inputs, rng))
    hidden = _add_ones(_drop(np.maximum(inputs @ first, 0), rng))
    errors = (softmax(hidden @ second) - targets) / np.float32(len(inputs))
    back = errors @ second[:-1].T * (hidden[:, :-1] > 0) / np.float32(1 - DROPPED)
    return [inputs.T @ back, hidden.T @ errors]


def _drop(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    kept = rng.random(values.shape, np.float32) >= DROPPED
    return values * kept / np.float32(1 - DROPPED)


def _add_ones(values: np.ndarray) -> np.ndarray:
    return np.hstack([values, np.ones((len(values), 1), np.float32)])


def describe_accuracy(network: Network, pieces: Pieces) -> str:
    """How often the third head is right."""
    found = classify_images(network, pieces.images).pieces.argmax(axis=1)
    whole = pieces.kinds != NO_DIGIT
    right = found == pieces.kinds
    return (
        f"of {whole.sum():,} whole digits {right[whole].mean():.1%}, "
        f"of {(~whole).sum():,} other pieces {right[~whole].mean():.1%}"
    )


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = build_base_parser("python -m training.pieces", __doc__)
    parser.add_argument("model", type=Path, help="an .h5 file of train.py; it is replaced")
    parser.add_argument("--data", metavar="SOURCE", help="as of train.py")
    parser.add_argument(
        "--numbers",
        type=parse_count,
        default=NUMBERS,
        metavar="N",
        help="written to learn from (default: %(default)s)",
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Teach the head, save it in the file, tell how good it is."""
    network, seed = load_network(args.model), NETWORK.seed
    training, validation = hold_out(load_split(args.data, "train"), None)
    pieces = draw_pieces(network, training, seed=seed, count=args.numbers)
    few = max(LEAST_VALIDATION, args.numbers // VALIDATION_PART)
    unseen = draw_pieces(network, validation, seed=VALIDATION_SEED, count=few)
    network = learn_pieces(network, pieces, seed=seed)

    from model import load_model, save_model  # late: no process that has Keras can be forked

    save_model(load_model(args.model), args.model, heads=network.heads)
    print(f"Of newly written numbers it is right {describe_accuracy(network, unseen)}.")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status."""
    return run_script(run, build_parser(), argv)


if __name__ == "__main__":
    sys.exit(main())
