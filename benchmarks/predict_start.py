"""How long one picture takes from the shell: predict.py against most tutorials.

python benchmarks/predict_start.py               # 5 rounds, alternating
python benchmarks/predict_start.py --rounds 9 --json

Both are whole processes, from start to exit, on the same picture and the same
models/model.h5; the figures are medians. The tutorial's way: import keras,
load_model, OpenCV for grey, 28x28 and inverted, predict, argmax.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from machine import ROOT, Cost, describe_machine, format_machine, run_process

TUTORIAL = """
import sys
import cv2
import keras
import numpy as np
model = keras.models.load_model(sys.argv[1])
image = cv2.imread(sys.argv[2], cv2.IMREAD_GRAYSCALE)
image = 255 - cv2.resize(image, (28, 28))
probabilities = model.predict(image.reshape(1, 28, 28, 1) / 255.0)
print(np.argmax(probabilities))
"""


def measure(picture: Path, model: Path, rounds: int) -> dict:
    """Medians of both ways over `rounds` alternating rounds, after one that warms the disk cache.

    Wall seconds, peak megabytes and their ratios, ready for JSON.
    """
    script = [sys.executable, ROOT / "predict.py", "--image", picture, "--model", model]
    ways = {"predict.py": script, "tutorial": [sys.executable, "-c", TUTORIAL, model, picture]}
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for round_number in range(rounds + 1):
        for name, command in ways.items():
            cost = run_process(command)
            if round_number:
                costs[name].append(cost)
    medians = {name: take_medians(costs[name]) for name in ways}
    ours, theirs = medians["predict.py"], medians["tutorial"]
    return {
        "machine": describe_machine(),
        "rounds": rounds,
        **medians,
        "times_faster": theirs["seconds"] / ours["seconds"],
        "memory_share": ours["peak_mb"] / theirs["peak_mb"] if ours["peak_mb"] else None,
    }


def take_medians(costs: Sequence[Cost]) -> dict:
    """The median of each figure, and the single times."""
    seconds = [cost.seconds for cost in costs]
    peaks = [cost.peak_mb for cost in costs if cost.peak_mb is not None]
    return {
        "seconds": statistics.median(seconds),
        "all_seconds": seconds,
        "peak_mb": statistics.median(peaks) if peaks else None,
    }


def format_result(result: dict) -> str:
    """The result for people."""
    lines = [format_machine(result["machine"]), "", f"{'':12} seconds  (from - to)     peak memory"]
    for name in ("predict.py", "tutorial"):
        way = result[name]
        low, high = min(way["all_seconds"]), max(way["all_seconds"])
        peak = f"{way['peak_mb']:6.0f} MB" if way["peak_mb"] else "unknown"
        lines.append(f"{name:12} {way['seconds']:7.2f}  ({low:.2f} - {high:.2f})   {peak:>9}")
    lines += ["", f"predict.py is {result['times_faster']:.1f} times faster (medians)"]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--image", type=Path, default=ROOT / "input_images" / "sample_digit.png", metavar="PATH"
    )
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "model.h5", metavar="PATH")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default: 5")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    args = parser.parse_args(argv)
    result = measure(args.image, args.model, max(1, args.rounds))
    print(json.dumps(result, indent=2) if args.json else format_result(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
