"""The bytes of a file -> its pages, each decoded when it is wanted."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from digits.picture.decoding import decode_to_scale
from digits.picture.tiff import list_pages, turn_to_page

# What begins a file that may have several pages.
PDF = b"%PDF"
GIF = b"GIF8"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class Pages(NamedTuple):
    """The pages of one file, for one thread.

    `decode` gives the page of a number, counted from 1, as digits.picture.decoding.decode_to_scale
    gives a picture, and raises PictureError as that does.
    """

    count: int
    decode: Callable[[int], tuple[np.ndarray, float]]


def open_pages(data: bytes) -> Pages:
    """The pages of the file with these bytes: those of a TIFF, a GIF or a PDF, else one.

    Raises:
        PictureError: they cannot be told.
    """
    if data.startswith(PDF):
        from digits.pages.pdf import draw_page, open_pdf  # what only it needs

        return Pages(open_pdf(data), lambda page: (draw_page(data, page), 1.0))
    if data.startswith(GIF):
        from digits.pages.gif import Film, list_frames

        frames = list_frames(data)
        if len(frames) > 1:
            return Pages(len(frames), Film(data, frames).show)
    if data.startswith(TIFF):
        starts = list_pages(data)
        if len(starts) > 1:
            return _open_tiff(data, starts)
    return Pages(1, lambda page: decode_to_scale(data))


def _open_tiff(data: bytes, starts: list[int]) -> Pages:
    # Of each page is made the first one of the same bytes. They are copied once: a copy for each
    # page would double the memory while it is decoded.
    turned = bytearray(data)
    del data

    def decode(page: int) -> tuple[np.ndarray, float]:
        turn_to_page(turned, starts[page - 1])
        return decode_to_scale(turned)

    return Pages(len(starts), decode)
