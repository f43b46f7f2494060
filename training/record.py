"""The record of a training: what was run, on what, and how it went; never a test score."""

import argparse
import importlib
import json
import math
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from data import Split
from digits.errors import blame_file, printable
from digits.files import read_file
from digits.network import DEFAULT_MODEL
from model import import_keras
from scoring.report import count_things
from training.checkpoint import Facts, Progress
from training.fit import name_precision
from training.recipe import FLAGS_OF_TEACHING, Recipe
from training.trained.calibration import Calibration

if TYPE_CHECKING:
    import keras

MOST_BYTES = 1_000_000  # of a record: 10,000 epochs
# The numbers of a recipe that train.py takes as flags of the same names.
FLAGS = ("epochs", "batch_size", "learning_rate", "seed")
PACKAGES = ("keras", "tensorflow", "torch", "numpy", "opencv-python", "h5py")


def list_arguments(args: argparse.Namespace, recipe: Recipe, output: Path) -> dict[str, object]:
    """The command line with its defaults filled in, file names without folders."""
    filled = {name: value for name, value in recipe._asdict().items() if name in vars(args)}
    arguments = vars(args) | filled | {"output": output}
    names = [name for name in arguments if name not in FLAGS_OF_TEACHING]
    return {name: _strip_folders(arguments[name]) for name in names}


def make_record(
    arguments: dict[str, object],
    training_set: Split,
    *,
    model: "keras.Sequential",
    trained: str,
    progress: Progress,
    calibration: Calibration,
) -> dict:
    """What stands in model.json, JSON values only: how a finished training was made and went.

    `model` is the network that is saved, `trained` the layers of the one that learnt, in words.
    """
    loss = calibration.loss
    return {
        "arguments": arguments,
        "seed": arguments["seed"],
        "data": training_set.name.rpartition("/")[2],
        "data_sha256": training_set.sha256,
        "parameters": model.count_params(),
        "trained": trained,
        "epochs": progress.epoch,
        "seconds": round(progress.seconds, 1),
        "temperature": round(calibration.temperature, 4),
        "calibrated_loss": None if loss is None else round(loss, 6),
        "precision": name_precision(),
        "cpu": read_cpu_name(),
        "versions": collect_versions(),
        "history": {
            name: [round(value, 6) for value in values] for name, values in progress.history.items()
        },
    }


def collect_facts(
    recipe: Recipe,
    data_sha256: str,
    *,
    validation_size: int,
    teachers: Sequence[str],
    as_teacher: bool,
) -> Facts:
    """All that decides what a training comes to on one machine: only its like can go on from it.

    `teachers` are the SHA-256 of their files.
    """
    keras = import_keras()
    backend = keras.config.backend()
    return {
        "--as-teacher": as_teacher,
        **{_name_number(field): value for field, value in recipe._asdict().items()},
        "--data (SHA-256)": data_sha256,
        "--validation-size": validation_size,
        "--teachers (SHA-256)": list(teachers),
        "Keras": keras.__version__,
        "backend": f"{backend} {importlib.import_module(backend).__version__}",
        "NumPy": np.__version__,
        "OpenCV": cv2.__version__,
        "precision": name_precision(),
    }


def encode_record(record: dict) -> bytes:
    """The record as indented JSON with a list of numbers to a line."""
    lines = json.dumps(record | {"history": {}}, indent=2).removesuffix("{}\n}")
    rows = [f'    "{name}": {json.dumps(values)}' for name, values in record["history"].items()]
    return (lines + "{\n" + ",\n".join(rows) + "\n  }\n}\n").encode()


def read_record(path: Path) -> dict:
    """The record of a training, from the JSON file that train.py wrote.

    Raises:
        UserError: the file cannot be read, or holds no history.
    """
    data = read_file(path, most_bytes=MOST_BYTES)
    with blame_file(path, "is no record of a training; name the .json beside a model"):
        record = json.loads(data)
        history = record["history"]
        numbers = [math.fabs(value) for values in history.values() for value in values]
        lengths = {len(values) for values in history.values()}
        if not numbers or len(lengths) != 1 or not {"accuracy", "loss"} <= history.keys():
            raise ValueError
        describe_training(record)
        dict(record.get("arguments", {}))
    return record


def describe_training(record: dict) -> str:
    """The line over the curves."""
    history = record["history"]
    epochs = len(history["accuracy"])
    parts = [count_things(epochs, "epoch")]
    if "seconds" in record:
        parts.append(f"{record['seconds']:.0f} s")
    if "val_accuracy" in history:
        parts.append(f"validation accuracy {history['val_accuracy'][-1]:.2%} at the end")
    return ", ".join(parts)


def announce_replacement(output: Path, *, when: str) -> None:
    """Say that the model that is there will be replaced, if there is one."""
    if output.exists():
        shipped = output.resolve() == DEFAULT_MODEL
        back = "; git checkout models brings the shipped one back" if shipped else ""
        print(f"{printable(output)} will be replaced {when}{back}.")


def read_cpu_name() -> str:
    """The processor, as the system names it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:  # not Linux
        pass
    return platform.processor() or platform.machine()


def collect_versions() -> dict[str, str]:
    """The versions of Python and of the packages that a result can depend on."""
    versions = {"python": platform.python_version(), "system": platform.system()}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _name_number(field: str) -> str:
    return f"--{field.replace('_', '-')}" if field in FLAGS else field.replace("_", " ")


def _strip_folders(value: object) -> object:
    """An argument without what it tells about its user: of a path only the last name."""
    if isinstance(value, str | Path):
        return Path(value).name
    if isinstance(value, list | tuple):
        return [_strip_folders(item) for item in value]
    return value
