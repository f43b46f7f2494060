"""What was read, as predict.py prints it: text for people, JSON Lines and CSV for programs."""

import csv
import io
import json
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from digits.errors import printable

if TYPE_CHECKING:
    from digits.reading import Reading

CSV_HEADER = "image,text,confidence,error"
# What a spreadsheet takes for the start of a formula, which can run programs (OWASP, CSV
# injection), and the apostrophe that is put in front, so that it can be told from a name's own.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


class Outcome(NamedTuple):
    """What came of one picture: its reading, or the error (without the name), or both."""

    name: str
    reading: "Reading | None"
    error: str = ""


def format_outcome(outcome: Outcome, style: str, *, alone: bool) -> str:
    """The outcome in style text, json or csv; `alone`: no other picture is read with it."""
    if style == "json":
        return format_json(outcome)
    if style == "csv":
        return format_csv(outcome)
    return format_text(outcome, alone=alone)


def format_text(outcome: Outcome, *, alone: bool) -> str:
    """The lines for people: those of the text when the picture is `alone`, else `NAME: text`.

    A digit that is not sure shows as `?`; the best guess then follows. Without a reading: empty.
    """
    if outcome.reading is None:
        return ""
    digits = outcome.reading.digits
    lines = [list(line) for _, line in groupby(digits, key=lambda digit: digit.line)]
    if alone:
        return "\n".join(_format_line([line]) for line in lines)
    return f"{printable(outcome.name)}: {_format_line(lines)}"


def format_json(outcome: Outcome) -> str:
    """One JSON object in one line, UTF-8, without NaN; `error` is null where all went well."""
    record = {
        "image": _encodable(outcome.name),
        "text": outcome.reading.text if outcome.reading else "",
        "digits": _describe_digits(outcome.reading) if outcome.reading else [],
        "error": _encodable(outcome.error) or None,
    }
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def format_csv(outcome: Outcome) -> str:
    """One row in the order of CSV_HEADER; lines of the text joined by `|`.

    A name that looks like a formula has an apostrophe in front, one that begins with an apostrophe
    has another: to read a name back, take one away.
    """
    text = confidence = ""
    if outcome.reading:
        text = outcome.reading.text.replace("\n", "|")
        confidence = f"{min(digit.confidence for digit in outcome.reading.digits):.6f}"
    row = io.StringIO()
    name, error = (_disarm(_encodable(field)) for field in (outcome.name, outcome.error))
    csv.writer(row).writerow(
        [name, text, confidence, error]
    )  # its own line end, CR LF, makes it quote names with either
    return row.getvalue().removesuffix("\r\n")


def _format_line(lines: list[list]) -> str:
    """`50?3|12  (62.1%)  best guess 5033|12`: the lines, their lowest confidence, any doubt."""
    from digits.reading import format_percent  # loaded by whoever made the digits

    guess = "|".join("".join(str(digit.digit) for digit in line) for line in lines)
    shown = "|".join("".join(str(d.digit) if d.sure else "?" for d in line) for line in lines)
    lowest = min(digit.confidence for line in lines for digit in line)
    doubt = f"  best guess {guess}" if shown != guess else ""
    return f"{shown}  ({format_percent(lowest)}){doubt}"


def _describe_digits(reading: "Reading") -> list[dict]:
    """The digits as JSON has them, plain int and float, nothing rounded: `sure` follows exactly."""
    return [
        {
            "digit": int(digit.digit),
            "confidence": float(digit.confidence),
            "sure": bool(digit.sure),
            "box": [int(value) for value in digit.box],
            "line": int(digit.line),
            "alternatives": [[int(other), float(share)] for other, share in digit.alternatives],
        }
        for digit in reading.digits
    ]


def _disarm(text: str) -> str:
    """The text so that no spreadsheet runs it; a lone sign, as `-` for standard input, stays."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and len(text) > 1 else text


def _encodable(text: str) -> str:
    """The text with what UTF-8 cannot hold escaped: bytes of a name that were not UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
