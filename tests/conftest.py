"""What several test files need: small data, a model, and scripts run as people run them."""

import os
import subprocess
import sys
from pathlib import Path

# Each core has a worker of its own: threads of libraries beside it only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import cv2
import h5py
import numpy as np
import pytest

from digits.network import WEIGHT_SHAPES, classify_images, load_network, weight_path
from digits.reading import find_digits
from handwriting.pages import draw_text

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("cli", "cli/desk")
PACKAGES += ("digits", "digits/calls", "digits/doubt", "digits/ink", "digits/layout")
PACKAGES += ("digits/pages", "digits/picture", "digits/segment", "digits/strokes", "digits/work")
PACKAGES += ("handwriting", "handwriting/effects", "handwriting/shapes")
PACKAGES += ("scoring", "exports", "training", "training/hand", "training/trained")


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
    """The shipped model: uint8 (N, 28, 28) -> Answers."""
    network = load_network()
    return lambda images: classify_images(network, images)


@pytest.fixture(scope="session")
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


ALWAYS_7 = np.log(np.array([0.07 if d == 4 else 0.03 if d == 2 else 1e-9 for d in range(10)]))
ALWAYS_7[7] = np.log(0.9)


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A model file that says of every image the same: 7 with 90%, 4 with 7%, 2 with 3%."""
    path = tmp_path_factory.mktemp("model") / "model.h5"
    with h5py.File(path, "w") as file:
        for key, shape in WEIGHT_SHAPES.items():
            values = ALWAYS_7 if key == ("output", "bias") else np.zeros(shape)
            file[weight_path(*key)] = values.astype(np.float32)
    return path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder, the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def draw(path, digits="7"):
    """Write a picture of these digits, black on white."""
    picture = np.full((120, 20 + 80 * len(digits), 3), 255, np.uint8)
    for place, digit in enumerate(digits):
        cv2.putText(picture, digit, (30 + 80 * place, 90), 0, 2.5, (0, 0, 0), 6)
    Path(path).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
