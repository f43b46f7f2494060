"""`train.py --images`: cut the pictures, try what teaching brings, learn from all of them, save."""

import argparse
import importlib.util
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

from cli.script import advise_after_ctrl_c, print_note
from data import CONTENT_SHA256, Split, hold_out, load_split
from digits.errors import UserError, printable
from digits.files import check_file, write_file
from digits.network import DEFAULT_MODEL, WEIGHT_SHAPES, Network, hash_weights
from model import build_model, check_target, save_model
from scoring.labels import find_labelled
from scoring.report import count_things
from training.hand.pictures import CutPicture, cut_pictures, split_folds, stack_digits
from training.hand.trial import (
    Cost,
    Trial,
    count_figures,
    describe_fold,
    describe_trial,
    find_problem,
    join_trials,
    try_folds,
)
from training.hand.tuning import (
    Course,
    count_mistakes,
    load_start,
    make_memory,
    teach_digits,
    vary_digits,
)
from training.lessons import work_ahead
from training.recipe import NETWORK
from training.record import announce_replacement, collect_versions, read_cpu_name
from training.signs import Seen, draw_ahead, learn_signs

TAUGHT_MODEL = DEFAULT_MODEL.with_name("mine.h5")
ADVICE = "no model was written"
ALONE = (
    "nothing can be held out to try it on: label two pictures, or of two writers; "
    "--force does without"
)


def teach(args: argparse.Namespace) -> int:
    """Go on from a trained model with a person's digits, if pictures held out gain by it.

    Raises:
        UserError: something is missing or damaged, there is nothing to learn, or it does not help.
    """
    started = time.monotonic()
    output = check_target(args.output or TAUGHT_MODEL)
    for path in (output, output.with_suffix(".json")):
        check_file(path)
    check_keras()
    start = load_start(args.start or DEFAULT_MODEL)
    listed = find_labelled(args.images)
    data = load_split(args.data, "train")
    if data.note:
        print_note(data.note)
    seed = NETWORK.seed if args.seed is None else args.seed

    with advise_after_ctrl_c(lambda: ADVICE):
        pictures = cut_pictures(listed, start)
        folds = split_folds(pictures, seed=seed)
        if not folds and not args.force:
            raise UserError(f"{printable(args.images)}: {ALONE}")
        announce(pictures, data)
        announce_replacement(output, when="if that reads better")
        course, seen = prepare_course(start, pictures, data, seed=seed)
        trial = run_trial(course, pictures, folds)
        network = teach_digits(course, range(len(course.own.labels)))
        cost = measure_cost(course, network)
        print(describe_trial(trial, cost, data=name_data(data)), flush=True)
        problem = find_problem(trial, cost)
        if problem and not args.force:
            raise UserError(f"{printable(output)}: not written: {problem}; --force writes it")
        network = network._replace(signs=learn_signs(network, seen, seed=seed))

    record = {
        "arguments": list_arguments(args, output, seed=seed),
        "start_sha256": hash_weights(start),
        "data_sha256": data.sha256,
        "digits": len(course.own.labels),
        "folds": len(folds),
        **count_figures(trial, cost),
        "seconds": round(time.monotonic() - started, 1),
        "cpu": read_cpu_name(),
        "versions": collect_versions(),
    }
    save(output, network, record)
    return 0


def check_keras() -> None:
    """Make sure, without the seconds that importing it takes, that a model can be saved at the end.

    Raises:
        ModuleNotFoundError: Keras or its backend is not installed.
    """
    for name in ("keras", os.environ.get("KERAS_BACKEND") or "tensorflow"):
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def announce(pictures: Sequence[CutPicture], data: Split) -> None:
    """Say what is learnt from."""
    digits = count_things(sum(len(picture.labels) for picture in pictures), "digit")
    used = count_things(sum(len(picture.labels) > 0 for picture in pictures), "picture")
    print(f"Teaching {digits} of {used}; what is known is kept by {data.name}.")


def prepare_course(
    start: Network, pictures: Sequence[CutPicture], data: Split, *, seed: int
) -> tuple[Course, Seen]:
    """All that is shown, to the network and to its second head."""
    training, validation = hold_out(data, None)
    with work_ahead() as worker:
        draw_seen = draw_ahead(worker, training, seed=seed)
        own = vary_digits(start, *stack_digits(pictures), seed=seed)
        seen = draw_seen()
    memory = make_memory(start, training, validation, seen=seen, seed=seed)
    return Course(start, memory, own, seed), seen


def run_trial(
    course: Course, pictures: Sequence[CutPicture], folds: Sequence[Sequence[int]]
) -> Trial:
    """What teaching brings to pictures held out; each fold is told as soon as it is done."""
    trials = []
    for trial in try_folds(course, pictures, folds):
        trials.append(trial)
        print(f"fold {len(trials)} of {len(folds)}: {describe_fold(trial)}", flush=True)
    return join_trials(trials)


def measure_cost(course: Course, network: Network) -> Cost:
    """What the network has forgotten of the validation images."""
    counts = [count_mistakes(each, course.memory) for each in (course.start, network)]
    return Cost(*counts, len(course.memory.validation_labels))


def name_data(data: Split) -> str:
    """What the figures of the validation images are called."""
    if data.sha256 == CONTENT_SHA256["train"]:
        return "MNIST"
    return "drawn digits" if data.name.endswith("drawn images") else "the other images"


def list_arguments(args: argparse.Namespace, output: Path, *, seed: int) -> dict[str, object]:
    """The command line with its defaults filled in, file names without folders."""
    paths = {"images": args.images, "start": args.start or DEFAULT_MODEL, "output": output}
    names = {name: path.resolve().name for name, path in paths.items()}
    data = None if args.data is None else Path(args.data).name
    return {**names, "data": data, "seed": seed, "force": args.force}


def save(path: Path, network: Network, record: dict[str, object]) -> None:
    """Write model and record, and say where they are and how to use them."""
    model = build_model()
    model.set_weights(network[: len(WEIGHT_SHAPES)])
    save_model(model, path, heads=network.heads)
    written = path.with_suffix(".json")
    write_file(written, (json.dumps(record, indent=2) + "\n").encode())
    print(f"Wrote {printable(path)}, {printable(written)}")
    print(f"Read with it: python predict.py --model {printable(path)} --image photo.jpg")
