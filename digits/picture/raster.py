"""What PNG, WebP, GIF, BMP, PNM, Radiance and Sun raster files say of themselves.

The bytes of memory that a pixel takes are measured: OpenCV holds the picture twice when it hands
it out, and a grey picture, which becomes a coloured one, takes 5 bytes a pixel at the least.
"""

import re
import struct

from digits.picture.limits import Header, damaged, overloaded
from digits.picture.tiff import read_orientation

MAX_CHUNKS = 100_000  # 200 MB in the 8 KB pieces that many programs write are 25,000
MAX_PACKED_TEXT = 100_000  # bytes: libpng unpacks them, twice, to as much as 100 MB
MAX_TEXT = 4_096  # bytes of the lines before the pixels of a PNM or a Radiance picture
# From so many bytes of packed pixels on, a second of decoding does not prove that there are many.
DOUBTFUL_PNG = 250_000
DOUBTFUL_GIF = 100_000

_PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 4, 6: 4}  # by colour type, as OpenCV hands them out
_PNM_NUMBER = re.compile(rb"(?:[ \t\n\v\f\r]|#[^\n\r]*[\n\r])*([0-9]+)")
_PAM_FIELD = re.compile(rb"(WIDTH|HEIGHT|DEPTH|MAXVAL)[\s+]+([0-9]+)")
_RADIANCE = b"FORMAT=32-bit_rle_rgbe\n"
_RADIANCE_SIZE = re.compile(rb"\n-Y ([0-9]+) \+X ([0-9]+)\n")


def read_png(data: bytes) -> Header:
    """Walk all chunks: each must lie within the file, and the last be IEND."""
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    channels, copies = _PNG_CHANNELS.get(colour, 4), 2
    exif = None
    packed = text = 0
    at = 8
    for _ in range(MAX_CHUNKS):
        if at + 12 > len(data):
            break
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"IDAT":
            packed += length
        elif name == b"IEND":
            memory = max(copies * channels * (2 if depth == 16 else 1), 5) * width * height
            orientation = 1 if exif is None else read_orientation(exif)
            return Header("PNG", width, height, orientation, memory, doubt=packed > DOUBTFUL_PNG)
        elif name == b"eXIf" and exif is None:
            exif = data[at + 8 : at + 8 + length]
        elif name == b"acTL":  # an animation: OpenCV has four pictures in memory
            copies = 4
        elif name == b"tRNS" and colour in (2, 3):
            channels = 4
        elif name == b"zTXt" or (name == b"iTXt" and _is_packed(data, at + 8)):
            text += length
            if text > MAX_PACKED_TEXT:
                raise overloaded("PNG", "bytes of packed text", MAX_PACKED_TEXT)
        elif not name.isalpha():
            break
        at += 12 + length
    else:
        raise overloaded("PNG", "chunks", MAX_CHUNKS)
    raise damaged("PNG")


def _is_packed(data: bytes, at: int) -> bool:
    """Whether the international text at `at` is packed: a keyword, a zero, a one."""
    return data[data.find(b"\0", at, at + 80) + 1] != 0


def read_webp(data: bytes) -> Header:
    """Walk the chunks (developers.google.com/speed/webp/docs/riff_container), all of them there."""
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise damaged("WebP")
    width, height, cost = _read_webp_size(data)
    orientation = 1
    at = 12
    for _ in range(MAX_CHUNKS):
        if at + 8 > len(data):
            return Header("WebP", width, height, orientation, cost * width * height)
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"EXIF":
            exif = data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0")
            orientation = read_orientation(exif)
            at = len(data)
        at += 8 + length + length % 2
    raise overloaded("WebP", "chunks", MAX_CHUNKS)


def _read_webp_size(data: bytes) -> tuple[int, int, int]:
    """Width, height and bytes a pixel, by whichever of the three kinds the first chunk is."""
    name = data[12:16]
    if name == b"VP8X":
        animated = data[20] & 2
        sides = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        return *sides, 12 if animated else 8
    if name == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), 8
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF, 6


def read_gif(data: bytes) -> Header:
    """The size of the screen that the frames are drawn on (GIF89a, section 18)."""
    width, height = struct.unpack_from("<HH", data, 6)
    memory = 20 * width * height
    return Header("GIF", width, height, memory=memory, doubt=len(data) > DOUBTFUL_GIF)


def read_bmp(data: bytes) -> Header:
    """The size, which the oldest of the headers (12 bytes) has in 16 bits."""
    (size,) = struct.unpack_from("<I", data, 14)
    width, height, _, bits = struct.unpack_from("<HHHH" if size == 12 else "<iiHH", data, 18)
    width, height = abs(width), abs(height)  # a negative height: the rows run downwards
    return Header("BMP", width, height, memory=(8 if bits == 32 else 6) * width * height)


def read_pnm(data: bytes) -> Header:
    """The numbers before the pixels of a portable map, P1 to P7."""
    if data[1:2] == b"7":
        return _read_pam(data)
    numbers, at = [], 2
    for _ in range(2 if data[1] in b"14" else 3):
        found = _PNM_NUMBER.match(data, at, MAX_TEXT)
        if found is None or found.end() == MAX_TEXT:
            raise damaged("PNM")
        numbers.append(int(found[1]))
        at = found.end() + 1
    width, height, *most = numbers
    cost = (6 if data[1] in b"36" else 5) * (2 if most and most[0] > 255 else 1)
    return Header("PNM", width, height, memory=cost * width * height)


def _read_pam(data: bytes) -> Header:
    """The same of a portable arbitrary map; a field that is there twice counts as the larger."""
    lines, end, _ = data[:MAX_TEXT].partition(b"ENDHDR")
    fields = {b"WIDTH": 0, b"HEIGHT": 0, b"DEPTH": 1, b"MAXVAL": 1}
    for name, value in _PAM_FIELD.findall(lines):
        fields[name] = max(fields[name], int(value))
    width, height, channels, most = fields.values()
    if not end:
        raise damaged("PNM")
    cost = max(2 * channels * (2 if most > 255 else 1), 5)
    return Header("PNM", width, height, memory=cost * width * height)


def read_radiance(data: bytes) -> Header:
    """The size in the line before the pixels, as OpenCV demands it; three floats a pixel."""
    start = data.find(_RADIANCE, 0, MAX_TEXT)
    found = _RADIANCE_SIZE.match(data, start + len(_RADIANCE), MAX_TEXT)
    if start < 0 or found is None:
        raise damaged("Radiance")
    height, width = int(found[1]), int(found[2])
    return Header("Radiance", width, height, memory=24 * width * height)


def read_sun(data: bytes) -> Header:
    """The size in the header of a Sun raster."""
    width, height = struct.unpack_from(">II", data, 4)
    return Header("Sun raster", width, height, memory=8 * width * height)
