"""The other process of read_many: it answers each Task on its standard input with readings."""

import os
import pickle
import signal
import sys
from typing import BinaryIO

import cv2

from digits.calls.given import take_picture
from digits.calls.many import READY
from digits.calls.one import prepare
from digits.work.cores import limit_memory
from digits.work.jobs import Part, Reader


def serve() -> None:
    """Read until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who has started it ends it
    cv2.setNumThreads(1)
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else gets among the answers
    model, threshold, rgb = pickle.load(source)
    classify = prepare(model, threshold)
    _answer(target, READY)
    number = reader = None
    while True:
        try:
            task = pickle.load(source)
        except EOFError:
            return
        if task.number != number:
            reader = None  # the memory of the one before, first
            job = take_picture(task.picture, rgb=rgb)
            number, reader = task.number, Reader([job], classify, threshold=threshold)
        with limit_memory(1):
            readings = list(reader.read(Part(0, task.page)))
        _answer(target, readings)


def _answer(target: BinaryIO, answer: object) -> None:
    pickle.dump(answer, target)
    target.flush()
