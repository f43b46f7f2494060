"""Ctrl-C and SIGTERM end a script with at most one line, whatever it is at."""

# The scripts import this before anything else, so it imports next to nothing: `signal` would bring
# along `enum` and, with that, most of the time in which Ctrl-C is still a traceback.
import os
import sys
from contextvars import ContextVar

try:
    import _signal as signal
except ImportError:  # another Python than CPython
    import signal

ADVICE = ContextVar("advice", default=str)  # a function: what to do about an interruption, or ""


def end_at_once(program: str) -> None:
    """From now on either signal ends the process where it stands, with status 130 or 143.

    Not by an exception: NumPy takes one inside its import for a broken installation, h5py and
    TensorFlow answer with tracebacks and logs of their own. Files are whole at any moment
    (digits.files.write_file), so there is nothing to tidy up.

    program: in whose name Ctrl-C is told.
    """
    stderr = 2
    if None not in (sys.stdin, sys.stdout, sys.stderr):  # else the copy would take a closed place
        stderr = os.dup(2)  # libraries are hushed by redirecting 2

    def end(number: int, _: object) -> None:
        try:
            if number == signal.SIGINT:
                os.write(
                    stderr, describe_interrupt(program, ADVICE.get()(), stderr=stderr).encode()
                )
            sys.stdout.flush()
        finally:
            os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # as a shell sets it in the background
            signal.signal(number, end)


def describe_interrupt(program: str, advice: str, *, stderr: int = 2) -> str:
    """The line after Ctrl-C; on a terminal `^C` or half a progress bar stands before it."""
    start = "\n" if os.isatty(stderr) else ""
    return f"{start}{program}: interrupted{'; ' if advice else ''}{advice}\n"
