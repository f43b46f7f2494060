"""What a file unpacks to is bounded, and nothing in it leads out of it."""

import io
import struct
import zipfile
import zlib

import h5py
import numpy as np
import pytest

from digits import arrays
from digits.arrays import (
    TOO_LARGE,
    find_dataset,
    find_group,
    list_datasets,
    open_archive,
    read_member,
    read_npz,
)
from digits.errors import LimitError, list_damage

NUMBERS = np.arange(6, dtype=np.uint8).reshape(2, 3)


def save(save=np.savez, **contents):
    buffer = io.BytesIO()
    save(buffer, **contents)
    return buffer.getvalue()


def encode(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def pack(content, method=zipfile.ZIP_STORED, name="x.npy"):
    """An archive with one member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def change_header(old, new):
    """The .npy of NUMBERS with other words in its header, which stays as long."""
    header, line_end, numbers = encode(NUMBERS).partition(b"\n")
    assert old in header
    return header.rstrip().replace(old, new).ljust(len(header)) + line_end + numbers


@pytest.fixture
def file():
    """An HDF5 file in memory, to be filled."""
    with h5py.File(io.BytesIO(), "w") as file:
        yield file


@pytest.mark.parametrize("how", [np.savez, np.savez_compressed])
def test_read_npz_gives_what_numpy_saved(how):
    text = np.array("zwölf")
    found = read_npz(save(how, numbers=NUMBERS, columns=NUMBERS.T, text=text))
    np.testing.assert_array_equal(found["numbers"], NUMBERS)
    np.testing.assert_array_equal(found["columns"], NUMBERS.T)
    assert str(found["text"]) == "zwölf"


def test_read_npz_reads_only_what_is_asked_for():
    data = bytearray(save(a=NUMBERS, b=NUMBERS))
    data[data.index(b"NUMPY")] ^= 1  # a cannot be read
    assert list(read_npz(bytes(data), ["b", "c"])) == ["b"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no array",
        encode(NUMBERS)[:-1],
        encode(NUMBERS) + b"0",
        encode(np.array([{}], dtype=object), allow_pickle=True),
        encode(np.zeros(2, [("a", int)])),
        change_header(b"(2, 3)", b"(-2, -3)"),
        change_header(b"(2, 3)", b"(2, 3"),
        change_header(b"'|u1'", b"'|u9'"),
    ],
    ids=[
        *("empty", "text", "cut short", "more behind it", "objects", "records"),
        *("negative shape", "broken header", "unknown type"),
    ],
)
def test_a_member_that_is_no_whole_array_is_damage(content):
    with pytest.raises(list_damage()):
        read_npz(pack(content))


def test_a_changed_number_is_damage():
    data = bytearray(save(x=NUMBERS))
    data[data.index(NUMBERS.tobytes())] ^= 1
    with pytest.raises(zipfile.BadZipFile):
        read_npz(bytes(data))


def test_a_size_is_compared_with_the_limit_before_memory_is_taken():
    with pytest.raises(LimitError, match=f"^{TOO_LARGE}$"):
        read_npz(pack(change_header(b"(2, 3)", b"(9876543210, 3)")))


def test_arrays_share_one_limit(monkeypatch):
    monkeypatch.setattr(arrays, "MOST_BYTES", 11)
    assert list(read_npz(save(a=NUMBERS))) == ["a"]
    with pytest.raises(LimitError, match=f"^{TOO_LARGE}$"):
        read_npz(save(a=NUMBERS, b=NUMBERS))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_unpacks_without_limit_is_refused(method):
    data = pack(encode(NUMBERS), method)
    with pytest.raises(NotImplementedError):
        read_npz(data)
    with open_archive(data) as archive, pytest.raises(NotImplementedError):
        read_member(archive, "x.npy")


def test_a_member_is_unpacked_up_to_the_limit(monkeypatch):
    monkeypatch.setattr(arrays, "MOST_BYTES", 1000)
    with open_archive(pack(bytes(1000), zipfile.ZIP_DEFLATED)) as archive:
        assert read_member(archive, "x.npy") == bytes(1000)
    archive = open_archive(pack(bytes(1001), zipfile.ZIP_DEFLATED))
    with pytest.raises(LimitError, match=f"^{TOO_LARGE}$"):
        read_member(archive, "x.npy")


def test_a_member_that_lies_about_its_size_is_damage():
    data = bytearray(pack(bytes(2_000_000), zipfile.ZIP_DEFLATED))
    place = data.index(b"PK\1\2") + 24  # where the directory has the size
    data[place : place + 4] = struct.pack("<I", 1000)
    with open_archive(bytes(data)) as archive, pytest.raises(zipfile.BadZipFile):
        read_member(archive, "x.npy")


def test_an_archive_of_too_many_members_is_not_opened(monkeypatch):
    data = save(a=NUMBERS, b=NUMBERS, c=NUMBERS)
    monkeypatch.setattr(arrays, "MOST_MEMBERS", 3)
    assert len(read_npz(data)) == 3
    monkeypatch.setattr(arrays, "MOST_MEMBERS", 2)
    with pytest.raises(zipfile.BadZipFile):
        open_archive(data)


def test_a_dataset_is_found_by_its_path(file):
    file["a/b/c"] = NUMBERS
    np.testing.assert_array_equal(find_dataset(file, "a/b/c")[()], NUMBERS)
    assert find_dataset(file, "a/x/c") is None
    assert find_group(file, "a/x") is None


def test_a_group_is_no_dataset_and_a_dataset_no_group(file):
    file["a/b"] = NUMBERS
    with pytest.raises(ValueError, match="not a dataset"):
        find_dataset(file, "a")
    with pytest.raises(ValueError, match="not a group"):
        find_group(file, "a/b")
    with pytest.raises(ValueError, match="not a group"):
        find_dataset(file, "a/b/c")


@pytest.mark.parametrize(
    "link", [h5py.SoftLink("/a"), h5py.ExternalLink("other.h5", "/")], ids=["soft", "external"]
)
def test_no_link_is_followed(file, link):
    file["a/b"] = NUMBERS
    file["c"] = link
    for attempt in (
        lambda: find_group(file, "c"),
        lambda: find_dataset(file, "c/b"),
        lambda: list_datasets(file),
    ):
        with pytest.raises(ValueError, match="a link to another place"):
            attempt()


def test_packed_values_are_refused(file):
    file.create_dataset("a", data=np.zeros(1000), compression="gzip")
    with pytest.raises(ValueError, match="its values do not lie in the file as they are"):
        find_dataset(file, "a")


def test_values_in_another_file_are_refused(file, tmp_path):
    (tmp_path / "secret").write_bytes(bytes(8))
    file.create_dataset("a", (8,), np.uint8, external=[(str(tmp_path / "secret"), 0, 8)])
    with pytest.raises(ValueError, match="its values do not lie in the file as they are"):
        find_dataset(file, "a")


def test_all_datasets_are_listed_with_their_paths(file):
    for path in ("a/b/c", "a/d", "e"):
        file[path] = NUMBERS
    assert sorted(list_datasets(file)) == ["a/b/c", "a/d", "e"]


def test_a_group_that_holds_itself_is_not_listed_for_ever(file):
    file["a/b"] = NUMBERS
    file["a/itself"] = file["a"]
    with pytest.raises(ValueError, match="too many members"):
        list_datasets(file)


def test_a_broken_stream_is_damage():
    data = bytearray(pack(encode(np.zeros(10_000)), zipfile.ZIP_DEFLATED))
    data[40] ^= 0xFF
    with pytest.raises((zlib.error, zipfile.BadZipFile)):
        read_npz(bytes(data))
