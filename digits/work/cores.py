"""Work on all cores: results in the order given, as soon as each is ready.

In processes of their own where that is safe and there is enough to do, else in threads.
"""

import contextlib
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from digits.picture.limits import MAX_MEMORY

# Bytes beside what decoding takes: to find and read the digits of a picture; a thread's stack.
_WORK = 30_000_000
_STACK = 8_000_000
_KEPT = 16_000_000  # bytes: more than any array of a photo's reading but the photo itself

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_on_cores(
    function: Callable[[Item], Iterable[Result]], items: Sequence[Item]
) -> Iterator[Result]:
    """All that `function` gives for each item, in order; it decodes one picture for each result.

    It begins at once, before the caller has started threads of its own. For a process that has
    nothing else to do: it is held to the memory that this may take, and OpenCV to one thread.
    """
    cv2.setNumThreads(1)  # more cost one picture as much as they save, and outlive no fork
    keep_memory()
    workers = min(count_cores(), len(items))
    if workers <= 1:
        return chain.from_iterable(map(_limit_each(function), items))
    from digits.work.processes import map_in_processes, may_fork  # one picture need not wait for it

    if may_fork(len(items)):
        return map_in_processes(_limit_each(function), items, workers=workers)
    return _map_in_threads(function, items, workers=workers)


def _limit_each(function: Callable[[Item], Iterable[Result]]) -> Callable:
    """The function, each of its results computed in the memory that one picture may take."""

    def work(item: Item) -> Iterator[Result]:
        results = iter(function(item))
        while True:
            with limit_memory(1):
                try:
                    result = next(results)
                except StopIteration:
                    return
            yield result

    return work


def _map_in_threads(
    function: Callable[[Item], Iterable[Result]], items: Iterable[Item], *, workers: int
) -> Iterator[Result]:
    with limit_memory(workers):
        for results in map_in_order(lambda item: list(function(item)), items, workers=workers):
            yield from results


def keep_memory() -> None:
    """Let the process keep what one picture took for the next.

    The C library of Linux gives freed memory back to the system and fetches it again page by page,
    which takes a tenth of a picture's time, unless it has seen an array of this size come and go.
    """
    np.empty(_KEPT, np.uint8)


@contextlib.contextmanager
def limit_memory(pictures: int) -> Iterator[None]:
    """Hold the process to the memory that so many pictures at a time may take.

    A decoder that asks for more than the header of its file admits (AVIF does as its stream says)
    gets none, which is an error of that picture. On Linux; not beside Keras, which needs its own.
    """
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except (ImportError, OSError):  # Windows, macOS
        pages = 0
    if not pages or "keras" in sys.modules:
        yield
        return
    most = pages * resource.getpagesize() + pictures * (MAX_MEMORY + _WORK) + count_cores() * _STACK
    before, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [limit for limit in (most, before, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (before, hard))


def map_in_order(
    function: Callable[[Item], Result], items: Iterable[Item], *, workers: int
) -> Iterator[Result]:
    """`function` of each item, in order, computed in threads that stay a few items ahead.

    No more results than twice the workers are kept waiting, so memory does not grow with the number
    of items.
    """
    from concurrent.futures import ThreadPoolExecutor  # 15 ms, which one picture need not wait for

    waiting: deque = deque()
    executor = ThreadPoolExecutor(workers)
    try:
        for item in items:
            waiting.append(executor.submit(function, item))
            if len(waiting) >= 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # after Ctrl-C only the pictures in work are waited for
        executor.shutdown(cancel_futures=True)


def count_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
