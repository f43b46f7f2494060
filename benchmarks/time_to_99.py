"""How long until 99%: train.py against the Keras site's recipe, whole processes, alternating.

    python benchmarks/time_to_99.py             # finds the epochs that each side needs, times them
    python benchmarks/time_to_99.py --rounds 3

Each side trains with 1, 2, 3, … epochs until its validation accuracy reaches 99%; that many epochs
are then timed from start to saved model. The test images only confirm.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from machine import ROOT, describe_machine, format_machine, run_process

GOAL = 0.99
MOST_EPOCHS = 20
OURS = ["train.py"]
SITE = ["benchmarks/keras_site.py"]
SCORE = """
import sys; sys.path.insert(0, sys.argv[1])
from data import load_split
from model import import_keras, predict_with_keras
split = load_split(None, "test")
model = import_keras().models.load_model(sys.argv[2])
print(int((predict_with_keras(model, split.images).argmax(axis=1) != split.labels).sum()))
"""


def build_command(side: Sequence[str], epochs: int, output: Path) -> list[str]:
    """The command line of a training."""
    script = str(ROOT / side[0])
    return [sys.executable, script, *side[1:], "--epochs", str(epochs), "--output", str(output)]


def find_epochs(side: Sequence[str], output: Path) -> int:
    """The smallest number of epochs after which validation accuracy is at least 99%."""
    for epochs in range(1, MOST_EPOCHS + 1):
        command = build_command(side, epochs, output)
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
        reached = float(re.findall(r"val_accuracy: ([\d.]+)", done.stdout)[-1])
        print(f"{side[0]} --epochs {epochs}: validation accuracy {reached:.4f}", file=sys.stderr)
        if reached >= GOAL:
            return epochs
    raise SystemExit(f"{side[0]} does not reach {GOAL:.0%} within {MOST_EPOCHS} epochs")


def count_errors(model: Path) -> int:
    """Errors on the 10,000 test images, by Keras."""
    command = [sys.executable, "-c", SCORE, str(ROOT), str(model)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure(rounds: int) -> dict:
    """Epochs, median seconds and test errors of both sides, and the ratio of the times."""
    with tempfile.TemporaryDirectory() as folder:
        sides = {
            "train.py": (OURS, Path(folder, "ours.h5")),
            "keras_site.py": (SITE, Path(folder, "site.keras")),
        }
        epochs = {name: find_epochs(*side) for name, side in sides.items()}
        seconds: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(rounds):
            for name, (side, output) in sides.items():
                command = build_command(side, epochs[name], output)
                seconds[name].append(run_process(command, env=dict(os.environ)).seconds)
        errors = {name: count_errors(output) for name, (_, output) in sides.items()}
    result = {"machine": describe_machine(), "rounds": rounds}
    for name in sides:
        result[name] = {
            "epochs": epochs[name],
            "seconds": statistics.median(seconds[name]),
            "all_seconds": seconds[name],
            "test_errors": errors[name],
        }
    result["ratio"] = result["train.py"]["seconds"] / result["keras_site.py"]["seconds"]
    return result


def format_result(result: dict) -> str:
    """The result for people."""
    lines = [format_machine(result["machine"]), ""]
    for name in ("train.py", "keras_site.py"):
        side = result[name]
        lines.append(
            f"{name:14} {side['epochs']:2} epochs  {side['seconds']:6.1f} s  "
            f"{side['test_errors']} errors of 10,000 test images"
        )
    return "\n".join([*lines, "", f"ratio of the times: {result['ratio']:.2f}"])


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="default: 2")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    args = build_parser().parse_args(argv)
    result = measure(max(1, args.rounds))
    print(json.dumps(result, indent=2) if args.json else format_result(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
