"""Read a folder or a bucket of pictures on a Ray cluster: the JSON Lines that predict.py prints.

python examples/read_on_ray.py scans/ numbers/
RAY_ADDRESS=auto python examples/read_on_ray.py s3://bucket/scans s3://bucket/numbers
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import ray
from ray.data.datasource import BlockBasedFileDatasink

from cli.batch import read_outcomes
from cli.classifier import load_classifier
from cli.inputs import Source, is_picture_name
from cli.output import format_json
from digits.picture.headers import PICTURE_SUFFIXES
from digits.reading import DEFAULT_THRESHOLD

SKIPPED = [".git", "tests", "input_images", "docs", "teachers"]  # the rest goes to every worker
ENVIRONMENT = {"working_dir": sys.path[0], "excludes": SKIPPED}
ENVIRONMENT["env_vars"] = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Reader:
    """A worker with its own network; of a picture file it makes a line for each page."""

    def __init__(self) -> None:
        self.options = {"classify": load_classifier(), "threshold": DEFAULT_THRESHOLD}

    def __call__(self, file: dict) -> list[dict]:
        sources = [Source(file["path"], data=file["bytes"])]
        outcomes = read_outcomes(sources, copies=[None], **self.options)
        return [{"line": format_json(outcome)} for outcome in outcomes]


class JsonLines(BlockBasedFileDatasink):
    """Writes the lines as they are, each block of them into a file of its own."""

    def write_block_to_file(self, block, file) -> None:
        file.writelines(f"{row['line']}\n".encode() for row in block.iter_rows(True))


def read_pictures(source: str, target: str, reader: type = Reader) -> None:
    """Read all pictures under `source`, on all cores; write the lines under `target`."""
    source, target = (p if "://" in p else os.path.abspath(p) for p in (source, target))
    suffixes = [suffix.removeprefix(".") for suffix in PICTURE_SUFFIXES]
    files = ray.data.read_binary_files(source, include_paths=True, file_extensions=suffixes)
    files = files.filter(lambda file: is_picture_name(os.path.basename(file["path"])))
    files.flat_map(reader).write_datasink(JsonLines(target, file_format="jsonl"))


if __name__ == "__main__":
    ray.init(runtime_env=ENVIRONMENT)
    read_pictures(*sys.argv[1:])
