"""Whole pictures scored: texts aligned, and what is doubted or believed."""

from typing import NamedTuple

import pytest

from digits.results import make_reading
from scoring.pictures import (
    PictureResult,
    align_digits,
    align_texts,
    compare_reading,
    is_right,
    score_pictures,
    score_sources,
)


class Seen(NamedTuple):
    """A digit as digits.reading.Digit has it, as far as scoring looks at it."""

    digit: int
    confidence: float
    sure: bool


def read_as(label, text, *, confidence=0.9, sure=True, source="", file="a.png"):
    """A picture with this label in which this text was read; None: it could not be read."""
    digits = [Seen(int(c), confidence, sure) for c in (text or "") if c != "\n"]
    return PictureResult(file, label, source, text, digits)


@pytest.mark.parametrize(
    ("true", "read", "distance"),
    [
        *[("", "", 0), ("12", "", 2), ("", "12", 2), ("5033", "503", 1), ("1234", "234", 1)],
        *[("12", "21", 2), ("007", "1007", 1), ("314159", "31459", 1), ("3141", "5926", 4)],
    ],
)
def test_align_texts_finds_the_edit_distance(true, read, distance):
    pairs = align_texts(true, read)
    assert sum(i is None or j is None or true[i] != read[j] for i, j in pairs) == distance
    assert [i for i, _ in pairs if i is not None] == list(range(len(true)))
    assert [j for _, j in pairs if j is not None] == list(range(len(read)))


def test_align_texts_shifts_the_rest_behind_a_missed_digit():
    assert align_texts("1234", "134") == [(0, 0), (1, None), (2, 1), (3, 2)]


def test_a_picture_is_right_only_with_its_lines_as_labelled():
    assert is_right(read_as("12\n34", "12\n34"))
    assert not is_right(read_as("12\n34", "1234"))


SURE_OR_NOT = [(("7", "1"), True), (("7", "1"), False), (("7", "7"), True), (("7", None), False)]


def write_as(label, written, **more):
    """A picture with this label in which this was read, marks included."""
    text = "".join(c for c in written if c.isdecimal() or c == "\n")
    return read_as(label, text, **more)._replace(written=written)


@pytest.mark.parametrize(
    ("label", "written", "right"),
    [
        ("-3.5", "-3.5", True),
        ("-3.5", "3.5", False),
        ("-3.5", "-35", False),
        ("1+2", "1 + 2", True),
        ("1+2\n3", "1+23", False),
        ("35", "-3.5", True),  # a label without marks is of the digits alone
    ],
)
def test_marks_count_where_the_label_has_some(label, written, right):
    assert is_right(write_as(label, written)) is right


def test_digits_are_scored_without_the_marks():
    scores = score_pictures([write_as("-3.5", "3:5")])
    assert (scores.errors, scores.digit_accuracy, scores.missed, scores.extra) == (1, 1, 0, 0)


def test_silent_are_the_wrong_pictures_that_are_sure():
    results = [read_as(*texts)._replace(sure=sure) for texts, sure in SURE_OR_NOT]
    assert score_pictures(results).silent == 1


def test_a_reading_is_compared_with_all_that_it_tells():
    result = compare_reading("a.png", "7", "me", make_reading([], [], whole=False))
    assert (result.text, result.written, result.sure) == ("", "", False)
    assert compare_reading("a.png", "7", "me", None) == ("a.png", "7", "me", "", (), "", False)


def test_a_picture_without_a_digit_is_right_while_nothing_in_it_is_sure():
    assert is_right(read_as("", ""))
    assert is_right(read_as("", "7", sure=False))
    assert not is_right(read_as("", "7"))


def test_a_digit_that_is_not_sure_is_right_all_the_same():
    assert is_right(read_as("7", "7", sure=False))


@pytest.mark.parametrize("label", ["", "7"])
def test_a_file_that_could_not_be_read_is_wrong(label):
    assert not is_right(read_as(label, None))


def test_align_digits_sorts_them_into_confused_missed_and_extra():
    aligned = align_digits([read_as("5033", "503"), read_as("1", "17"), read_as("4", "9")])
    assert aligned.missed.tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
    assert aligned.extra.tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert aligned.confusion[4, 9] == 1
    assert aligned.confusion.sum() == 5
    assert [digit.digit for digit in aligned.wrong] == [7, 9]


def test_align_digits_ignores_line_breaks():
    aligned = align_digits([read_as("12\n34", "1234")])
    assert aligned.confusion.trace() == 4
    assert not aligned.wrong


def test_align_digits_takes_doubted_ink_without_a_label_for_nothing():
    assert align_digits([read_as("", "7", sure=False)]).extra.sum() == 0
    assert align_digits([read_as("", "7")]).extra.sum() == 1


def test_score_pictures_counts_pictures_and_digits_apart():
    scores = score_pictures([read_as("5033", "503"), read_as("12", "12"), read_as("8", "81")])
    assert (scores.errors, scores.total) == (2, 3)
    assert (scores.missed, scores.extra) == (1, 1)
    assert scores.digit_accuracy == pytest.approx(1 - 2 / 7)


def test_score_pictures_counts_every_digit_of_an_unreadable_file_as_missed():
    scores = score_pictures([read_as("57", None)])
    assert (scores.errors, scores.missed, scores.digit_accuracy) == (1, 2, 0)
    assert scores.ece is None


def test_doubted_is_the_share_of_right_digits_that_are_not_sure():
    results = [read_as("7", "7", sure=False), read_as("123", "123"), read_as("4", "9", sure=False)]
    assert score_pictures(results).doubted == pytest.approx(1 / 4)


def test_believed_is_the_share_of_pictures_without_a_digit_that_get_a_sure_one():
    results = [read_as("", "7"), read_as("", "71", sure=False), read_as("", ""), read_as("3", "3")]
    assert score_pictures(results).believed == pytest.approx(1 / 3)


def test_shares_of_nothing_are_null():
    scores = score_pictures([read_as("", "")])
    assert (scores.digit_accuracy, scores.doubted, scores.ece) == (None, None, None)
    assert score_pictures([read_as("7", "1")]).believed is None


def test_score_sources_counts_each_source_in_the_order_of_names():
    results = [read_as("1", "1", source="b"), read_as("2", "3", source="a")]
    first, second = score_sources([*results, read_as("4", "4", source="b")])
    assert (first.source, first.errors, first.total) == ("a", 1, 1)
    assert (second.source, second.errors, second.total) == ("b", 0, 2)


def test_score_sources_is_empty_when_no_picture_names_one():
    assert score_sources([read_as("1", "1")]) == []
