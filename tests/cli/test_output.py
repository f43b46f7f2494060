"""Readings as text for people, as JSON Lines and as CSV."""

import csv
import io
import json

import numpy as np
import pytest

from cli.output import CSV_HEADER, Outcome, format_csv, format_json, format_text
from digits.reading import Digit, format_percent
from digits.results import make_reading


def make_digit(digit, confidence, *, line=0, sure=True):
    """A digit with NumPy's numbers in it, as they may come."""
    others = [(digit, confidence), ((digit + 1) % 10, np.float32(0.25)), ((digit + 2) % 10, 0.0)]
    box = (np.int32(1), np.int64(2), 3, 4)
    return Digit(digit, confidence, sure, box, line, others, np.zeros((28, 28), np.uint8))


def make_outcome(*digits, name="7.png", error=""):
    """The outcome of a picture with these digits."""
    return Outcome(name, make_reading(digits), error)


TWO_LINES = make_outcome(
    make_digit(5, 0.998), make_digit(0, 0.62, sure=False), make_digit(3, 0.9, line=1)
)


def test_one_digit_alone_is_told_with_its_confidence():
    assert format_text(make_outcome(make_digit(7, 0.998)), alone=True) == "7  (99.8%)"


def test_a_picture_alone_is_told_line_by_line():
    assert format_text(TWO_LINES, alone=True) == "5?  (62.0%)  best guess 50\n3  (90.0%)"


def test_a_picture_among_others_is_told_in_one_line():
    assert format_text(TWO_LINES, alone=False) == "7.png: 5?|3  (62.0%)  best guess 50|3"


def test_a_name_is_made_printable_for_people():
    outcome = make_outcome(make_digit(7, 0.5), name="a\n\x1b[31m\udcff.png")
    assert format_text(outcome, alone=False) == "a\\n\\x1b[31m\\udcff.png: 7  (50.0%)"


def test_no_reading_is_no_text():
    assert format_text(Outcome("a.png", None, "is empty"), alone=False) == ""


@pytest.mark.parametrize(
    ("confidence", "text"), [(0.0, "0.0%"), (0.9984, "99.8%"), (0.99999, "99.9%"), (1.0, "99.9%")]
)
def test_nothing_is_told_to_be_certain(confidence, text):
    assert format_percent(confidence) == text


def test_json_holds_the_whole_reading():
    outcome = make_outcome(make_digit(5, 0.998), make_digit(0, 0.5, line=1, sure=False))
    assert json.loads(format_json(outcome)) == {
        "image": "7.png",
        "text": "5\n0",
        "digits": [
            {
                "digit": 5,
                "confidence": 0.998,
                "sure": True,
                "box": [1, 2, 3, 4],
                "line": 0,
                "alternatives": [[5, 0.998], [6, 0.25], [7, 0.0]],
            },
            {
                "digit": 0,
                "confidence": 0.5,
                "sure": False,
                "box": [1, 2, 3, 4],
                "line": 1,
                "alternatives": [[0, 0.5], [1, 0.25], [2, 0.0]],
            },
        ],
        "error": None,
    }


def test_json_is_one_line():
    assert "\n" not in format_json(TWO_LINES)


def test_json_of_an_error():
    assert json.loads(format_json(Outcome("a.png", None, "is empty"))) == {
        "image": "a.png",
        "text": "",
        "digits": [],
        "error": "is empty",
    }


@pytest.mark.parametrize(
    ("name", "told"),
    [("süß 七.png", "süß 七.png"), ("a\nb\r.png", "a\nb\r.png"), ("\udcff", "\\udcff")],
)
def test_json_and_csv_keep_names_as_far_as_utf_8_can(name, told):
    outcome = make_outcome(make_digit(7, 0.5), name=name)
    assert json.loads(format_json(outcome).encode())["image"] == told
    (row,) = csv.reader(io.StringIO(format_csv(outcome), newline=""))
    assert row[0] == told


def test_csv_has_the_lowest_confidence_and_joins_lines():
    assert CSV_HEADER == "image,text,confidence,error"
    assert format_csv(TWO_LINES) == "7.png,50|3,0.620000,"


def test_csv_of_an_error():
    assert (
        format_csv(Outcome("a,b.png", None, "is empty; copy it")) == '"a,b.png",,,is empty; copy it'
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("=cmd().png", "'=cmd().png"),
        ("+1.png", "'+1.png"),
        ("-1.png", "'-1.png"),
        ("@SUM(A1).png", "'@SUM(A1).png"),
        ("\t=1.png", "'\t=1.png"),
        ("\r=1.png", "'\r=1.png"),
        ("'=1.png", "''=1.png"),
        ("-", "-"),
        ("a=1.png", "a=1.png"),
    ],
)
def test_no_spreadsheet_takes_a_name_in_csv_for_a_formula(name, told):
    (row,) = csv.reader(io.StringIO(format_csv(Outcome(name, None, "")), newline=""))
    assert row[0] == told


def test_no_spreadsheet_takes_an_error_in_csv_for_a_formula():
    error = "=x/7.png.read.png: cannot be written: No such file or directory"
    (row,) = csv.reader([format_csv(Outcome("7.png", None, error))])
    assert row[3] == f"'{error}"


def test_a_name_in_json_is_as_it_is():
    assert json.loads(format_json(Outcome("=1.png", None, "")))["image"] == "=1.png"
