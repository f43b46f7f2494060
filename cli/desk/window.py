"""What the windows share: whether one can be opened, its foot, and names for what is saved."""

import os
import subprocess
import sys
import time
from itertools import chain, count
from pathlib import Path

import cv2
import numpy as np

from digits.errors import UserError

FOOT_HEIGHT = 56
ESCAPE = 27
NO_WINDOW = "no window can be opened here; it needs a display, and opencv-python (not -headless)"
# Tried in another process: where Qt cannot open a window, it ends the process.
_TRIAL = "import cv2; cv2.namedWindow('x'); cv2.waitKey(1)"


def check_display() -> None:
    """Make sure that a window can be opened.

    Raises:
        UserError: there is no display, or this OpenCV has no windows.
    """
    no_display = sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if no_display or subprocess.run([sys.executable, "-c", _TRIAL], capture_output=True).returncode:
        raise UserError(NO_WINDOW)


def is_left(title: str, key: int) -> bool:
    """Whether this key leaves the window (q, Esc), or its cross was clicked."""
    left = key in (ord("q"), ESCAPE)
    return left or cv2.getWindowProperty(title, cv2.WND_PROP_VISIBLE) < 1


def draw_foot(width: int, *lines: str) -> np.ndarray:
    """Two lines of text for the foot of a window: uint8 BGR (FOOT_HEIGHT, width, 3)."""
    foot = np.full((FOOT_HEIGHT, width, 3), 240, np.uint8)
    for text, base in zip(lines, (22, 46), strict=True):
        cv2.putText(
            foot, text, (12, base), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (60,) * 3, 1, cv2.LINE_AA
        )
    return foot


def find_free_path(folder: Path, kind: str) -> Path:
    """`folder/KIND_DATE_TIME.png`, with a number where there is such a file."""
    name = f"{kind}_{time.strftime('%Y%m%d_%H%M%S')}"
    names = chain([f"{name}.png"], (f"{name}_{number}.png" for number in count(2)))
    return next(path for name in names if not (path := folder / name).exists())
