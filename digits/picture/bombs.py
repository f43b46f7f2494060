"""A closer look at a picture that takes long: whether more is packed into it than it needs.

Unpacking twice would cost every good PNG a third of its time, so only one whose decoding has taken
a second is looked at. What is found depends on the file alone, never on the time.
"""

import zlib
from collections.abc import Iterator

import numpy as np

from digits.picture.limits import Header, PictureError, overloaded

SLACK = 1_000_000  # bytes that may be packed behind the last pixel of a PNG
PIECE = 16_384  # bytes unpacked at a time: to 16 MB at most
MAX_BLOCKS = 300_000  # of a GIF's frame, 255 bytes each in all programs
# An LZW decoder starts anew at each clear code, for which OpenCV's takes 4 microseconds. There is
# one for each 3,800 codes, or for each 254 pixels where a program does not pack at all.
FREE_CLEARS = 1_000
CLEAR_PIXELS = 254
MOST_BITS = 12  # of a code (GIF89a, appendix F)
AT_ONCE = 512  # codes: fewer are looked at slowly, more for nothing where the next is a clear code

_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by the PNG's colour type
# Adam7, the passes of an interlaced PNG: first column and row, steps to the right and down.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
_PASSES += ((0, 1, 1, 2),)


def check_unpacked(data: bytes, header: Header) -> None:
    """Nothing, for a PNG or a GIF into which no more is packed than its pixels.

    Raises:
        PictureError: it keeps the decoder busy with something else.
    """
    if header.kind == "PNG":
        too_much = _unpacks_to_more(data, _count_png_bytes(data) + SLACK)
    else:
        too_much = _clears_more(data, FREE_CLEARS + header.width * header.height // CLEAR_PIXELS)
    if too_much:
        text = f"has far more packed into it than its pixels ({header.kind}); export it again"
        raise PictureError(text)


def _count_png_bytes(data: bytes) -> int:
    """How many bytes the pixels of a PNG are, unpacked: each row with one byte in front."""
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    bits = data[24] * _SAMPLES.get(data[25], 4)
    passes = _PASSES if data[28] else ((0, 0, 1, 1),)
    total = 0
    for left, top, right, down in passes:
        columns, rows = -(-max(0, width - left) // right), -(-max(0, height - top) // down)
        total += rows * (1 + -(-columns * bits // 8)) if columns else 0
    return total


def _unpacks_to_more(data: bytes, most: int) -> bool:
    """Whether what is packed in a PNG is more than `most` bytes."""
    unpacker = zlib.decompressobj()
    unpacked = 0
    for start, end in _list_pixel_chunks(data):
        for piece in range(start, end, PIECE):
            try:
                unpacked += len(unpacker.decompress(data[piece : min(piece + PIECE, end)]))
            except zlib.error:  # here the decoder ends as well
                return False
            if unpacked > most:
                return True
            if unpacker.eof:
                return False
    return False


def _list_pixel_chunks(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the content of each IDAT chunk is."""
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            yield at + 8, at + 8 + length
        at += 12 + length


def _clears_more(data: bytes, most: int) -> bool:
    """Whether the decoder of a GIF's first frame starts anew more than `most` times."""
    try:
        bits, packed = _join_frame(data)
    except IndexError:  # cut short: the decoder ends there as well
        return False
    codes, clear = np.frombuffer(packed + bytes(3), np.uint8), 1 << min(bits, MOST_BITS - 1)
    # The book of codes grows by one entry a code, and then the codes by a bit.
    sizes = [(clear + 1 + number).bit_length() for number in range(2**MOST_BITS + AT_ONCE)]
    widths = np.clip(sizes, bits + 1, MOST_BITS)
    count = place = number = 0  # clears; bits; codes since the last clear
    while count <= most:
        now = widths[number : number + AT_ONCE]
        ends = place + np.cumsum(now)
        starts = ends - now
        starts = starts[starts < 8 * len(packed)]
        if not len(starts):
            return False
        at = starts >> 3
        three = codes[at] | codes[at + 1].astype(int) << 8 | codes[at + 2].astype(int) << 16
        values = three >> (starts & 7) & ((1 << now[: len(starts)]) - 1)
        found = np.flatnonzero((values == clear) | (values == clear + 1))
        if len(found):
            count, place, number = count + 1, int(ends[found[0]]), 0
        else:
            place, number = int(ends[-1]), min(number + AT_ONCE, 2**MOST_BITS)
    return True


def _join_frame(data: bytes) -> tuple[int, bytes]:
    """Bits of the smallest code in a GIF's first frame, and its packed pixels.

    Raises:
        IndexError: the file ends before they do.
    """
    at = 13 + measure_palette(data[10])
    while data[at] != ord(","):  # extensions: a kind, then blocks
        at = _skip_blocks(data, at + 2)[-1]
    at += 10 + measure_palette(data[at + 9])
    *starts, _ = _skip_blocks(data, at + 1)
    return data[at], b"".join(data[start + 1 : start + 1 + data[start]] for start in starts)


def measure_palette(flags: int) -> int:
    """Bytes of the palette that follows these flags."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip_blocks(data: bytes, at: int) -> list[int]:
    """Where each block begins, and at last where the next thing does."""
    starts = [at]
    while data[at]:
        at += 1 + data[at]
        starts.append(at)
        if len(starts) > MAX_BLOCKS:
            raise overloaded("GIF", "blocks", MAX_BLOCKS)
    return [*starts[:-1], at + 1]
