"""`read_digits`: a picture -> what it says."""

import functools
import os

from digits.calls.given import Picture, take_picture
from digits.errors import ReadingError, printable
from digits.network import DEFAULT_MODEL, Classifier, Network, classify_images, load_network
from digits.reading import DEFAULT_THRESHOLD
from digits.results import Reading
from digits.work.cores import keep_memory
from digits.work.jobs import read_page, tell_error

KEPT = 4  # models at a time, 1 MB each


def read_digits(
    picture: Picture,
    *,
    page: int = 1,
    rgb: bool = False,
    model: str | os.PathLike = DEFAULT_MODEL,
    threshold: float = DEFAULT_THRESHOLD,
) -> Reading:
    """What a picture says.

    Args:
        picture: the path of a file, the bytes in one, a binary file object, a PIL image, or an
            array of uint8: grey (H, W), BGR (H, W, 3) as OpenCV has it, with alpha (H, W, 4).
        page: which page of a TIFF, GIF or PDF is read, counted from 1; `Reading.pages` tells how
            many there are.
        rgb: whether an array has red, green and blue in this order.
        model: the file of the network; it is kept, and loaded again when it has changed.
        threshold: the confidence from which a digit is sure, 0 to 1.

    Raises:
        ReadingError: the picture or the model cannot be read, or there is no digit in it.
        TypeError: `picture` is something else.
        ValueError: `threshold` or `page` is out of range.
    """
    job, classify = take_picture(picture, rgb=rgb), prepare(model, threshold)
    if page < 1:
        raise ValueError(f"page must be 1 or more, not {page}")
    try:
        pages = job.open()
        if page > pages.count:
            raise ReadingError(f"has {pages.count} page{'s' * (pages.count > 1)}, no page {page}")
    except TypeError:  # of a file object that gives no bytes
        raise
    except Exception as error:
        raise ReadingError(f"{printable(job.name)}: {tell_error(error, job.name)}") from None
    reading = read_page(pages, page, classify, threshold=threshold, source=job.name)
    if reading.error:
        where = f"{printable(job.name)}#{page}" if pages.count > 1 else printable(job.name)
        raise ReadingError(f"{where}: {reading.error}")
    return reading


def prepare(model: str | os.PathLike, threshold: float) -> Classifier:
    """The network in the file, ready to classify; `threshold` is checked as well."""
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be from 0 to 1, not {threshold}")
    network = get_network(model)
    return lambda images: classify_images(network, images)


def get_network(path: str | os.PathLike) -> Network:
    """As load_network, but a file that was loaded before is loaded again only if it has changed."""
    try:
        facts = os.stat(path)
    except OSError:
        return load_network(path)  # it tells what is wrong
    return _load(path, facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)


@functools.lru_cache(KEPT)
def _load(path: str | os.PathLike, *_: int) -> Network:
    keep_memory()
    return load_network(path)
