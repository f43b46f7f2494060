"""predict.py among other programs: standard input, the environment, signals, a terminal."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from conftest import draw

import predict

PROJECT = Path(predict.__file__).parent


def test_standard_input_is_read(folder, model, run_script):
    draw("a.png", "77")
    with open("a.png", "rb") as file:
        done = run_script(
            "predict.py", "--image", "-", "--model", model, "--output", "out", stdin=file
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "77  (90.0%)\n", "")
    assert (folder / "out" / "stdin.read.png").exists()


def test_empty_standard_input_is_an_error(model, run_script):
    done = run_script("predict.py", "--image", "-", "--model", model, stdin=subprocess.DEVNULL)
    error = "predict.py: error: -: is empty; copy or export it again\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", error)


def test_a_terminal_as_standard_input_is_an_error(model, run_script):
    pty = pytest.importorskip("pty")
    terminal, other_end = pty.openpty()
    done = run_script("predict.py", "--image", "-", "--model", model, stdin=other_end, timeout=30)
    os.close(terminal)
    os.close(other_end)
    error = "predict.py: error: -: standard input is a terminal; pipe a picture into it\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", error)


@pytest.mark.parametrize("closed", ["<&-", "<&- >&- 2>&-"])
def test_closed_standard_input_is_an_error(model, run_script, closed):
    command = [sys.executable, PROJECT / "predict.py", "--image", "-", "--model", model]
    done = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", *command], capture_output=True)
    error = b"predict.py: error: -: standard input is closed; pipe a picture into it\n"
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == (b"" if "2>" in closed else error)


@pytest.mark.parametrize(
    "variables",
    [
        {"OPENCV_IO_MAX_IMAGE_PIXELS": "abc"},
        {"OPENCV_IO_MAX_IMAGE_PIXELS": "1"},
        {"OPENCV_LOG_LEVEL": "DEBUG"},
        {"OPENCV_FOR_THREADS_NUM": "abc", "HOME": "/none", "TMPDIR": "/none"},
    ],
    ids=["no number", "a small limit", "a log level", "no threads, no home"],
)
def test_the_environment_changes_no_result(folder, model, run_script, variables):
    draw("a.png")
    done = run_script(
        "predict.py", "--image", "a.png", "--model", model, "--format", "csv", env=variables
    )
    table = "image,page,text,written,confidence,sure,error\na.png,1,7,7,0.900000,1,\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, table, "")


def test_names_are_told_whatever_their_bytes_and_the_locale(folder, model, run_script):
    names = ["zwölf 七.png", os.fsdecode(b"\xff.png")]
    for name in names:
        draw(name)
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = ["--image", *names, "--model", model]
    done = run_script("predict.py", *command, cwd=folder)
    assert done.stdout == "zwölf 七.png: 7  (90.0%)\n\\udcff.png: 7  (90.0%)\n"
    done = run_script("predict.py", *command, "--format", "json", cwd=folder, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout.splitlines()[1])["image"] == "\\udcff.png"


def test_the_default_is_the_folder_beside_the_script_from_anywhere(folder, model, run_script):
    done = run_script("predict.py", "--model", model, "--format", "json", cwd=folder)
    first = json.loads(done.stdout.splitlines()[0])
    assert Path(first["image"]).parent == PROJECT / "input_images"
    done = run_script("predict.py", "--model", model, "--format", "json", cwd=PROJECT)
    first = json.loads(done.stdout.splitlines()[0])
    assert Path(first["image"]).parent == Path("input_images")


def start(folder, model, *, count=200, **options):
    """predict.py at work on many pictures."""
    for number in range(count):
        draw(folder / f"{number:03}.png")
    command = [sys.executable, PROJECT / "predict.py", "--image", folder, "--model", model]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # A shell that runs the tests in the background has them ignore Ctrl-C, and so would this one.
    heed_ctrl_c = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(command, preexec_fn=heed_ctrl_c, **(streams | options))


def test_a_reader_that_stops_early_ends_it_quietly(folder, model):
    process = start(folder, model)
    assert process.stdout.readline() == f"{folder}/000.png: 7  (90.0%)\n".encode()
    process.stdout.close()
    assert process.wait(30) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize(
    ("number", "status", "last"),
    [(signal.SIGINT, 130, b"predict.py: interrupted\n"), (signal.SIGTERM, 143, b"")],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_it_can_be_stopped(folder, model, number, status, last):
    process = start(folder, model)
    process.stdout.readline()
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (status, last)


def test_results_appear_as_they_are_ready(folder, model):
    process = start(folder, model)
    process.stdout.readline()
    assert process.poll() is None
    process.kill()
    process.communicate()


def test_a_folder_shows_progress_on_a_terminal_when_results_go_elsewhere(folder, model):
    pty = pytest.importorskip("pty")
    terminal, other_end = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    with open(folder / "out.txt", "wb") as file:
        streams = {"stdout": file, "stderr": other_end}
        process = start(folder, model, count=20, env=environment, **streams)
    os.close(other_end)
    told = b"".join(iter(lambda: read_terminal(terminal), b""))
    os.close(terminal)
    assert process.wait(30) == 0
    assert (folder / "out.txt").read_bytes().count(b"\n") == 20
    assert b"reading   5% [#                   ] " in told
    assert told.endswith(b" \r")  # nothing of it is left


def read_terminal(descriptor):
    """What comes next from a terminal; nothing once the other end is closed."""
    try:
        return os.read(descriptor, 100_000)
    except OSError:
        return b""
