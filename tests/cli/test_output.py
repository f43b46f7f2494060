"""Readings as text for people, as JSON Lines and as CSV."""

import csv
import io
import json

import numpy as np
import pytest

from cli.output import CSV_HEADER, Outcome, format_csv, format_json, format_text
from digits.reading import Digit, format_percent
from digits.results import Mark, make_reading


def make_digit(digit, confidence, *, line=0, sure=True):
    """A digit with NumPy's numbers in it, as they may come."""
    others = [(digit, confidence), ((digit + 1) % 10, np.float32(0.25)), ((digit + 2) % 10, 0.0)]
    box = (np.int32(1), np.int64(2), 3, 4)
    return Digit(digit, confidence, sure, box, line, others, np.zeros((28, 28), np.uint8))


def make_mark(mark, x, *, sure=True):
    """A mark on the first line, its confidence lower where it is not sure."""
    return Mark(mark, (x, np.int32(2), 3, 4), 0, np.float32(0.75 if sure else 0.5), sure)


def make_outcome(*digits, name="7.png", error="", marks=(), **more):
    """The outcome of a picture with these digits and marks."""
    return Outcome(name, make_reading(digits, marks, **more), error)


TWO_LINES = make_outcome(
    make_digit(5, 0.998), make_digit(0, 0.62, sure=False), make_digit(3, 0.9, line=1)
)
DECIMAL = make_outcome(
    make_digit(5, 0.998), marks=[make_mark("-", 0), make_mark(".", 9, sure=False)]
)


def test_one_digit_alone_is_told_with_its_confidence():
    assert format_text(make_outcome(make_digit(7, 0.998)), alone=True) == "7  (99.8%)"


def test_a_picture_alone_is_told_line_by_line():
    assert format_text(TWO_LINES, alone=True) == "5?  (62.0%)  best guess 50\n3  (90.0%)"


def test_a_picture_among_others_is_told_in_one_line():
    assert format_text(TWO_LINES, alone=False) == "7.png: 5?|3  (62.0%)  best guess 50|3"


def test_marks_are_told_where_they_are_written_and_doubted_like_digits():
    assert format_text(DECIMAL, alone=True) == "-5?  (50.0%)  best guess -5."
    assert format_text(DECIMAL, alone=False) == "7.png: -5?  (50.0%)  best guess -5."


def test_a_gap_is_told_as_a_space():
    digits = [make_digit(5, 0.9), make_digit(6, 0.9), make_digit(7, 0.9, sure=False)]
    assert format_text(make_outcome(*digits, gaps={1}), alone=True) == (
        "5 6?  (90.0%)  best guess 5 67"
    )


def test_ink_that_was_left_out_is_told_where_no_doubt_shows():
    digits = [make_digit(5, 0.9), make_digit(6, 0.9, line=1)]
    left_out = make_outcome(*digits, whole=False)
    assert format_text(left_out, alone=True) == "5  (90.0%)\n6  (90.0%)  other ink left out"
    assert format_text(left_out, alone=False) == "7.png: 5|6  (90.0%)  other ink left out"


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
    digits = [make_digit(5, 0.998), make_digit(0, 0.5, line=1, sure=False)]
    outcome = make_outcome(*digits, marks=[make_mark("-", 9)], turned=180)
    assert json.loads(format_json(outcome)) == {
        "image": "7.png",
        "page": 1,
        "text": "5\n0",
        "written": "-5\n0",
        "turned": 180,
        "sure": False,
        "marks": [{"mark": "-", "box": [9, 2, 3, 4], "line": 0, "confidence": 0.75}],
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


def test_json_and_csv_say_of_a_picture_whether_all_of_it_is_sure():
    for whole in (False, True):
        outcome = make_outcome(make_digit(5, 0.998), whole=whole)
        assert json.loads(format_json(outcome))["sure"] is whole
        assert format_csv(outcome) == f"7.png,1,5,5,0.998000,{int(whole)},"


def test_json_is_one_line():
    assert "\n" not in format_json(TWO_LINES)


def test_json_of_an_error():
    assert json.loads(format_json(Outcome("a.png", None, "is empty"))) == {
        "image": "a.png",
        "page": 1,
        "text": "",
        "written": "",
        "turned": 0,
        "sure": False,
        "marks": [],
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
    assert CSV_HEADER == "image,page,text,written,confidence,sure,error"
    assert format_csv(TWO_LINES) == "7.png,1,50|3,50|3,0.620000,0,"


def test_csv_has_the_lowest_confidence_of_the_marks_as_well():
    assert format_csv(DECIMAL) == "7.png,1,5,-5.,0.500000,0,"


def test_csv_of_an_error():
    outcome = Outcome("a,b.png", None, "is empty; copy it")
    assert format_csv(outcome) == '"a,b.png",1,,,,0,is empty; copy it'


def test_a_page_is_told_by_its_number():
    outcome = make_outcome(make_digit(5, 0.9))._replace(page=3)
    assert json.loads(format_json(outcome))["page"] == 3
    assert format_csv(outcome) == "7.png,3,5,5,0.900000,1,"


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
    assert row[-1] == f"'{error}"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("=5", "'=5"),
        ("+5", "'+5"),
        ("-5+3", "'-5+3"),
        ("-5|3", "'-5|3"),
        ("-5", "-5"),
        ("-5.25", "-5.25"),
        ("5-3", "5-3"),
    ],
)
def test_no_spreadsheet_computes_what_is_written_in_csv(written, told):
    reading = make_outcome(make_digit(5, 0.9)).reading._replace(written=written)
    (row,) = csv.reader([format_csv(Outcome("7.png", reading))])
    assert row[3] == told


def test_a_name_in_json_is_as_it_is():
    assert json.loads(format_json(Outcome("=1.png", None, "")))["image"] == "=1.png"
