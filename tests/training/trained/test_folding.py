"""Batch normalisation: folded away, it leaves the network as it answered."""

import numpy as np
import pytest

from handwriting.drawing import draw_dataset
from model import build_model, describe_layers, import_keras, predict_with_keras
from training.fit import choose_precision
from training.trained.folding import fold, normalise


def build_small():
    """The network with fewer filters, which soon learns."""
    layers = import_keras().layers
    return import_keras().Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(8, activation="relu"),
            layers.Dense(10, activation="softmax", dtype="float32"),
        ]
    )


def shake(network):
    """Weights as after some training: no mean or bias is 0, no variance 1, and sure answers."""
    rng = np.random.default_rng(5)
    weights = network.get_weights()
    weights = [array + rng.uniform(-0.1, 0.1, array.shape) * (array.ndim == 1) for array in weights]
    weights[-2] *= 30
    network.set_weights(weights)


@pytest.mark.parametrize("build", [build_model, build_small])
def test_a_folded_network_gives_the_probabilities_of_the_trained_one(build):
    images = draw_dataset(60, 0)[0]
    import_keras().utils.set_random_seed(0)
    trained = normalise(build())
    shake(trained)
    expected = predict_with_keras(trained, images)
    assert np.ptp(expected, axis=0).max() > 0.5  # it tells images apart
    np.testing.assert_allclose(
        predict_with_keras(fold(trained, build), images), expected, atol=1e-5, rtol=0
    )


def test_what_is_normalised_comes_before_its_relu_and_after_its_pooling():
    assert describe_layers(normalise(build_small())) == (
        "Conv2D 3x3 1x1 valid linear, MaxPooling2D 2x2 2x2 valid, BatchNormalization, ReLU, "
        "Flatten, Dense linear, BatchNormalization, ReLU, Dense softmax"
    )


def test_a_folded_network_is_the_usual_one_in_float32():
    with choose_precision():
        trained = normalise(build_model())
    folded = fold(trained, build_model)
    assert folded.count_params() == 225_034
    assert describe_layers(folded) == describe_layers(build_model())
    assert {layer.compute_dtype for layer in folded.layers} == {"float32"}


def test_the_last_layer_computes_in_float32_while_it_is_trained():
    with choose_precision():
        trained = normalise(build_model())
    assert trained.layers[-1].compute_dtype == "float32"
