"""How good a recipe is: several seeds, mean and standard deviation, on images it never saw.

    python benchmarks/accuracy.py default     # five seeds: trains what is not in accuracy.json yet
    python benchmarks/accuracy.py one         # one epoch
    python benchmarks/accuracy.py best        # the default for 40 epochs
    python benchmarks/accuracy.py long        # for 100 epochs
    python benchmarks/accuracy.py plain       # best, without batch normalisation, in smaller steps
    python benchmarks/accuracy.py taught      # best, with teachers
    python benchmarks/accuracy.py --table     # the table of docs/training.md

Every seed is a `python train.py` and a `python test.py` of its own. What is finished stands in
accuracy.json, and a later run goes on from there; so it does from the models in benchmarks/models/,
called RECIPE-SEED.h5, with their records. `--images DIR` also reads a folder of labelled pictures
(see test.py --images) with every model.

The model to ship is the one with the least loss on validation images and on drawn digits in hands
that no training shows, together (the geometric mean), whatever the test images say.
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
UNKNOWN = 5000  # drawn digits in hands that no training shows
UNKNOWN_SEED = 1
TEACHERS = [f"teachers/teacher{number}.h5" for number in (1, 2)]
BEST = ["--epochs", "40"]
PLAIN = ["--no-batch-norm", "--learning-rate", "0.003"]
RECIPES = {
    "one": ["--epochs", "1"],
    "default": [],
    "best": BEST,
    "long": ["--epochs", "100"],
    "plain": [*BEST, *PLAIN],
    "taught": [*BEST, "--teachers", *TEACHERS],
}
SEEDS = 5
NOT_MEASURED = "not measured"


def measure_seed(recipe: str, seed: int) -> dict:
    """Train with this seed, then score on validation images, the test images and drawn digits."""
    model = MODELS / f"{recipe}-{seed}.h5"
    arguments = [*RECIPES[recipe], "--seed", str(seed), "--output", str(model)]
    if not is_trained(model, arguments):
        run_script("train.py", *arguments)
    record = json.loads(model.with_suffix(".json").read_text())
    loss = record.get("calibrated_loss")
    mnist = score(model)
    return {
        "seed": seed,
        "errors": mnist["errors"],
        "total": mnist["total"],
        "ece": round(mnist["ece"], 5),
        "val_accuracy": record["history"]["val_accuracy"][-1],
        "val_loss": record["history"]["val_loss"][-1],
        "calibrated_loss": measure_validation_loss(model) if loss is None else loss,
        **measure_held_out(model),
        "seconds": record["seconds"],
        "pictures": {},
    }


def is_trained(model: Path, arguments: Sequence[str]) -> bool:
    """Whether the model is there, and its record says that these arguments of train.py made it.

    Raises:
        SystemExit: it is there, but other arguments made it.
    """
    from train import build_parser
    from training.recipe import choose_recipe
    from training.record import list_arguments, read_record

    if not model.exists():
        return False
    args = build_parser().parse_args(arguments)
    recipe = choose_recipe(vars(args), as_teacher=args.as_teacher)
    expected = list_arguments(args, recipe, model)
    found = read_record(model.with_suffix(".json"))["arguments"]
    if found | {"resume": False} != expected:
        raise SystemExit(f"{model}: is of another training than {arguments}; move it away")
    return True


def measure_validation_loss(model: Path) -> float:
    """The calibrated loss of a finished model, on the images that every training holds out."""
    from data import hold_out, load_split
    from digits.network import load_network, predict_probabilities
    from training.trained.calibration import compute_logits, cross_fit_loss

    _, validation = hold_out(load_split(None, "train"), None)
    logits = compute_logits(predict_probabilities(load_network(model), validation.images))
    return round(cross_fit_loss(logits, validation.labels), 6)


def measure_held_out(model: Path) -> dict[str, float]:
    """How drawn digits in hands that no training shows are read: the loss, and the share right."""
    from digits.network import load_network, predict_probabilities
    from handwriting.drawing import draw_dataset
    from handwriting.shapes.hands import HELD_OUT
    from training.trained.calibration import compute_logits, compute_loss

    images, labels = draw_dataset(UNKNOWN, UNKNOWN_SEED, table=HELD_OUT)
    probabilities = predict_probabilities(load_network(model), images)
    loss = compute_loss(compute_logits(probabilities), labels, 1.0)
    right = (probabilities.argmax(axis=1) == labels).mean()
    return {"held_out_loss": round(loss, 6), "held_out_accuracy": round(float(right), 4)}


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
    """The table of docs/training.md, in Markdown: one row for each recipe."""
    lines = [
        "| recipe | seeds | accuracy | errors of 10,000 | validation loss, calibrated "
        "| unknown drawn hands | private pictures |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, runs in list_runs(results).items():
        errors = [run["errors"] for run in runs]
        drawn = statistics.mean(run["held_out_accuracy"] for run in runs)
        row = [
            name,
            str(len(runs)),
            format_spread([100 * (1 - run["errors"] / run["total"]) for run in runs]),
            f"{statistics.mean(errors):.1f} ({min(errors)} to {max(errors)})",
            format_losses(runs),
            f"{drawn:.1%}",
            format_pictures(runs),
        ]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def list_runs(results: dict) -> dict[str, list[dict]]:
    """What is measured of each recipe, in the order of RECIPES."""
    measured = results["recipes"]
    return {name: measured[name]["runs"] for name in RECIPES if name in measured}


def format_spread(shares: Sequence[float]) -> str:
    """Mean and standard deviation of percentages."""
    spread = f" ± {statistics.stdev(shares):.3f}" if len(shares) > 1 else ""
    return f"{statistics.mean(shares):.3f}%{spread}"


def format_losses(runs: Sequence[dict]) -> str:
    """Mean and standard deviation of the calibrated losses on validation images."""
    losses = [run.get("calibrated_loss") for run in runs]
    if None in losses:
        return NOT_MEASURED
    spread = f" ± {statistics.stdev(losses):.5f}" if len(losses) > 1 else ""
    return f"{statistics.mean(losses):.5f}{spread}"


def format_pictures(runs: Sequence[dict]) -> str:
    """The share of own pictures that were read right, over all folders and seeds."""
    counts = [count for run in runs for count in run["pictures"].values()]
    if not counts:
        return NOT_MEASURED
    return f"{sum(right for right, _ in counts) / sum(total for _, total in counts):.1%}"


def choose_seed(runs: Sequence[dict]) -> int | None:
    """The seed of the model to ship; None where a loss is not measured.

    The least product of the two losses: a per cent less of one is worth a per cent of the other,
    though drawn digits in unknown hands cost ten times as much as MNIST's.
    """
    if any(run.get("calibrated_loss") is None for run in runs):
        return None
    return min(runs, key=lambda run: run["calibrated_loss"] * run["held_out_loss"])["seed"]


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
        complete_run(run, MODELS / f"{recipe}-{run['seed']}.h5", folders)
        write_results(results)


def complete_run(run: dict, model: Path, folders: Sequence[Path]) -> None:
    """Measure what an earlier version of this program, or an earlier call, left out.

    Raises:
        SystemExit: another model is in the place of the one that was measured.
    """
    if run.get("calibrated_loss") is None and model.exists():
        record = json.loads(model.with_suffix(".json").read_text())
        if record["history"]["val_loss"][-1] != run["val_loss"]:
            raise SystemExit(f"{model}: is not the model in {RESULTS.name}; move it away")
        run["calibrated_loss"] = measure_validation_loss(model)
    for folder in folders:
        if folder.name not in run["pictures"]:
            run["pictures"][folder.name] = count_right(model, folder)


def write_results(results: dict) -> None:
    """Keep what is measured, and on which machine."""
    results["machine"] = describe_machine()
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", choices=RECIPES, nargs="?", help="default: none")
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help=f"default: {SEEDS}")
    parser.add_argument("--images", type=Path, nargs="+", default=[], metavar="DIR")
    parser.add_argument("--table", action="store_true", help="train nothing, print the table")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is missing, print the table."""
    args = build_parser().parse_args(argv)
    if args.recipe and not args.table:
        add_seeds(args.recipe, args.seeds, args.images)
    results = read_results()
    print(format_table(results))
    for name, runs in list_runs(results).items():
        seed = choose_seed(runs)
        told = NOT_MEASURED if seed is None else f"seed {seed}"
        print(f"least loss on validation images and unknown drawn hands of {name}: {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
