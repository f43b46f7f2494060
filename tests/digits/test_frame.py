"""Ink placed as MNIST places it."""

import numpy as np
import pytest

from digits.frame import fit_in_frame


def find_extent(image: np.ndarray) -> tuple[int, int]:
    rows, columns = np.nonzero(image.any(axis=1))[0], np.nonzero(image.any(axis=0))[0]
    return int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


@pytest.mark.parametrize(
    ("width", "height", "extent"),
    [(100, 50, (20, 10)), (50, 100, (10, 20)), (5, 5, (20, 20)), (3, 900, (1, 20))],
)
def test_the_longer_side_becomes_twenty_pixels_and_the_aspect_stays(width, height, extent):
    ink = np.zeros((1000, 300), np.uint8)
    ink[20 : 20 + height, 30 : 30 + width] = 255
    assert find_extent(fit_in_frame(ink)) == extent


def test_the_centre_of_mass_lands_on_pixel_14():
    ink = np.zeros((60, 60), np.uint8)
    ink[0:40, 0:40] = np.tri(40, dtype=np.uint8) * 255  # a triangle: mass low and to the left
    frame = fit_in_frame(ink).astype(float)
    centre = np.array([(frame.sum(axis=axis) @ np.arange(28)) / frame.sum() for axis in (0, 1)])
    assert np.abs(centre - 14).max() <= 0.5


def test_lopsided_ink_is_not_cut_off():
    ink = np.zeros((20, 20), np.uint8)
    ink[:, 0] = 255
    ink[19] = 1  # a faint line as wide as the box, so the mass lies at its left end
    assert find_extent(fit_in_frame(ink)) == (20, 20)


def test_what_is_in_its_frame_already_comes_back_as_it_is():
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 9:20] = np.arange(220, dtype=np.uint8).reshape(20, 11) // 8 + 100
    assert np.array_equal(fit_in_frame(image), image)


def test_mnist_images_come_back_as_they_are(mnist_path):
    with np.load(mnist_path) as arrays:
        images = arrays["x_train"][:2000]
    same = [np.array_equal(fit_in_frame(image), image) for image in images]
    assert np.mean(same) > 0.999  # a few of MNIST's own are 19 pixels long


def test_no_ink_gives_an_empty_frame():
    frame = fit_in_frame(np.zeros((50, 40), np.uint8))
    assert frame.shape == (28, 28)
    assert frame.dtype == np.uint8
    assert not frame.any()
