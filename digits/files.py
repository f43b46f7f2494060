"""Files read whole and written whole: never half a file, never a traceback."""

import os
import stat
import tempfile
from pathlib import Path
from typing import BinaryIO

from digits.errors import UserError, printable

MAX_FILE_BYTES = 200_000_000  # 50 megapixels as they come from a scanner, or four times MNIST


def read_file(path: str | os.PathLike) -> bytes:
    """The bytes of a regular file.

    Raises:
        UserError: there is none, it may not be read, it has more than MAX_FILE_BYTES, or it is a
            folder, a pipe or a device (which could block for ever).
    """
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISDIR(kind):
            raise UserError(f"{printable(path)}: is a folder; name a file")
        if not stat.S_ISREG(kind):
            raise UserError(f"{printable(path)}: is not a regular file; name one that is")
        with open(path, "rb") as file:
            return read_stream(file, path, size=os.fstat(file.fileno()).st_size)
    except FileNotFoundError:
        raise UserError(f"{printable(path)}: no such file; check the name") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{printable(path)}: cannot be read: {_reason(error)}") from None


def read_stream(stream: BinaryIO, name: str | os.PathLike, *, size: int | None = None) -> bytes:
    """All bytes of a stream, of which `size` are expected if that is known.

    Raises:
        UserError: there are more than MAX_FILE_BYTES, perhaps without end.
    """
    size = MAX_FILE_BYTES if size is None else size
    data = b""
    if size <= MAX_FILE_BYTES:
        data = stream.read(size + 1)
        if size < len(data) <= MAX_FILE_BYTES:  # it grows, or is of /proc, where all have 0 bytes
            data += stream.read(MAX_FILE_BYTES)
        size = len(data)
    if size > MAX_FILE_BYTES:
        megabytes = MAX_FILE_BYTES // 1_000_000
        raise UserError(
            f"{printable(name)}: has more than {megabytes} MB, the limit; name a smaller file"
        )
    return data


def write_file(path: str | os.PathLike, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all: whatever was there stays until all is on disk.

    Raises:
        UserError: it cannot be written (no such folder, no permission, disk full).
    """
    path = Path(path)
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_read_umask())  # mkstemp lets only the owner read
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(f"{printable(path)}: cannot be written: {_reason(error)}") from None
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)


def check_folder(folder: str | os.PathLike) -> Path:
    """`folder` as a Path: made if it was missing, and known to take files.

    Raises:
        UserError: it cannot be made or written to.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise UserError(
            f"{printable(folder)}: cannot be written to: {_reason(error)}; name another folder"
        ) from None


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _read_umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
