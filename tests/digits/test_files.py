"""Files are read whole and written whole."""

import io
import os
import re
import signal
import stat
import subprocess
import sys
import time

import pytest
from conftest import PROJECT

from digits import files
from digits.errors import UserError
from digits.files import check_file, check_folder, read_file, read_stream, write_file


def match(text):
    return "^" + re.escape(text) + "$"


def test_read_file_gives_the_bytes(tmp_path):
    path = tmp_path / "Ziffer ü.bin"
    path.write_bytes(b"\0\xff")
    assert read_file(path) == b"\0\xff"


def test_read_file_names_what_is_missing(tmp_path):
    path = tmp_path / "none.png"
    with pytest.raises(UserError, match=match(f"{path}: no such file; check the name")):
        read_file(path)


def test_read_file_refuses_a_folder(tmp_path):
    with pytest.raises(UserError, match=match(f"{tmp_path}: is a folder; name a file")):
        read_file(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_read_file_does_not_wait_for_a_pipe(tmp_path):
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    with pytest.raises(UserError, match=match(f"{path}: is not a regular file; name one that is")):
        read_file(path)


def test_read_file_refuses_a_name_with_a_null_byte():
    with pytest.raises(UserError, match=r"^a\\x00b: cannot be read: "):
        read_file("a\0b")


@pytest.mark.skipif(os.name == "nt", reason="Windows writes all 10 GB")
def test_read_file_refuses_a_file_of_10_gb_at_once(tmp_path):
    path = tmp_path / "large.png"
    with open(path, "wb") as file:
        file.truncate(10_000_000_000)
    text = f"{path}: has more than 200 MB, the limit; name a smaller file"
    with pytest.raises(UserError, match=match(text)):
        read_file(path)


def test_read_file_takes_a_file_of_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1000)
    (tmp_path / "a.bin").write_bytes(bytes(1000))
    assert len(read_file(tmp_path / "a.bin")) == 1000
    (tmp_path / "a.bin").write_bytes(bytes(1001))
    with pytest.raises(UserError, match="has more than 0 MB, the limit"):
        read_file(tmp_path / "a.bin")


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="this system has no /proc")
def test_read_file_reads_a_file_that_says_it_is_empty():
    assert b"VmData" in read_file("/proc/self/status")


@pytest.mark.parametrize("size", [None, 0, 100], ids=["unknown", "nothing", "less"])
def test_read_stream_ends_a_stream_without_end(size, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1000)
    stream = io.BytesIO(bytes(5000))
    with pytest.raises(
        UserError, match=match("-: has more than 0 MB, the limit; name a smaller file")
    ):
        read_stream(stream, "-", size=size)
    assert stream.tell() <= 1101


def test_write_file_replaces_the_old_content(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"


def test_write_file_leaves_no_temporary_file(tmp_path):
    write_file(tmp_path / "a.bin", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_write_file_is_readable_as_the_umask_allows(tmp_path):
    before = os.umask(0o022)
    try:
        write_file(tmp_path / "a.bin", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.bin").stat().st_mode) == 0o644


def test_write_file_keeps_the_old_file_when_the_disk_fails(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(
        UserError, match=match(f"{path}: cannot be written: No space left on device")
    ):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


@pytest.fixture
def killed(tmp_path):
    """A writer of a.bin that was killed: what it leaves, as old as `seconds` says."""

    def leave(seconds, *, name=".a.bin.abcd_123.tmp"):
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (time.time() - seconds,) * 2)

    return leave


def list_files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_write_file_sweeps_away_what_a_killed_writer_left(tmp_path, killed):
    killed(3700)
    write_file(tmp_path / "a.bin", b"new")
    assert list_files(tmp_path) == ["a.bin"]


def test_write_file_lets_a_writer_at_work_alone(tmp_path, killed):
    killed(3500)
    write_file(tmp_path / "a.bin", b"new")
    assert list_files(tmp_path) == [".a.bin.abcd_123.tmp", "a.bin"]


@pytest.mark.parametrize(
    "name", [".b.bin.abcd_123.tmp", ".a.bin.original", ".a.bin.abcd_1234.tmp", "a.bin.abcd_123.tmp"]
)
def test_write_file_sweeps_nothing_of_others(name, tmp_path, killed):
    killed(3700, name=name)
    write_file(tmp_path / "a.bin", b"new")
    assert list_files(tmp_path) == sorted([name, "a.bin"])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise")
def test_write_file_leaves_when_killed_what_the_next_one_sweeps(tmp_path):
    program = (
        "import os, signal, sys; from digits.files import write_file\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_file(sys.argv[1], b'new')"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "a.bin")]
    assert subprocess.run(command, cwd=PROJECT).returncode == -signal.SIGKILL
    [leftover] = tmp_path.iterdir()
    os.utime(leftover, (time.time() - 3700,) * 2)
    write_file(tmp_path / "a.bin", b"new")
    assert list_files(tmp_path) == ["a.bin"]


def test_write_file_writes_a_name_as_long_as_there_can_be(tmp_path):
    write_file(tmp_path / ("a" * 255), b"new")
    assert list_files(tmp_path) == ["a" * 255]


def test_read_file_reads_no_more_than_allowed(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(2_000_000))
    assert len(read_file(path, most_bytes=2_000_000)) == 2_000_000
    path.write_bytes(bytes(2_000_001))
    with pytest.raises(
        UserError, match=match(f"{path}: has more than 2 MB, the limit; name a smaller file")
    ):
        read_file(path, most_bytes=2_000_000)


def test_check_folder_makes_the_folders_it_needs(tmp_path):
    assert check_folder(tmp_path / "a" / "b").is_dir()


def test_check_folder_names_what_is_in_the_way(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"")
    with pytest.raises(
        UserError,
        match=match(f"{path}: cannot be written to: File exists; name another folder"),
    ):
        check_folder(path)


def test_check_file_makes_the_folder_and_no_file(tmp_path):
    assert check_file(tmp_path / "new" / "a.bin") == tmp_path / "new" / "a.bin"
    assert list((tmp_path / "new").iterdir()) == []


def test_check_file_takes_a_file_that_can_be_replaced(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    check_file(path)
    assert path.read_bytes() == b"old"


def test_check_file_refuses_a_folder(tmp_path):
    with pytest.raises(UserError, match=match(f"{tmp_path}: is a folder; choose another name")):
        check_file(tmp_path)


def test_check_file_refuses_a_file_that_is_protected(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may do anything
    with pytest.raises(UserError, match=match(f"{path}: may not be replaced; choose another name")):
        check_file(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_check_file_refuses_a_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(UserError, match=match(f"{path}: may not be replaced; choose another name")):
        check_file(path)


@pytest.mark.skipif(os.name == "nt", reason="the words are those of POSIX")
def test_check_file_refuses_a_name_that_is_too_long_to_be_written(tmp_path):
    path = tmp_path / ("x" * 250)  # a file may be called so, but not one that is being written
    with pytest.raises(
        UserError,
        match=match(f"{path}: cannot be written: File name too long; choose another name"),
    ):
        check_file(path)
