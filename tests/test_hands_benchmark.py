"""The rows of benchmarks/hands.py: what becomes of a digit in each of them."""

import cv2
import numpy as np
import pytest
from conftest import PROJECT

from digits.network import DEFAULT_MODEL
from handwriting.drawing import draw_dataset


@pytest.fixture(autouse=True)
def _benchmarks_on_path(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))


@pytest.fixture(scope="module")
def images():
    return draw_dataset(30, 0)[0]


def show(row, images):
    from hands import ROWS

    rng = np.random.default_rng(0)
    return [ROWS[row](image, rng) for image in images]


def test_squeezed_digits_have_16_pixels_a_side(images):
    assert {picture.shape for picture in show("squeezed to 16x16", images)} == {(16, 16)}


def test_binarised_digits_are_black_and_white(images):
    assert set(np.unique(np.concatenate(show("binarised", images), axis=None))) == {0, 255}


def test_stretched_digits_reach_the_frame_and_keep_some_proportion(images):
    for image, picture in zip(images, show("stretched to the frame", images), strict=True):
        side, width = len(picture), cv2.boundingRect((picture > 60).astype(np.uint8))[2]
        own = cv2.boundingRect((image > 60).astype(np.uint8))
        assert picture.shape == (side, side)
        assert width / side < 1.7 * own[2] / own[3] + 0.2
        assert picture.any(axis=1).all()


def test_fat_digits_have_more_ink_and_touch_the_borders(images):
    for image, picture in zip(images, show("fat to the border", images), strict=True):
        assert (picture > 127).sum() > (image > 127).sum()
        assert picture[0].any()
        assert picture[-1].any()


def test_cells_show_one_to_four_borders(images):
    counts = {
        sum(bool(side.all()) for side in (p[0], p[-1], p[:, 0], p[:, -1]))
        for p in show("cell borders", images)
    }
    assert counts == {1, 2, 3, 4}


def test_hair_thin_digits_have_lines_of_a_pixel_and_lose_no_part(images):
    for image, picture in zip(images, show("hair-thin", images), strict=True):
        before, after = (cv2.boundingRect((p > 60).astype(np.uint8)) for p in (image, picture))
        assert after[3] > 1.4 * before[3]  # in twice the resolution
        assert cv2.distanceTransform((picture > 127).astype(np.uint8), cv2.DIST_L2, 3).max() < 2.5


def test_slanted_digits_keep_their_height(images):
    for image, picture in zip(images, show("slanted 25 degrees", images), strict=True):
        before, after = (cv2.boundingRect(p)[3] for p in (image, picture))
        assert abs(before - after) <= 1


def test_every_second_picture_is_dark_on_light(images, tmp_path):
    from hands import write_pictures

    paths = list(write_pictures(tmp_path, "plain 28x28", images[:4], seed=[0]))
    assert [cv2.imread(str(path))[0, 0, 0] for path in paths] == [0, 255, 0, 255]


def test_a_picture_without_a_digit_is_read_as_nothing(tmp_path):
    from hands import read_text

    path = tmp_path / "blank.png"
    path.write_bytes(cv2.imencode(".png", np.zeros((28, 28), np.uint8))[1])
    assert read_text(path, DEFAULT_MODEL) == ""
