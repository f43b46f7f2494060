"""How much of a picture is too much: told before memory or time is spent on it.

A file of a few kilobytes can ask for gigabytes, or for minutes. With these limits the worst file
takes 2 seconds and 500 MB in a whole `python predict.py`.
"""

from typing import NamedTuple

from digits.errors import UserError
from digits.files import MAX_PIXELS

MAX_SIDE = 1_000_000  # pixels: OpenCV itself refuses more than 2**20
MAX_MEMORY = 420_000_000  # bytes of the file and of all that decoding it takes
MAX_PAGES = 1_000  # of a file
MAX_PACKED = 1_000  # pixels that a byte of a file with several pages may stand for, on average


class PictureError(UserError):
    """The bytes are no picture that can be read; whoever knows the file's name puts it in front."""


class Header(NamedTuple):
    """What a picture file says of itself."""

    kind: str
    width: int = 0
    height: int = 0
    orientation: int = 1  # 1..8 as in EXIF: how the decoded pixels are still to be turned
    memory: int = 0  # bytes that decoding takes, the file's own not counted
    reduced: int = 1  # decoded at one half, a quarter or an eighth of its size: 2, 4, 8
    doubt: bool = False  # its packed pixels could take minutes to unpack, see bombs.py


def check_header(header: Header, file_size: int) -> Header:
    """The header, of a picture small enough to be decoded.

    Raises:
        PictureError: it has more than MAX_PIXELS, or would take more than MAX_MEMORY.
    """
    check_size(header.width, header.height)
    memory = file_size + header.memory
    if memory > MAX_MEMORY:
        raise PictureError(
            f"has {header.width} x {header.height} pixels, which would take "
            f"{-(-memory // 1_000_000)} MB of memory, over the limit of "
            f"{MAX_MEMORY // 1_000_000} MB; make the picture smaller"
        )
    return header


def check_size(width: int, height: int) -> None:
    """Nothing, for a picture that is neither too large nor too long.

    Raises:
        PictureError: it has more than MAX_PIXELS, or a side longer than MAX_SIDE.
    """
    size = f"has {width} x {height} pixels, over the limit of "
    if width * height > MAX_PIXELS:
        raise PictureError(f"{size}{MAX_PIXELS // 1_000_000} megapixels; make the picture smaller")
    if max(width, height) > MAX_SIDE:
        raise PictureError(f"{size}{MAX_SIDE:,} a side; make the picture smaller")


def check_packing(kind: str, pixels: int, file_size: int) -> None:
    """Nothing, for a file whose pages have together no more pixels than its size allows.

    Each page is held to the limits of a picture. This holds all of them: a few bytes say as well
    that a hundred white pages follow. Faxes have 200 to 1,000 pixels a byte.

    Raises:
        PictureError: they have more.
    """
    if pixels > MAX_PIXELS + MAX_PACKED * file_size:
        text = f"has pages of {pixels // 1_000_000} megapixels in all, too many for so small a file"
        raise PictureError(f"{text} ({kind}); export it again, or split it")


def damaged(kind: str) -> PictureError:
    """The error for a picture of format `kind` that is cut short or broken."""
    return PictureError(f"is damaged or cut short ({kind}); copy or export it again")


def overloaded(kind: str, what: str, most: int) -> PictureError:
    """The error for a picture that has more of something than any camera or program writes."""
    return PictureError(f"has more than {most:,} {what} ({kind}); export it again")
