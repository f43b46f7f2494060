"""The pages of a PDF, drawn by PDFium in a process of its own; see pdf_child.py."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from digits.picture.limits import MAX_PAGES, PictureError, damaged, overloaded

NO_PDFIUM = (
    "is PDF, which needs one more package (pip install pypdfium2); or export it as PNG or JPEG"
)
LOCKED = "is locked with a password (PDF); save it without one"
HEAVY = "takes too much time or memory to draw (PDF); export it as PNG or JPEG"
OPEN_SECONDS, PAGE_SECONDS = 0.5, 1.0  # of a core; a scanned page of 35 megapixels takes 0.5
PATIENCE = 30  # seconds in all, where the machine is busy or cannot count those of a core
_CHILD = Path(__file__).with_name("pdf_child.py")
_PASSWORD = b"password"


def open_pdf(data: bytes) -> int:
    """How many pages the PDF with these bytes has.

    Raises:
        PictureError: pypdfium2 is not installed, or the file is damaged, locked or too large.
    """
    if find_spec("pypdfium2") is None:
        raise PictureError(NO_PDFIUM)
    count = int(_ask(data, OPEN_SECONDS))
    if count < 1:
        raise damaged("PDF")
    if count > MAX_PAGES:
        raise overloaded("PDF", "pages", MAX_PAGES)
    return count


def draw_page(data: bytes, page: int) -> np.ndarray:
    """One page, counted from 1: uint8 BGR (H, W, 3).

    Raises:
        PictureError: it is damaged, or takes too long.
    """
    size, _, pixels = _ask(data, PAGE_SECONDS, page).partition(b"\n")
    width, height = map(int, size.split())
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)


def _ask(data: bytes, seconds: float, *page: int) -> bytes:
    """What the other process answers.

    Raises:
        PictureError: it does not, or only that there is a password.
    """
    command = [sys.executable, "-P", str(_CHILD), str(seconds), *map(str, page)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise PictureError(HEAVY) from None
    if done.returncode == 0:
        return done.stdout
    if done.stdout == _PASSWORD:
        raise PictureError(LOCKED)
    if done.returncode < 0:  # ended by a signal: of its limits, or of a crash
        raise PictureError(HEAVY)
    raise damaged("PDF")
