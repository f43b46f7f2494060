"""The child of fuzz.py: reads one file after the other and answers what came of each."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as predict.py has it

import machine  # noqa: F401 - lets the project's own modules be found
from mutants import make_argument, make_model

from data import load_split
from digits import read_digits
from digits.errors import UserError, hush_libraries
from digits.network import classify_images, hash_weights, load_network
from digits.pages.pages import open_pages
from digits.reading import read_picture
from scoring.labels import read_labels
from training.checkpoint import read_checkpoint
from training.record import read_record

MOST_SECONDS = 2
TRIES = 3  # of a file that takes longer: a busy core takes half as long again, so the least counts
MOST_MB = 500
FAILED = "failed"


def make_readers(folder: Path) -> dict[str, Callable[[str, bytes], None]]:
    """By kind: what reads the bytes of a file of a given name."""
    network = load_network()
    true_hash = hash_weights(network)
    (folder / "good.h5").write_bytes(make_model()["model.h5"])

    def read_as_picture(name: str, data: bytes) -> None:
        pages, refused = open_pages(data), []
        for page in range(1, pages.count + 1):
            try:
                read_picture(pages.decode(page)[0], lambda images: classify_images(network, images))
            except UserError as error:
                refused.append(error)
        if refused:
            raise refused[0]

    def read_as_model(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)
        load_network(folder / name)

    def read_as_same_model(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)
        if hash_weights(load_network(folder / name)) != true_hash:
            raise AssertionError("a changed weight was not noticed")

    def read_as_data(name: str, data: bytes) -> None:
        if name.endswith(".npz"):
            (folder / name).write_bytes(data)
            load_split(str(folder / name), "train")
        else:
            (folder / "train-images-idx3-ubyte.gz").write_bytes(data)
            labels = b"\0\0\x08\x01\0\0\0\x14" + bytes(20)
            (folder / "train-labels-idx1-ubyte").write_bytes(labels)
            load_split(str(folder), "train")

    def read_as_checkpoint(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)
        read_checkpoint(folder / name, facts={"--epochs": 4})

    def read_as_text(name: str, data: bytes) -> None:
        (folder / name).write_bytes(data)
        (read_labels if name.endswith(".csv") else read_record)(folder / name)

    def read_as_argument(name: str, data: bytes) -> None:
        picture, more = make_argument(data)
        try:
            read_digits(picture, **more)
        except (TypeError, ValueError) as error:
            if " must be " not in str(error):  # Python's own, not the project's
                raise
            raise UserError(str(error)) from None

    return {
        "pictures": read_as_picture,
        "models": read_as_model,
        "flips": read_as_same_model,
        "data": read_as_data,
        "checkpoints": read_as_checkpoint,
        "texts": read_as_text,
        "arguments": read_as_argument,
    }


def try_reader(read: Callable[[str, bytes], None], name: str, data: bytes) -> dict:
    """What came of reading one file: outcome, detail, seconds of a core, peak memory in MB."""
    tries = [_try_once(read, name, data)]
    while tries[-1]["seconds"] > MOST_SECONDS and len(tries) < TRIES:
        tries.append(_try_once(read, name, data))
    failed = [one for one in tries if one["outcome"] == FAILED]
    seconds, peak_mb = min(one["seconds"] for one in tries), max(one["peak_mb"] for one in tries)
    answer = (failed or tries)[0] | {"seconds": seconds, "peak_mb": peak_mb}
    if seconds > MOST_SECONDS or peak_mb > MOST_MB:
        answer |= {"outcome": FAILED, "detail": f"{seconds:.1f} s, {peak_mb:.0f} MB"}
    return answer


def _try_once(read: Callable[[str, bytes], None], name: str, data: bytes) -> dict:
    """The same, within whatever time and memory."""
    forget_peak()
    started = time.process_time()
    outcome, detail = "read", ""
    try:
        read(name, data)
    except UserError as error:
        outcome, detail = "refused", str(error)
        if "\n" in detail:
            outcome = FAILED
    except BaseException as error:
        outcome, detail = FAILED, f"{type(error).__name__}: {error}"
    seconds, peak_mb = time.process_time() - started, read_peak()
    return {"outcome": outcome, "detail": detail[:300], "seconds": seconds, "peak_mb": peak_mb}


def forget_peak() -> None:
    """Let the peak of this process' memory begin anew, where the system can (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def read_peak() -> float:
    """The peak of this process' memory in MB; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0.0
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def main() -> None:
    """Answer each request on standard input with one line of JSON."""
    out = os.fdopen(os.dup(1), "w")
    print("ready", file=out, flush=True)
    with tempfile.TemporaryDirectory() as folder, hush_libraries():
        readers = make_readers(Path(folder))
        while line := sys.stdin.buffer.readline():
            request = json.loads(line)
            data = sys.stdin.buffer.read(request["size"])
            print(
                json.dumps(try_reader(readers[request["kind"]], request["name"], data)),
                file=out,
                flush=True,
            )


if __name__ == "__main__":
    main()
