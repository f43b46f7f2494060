"""What teaching a strange hand brings, and what it costs.

    python benchmarks/teach.py            # three hands, three teachings
    python benchmarks/teach.py --hands 1

Each hand closes its 4 as others do a 9, gives the 1 a hook as long as that of a 7, and the 7 a
foot. It writes 20 pictures to teach with (`python train.py --images`), and 100 more that no
teaching sees; both models are then scored on these, and on the MNIST test images, which decide
nothing.
It must hold that the errors in pictures held out are at least halved and that teaching costs at
most 0.05 points of the MNIST test images; the status is 1 where it does not.
"""

import argparse
import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as train.py does

import cv2
import numpy as np
from machine import ROOT, describe_machine, format_machine, run_process

from cli.script import parse_count
from data import load_split
from digits.files import check_folder, write_file
from digits.network import DEFAULT_MODEL, classify_images, load_network, predict_probabilities
from handwriting.pages import Writer, draw_text
from handwriting.paper import put_on_paper
from handwriting.pen import sample_hands
from scoring.labels import find_labelled, read_labelled
from training.hand.trial import count_digit_errors

HABITS = {
    "1": "4,34 38,0! 36,100",  # a hook as long as that of a 7
    "4": "54,4 26,16 6,50! 30,56 58,46 / 56,2 52,50 46,100",  # closed, as a 9
    "7": "4,10 34,6 62,2! 48,50 34,96 42,100 60,94",  # with a foot, as a 2
}
DIGITS = 5  # in a picture: a 1, a 4, a 7 and two others, in any order
TAUGHT, UNSEEN = 20, 100  # pictures
MOST_KEPT = 0.5  # share of the digits wrong in pictures held out that may stay wrong
MOST_COST = 0.0005  # of the share of MNIST test images that are read right


class Result(NamedTuple):
    """What teaching one hand did: figures before and after."""

    held_out: tuple[int, int]  # digits wrong in the pictures to teach with, each held out once
    unseen: tuple[int, int]  # digits wrong in pictures that no teaching saw
    mnist: tuple[float, float]  # share of the MNIST test images that are read right
    seconds: float  # of the whole process


def draw_hand(folder: Path, *, hand: int, part: int, count: int) -> None:
    """Write so many pictures of one strange hand, and their labels.csv."""
    writer = Writer(sample_hands(1, np.random.default_rng(hand), spread=0.5), HABITS)
    rng = np.random.default_rng([hand, part])
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["file", "label"])
    for number in range(count):
        text = "".join(map(str, rng.permutation([1, 4, 7, *rng.integers(0, 10, DIGITS - 3)])))
        ink = draw_text(text, rng, height=60, neatness=0.4, writer=writer).ink
        picture = cv2.imencode(".png", put_on_paper(ink))[1].tobytes()
        write_file(check_folder(folder) / f"{number:03}.png", picture)
        rows.writerow([f"{number:03}.png", text])
    write_file(folder / "labels.csv", table.getvalue().encode())


def teach_hand(hand: int, folder: Path, data: str | None) -> Result:
    """Draw a hand, teach it, score what came of it."""
    taught, unseen, model = folder / "taught", folder / "unseen", folder / "mine.h5"
    draw_hand(taught, hand=hand, part=0, count=TAUGHT)
    draw_hand(unseen, hand=hand, part=1, count=UNSEEN)
    source = ["--data", data] if data else []
    command = [sys.executable, ROOT / "train.py", "--images", taught, "--output", model, *source]
    cost = run_process([*command, "--force"])
    record = json.loads(model.with_suffix(".json").read_text())
    models = (DEFAULT_MODEL, model)
    return Result(
        (record["digit_errors_before"], record["digit_errors_after"]),
        tuple(count_unseen_errors(unseen, path) for path in models),
        tuple(measure_mnist(path) for path in models),
        cost.seconds,
    )


def count_unseen_errors(folder: Path, model: Path) -> int:
    """Digits that the model reads wrong in the pictures of a folder."""
    network = load_network(model)
    answers = read_labelled(find_labelled(folder), lambda images: classify_images(network, images))
    return count_digit_errors([answer.result for answer in answers])


def measure_mnist(model: Path) -> float:
    """Share of the MNIST test images that the model reads right."""
    test = load_split(None, "test")
    answers = predict_probabilities(load_network(model), test.images)
    return float((answers.argmax(axis=1) == test.labels).mean())


def holds(result: Result) -> bool:
    """Whether teaching brings and costs what it must."""
    before, after = result.held_out
    cost = result.mnist[0] - result.mnist[1]
    return after <= MOST_KEPT * before and cost <= MOST_COST + 1e-9


def format_row(hand: int, result: Result) -> str:
    """A row of the table."""
    held_out, unseen = (f"{a:>4} -> {b:<4}" for a, b in (result.held_out, result.unseen))
    mnist = " -> ".join(f"{share:.2%}" for share in result.mnist)
    verdict = "" if holds(result) else "  does not hold"
    return f"{hand:>4}  {held_out}   {unseen}  {mnist}  {result.seconds:>5.0f} s{verdict}"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hands", metavar="N", type=parse_count, default=3, help="default: 3")
    parser.add_argument("--data", metavar="SOURCE", help="what train.py keeps what it knows by")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Print a row for each hand; 1 if what must hold does not."""
    args = build_parser().parse_args(argv)
    print(format_machine(describe_machine()))
    print(f"digits wrong of {TAUGHT * DIGITS} held out, of {UNSEEN * DIGITS} unseen; MNIST test\n")
    print("hand    held out       unseen      MNIST test       seconds")
    results = []
    for hand in range(args.hands):
        with tempfile.TemporaryDirectory() as folder:
            results.append(teach_hand(hand, Path(folder), args.data))
        print(format_row(hand, results[-1]), flush=True)
    return int(not all(map(holds, results)))


if __name__ == "__main__":
    sys.exit(main())
