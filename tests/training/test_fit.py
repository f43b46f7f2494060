"""How the network learns, and goes on learning; on a network of one layer, which is soon built."""

import numpy as np
import pytest

from data import load_split
from model import build_model, describe_layers, import_keras
from training import fit as fit_module
from training.fit import (
    build_to_fit,
    choose_precision,
    finish,
    fit,
    make_accuracy,
    name_precision,
)
from training.lessons import make_lessons, prepare_ahead, smooth_labels, work_ahead
from training.recipe import NETWORK

RECIPE = NETWORK._replace(epochs=3, batch_size=32, learning_rate=0.02)


def build_layer():
    layers = import_keras().layers
    return import_keras().Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(10, activation="softmax", dtype="float32"),
        ]
    )


@pytest.fixture(scope="module")
def kept():
    """The progress after each epoch of a training."""
    kept = []
    lessons = make_lessons(load_split("drawn:300", "train"), RECIPE)
    validation = load_split("drawn:600", "test")
    with work_ahead() as worker:
        epochs = prepare_ahead(worker, lessons.make_epoch, 0, RECIPE.epochs)
        model = build_to_fit(build_layer, RECIPE, count=lessons.count)
        fit(model, epochs, RECIPE, validation=validation, keep=kept.append)
    return kept


def test_accuracy_counts_digits_alone():
    metric = make_accuracy()
    unsure = np.full((1, 10), 0.1, np.float32)
    targets = np.concatenate([smooth_labels(np.array([1, 2]), 0.05), unsure])
    metric.update_state(targets, np.eye(10, dtype=np.float32)[[1, 3, 5]])
    assert float(metric.result()) == 0.5


def test_a_short_training_learns(kept):
    assert kept[-1].history["val_accuracy"][-1] > 0.3


def test_progress_is_kept_after_every_epoch(kept):
    assert [progress.epoch for progress in kept] == [1, 2, 3]
    assert [len(progress.history["loss"]) for progress in kept] == [1, 2, 3]


def test_progress_holds_a_state_of_its_own_for_every_epoch(kept):
    assert not np.array_equal(kept[0].state[0], kept[1].state[0])


def test_a_network_trained_as_it_is_ends_in_float32_with_the_same_weights():
    with choose_precision():
        model = build_layer()
    ended = finish(model, build_layer, RECIPE._replace(batch_norm=False))
    assert {layer.compute_dtype for layer in ended.layers} == {"float32"}
    for one, other in zip(ended.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("batch_norm", [True, False])
def test_the_recipe_decides_whether_batches_are_normalised(batch_norm):
    recipe = RECIPE._replace(batch_norm=batch_norm)
    model = build_to_fit(build_model, recipe, count=64)
    assert ("BatchNormalization" in describe_layers(model)) == batch_norm
    assert describe_layers(finish(model, build_model, recipe)) == describe_layers(build_model())


def test_precision_is_put_back():
    before = import_keras().config.dtype_policy()
    with choose_precision():
        assert import_keras().config.dtype_policy().name == name_precision()
    assert import_keras().config.dtype_policy() == before


def test_bfloat16_is_for_processors_that_have_instructions_for_it(monkeypatch):
    monkeypatch.setattr(fit_module, "read_cpu_flags", lambda: {"avx512_bf16"})
    fast = import_keras().config.backend() == "tensorflow"
    assert name_precision() == ("mixed_bfloat16" if fast else "float32")
    monkeypatch.setattr(fit_module, "read_cpu_flags", lambda: {"avx512f"})
    assert name_precision() == "float32"


def test_the_recipe_decides_how_the_optimizer_goes():
    recipe = RECIPE._replace(weight_decay=0.5, warm_up=0.5, first_rate=0.1, last_rate=0.2)
    model = build_to_fit(build_layer, recipe, count=64)  # 2 steps in each of 3 epochs
    rates = [float(model.optimizer._learning_rate(step)) for step in (0, 3, 6)]
    np.testing.assert_allclose(rates, [0.002, 0.02, 0.004], rtol=1e-5)
    assert model.optimizer.weight_decay == 0.5


def test_weights_are_averaged_over_the_last_steps_where_the_recipe_says_so():
    recipe = RECIPE._replace(batch_norm=False, batch_size=400, averaged_share=2 / 3)
    lessons = make_lessons(load_split("drawn:300", "train"), recipe)
    kept = []
    with work_ahead() as worker:
        epochs = prepare_ahead(worker, lessons.make_epoch, 0, recipe.epochs)
        model = build_to_fit(build_layer, recipe, count=lessons.count)
        fit(model, epochs, recipe, validation=load_split("drawn:60", "test"), keep=kept.append)
    steps = [progress.state[0] for progress in kept]  # each epoch is one step
    assert np.abs(steps[2] - steps[0]).max() > 0.01
    averaged = steps[0]
    for step in steps[1:]:
        averaged = averaged / 2 + step / 2  # over two of three steps
    ended = finish(model, build_layer, recipe)
    np.testing.assert_allclose(ended.get_weights()[0], averaged, atol=1e-3)
