"""What a TIFF says of itself, and EXIF, which is a TIFF without a picture (TIFF 6.0, BigTIFF)."""

import contextlib
import struct
from typing import NamedTuple

from digits.picture.limits import Header, damaged, overloaded

MAX_TAGS = 1_000  # of one page: scanners write some 20
MAX_PAGES = 10_000  # OpenCV counts them all before it reads the first
MAX_PIECES = 200_000  # strips or tiles: 400,000 tiles of 16 x 16 pixels took a second

# Tags by their numbers.
_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 262, 274
_SAMPLES, _STRIP_ROWS, _PLANAR, _TILE_WIDTH, _TILE_HEIGHT = 277, 278, 284, 322, 323
_LOGARITHMIC = (32844, 32845)  # photometric: OpenCV makes 32-bit floats of it
# The whole numbers among the field types, the unsigned ones first.
_TYPES = {1: "B", 3: "H", 4: "L", 16: "Q", 6: "b", 8: "h", 9: "l", 17: "q"}


class _Layout(NamedTuple):
    """How the directories of a file are written."""

    order: str  # < or >, as in struct
    offset: str  # the format of an offset, as in struct
    count: str  # of the number of entries
    entry: int  # bytes of an entry, of which an offset's are its value


def read_tiff(data: bytes) -> Header:
    """Size and memory; no orientation, since OpenCV turns a TIFF whatever it is asked for."""
    layout, start = _read_layout(data)
    tags, count = _read_tags(data, start, layout)
    width, height = tags.get(_WIDTH, 0), tags.get(_HEIGHT, 0)
    samples = max(1, tags.get(_SAMPLES, 1))
    if width <= 0 or height <= 0 or count > MAX_TAGS:
        raise damaged("TIFF")
    _check_pages(data, start, layout)
    rows = min(max(0, tags.get(_STRIP_ROWS, 0)) or height, height)
    tile = (max(0, tags.get(_TILE_WIDTH, 0)) or width, max(0, tags.get(_TILE_HEIGHT, 0)) or rows)
    pieces = -(-width // tile[0]) * -(-height // tile[1])
    if pieces * (samples if tags.get(_PLANAR) == 2 else 1) > MAX_PIECES:
        raise overloaded("TIFF", "strips or tiles", MAX_PIECES)
    grey = tags.get(_PHOTOMETRIC) in (0, 1) and samples == 1
    bits = 32 if tags.get(_PHOTOMETRIC) in _LOGARITHMIC else tags.get(_BITS, 1)
    memory = _plan_memory(width * height, tile[0] * tile[1], 1 if grey else max(3, samples), bits)
    return Header("TIFF", width, height, memory=memory)


def read_orientation(exif: bytes) -> int:
    """The orientation 1..8 in EXIF data, 1 where there is none."""
    try:
        layout, start = _read_layout(exif)
        orientation = _read_tags(exif, start, layout)[0].get(_ORIENTATION, 1)
    except (struct.error, OverflowError):  # broken EXIF does not make the picture unreadable
        return 1
    return orientation if 1 <= orientation <= 8 else 1


def _plan_memory(pixels: int, tile: int, channels: int, bits: int) -> int:
    """Bytes that decoding takes, `pixels` in pieces of `tile` pixels.

    Measured: beside the picture OpenCV has one piece in memory, of four bytes a pixel where they
    are 8 bit; it holds the picture twice when it hands it out.
    """
    depth = next((depth for depth in (1, 2, 4) if bits <= 8 * depth), 8)
    piece = tile * (4 if depth == 1 else channels * (depth if bits == 8 * depth else 2 * depth))
    image = pixels * channels * depth
    return max(image + piece, 2 * image, 5 * pixels)


def _check_pages(data: bytes, start: int, layout: _Layout) -> None:
    """Nothing, for a file with no more than MAX_PAGES directories.

    Raises:
        PictureError: it has more, perhaps one that follows itself.
    """
    for _ in range(MAX_PAGES):
        try:
            (count,) = struct.unpack_from(layout.order + layout.count, data, start)
            end = start + struct.calcsize("=" + layout.count) + layout.entry * count
            (start,) = struct.unpack_from(layout.order + layout.offset, data, end)
        except (struct.error, OverflowError):  # the last is cut off: it is not the first
            return
        if start == 0:
            return
    raise overloaded("TIFF", "pages", MAX_PAGES)


def _read_layout(data: bytes) -> tuple[_Layout, int]:
    """How the file's directories are written, and where the first one is."""
    order = "<" if data[:2] == b"II" else ">"
    if data[2:4] in (b"+\0", b"\0+"):
        return _Layout(order, "Q", "Q", 20), struct.unpack_from(order + "Q", data, 8)[0]
    return _Layout(order, "L", "H", 12), struct.unpack_from(order + "L", data, 4)[0]


def _read_tags(data: bytes, start: int, layout: _Layout) -> tuple[dict[int, int], int]:
    """The first value of each whole-number tag in a directory, and how many entries it has."""
    order, value_size = layout.order, struct.calcsize("=" + layout.offset)
    (count,) = struct.unpack_from(order + layout.count, data, start)
    first = start + struct.calcsize("=" + layout.count)
    tags: dict[int, int] = {}
    for entry in range(first, first + layout.entry * min(count, MAX_TAGS), layout.entry):
        tag, kind, values = struct.unpack_from(order + "HH" + layout.offset, data, entry)
        if kind in _TYPES:
            place = entry + layout.entry - value_size
            with contextlib.suppress(struct.error, OverflowError):  # of a tag, not of the picture
                if values * struct.calcsize("=" + _TYPES[kind]) > value_size:
                    (place,) = struct.unpack_from(order + layout.offset, data, place)
                (value,) = struct.unpack_from(order + _TYPES[kind], data, place)
                tags.setdefault(tag, value)
    return tags, count
