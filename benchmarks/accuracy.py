"""How good a recipe is: several seeds, mean and standard deviation, on images it never saw.

    python benchmarks/accuracy.py default --seeds 5     # trains what is not in accuracy.json yet
    python benchmarks/accuracy.py best --seeds 3
    python benchmarks/accuracy.py --table               # the README's table, from accuracy.json

Every seed is a `python train.py` and a `python test.py` of its own. What is finished stands in
accuracy.json, and a later run goes on from there. Models stay in benchmarks/models/. `--images DIR`
also reads a folder of labelled pictures (see test.py --images) with every new model. The model to
ship is the one with the least loss on validation images, whatever the test images say.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from machine import ROOT, describe_machine

RESULTS = Path(__file__).with_name("accuracy.json")
MODELS = Path(__file__).with_name("models")
DRAWN = "drawn:6000"  # 1,000 drawn test digits, of a seed that no training draws from
TEACHERS = [f"teachers/teacher{number}.h5" for number in (1, 2)]
RECIPES = {
    "default": [],
    "best": ["--epochs", "40", "--teachers", *TEACHERS],
}


def measure_seed(recipe: str, seed: int) -> dict:
    """Train with this seed, then score on validation, the test images and drawn digits."""
    model = MODELS / f"{recipe}-{seed}.h5"
    run_script("train.py", *RECIPES[recipe], "--seed", seed, "--output", model)
    history = json.loads(model.with_suffix(".json").read_text())["history"]
    mnist = score(model)
    return {
        "seed": seed,
        "errors": mnist["errors"],
        "total": mnist["total"],
        "ece": round(mnist["ece"], 5),
        "val_accuracy": history["val_accuracy"][-1],
        "val_loss": history["val_loss"][-1],
        "drawn_accuracy": score(model, "--data", DRAWN)["accuracy"],
        "pictures": {},
    }


def run_script(name: str, *arguments: object) -> str:
    """The standard output of a script of the project.

    Raises:
        SystemExit: it failed.
    """
    command = [sys.executable, str(ROOT / name), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr}")
    return done.stdout


def score(model: Path, *arguments: object) -> dict:
    """What test.py says of a model, without leaving pictures."""
    return json.loads(
        run_script(
            "test.py", *("--model", model, "--format", "json", "--output", MODELS), *arguments
        )
    )


def count_right(model: Path, folder: Path) -> list[int]:
    """How many pictures of a folder are read right, and of how many."""
    scores = score(model, "--images", folder)
    return [scores["total"] - scores["errors"], scores["total"]]


def format_table(results: dict) -> str:
    """The table for the README, in Markdown: one row for each recipe."""
    lines = [
        "| recipe | seeds | accuracy | errors of 10,000 | drawn digits | private pictures |",
        "|---|---|---|---|---|---|",
    ]
    for name, result in results["recipes"].items():
        runs = result["runs"]
        errors = [run["errors"] for run in runs]
        drawn = statistics.mean(run["drawn_accuracy"] for run in runs)
        row = [
            name,
            str(len(runs)),
            format_spread([100 * (1 - run["errors"] / run["total"]) for run in runs]),
            f"{statistics.mean(errors):.1f} ({min(errors)} to {max(errors)})",
            f"{drawn:.1%}",
            format_pictures(runs),
        ]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def format_spread(shares: Sequence[float]) -> str:
    """Mean and standard deviation of percentages."""
    spread = f" ± {statistics.stdev(shares):.3f}" if len(shares) > 1 else ""
    return f"{statistics.mean(shares):.3f}%{spread}"


def format_pictures(runs: Sequence[dict]) -> str:
    """The share of own pictures that were read right, over all folders and seeds."""
    counts = [count for run in runs for count in run["pictures"].values()]
    if not counts:
        return "not measured"
    return f"{sum(right for right, _ in counts) / sum(total for _, total in counts):.1%}"


def choose_seed(runs: Sequence[dict]) -> int:
    """The seed of the model to ship: the least loss on the validation images."""
    return min(runs, key=lambda run: run["val_loss"])["seed"]


def read_results() -> dict:
    """What is measured already."""
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {"recipes": {}}


def add_seeds(recipe: str, seeds: int, folders: Sequence[Path]) -> None:
    """Measure what is missing of the seeds, and keep each as soon as it is finished."""
    MODELS.mkdir(exist_ok=True)
    results = read_results()
    result = results["recipes"].setdefault(recipe, {"runs": []})
    result["command"] = " ".join(["python train.py", *RECIPES[recipe], "--seed N"])
    runs = result["runs"]
    for seed in sorted(set(range(seeds)) - {run["seed"] for run in runs}):
        runs.append(measure_seed(recipe, seed))
        write_results(results)
        print(json.dumps(runs[-1]), flush=True)
    for run in runs:
        for folder in folders:
            if folder.name not in run["pictures"]:
                model = MODELS / f"{recipe}-{run['seed']}.h5"
                run["pictures"][folder.name] = count_right(model, folder)
                write_results(results)


def write_results(results: dict) -> None:
    """Keep what is measured, and on which machine."""
    results["machine"] = describe_machine()
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is missing, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", choices=RECIPES, nargs="?", help="default: none")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--images", type=Path, nargs="+", default=[], metavar="DIR")
    parser.add_argument("--table", action="store_true", help="train nothing, print the table")
    args = parser.parse_args(argv)
    if args.recipe and not args.table:
        add_seeds(args.recipe, args.seeds, args.images)
    results = read_results()
    print(format_table(results))
    for name, result in results["recipes"].items():
        print(f"least validation loss of {name}: seed {choose_seed(result['runs'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
