"""Every bad input of bad_inputs.py, through the real command line."""

import os
import sys

import pytest
from bad_inputs import make_cases
from conftest import PROJECT
from machine import run_measured

MOST_SECONDS = 2  # of a core, the start of Python and its packages included
MOST_MB = 500

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a POSIX system"),
]


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    return make_cases(tmp_path_factory.mktemp("bad"))


def test_there_are_at_least_150_of_them(cases):
    assert len({case.name for case in cases}) >= 150


def test_each_is_one_line_and_the_right_status_within_its_limits(cases):
    problems = {case.name: find_problems(case) for case in cases}
    assert {name: found for name, found in problems.items() if found} == {}


def find_problems(case):
    """What is wrong with how a command ends: nothing, in words, is right."""
    script, *arguments = case.command
    command = [sys.executable, str(PROJECT / script), *arguments]
    with open(case.stdin, "rb") as stdin:
        done = run_measured(command, stdin=stdin, timeout=60)
    lines = done.stderr.decode().splitlines()
    problems = []
    if done.status != case.status:
        problems.append(f"status {done.status}, not {case.status}")
    told = all(line.startswith(f"{script}: error: ") for line in lines)
    if not 1 <= len(lines) <= case.pages or not told:
        problems.append(f"standard error: {lines[-3:]}")
    if done.stdout and case.pages == 1:
        problems.append(f"standard output: {done.stdout[:100]}")
    if done.cpu_seconds > MOST_SECONDS:
        problems.append(f"{done.cpu_seconds:.1f} s")
    if done.peak_mb > MOST_MB:
        problems.append(f"{done.peak_mb:.0f} MB")
    return problems
