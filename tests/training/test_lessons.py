"""What the network is shown: always the same for the same seed, in the shares of the recipe."""

import threading

import numpy as np
import pytest

from data import load_split
from training.lessons import make_lessons, prepare_ahead, smooth_labels, work_ahead
from training.recipe import NETWORK

PLAIN = NETWORK._replace(
    drawn_share=0, non_digit_share=0, tiny_share=0
)  # nothing but the training images


@pytest.fixture(scope="module")
def split():
    return load_split("drawn:300", "train")


def test_an_epoch_is_the_same_whenever_it_is_asked_for(split):
    recipe = NETWORK._replace(epochs=3, seed=4)
    in_order, alone = make_lessons(split, recipe), make_lessons(split, recipe)
    in_order.make_epoch(0), in_order.make_epoch(1)
    for one, other in zip(in_order.make_epoch(2), alone.make_epoch(2), strict=True):
        np.testing.assert_array_equal(one, other)


def test_every_epoch_shows_other_images(split):
    lessons = make_lessons(split, PLAIN)
    first = {image.tobytes() for image in lessons.make_epoch(0).images}
    assert not first & {image.tobytes() for image in lessons.make_epoch(1).images}


def test_images_are_varied_as_far_as_the_recipe_says(split):
    """The other numbers that decide an image are drawn alike."""
    plain, near, far = (
        make_lessons(split, PLAIN._replace(strength=strength)).make_epoch(0).images.astype(float)
        for strength in (0, 0.01, 1)
    )
    assert np.abs(near - plain).mean() < 3 < np.abs(far - plain).mean()


def test_the_last_epochs_vary_the_images_less(split):
    recipe = PLAIN._replace(epochs=5, strength=1, calm_share=0.4, calm_strength=0)
    plain = make_lessons(split, PLAIN._replace(strength=0)).make_epoch
    calm = make_lessons(split, recipe).make_epoch
    same = [np.array_equal(calm(number).images, plain(number).images) for number in range(5)]
    assert same == [False, False, False, True, True]


def test_who_is_taught_has_no_calm_epochs(split):
    recipe = PLAIN._replace(epochs=5, strength=1, calm_share=0.4, taught_epochs=2)
    lessons = make_lessons(split, recipe, soft_targets=lambda _number, _images, targets: targets)
    first, last = ({i.tobytes() for i in lessons.make_epoch(n).images} for n in (1, 3))
    assert first == last  # an answer that was kept would be of other images


def test_the_recipe_says_how_many_images_are_shown_as_tiny(split):
    few, many = (
        make_lessons(split, PLAIN._replace(strength=0, tiny_share=share)).make_epoch(0).images
        for share in (0, 0.5)
    )
    assert 0.3 < (few != many).any(axis=(1, 2)).mean() < 0.7


def test_without_augmentation_the_images_are_shown_as_they_are(split):
    epoch = make_lessons(split, PLAIN._replace(augment=False)).make_epoch(0)
    shown = {image.tobytes() for image in epoch.images}
    assert shown == {image.tobytes() for image in split.images}


def test_images_keep_their_labels_in_their_new_order(split):
    epoch = make_lessons(split, PLAIN._replace(augment=False)).make_epoch(0)
    labels = {
        image.tobytes(): label for image, label in zip(split.images, split.labels, strict=True)
    }
    assert [labels[image.tobytes()] for image in epoch.images] == list(epoch.targets.argmax(axis=1))


def test_drawn_digits_and_drawn_non_digits_are_shown_too(split):
    targets = make_lessons(split, NETWORK).make_epoch(0).targets
    unsure = (targets == np.float32(0.1)).all(axis=1)
    assert (len(targets), unsure.sum()) == (390, 30)


def test_the_same_drawings_come_again_after_so_many_epochs(split):
    recipe = NETWORK._replace(drawn_epochs=2, augment=False)
    lessons = make_lessons(split, recipe)
    first, second, third = (
        {image.tobytes() for image in lessons.make_epoch(number).images} for number in range(3)
    )
    assert first == third != second


def test_the_number_of_images_is_known_beforehand(split):
    lessons = make_lessons(split, NETWORK)
    assert lessons.count == len(lessons.make_epoch(0).images)


def test_targets_are_probabilities():
    targets = smooth_labels(np.array([3, 9]), 0.05)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    assert list(targets.argmax(axis=1)) == [3, 9]


def test_the_recipe_says_how_far_labels_are_smoothed(split):
    targets = make_lessons(split, PLAIN._replace(label_smoothing=0.2)).make_epoch(0).targets
    np.testing.assert_allclose(targets.max(axis=1), 0.82, rtol=1e-6)


def test_soft_targets_take_the_place_of_labels_but_not_those_of_drawings(split):
    certain = np.eye(10, dtype=np.float32)[np.zeros(300, int)]
    lessons = make_lessons(split, NETWORK, soft_targets=lambda number, images, targets: certain)
    assert (lessons.make_epoch(0).targets == certain[0]).all(axis=1).sum() == 300


def test_soft_targets_are_asked_for_so_many_different_sets_of_images(split):
    asked = []

    def give(number, images, targets):
        asked.append((number, images.tobytes()))
        return targets

    recipe = NETWORK._replace(taught_epochs=2)
    lessons = make_lessons(split, recipe, soft_targets=give)
    for number in range(4):
        lessons.make_epoch(number)
    assert [number for number, _ in asked] == [0, 1, 0, 1]
    assert len(set(asked)) == 2


def test_epochs_are_prepared_in_order():
    with work_ahead() as worker:
        epochs = list(prepare_ahead(worker, lambda number: number * 10, 2, 5))
    assert epochs == [(2, 20), (3, 30), (4, 40)]


def test_the_first_epoch_is_prepared_before_it_is_asked_for():
    begun = threading.Event()
    with work_ahead() as worker:
        epochs = prepare_ahead(worker, lambda number: begun.set(), 0, 1)
        assert begun.wait(timeout=10)
        assert list(epochs) == [(0, None)]


def test_what_is_not_begun_is_left_out_where_training_ends_early():
    begun, free, done = threading.Event(), threading.Event(), []
    with work_ahead() as worker:
        worker.submit(lambda: (begun.set(), free.wait(timeout=10)))
        worker.submit(done.append, "more")
        begun.wait(timeout=10)
    free.set()
    worker.shutdown()
    assert done == []
