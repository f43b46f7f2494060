"""Work on all cores in processes of its own: many short calls, between which threads would wait.

Reading a small drawing takes a hundred calls of NumPy and OpenCV. Two threads hand Python's lock to
each other at every one of them and are half as fast again as one; two processes, twice as fast.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO, NoReturn, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

LEAST_ITEMS = 8  # from which on processes are worth their start, some 5 ms each


def may_fork(items: int) -> bool:
    """Whether so many items are worth processes, and this process can be forked without harm.

    On Linux, before there are threads: a fork of a process with threads may find locks closed for
    ever, and on macOS the system's own libraries do not survive one.
    """
    alone = threading.active_count() == 1 and "keras" not in sys.modules
    return items >= LEAST_ITEMS and sys.platform.startswith("linux") and alone


def map_in_processes(
    function: Callable[[Item], Iterable[Result]], items: Sequence[Item], *, workers: int
) -> Iterator[Result]:
    """All that `function` gives for each item, in order, from forks of this process.

    They start at once. Each takes every `workers`th item, and waits when a pipe is full of its
    results. Where one does not survive an item, this process goes on without it.
    """
    import pickle  # 3 ms, which one picture need not wait for

    pids: list[int] = []
    pipes: list[BinaryIO] = []
    for first in range(workers):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            for end in (reader, *pipes):  # else nobody would notice that the parent has ended
                os.close(end if isinstance(end, int) else end.fileno())
            _work(function, items[first::workers], writer)
        os.close(writer)
        pids.append(pid)
        pipes.append(os.fdopen(reader, "rb"))

    def collect() -> Iterator[Result]:
        try:
            for number, item in enumerate(items):
                count = 0
                try:
                    while results := pickle.load(pipes[number % workers]):
                        count += 1
                        yield from results
                except (EOFError, pickle.UnpicklingError):  # it has ended, perhaps within a result
                    yield from islice(function(item), count, None)
        finally:
            _end(pids, pipes)

    return collect()


def _work(
    function: Callable[[Item], Iterable[Result]], items: Sequence[Item], writer: int
) -> NoReturn:
    """Write each result into a pipe in a tuple, an empty one after each item, and end.

    It also ends when nobody reads them any more.
    """
    import pickle

    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent tells of it, and ends
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with os.fdopen(writer, "wb") as pipe, contextlib.suppress(OSError):
            for item in items:
                for result in function(item):
                    pipe.write(pickle.dumps((result,)))
                    pipe.flush()
                pipe.write(pickle.dumps(()))
                pipe.flush()
    finally:
        os._exit(0)  # whatever went wrong goes wrong again in the parent, which tells it


def _end(pids: Sequence[int], pipes: Sequence[BinaryIO]) -> None:
    """Leave no process behind, whether or not it has done all its work."""
    for pipe in pipes:
        pipe.close()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
