"""What several test files need: small data, a model, and scripts run as people run them."""

import os
import subprocess
import sys
from pathlib import Path

# As in test.py: the threads of OpenBLAS make the tests that read pictures up to four times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest

from digits.network import load_network, predict_probabilities
from digits.reading import find_digits
from handwriting.pages import draw_text

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("cli", "digits", "digits/ink", "digits/picture", "digits/segment")
PACKAGES += ("handwriting", "handwriting/effects", "scoring", "training")


def write(text, seed=0, **look):
    """The ink of a text as a pen leaves it: uint8 (H, W)."""
    return draw_text(text, np.random.default_rng(seed), **look).ink


def read_text(picture, classify):
    """The digits found in a picture, lines joined by `|`."""
    lines = {}
    for digit in find_digits(picture, classify):
        lines.setdefault(digit.line, []).append(str(digit.digit))
    return "|".join("".join(line) for line in lines.values())


@pytest.fixture(scope="session")
def classify():
    """The shipped model: uint8 (N, 28, 28) -> float32 (N, 10)."""
    network = load_network()
    return lambda images: predict_probabilities(network, images)


@pytest.fixture
def run_script():
    """Run `python NAME ARGUMENTS…` of the project as a process of its own, text in and out."""

    def run(name, *arguments, cwd=None, env=None, **options):
        command = [sys.executable, str(PROJECT / name), *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=options.pop("timeout", 120),
            check=False,
            **options,
        )

    return run


@pytest.fixture(scope="session")
def mnist_path():
    """The path of the real mnist.npz; without it a test is skipped."""
    path = os.environ.get("MNIST_PATH")
    if not path:
        pytest.skip("needs the real MNIST: set MNIST_PATH to an mnist.npz")
    return path


@pytest.fixture
def random_images():
    """uint8 (200, 28, 28) of noise, from black to white."""
    return np.random.default_rng(0).integers(0, 256, (200, 28, 28), dtype=np.uint8)
