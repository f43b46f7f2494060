"""Many pictures: order, errors, look-ahead, progress."""

import io

import cv2
import numpy as np
import pytest

from cli import batch
from cli.batch import read_outcomes
from cli.inputs import Source
from cli.output import Outcome
from cli.script import print_error, show_progress
from digits.errors import UserError
from digits.network import Answers
from digits.pages.pages import Pages
from digits.reading import Digit
from digits.results import make_reading
from digits.work import jobs

DIGIT = Digit(7, 0.9, True, (0, 0, 5, 9), 0, [(7, 0.9), (1, 0.1), (2, 0.0)], np.zeros((28, 28)))


FAILURES = {
    b"huge": MemoryError(),
    b"enormous": cv2.error("OpenCV: (-4:Insufficient memory) Failed to allocate 9 bytes"),
    b"thin": cv2.error("OpenCV: (-215:Assertion failed) !dsize.empty()\nin function 'resize'\n"),
    b"odd": ZeroDivisionError(),
}


def read_bytes(data, classify, *, threshold):
    """Stands for read_picture: the data themselves are the text."""
    if data == b"":
        raise UserError("is empty; copy or export it again")
    if data in FAILURES:
        raise FAILURES[data]
    return make_reading([DIGIT])._replace(text=data.decode())


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Three files, of which the second is empty."""
    monkeypatch.setattr(batch, "open_pages", lambda data: Pages(1, lambda page: (data, 1)))
    monkeypatch.setattr(jobs, "read_picture", read_bytes)
    monkeypatch.setattr("digits.annotate.draw_reading", lambda *_: np.zeros((20, 20, 3), np.uint8))
    for name, data in [("a", b"1"), ("b", b""), ("c", b"3")]:
        (tmp_path / name).write_bytes(data)
    return [Source(str(tmp_path / name)) for name in "abc"]


def read_outcome(source, copy=None):
    """What came of one picture."""
    (outcome,) = read_outcomes([source], None, threshold=0.5, copies=[copy])
    return outcome


def tell(outcomes):
    """Text and error of each outcome."""
    return [(outcome.reading and outcome.reading.text, outcome.error) for outcome in outcomes]


def test_an_error_leaves_the_other_pictures_read(sources):
    outcomes = read_outcomes(sources, None, threshold=0.5, copies=[None] * 3)
    assert tell(outcomes) == [("1", ""), (None, "is empty; copy or export it again"), ("3", "")]


def test_a_known_error_is_passed_on_unread():
    outcome = read_outcome(Source("x", "no such file"))
    assert outcome == Outcome("x", None, "no such file")


def test_the_name_of_the_file_is_not_part_of_the_error(tmp_path):
    outcome = read_outcome(Source(str(tmp_path)))
    assert outcome.error == "is a folder; name a file"


@pytest.mark.parametrize("data", [b"huge", b"enormous"])
def test_too_little_memory_is_an_error_of_the_picture(sources, tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    outcome = read_outcome(sources[0])
    assert outcome.error == "is too large for this computer's memory; make it smaller"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"thin", "error: OpenCV: (-215:Assertion failed) !dsize.empty()"),
        (b"odd", "ZeroDivisionError: "),
    ],
)
def test_whatever_fails_is_an_error_of_the_picture(sources, tmp_path, data, error):
    (tmp_path / "b").write_bytes(data)
    outcomes = read_outcomes(sources, None, threshold=0.5, copies=[None] * 3)
    text = f"cannot be read: {error}; please report it, with the picture"
    assert tell(outcomes) == [("1", ""), (None, text), ("3", "")]


def test_boxes_are_those_of_the_picture_that_was_too_large(sources, monkeypatch):
    monkeypatch.setattr(batch, "open_pages", lambda data: Pages(1, lambda page: (data, 1.9)))
    outcome = read_outcome(sources[0])
    assert [digit.box for digit in outcome.reading.digits] == [(0, 0, 9, 17)]


def test_a_reading_whose_copy_cannot_be_written_is_kept(sources, tmp_path):
    copy = tmp_path / "none" / "a.read.png"
    outcome = read_outcome(sources[0], copy)
    assert tell([outcome]) == [("1", f"{copy}: cannot be written: No such file or directory")]


def test_a_model_that_answers_with_no_numbers_is_an_error(sources, monkeypatch):
    def read_with_model(data, classify, *, threshold):
        classify(np.zeros((1, 28, 28), np.uint8))

    def divide_by_zero(images):
        return Answers(np.zeros((len(images), 10)) / 0, None)

    monkeypatch.setattr(jobs, "read_picture", read_with_model)
    outcomes = read_outcomes(sources[:1], divide_by_zero, threshold=0.5, copies=[None])
    error = "the model answers with no numbers; it is damaged: train one (python train.py)"
    assert tell(outcomes) == [(None, error)]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("out", "err", "shown"),
    [
        (io.StringIO, Terminal, True),
        (Terminal, Terminal, False),
        (io.StringIO, io.StringIO, False),
    ],
    ids=["stdout in a file", "both terminals", "both in files"],
)
def test_progress_shows_only_where_nothing_else_does(monkeypatch, out, err, shown):
    stdout, stderr = out(), err()
    monkeypatch.setattr("sys.stdout", stdout)
    monkeypatch.setattr("sys.stderr", stderr)
    assert list(show_progress("abc", 3, label="reading")) == ["a", "b", "c"]
    assert ("reading" in stderr.getvalue()) is shown
    assert stdout.getvalue() == ""


def test_results_printed_under_a_progress_bar_go_to_standard_output(monkeypatch):
    stdout, stderr = io.StringIO(), Terminal()
    monkeypatch.setattr("sys.stdout", stdout)
    monkeypatch.setattr("sys.stderr", stderr)
    for item in show_progress("ab", 2, label="reading"):
        print(item)
    assert stdout.getvalue() == "a\nb\n"


def test_progress_shows_beside_the_terminal_that_results_come_to_last(monkeypatch):
    stdout, stderr = Terminal(), Terminal()
    monkeypatch.setattr("sys.stdout", stdout)
    monkeypatch.setattr("sys.stderr", stderr)
    assert list(show_progress("ab", 2, label="reading", results_last=True)) == ["a", "b"]
    line = "reading  50% [##########          ] 0:00 left"  # no time has gone by
    assert stderr.getvalue() == f"{line}\r{' ' * len(line)}\r"
    assert stdout.getvalue() == ""


def test_one_item_of_many_parts_shows_progress_and_one_item_none(monkeypatch):
    stderr = Terminal()
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setattr("sys.stderr", stderr)
    list(show_progress("a", 1, label="reading"))
    assert stderr.getvalue() == ""
    list(show_progress("abcd", 1, label="reading", share=lambda item: 0.25))
    assert "reading  25% [#####               ]" in stderr.getvalue()


def test_an_error_has_a_line_of_its_own_beside_progress(monkeypatch):
    stderr = Terminal()
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setattr("sys.stderr", stderr)
    for item in show_progress("abc", 3, label="reading"):
        if item == "b":
            print_error("b.png: is empty")
    assert "\rpython: error: b.png: is empty\n" in stderr.getvalue()
