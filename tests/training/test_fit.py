"""What the network is shown, how it is calibrated, what goes on from a checkpoint."""

import numpy as np
import pytest

from data import Split, load_split
from digits.errors import UserError
from model import build_model, import_keras, predict_with_keras
from scoring.metrics import calibration_error
from training import fit
from training import lessons as lesson_module
from training.checkpoint import DamagedCheckpointError, Progress, read_checkpoint, save_checkpoint
from training.fit import calibrate, train
from training.lessons import make_lessons, prepare_ahead, smooth_labels
from training.recipe import Recipe


@pytest.fixture(scope="module")
def split():
    return load_split("drawn:300", "train")


@pytest.fixture
def no_drawings(monkeypatch):
    """Lessons without the drawings that come beside the images."""
    monkeypatch.setattr(lesson_module, "DRAWN_SHARE", 0)
    monkeypatch.setattr(lesson_module, "NON_DIGIT_SHARE", 0)


def test_an_epoch_is_the_same_whenever_it_is_asked_for(split):
    recipe = Recipe(epochs=3, seed=4)
    in_order, alone = make_lessons(split, recipe), make_lessons(split, recipe)
    in_order.show(0), in_order.show(1)
    for one, other in zip(in_order.show(2), alone.show(2), strict=True):
        np.testing.assert_array_equal(one, other)


def test_every_epoch_shows_other_images(split, no_drawings):
    lessons = make_lessons(split, Recipe(epochs=3))
    first = {image.tobytes() for image in lessons.show(0).images}
    assert not first & {image.tobytes() for image in lessons.show(1).images}


def test_images_are_varied_as_far_as_asked_for(split, no_drawings):
    """The other numbers that decide an image are drawn alike."""
    shown = [
        make_lessons(split, Recipe(), strength=strength).show(0).images for strength in (0.01, 1)
    ]
    plain = make_lessons(split, Recipe(), strength=0).show(0).images
    near, far = (np.abs(images - plain.astype(float)).mean() for images in shown)
    assert near < 3 < far


def test_without_augmentation_the_images_are_shown_as_they_are(split, no_drawings):
    lessons = make_lessons(split, Recipe(augment=False))
    shown = {image.tobytes() for image in lessons.show(0).images}
    assert shown == {image.tobytes() for image in split.images}


def test_images_keep_their_labels_in_their_new_order(split, no_drawings):
    shown = make_lessons(split, Recipe(augment=False)).show(0)
    labels = {
        image.tobytes(): label for image, label in zip(split.images, split.labels, strict=True)
    }
    assert [labels[image.tobytes()] for image in shown.images] == list(shown.targets.argmax(axis=1))


def test_drawn_digits_and_drawn_non_digits_are_shown_too(split):
    targets = make_lessons(split, Recipe()).show(0).targets
    unsure = (targets == np.float32(0.1)).all(axis=1)
    assert (len(targets), unsure.sum()) == (339, 9)


def test_the_number_of_images_is_known_beforehand(split):
    lessons = make_lessons(split, Recipe())
    assert lessons.count == len(lessons.show(0).images)


def test_targets_are_probabilities():
    targets = smooth_labels(np.array([3, 9]), 0.05)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    assert list(targets.argmax(axis=1)) == [3, 9]


def test_a_judge_decides_the_targets_of_the_images_but_not_of_drawings(split):
    certain = np.eye(10, dtype=np.float32)[np.zeros(300, int)]
    lessons = make_lessons(split, Recipe(), judge=lambda number, images, targets: certain)
    assert (lessons.show(0).targets == certain[0]).all(axis=1).sum() == 300


def test_epochs_are_prepared_in_order():
    assert list(prepare_ahead(lambda epoch: epoch * 10, 2, 5)) == [(2, 20), (3, 30), (4, 40)]


def test_accuracy_counts_digits_alone():
    metric = fit.make_accuracy()
    unsure = np.full((1, 10), 0.1, np.float32)
    targets = np.concatenate([smooth_labels(np.array([1, 2]), 0.05), unsure])
    metric.update_state(targets, np.eye(10, dtype=np.float32)[[1, 3, 5]])
    assert float(metric.result()) == 0.5


@pytest.fixture(scope="module")
def trained(split):
    recipe = Recipe(epochs=2, batch_size=32)
    return train(recipe, make_lessons(split, recipe), validation=load_split("drawn:600", "test"))


def test_a_short_training_learns(trained):
    assert trained.history["val_accuracy"][-1] > 0.3


def test_a_trained_network_computes_in_float32(trained):
    assert {layer.compute_dtype for layer in trained.model.layers} == {"float32"}


def test_calibration_makes_confidence_mean_what_it_says():
    """Logits three times too large for 90% right answers: the temperature is 3."""
    rng = np.random.default_rng(0)
    model = build_model()
    rows = np.zeros((4000, 10))
    labels = rng.integers(0, 10, 4000)
    said = np.where(rng.random(4000) < 0.9, labels, rng.integers(0, 10, 4000))
    rows[np.arange(4000), said] = np.log(0.91 / 0.01) * 3
    powers = np.exp(rows)
    answers = powers / powers.sum(axis=1, keepdims=True)
    images = np.zeros((4000, 28, 28), np.uint8)
    before = model.layers[-1].get_weights()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "predict_with_keras", lambda model, images: answers)
        temperature = calibrate(model, Split(images, labels, "", "", None))
    assert temperature == pytest.approx(3, rel=0.1)
    for old, new in zip(before, model.layers[-1].get_weights(), strict=True):
        np.testing.assert_allclose(new, old / np.float32(temperature))


def test_calibration_lowers_the_calibration_error(trained):
    held = load_split("drawn:600", "test")
    answers = predict_with_keras(trained.model, held.images).astype(np.float64)
    undone = answers**trained.temperature
    undone /= undone.sum(axis=1, keepdims=True)
    errors = [
        calibration_error(values.max(axis=1), values.argmax(axis=1) == held.labels)
        for values in (answers, undone)
    ]
    assert errors[0] < errors[1]


def test_without_validation_images_nothing_is_calibrated():
    empty = Split(np.empty((0, 28, 28), np.uint8), np.empty(0, np.uint8), "", "", None)
    assert calibrate(build_model(), empty) == 1.0


PROGRESS = Progress(2, {"loss": [0.5, 0.25]}, 3.5, [np.eye(2, dtype=np.float32), np.array(7)])


def test_a_checkpoint_gives_back_what_it_was_given(tmp_path):
    save_checkpoint(tmp_path / "c", PROGRESS, signature="abc")
    found = read_checkpoint(tmp_path / "c", signature="abc")
    assert found[:3] == PROGRESS[:3]
    for kept, given in zip(found.state, PROGRESS.state, strict=True):
        np.testing.assert_array_equal(kept, given)


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    save_checkpoint(tmp_path / "c", PROGRESS, signature="abc")
    with pytest.raises(UserError) as caught:
        read_checkpoint(tmp_path / "c", signature="other")
    assert str(caught.value) == (
        f"{tmp_path / 'c'}: is of a training with other arguments or data; "
        "give the same again, or leave out --resume to start afresh"
    )


@pytest.mark.parametrize("content", [b"", b"no zip", "half"])
def test_a_damaged_checkpoint_is_named(content, tmp_path):
    path = tmp_path / "c"
    save_checkpoint(path, PROGRESS, signature="abc")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with pytest.raises(DamagedCheckpointError) as caught:
        read_checkpoint(path, signature="abc")
    assert str(caught.value) == f"{path}: is not a readable checkpoint"


def test_going_on_gives_the_same_network_as_never_stopping(split, trained):
    recipe = Recipe(epochs=2, batch_size=32)
    held = load_split("drawn:600", "test")
    kept = []

    class Stop(Exception):
        pass

    def keep(progress):
        kept.append(progress)
        raise Stop

    with pytest.raises(Stop):
        train(recipe, make_lessons(split, recipe), validation=held, keep=keep)
    lessons = make_lessons(split, recipe)
    resumed = train(recipe, lessons, validation=held, progress=kept[0])
    for one, other in zip(resumed.model.get_weights(), trained.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert resumed.history["loss"] == trained.history["loss"]


def test_precision_is_put_back():
    before = import_keras().config.dtype_policy()
    with fit.choose_precision():
        pass
    assert import_keras().config.dtype_policy() == before
