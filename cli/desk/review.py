"""The page on which a person checks what was read: doubtful first, corrected with a few keys."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from cli.inputs import STDIN, Source, name_copies, name_copy, name_page_copy, needs_copy
from cli.output import Outcome, measure_confidence
from cli.script import print_note
from digits.errors import UserError, printable
from digits.files import check_folder, write_file

PAGE_NAME = "index.html"
TEMPLATE = Path(__file__).with_name("review.html")
_MADE_HERE = b"<!-- made by predict.py --output"
_NO_DATA = '<script type="application/json" id="data">{}</script>'


class Row(NamedTuple):
    """One page of a picture."""

    file: str  # its name as the user wrote it
    label: str  # its name in labels.csv, empty where it has none (standard input)
    picture: str  # address of what is shown, as seen from the page
    written: str  # what was read, lines joined by "|"
    confidence: float | None  # the lowest; None where nothing was read
    percent: str  # the same for people
    sure: bool
    error: str
    page: int = 1  # counted from 1
    pages: int = 1  # of the picture


def plan_copies(sources: Sequence[Source], output: str) -> list[Path]:
    """Where each picture's annotated copy goes; a note says which ones are not called as usual.

    Raises:
        UserError: the output folder cannot be written to, or holds a page of another program.
    """
    folder = check_folder(output)
    _check_page(folder / PAGE_NAME)
    copies = name_copies(sources, folder)
    for source, copy in zip(sources, copies, strict=True):
        if copy.name != name_copy(source):
            text = f"{printable(source.name)}: the copy is {printable(copy)}; "
            print_note(text + f"{printable(name_copy(source))} is another picture's")
    return copies


def write_review(
    outcomes: Iterable[Outcome], sources: Sequence[Source], copies: Sequence[Path]
) -> Iterator[Outcome]:
    """The outcomes as they come; after the last one the page is written, beside the copies."""
    folder = find_folder(sources)
    rows = []
    number = 0
    for outcome in outcomes:
        rows.append(make_row(outcome, sources[number], copies[number], folder=folder))
        number += outcome.page == outcome.pages  # else more pages of it follow
        yield outcome
    write_page(copies[0].with_name(PAGE_NAME), rows, folder=folder)


def make_row(outcome: Outcome, source: Source, copy: Path, *, folder: str) -> Row:
    """What is shown of one page of a picture.

    Args:
        outcome: what came of it.
        source: the picture.
        copy: where its annotated copy is, or those of its pages are.
        folder: what its name in labels.csv hangs on.
    """
    from digits.reading import NO_DIGIT, format_percent  # loaded by whoever made the reading

    reading = outcome.reading
    confidence = measure_confidence(reading) if reading else None
    named = source.name != STDIN
    if reading or (outcome.error == NO_DIGIT and needs_copy(source.name, outcome.pages)):
        shown = name_page_copy(copy, outcome.page, outcome.pages).name
    else:
        shown = _find_address(source, copy.parent) if named else ""
    return Row(
        file=printable(source.name),
        label=_make_relative(source.name, folder) if named else "",
        picture=quote(shown),
        written=reading.written.replace("\n", "|") if reading else "",
        confidence=confidence,
        percent="" if confidence is None else format_percent(confidence),
        sure=bool(reading and reading.sure and not outcome.error),
        error=printable(outcome.error),
        page=outcome.page,
        pages=outcome.pages,
    )


def write_page(path: Path, rows: Sequence[Row], *, folder: str) -> None:
    """Write the page.

    Args:
        path: where to, beside the annotated copies.
        rows: the pictures in the order of the files.
        folder: where the pictures are, and so where labels.csv belongs.

    Raises:
        UserError: it cannot be written.
    """
    data = {"folder": printable(folder), "pictures": [row._asdict() for row in rows]}
    text = json.dumps(data, allow_nan=False).replace("<", "\\u003c")  # no name can end the script
    page = TEMPLATE.read_text(encoding="utf-8")
    page = page.replace(_NO_DATA, _NO_DATA.replace("{}", text))
    write_file(path, page.encode())


def find_folder(sources: Sequence[Source]) -> str:
    """The deepest folder that holds all the pictures, as the user wrote it."""
    names = [source.name for source in sources if source.name != STDIN]
    folders = {os.path.dirname(name) or os.curdir for name in names}
    try:
        return os.path.commonpath(folders or {os.curdir}) or os.curdir
    except ValueError:  # relative and absolute names, or two drives
        return os.curdir


def _make_relative(name: str, folder: str) -> str:
    """The picture's name as seen from the folder, with `/` on every system."""
    try:
        return Path(os.path.relpath(name, folder)).as_posix()
    except ValueError:  # another drive
        return Path(os.path.abspath(name)).as_posix()


def _find_address(source: Source, folder: Path) -> str:
    """Where the picture itself is, as seen from the page: a browser may be able to show it."""
    return _make_relative(os.path.abspath(source.name), str(folder.resolve()))


def _check_page(path: Path) -> None:
    """Make sure that there is no page, or one made here."""
    try:
        with open(path, "rb") as file:
            ours = _MADE_HERE in file.read(200)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(f"{printable(path)}: cannot be replaced: {error.strerror}") from None
    if not ours:
        raise UserError(f"{printable(path)}: is another program's page; name another folder")
