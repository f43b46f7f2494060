"""A screen that nobody sees, and a person's hand on it: Xvfb and xdotool."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator

import pytest

needs_screen = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool"
)
PATIENCE = 60.0  # seconds until a window is there: the machine may be at work elsewhere


class Screen:
    """One screen of its own, with `environment` for the programs shown on it."""

    def __init__(self, display: str):
        self.environment = {**os.environ, "DISPLAY": display}

    def point(self, *arguments: object) -> str:
        """What xdotool prints when it is told this."""
        command = ["xdotool", *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        return done.stdout

    @contextlib.contextmanager
    def show(self, command: list[str], title: str) -> Iterator[tuple[subprocess.Popen, str]]:
        """Run a program until its window is there: the process, and xdotool's name for that."""
        with subprocess.Popen(command, env=self.environment, stderr=subprocess.PIPE) as program:
            try:
                yield program, self._find_window(program, title)
            finally:
                program.kill()

    def _find_window(self, program: subprocess.Popen, title: str) -> str:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := self.point("search", "--name", title).split():
                return found[-1]
            if program.poll() is not None:
                raise AssertionError(f"ended without a window: {program.stderr.read()}")
            time.sleep(0.2)
        raise AssertionError("no window")


@contextlib.contextmanager
def open_screen() -> Iterator[Screen]:
    """A screen that is ready, whose number no other has: the server itself chooses and tells it."""
    ready, told = os.pipe()
    command = ["Xvfb", "-displayfd", str(told), "-screen", "0", "1000x900x24"]
    with subprocess.Popen(command, pass_fds=[told], stderr=subprocess.DEVNULL) as server:
        os.close(told)
        try:
            with open(ready) as line:
                yield Screen(f":{line.readline().strip()}")
        finally:
            server.terminate()
