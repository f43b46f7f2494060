"""What a picture file says of itself before a pixel is decoded: format, size, which way is up.

Reading this first makes damage and oversize one clear line: OpenCV decodes a JPEG that was cut
short as if nothing were missing, and asks for gigabytes when a PNG's chunk length lies.
"""

import struct
from typing import NamedTuple

from digits import MAX_PIXELS
from digits.errors import UserError

_COMMON = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
_RARE = (".heic", ".heif", ".avif", ".jp2", ".dib", ".pbm", ".pgm", ".ppm", ".pnm")
PICTURE_SUFFIXES = frozenset(_COMMON + _RARE)

_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "BigTIFF"),
    (b"MM\0+", "BigTIFF"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"#?RADIANCE", "Radiance"),
    (b"\x59\xa6\x6a\x95", "Sun raster"),
    *((b"P%d%c" % (number, space), "PNM") for number in range(1, 8) for space in b" \t\r\n"),
)
# Of the header behind a bitmap's two letters, with which words begin as well.
_BMP_SIZES = [struct.pack("<I", size) for size in (12, 16, 40, 52, 56, 64, 108, 124)]
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")
_TO_EXPORT = "export it as PNG or JPEG"
_OTHER_FILES = (
    (b"%PDF", f"is a PDF document, not a picture; {_TO_EXPORT}"),
    (b"%!PS", f"is a PostScript document, not a picture; {_TO_EXPORT}"),
    (b"8BPS", f"is a Photoshop document; {_TO_EXPORT}"),
    (b"gimp xcf", f"is a GIMP document; {_TO_EXPORT}"),
    (b"\xff\x0a", f"is JPEG XL, which cannot be read here; {_TO_EXPORT}"),
    (b"\0\0\0\x0cJXL ", f"is JPEG XL, which cannot be read here; {_TO_EXPORT}"),
    (b"PK\x03\x04", "is an archive or an office document; take the picture out of it"),
)
_UNKNOWN = "is not a picture in a known format; give it as PNG or JPEG"
_TIFF_TYPES = {1: "B", 3: "H", 4: "L"}  # the whole numbers among the field types of TIFF 6.0


class PictureError(UserError):
    """The bytes are no picture that can be read; whoever knows the file's name puts it in front."""


class Header(NamedTuple):
    """What a picture file says of itself: 0 where this module does not read the size."""

    kind: str
    width: int = 0
    height: int = 0
    orientation: int = 1  # 1..8 as in EXIF: how the decoded pixels are still to be turned


def read_header(data: bytes) -> Header:
    """Format, size and orientation of the picture in `data`, decoding nothing.

    Raises:
        PictureError: no picture, cut short, or larger than MAX_PIXELS.
    """
    kind = identify(data)
    try:
        header = _READERS[kind](data) if kind in _READERS else Header(kind)
    except (struct.error, IndexError):  # the file ends inside its header
        raise damaged(kind) from None
    check_size(header.width, header.height)
    return header


def check_size(width: int, height: int) -> None:
    """Nothing, for a picture small enough to be decoded.

    Raises:
        PictureError: it has more than MAX_PIXELS.
    """
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"has {width} x {height} pixels, over the limit of {MAX_PIXELS // 1_000_000} "
            "megapixels; make the picture smaller"
        )


def damaged(kind: str) -> PictureError:
    """The error for a picture of format `kind` that is cut short or broken."""
    return PictureError(f"is damaged or cut short ({kind}); copy or export it again")


def identify(data: bytes) -> str:
    """The name of the picture format of `data`, by its first bytes.

    Raises:
        PictureError: it is something else, named as far as it is known.
    """
    if not data:
        raise PictureError("is empty; copy or export it again")
    for signature, kind in _SIGNATURES:
        if data.startswith(signature) and (kind != "BMP" or data[14:18] in _BMP_SIZES):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp":
        return _identify_ftyp(data)
    raise PictureError(_describe_other(data))


def _identify_ftyp(data: bytes) -> str:
    """The kind of an ISO base media file (ISO/IEC 14496-12) by its brands: HEIC or AVIF."""
    length = int.from_bytes(data[:4], "big")
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, min(length, 256), 4))]
    if any(brand in _AVIF_BRANDS for brand in brands):
        return "AVIF"
    if any(brand in _HEIF_BRANDS for brand in brands):
        return "HEIC"
    raise PictureError("is a video, not a picture; give one frame of it as PNG or JPEG")


def _describe_other(data: bytes) -> str:
    """What a file that is no picture is instead, and what to do."""
    for signature, text in _OTHER_FILES:
        if data.startswith(signature):
            return text
    start = data[:1024].lower()
    if b"<svg" in start:
        return f"is an SVG drawing, lines instead of pixels; {_TO_EXPORT}"
    if b"<html" in start or b"<!doctype html" in start:
        return "is a web page, not a picture; save the picture itself as PNG or JPEG"
    if _is_text(data[:1024]):
        return "is text, not a picture; give a picture file such as PNG or JPEG"
    return _UNKNOWN


def _is_text(start: bytes) -> bool:
    """Whether bytes are text: UTF-16 by its mark, else without control characters."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    return not any(byte < 32 and byte not in b"\t\n\v\f\r\x1b" for byte in start)


def _read_jpeg(data: bytes) -> Header:
    """Walk the segments (ITU T.81, annex B) up to the pixels, and look for the mark of the end."""
    width = height = 0
    orientation = 1
    at = 2
    while (at := data.find(b"\xff", at)) >= 0:
        marker = data[at + 1]
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:  # no length follows
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            orientation = _read_orientation(data[at + 10 : at + 2 + length])
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # frame header
            height, width = struct.unpack_from(">HH", data, at + 5)
        elif marker == 0xDA:  # pixels follow: within them FF D9 stands for nothing but their end
            if data.rfind(b"\xff\xd9", at) < 0:  # from behind: 3 ms less for a phone's photo
                break
            return Header("JPEG", width, height, orientation)
        at += 2 + length
    raise damaged("JPEG")


def _read_png(data: bytes) -> Header:
    """Walk all chunks: each must lie within the file, and the last be IEND."""
    width, height = struct.unpack_from(">II", data, 16)
    orientation = 1
    at = 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"IEND":
            return Header("PNG", width, height, orientation)
        if name == b"eXIf":
            orientation = _read_orientation(data[at + 8 : at + 8 + length])
        at += 12 + length
    raise damaged("PNG")


def _read_webp(data: bytes) -> Header:
    """Walk the chunks (developers.google.com/speed/webp/docs/riff_container), all of them there."""
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise damaged("WebP")
    width, height = _read_webp_size(data)
    at = 12
    while at + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"EXIF":
            exif = data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0")
            return Header("WebP", width, height, _read_orientation(exif))
        at += 8 + length + length % 2
    return Header("WebP", width, height)


def _read_webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from whichever of the three kinds of first chunk there is."""
    name = data[12:16]
    if name == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if name == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _read_gif(data: bytes) -> Header:
    """The size of the screen that the frames are drawn on (GIF89a, section 18)."""
    return Header("GIF", *struct.unpack_from("<HH", data, 6))


def _read_bmp(data: bytes) -> Header:
    """The size, which the oldest of the headers (12 bytes) has in 16 bits."""
    (size,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if size == 12 else "<ii", data, 18)
    return Header("BMP", abs(width), abs(height))  # a negative height: the rows run downwards


def _read_tiff(data: bytes) -> Header:
    """The size alone: OpenCV turns a TIFF by its orientation whatever it is asked for."""
    tags = _read_tags(data)
    return Header("TIFF", tags.get(256, 0), tags.get(257, 0))


def _read_orientation(exif: bytes) -> int:
    """The orientation 1..8 in EXIF data (which is a TIFF file), 1 where there is none."""
    try:
        orientation = _read_tags(exif).get(274, 1)
    except struct.error:  # broken EXIF does not make the picture unreadable
        return 1
    return orientation if 1 <= orientation <= 8 else 1


def _read_tags(tiff: bytes) -> dict[int, int]:
    """The first value of each whole-number tag in the first directory of a TIFF file."""
    order = "<" if tiff[:2] == b"II" else ">"
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    (count,) = struct.unpack_from(order + "H", tiff, start)
    tags = {}
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        tag, field_type = struct.unpack_from(order + "HH", tiff, entry)
        if field_type in _TIFF_TYPES:
            tags[tag] = struct.unpack_from(order + _TIFF_TYPES[field_type], tiff, entry + 8)[0]
    return tags


_READERS = {
    "JPEG": _read_jpeg,
    "PNG": _read_png,
    "WebP": _read_webp,
    "GIF": _read_gif,
    "BMP": _read_bmp,
    "TIFF": _read_tiff,
}
