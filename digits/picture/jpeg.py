"""What a JPEG says of itself: size, orientation, and how much work its scans are."""

import re
import struct
from typing import NamedTuple

from digits.picture.limits import MAX_MEMORY, Header, PictureError, damaged, overloaded
from digits.picture.tiff import read_orientation

# 16 MB of comments, colour profile and depth map, 64 KB each, are 256 segments.
MAX_SEGMENTS = 10_000
MAX_SCANS = 100  # cameras, Photoshop and mozjpeg write 3 to 20
# Scans times pixels: 100 megapixels in 12 scans. The slowest kind, which refines every number of a
# 50-megapixel picture, takes 0.05 s.
MAX_SCANNED = 1_200_000_000

# Pixels of the longer side: no fewer are left of a picture that is reduced to save time, twice as
# many as are worked on.
ENOUGH = 2000

_FILL = re.compile(rb"\xff+")
_NEXT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # a marker that ends a scan
_START, _END = 0xDA, 0xD9  # of a scan, of the picture


class _Frame(NamedTuple):
    """What the frame header (ITU T.81, B.2.2) says."""

    width: int
    height: int
    channels: int
    progressive: bool
    density: float  # numbers that are stored for each pixel: 3 in full colour, 1.5 in most photos


def read_jpeg(data: bytes) -> Header:
    """Walk the segments (ITU T.81, annex B) up to the pixels, and look for the mark of the end."""
    frame = exif = None
    at = 2
    for _ in range(MAX_SEGMENTS):
        at = data.find(b"\xff", at)
        if at < 0:
            break
        at = _FILL.match(data, at).end() - 1
        marker = data[at + 1]
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:  # no length follows
            at += 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker == 0xE1 and exif is None and data[at + 4 : at + 10] == b"Exif\0\0":
            exif = data[at + 10 : at + 2 + length]
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frame = _read_frame(data, at)
        elif marker == _START:
            header = _read_pixels(data, at, frame)
            return header if exif is None else header._replace(orientation=read_orientation(exif))
        at += 2 + length
    else:
        raise overloaded("JPEG", "segments", MAX_SEGMENTS)
    raise damaged("JPEG")


def _read_frame(data: bytes, at: int) -> _Frame:
    """The frame header that begins at `at`."""
    height, width, channels = struct.unpack_from(">HHB", data, at + 5)
    factors = [data[at + 11 + 3 * number] for number in range(channels)]
    across, down = [factor >> 4 for factor in factors], [factor & 15 for factor in factors]
    most = max(across, default=0) * max(down, default=0)
    if not most or not width or not height:
        raise damaged("JPEG")
    density = sum(x * y for x, y in zip(across, down, strict=True)) / most
    return _Frame(width, height, channels, data[at + 1] in (0xC2, 0xCA), density)


def _read_pixels(data: bytes, at: int, frame: _Frame | None) -> Header:
    """The header of a picture whose first scan begins at `at`."""
    if frame is None:
        raise damaged("JPEG")
    whole = frame.progressive or data[at + 4] < frame.channels  # all is kept until the last scan
    if whole:
        _check_scans(data, at, frame.width * frame.height)
    elif data.rfind(b"\xff\xd9", at) < 0:  # from behind: 3 ms less for a phone's photo
        raise damaged("JPEG")
    memory, reduced = _plan_memory(frame, len(data), whole=whole)
    return Header("JPEG", frame.width, frame.height, memory=memory, reduced=reduced)


def _check_scans(data: bytes, at: int, pixels: int) -> None:
    """Walk the scans up to the mark of the end.

    Raises:
        PictureError: there is none, or there are too many scans.
    """
    scans = 0
    for _ in range(MAX_SEGMENTS):
        marker = data[at + 1]
        if marker == _END:
            return
        scans += marker == _START
        if scans > min(MAX_SCANS, MAX_SCANNED // pixels + 1):
            raise PictureError(f"has {scans} scans or more (JPEG), too many; export it again")
        if marker not in (0x01, 0xD8):
            at += struct.unpack_from(">H", data, at + 2)[0]
        found = _NEXT.search(data, at + 2)
        if found is None:
            raise damaged("JPEG")
        at = found.start()
    raise overloaded("JPEG", "segments", MAX_SEGMENTS)


def _plan_memory(frame: _Frame, file_size: int, *, whole: bool) -> tuple[int, int]:
    """How much memory decoding takes, and by how much the picture is reduced for that.

    One of twice ENOUGH pixels is reduced in any case: it is decoded in half the time. Measured:
    OpenCV holds the pixels twice when it hands them out; libjpeg all numbers of the picture, 16
    bits each, where it has more than one scan. A grey picture becomes a coloured one.
    """
    pixels = frame.width * frame.height
    kept = round(2 * frame.density * pixels) if whole else 0
    plenty = max(frame.width, frame.height) // ENOUGH
    for reduced in (1, 2, 4, 8):
        if reduced < 8 and plenty >= 2 * reduced:
            continue
        part = pixels // reduced**2
        memory = max(kept + 3 * part, (6 if frame.channels > 1 else 5) * part)
        if file_size + memory <= MAX_MEMORY:
            break
    return memory, reduced
