"""What a TIFF says of itself, and EXIF, which is a TIFF without a picture (TIFF 6.0, BigTIFF)."""

import contextlib
import struct
from typing import NamedTuple

from digits.picture.limits import MAX_PAGES, Header, check_packing, damaged, overloaded

MAX_TAGS = 1_000  # of one page: scanners write some 20
MAX_ALL_TAGS = 50_000  # of all pages
MAX_PIECES = 200_000  # strips or tiles: 400,000 tiles of 16 x 16 pixels took a second

# Tags by their numbers.
_NEW_KIND, _KIND = 254, 255
_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 262, 274
_SAMPLES, _STRIP_ROWS, _PLANAR, _TILE_WIDTH, _TILE_HEIGHT = 277, 278, 284, 322, 323
_LOGARITHMIC = (32844, 32845)  # photometric: OpenCV makes 32-bit floats of it
# What a page is that is none: a smaller version of another, or a mask.
_NEW_KINDS_OFF, _KIND_OFF = 1 | 4, 2
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
    _follow(data, start, layout)  # OpenCV counts them all before it reads the first
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


def list_pages(data: bytes | bytearray) -> list[int]:
    """Where the directory of each page is; what is cut off or damaged counts as a page as well.

    Raises:
        PictureError: there are too many, perhaps because one follows itself, or they have more
            pixels or tags than so many pages should.
    """
    try:
        layout, start = _read_layout(data)
        starts = _follow(data, start, layout)
    except struct.error:
        return [0]
    pages, pixels, entries = [], 0, 0
    for start in starts if len(starts) > 1 else ():
        tags: dict[int, int] = {}
        with contextlib.suppress(struct.error, OverflowError):  # told where it is decoded
            tags, count = _read_tags(data, start, layout)
            entries += count
        if entries > MAX_ALL_TAGS:
            raise overloaded("TIFF", "tags", MAX_ALL_TAGS)
        if pages and (tags.get(_NEW_KIND, 0) & _NEW_KINDS_OFF or tags.get(_KIND) == _KIND_OFF):
            continue
        pages.append(start)
        pixels += max(0, tags.get(_WIDTH, 0)) * max(0, tags.get(_HEIGHT, 0))
    check_packing("TIFF", pixels, len(data))
    return pages or starts


def turn_to_page(data: bytearray, start: int) -> None:
    """Make the page whose directory is at `start` the first one, in place."""
    layout, _ = _read_layout(data)
    struct.pack_into(layout.order + layout.offset, data, 8 if layout.offset == "Q" else 4, start)


def _follow(data: bytes | bytearray, start: int, layout: _Layout) -> list[int]:
    """Where the directories are that follow one another, the first at `start`.

    Raises:
        PictureError: there are more than MAX_PAGES, perhaps one that follows itself.
    """
    starts = []
    while start:
        starts.append(start)
        if len(starts) > MAX_PAGES:
            raise overloaded("TIFF", "pages", MAX_PAGES)
        try:
            (count,) = struct.unpack_from(layout.order + layout.count, data, start)
            end = start + struct.calcsize("=" + layout.count) + layout.entry * count
            (start,) = struct.unpack_from(layout.order + layout.offset, data, end)
        except (struct.error, OverflowError):  # cut off
            break
    return starts


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
