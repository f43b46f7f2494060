"""Mutants of good files, fed to every reader: each must give a result or the project's own error.

python benchmarks/fuzz.py --minutes 15
python benchmarks/fuzz.py --pictures 5000 --flips 1000 --kills 100

Every mutant is read in a child process with a limit on its time. What fails (another error, a
crash, a hang, too much memory, a changed weight that nobody noticed) is made as small as it goes
and kept in benchmarks/fuzz_failures, or where --keep says. --kills ends the writer of files at
random moments, --trainings a real training: the old file or the new one must be there, whole.
The same --seed makes the same mutants.
"""

import argparse
import json
import random
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from fuzz_worker import FAILED, MOST_MB, MOST_SECONDS
from machine import ROOT, describe_machine, format_machine
from mutants import (
    Edit,
    apply_edits,
    make_arguments,
    make_checkpoints,
    make_data,
    make_edits,
    make_flip,
    make_model,
    make_pictures,
    make_texts,
)

from digits.errors import UserError
from digits.network import load_network

KEEP = Path(__file__).with_name("fuzz_failures")
PATIENCE = 10 * MOST_SECONDS  # a child that is silent for so long hangs
WRITER = """
import sys; sys.path.insert(0, sys.argv[1])
from digits.files import write_file
print("ready", flush=True)
while True:
    for letter in b"ab":
        write_file(sys.argv[2], bytes([letter]) * 1_000_000)
"""
TRAINING = ("--data", "drawn:600", "--epochs", "200", "--batch-size", "64")


class Kind(NamedTuple):
    """What is mutated: good files by name, and how."""

    files: Callable[[], dict[str, bytes]]
    edit: Callable[[bytes, np.random.Generator], list[Edit]]


class Answer(NamedTuple):
    """What became of one mutant."""

    outcome: str  # read, refused or failed
    detail: str
    seconds: float
    peak_mb: float


KINDS = {
    "pictures": Kind(make_pictures, make_edits),
    "models": Kind(make_model, make_edits),
    "flips": Kind(make_model, make_flip),
    "data": Kind(make_data, make_edits),
    "checkpoints": Kind(make_checkpoints, make_edits),
    "texts": Kind(make_texts, make_edits),
    "arguments": Kind(make_arguments, make_edits),
}


class Child:
    """A process that reads mutants; a new one takes its place when it crashes or hangs."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("fuzz_worker.py"))]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._process.stdout.readline()  # ready

    def ask(self, kind: str, name: str, data: bytes) -> Answer:
        """What reading these bytes comes to."""
        started = time.perf_counter()
        request = {"kind": kind, "name": name, "size": len(data)}
        self._process.stdin.write(json.dumps(request).encode() + b"\n" + data)
        self._process.stdin.flush()
        silent = not self._selector.select(PATIENCE)
        line = b"" if silent else self._process.stdout.readline()
        if line:
            return Answer(**json.loads(line))
        seconds = time.perf_counter() - started
        self.close()
        why = f"hangs for {PATIENCE} s" if silent else f"dies: {self._process.returncode}"
        self._start()
        return Answer(FAILED, why, seconds, 0.0)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()


class Tally:
    """Counts of one kind, and its worst time and memory."""

    def __init__(self) -> None:
        self.counts = {"read": 0, "refused": 0, FAILED: 0}
        self.seconds = self.peak_mb = 0.0
        self.details: list[str] = []

    def add(self, answer: Answer) -> None:
        """Count one answer."""
        self.counts[answer.outcome] += 1
        self.seconds = max(self.seconds, answer.seconds)
        self.peak_mb = max(self.peak_mb, answer.peak_mb)

    def format(self, kind: str) -> str:
        """One row of the table."""
        numbers = "  ".join(f"{count:>8,}" for count in self.counts.values())
        return f"{kind:11}  {numbers}  {self.seconds:>8.2f} s  {self.peak_mb:>7.0f} MB"


def fuzz(kind: str, number: int, *, seed: int, child: Child, keep: Path) -> Answer:
    """Mutant `number` of a kind; a failure is shrunk and kept."""
    files = KINDS[kind].files()
    name = sorted(files)[number % len(files)]
    rng = np.random.default_rng([seed, list(KINDS).index(kind), number])
    edits = KINDS[kind].edit(files[name], rng)
    answer = child.ask(kind, name, apply_edits(files[name], edits))
    if answer.outcome == FAILED:
        edits = shrink(edits, lambda fewer: fails(child, kind, name, files[name], fewer))
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{kind}-{number}-{name}").write_bytes(apply_edits(files[name], edits))
        print(f"{kind} {number} ({name}): {answer.detail}; edits {edits}", file=sys.stderr)
    return answer


def fails(child: Child, kind: str, name: str, good: bytes, edits: list[Edit]) -> bool:
    """Whether the good file with these edits fails."""
    return child.ask(kind, name, apply_edits(good, edits)).outcome == FAILED


def shrink(edits: list[Edit], fails: Callable[[list[Edit]], bool]) -> list[Edit]:
    """As few of the edits as still fail."""
    for edit in list(edits):
        fewer = [other for other in edits if other is not edit]
        if fewer and fails(fewer):
            edits = fewer
    return edits


def kill_writer(count: int, *, seed: int) -> Tally:
    """A process that writes a file again and again is killed: the file is always whole."""
    tally, rng = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file")
        for _ in range(count):
            command = [sys.executable, "-c", WRITER, str(ROOT), str(path)]
            kill_at_random(command, rng, earliest=0.0, latest=0.1)
            data = path.read_bytes() if path.exists() else b""
            whole = data in (b"", b"a" * 1_000_000, b"b" * 1_000_000)
            tally.add(Answer("read" if whole else FAILED, "", 0.0, 0.0))
    return tally


def kill_trainings(count: int, *, seed: int) -> Tally:
    """A training is killed: the old model stays, and the training can go on from where it was.

    If it was finished before, the new model is there.
    """
    tally, rng = Tally(), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "model.h5")
        command = [sys.executable, str(ROOT / "train.py"), *TRAINING, "--output", str(model)]
        for number in range(count):
            model.write_bytes(b"the old model")
            resume = ["--resume"] if model.with_name("model.h5.checkpoint").exists() else []
            said = kill_at_random([*command, *resume], rng, earliest=0.0, latest=6.0)
            whole = model.read_bytes() == b"the old model" or _is_model(model)
            whole = whole and b"Traceback" not in said
            tally.add(Answer("read" if whole else FAILED, "", 0.0, 0.0))
            print(f"training {number + 1} of {count} killed", file=sys.stderr)
    return tally


def _is_model(path: Path) -> bool:
    try:
        load_network(path)
    except UserError:
        return False
    return True


def kill_at_random(
    command: list[str], rng: random.Random, *, earliest: float, latest: float
) -> bytes:
    """Start a process, wait for its first line, kill it some seconds later; its standard error."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(rng.uniform(earliest, latest))
    process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    return process.communicate()[1]


def list_rounds(args: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """(kind, number) of every mutant to try: so many of each, or all kinds by turns for a time."""
    counts = {kind: getattr(args, kind) for kind in KINDS}
    if any(counts.values()) or args.kills or args.trainings:
        for kind, count in counts.items():
            yield from ((kind, number) for number in range(count))
        return
    end = time.monotonic() + 60 * args.minutes
    number = 0
    while time.monotonic() < end:
        yield from ((kind, number) for kind in KINDS)
        number += 1


def main(argv: Sequence[str] | None = None) -> int:
    """Try the mutants, print the table; 1 if anything failed."""
    args = build_parser().parse_args(argv)
    tallies: dict[str, Tally] = {}
    child = Child()
    try:
        for kind, number in list_rounds(args):
            answer = fuzz(kind, number, seed=args.seed, child=child, keep=args.keep)
            tallies.setdefault(kind, Tally()).add(answer)
    finally:
        child.close()
    if args.kills:
        tallies["kills"] = kill_writer(args.kills, seed=args.seed)
    if args.trainings:
        tallies["trainings"] = kill_trainings(args.trainings, seed=args.seed)
    print(format_machine(describe_machine()) + f"\nseed {args.seed}\n")
    print("kind             read   refused    failed  worst time  worst memory")
    print("\n".join(tally.format(kind) for kind, tally in tallies.items()))
    print(f"\nlimits: {MOST_SECONDS} s and {MOST_MB} MB a file")
    return int(any(tally.counts[FAILED] for tally in tallies.values()))


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--minutes", type=float, default=5, metavar="N", help="all kinds by turns; default: 5")
    for kind in KINDS:
        add(f"--{kind}", type=int, default=0, metavar="N", help=f"so many mutants of {kind}")
    add("--kills", type=int, default=0, metavar="N", help="kills of the writer of files")
    add("--trainings", type=int, default=0, metavar="N", help="kills of a training")
    add("--seed", type=int, default=0, metavar="N", help="default: 0")
    add("--keep", type=Path, default=KEEP, metavar="DIR", help="where failures are kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
