"""read_many: order, errors that end nothing, other processes."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import PROJECT
from PIL import Image

from digits import ReadingError, read_digits, read_many
from digits.calls import many
from digits.reading import NO_DIGIT

SEVEN = PROJECT / "input_images" / "digit_7.png"


@pytest.fixture(params=["here", "in processes"])
def everywhere(request, monkeypatch):
    """Whether the pictures are read in this process or in others."""
    monkeypatch.setattr(many, "LEAST_PARTS", 2 if request.param == "in processes" else 1000)
    monkeypatch.setattr(many, "count_cores", lambda: 2)


def test_all_kinds_are_read_in_the_order_given(everywhere):
    picture = cv2.imread(str(SEVEN))
    given = [SEVEN, b"", picture, SEVEN.read_bytes(), io.BytesIO(SEVEN.read_bytes()), "none.png"]
    readings = list(read_many(given))
    assert [reading.text for reading in readings] == ["7", "", "7", "7", "7", ""]
    names = [str(SEVEN), "bytes", "array", "bytes", "file", "none.png"]
    assert [reading.source for reading in readings] == names
    assert readings[1].error == "is empty; copy or export it again"
    assert readings[5].error == "no such file; check the name"


def test_a_reading_is_the_same_as_one_by_one(everywhere):
    paths = [PROJECT / "input_images" / name for name in ("number.png", "chalk.jpg", "page.jpg")]
    for reading, path in zip(read_many(map(str, paths)), paths, strict=True):
        alone = read_digits(path)
        assert reading._replace(digits=[]) == alone._replace(digits=[])
        assert [d[:6] for d in reading.digits] == [d[:6] for d in alone.digits]


def test_every_page_is_a_reading(everywhere, tmp_path):
    pages = [Image.open(SEVEN).convert("L"), Image.new("L", (50, 50)), Image.open(SEVEN)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    readings = list(read_many([tmp_path / "a.tif", SEVEN]))
    assert [(r.text, r.page, r.pages) for r in readings] == [
        ("7", 1, 3),
        ("", 2, 3),
        ("7", 3, 3),
        ("7", 1, 1),
    ]
    assert readings[1].error == NO_DIGIT


def test_model_threshold_and_colours_go_along(everywhere, model):
    pictures = [np.full((9, 9, 3), 255, np.uint8), cv2.imread(str(SEVEN))]
    blank, seven = read_many(pictures, model=model, threshold=0.95, rgb=True)
    assert blank.error == NO_DIGIT
    assert (seven.text, seven.sure, round(seven.digits[0].confidence, 3)) == ("7", False, 0.9)


@pytest.mark.parametrize("given", ["a.png", b"a", 7, SEVEN])
def test_one_picture_is_not_several(given):
    with pytest.raises(TypeError) as caught:
        read_many(given)
    told = "pictures must be several: each a path, bytes, a binary file, a uint8 array or a PIL "
    assert str(caught.value) == f"{told}image; for one there is read_digits"


def test_what_cannot_be_read_at_all_is_told_at_once():
    with pytest.raises(TypeError):
        read_many(["a.png", 7])
    with pytest.raises(ReadingError, match="no such model"):
        read_many([], model="none.h5")


def test_a_process_that_dies_costs_one_picture(everywhere, monkeypatch, tmp_path):
    if many.LEAST_PARTS > 2:
        pytest.skip("of processes")
    program = many._PROGRAM.removesuffix("serve()") + (
        "import digits.calls.server as server\n"
        "take = server.take_picture\n"
        "def die(picture, rgb):\n"
        "    if picture == b'die': server.os._exit(9)\n"
        "    return take(picture, rgb=rgb)\n"
        "server.take_picture = die\n"
        "serve()"
    )
    monkeypatch.setattr(many, "_PROGRAM", program)
    readings = list(read_many([SEVEN, b"die", SEVEN, SEVEN, SEVEN]))
    assert [reading.text for reading in readings] == ["7", "", "7", "7", "7"]
    assert readings[1].error == many.DIED


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")
def test_where_no_process_can_be_started_this_one_reads(monkeypatch):
    monkeypatch.setattr(many, "LEAST_PARTS", 2)
    monkeypatch.setattr(many, "count_cores", lambda: 2)
    for program in ("/bin/echo", "/none/python"):
        monkeypatch.setattr(sys, "executable", program)
        assert [reading.text for reading in read_many([SEVEN] * 3)] == ["7"] * 3


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's list of children")
def test_leaving_early_leaves_no_process_behind(everywhere):
    before = list_children()
    readings = read_many([SEVEN] * 20)
    assert next(readings).text == "7"
    readings.close()
    assert list_children() == before


def list_children():
    """The processes that this one has begun."""
    children = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that has just ended
            children += (task / "children").read_text().split()
    return sorted(children)


@pytest.mark.slow
def test_a_program_whose_opencv_has_threads_waits_for_nothing():
    program = (
        "import sys, cv2, numpy as np\n"
        "picture = np.zeros((3000, 3000, 3), np.uint8)\n"
        "for _ in range(3): cv2.GaussianBlur(picture, (9, 9), 2)\n"
        "from digits import read_many\n"
        "print({reading.text for reading in read_many([sys.argv[1]] * 40)})"
    )
    command = [sys.executable, "-c", program, SEVEN]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("{'7'}\n", "")
