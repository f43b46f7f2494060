"""The second head of the network: a digit, a sign beside digits, or other ink.

python -m training.signs models/model.h5     # teach it to a trained model, the rest as it is
"""

if __name__ == "__main__":  # before the other imports, which take a while
    from cli.interrupt import end_at_once

    end_at_once("python -m training.signs")

import argparse
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from cli.script import build_base_parser, run_script
from data import Split, hold_out, load_split
from digits.network import (
    SIGN_KINDS,
    SIGNS_SHAPE,
    WEIGHT_SHAPES,
    Network,
    classify_images,
    compute_features,
    load_network,
    softmax,
)
from handwriting.drawing import draw_digits, draw_non_digits, draw_symbols, see_ink
from handwriting.marks import LETTERS, MARKS
from handwriting.shapes.others import NEIGHBOURS, SIGNS
from training.augment import augment_images
from training.recipe import NETWORK
from training.trained.adam import Adam

if TYPE_CHECKING:
    import keras

# Pictures of each kind, as shares of the count of training images (or of fewer, see draw_seen).
SCANNED_SHARE = 0.12  # those images, varied
DRAWN_SHARE = 0.06  # drawn digits
MARKS_SHARE = 0.13  # with more a stranger's 1 is a slash now and then, with less a slash a 1
LETTERS_SHARE = 0.11
THINGS_SHARE = 0.05
# Letters that are somebody's digit or sign teach nothing but confusion.
DOUBTFUL = frozenset("BCDIJOQSTXYZbcgijlqstvxyzχ[")
# The others, each in all its variants.
OTHERS = {
    name: [(1.0, shapes[name]) for shapes in (SIGNS, LETTERS) if name in shapes]
    + [(1.0, shape) for shape in NEIGHBOURS.get(name, ())]
    for name in sorted({*SIGNS, *LETTERS, *NEIGHBOURS} - {*MARKS} - DOUBTFUL)
}
SCANNED_SCALE = 4  # MNIST's images enlarged, to be seen as a reader sees them

EPOCHS = 15
BATCH_SIZE = 256
LEARNING_RATE = 3e-3
DECAY = 1e-4  # of the weights, as a part of the loss

VALIDATION_SEED = 1
# What a mark is alone in its frame, where the reader has to tell by its place: a dot at half height
# multiplies.
IN_FRAME = {"*": "×", "·": "."}


class Seen(NamedTuple):
    """Images with what they show."""

    images: np.ndarray  # uint8 (N, 28, 28)
    kinds: np.ndarray  # int (N,), places in SIGN_KINDS


def draw_ahead(
    worker: Executor, training: Split, *, seed: int, share: float = 1.0
) -> Callable[[], Seen]:
    """Let `worker` draw what learn_signs takes; the answer waits for it."""
    return worker.submit(draw_seen, training, np.random.default_rng([seed, 5]), share=share).result


def teach_signs(model: "keras.Sequential", seen: Seen, *, seed: int) -> np.ndarray | None:
    """The second head for a trained model, see learn_signs; None for another network than usual."""
    weights = model.get_weights()
    if [array.shape for array in weights] != list(WEIGHT_SHAPES.values()):
        return None
    return learn_signs(Network(*weights), seen, seed=seed)


def learn_signs(network: Network, seen: Seen, *, seed: int) -> np.ndarray:
    """The second head: softmax regression on what the network, which stays as it is, sees.

    Args:
        network: trained.
        seen: from draw_seen.
        seed: decides the order in which it is learnt.

    Returns:
        float32, SIGNS_SHAPE.
    """
    features = compute_features(network, seen.images)
    return fit_softmax(features, seen.kinds, np.random.default_rng([seed, 6]))


def draw_seen(training: Split, rng: np.random.Generator, *, share: float = 1.0) -> Seen:
    """Digits, signs and other ink, all but the things as a reader's glyphs.

    Args:
        training: the images, of which some are among the digits.
        rng: decides all.
        share: of the usual count of pictures, 0 to 8.
    """
    size = round(share * len(training.images))
    chosen = rng.choice(len(training.images), round(SCANNED_SHARE * size), replace=False)
    scanned = augment_images(training.images[chosen], rng, strength=NETWORK.strength)
    half = len(scanned) // 2  # as MNIST has them, and as the reader shows a person's digits
    scanned[:half] = [_see_scan(image) for image in scanned[:half]]
    drawn = draw_digits(rng.integers(0, 10, round(DRAWN_SHARE * size)), rng)
    marks = rng.choice(sorted(MARKS), round(MARKS_SHARE * size))
    letters = rng.choice([*OTHERS], round(LETTERS_SHARE * size))
    things = draw_non_digits(round(THINGS_SHARE * size), rng, symbols=False)
    names = ["digit"] * (len(scanned) + len(drawn)) + [IN_FRAME.get(mark, mark) for mark in marks]
    names += ["other"] * (len(letters) + len(things))
    signs = draw_symbols(marks, rng), draw_symbols(letters, rng, table=OTHERS)
    images = [scanned, drawn, *signs, things]
    return Seen(np.concatenate(images), np.array([SIGN_KINDS.index(name) for name in names]))


def fit_softmax(features: np.ndarray, kinds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Softmax regression by Adam, its rate falling to zero: SIGNS_SHAPE.

    Args:
        features: float32 (N, FEATURES + WINDOWS).
        kinds: int (N,), places in SIGN_KINDS.
        rng: the order in which they are seen.
    """
    inputs = np.hstack([features, np.ones((len(features), 1), np.float32)])
    targets = np.eye(len(SIGN_KINDS), dtype=np.float32)[kinds]
    head = np.zeros(SIGNS_SHAPE, np.float32)
    adam = Adam([head])
    orders = [rng.permutation(len(inputs)) for _ in range(EPOCHS)]
    batches = [o[s : s + BATCH_SIZE] for o in orders for s in range(0, len(o), BATCH_SIZE)]
    for step, batch in enumerate(batches):
        errors = softmax(inputs[batch] @ head) - targets[batch]
        gradient = inputs[batch].T @ errors / len(batch) + DECAY * head
        adam.step([gradient], LEARNING_RATE * (1 - step / len(batches)))
    return head


def describe_accuracy(network: Network, validation: Split) -> str:
    """How often each kind is recognised, in held-out images and newly drawn ones."""
    seen = draw_seen(validation, np.random.default_rng(VALIDATION_SEED))
    found = classify_images(network, seen.images).signs.argmax(axis=1)
    right = found == seen.kinds
    shares = [(SIGN_KINDS[n], right[seen.kinds == n].mean()) for n in np.unique(seen.kinds)]
    return ", ".join(f"{kind} {share:.1%}" for kind, share in shares)


def _see_scan(image: np.ndarray) -> np.ndarray:
    scale = {"fx": SCANNED_SCALE, "fy": SCANNED_SCALE, "interpolation": cv2.INTER_CUBIC}
    return see_ink(cv2.resize(image, None, **scale))


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = build_base_parser("python -m training.signs", __doc__)
    parser.add_argument("model", type=Path, help="an .h5 file of train.py; it is replaced")
    parser.add_argument("--data", metavar="SOURCE", help="as of train.py")
    return parser


def run(args: argparse.Namespace) -> int:
    """Teach the head, save it in the file, tell how good it is."""
    from model import load_model, save_model

    network = load_network(args.model)
    training, validation = hold_out(load_split(args.data, "train"), None)
    rng = np.random.default_rng([NETWORK.seed, 5])
    seen = draw_seen(training, rng, share=NETWORK.sign_share)
    signs = learn_signs(network, seen, seed=NETWORK.seed)
    save_model(load_model(args.model), args.model, heads=network.heads._replace(signs=signs))
    print(describe_accuracy(network._replace(signs=signs), validation))
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status."""
    return run_script(run, build_parser(), argv)


if __name__ == "__main__":
    sys.exit(main())
