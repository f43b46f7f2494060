"""Many pictures: order, errors, look-ahead, progress."""

import io
import threading
import time

import numpy as np
import pytest

from cli import batch
from cli.batch import map_in_order, read_outcome, read_outcomes
from cli.inputs import Source
from cli.output import Outcome
from cli.script import show_progress
from digits.errors import UserError
from digits.reading import Digit, Reading

DIGIT = Digit(7, 0.9, True, (0, 0, 5, 9), 0, [(7, 0.9), (1, 0.1), (2, 0.0)], np.zeros((28, 28)))


def read_bytes(data, classify, *, threshold):
    """Stands for read_picture: the data themselves are the text."""
    if data == b"":
        raise UserError("is empty; copy or export it again")
    if data == b"huge":
        raise MemoryError
    return Reading(data.decode(), [DIGIT])


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Three files, of which the second is empty."""
    monkeypatch.setattr(batch, "decode_to_scale", lambda data: (data, 1))
    monkeypatch.setattr(batch, "read_picture", read_bytes)
    monkeypatch.setattr(batch, "draw_reading", lambda *_: np.zeros((20, 20, 3), np.uint8))
    for name, data in [("a", b"1"), ("b", b""), ("c", b"3")]:
        (tmp_path / name).write_bytes(data)
    return [Source(str(tmp_path / name)) for name in "abc"]


def tell(outcomes):
    """Text and error of each outcome."""
    return [(outcome.reading and outcome.reading.text, outcome.error) for outcome in outcomes]


def test_an_error_leaves_the_other_pictures_read(sources):
    outcomes = read_outcomes(sources, None, threshold=0.5, copies=[None] * 3)
    assert tell(outcomes) == [("1", ""), (None, "is empty; copy or export it again"), ("3", "")]


def test_a_known_error_is_passed_on_unread():
    outcome = read_outcome(Source("x", "no such file"), None, threshold=0.5, copy=None)
    assert outcome == Outcome("x", None, "no such file")


def test_the_name_of_the_file_is_not_part_of_the_error(tmp_path):
    outcome = read_outcome(Source(str(tmp_path)), None, threshold=0.5, copy=None)
    assert outcome.error == "is a folder; name a file"


def test_too_little_memory_is_an_error_of_the_picture(sources, tmp_path):
    (tmp_path / "a").write_bytes(b"huge")
    outcome = read_outcome(sources[0], None, threshold=0.5, copy=None)
    assert outcome.error == "is too large for this computer's memory; make it smaller"


def test_a_reading_whose_copy_cannot_be_written_is_kept(sources, tmp_path):
    copy = tmp_path / "none" / "a.read.png"
    outcome = read_outcome(sources[0], None, threshold=0.5, copy=copy)
    assert tell([outcome]) == [("1", f"{copy}: cannot be written: No such file or directory")]


def test_a_model_that_answers_with_no_numbers_is_an_error(sources, monkeypatch):
    def read_with_model(data, classify, *, threshold):
        classify(np.zeros((1, 28, 28), np.uint8))

    def divide_by_zero(images):
        return np.zeros((len(images), 10)) / 0

    monkeypatch.setattr(batch, "read_picture", read_with_model)
    outcomes = read_outcomes(sources[:1], divide_by_zero, threshold=0.5, copies=[None])
    error = "the model answers with no numbers; it is damaged: train one (python train.py)"
    assert tell(outcomes) == [(None, error)]


def test_results_come_in_order_though_the_first_takes_longest():
    first_may_end = threading.Event()

    def work(number):
        if number == 0:
            assert first_may_end.wait(10)
        if number == 1:
            first_may_end.set()
        return number

    assert list(map_in_order(work, range(6), workers=2)) == list(range(6))


def test_results_come_before_the_last_is_ready():
    held = threading.Event()

    def work(number):
        if number == 9:
            assert held.wait(10)
        return number

    results = map_in_order(work, range(10), workers=2)
    assert [next(results) for _ in range(7)] == list(range(7))
    held.set()
    assert list(results) == [7, 8, 9]


def test_no_more_than_twice_the_workers_are_taken_ahead():
    taken = []
    results = map_in_order(int, (taken.append(n) or n for n in range(100)), workers=2)
    next(results)
    assert len(taken) == 4
    results.close()


def test_leaving_early_starts_no_further_work():
    started = []
    results = map_in_order(lambda n: started.append(n) or time.sleep(0.01), range(50), workers=1)
    next(results)
    results.close()
    assert len(started) <= 3


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
    pytest.importorskip("rich")
    monkeypatch.setenv("TERM", "xterm")
    stdout, stderr = out(), err()
    monkeypatch.setattr("sys.stdout", stdout)
    monkeypatch.setattr("sys.stderr", stderr)
    assert list(show_progress("abc", 3, label="reading")) == ["a", "b", "c"]
    assert ("reading" in stderr.getvalue()) is shown
    assert stdout.getvalue() == ""


def test_results_printed_under_a_progress_bar_go_to_standard_output(monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setenv("TERM", "xterm")
    stdout, stderr = io.StringIO(), Terminal()
    monkeypatch.setattr("sys.stdout", stdout)
    monkeypatch.setattr("sys.stderr", stderr)
    for item in show_progress("ab", 2, label="reading"):
        print(item)
    assert stdout.getvalue() == "a\nb\n"


def test_without_rich_there_is_no_progress(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rich.console", None)
    stderr = Terminal()
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setattr("sys.stderr", stderr)
    assert list(show_progress("ab", 2, label="reading")) == ["a", "b"]
    assert stderr.getvalue() == ""
