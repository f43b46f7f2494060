"""Digits are told from other ink, and nothing else changes by it."""

import re
import shutil

import h5py
import numpy as np
import pytest

from data import load_split
from digitness import compute_activations, fit_digitness
from digits.cli import UserError
from digits.handwriting import draw_digits, draw_non_digits
from digits.inference import (
    DEFAULT_MODEL,
    load_network,
    predict_confidences,
    predict_probabilities,
)
from model import build_model, import_keras, load_model, save_model


@pytest.fixture(scope="module")
def digits():
    return draw_digits(np.arange(500) % 10, np.random.default_rng(7))


@pytest.fixture(scope="module")
def others():
    return draw_non_digits(500, np.random.default_rng(8))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """The shipped network with a digitness fitted to few drawings, saved and read again."""
    path = tmp_path_factory.mktemp("fitted") / "model.h5"
    model, drawings = load_model(DEFAULT_MODEL), load_split("drawn:1500", "train").images
    save_model(model, path, digitness=fit_digitness(model, drawings, seed=1))
    return load_network(path)


def test_digits_keep_their_confidence_and_other_ink_loses_it(fitted, digits, others):
    right = predict_confidences(fitted, digits).sum(axis=1)
    wrong = predict_confidences(fitted, others).sum(axis=1)
    assert np.mean(right > 0.5) > 0.9
    assert np.mean(wrong > 0.5) < 0.25


def test_confidences_are_probabilities_times_digitness(fitted, others):
    confidences = predict_confidences(fitted, others)
    share = confidences / predict_probabilities(fitted, others)
    np.testing.assert_allclose(share, np.tile(share[:, :1], 10), rtol=1e-4)
    assert share.max() <= 1


def test_the_activations_of_numpy_and_keras_give_the_same(digits):
    """The last layer, applied by hand to Keras' activations, gives NumPy's probabilities."""
    network = load_network()
    dense = compute_activations(load_model(DEFAULT_MODEL), digits)[:, 1600:]
    logits = dense @ network.output_kernel + network.output_bias
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        powers / powers.sum(axis=1, keepdims=True),
        predict_probabilities(network, digits),
        rtol=0,
        atol=1e-5,
    )


def test_a_model_without_digitness_doubts_nothing(tmp_path, others):
    model = build_model()
    save_model(model, tmp_path / "model.h5")
    network = load_network(tmp_path / "model.h5")
    np.testing.assert_array_equal(
        predict_confidences(network, others), predict_probabilities(network, others)
    )


def test_an_edited_network_gets_no_digitness():
    layers = import_keras().layers
    edited = import_keras().Sequential([layers.Input((28, 28, 1)), layers.Flatten()])
    assert fit_digitness(edited, np.zeros((5, 28, 28), np.uint8), seed=0) is None


def test_a_damaged_digitness_is_damage(tmp_path):
    copy = shutil.copy(DEFAULT_MODEL, tmp_path / "model.h5")
    with h5py.File(copy, "r+") as file:
        file["digitness/hidden_bias"][0] = np.inf
    with pytest.raises(UserError, match=f"^{re.escape(str(copy))}: is not a readable model; "):
        load_network(copy)


def test_keras_opens_a_model_with_digitness(tmp_path, digits):
    opened = import_keras().models.load_model(DEFAULT_MODEL)
    inputs = digits[..., np.newaxis].astype(np.float32) / 255
    np.testing.assert_allclose(
        opened.predict(inputs, verbose=0),
        predict_probabilities(load_network(), digits),
        rtol=0,
        atol=1e-5,
    )
