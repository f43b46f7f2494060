"""Files read whole and written whole: never half a file, never a traceback."""

import contextlib
import os
import re
import stat
import time
from pathlib import Path
from typing import BinaryIO

from digits.errors import UserError, printable

MAX_FILE_BYTES = 200_000_000  # 50 megapixels as they come from a scanner, or four times MNIST
MAX_PIXELS = 120_000_000  # of a picture: a phone has 108 megapixels
_LEFTOVER = ".tmp"  # how a file ends that is not yet, or never was, whole
_OLD = 3600  # seconds since a leftover was written to: its writer took less than one


def read_file(path: str | os.PathLike, *, most_bytes: int | None = None) -> bytes:
    """The bytes of a regular file: at most MAX_FILE_BYTES, or `most_bytes`.

    Raises:
        UserError: there is none, it may not be read, it has more bytes, or it is a folder, a pipe
            or a device (which could block for ever).
    """
    try:
        kind = os.stat(path).st_mode
        if stat.S_ISDIR(kind):
            raise UserError(f"{printable(path)}: is a folder; name a file")
        if not stat.S_ISREG(kind):
            raise UserError(f"{printable(path)}: is not a regular file; name one that is")
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            return read_stream(file, path, size=size, most_bytes=most_bytes)
    except FileNotFoundError:
        raise UserError(f"{printable(path)}: no such file; check the name") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{printable(path)}: cannot be read: {_reason(error)}") from None


def read_stream(
    stream: BinaryIO,
    name: str | os.PathLike,
    *,
    size: int | None = None,
    most_bytes: int | None = None,
) -> bytes:
    """All bytes of a stream, of which `size` are expected if that is known.

    Raises:
        UserError: there are more than MAX_FILE_BYTES, or `most_bytes`, perhaps without end.
    """
    most_bytes = MAX_FILE_BYTES if most_bytes is None else most_bytes
    size = most_bytes if size is None else size
    data = b""
    if size <= most_bytes:
        data = stream.read(size + 1)
        if size < len(data) <= most_bytes:  # it grows, or is of /proc, where all have 0 bytes
            data += stream.read(most_bytes)
        size = len(data)
    if size > most_bytes:
        raise UserError(
            f"{printable(name)}: has more than {most_bytes // 1_000_000} MB, the limit; "
            "name a smaller file"
        )
    return data


def write_file(path: str | os.PathLike, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all: whatever was there stays until all is on disk.

    What writers of the same file left beside it, when they were killed, is swept away.

    Raises:
        UserError: it cannot be written (no such folder, no permission, disk full).
    """
    import tempfile  # not for those who only read

    path = Path(path)
    prefix = f".{path.name[:40]}."  # cut, so that a long name has room for the rest
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=_LEFTOVER)
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
    _sweep(path.parent, prefix)


def check_folder(folder: str | os.PathLike) -> Path:
    """`folder` as a Path: made if it was missing, and known to take files.

    Raises:
        UserError: it cannot be made or written to.
    """
    import tempfile  # not for those who only read

    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise UserError(
            f"{printable(folder)}: cannot be written to: {_reason(error)}; name another folder"
        ) from None


def check_file(path: str | os.PathLike) -> Path:
    """`path` as a Path: known to take a file, in a folder that is made if it was missing.

    Raises:
        UserError: a file cannot be written there, or something is there that may not be replaced.
    """
    import tempfile  # not for those who only read

    path = Path(path)
    check_folder(path.parent)
    reason = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            if path.is_dir():
                reason = "is a folder"
            elif path.exists() and not (path.is_file() and os.access(path, os.W_OK)):
                reason = "may not be replaced"
    except OSError as error:
        reason = f"cannot be written: {_reason(error)}"
    if reason:
        raise UserError(f"{printable(path)}: {reason}; choose another name")
    return path


def _sweep(folder: Path, prefix: str) -> None:
    """Remove the temporary files of killed writers: those with this beginning that are old."""
    pattern = re.compile(re.escape(prefix) + "[a-z0-9_]{8}" + re.escape(_LEFTOVER))
    with contextlib.suppress(OSError):  # another process sweeps as well, or they are not ours
        for name in os.listdir(folder):
            if not (name.startswith(prefix) and pattern.fullmatch(name)):
                continue
            if time.time() - os.stat(folder / name).st_mtime > _OLD:
                os.unlink(folder / name)


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _read_umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
