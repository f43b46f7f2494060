"""Ctrl-C and SIGTERM end a process with at most one line, whatever it is at."""

# The scripts import this before anything else, so it imports next to nothing: `signal` would bring
# along `enum` and, with that, most of the time in which Ctrl-C is still a traceback.
import os
import sys

try:
    import _signal as signal
except ImportError:  # another Python than CPython
    import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def end_at_once(program: str, *, stderr: int = 2) -> None:
    """From now on either signal ends the process where it stands: for the time of the imports.

    NumPy and h5py take a KeyboardInterrupt inside their import for a broken installation, and
    TensorFlow's log would be shown with it.

    Args:
        program: in whose name Ctrl-C is told.
        stderr: the file descriptor on which it is told.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as a shell does in the background
            signal.signal(number, lambda number, _: end_process(program, number, stderr=stderr))


def end_process(program: str, number: int, *, stderr: int) -> None:
    """End the process with the signal's status, 130 or 143; after Ctrl-C, with one line."""
    try:
        if number == signal.SIGINT:
            os.write(stderr, f"{start_line(stderr)}{program}: interrupted\n".encode())
        sys.stdout.flush()
    finally:
        os._exit(128 + number)


def start_line(stderr: int = 2) -> str:
    """What begins a line of its own: on a terminal, `^C` or half a progress bar stands there."""
    return "\n" if os.isatty(stderr) else ""
