"""What a user is told, and what no user should see: one clear line, and no chatter of libraries."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator


class UserError(Exception):
    """One line for the user: what is at fault, and what to do about it."""


def printable(name: str | os.PathLike) -> str:
    """`name` with line breaks, control characters and undecodable bytes escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(name))


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
    with tempfile.TemporaryFile() if python_too else open(os.devnull, "r+b") as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
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
