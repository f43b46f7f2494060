"""How every script ends, and what it says."""

import os
import subprocess
import sys
import time

import pytest

from cli.script import (
    advise_after_ctrl_c,
    build_base_parser,
    explain_import_error,
    outlive_reader,
    run_script,
)
from digits import __version__
from digits.errors import UserError

PRINTER = (
    "import sys; from cli.script import *\n"
    "def run(args): print(1); return 0\n"
    "sys.exit(run_script(run, build_base_parser('some.py', ''), []))"
)


def end(run, argv=()):
    return run_script(run, build_base_parser("some.py", "Does something."), argv)


def raise_(error):
    def run(_):
        raise error

    return run


def test_run_script_returns_the_status():
    assert end(lambda args: 0) == 0


def test_a_user_error_is_one_line_and_status_1(capsys):
    assert end(raise_(UserError("a.png: is empty; name another"))) == 1
    assert capsys.readouterr() == ("", "some.py: error: a.png: is empty; name another\n")


def test_an_error_never_breaks_its_line(capsys):
    assert end(raise_(UserError("a\nb\x1b[31m.png: is empty"))) == 1
    assert capsys.readouterr().err == "some.py: error: a\\nb\\x1b[31m.png: is empty\n"


def test_ctrl_c_is_one_line_and_status_130(capsys):
    assert end(raise_(KeyboardInterrupt("add --resume to go on"))) == 130
    assert capsys.readouterr() == ("", "some.py: interrupted; add --resume to go on\n")


def test_ctrl_c_in_a_program_that_calls_a_script_comes_with_the_advice(capsys):
    def run(_):
        with advise_after_ctrl_c(lambda: "add --resume to go on"):
            raise KeyboardInterrupt

    assert end(run) == 130
    assert capsys.readouterr() == ("", "some.py: interrupted; add --resume to go on\n")


def test_a_wrong_flag_is_one_line_and_status_2(capsys):
    with pytest.raises(SystemExit) as ended:
        end(lambda args: 0, ["--wrong"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "some.py: error: unrecognized arguments: --wrong (see some.py --help)\n"
    )


def test_a_missing_package_says_what_to_install(capsys):
    assert end(raise_(ModuleNotFoundError("No module named 'h5py'", name="h5py.defs"))) == 1
    assert capsys.readouterr().err == (
        "some.py: error: h5py: is not installed; pip install -r requirements.txt\n"
    )


def test_a_missing_system_library_names_the_packages():
    error = ImportError("libGL.so.1: cannot open shared object file: No such file or directory")
    assert explain_import_error(error) == (
        "OpenCV: libGL.so.1: cannot open shared object file: No such file or directory; "
        "apt-get install libgl1 libglib2.0-0, or pip install opencv-python-headless"
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no broken pipes")
def test_a_reader_that_leaves_early_ends_it_quietly():
    program = (
        "import sys; from cli.script import *\n"
        "def run(args):\n    for i in range(100000): print(i)\n    return 0\n"
        "sys.exit(run_script(run, build_base_parser('some.py', ''), []))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.readline()
    time.sleep(0.1)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=20) == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no broken pipes")
def test_a_script_can_outlive_its_readers(monkeypatch):
    """It goes on, its status is 0, and Python does not complain when it ends."""
    reader, writer = os.pipe()
    os.close(reader)
    done = []

    @outlive_reader()
    def run(_):
        for stream in (sys.stdout, sys.stderr):
            print("x" * 100_000, file=stream, flush=True)
            print("x" * 100_000, file=stream)
        done.append(True)
        return 0

    with os.fdopen(writer, "w") as stdout, os.fdopen(os.dup(writer), "w") as stderr:
        monkeypatch.setattr(sys, "stdout", stdout)
        monkeypatch.setattr(sys, "stderr", stderr)
        assert end(run) == 0
        assert (sys.stdout, sys.stderr, done) == (stdout, stderr, [True])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_under_standard_output_is_one_line():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", PRINTER], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 1
    assert done.stderr == "some.py: error: standard output: No space left on device\n"


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes streams")
def test_closed_streams_are_no_traceback():
    command = [sys.executable, "-c", PRINTER]
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *command], stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes streams")
def test_errors_never_go_to_standard_output():
    program = PRINTER.replace("print(1)", "raise UserError('wrong')")
    command = ["sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, "-c", program]
    done = subprocess.run(command, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (1, b"")


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes streams")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_file_never_takes_the_place_of_a_closed_stream(closed, tmp_path):
    program = (
        "import sys; from cli.script import *\n"
        "def run(args):\n"
        f"    with open({str(tmp_path / 'a')!r}, 'w') as file: file.write(str(file.fileno()))\n"
        "    return 0\n"
        "sys.exit(run_script(run, build_base_parser('some.py', ''), []))"
    )
    done = subprocess.run(["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", program])
    assert done.returncode == 0
    assert int((tmp_path / "a").read_text()) > 2


def test_every_script_tells_its_version(capsys):
    with pytest.raises(SystemExit) as ended:
        build_base_parser("x.py", "What it does.").parse_args(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"x.py {__version__}\n")
