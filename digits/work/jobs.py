"""Pictures read on all cores, page by page: what goes wrong with one leaves the others."""

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from digits.errors import UserError, printable
from digits.network import Classifier
from digits.pages.pages import Pages
from digits.reading import NO_DIGIT, enlarge_boxes, explain_failure, read_picture
from digits.results import Reading, make_failure
from digits.work.cores import map_on_cores

FEW = 8  # jobs: with fewer, their pages are dealt out one by one


class Job(NamedTuple):
    """One picture to read."""

    name: str
    open: Callable[[], Pages]  # raises UserError where that cannot be
    several: bool = False  # whether it may have several pages


class Part(NamedTuple):
    """What is done at a time: a whole job, or one page of it."""

    number: int  # of the job
    page: int | None = None  # None: all
    pages: int = 1  # that the job has, as far as is known


# What is done with a picture once it is read: it gets the job's number, page, pages, the picture,
# uint8 BGR (H, W, 3), and the reading with its boxes there; None: there is no digit in it.
Keep = Callable[[int, int, int, np.ndarray, Reading | None], None]


def read_jobs(
    jobs: Sequence[Job], classify: Classifier, *, threshold: float, keep: Keep | None = None
) -> Iterator[Reading]:
    """What each page of each picture says, in order, as soon as it is ready; on all cores.

    A page that cannot be read is a reading with an `error`. Where `keep` raises a UserError, the
    reading has it as well.

    Args:
        jobs: the pictures.
        classify: what images show.
        threshold: the confidence from which a digit is sure, 0 to 1.
        keep: what else is done with each page.
    """
    reader = Reader(jobs, classify, threshold=threshold, keep=keep)
    return map_on_cores(reader.read, reader.split())


class Reader:
    """Reads parts of jobs; each thread, and each fork, keeps the picture open that it had last."""

    def __init__(
        self,
        jobs: Sequence[Job],
        classify: Classifier,
        *,
        threshold: float,
        keep: Keep | None = None,
    ) -> None:
        """Arguments as of read_jobs."""
        self._jobs, self._classify, self._threshold, self._keep = jobs, classify, threshold, keep
        self._opened = threading.local()

    def split(self) -> list[Part]:
        """What there is to do: with a few jobs, page by page."""
        parts = [Part(number) for number in range(len(self._jobs))]
        if len(parts) >= FEW:
            return parts
        return [page for part in parts for page in self._list_pages(part)]

    def read(self, part: Part) -> Iterator[Reading]:
        """The reading of each page."""
        job = self._jobs[part.number]
        try:
            pages = self._open(part.number)
        except TypeError:  # a file object that gives no bytes
            raise
        except Exception as error:
            yield self.fail(part, tell_error(error, job.name))
            return
        for page in range(1, pages.count + 1) if part.page is None else (part.page,):
            keep = self._keep and functools.partial(self._keep, part.number, page)
            yield read_page(
                pages, page, self._classify, threshold=self._threshold, source=job.name, keep=keep
            )

    def fail(self, part: Part, error: str) -> Reading:
        """What is told where nothing could be read."""
        name = self._jobs[part.number].name
        return make_failure(name, error, page=part.page or 1, pages=part.pages)

    def _open(self, number: int) -> Pages:
        opened = self._opened
        if getattr(opened, "number", None) != number:
            opened.number = opened.pages = None  # the memory of the one before, first
            opened.pages = self._jobs[number].open()
            opened.number = number
        return opened.pages

    def _list_pages(self, part: Part) -> list[Part]:
        """The pages of a job, where it has several."""
        count = 1
        if self._jobs[part.number].several:
            with contextlib.suppress(Exception):  # it is told when it is read
                count = self._open(part.number).count
        if count == 1:
            return [part]
        return [Part(part.number, page, count) for page in range(1, count + 1)]


def read_page(
    pages: Pages,
    page: int,
    classify: Classifier,
    *,
    threshold: float,
    source: str,
    keep: Callable[[int, np.ndarray, Reading | None], None] | None = None,
) -> Reading:
    """What one page says, with whatever is wrong with it; arguments as in read_jobs."""
    facts = {"source": source, "page": page, "pages": pages.count}
    reading = None
    try:
        picture, scale = pages.decode(page)
        try:
            found = read_picture(picture, classify, threshold=threshold)
        except UserError as error:
            if keep and str(error) == NO_DIGIT:
                keep(pages.count, picture, None)
            raise
        reading = enlarge_boxes(found, scale)._replace(**facts)
        if keep:
            keep(pages.count, picture, found)
    except Exception as error:  # whatever it is, it is of this page: the others are still read
        text = tell_error(error, source)
        return reading._replace(error=text) if reading else make_failure(error=text, **facts)
    return reading


def tell_error(error: Exception, source: str) -> str:
    """What is told of an error: one line without the picture's name."""
    if isinstance(error, UserError):
        return str(error).removeprefix(f"{printable(source)}: ")
    return explain_failure(error)
