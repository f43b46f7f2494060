"""How every script ends, and what it says."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from conftest import PROJECT

from cli.script import build_base_parser, explain_import_error, outlive_reader, run_script
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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM handling")
def test_sigterm_ends_with_143_and_no_word():
    program = (
        "import sys, time; from cli.script import *\n"
        "def run(args): print('ready', flush=True); time.sleep(30)\n"
        "sys.exit(run_script(run, build_base_parser('some.py', ''), []))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 143


def stop(tmp_path, *lines, **options):
    """A script whose run() has these lines; `slow` is a module that a signal comes into, and that
    takes Ctrl-C for a broken installation, as NumPy does."""
    (tmp_path / "slow.py").write_text(
        "import os, signal\n"
        "try: os.kill(os.getpid(), signal.SIGINT); [0 for _ in range(10**6)]\n"
        "except KeyboardInterrupt: raise ImportError('reinstall numpy') from None\n"
    )
    source = "\n    ".join(
        ("import os, signal, sys; from cli.script import *\ndef run(args):", *lines)
    )
    source += "\nsys.exit(run_script(run, build_base_parser('some.py', ''), []))"
    return subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "PYTHONPATH": f"{PROJECT}{os.pathsep}{tmp_path}"},
        preexec_fn=options.pop("preexec_fn", heed_ctrl_c),
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options},
    )


needs_signals = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
heed_ctrl_c = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whatever a shell has set
KILL = "os.kill(os.getpid(), signal.SIGINT)"


@needs_signals
def test_ctrl_c_inside_an_import_ends_it_at_once(tmp_path):
    done = stop(tmp_path, "print('begun')", "import slow")
    assert (done.returncode, done.stdout, done.stderr) == (
        130,
        "begun\n",
        "some.py: interrupted\n",
    )


@needs_signals
def test_ctrl_c_is_told_while_libraries_are_hushed(tmp_path):
    done = stop(
        tmp_path,
        "from digits.errors import hush_libraries",
        "with hush_libraries(python_too=True):",
        "    os.write(2, b'log')",
        "    import slow",
    )
    assert (done.returncode, done.stderr) == (130, "some.py: interrupted\n")


@needs_signals
def test_a_second_ctrl_c_is_no_traceback(tmp_path):
    done = stop(tmp_path, "try:", f"    {KILL}", "except KeyboardInterrupt:", f"    {KILL}")
    assert (done.returncode, done.stderr) == (130, "some.py: interrupted\n")


@needs_signals
def test_ctrl_c_is_ignored_where_the_shell_says_so(tmp_path):
    ignore = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    done = stop(tmp_path, KILL, "return 0", preexec_fn=ignore)
    assert (done.returncode, done.stderr) == (0, "")


@needs_signals
@pytest.mark.parametrize("line", [KILL, "import slow"], ids=["at work", "in an import"])
def test_on_a_terminal_ctrl_c_is_told_on_a_line_of_its_own(line, tmp_path):
    pty = pytest.importorskip("pty")
    terminal, other_end = pty.openpty()
    stop(tmp_path, "os.write(2, b'^C')", line, stderr=other_end)
    told = os.read(terminal, 1000)
    os.close(terminal)
    os.close(other_end)
    assert told == b"^C\r\nsome.py: interrupted\r\n"


@needs_signals
def test_the_handlers_of_the_caller_come_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    end(lambda args: 0)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


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
