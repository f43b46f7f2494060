"""Work on all cores: order, look-ahead, the limit on memory."""

import platform
import subprocess
import sys
import threading
import time

import pytest
from conftest import PROJECT

from digits.work.cores import map_in_order


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells the memory")
@pytest.mark.parametrize("keras", [False, True])
def test_no_decoder_gets_more_memory_than_its_pictures_may_take(keras):
    program = (
        "import sys, types, numpy as np\n"
        "from digits.work.cores import limit_memory\n"
        f"if {keras}: sys.modules['keras'] = types.ModuleType('keras')\n"
        "def take(size):\n"
        "    try: return len(np.empty(size, np.uint8)) == size\n"
        "    except MemoryError: return False\n"
        "with limit_memory(1): print(take(400_000_000), take(2_000_000_000))\n"
        "print(take(2_000_000_000))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout == f"True {keras}\nTrue\n"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do otherwise")
def test_memory_is_kept_from_one_picture_to_the_next():
    program = (
        "import resource, numpy as np\n"
        "from digits.work.cores import keep_memory\n"
        "keep_memory()\n"
        "def work(): [np.ones(3_000_000, np.uint8) for _ in range(4)]\n"
        "def count(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "work()\n"
        "before = count()\n"
        "work()\n"
        "print(count() - before)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1000  # pages of 4 KB: 12 MB are 2,930


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
