"""The frames of an animated GIF, each as it is seen when its turn has come (GIF89a)."""

import struct
from typing import NamedTuple

import numpy as np

from digits.picture.bombs import measure_palette
from digits.picture.decoding import compose, decode_pixels
from digits.picture.headers import read_header
from digits.picture.limits import (
    MAX_PAGES,
    PictureError,
    check_header,
    check_packing,
    damaged,
    overloaded,
)

MAX_BLOCKS = 2_000_000  # of 255 bytes each in all programs: 510 MB
# Bytes of memory that a pixel of the screen takes: a frame while it is decoded; what is on the
# screen, what was before, and what is made of it.
_COST = 20 + 4 + 4 + 8
_SCREEN = 13  # bytes before the palette of all frames
_CONTROL = b"!\xf9"  # what begins the block that says how a frame is shown
_TO_BACKGROUND, _TO_PREVIOUS = 2, 3  # what becomes of it when the next one comes


class Frame(NamedTuple):
    """One frame: where its control block and its own bytes are, and its place on the screen."""

    control: slice
    content: slice
    box: tuple[int, int, int, int]  # left, top, width, height
    disposal: int


def list_frames(data: bytes) -> list[Frame]:
    """The frames of a GIF; the last one may be cut short.

    Raises:
        PictureError: there are too many of them, or of their blocks.
    """
    frames: list[Frame] = []
    blocks = 0
    control, disposal = slice(0, 0), 0
    at = _SCREEN + measure_palette(data[10])
    try:
        while data[at] in b"!,":
            start = at
            if data[at] == ord("!"):
                at += 2
            else:
                box = struct.unpack_from("<4H", data, at + 1)
                at += 11 + measure_palette(data[at + 9])
                frames.append(Frame(control, slice(start, len(data)), box, disposal))
                if len(frames) > MAX_PAGES:
                    raise overloaded("GIF", "pages", MAX_PAGES)
            while data[at]:
                at += 1 + data[at]
                blocks += 1
                if blocks > MAX_BLOCKS:
                    raise overloaded("GIF", "blocks", MAX_BLOCKS)
            at += 1
            if data[start] == ord(","):
                frames[-1] = frames[-1]._replace(content=slice(start, at))
                control, disposal = slice(0, 0), 0
            elif data[start : start + 2] == _CONTROL:
                control, disposal = slice(start, at), data[start + 3] >> 2 & 7
    except (IndexError, struct.error):  # it ends here
        pass
    return frames


class Film:
    """The screen on which the frames of a GIF are drawn, one after the other."""

    def __init__(self, data: bytes, frames: list[Frame]) -> None:
        """The screen before the first frame.

        Raises:
            PictureError: it is too large, or has too many frames for so small a file.
        """
        header = read_header(data)
        width, height = header.width, header.height
        check_header(header._replace(memory=_COST * width * height), len(data))
        check_packing("GIF", len(frames) * width * height, len(data))
        self._data, self._frames = data, frames
        self._shape = (height, width, 4)
        self._rewind()

    def show(self, page: int) -> tuple[np.ndarray, float]:
        """What is seen with frame `page`, counted from 1: uint8 BGR (H, W, 3), and the scale 1.

        Raises:
            PictureError: this frame is damaged.
        """
        if page <= self._drawn:
            self._rewind()
        while self._drawn < page:
            frame = self._frames[self._drawn]
            self._drawn += 1
            self._dispose()
            try:
                self._draw(frame)
            except PictureError:  # of another frame: it is told where that is shown
                if self._drawn == page:
                    raise
        return compose(self._screen, premultiplied=False), 1.0

    def _rewind(self) -> None:
        self._drawn, self._last = 0, None
        self._screen = np.zeros(self._shape, np.uint8)  # BGRA, nothing drawn
        self._before = self._screen

    def _dispose(self) -> None:
        """Take away the frame before, where it says so."""
        if self._last is None:
            return
        left, top, width, height = self._last.box
        if self._last.disposal == _TO_BACKGROUND:
            self._screen[top : top + height, left : left + width] = 0
        elif self._last.disposal == _TO_PREVIOUS:
            self._screen = self._before
        self._last = None

    def _draw(self, frame: Frame) -> None:
        """Put a frame over what is on the screen."""
        left, top, width, height = frame.box
        if left + width > self._shape[1] or top + height > self._shape[0]:
            raise damaged("GIF")
        pixels, _ = decode_pixels(_cut_out(self._data, frame))
        if frame.disposal == _TO_PREVIOUS:
            self._before = self._screen.copy()
        place = self._screen[top : top + height, left : left + width]
        if pixels.ndim == 3 and pixels.shape[2] == 4:
            drawn = pixels[..., 3:] > 0
            np.copyto(place, pixels, where=drawn)
        else:
            place[..., :3] = pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
            place[..., 3] = 255
        self._last = frame


def _cut_out(data: bytes, frame: Frame) -> bytes:
    """A GIF of this frame alone, which fills its screen."""
    _, _, width, height = frame.box
    palette = data[_SCREEN : _SCREEN + measure_palette(data[10])]
    screen = b"GIF89a" + struct.pack("<2H", width, height) + data[10:_SCREEN] + palette
    content = data[frame.content]
    place = b"," + struct.pack("<4H", 0, 0, width, height)
    return screen + data[frame.control] + place + content[len(place) :] + b";"
