"""Does the data ever keep the network waiting? Seconds per epoch, and the share spent waiting.

    python benchmarks/data_path.py --epochs 4

Trains twice, with augmentation and without, as train.py does, and times how long the training
waits for each epoch's images to be ready (the first epoch's, for which nothing could be prepared
ahead, apart).
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from machine import describe_machine, format_machine

from data import hold_out, load_split
from training import fit
from training.fit import train
from training.lessons import Epoch, make_lessons
from training.recipe import Recipe


def measure(epochs: int, *, augment: bool) -> dict[str, float]:
    """Median seconds of an epoch after the first, and the share of them spent waiting for data."""
    split, held = hold_out(load_split(None, "train"), 5000)
    recipe = Recipe(epochs=epochs, augment=augment)
    waits: list[float] = []
    ends: list[float] = []
    usual = fit.prepare_ahead

    def prepare_and_time(
        show: Callable[[int], Epoch], first: int, end: int
    ) -> Iterator[tuple[int, Epoch]]:
        start = time.perf_counter()
        for item in usual(show, first, end):
            waits.append(time.perf_counter() - start)
            yield item
            start = time.perf_counter()
            ends.append(start)

    fit.prepare_ahead = prepare_and_time
    try:
        train(recipe, make_lessons(split, recipe), validation=held)
    finally:
        fit.prepare_ahead = usual
    total = ends[-1] - ends[0]
    return {"seconds": total / (epochs - 1), "waiting": sum(waits[1:]) / total}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=4, metavar="N", help="default: 4")
    args = parser.parse_args(argv)
    results = {
        name: measure(max(2, args.epochs), augment=name == "with") for name in ("with", "without")
    }
    print(format_machine(describe_machine()) + "\n")
    for name, result in results.items():
        print(
            f"{name:7} augmentation: {result['seconds']:5.2f} s an epoch, "
            f"{result['waiting']:.1%} of it waiting for data"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
