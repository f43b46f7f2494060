"""Files are read whole and written whole."""

import io
import os
import re
import stat
import time

import pytest

from digits import files
from digits.errors import UserError
from digits.files import check_folder, read_file, read_stream, write_file


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


@pytest.mark.skipif(os.name == "nt", reason="Windows writes all of it")
def test_read_file_refuses_a_file_of_gigabytes_at_once(tmp_path):
    path = tmp_path / "large.png"
    with open(path, "wb") as file:
        file.truncate(2_000_000_000)
    text = f"{path}: has more than 200 MB, the limit; name a smaller file"
    start = time.process_time()
    with pytest.raises(UserError, match=match(text)):
        read_file(path)
    assert time.process_time() - start < 0.1  # 0.7 s where it is read


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
