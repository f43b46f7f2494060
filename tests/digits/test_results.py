"""What a person would type of a picture, from its digits, marks and gaps."""

import numpy as np
import pytest

from digits.reading import enlarge_boxes
from digits.results import Digit, Mark, make_reading

IMAGE = np.zeros((28, 28), np.uint8)


def make_digit(digit, x, *, line=0, sure=True):
    """A digit 10 pixels wide."""
    return Digit(digit, 0.9, sure, (x, 0, 10, 20), line, [(digit, 0.9)], IMAGE)


def make_mark(mark, x, *, line=0, sure=True):
    """A mark 4 pixels wide."""
    return Mark(mark, (x, 8, 4, 4), line, 0.8, sure)


def place(text):
    """The digits and marks of a text, 12 pixels from each character to the next."""
    places = [(character, 12 * index) for index, character in enumerate(text) if character != " "]
    digits = [make_digit(int(c), x) for c, x in places if c.isdecimal()]
    return digits, [make_mark(c, x) for c, x in places if not c.isdecimal()]


def test_digits_alone_are_written_as_they_are_read():
    reading = make_reading([make_digit(1, 0), make_digit(2, 12), make_digit(3, 0, line=1)])
    assert (reading.text, reading.written, reading.marks) == ("12\n3", "12\n3", [])


def test_marks_are_written_where_they_stand_in_any_order_given():
    digits, marks = place("-3.14")
    reading = make_reading(digits, marks[::-1])
    assert (reading.text, reading.written) == ("314", "-3.14")
    assert [mark.mark for mark in reading.marks] == ["-", "."]


def test_a_mark_under_a_digit_does_not_part_the_order_of_the_digits():
    """A comma is often drawn under the digit before it; reading order is the digits' own."""
    digits = [make_digit(1, 3), make_digit(2, 0), make_digit(3, 24)]
    assert make_reading(digits, [make_mark(",", 14)]).written == "12,3"


def test_a_line_of_marks_alone_is_a_line():
    reading = make_reading([make_digit(7, 0, line=1)], [make_mark("-", 0)])
    assert (reading.text, reading.written) == ("7", "-\n7")


@pytest.mark.parametrize(
    ("text", "gap", "written"),
    [
        ("12  34", 2, "12 34"),
        ("12   -34", 2, "12 -34"),
        ("12)   34", 2, "12) 34"),
        ("12   (-34", 2, "12 (-34"),
        ("12   -   34", 2, "12-34"),  # the mark takes the room, it parts no numbers
        ("12", 0, "12"),
    ],
)
def test_a_gap_is_a_space_on_the_wider_side_of_a_mark(text, gap, written):
    assert make_reading(*place(text), gaps={gap}).written == written


def test_a_gap_of_another_line_is_none_in_this_one():
    digits = [
        make_digit(1, 0),
        make_digit(2, 40),
        make_digit(3, 0, line=1),
        make_digit(4, 40, line=1),
    ]
    assert make_reading(digits, gaps={3}).written == "12\n3 4"


@pytest.mark.parametrize(
    ("digit", "mark", "whole", "sure"),
    [(1, 1, 1, True), (0, 1, 1, False), (1, 0, 1, False), (1, 1, 0, False)],
)
def test_a_reading_is_sure_where_nothing_in_it_is_in_doubt(digit, mark, whole, sure):
    digits, marks = [make_digit(7, 0, sure=bool(digit))], [make_mark("-", 20, sure=bool(mark))]
    assert make_reading(digits, marks, whole=bool(whole)).sure is sure


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_marks_and_gaps_are_written_where_they_stand_in_a_picture_that_was_turned(turned):
    digits, marks = place("-3.1   4")
    size = 200
    boxes = {  # of the picture before it was turned clockwise, by so much, to be read
        0: lambda x, y, w, h: (x, y, w, h),
        90: lambda x, y, w, h: (y, size - x - w, h, w),
        180: lambda x, y, w, h: (size - x - w, size - y - h, w, h),
        270: lambda x, y, w, h: (size - y - h, x, h, w),
    }
    digits, marks = (
        [c._replace(box=boxes[turned](*c.box)) for c in characters]
        for characters in (digits, marks)
    )
    reading = make_reading(digits, marks[::-1], gaps={2}, turned=turned)
    assert (reading.text, reading.written) == ("314", "-3.1 4")
    assert reading.digits == digits
    assert reading.marks == marks


def test_boxes_of_marks_grow_with_the_picture():
    reading = enlarge_boxes(make_reading(*place("7-")), 2.5)
    assert [digit.box for digit in reading.digits] == [(0, 0, 25, 50)]
    assert [mark.box for mark in reading.marks] == [(30, 20, 10, 10)]
