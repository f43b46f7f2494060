"""What a user is told, and what no user should see: one clear line, and no chatter of libraries."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO


class ReadingError(Exception):
    """One line for the user: what is at fault, and what to do about it; `digits.ReadingError`."""

    __module__ = "digits"  # as tracebacks name it, and as programs import it


UserError = ReadingError  # the same where scripts speak: they are given more than pictures


class LimitError(ValueError):
    """A file holds more than is read; the message says what and how much, but not in which file."""


def printable(name: str | os.PathLike) -> str:
    """`name` with line breaks, control characters and undecodable bytes escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(name))


def shorten(text: str, most: int = 200) -> str:
    """`text`, or its beginning and `…` where it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def list_damage() -> tuple[type[Exception], ...]:
    """What Python and the libraries may raise over a damaged file.

    Not just Exception: a mistake in this program should look like one. ArithmeticError: a number
    too large for its place; MemoryError: a size that no memory holds; SyntaxError, TokenError: the
    header of an .npy; struct.error: a ZIP.
    """
    import struct  # all of these only here: a picture that can be read need not wait for them
    import zlib
    from lzma import LZMAError
    from pickle import UnpicklingError
    from tokenize import TokenError
    from zipfile import BadZipFile

    return (
        ArithmeticError,
        AssertionError,
        AttributeError,
        BadZipFile,
        BufferError,
        EOFError,
        LZMAError,
        LookupError,
        MemoryError,
        OSError,
        RuntimeError,
        SyntaxError,
        TokenError,
        TypeError,
        UnpicklingError,
        ValueError,
        struct.error,
        zlib.error,
    )


@contextlib.contextmanager
def blame_file(
    path: str | os.PathLike, wrong: str, error: type[UserError] = UserError
) -> Iterator[None]:
    """What the block raises because the file is damaged becomes one line: its name, what is wrong.

    A LimitError says itself what is wrong.
    """
    try:
        yield
    except LimitError as limit:
        raise error(f"{printable(path)}: {limit}") from None
    except list_damage():
        raise error(f"{printable(path)}: {wrong}") from None


@contextlib.contextmanager
def hush_libraries(*, python_too: bool = False) -> Iterator[None]:
    """Hold back what C and C++ libraries write to file descriptor 2, whatever their log level.

    libjpeg, libpng, libtiff and TensorFlow all do. It concerns the whole process, all threads.

    Args:
        python_too: also hold back what Python writes to sys.stderr, and show everything that was
            held back if the block fails. Without it Python's own lines still reach the terminal,
            and what the libraries wrote is dropped.
    """
    if sys.stderr is None:  # closed by whoever started the process
        yield
        return
    stderr, terminal = sys.stderr, os.dup(2)
    stderr.flush()
    if not python_too and stderr is sys.__stderr__:
        sys.stderr = os.fdopen(os.dup(2), "w", 1, stderr.encoding, stderr.errors)
    with _open_holder() if python_too else open(os.devnull, "r+b") as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except KeyboardInterrupt:  # no failure: what was held back says nothing about it
            raise
        except BaseException:
            os.dup2(terminal, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            sys.stderr.flush()
            sys.stderr = stderr
            os.dup2(terminal, 2)
            os.close(terminal)


def _open_holder() -> BinaryIO:
    from tempfile import TemporaryFile  # 8 ms, which one picture need not wait for

    return TemporaryFile()
