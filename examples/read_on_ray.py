"""Read a folder or a bucket of pictures on a Ray cluster: the JSON Lines that predict.py prints.

    python examples/read_on_ray.py scans/ numbers/
    RAY_ADDRESS=auto python examples/read_on_ray.py s3://bucket/scans s3://bucket/numbers

docs/scale.md says what a hundred million pictures take.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import ray
from ray.data.datasource import BlockBasedFileDatasink

from cli.inputs import Source, is_picture_name
from cli.output import format_json
from digits.picture.headers import PICTURE_SUFFIXES

ENVIRONMENT = {  # of every worker: this project, and one core for each picture
    "working_dir": sys.path[0],
    "excludes": [".git", "tests", "input_images", "docs", "teachers"],
    "env_vars": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
}


class Reader:
    """A worker with its own network; of a picture file it makes a line for each page."""

    def __init__(self) -> None:
        from cli.batch import read_outcomes
        from cli.classifier import load_classifier
        from digits.network import DEFAULT_MODEL
        from digits.reading import DEFAULT_THRESHOLD as SURE

        classify = load_classifier(DEFAULT_MODEL)
        self.read = lambda one: read_outcomes([one], classify, threshold=SURE, copies=[None])

    def __call__(self, file: dict) -> list[dict]:
        outcomes = self.read(Source(file["path"], data=file["bytes"]))
        return [{"line": format_json(outcome)} for outcome in outcomes]


class JsonLines(BlockBasedFileDatasink):
    """Writes the lines as they are, each block of them into a file of its own."""

    def write_block_to_file(self, block, file) -> None:
        for row in block.iter_rows(public_row_format=True):
            file.write(f"{row['line']}\n".encode())


def read_pictures(source: str, target: str, reader: Callable = Reader) -> None:
    """Read all pictures under `source`, on all cores; write the lines under `target`."""
    source, target = (p if "://" in p else os.path.abspath(p) for p in (source, target))
    suffixes = [suffix.removeprefix(".") for suffix in PICTURE_SUFFIXES]
    files = ray.data.read_binary_files(source, include_paths=True, file_extensions=suffixes)
    files = files.filter(lambda file: is_picture_name(os.path.basename(file["path"])))
    files.flat_map(reader).write_datasink(JsonLines(target, file_format="jsonl"))


if __name__ == "__main__":
    ray.init(runtime_env=ENVIRONMENT)
    read_pictures(*sys.argv[1:])
