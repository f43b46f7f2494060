"""Confidence means what it says, and recipes are compared on images that did not choose it."""

import numpy as np
import pytest

from data import Split
from model import build_model
from training.recipe import NETWORK
from training.trained import calibration
from training.trained.calibration import calibrate, compute_logits, cross_fit_loss


def make_answers(right, sharpness, *, count=4000):
    """Logits whose answer is right that often, and the labels.

    `sharpness` times the logits that say how often: with 1 they are calibrated.
    """
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, count)
    others = (labels + rng.integers(1, 10, count)) % 10
    said = np.where(rng.random(count) < right, labels, others)
    logits = np.zeros((count, 10))
    logits[np.arange(count), said] = np.log(right / ((1 - right) / 9)) * sharpness
    return logits, labels


def measure_loss(logits, labels):
    """Cross-entropy, as it is written in textbooks."""
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -np.log(probabilities[np.arange(len(labels)), labels]).mean()


def calibrate_model(monkeypatch, logits, labels, recipe=NETWORK):
    """A calibration of a model that answers so; its last layer's weights before and after."""
    powers = np.exp(logits)
    answers = powers / powers.sum(axis=1, keepdims=True)
    monkeypatch.setattr(calibration, "predict_with_keras", lambda model, images: answers)
    model = build_model()
    before = model.layers[-1].get_weights()
    images = np.zeros((len(labels), 28, 28), np.uint8)
    result = calibrate(model, Split(images, labels, "", "", None), recipe)
    return result, before, model.layers[-1].get_weights()


def test_calibration_finds_how_far_confidence_goes_too_far(monkeypatch):
    """Logits three times too large for 90% right answers: the temperature is 3."""
    result, before, after = calibrate_model(monkeypatch, *make_answers(0.9, 3))
    assert result.temperature == pytest.approx(3, rel=0.05)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_allclose(new, old / np.float32(result.temperature))


def test_a_recipe_without_calibration_leaves_the_model_as_it_is(monkeypatch):
    recipe = NETWORK._replace(calibrate=False)
    answers = make_answers(0.9, 3)
    result, before, after = calibrate_model(monkeypatch, *answers, recipe)
    assert result.temperature == 1
    assert result.loss == pytest.approx(cross_fit_loss(*answers))
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(new, old)


def test_without_validation_images_nothing_is_calibrated():
    empty = Split(np.empty((0, 28, 28), np.uint8), np.empty(0, np.uint8), "", "", None)
    assert calibrate(build_model(), empty, NETWORK) == (1.0, None)


def test_a_calibrated_loss_does_not_depend_on_how_sharp_the_answers_are():
    blunt, labels = make_answers(0.9, 0.5)
    assert cross_fit_loss(blunt, labels) == pytest.approx(
        measure_loss(*make_answers(0.9, 1)), rel=1e-3
    )


def test_calibration_can_turn_an_order_round():
    """The better network by far, but not sure enough of it, has the larger loss before."""
    worse, better = make_answers(0.95, 1), make_answers(0.97, 0.3)
    assert measure_loss(*worse) < measure_loss(*better)
    assert cross_fit_loss(*worse) > cross_fit_loss(*better)


def test_no_image_chooses_the_temperature_for_itself(monkeypatch):
    """Images of the digits 0 and 1 by turns; the zeros want temperature 2, the ones 4."""
    labels = np.arange(40) % 2
    logits = np.random.default_rng(0).normal(size=(40, 10))
    monkeypatch.setattr(
        calibration, "choose_temperature", lambda logits, labels: 4.0 if labels.all() else 2.0
    )
    zeros = measure_loss(logits[labels == 0] / 4, labels[labels == 0])
    ones = measure_loss(logits[labels == 1] / 2, labels[labels == 1])
    assert cross_fit_loss(logits, labels) == pytest.approx((zeros + ones) / 2)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_images_have_no_calibrated_loss(count):
    assert cross_fit_loss(np.zeros((count, 10)), np.zeros(count, np.uint8)) is None


def test_logits_give_back_the_probabilities_that_they_are_of():
    probabilities = np.array([[0.5, 0.25, 0.25, 0.0]], np.float32)
    np.testing.assert_allclose(np.exp(compute_logits(probabilities)), probabilities, atol=1e-11)
