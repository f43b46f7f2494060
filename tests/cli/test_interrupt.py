"""Ctrl-C and SIGTERM end a script with at most one line, also while it imports."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from conftest import PROJECT

from digits.network import DEFAULT_MODEL

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

# Runs a script as `python NAME` does. When it comes to import a module, this sends a signal to
# itself, or, where the number is 0, tells whoever started it.
WATCHED = """
import os, runpy, sys
number, module, sys.argv = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
def watch(event, details):
    if event == "import" and details[0] == module:
        os.kill(os.getpid(), number) if number else os.write(1, b"started\\n")
sys.addaudithook(watch)
sys.path[0] = os.path.dirname(sys.argv[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""
FIRST = "argparse"  # what every script imports first, once it heeds signals
TRAIN = ("--data", "drawn:60", "--epochs", "1", "--output", "model.h5")


def start(folder, name, *arguments, number=0, module=FIRST):
    # A shell that runs the tests in the background has them ignore Ctrl-C, and so would this one.
    heed_ctrl_c = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(
        [sys.executable, "-c", WATCHED, str(number), module, PROJECT / name, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=heed_ctrl_c,
    )


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        (FIRST, "predict.py", ()),
        ("numpy", "predict.py", ()),
        (FIRST, "test.py", ()),
        (FIRST, "plots.py", ()),
        ("h5py", "model.py", ()),
        (FIRST, "train.py", ()),
        ("ml_dtypes", "train.py", TRAIN),  # in the middle of TensorFlow, which has logged by then
    ],
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_can_be_stopped_while_it_imports(number, module, name, arguments, tmp_path):
    process = start(tmp_path, name, *arguments, number=int(number), module=module)
    _, err = process.communicate(timeout=60)
    told = f"{name}: interrupted\n" if number == signal.SIGINT else ""
    assert (process.returncode, err) == (128 + number, told)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("predict.py", ("--image", str(PROJECT / "input_images"))),
        ("test.py", ("--images", str(PROJECT / "input_images"), "--model", str(DEFAULT_MODEL))),
        ("train.py", TRAIN),
    ],
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_can_be_stopped_at_any_moment(number, name, arguments, tmp_path):
    begun = time.monotonic()
    process = start(tmp_path, name, *arguments)
    process.communicate(timeout=120)
    assert process.returncode == 0
    whole = time.monotonic() - begun
    for moment in range(25):
        process = start(tmp_path, name, *arguments)
        assert process.stdout.readline() == "started\n"
        time.sleep(whole * moment / 25)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        if process.returncode == 128 + number:
            told = f"{name}: interrupted" if number == signal.SIGINT else ""
            assert err.startswith(told)
            assert err.count("\n") == bool(told)
        else:  # it was over, perhaps all but Python's own end
            assert (process.returncode in (0, -number), err) == (True, "")
