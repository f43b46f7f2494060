"""Many pictures read on all cores: results in the order given, as soon as each is ready.

In processes of their own where that is safe and there are enough pictures, else in threads.
"""

import contextlib
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import TypeVar

import cv2
import numpy as np

from cli.inputs import Source, read_source
from cli.output import Outcome
from digits.errors import UserError, printable
from digits.files import write_file
from digits.network import Answers, Classifier
from digits.picture.decoding import decode_to_scale
from digits.picture.limits import MAX_MEMORY
from digits.reading import enlarge_boxes, explain_failure, read_picture

NO_NUMBERS = "the model answers with no numbers; it is damaged: train one (python train.py)"

# Bytes beside what decoding takes: to find and read the digits of a picture; a thread's stack.
_WORK = 30_000_000
_STACK = 8_000_000

Item = TypeVar("Item")
Result = TypeVar("Result")


def read_outcome(
    source: Source,
    classify: Classifier,
    *,
    threshold: float,
    copy: Path | None,
) -> Outcome:
    """What came of one picture, with whatever is wrong with it; the copy of it is written.

    Args:
        source: the picture.
        classify: the network.
        threshold: the confidence from which a digit is sure, 0 to 1.
        copy: where the annotated copy goes, or None.
    """
    if source.error:
        return Outcome(source.name, None, source.error)
    reading = None
    try:
        picture, scale = decode_to_scale(read_source(source))
        found = read_picture(picture, classify, threshold=threshold)
        reading = enlarge_boxes(found, scale)
        if copy is not None:
            from digits.annotate import draw_reading  # 2 ms, which most readings need not wait for

            write_file(copy, cv2.imencode(".png", draw_reading(picture, found))[1].tobytes())
    except UserError as error:
        text = str(error).removeprefix(f"{printable(source.name)}: ")
        return Outcome(source.name, reading, text)
    except Exception as error:  # whatever it is, it is of this picture: the others are still read
        return Outcome(source.name, reading, explain_failure(error))
    return Outcome(source.name, reading)


def read_outcomes(
    sources: Sequence[Source],
    classify: Classifier,
    *,
    threshold: float,
    copies: Sequence[Path | None],
) -> Iterator[Outcome]:
    """What came of each picture, in order, each as soon as it is ready; see `read_outcome`.

    Reading begins at once, before the caller has started threads of its own.
    """
    lock = Lock()

    def classify_alone(images: np.ndarray) -> Answers:
        # Keras' predict() is not made for threads; NumPy's turn takes 0.15 ms a digit.
        with lock, np.errstate(all="ignore"):
            answers = classify(images)
        if not all(np.isfinite(values).all() for values in answers if values is not None):
            raise UserError(NO_NUMBERS)
        return answers

    def read(number: int) -> Outcome:
        return read_outcome(
            sources[number], classify_alone, threshold=threshold, copy=copies[number]
        )

    def read_limited(number: int) -> Outcome:
        with limit_memory(1):
            return read(number)

    cv2.setNumThreads(1)  # its threads cost one picture as much as they save; many have a core each
    workers, numbers = min(count_cores(), len(sources)), range(len(sources))
    if workers <= 1:
        return map(read_limited, numbers)
    from cli.processes import map_in_processes, may_fork  # one picture need not wait for it

    if may_fork(len(sources)):
        return map_in_processes(read_limited, numbers, workers=workers)
    return _read_in_threads(read, numbers, workers=workers)


def _read_in_threads(
    read: Callable[[int], Outcome], numbers: Iterable[int], *, workers: int
) -> Iterator[Outcome]:
    with limit_memory(workers):
        yield from map_in_order(read, numbers, workers=workers)


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
