"""What a program gives to be read: a path, bytes, a file, an array or a PIL image -> its pages."""

import io
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, Union

import cv2
import numpy as np

from digits.errors import list_damage
from digits.files import read_file, read_stream
from digits.pages.pages import Pages, open_pages
from digits.picture.decoding import compose, turn_upright
from digits.picture.limits import Header, PictureError, check_header
from digits.work.jobs import Job

if TYPE_CHECKING:
    from PIL.Image import Image

# PIL need not be installed, so its image is named in quotes.
Picture = Union[str, os.PathLike, bytes, bytearray, memoryview, BinaryIO, np.ndarray, "Image"]

KINDS = "a path, bytes, a binary file, a uint8 array or a PIL image"
_AS_TEXT = f"a picture must be {KINDS}, not a file opened as text; open it with 'rb'"
SHAPES = "an array of uint8, (H, W), (H, W, 3) or (H, W, 4)"
# Bytes of memory that a pixel takes beside the array, or the PIL image, itself.
_COST = {1: 3, 3: 3, 4: 8}
_PIL_COST = 9
_ORIENTATION = 0x0112  # the EXIF tag


def take_picture(picture: Picture, *, rgb: bool) -> Job:
    """The picture as it is to be read; see `digits.calls.calls.read_digits`.

    Nothing is opened yet.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(picture, str | os.PathLike):
        return _take_data(os.fsdecode(picture), lambda: read_file(picture))
    if isinstance(picture, bytes | bytearray | memoryview):
        return _take_data("bytes", lambda: bytes(read_stream(io.BytesIO(picture), "bytes")))
    if isinstance(picture, np.ndarray):
        return _take_array(picture, rgb=rgb)
    if _is_image(picture):
        return _take_one("PIL image", lambda: show_image(picture))
    if isinstance(picture, io.TextIOBase):
        raise TypeError(_AS_TEXT)
    held = hold_picture(picture)
    if isinstance(held, Held):
        return _take_data(held.name, held.read_all)
    raise TypeError(f"a picture must be {KINDS}, not {type(picture).__name__}")


class Held:
    """A file object that is read once, when it is wanted, and can go into another process."""

    def __init__(self, stream: BinaryIO) -> None:
        name = getattr(stream, "name", None)
        self.name = name if isinstance(name, str) else "file"
        self._stream, self._data = stream, None

    def read_all(self) -> bytes:
        """What was left in it.

        Raises:
            TypeError: it is of text.
            UserError: it cannot be read, or is too large.
        """
        if self._data is None:
            if isinstance(self._stream.read(0), str):
                raise TypeError(_AS_TEXT)
            try:
                self._data = bytes(read_stream(self._stream, self.name))
            except OSError as error:
                raise PictureError(f"cannot be read: {error.strerror or error}") from None
        return self._data

    def __getstate__(self) -> dict:
        return {"name": self.name, "_stream": None, "_data": self.read_all()}


def hold_picture(picture: Picture) -> Picture | Held:
    """The same, a file object so that it can be read more than once."""
    return Held(picture) if hasattr(picture, "read") and not _is_image(picture) else picture


def _take_data(name: str, read: Callable[[], bytes]) -> Job:
    return Job(name, lambda: open_pages(read()), several=True)


def _take_one(name: str, show: Callable[[], np.ndarray]) -> Job:
    """A job of one page that is not decoded from bytes."""
    return Job(name, lambda: Pages(1, lambda page: (show(), 1.0)))


def _take_array(array: np.ndarray, *, rgb: bool) -> Job:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or channels not in _COST:
        raise TypeError(f"a picture must be {SHAPES}, not of {array.dtype}, {array.shape}")
    return _take_one("array", lambda: show_array(array, rgb=rgb))


def show_array(array: np.ndarray, *, rgb: bool) -> np.ndarray:
    """The picture in an array, as a viewer displays it: uint8 BGR (H, W, 3).

    Args:
        array: uint8 (H, W), or (H, W, C) with 1, 3 or 4 channels; it stays as it is.
        rgb: whether its colours are red, green and blue, not OpenCV's blue, green and red.

    Raises:
        PictureError: it is empty, or too large.
    """
    height, width = array.shape[:2]
    if not array.size:
        raise PictureError("has no pixels; give the picture itself")
    pixels = array.reshape(height, width) if array.shape[2:] == (1,) else array
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    check_header(Header("array", width, height, memory=_COST[channels] * width * height), 0)
    pixels = np.ascontiguousarray(pixels)
    if rgb and channels > 1:
        swap = cv2.COLOR_RGB2BGR if channels == 3 else cv2.COLOR_RGBA2BGRA
        pixels = cv2.cvtColor(pixels, swap)
    return compose(pixels, premultiplied=False)


def show_image(image: "Image") -> np.ndarray:
    """The same of a PIL image in any mode: upright where it still has its EXIF orientation.

    Raises:
        PictureError: it is empty, too large, or the file behind it damaged.
    """
    width, height = image.size
    check_header(Header("PIL image", width, height, memory=_PIL_COST * width * height), 0)
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
        if image.mode.startswith(("I", "F")):  # 16 bit and more
            pixels = compose(np.asarray(image).astype(_find_depth(image)), premultiplied=False)
        else:
            clear = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa")
            mode = "L" if image.mode in ("1", "L") and not clear else "RGBA" if clear else "RGB"
            pixels = show_array(np.asarray(image.convert(mode)), rgb=True)
    except list_damage():
        raise PictureError("is damaged or cut short (PIL image); copy or export it again") from None
    return turn_upright(pixels, orientation)


def _find_depth(image: "Image") -> type:
    """What its numbers are, in this machine's order of bytes."""
    return np.uint16 if image.mode.startswith("I;16") else np.float32


def _is_image(picture: object) -> bool:
    """Whether it is an image of PIL, which need not be installed for this."""
    kinds = ((kind.__module__, kind.__qualname__) for kind in type(picture).__mro__)
    return ("PIL.Image", "Image") in kinds
