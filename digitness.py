"""Telling digits from other ink by what the trained network makes of both.

Showing many non-digits to the network itself costs it accuracy on MNIST (a tenth of its images: a
sixth more loss on validation images). So it sees few; a small network beside it, trained afterwards
on its activations, learns the difference from as many as there are digits, and is kept in the same
model.h5.
"""

from typing import TYPE_CHECKING

import numpy as np

from augment import augment_images
from digits.handwriting import draw_non_digits
from digits.inference import ARCHITECTURE, DIGITNESS_SHAPES, Digitness
from model import describe_layers, import_keras, scale_images

if TYPE_CHECKING:
    import keras

EPOCHS = 8
LEARNING_RATE = 2e-3


def fit_digitness(model: "keras.Model", digits: np.ndarray, *, seed: int) -> Digitness | None:
    """Weights for the digitness of `model`'s activations; None if it is not the usual network.

    Args:
        model: trained.
        digits: uint8 (N, 28, 28), images of digits as it was trained on. As many non-digits are
            drawn.
        seed: decides those and the training.
    """
    if describe_layers(model) != ARCHITECTURE:
        return None
    keras = import_keras()
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng([seed, 4])
    others = augment_images(draw_non_digits(len(digits), rng), rng)
    activations = compute_activations(model, np.concatenate([digits, others]))
    order = rng.permutation(len(activations))
    is_digit = (order < len(digits)).astype(np.float32)
    mean, spread = activations.mean(axis=0), activations.std(axis=0) + 1e-3
    size = DIGITNESS_SHAPES["hidden_bias"]
    judge = keras.Sequential(
        [
            keras.layers.Input((activations.shape[1],)),
            keras.layers.Dense(*size, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    judge.compile(keras.optimizers.Adam(LEARNING_RATE), "binary_crossentropy")
    inputs = ((activations - mean) / spread)[order]
    judge.fit(inputs, is_digit, batch_size=128, epochs=EPOCHS, shuffle=False, verbose=0)
    kernel, bias, *output = judge.get_weights()
    kernel = kernel / spread[:, np.newaxis]  # (x - mean) / spread, folded into the weights
    return Digitness(kernel, bias - mean @ kernel, *output)


def compute_activations(model: "keras.Model", images: np.ndarray) -> np.ndarray:
    """float32 (N, 1728): the pooled and the dense activations that digits.inference looks at."""
    layers = [model.get_layer(name).output for name in ("flatten", "dense")]
    part = import_keras().Model(model.inputs, layers)
    return np.concatenate(part.predict(scale_images(images), batch_size=512, verbose=0), axis=1)
