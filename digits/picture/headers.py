"""What a picture file says of itself before a pixel is decoded: format, size, which way is up.

Reading this first makes damage and oversize one clear line: OpenCV decodes a JPEG that was cut
short as if nothing were missing, and asks for gigabytes when a PNG's chunk length lies. Every
format has its size read here, so that the limits hold even where OpenCV has none: it reads its own
from the environment when it is imported, which a program may have done before it imports `digits`.
"""

import struct
from collections.abc import Callable
from importlib import import_module

from digits.picture.limits import Header, PictureError, check_header, damaged

_COMMON = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
_RARE = (".heic", ".heif", ".avif", ".jp2", ".dib", ".pbm", ".pgm", ".ppm", ".pnm", ".pdf")
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
# What reading the header of a damaged file may raise: it ends too early, or it names a place that
# is beyond every file.
_DAMAGE = (struct.error, IndexError, OverflowError)


def read_header(data: bytes) -> Header:
    """Format, size and orientation of the picture in `data`, decoding nothing.

    Raises:
        PictureError: no picture, cut short, or more work than any picture should be.
    """
    kind = identify(data)
    try:
        header = _find_reader(kind)(data)
    except _DAMAGE:
        raise damaged(kind) from None
    return check_header(header, len(data))


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


# The module beside this one, and the function in it, that reads the header of a format.
_READERS = {
    "JPEG": ("jpeg", "read_jpeg"),
    "PNG": ("raster", "read_png"),
    "WebP": ("raster", "read_webp"),
    "GIF": ("raster", "read_gif"),
    "BMP": ("raster", "read_bmp"),
    "TIFF": ("tiff", "read_tiff"),
    "BigTIFF": ("tiff", "read_tiff"),
    "PNM": ("raster", "read_pnm"),
    "Radiance": ("raster", "read_radiance"),
    "Sun raster": ("raster", "read_sun"),
    "HEIC": ("boxes", "read_heic"),
    "AVIF": ("boxes", "read_avif"),
    "JPEG 2000": ("boxes", "read_jpeg_2000"),
}


def _find_reader(kind: str) -> Callable[[bytes], Header]:
    """What reads this format; the modules for others are not imported: 1 ms each."""
    module, name = _READERS[kind]
    return getattr(import_module(f"digits.picture.{module}"), name)
