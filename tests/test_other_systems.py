"""What other systems lack or forbid, taken away here: the scripts do not miss it."""

import errno
import ntpath
import os
import shutil

import pytest
from conftest import PROJECT

from cli import script
from cli.inputs import Source, name_copy
from digits.errors import UserError
from digits.files import write_file

# Python runs it before anything else: no modules and functions of POSIX, no /proc, and no file
# replaced or removed while this process has it open, which Windows forbids.
SITE = """
import os, pathlib, sys

for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in ("fork", "sched_getaffinity", "getuid", "geteuid", "killpg"):
    delattr(os, name)


def read_text(path, *arguments, read=pathlib.Path.read_text, **named):
    if str(path).startswith("/proc"):
        raise FileNotFoundError(2, "No such file or directory", str(path))
    return read(path, *arguments, **named)


def forbid_open_files(function):
    def call(*paths, **named):
        for number in os.listdir("/proc/self/fd"):
            link = f"/proc/self/fd/{number}"
            if any(os.path.exists(p) and os.path.exists(link) and os.path.samefile(p, link)
                   for p in paths):
                raise PermissionError(13, "Permission denied", str(paths[-1]))
        return function(*paths, **named)
    return call


pathlib.Path.read_text = read_text
os.replace, os.unlink = forbid_open_files(os.replace), forbid_open_files(os.unlink)
"""


@pytest.fixture
def elsewhere(tmp_path):
    """The environment of a process on such a system."""
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc to see which files are open")
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SITE)
    return {"PYTHONPATH": str(folder)}


def test_reading_needs_nothing_that_only_linux_has(elsewhere, run_script, tmp_path):
    names = ("input_images/number.png", "input_images/chalk.jpg")
    usual = run_script("predict.py", *names, cwd=PROJECT)
    for _ in range(2):  # the second time the copies are replaced
        done = run_script("predict.py", *names, "--output", tmp_path, cwd=PROJECT, env=elsewhere)
        assert (done.returncode, done.stdout, done.stderr) == (0, usual.stdout, "")


@pytest.mark.slow
def test_training_needs_nothing_that_only_linux_has(elsewhere, run_script, tmp_path):
    arguments = ("--data", "drawn:60", "--epochs", "1", "--output", tmp_path / "model.h5")
    for _ in range(2):
        done = run_script("train.py", *arguments, env=elsewhere, timeout=600)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_file_that_another_program_holds_open_stays_and_is_told(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Access is denied")

    path = tmp_path / "model.h5"
    path.write_bytes(b"old")
    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(UserError, match=r"model\.h5: cannot be written: Access is denied$"):
        write_file(path, b"new")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"old"]


def test_a_console_of_another_code_page_gets_utf_8(run_script, tmp_path):
    shutil.copy(PROJECT / "input_images" / "number.png", tmp_path / "Zähler → 5.png")
    environment = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = run_script("predict.py", "--format", "csv", tmp_path, env=environment)
    assert "Zähler → 5.png" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_a_copy_is_called_by_the_name_behind_backslashes(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("os.path", ntpath)
        name = name_copy(Source("C:\\scans\\page 1.png"))
    assert name == "page 1.png.read.png"


@pytest.mark.parametrize(("platform", "left"), [("win32", True), ("linux", False)])
def test_on_windows_a_reader_that_left_is_an_invalid_argument(platform, left, monkeypatch):
    monkeypatch.setattr("sys.platform", platform)
    assert script.is_broken_pipe(OSError(errno.EINVAL, "Invalid argument")) == left
    assert not script.is_broken_pipe(OSError(errno.EINVAL, "Invalid argument", "NUL:"))
