"""Work in forks: order, a worker that dies, nothing left behind."""

import os
import subprocess
import sys
import threading
import time

import pytest
from conftest import PROJECT

from digits.work.processes import LEAST_ITEMS, may_fork

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="there are forks on Linux only"
)


@pytest.fixture
def run_program():
    """A function that runs Python code alone: this process may have threads, which forks fear."""

    def run(program):
        command = [sys.executable, "-c", f"from digits.work.processes import *\n{program}"]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)
        assert done.stderr == ""
        return done.stdout

    return run


def test_results_come_in_order_from_several_processes(run_program):
    program = (
        "results = list(map_in_processes(lambda n: [(n, os.getpid())], range(7), workers=2))\n"
        "print([n for n, _ in results], len({pid for _, pid in results} - {os.getpid()}))"
    )
    assert run_program(program) == "[0, 1, 2, 3, 4, 5, 6] 2\n"


def test_work_begins_before_a_result_is_asked_for(run_program, tmp_path):
    program = (
        "import pathlib, time\n"
        f"path = pathlib.Path({str(tmp_path / 'begun')!r})\n"
        "results = map_in_processes(lambda n: [path.touch()], range(2), workers=2)\n"
        "end = time.monotonic() + 20\n"
        "while not path.exists() and time.monotonic() < end: time.sleep(0.01)\n"
        "print(path.exists(), list(results))"
    )
    assert run_program(program) == "True [None, None]\n"


def test_what_a_process_does_not_survive_is_done_by_its_parent(run_program):
    program = (
        "parent = os.getpid()\n"
        "def work(n):\n"
        "    if n == 3 and os.getpid() != parent: os._exit(1)\n"
        "    return [n]\n"
        "print(list(map_in_processes(work, range(8), workers=2)))"
    )
    assert run_program(program) == "[0, 1, 2, 3, 4, 5, 6, 7]\n"


def test_an_item_may_have_any_number_of_results(run_program):
    program = (
        "results = map_in_processes(lambda n: [n] * n, range(5), workers=2)\nprint(list(results))"
    )
    assert run_program(program) == "[1, 2, 2, 3, 3, 3, 4, 4, 4, 4]\n"


def test_the_results_before_a_process_ended_are_told_once(run_program):
    program = (
        "parent = os.getpid()\n"
        "def work(n):\n"
        "    yield (n, 'first')\n"
        "    if n == 1 and os.getpid() != parent: os._exit(1)\n"
        "    yield (n, 'second')\n"
        "print([word for _, word in map_in_processes(work, range(3), workers=2)])"
    )
    assert run_program(program) == f"{['first', 'second'] * 3}\n"


def test_leaving_early_leaves_no_process_behind(run_program):
    program = (
        "import time\n"
        "results = map_in_processes(lambda n: [time.sleep(n)], range(0, 100, 50), workers=2)\n"
        "next(results)\n"
        "results.close()\n"
        "try: os.wait()\n"
        "except ChildProcessError: print('none')"
    )
    assert run_program(program) == "none\n"


def test_processes_end_when_their_parent_is_killed():
    program = (
        "from digits.work.processes import *\n"
        "import time\n"
        "def work(n): time.sleep(0.01); return [os.getpid()]\n"
        "results = map_in_processes(work, range(10**9), workers=2)\n"
        "print(next(results), next(results), flush=True)\n"
        "time.sleep(60)"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        pids = process.stdout.readline().split()
        process.kill()
    deadline = time.monotonic() + 20
    while any(is_running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [is_running(pid) for pid in pids] == [False, False]


def is_running(pid):
    try:
        os.kill(int(pid), 0)
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_few_items_are_not_worth_a_fork(monkeypatch):
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    assert [may_fork(LEAST_ITEMS - 1), may_fork(LEAST_ITEMS)] == [False, True]


def test_a_process_with_threads_is_not_forked(monkeypatch):
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert not may_fork(100)


def test_an_interruption_of_all_is_left_to_the_parent(run_program):
    program = (
        "def work(n):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return [n]\n"
        "print(list(map_in_processes(work, range(2), workers=2)))"
    )
    assert run_program(program) == "[0, 1]\n"
