"""Seconds of an epoch of the default recipe on each backend that is installed, one after the other.

python benchmarks/backends.py --epochs 3 --threads 1
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import ROOT, describe_machine, format_machine

BACKENDS = ("tensorflow", "torch", "jax")
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "OPENBLAS_NUM_THREADS")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="drawn", help="as train.py takes it; default: drawn")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    args = parser.parse_args()
    print(format_machine(describe_machine()))
    for backend in filter(importlib.util.find_spec, BACKENDS):
        for threads in args.threads:
            seconds = time_training(backend, threads, data=args.data, epochs=args.epochs)
            print(f"{backend:12} {threads} thread(s)  {seconds / args.epochs:6.1f} s an epoch")


def time_training(backend: str, threads: int, *, data: str, epochs: int) -> float:
    """Seconds of the fitting alone, as train.py writes them into its record."""
    environment = {"KERAS_BACKEND": backend} | dict.fromkeys(THREADS, str(threads))
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "model.h5")
        command = [sys.executable, ROOT / "train.py", "--data", data, "--epochs", str(epochs)]
        subprocess.run(
            [*command, "--output", model],
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return json.loads(model.with_suffix(".json").read_text())["seconds"]


if __name__ == "__main__":
    main()
