"""Arrays in files that are damaged, or made to do harm: what is read is bounded before it is read.

Each function raises one of digits.errors.list_damage() where a file is not as it should be. What
opens a ZIP archive is imported where one is opened: a model in HDF5 is not to wait for it.
"""

import io
import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import h5py
import numpy as np

from digits.errors import LimitError
from digits.files import MAX_FILE_BYTES

if TYPE_CHECKING:
    import zipfile

MOST_BYTES = MAX_FILE_BYTES  # that a file may unpack to: no more than it may have
MOST_MEMBERS = 10_000  # of an archive or of an HDF5 file
TOO_LARGE = f"holds more than {MOST_BYTES / 1e6:.0f} MB; name a smaller one"
_UNPACKED_BY_PIECES = (0, 8)  # ZIP_STORED, ZIP_DEFLATED: the other methods have no limit


def open_archive(data: bytes) -> "zipfile.ZipFile":
    """The ZIP archive in these bytes, opened for reading."""
    import zipfile

    if data.count(b"PK\1\2") > MOST_MEMBERS:  # zipfile takes a kilobyte for each of them
        raise zipfile.BadZipFile("too many members")
    return zipfile.ZipFile(io.BytesIO(data))


def read_member(archive: "zipfile.ZipFile", name: str) -> bytes:
    """A whole member of an archive, its checksum compared."""
    with _open_member(archive, name) as member:
        data = member.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise LimitError(TOO_LARGE)
    return data


def read_npz(data: bytes, names: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """The arrays of these names that an .npz file has, without names all; the others stay unread.

    Arrays of numbers and of text; other kinds, which could hold objects, are refused.
    """
    arrays, left = {}, MOST_BYTES
    with open_archive(data) as archive:
        members = {name.removesuffix(".npy"): name for name in archive.namelist()}
        for name in sorted(members.keys() & names if names else members):
            arrays[name] = _read_npy(archive, members[name], most_bytes=left)
            left -= arrays[name].nbytes
    return arrays


def open_h5(data: bytes) -> h5py.File:
    """The HDF5 file in these bytes, opened for reading."""
    return h5py.File(io.BytesIO(data), "r")


def find_group(file: h5py.Group, path: str) -> h5py.Group | None:
    """The group with this path, or None."""
    found = _find(file, path)
    if not isinstance(found, h5py.Group | None):
        raise ValueError("not a group")
    return found


def find_dataset(file: h5py.Group, path: str) -> h5py.Dataset | None:
    """The dataset with this path, or None; its values lie in the file as they are.

    A filter could unpack them without end. Strings of variable length must not be read, nor any
    attribute: in a damaged file libhdf5 can search for them for ever.
    """
    found = _find(file, path)
    if found is None:
        return None
    if not isinstance(found, h5py.Dataset):
        raise ValueError("not a dataset")
    if found.external or found.id.get_create_plist().get_layout() != h5py.h5d.CONTIGUOUS:
        raise ValueError("its values do not lie in the file as they are")
    return found


def list_datasets(group: h5py.Group) -> list[str]:
    """The paths of the datasets in a group and in the groups in it."""
    paths, waiting, left = [], [("", group)], MOST_MEMBERS
    while waiting:
        start, group = waiting.pop()
        left -= len(group)
        if left < 0:  # or for ever: a group can hold itself
            raise ValueError("too many members")
        for name in group:
            if isinstance(found := _find(group, name), h5py.Group):
                waiting.append((f"{start}{name}/", found))
            else:
                paths.append(start + name)
    return paths


def _find(group: h5py.Group, path: str) -> h5py.HLObject | None:
    # No link is followed: soft and external ones could lead out of the file.
    found: h5py.HLObject = group
    for name in path.split("/"):
        if not isinstance(found, h5py.Group):
            raise ValueError("not a group")
        link = found.get(name, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise ValueError("a link to another place")
        found = found[name]
    return found


def _open_member(archive: "zipfile.ZipFile", name: str) -> "zipfile.ZipExtFile":
    if archive.getinfo(name).compress_type not in _UNPACKED_BY_PIECES:
        raise NotImplementedError("packed by another method")
    return archive.open(name)


def _read_npy(archive: "zipfile.ZipFile", name: str, *, most_bytes: int) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old ways to write a header are remarked on
        with _open_member(archive, name) as member:
            shape, dtype = _read_npy_header(member)
        if dtype.kind not in "biufU" or min(shape, default=0) < 0:
            raise ValueError("not an array of numbers or text")
        if math.prod(shape) * dtype.itemsize > most_bytes:
            raise LimitError(TOO_LARGE)
        with _open_member(archive, name) as member:
            array = np.lib.format.read_array(member, allow_pickle=False)
            if member.read(1):  # at the end, and only there, the checksum is compared
                raise ValueError("more than an array")
    return array


def _read_npy_header(file: "zipfile.ZipExtFile") -> tuple[tuple[int, ...], np.dtype]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    return shape, dtype
