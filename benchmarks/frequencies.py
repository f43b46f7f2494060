"""How often MNIST's writers write each variant that `--data drawn` draws, for frequencies.py.

    python train.py --data drawn --output mine/model.h5
    python benchmarks/frequencies.py mine/model.h5      # minutes; prints the table anew

Each of MNIST's training images counts for the variants of the drawings that lie nearest to it, as
a network sees them that was trained on drawings. A variant that is hardly ever the nearest stays in
the table, rarer where it takes other digits' images for its own. The test images play no part.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import machine  # noqa: F401 - lets the project's own modules be found
import numpy as np

from data import load_split
from digits.network import FEATURES, Network, compute_features, load_network
from handwriting.drawing import draw_digits
from handwriting.shapes.hands import TAUGHT_ALONE

EACH = 6000  # drawings of a digit
SEED = 5
NEAREST = 10  # drawings that an image counts for
BATCH = 2000
LEAST = 0.003  # of a digit's drawings: what a variant has that takes nothing for its own
WRONG = 5  # an image of another digit counts against a variant as much as so many for it
WHOLE = 10_000
COLUMNS = 84


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "models", metavar="MODEL", type=Path, nargs="+", help="trained with --data drawn"
    )
    return parser


def draw_variants(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Drawings as for `--data drawn`, each with its digit and the number of its variant.

    Returns:
        images: uint8 (N, 28, 28).
        labels, variants: int (N,).
    """
    drawn = []
    for digit, shapes in TAUGHT_ALONE.items():
        weights = np.array([weight for weight, _ in shapes])
        for variant, count in enumerate(rng.multinomial(EACH, weights / weights.sum())):
            alone = tuple((float(n == variant), shape) for n, (_, shape) in enumerate(shapes))
            labels = np.full(count, digit)
            images = draw_digits(labels, rng, table={digit: alone}, leaning=True)
            drawn.append((images, labels, np.full(count, variant)))
    images, labels, variants = (np.concatenate(arrays) for arrays in zip(*drawn, strict=True))
    return images, labels, variants


def count_nearest(
    network: Network,
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray],
    real: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """For each digit and variant, how many real images lie near its drawings: float (2, 10, V).

    The first are images of the same digit that are read right by most of the drawings nearest to
    them, the second those of other digits that are not.
    """
    images, labels, variants = drawn
    counts = np.zeros((2, 10, variants.max() + 1))
    near = _see(network, images)
    for start in range(0, len(real[0]), BATCH):
        seen = _see(network, real[0][start : start + BATCH])
        nearest = np.argpartition(-seen @ near.T, NEAREST, axis=1)[:, :NEAREST]
        same = labels[nearest] == real[1][start : start + BATCH, np.newaxis]
        right = same.mean(axis=1, keepdims=True) >= 0.5
        for found, which in zip(counts, (same & right, ~same & ~right), strict=True):
            np.add.at(found, (labels[nearest[which]], variants[nearest[which]]), 1 / NEAREST)
    return counts


def _see(network: Network, images: np.ndarray) -> np.ndarray:
    features = compute_features(network, images)[:, :FEATURES]
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def weigh(counts: np.ndarray) -> list[np.ndarray]:
    """What each variant has of its digit, in ten thousand: int (V,) for each digit."""
    shares = []
    for digit, shapes in TAUGHT_ALONE.items():
        right, wrong = counts[:, digit, : len(shapes)]
        share = right / right.sum() + LEAST * (right + 1) / (right + 1 + WRONG * wrong)
        shares.append(np.maximum(1, np.round(WHOLE * share / share.sum()).astype(int)))
    return shares


def format_table(shares: Sequence[np.ndarray]) -> str:
    """As in handwriting/shapes/frequencies.py."""
    lines = []
    for digit, share in enumerate(shares):
        row = ""
        lines.append(f"    {digit}: (")
        for number in share:
            if len(row) + len(str(number)) > COLUMNS:
                lines.append(f'        "{row}"')
                row = ""
            row += f"{number} "
        lines += [f'        "{row.rstrip()}"', "    ),"]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    args = build_parser().parse_args(argv)
    networks = [load_network(model) for model in args.models]
    split = load_split(None, "train")
    drawn = draw_variants(np.random.default_rng(SEED))
    real = split.images, split.labels
    counts = sum(count_nearest(network, drawn, real) for network in networks)
    print(format_table(weigh(counts / len(networks))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
