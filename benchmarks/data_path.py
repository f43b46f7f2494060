"""Does the data ever keep the network waiting? Seconds per epoch, and the share spent waiting.

    python benchmarks/data_path.py --epochs 4

Trains twice, with augmentation and without, as train.py does, and times how long the training
waits for each epoch's images to be ready (the first epoch's, for which nothing could be prepared
ahead, apart).
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence

from machine import describe_machine, format_machine

from data import hold_out, load_split
from model import build_model
from training.fit import build_to_fit, fit
from training.lessons import Epoch, make_lessons, prepare_ahead, work_ahead
from training.recipe import NETWORK


def measure(epochs: int, *, augment: bool) -> dict[str, float]:
    """Mean seconds of an epoch after the first, and the share of them spent waiting for data."""
    training, validation = hold_out(load_split(None, "train"), 5000)
    recipe = NETWORK._replace(epochs=epochs, augment=augment)
    lessons = make_lessons(training, recipe)
    waits: list[float] = []  # seconds
    ends: list[float] = []  # of epochs
    with work_ahead() as worker:
        prepared = prepare_ahead(worker, lessons.make_epoch, 0, epochs)
        model = build_to_fit(build_model, recipe, count=lessons.count)
        timed = time_waits(prepared, waits=waits, ends=ends)
        fit(model, timed, recipe, validation=validation)
    total = ends[-1] - ends[0]
    return {"seconds": total / (epochs - 1), "waiting": sum(waits[1:]) / total}


def time_waits(
    epochs: Iterable[tuple[int, Epoch]], *, waits: list[float], ends: list[float]
) -> Iterator[tuple[int, Epoch]]:
    """The epochs; notes how long each was waited for, and when the training on it ended."""
    start = time.perf_counter()
    for epoch in epochs:
        waits.append(time.perf_counter() - start)
        yield epoch
        start = time.perf_counter()
        ends.append(start)


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=4, metavar="N", help="default: 4")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    args = build_parser().parse_args(argv)
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
