"""Ctrl-C and SIGTERM end a script with at most one line, also while it imports."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from conftest import PROJECT

import predict
from digits.network import DEFAULT_MODEL

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

# A shell that runs the tests in the background has them ignore Ctrl-C, and so would their children.
heed_ctrl_c = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)

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
# What a script does between its first line and its last.
PROGRAM = """
import os, signal, sys
from cli.interrupt import end_at_once
end_at_once("some.py")
from cli.script import *
def run(args):
    LINES
sys.exit(run_script(run, build_base_parser("some.py", ""), []))
"""
KILL = "os.kill(os.getpid(), signal.SIGINT)"
FIRST = "argparse"  # what every script imports first, once it heeds signals
TRAIN = ("--data", "drawn:60", "--epochs", "1", "--output", "model.h5")


def stop(*lines, handler=signal.SIG_DFL, **options):
    """Run a script that does this."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("LINES", "\n    ".join(lines))],
        cwd=PROJECT,
        preexec_fn=partial(signal.signal, signal.SIGINT, handler),
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options},
    )


def test_ctrl_c_ends_it_with_one_line_and_status_130():
    done = stop("print('begun')", KILL)
    assert (done.returncode, done.stdout, done.stderr) == (
        130,
        "begun\n",
        "some.py: interrupted\n",
    )


def test_sigterm_ends_it_with_143_and_no_word():
    done = stop("print('begun')", "os.kill(os.getpid(), signal.SIGTERM)")
    assert (done.returncode, done.stdout, done.stderr) == (143, "begun\n", "")


def test_ctrl_c_says_what_to_do():
    done = stop("with advise_after_ctrl_c(lambda: 'add --resume to go on'):", "    " + KILL)
    assert (done.returncode, done.stderr) == (130, "some.py: interrupted; add --resume to go on\n")


def test_ctrl_c_is_no_exception_that_something_could_take_for_another():
    """As NumPy does, which says that it should be installed again."""
    done = stop("try:", "    " + KILL, "except BaseException:", "    raise ImportError('numpy')")
    assert (done.returncode, done.stderr) == (130, "some.py: interrupted\n")


def test_ctrl_c_is_told_while_libraries_are_hushed():
    done = stop(
        "from digits.errors import hush_libraries",
        "with hush_libraries(python_too=True):",
        "    os.write(2, b'log')",
        "    " + KILL,
    )
    assert (done.returncode, done.stderr) == (130, "some.py: interrupted\n")


def test_ctrl_c_is_ignored_where_the_shell_says_so():
    done = stop(KILL, "return 0", handler=signal.SIG_IGN)
    assert (done.returncode, done.stderr) == (0, "")


def test_on_a_terminal_ctrl_c_is_told_on_a_line_of_its_own():
    pty = pytest.importorskip("pty")
    terminal, other_end = pty.openpty()
    stop("os.write(2, b'^C')", KILL, stderr=other_end)
    os.close(other_end)
    told = b""
    with contextlib.suppress(OSError):  # so Linux tells that this was all
        while part := os.read(terminal, 1000):  # it may come in parts
            told += part
    os.close(terminal)
    assert told == b"^C\r\nsome.py: interrupted\r\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_ctrl_c_ends_it_with_closed_streams(closed):
    command = [sys.executable, "-c", PROGRAM.replace("LINES", KILL)]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *command],
        capture_output=True,
        cwd=PROJECT,
        preexec_fn=heed_ctrl_c,
    )
    told = b"" if closed == "2>&-" else b"some.py: interrupted\n"
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", told)


def test_a_program_that_calls_a_script_keeps_its_own_signals():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(SystemExit):
        predict.main(["--help"])
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def start(folder, name, *arguments, number=0, module=FIRST):
    return subprocess.Popen(
        [sys.executable, "-c", WATCHED, str(number), module, PROJECT / name, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=heed_ctrl_c,
    )


def check_line(told, name, number):
    """After Ctrl-C one line, perhaps with advice; after SIGTERM none."""
    advice = "(; no model was replaced(; add --resume to go on)?)?" if name == "train.py" else ""
    line = f"{re.escape(name)}: interrupted{advice}\n" if number == signal.SIGINT else ""
    assert re.fullmatch(line, told)


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
    assert process.returncode == 128 + number
    check_line(err, name, number)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("predict.py", ("--image", str(PROJECT / "input_images"))),
        ("test.py", ("--images", str(PROJECT / "input_images"), "--model", str(DEFAULT_MODEL))),
        ("train.py", TRAIN),
    ],
)
@pytest.mark.parametrize(
    ("number", "moments"), [(signal.SIGINT, 25), (signal.SIGTERM, 8)], ids=["Ctrl-C", "SIGTERM"]
)
def test_it_can_be_stopped_at_any_moment(number, moments, name, arguments, tmp_path):
    begun = time.monotonic()
    process = start(tmp_path, name, *arguments)
    process.communicate(timeout=120)
    assert process.returncode == 0
    whole = time.monotonic() - begun
    for moment in range(moments):
        process = start(tmp_path, name, *arguments)
        assert process.stdout.readline() == "started\n"
        time.sleep(whole * moment / moments)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        if process.returncode == 128 + number:
            check_line(err, name, number)
        else:  # it was over, perhaps all but Python's own end
            assert (process.returncode in (0, -number), err) == (True, "")
