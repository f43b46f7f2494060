"""What HEIC, AVIF and JPEG 2000 say of themselves: pictures in boxes (ISO/IEC 14496-12)."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from digits.picture.limits import Header, PictureError, damaged, overloaded

MAX_BOXES = 10_000  # side by side
# Bytes of memory that a pixel takes while it is decoded, measured.
HEIC_COST = 7
AVIF_COST, DEEP_AVIF_COST = 18, 44  # 8 bit; more bits, or transparency
JPEG_2000_COST = 6  # for each channel

_CODESTREAM = b"\xff\x4f\xff\x51"  # JPEG 2000: its start and, always next, its size


class _Box(NamedTuple):
    """A box: its name, and where its content is."""

    name: bytes
    start: int
    end: int


def read_heic(data: bytes) -> Header:
    """The largest size that is named: the picture's, not its tiles'. libheif holds it to that."""
    width, height, _ = _read_properties(data)
    return Header("HEIC", width, height, memory=HEIC_COST * width * height)


def read_avif(data: bytes) -> Header:
    """The largest size that is named."""
    if any(box.name == b"moov" for box in _list_boxes(data, 0, len(data))):
        raise PictureError("is an AVIF animation; give one frame of it as PNG or JPEG")
    width, height, deep = _read_properties(data)
    if not width or not height:
        raise damaged("AVIF")
    cost = DEEP_AVIF_COST if deep else AVIF_COST
    return Header("AVIF", width, height, memory=cost * width * height)


def read_jpeg_2000(data: bytes) -> Header:
    """The size in the codestream (ITU T.800, A.5.1), by itself or in a box."""
    boxes = _list_boxes(data, 0, len(data)) if data.startswith(b"\0\0\0\x0c") else ()
    start = next((box.start for box in boxes if box.name == b"jp2c"), 0)
    if not data.startswith(_CODESTREAM, start):
        raise damaged("JPEG 2000")
    right, bottom, left, top = struct.unpack_from(">4I", data, start + 8)
    (channels,) = struct.unpack_from(">H", data, start + 40)
    width, height = max(0, right - left), max(0, bottom - top)
    memory = JPEG_2000_COST * channels * width * height
    return Header("JPEG 2000", width, height, memory=memory)


def _read_properties(data: bytes) -> tuple[int, int, bool]:
    """Width and height of the largest image in the file; whether one is deep, or transparent."""
    width = height = 0
    deep = False
    for holder in _find_boxes(data, b"meta", b"iprp", b"ipco"):
        for box in _list_boxes(data, holder.start, holder.end):
            if box.name == b"ispe":
                size = struct.unpack_from(">II", data, box.start + 4)
                width, height = max((width, height), size, key=lambda sides: sides[0] * sides[1])
            elif box.name == b"av1C":
                deep |= data[box.start + 2] & 0x40 != 0  # more than 8 bits
            deep |= box.name == b"auxC"
    return width, height, deep


def _find_boxes(data: bytes, *path: bytes) -> list[_Box]:
    """The boxes at the end of a path of names."""
    found = [_Box(b"", 0, len(data))]
    for name in path:
        inner = [box for outer in found for box in _list_boxes(data, outer.start, outer.end)]
        skipped = 4 if name == b"meta" else 0  # its version
        found = [_Box(name, box.start + skipped, box.end) for box in inner if box.name == name]
    return found


def _list_boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    """The boxes between two places, not those within them."""
    for _ in range(MAX_BOXES):
        if start + 8 > end:
            return
        size, name = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        stop = start + size if size else end
        if not start + head <= stop <= end:
            return
        yield _Box(name, start + head, stop)
        start = stop
    raise overloaded("HEIC, AVIF or JPEG 2000", "boxes", MAX_BOXES)
