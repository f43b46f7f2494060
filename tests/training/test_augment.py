"""Augmented images are other handwriting of the same digit."""

import cv2
import numpy as np
import pytest

from handwriting.drawing import draw_digits
from training import augment
from training.augment import CHUNK, augment_images, show_as_tiny


@pytest.fixture(scope="module")
def images():
    return draw_digits(np.arange(400) % 10, np.random.default_rng(0))


@pytest.fixture
def still(monkeypatch):
    """Augmentation with every constant at nothing."""
    for name in ("MAX_ROTATION", "MAX_SHEAR", "MAX_SCALE", "MAX_SHIFT", "ELASTIC"):
        monkeypatch.setattr(augment, name, 0)
    for name in ("MAX_THICKER", "MAX_THINNER"):
        monkeypatch.setattr(augment, name, 0)
    return monkeypatch


def test_the_same_seed_gives_the_same_images(images):
    first, second = (augment_images(images, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_every_image_changes(images):
    changed = augment_images(images, np.random.default_rng(1))
    assert (changed != images).any(axis=(1, 2)).all()


def test_no_strength_changes_nothing(images):
    unchanged = augment_images(images, np.random.default_rng(1), strength=0)
    np.testing.assert_array_equal(unchanged, images)


def test_a_shift_moves_the_ink(images, still):
    still.setattr(augment, "_draw_shift", lambda count, rng: np.full((count, 2, 1), 2, np.float32))
    moved = augment_images(images, np.random.default_rng(1))
    np.testing.assert_array_equal(moved[:, :-2, :-2], images[:, 2:, 2:])


def test_a_rotation_is_that_of_opencv(images, still):
    quarter = np.array([[0, -1], [1, 0]], np.float32)
    still.setattr(augment, "_draw_affine", lambda count, *_: np.tile(quarter, (count, 1, 1)))
    turned = augment_images(images[:1], np.random.default_rng(1))[0]
    expected = cv2.rotate(images[0], cv2.ROTATE_90_COUNTERCLOCKWISE)
    assert np.abs(turned.astype(int) - expected).max() <= 1


def test_ink_does_not_bleed_into_the_next_image():
    images = np.zeros((CHUNK + 3, 28, 28), np.uint8)
    images[::2] = 255
    changed = augment_images(images, np.random.default_rng(1))
    assert not changed[1::2].any()


def test_a_thicker_pen_leaves_more_ink(images, still):
    still.setattr(augment, "MAX_THICKER", 1)
    assert augment_images(images, np.random.default_rng(1)).sum() > images.sum() * 1.1


def test_a_thinner_pen_leaves_less_ink(images, still):
    still.setattr(augment, "MAX_THINNER", 1)
    assert augment_images(images, np.random.default_rng(1)).sum() < images.sum() * 0.9


def test_most_ink_stays_in_the_frame(images):
    changed = augment_images(images, np.random.default_rng(1))
    assert 0.8 < changed.sum() / images.sum() < 1.25


def test_so_many_images_are_shown_as_tiny_and_the_others_as_they_are(images):
    shown = show_as_tiny(images, np.random.default_rng(1), share=0.25)
    changed = (shown != images).any(axis=(1, 2))
    assert (shown.shape, shown.dtype) == (images.shape, np.uint8)
    assert 0.15 < changed.mean() < 0.35


def test_a_tiny_image_is_the_same_digit_with_less_detail(images):
    shown = show_as_tiny(images, np.random.default_rng(1), share=1.0)
    alike = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(images, shown, strict=True)]
    assert 0.5 < np.mean(alike) < 0.98


def test_tiny_images_are_stretched_both_ways(images):
    shown = show_as_tiny(images, np.random.default_rng(1), share=1.0)
    shape = [[w / h for _, _, w, h in map(cv2.boundingRect, some)] for some in (images, shown)]
    change = np.divide(shape[1], shape[0])
    assert np.quantile(change, 0.1) < 0.8 < 1.2 < np.quantile(change, 0.9)


def test_an_image_without_ink_stays_empty():
    empty = np.zeros((4, 28, 28), np.uint8)
    assert not show_as_tiny(empty, np.random.default_rng(1), share=1.0).any()
