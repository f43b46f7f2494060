"""Temperature scaling: confidence that means what it says (Guo et al. 2017)."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from data import Split
from model import predict_with_keras
from training.recipe import Recipe

if TYPE_CHECKING:
    import keras

TEMPERATURES = np.geomspace(0.2, 5, 321)  # steps of 1%


class Calibration(NamedTuple):
    """What calibration came to."""

    temperature: float  # that the logits were divided by
    loss: float | None  # on validation images, see cross_fit_loss


def calibrate(model: "keras.Sequential", validation: Split, recipe: Recipe) -> Calibration:
    """Divide the weights of the model's last layer by the temperature that suits best.

    That is the one with the least cross-entropy on the validation images. No answer changes, only
    how sure the model is of it. Without validation images, or where the recipe wants none, the
    temperature is 1.
    """
    logits = compute_logits(predict_with_keras(model, validation.images))
    temperature = 1.0
    if recipe.calibrate and len(logits):
        temperature = choose_temperature(logits, validation.labels)
        layer = model.layers[-1]
        layer.set_weights([weights / np.float32(temperature) for weights in layer.get_weights()])
    return Calibration(temperature, cross_fit_loss(logits / temperature, validation.labels))


def cross_fit_loss(logits: np.ndarray, labels: np.ndarray) -> float | None:
    """The cross-entropy of calibrated answers, on images that did not choose the temperature.

    Every second image chooses it for the others, and these for the first (two-fold cross-fitting);
    the result is the mean of both losses, or None for fewer than two images.

    Args:
        logits: float64 (N, 10), of a model that may be calibrated or not.
        labels: uint8 (N,), the true digits.
    """
    if len(labels) < 2:
        return None
    halves = [(logits[half::2], labels[half::2]) for half in (0, 1)]
    losses = [
        compute_loss(*measured, choose_temperature(*choosing))
        for measured, choosing in (halves, halves[::-1])
    ]
    return float(np.mean(losses))


def compute_logits(probabilities: np.ndarray) -> np.ndarray:
    """float64 (N, 10), from probabilities; up to a constant that no loss depends on."""
    return np.log(np.maximum(probabilities, 1e-12)).astype(np.float64)


def choose_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The one of TEMPERATURES with the least cross-entropy."""
    losses = [compute_loss(logits, labels, temperature) for temperature in TEMPERATURES]
    return float(TEMPERATURES[np.argmin(losses)])


def compute_loss(logits: np.ndarray, labels: np.ndarray, temperature: float) -> float:
    """The mean cross-entropy of logits, float64 (N, 10), that a temperature divides."""
    scaled = logits / temperature
    true = scaled[np.arange(len(labels)), labels]
    return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - true))
