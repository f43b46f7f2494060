"""Adam in NumPy, for what is taught to a trained network in seconds, without Keras."""

from collections.abc import Sequence

import numpy as np

MEMORY = (0.9, 0.999)  # of the gradient's mean and of its square
LEAST = 1e-8  # length of a gradient


class Adam:
    """Weights on their way down a slope: D. P. Kingma, J. Ba, "Adam", 2014."""

    def __init__(self, weights: Sequence[np.ndarray]) -> None:
        """`weights`: float32 arrays, which each step changes in place."""
        self._weights = weights
        self._means, self._squares = ([np.zeros_like(w) for w in weights] for _ in range(2))
        self._steps = 0

    def step(self, gradients: Sequence[np.ndarray], rate: float) -> None:
        """One step; a gradient for each of the weights, of its shape."""
        self._steps += 1
        unbiased, unsquared = (1 - memory**self._steps for memory in MEMORY)
        parts = zip(self._weights, gradients, self._means, self._squares, strict=True)
        for weights, gradient, mean, square in parts:
            mean += (1 - MEMORY[0]) * (gradient - mean)
            square += (1 - MEMORY[1]) * (gradient**2 - square)
            length = np.sqrt(square / unsquared) + LEAST
            weights -= np.float32(rate / unbiased) * mean / length
