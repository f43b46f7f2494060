"""What was read, as predict.py prints it: text for people, JSON Lines and CSV for programs."""

from typing import TYPE_CHECKING, NamedTuple

from digits.errors import printable

if TYPE_CHECKING:
    from digits.reading import Digit, Mark, Reading

CSV_HEADER = "image,page,text,written,confidence,sure,error"
LEFT_OUT = "  other ink left out"
NOT_SURE = "is not sure; look at the picture (--strict makes this an error)"
# What a spreadsheet takes for the start of a formula, which can run programs (OWASP, CSV
# injection), and the apostrophe that is put in front, so that it can be told from a name's own.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")

# A character of what is written, and the digit or mark that it is; None: a space.
Character = tuple[str, "Digit | Mark | None"]


class Outcome(NamedTuple):
    """What came of one page of a picture: its reading, or the error (without the name), or both."""

    name: str
    reading: "Reading | None"
    error: str = ""
    page: int = 1
    pages: int = 1  # of the picture


def name_page(outcome: Outcome) -> str:
    """What people call it: `scan.tif#2` where the picture has several pages."""
    page = f"#{outcome.page}" if outcome.pages > 1 else ""
    return f"{printable(outcome.name)}{page}"


def blame_doubt(outcome: Outcome) -> Outcome:
    """The same, with an error where it has none and is not sure."""
    doubtful = outcome.reading is not None and not outcome.reading.sure
    return outcome._replace(error=NOT_SURE) if doubtful and not outcome.error else outcome


def format_outcome(outcome: Outcome, style: str, *, alone: bool) -> str:
    """The outcome in style text, json or csv; `alone`: no other picture is read with it."""
    if style == "json":
        return format_json(outcome)
    if style == "csv":
        return format_csv(outcome)
    return format_text(outcome, alone=alone)


def format_text(outcome: Outcome, *, alone: bool) -> str:
    """The lines for people: what is written when the picture is `alone`, else `NAME: written`.

    A digit or mark that is not sure shows as `?`; the best guess then follows. Without a reading:
    empty.
    """
    if outcome.reading is None:
        return ""
    lines = _list_characters(outcome.reading)
    all_sure = all(what.sure for what in (*outcome.reading.digits, *outcome.reading.marks))
    left_out = LEFT_OUT if all_sure and not outcome.reading.sure else ""
    if alone and outcome.pages == 1:
        return "\n".join(_format_lines([line]) for line in lines) + left_out
    return f"{name_page(outcome)}: {_format_lines(lines)}{left_out}"


def format_json(outcome: Outcome) -> str:
    """One JSON object in one line, UTF-8, without NaN; `error` is null where all went well."""
    reading = outcome.reading
    import json  # each style waits for its own module only

    record = {
        "image": _encodable(outcome.name),
        "page": outcome.page,
        "text": reading.text if reading else "",
        "written": reading.written if reading else "",
        "turned": reading.turned if reading else 0,
        "sure": bool(reading and reading.sure),
        "marks": [_describe_mark(mark) for mark in reading.marks] if reading else [],
        "digits": [_describe_digit(digit) for digit in reading.digits] if reading else [],
        "error": _encodable(outcome.error) or None,
    }
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def format_csv(outcome: Outcome) -> str:
    """One row in the order of CSV_HEADER; lines joined by `|`.

    What looks like a formula has an apostrophe in front, and so has a name that begins with an
    apostrophe: to read it back, take one away. A negative number is no formula.
    """
    import csv
    import io

    text = written = confidence = ""
    reading = outcome.reading
    if reading:
        text, written = (lines.replace("\n", "|") for lines in (reading.text, reading.written))
        confidence = f"{measure_confidence(reading):.6f}"
    if not _is_negative(written):
        written = _disarm(written)
    name, error = (_disarm(_encodable(field)) for field in (outcome.name, outcome.error))
    sure = int(bool(reading and reading.sure))
    row = io.StringIO()
    csv.writer(row).writerow(
        [name, outcome.page, text, written, confidence, sure, error]
    )  # its own line end, CR LF, makes it quote names with either
    return row.getvalue().removesuffix("\r\n")


def measure_confidence(reading: "Reading") -> float:
    """The lowest confidence of its digits and marks, 0 to 1."""
    return min(what.confidence for what in (*reading.digits, *reading.marks))


def _list_characters(reading: "Reading") -> list[list[Character]]:
    """The lines of what is written, each character with what was read as it."""
    digits, marks = iter(reading.digits), iter(reading.marks)

    def find(character: str) -> "Digit | Mark | None":
        return None if character == " " else next(digits if character.isdecimal() else marks)

    return [[(c, find(c)) for c in line] for line in reading.written.split("\n")]


def _format_lines(lines: list[list[Character]]) -> str:
    """`50?3|12  (62.1%)  best guess 5033|12`: the lines, their lowest confidence, any doubt."""
    from digits.reading import format_percent  # loaded by whoever made the digits

    guess = "|".join("".join(c for c, _ in line) for line in lines)
    shown = "|".join(
        "".join(c if what is None or what.sure else "?" for c, what in line) for line in lines
    )
    lowest = min(what.confidence for line in lines for _, what in line if what)
    doubt = f"  best guess {guess}" if shown != guess else ""
    return f"{shown}  ({format_percent(lowest)}){doubt}"


def _describe_digit(digit: "Digit") -> dict:
    """A digit as JSON has it, plain int and float, nothing rounded: `sure` follows exactly."""
    return {
        "digit": int(digit.digit),
        "confidence": float(digit.confidence),
        "sure": bool(digit.sure),
        "box": [int(value) for value in digit.box],
        "line": int(digit.line),
        "alternatives": [[int(other), float(share)] for other, share in digit.alternatives],
    }


def _describe_mark(mark: "Mark") -> dict:
    """A mark as JSON has it."""
    return {
        "mark": mark.mark,
        "box": [int(value) for value in mark.box],
        "line": int(mark.line),
        "confidence": float(mark.confidence),
    }


def _is_negative(written: str) -> bool:
    """Whether it is a number below zero, which a spreadsheet shows as it is."""
    return written[:1] == "-" and written[1:].replace(".", "", 1).isdecimal()


def _disarm(text: str) -> str:
    """The text so that no spreadsheet runs it; a lone sign, as `-` for standard input, stays."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and len(text) > 1 else text


def _encodable(text: str) -> str:
    """The text with what UTF-8 cannot hold escaped: bytes of a name that were not UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
