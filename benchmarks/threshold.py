"""What a threshold on confidence costs and what it saves; the default is chosen from this table.

    python benchmarks/threshold.py

For each threshold: how many of the digits read right are doubted (of the MNIST training images
held out for validation), and how many drawings that are no digit are believed to be one. The
drawings come from a seed that no training uses. The test images play no part.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from data import hold_out, load_split
from digits.network import load_network, predict_probabilities
from digits.reading import DEFAULT_THRESHOLD
from handwriting.drawing import draw_non_digits

COUNT = 5000  # held out by train.py too, unless told otherwise
SEED = 987654
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


def build_parser() -> argparse.ArgumentParser:
    """The command line: it has no flags of its own."""
    return argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    build_parser().parse_args(argv)
    network = load_network()
    _, validation = hold_out(load_split(None, "train"), COUNT)
    answers = predict_probabilities(network, validation.images)
    right = answers.max(axis=1)[answers.argmax(axis=1) == validation.labels]
    non_digits = draw_non_digits(COUNT, np.random.default_rng(SEED))
    other = predict_probabilities(network, non_digits).max(axis=1)
    print("threshold  right digits doubted  non-digits believed")
    for threshold in sorted({*THRESHOLDS, DEFAULT_THRESHOLD}):
        mark = "  <- default" if threshold == DEFAULT_THRESHOLD else ""
        doubted, believed = np.mean(right < threshold), np.mean(other >= threshold)
        print(f"{threshold:9.2f}  {doubted:20.2%}  {believed:19.2%}{mark}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
