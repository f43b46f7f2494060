"""`read_many`: pictures -> what each page says, on all cores.

In processes that are started anew: a fork is there sooner, but whoever calls this may have threads,
OpenCV's own among them, and then OpenCV waits for ever in the fork.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from digits.calls.given import KINDS, Held, Picture, hold_picture, take_picture
from digits.calls.one import prepare
from digits.network import DEFAULT_MODEL
from digits.reading import DEFAULT_THRESHOLD
from digits.results import Reading
from digits.work.cores import count_cores, map_in_order
from digits.work.jobs import Part, Reader

LEAST_PARTS = 16  # from which on processes are worth their start, 0.4 s each
READY = "ready"
DIED = "ended the process that read it; please report it, with the picture"
_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from digits.calls.server import serve; serve()"


class Task(NamedTuple):
    """What another process is to read."""

    number: int  # of the picture
    picture: Picture | Held
    page: int | None  # None: all


def read_many(
    pictures: Iterable[Picture],
    *,
    rgb: bool = False,
    model: str | os.PathLike = DEFAULT_MODEL,
    threshold: float = DEFAULT_THRESHOLD,
) -> Iterator[Reading]:
    """What each page of each picture says, in order, as soon as it is ready.

    A page that cannot be read does not end it: it is a reading without digits whose `error` says
    why. `source`, `page` and `pages` of a reading say what was read. Arguments as of read_digits.

    Raises:
        ReadingError: the model cannot be read.
        TypeError: one of `pictures` is something else.
        ValueError: `threshold` is out of range.
    """
    if isinstance(pictures, str | bytes | os.PathLike) or not isinstance(pictures, Iterable):
        raise TypeError(f"pictures must be several: each {KINDS}; for one there is read_digits")
    pictures = [hold_picture(picture) for picture in pictures]
    jobs = [take_picture(picture, rgb=rgb) for picture in pictures]
    reader = Reader(jobs, prepare(model, threshold), threshold=threshold)
    return _read(pictures, reader, (os.fspath(model), threshold, rgb))


def _read(pictures: list[Picture | Held], reader: Reader, settings: tuple) -> Iterator[Reading]:
    """What `reader` reads; `settings` are what the other processes need to know for that."""
    parts = reader.split()
    workers = min(count_cores(), len(parts))
    if workers < 2 or len(parts) < LEAST_PARTS or getattr(sys, "frozen", False):
        for part in parts:
            yield from reader.read(part)
        return
    servers = Servers(settings)

    def ask(part: Part) -> list[Reading]:
        try:
            task = pickle.dumps(Task(part.number, pictures[part.number], part.page))
            process = servers.get()
        except Exception:  # of the picture: it is told when it is read
            process = None
        if process is None:
            return list(reader.read(part))
        try:
            process.stdin.write(task)
            process.stdin.flush()
            return pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            servers.drop()
            return [reader.fail(part, DIED)]

    try:
        for readings in map_in_order(ask, parts, workers=workers):
            yield from readings
    finally:
        servers.close()


class Servers:
    """A process for each thread that wants one, see digits.calls.server."""

    def __init__(self, settings: tuple) -> None:
        """What each of them is told first."""
        self._settings = settings
        self._own = threading.local()
        self._all: list[subprocess.Popen] = []

    def get(self) -> subprocess.Popen | None:
        """This thread's process; None where none can be started."""
        if not hasattr(self._own, "process"):
            self._own.process = self._start()
        return self._own.process

    def drop(self) -> None:
        """Start another one the next time."""
        del self._own.process

    def close(self) -> None:
        """End them all."""
        for process in self._all:
            process.kill()
            process.communicate()

    def _start(self) -> subprocess.Popen | None:
        command = [sys.executable, "-c", _PROGRAM, *map(os.path.abspath, sys.path)]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        try:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._all.append(process)
            pickle.dump(self._settings, process.stdin)
            process.stdin.flush()
            return process if pickle.load(process.stdout) == READY else None
        except (OSError, EOFError, pickle.UnpicklingError):  # sys.executable is another program
            return None
