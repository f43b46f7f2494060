"""The bytes of a file -> its pages, each decoded when it is wanted."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from digits.picture.decoding import decode_to_scale


class Pages(NamedTuple):
    """The pages of one file.

    `decode` gives the page of a number, counted from 1, as digits.picture.decoding.decode_to_scale
    gives a picture, and raises PictureError as that does.
    """

    count: int
    decode: Callable[[int], tuple[np.ndarray, float]]


def open_pages(data: bytes) -> Pages:
    """The pages of the file with these bytes: a picture has one.

    Raises:
        PictureError: they cannot be told.
    """
    return Pages(1, lambda page: decode_to_scale(data))
