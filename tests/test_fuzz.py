"""The fuzzer: that it finds what fails, makes it small, and finds nothing in the readers."""

import os
import sys

import numpy as np
import pytest
from conftest import PROJECT

sys.path.insert(0, str(PROJECT / "benchmarks"))

import fuzz
from fuzz_worker import FAILED, MOST_SECONDS, TRIES, make_readers, try_reader
from mutants import Edit, apply_edits, make_edits

from digits.errors import UserError


@pytest.fixture(autouse=True)
def _memory_of_the_tests_left_out(monkeypatch):
    """Other tests have made this process large, which says nothing about a reader."""
    monkeypatch.setattr("fuzz_worker.read_peak", lambda: 0.0)


def raise_(error):
    def read(name, data):
        raise error

    return read


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (UserError("is damaged"), "refused"),
        (UserError("two\nlines"), FAILED),
        (ValueError("not caught"), FAILED),
        (SystemExit(1), FAILED),
    ],
    ids=["one line", "two lines", "another error", "an exit"],
)
def test_only_an_error_of_one_line_is_a_refusal(error, outcome):
    assert try_reader(raise_(error), "a.png", b"")["outcome"] == outcome


def test_every_good_file_is_read(tmp_path):
    readers = make_readers(tmp_path)
    for kind, (make_files, _) in fuzz.KINDS.items():
        for name, data in make_files().items():
            answer = try_reader(readers[kind], name, data)
            assert (answer["outcome"], answer["detail"]) == ("read", ""), name


def test_the_same_seed_makes_the_same_mutant():
    good = bytes(range(256)) * 10
    first, second = (make_edits(good, np.random.default_rng(5)) for _ in range(2))
    assert apply_edits(good, first) == apply_edits(good, second) != good


def test_a_failure_is_shrunk_to_the_edit_that_makes_it():
    edits = [Edit(place, 1, b"x") for place in range(6)]
    assert fuzz.shrink(edits, lambda fewer: edits[3] in fewer) == [edits[3]]


def test_a_changed_weight_that_nobody_notices_fails(tmp_path, monkeypatch):
    readers = make_readers(tmp_path)
    monkeypatch.setattr("fuzz_worker.load_network", lambda path: [np.zeros(1)] * 8)
    answer = try_reader(readers["flips"], "model.h5", b"")
    assert answer["detail"] == "AssertionError: a changed weight was not noticed"


@pytest.mark.parametrize("slow", [1, TRIES])
def test_a_file_is_slow_if_it_is_slow_each_time(monkeypatch, slow):
    times = iter([0, MOST_SECONDS + 1] * slow + [0, 1] * TRIES)
    monkeypatch.setattr("fuzz_worker.time.process_time", lambda: next(times))
    answer = try_reader(lambda name, data: None, "name", b"")
    assert (answer["outcome"] == FAILED) == (slow == TRIES)


def test_what_fails_while_it_is_slow_fails(monkeypatch):
    times = iter([0, MOST_SECONDS + 1, 0, 1])
    monkeypatch.setattr("fuzz_worker.time.process_time", lambda: next(times))
    errors = iter([KeyError("once")])

    def read(name, data):
        for error in errors:
            raise error

    assert "KeyError" in try_reader(read, "name", b"")["detail"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")
def test_no_mutant_breaks_a_reader_and_no_kill_a_file(tmp_path, capsys):
    counts = {"pictures": 5000, "models": 1000, "flips": 1000, "data": 1000, "checkpoints": 500}
    counts |= {"texts": 500, "arguments": 1000, "kills": 100, "trainings": 10}
    arguments = [f"--{name}={count}" for name, count in counts.items()]
    if fuzz.main([*arguments, f"--keep={tmp_path}"]):
        pytest.fail("\n".join(capsys.readouterr()))  # whole: an assertion would cut it
