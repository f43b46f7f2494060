"""The record of a training: what was run, on what, and how it went; never a test score."""

import argparse
import json
import math
import platform
from importlib import metadata
from pathlib import Path

from data import Split
from digits.errors import blame_file
from digits.files import read_file
from scoring.report import count_things
from training.fit import Trained

MOST_BYTES = 1_000_000  # of a record: 10,000 epochs
PACKAGES = ("keras", "tensorflow", "torch", "numpy", "opencv-python", "h5py")


def make_record(args: argparse.Namespace, split: Split, trained: Trained) -> dict:
    """What stands in model.json: JSON values only, file names without folders."""
    return {
        "arguments": {name: _strip_folders(value) for name, value in vars(args).items()},
        "seed": args.seed,
        "data": split.name.rpartition("/")[2],
        "data_sha256": split.sha256,
        "parameters": trained.model.count_params(),
        "epochs": len(trained.history["loss"]),
        "seconds": round(trained.seconds, 1),
        "temperature": round(trained.temperature, 4),
        "precision": trained.precision,
        "cpu": read_cpu_name(),
        "versions": collect_versions(),
        "history": {
            name: [round(value, 6) for value in values] for name, values in trained.history.items()
        },
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


def _strip_folders(value: object) -> object:
    if isinstance(value, str | Path):
        return Path(value).name
    if isinstance(value, list | tuple):
        return [_strip_folders(item) for item in value]
    return value
