"""What `--image` names: picture files, folders of them, standard input; what copies are called."""

import io
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from digits.errors import UserError, printable
from digits.files import read_file, read_stream
from digits.picture.headers import PICTURE_SUFFIXES

STDIN = "-"
LABELS_FILE = "labels.csv"  # what is written in each picture of a folder
COPY_SUFFIX = ".read.png"
_WITH_PAGES = (".tif", ".tiff", ".gif", ".pdf")
_NOT_IN_BROWSERS = (".tif", ".tiff", ".pdf")


class Source(NamedTuple):
    """One picture to read: its name as the user wrote it, and what is known to be wrong with it."""

    name: str
    error: str = ""
    data: bytes | None = None  # what is in the file, where somebody else has read it


def find_sources(names: Iterable[str], *, recursive: bool = False) -> list[Source]:
    """The pictures that `names` stand for, in that order.

    A folder stands for the pictures in it, and in its subfolders where `recursive` says so. A
    pattern such as `*.png` stands for what it matches, as a shell has it; a file of that very name
    goes before. What is missing, or a folder without pictures, comes back as a Source with its
    error.
    """
    sources: list[Source] = []
    for name in names:
        if name == STDIN:
            sources.append(Source(name))
            continue
        paths = [name] if os.path.lexists(name) else _match_pattern(name)
        for path in paths:
            sources += _list_folder(path, recursive) if os.path.isdir(path) else [_find_file(path)]
        if not paths:
            sources.append(Source(name, "no such file; check the name"))
    return sources


def shorten_path(path: Path) -> str:
    """The path as a person in the working directory would write it: relative if it is below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):  # it is elsewhere, or the working directory was deleted
        return str(path)


def list_pictures(folder: str | os.PathLike, *, recursive: bool = False) -> list[Path]:
    """The files in a folder that have a picture's suffix, sorted by name.

    Left out are hidden files (macOS leaves `._NAME.jpg` that are no pictures), annotated copies,
    and subfolders, unless `recursive` wants what is in them, after the folder's own files.

    Raises:
        UserError: the folder cannot be listed.
    """
    try:
        paths = sorted(Path(folder).iterdir())
    except OSError as error:
        raise UserError(f"{printable(folder)}: cannot be listed: {error.strerror}") from None
    pictures = [path for path in paths if is_picture_name(path.name) and path.is_file()]
    for path in paths if recursive else ():
        if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
            pictures += list_pictures(path, recursive=True)
    return pictures


def read_source(source: Source) -> bytes:
    """The bytes of the picture file, or of standard input.

    Raises:
        UserError: they cannot be read.
    """
    if source.data is not None:
        return read_stream(io.BytesIO(source.data), source.name)
    if source.name != STDIN:
        return read_file(source.name)
    if sys.stdin is None:  # closed by whoever started the process
        raise UserError("-: standard input is closed; pipe a picture into it")
    if sys.stdin.isatty():
        raise UserError("-: standard input is a terminal; pipe a picture into it")
    try:
        return read_stream(sys.stdin.buffer, STDIN)
    except OSError as error:
        raise UserError(f"-: standard input cannot be read: {error.strerror}") from None


def name_copies(sources: Sequence[Source], folder: Path) -> list[Path]:
    """Where the annotated copy of each picture goes: `folder/NAME.EXT.read.png`.

    Where two pictures from different folders have the same name, and where the copy, or that of a
    page, would land on one of the pictures, a number is put in: `NAME.EXT.2.read.png`.
    """
    copies: dict[str, Path] = {}  # by the picture's real path: the same picture has one copy
    taken = {_fold_pages(source.name) for source in sources}
    for source in sources:
        if _fold(source.name) not in copies:
            copies[_fold(source.name)] = copy = _find_free(source, folder, taken)
            taken.add(_fold_pages(copy))
    return [copies[_fold(source.name)] for source in sources]


def name_copy(source: Source, number: int = 1) -> str:
    """What the annotated copy of a picture is called; from `number` 2 on, that number is in it."""
    name = "stdin" if source.name == STDIN else os.path.basename(source.name)
    return f"{name}{COPY_SUFFIX}" if number == 1 else f"{name}.{number}{COPY_SUFFIX}"


def name_page_copy(copy: Path, page: int, pages: int) -> Path:
    """Where the copy of one page goes: `NAME.EXT#2.read.png` where there are several."""
    if pages == 1:
        return copy
    return copy.with_name(f"{copy.name.removesuffix(COPY_SUFFIX)}#{page}{COPY_SUFFIX}")


def has_pages(name: str) -> bool:
    """Whether a file of this name may well have several pages."""
    return name == STDIN or name.lower().endswith(_WITH_PAGES)


def needs_copy(name: str, pages: int) -> bool:
    """Whether no browser shows this page of the picture itself."""
    return pages > 1 or name.lower().endswith(_NOT_IN_BROWSERS)


def _match_pattern(pattern: str) -> list[str]:
    """The files and folders that a pattern matches, sorted."""
    import glob  # which names of files need not wait for

    return sorted(glob.glob(pattern))


def _find_file(name: str) -> Source:
    return Source(name, "" if os.path.exists(name) else "no such file; check the name")


def find_delimiter(header: str) -> str:
    """What parts the columns of a CSV file with this first line: a comma, or a semicolon."""
    return ";" if header.count(";") > header.count(",") else ","


def _list_folder(name: str, recursive: bool) -> list[Source]:
    """The pictures of one folder, or one Source that says why there are none."""
    try:
        sources = [Source(str(path)) for path in list_pictures(name, recursive=recursive)]
    except UserError as error:
        return [Source(name, str(error).removeprefix(f"{printable(name)}: "))]
    if sources:
        return sources
    if not recursive and any(path.is_dir() for path in Path(name).iterdir()):
        return [Source(name, "no pictures in this folder, only subfolders; add --recursive")]
    return [Source(name, "no pictures in this folder; name one with PNG or JPEG files")]


def is_picture_name(name: str) -> bool:
    """Whether a file's name promises a picture to be read."""
    lower = name.lower()
    hidden = lower.startswith(".")
    return os.path.splitext(lower)[1] in PICTURE_SUFFIXES and not (
        hidden or lower.endswith(COPY_SUFFIX)
    )


def _find_free(source: Source, folder: Path, taken: set[str]) -> Path:
    """The first name for the copy that no picture and no other copy has."""
    number = 1
    while _fold_pages(folder / name_copy(source, number)) in taken:
        number += 1
    return folder / name_copy(source, number)


def _fold(path: str | os.PathLike) -> str:
    """The real path, without regard to case: on macOS and Windows `A.png` and `a.png` are one."""
    return os.path.realpath(path).casefold()


def _fold_pages(path: str | os.PathLike) -> str:
    """The same, and alike for the copies of all pages of a picture."""
    return re.sub(rf"#[0-9]+(?={re.escape(COPY_SUFFIX)}$)", "", _fold(path))
