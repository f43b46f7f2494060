"""A progress bar on standard error, for people only."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def show_progress(items: Iterable[Item], total: int, *, label: str) -> Iterator[Item]:
    """The items as they come, and a bar of how many of `total` have come.

    There is none without rich (it comes with Keras), for fewer than two items, where standard
    error is no terminal, and where standard output is one: there the results are the progress.
    """
    if total < 2 or not sys.stderr.isatty() or sys.stdout.isatty():
        yield from items
        return
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError:
        yield from items
        return
    console = Console(stderr=True)
    with Progress(console=console, transient=True, redirect_stdout=False) as progress:
        task = progress.add_task(label, total=total)
        for item in items:
            yield item
            progress.advance(task)
