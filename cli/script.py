"""What the scripts share: their command lines, how they end, what they say on standard error."""

import argparse
import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import NoReturn, TextIO, TypeVar

from cli.interrupt import ADVICE, describe_interrupt
from digits import __version__
from digits.errors import UserError, printable

# What `import cv2` lacks on slim Linux images, where opencv-python finds no desktop libraries.
OPENCV_ADVICE = "apt-get install libgl1 libglib2.0-0, or pip install opencv-python-headless"

Item = TypeVar("Item")

_BAR = 20  # characters
_BLINK = 0.1  # seconds between two looks at how far the work has come
_PROGRAM = ContextVar("program", default="python")  # in whose name errors and notes are printed
_SHOWN = ContextVar("shown", default=0)  # characters of progress on the line of the cursor


class CommandLineError(UserError):
    """The command line is wrong in a way that argparse does not see."""


class OneLineParser(argparse.ArgumentParser):
    """An ArgumentParser whose complaint is one line on stderr (status 2), without the usage."""

    def error(self, message: str) -> None:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def build_base_parser(prog: str, doc: str) -> argparse.ArgumentParser:
    """A parser with --version that shows `doc` as it is written and takes no abbreviated flags."""
    parser = OneLineParser(
        prog=prog,
        description=doc,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    return parser


def parse_whole(text: str) -> int:
    """A whole number from 0 up that fits in 32 bits, for argparse."""
    if text.isdecimal() and int(text) < 2**32:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 up")


def parse_count(text: str) -> int:
    """A whole number from 1 up, for argparse."""
    if count := parse_whole(text):
        return count
    raise argparse.ArgumentTypeError(f"{text!r} is not at least 1")


def parse_share(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    with contextlib.suppress(ValueError):
        if 0 <= float(text) <= 1:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")


def parse_rate(text: str) -> float:
    """A number above 0, at most 1, for argparse."""
    if rate := parse_share(text):
        return rate
    raise argparse.ArgumentTypeError(f"{text!r} is not above 0")


def run_script(
    run: Callable[[argparse.Namespace], int],
    parser: argparse.ArgumentParser,
    argv: Sequence[str] | None = None,
) -> int:
    """The exit status of `run(args)`: its own, or 1 after a UserError, 130 after Ctrl-C.

    A wrong command line ends with status 2 (as SystemExit). A reader that closes standard output
    early ends the script without a word and with status 0.
    """
    _prepare_streams()
    args = parser.parse_args(argv)
    token = _PROGRAM.set(parser.prog)
    try:
        status = run(args)
        sys.stdout.flush()
    except CommandLineError as error:
        parser.error(str(error))
    except UserError as error:
        print_error(error)
        return 1
    except ImportError as error:
        print_error(explain_import_error(error))
        return 1
    except KeyboardInterrupt as interrupt:  # called by another program; see cli.interrupt
        print(describe_interrupt(parser.prog, str(interrupt)), file=sys.stderr, end="")
        return 130
    except OSError as error:
        # Python flushes stdout once more at exit; that must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if is_broken_pipe(error):
            return 0
        place = error.filename or "standard output"
        print_error(f"{place}: {error.strerror or error}")
        return 1
    finally:
        _PROGRAM.reset(token)
    return status


def leave(status: int) -> NoReturn:
    """End the process with this status, at once.

    Python would first take down what is loaded, OpenCV above all: a tenth of the time that one
    picture takes. Files are whole and the streams are flushed; only Keras may have more to do.
    """
    if "keras" in sys.modules:
        sys.exit(status)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # its reader has left, or it is closed
            stream.flush()
    os._exit(status)


def is_broken_pipe(error: OSError) -> bool:
    """Whether it says that the reader of a stream has left: on Windows as an invalid argument."""
    on_windows = sys.platform == "win32" and error.errno == errno.EINVAL and not error.filename
    return isinstance(error, BrokenPipeError) or on_windows


def _prepare_streams() -> None:
    """Names and results stay readable in any locale, lines end alike on every system.

    A descriptor that the shell has closed leads nowhere: the next file would take its number, and
    what a library writes to it would go into that file.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the shell: 2>&-
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - stays open to the end
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(
                encoding="utf-8", errors="backslashreplace", newline="\n"
            )


class _LastingStream:
    """A text stream whose reader may leave: what is written after that is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._call(self._stream.write, text)
        return len(text)

    def flush(self) -> None:
        self._call(self._stream.flush)

    def _call(self, method: Callable, *arguments: str) -> None:
        try:
            method(*arguments)
        except OSError as error:
            if not is_broken_pipe(error):
                raise
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


@contextlib.contextmanager
def outlive_reader() -> Iterator[None]:
    """Inside, nothing stops because a reader closes standard output or error early."""
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_LastingStream, streams)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams


def print_error(error: object) -> None:
    """Write `PROG: error: …` as one line to standard error."""
    _print_line("error", error)


def print_note(text: str) -> None:
    """Write `PROG: note: …` as one line to standard error."""
    _print_line("note", text)


def _print_line(kind: str, text: object) -> None:
    wiped = _wipe(_SHOWN.get())
    print(f"{wiped}{_PROGRAM.get()}: {kind}: {printable(str(text))}", file=sys.stderr, flush=True)


def show_progress(
    items: Iterable[Item],
    total: int,
    *,
    label: str,
    share: Callable[[Item], float] = lambda item: 1,
    results_last: bool = False,
) -> Iterator[Item]:
    """The items as they come, and a line on the terminal that says how far they have come.

    There is none for a single item, where standard error is no terminal, and where standard output
    is one: there the results are the progress, unless they come last.

    Args:
        items: what is worked on.
        total: how many there are, counting each with its share.
        label: what is done.
        share: what an item counts.
        results_last: whether nothing else is printed before the last item.
    """
    if not sys.stderr.isatty() or (sys.stdout.isatty() and not results_last):
        yield from items
        return
    start, shown, done = time.monotonic(), 0.0, 0.0
    try:
        for item in items:
            yield item
            done += share(item)
            now = time.monotonic()
            if done < total and now - shown > _BLINK:
                shown = now
                _show_line(f"{label} {_draw_bar(done / total, now - start)}")
    finally:
        _show_line("")


def _draw_bar(part: float, seconds: float) -> str:
    """` 25% [#####               ] 1:30 left`, `part` of the work having taken so many seconds."""
    minutes, left = divmod(round(seconds * (1 - part) / part), 60)
    return f"{part:4.0%} [{'#' * round(_BAR * part):{_BAR}}] {minutes}:{left:02} left"


def _show_line(text: str) -> None:
    """Write it in place of the one before; the cursor stays on it."""
    sys.stderr.write(_wipe(_SHOWN.get()) + text)
    sys.stderr.flush()
    _SHOWN.set(len(text))


def _wipe(width: int) -> str:
    """What clears so many characters; a console of Windows may know no escape codes."""
    return f"\r{' ' * width}\r" if width else ""


def explain_import_error(error: ImportError) -> str:
    """What to install, in one line, for the module or the shared library that is missing."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        return f"{package}: is not installed; pip install -r requirements.txt"
    if ".so" in str(error):
        return f"OpenCV: {error}; {OPENCV_ADVICE}"
    return f"{error.name or 'import'}: {error}; pip install -r requirements.txt"


@contextlib.contextmanager
def advise_after_ctrl_c(advise: Callable[[], str]) -> Iterator[None]:
    """Where Ctrl-C ends the block, its line also says what `advise` then returns."""
    token = ADVICE.set(advise)
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(advise()) from None
    finally:
        ADVICE.reset(token)
