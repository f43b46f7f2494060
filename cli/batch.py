"""Many pictures read on all cores, with an annotated copy of each page where one is wanted."""

import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock

import cv2
import numpy as np

from cli.inputs import STDIN, Source, has_pages, name_page_copy, needs_copy, read_source
from cli.output import Outcome
from digits.errors import UserError
from digits.files import write_file
from digits.network import Answers, Classifier
from digits.pages.pages import Pages, open_pages
from digits.results import Reading
from digits.work.jobs import Job, read_jobs

NO_NUMBERS = "the model answers with no numbers; it is damaged: train one (python train.py)"


def read_outcomes(
    sources: Sequence[Source],
    classify: Classifier,
    *,
    threshold: float,
    copies: Sequence[Path | None],
) -> Iterator[Outcome]:
    """What came of each page of each picture, in order, as soon as it is ready.

    Whatever is wrong with a page is its own error. Reading begins at once, before the caller has
    started threads of its own.

    Args:
        sources: the pictures.
        classify: the network.
        threshold: the confidence from which a digit is sure, 0 to 1.
        copies: where the annotated copy of each goes, or None.
    """
    lock = Lock()

    def classify_alone(images: np.ndarray) -> Answers:
        # Keras' predict() is not made for threads; NumPy's turn takes 0.15 ms a digit.
        with lock, np.errstate(all="ignore"):
            answers = classify(images)
        if not all(np.isfinite(values).all() for values in answers if values is not None):
            raise UserError(NO_NUMBERS)
        return answers

    def keep(
        number: int, page: int, pages: int, picture: np.ndarray, found: Reading | None
    ) -> None:
        if copies[number] is not None and (found or needs_copy(sources[number].name, pages)):
            from digits.annotate import (  # 2 ms, which most need not wait for
                draw_page,
                draw_reading,
            )

            drawn = draw_reading(picture, found) if found else draw_page(picture)
            copy = cv2.imencode(".png", drawn)[1]
            write_file(name_page_copy(copies[number], page, pages), copy.tobytes())

    jobs = [_make_job(source) for source in sources]
    readings = read_jobs(jobs, classify_alone, threshold=threshold, keep=keep)
    return map(_make_outcome, readings)


def group_pages(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    """The outcomes of all pages of each picture."""
    pages = []
    for outcome in outcomes:
        pages.append(outcome)
        if outcome.page == outcome.pages:
            yield pages
            pages = []


def _make_job(source: Source) -> Job:
    # Standard input is kept: threads may each want to open it.
    read = functools.cache(read_source) if source.name == STDIN else read_source

    def open_source() -> Pages:
        if source.error:
            raise UserError(source.error)
        return open_pages(read(source))

    return Job(source.name, open_source, several=has_pages(source.name))


def _make_outcome(reading: Reading) -> Outcome:
    found = reading if reading.digits else None
    return Outcome(reading.source, found, reading.error, reading.page, reading.pages)
