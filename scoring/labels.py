"""Which pictures a folder of labelled handwriting holds, what is in each, and what is read in it.

Either `labels.csv` names them (columns `file,label`, perhaps `source`), or they lie in folders
called `0` to `9`.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cli.batch import group_pages, read_outcomes
from cli.inputs import LABELS_FILE, Source, find_delimiter, list_pictures
from cli.output import name_page
from digits.errors import UserError, printable, shorten
from digits.files import read_file
from digits.network import Classifier
from digits.reading import DEFAULT_THRESHOLD, NO_DIGIT
from digits.results import MARKS, Reading
from scoring.pictures import PictureResult, compare_reading

MOST_BYTES = 10_000_000  # of it: 100,000 pictures and more
_DIGITS = "0123456789"
_CHARACTERS = frozenset(_DIGITS + MARKS)


class LabelledPicture(NamedTuple):
    """A picture of a labelled folder.

    `file`: its name as the folder's owner writes it; `path`: where it is; `label`: the digits and
    marks in it, lines joined by a line feed, empty where there is no digit; `source`: whose it is,
    or empty.
    """

    file: str
    path: Path
    label: str
    source: str


class Answer(NamedTuple):
    """What was read in a labelled picture.

    `result`: what is scored; `error`: why the file could not be read, or empty; `images`: uint8
    (28, 28) each, the digits as the network saw them.
    """

    result: PictureResult
    error: str
    images: list[np.ndarray]


def find_labelled(folder: Path) -> list[LabelledPicture]:
    """The labelled pictures of a folder: at least one, in the order of the list or of the names.

    Raises:
        UserError: no such folder, no labels in it, or a list that cannot be understood.
    """
    if not folder.is_dir():
        what = "is a file; name the folder it is in" if folder.exists() else "no such folder"
        raise UserError(f"{printable(folder)}: {what}")
    if (folder / LABELS_FILE).exists():
        return read_labels(folder / LABELS_FILE)
    found = [
        LabelledPicture(f"{digit}/{path.name}", path, digit, "")
        for digit in _DIGITS
        if (folder / digit).is_dir()
        for path in list_pictures(folder / digit)
    ]
    if not found:
        raise UserError(
            f"{printable(folder)}: has no {LABELS_FILE} (columns file,label) "
            "and no pictures in folders 0 to 9"
        )
    return found


def read_labels(path: Path) -> list[LabelledPicture]:
    """The pictures that a CSV file lists; their names hang on the file's own folder.

    UTF-8, with or without a byte order mark; separated by commas or, as spreadsheets write it in
    half of the world, semicolons. In a label `|` parts lines; spaces in it do not count.

    Raises:
        UserError: the file cannot be read, lists nothing, or has a row that is not understood.
    """
    name = printable(path)
    try:
        text = read_file(path, most_bytes=MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{name}: is not UTF-8; save it as 'CSV UTF-8'") from None
    header = text.lstrip().partition("\n")[0]
    rows = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=find_delimiter(header))
    try:
        columns = [column.strip().lower() for column in next(rows, [])]
        for column in ("file", "label"):
            if column not in columns:
                raise UserError(f"{name}: has no column {column!r}; its first line must name them")
        listed = [_parse_row(row, columns, path, rows.line_num) for row in rows if any(row)]
    except csv.Error as error:
        raise UserError(f"{name}: line {rows.line_num} is not CSV: {error}") from None
    if not listed:
        raise UserError(f"{name}: lists no picture")
    return listed


def _parse_row(row: list[str], columns: list[str], path: Path, line: int) -> LabelledPicture:
    """One row of labels.csv; `line` is where it ends in the file, for the message."""
    fields = dict(zip(columns, (field.strip() for field in row), strict=False))
    where = f"{printable(path)}: line {line}"
    if any(row[len(columns) :]):
        raise UserError(f"{where} has too many fields; a label with a comma needs quotes")
    if not fields.get("file"):
        raise UserError(f"{where} names no file")
    if "label" not in fields:
        raise UserError(f"{where} has no label; a picture without a digit has an empty one")
    lines = ["".join(part.split()) for part in fields["label"].replace("|", "\n").split("\n")]
    label = "\n".join(part for part in lines if part)
    if not _CHARACTERS.issuperset(label.replace("\n", "")):
        label = shorten(fields["label"])
        known = f"digits, the signs {' '.join(MARKS)} and | between lines"
        raise UserError(f"{where}: label {label!r} has more in it than {known}")
    return LabelledPicture(
        fields["file"], path.parent / fields["file"], label, fields.get("source", "")
    )


def read_labelled(
    listed: Sequence[LabelledPicture],
    classify: Classifier,
    *,
    threshold: float = DEFAULT_THRESHOLD,
) -> Iterator[Answer]:
    """What is read in each picture, in order, as predict.py reads it; no digit reads as empty.

    The pages of a file are one picture.
    """
    sources = [Source(str(picture.path)) for picture in listed]
    copies = [None] * len(sources)
    outcomes = read_outcomes(sources, classify, threshold=threshold, copies=copies)
    for (file, _, label, source), pages in zip(listed, group_pages(outcomes), strict=True):
        faults = [page for page in pages if page.error not in ("", NO_DIGIT)]
        if faults:
            error = f"{name_page(faults[0])}: {faults[0].error}"
            yield Answer(PictureResult(file, label, source, None), error, [])
        else:
            reading = _join([page.reading for page in pages if page.reading])
            images = [digit.image for digit in reading.digits] if reading else []
            yield Answer(compare_reading(file, label, source, reading), "", images)


def _join(readings: Sequence[Reading]) -> Reading | None:
    """The reading of all pages of a picture, as if they stood on one; None without any."""
    if len(readings) < 2:
        return readings[0] if readings else None
    return readings[0]._replace(
        text="\n".join(reading.text for reading in readings),
        written="\n".join(reading.written for reading in readings),
        digits=[digit for reading in readings for digit in reading.digits],
        marks=[mark for reading in readings for mark in reading.marks],
        sure=all(reading.sure for reading in readings),
    )
