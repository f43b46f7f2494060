"""Adam in NumPy."""

import numpy as np
import pytest

from training.trained.adam import Adam


def test_the_first_step_is_as_long_as_the_rate_however_steep_it_is():
    weights = [np.zeros(3, np.float32), np.zeros((1, 2), np.float32)]
    Adam(weights).step([np.array([1e-3, -5, 40]), np.array([[2.0, -2.0]])], 0.1)
    np.testing.assert_allclose(weights[0], [-0.1, 0.1, -0.1], rtol=1e-4)
    np.testing.assert_allclose(weights[1], [[-0.1, 0.1]], rtol=1e-4)


def test_it_comes_to_the_bottom():
    weights = [np.array([3.0, -2.0], np.float32)]
    adam = Adam(weights)
    for step in range(400):
        adam.step([2 * (weights[0] - 1)], 0.1 * (1 - step / 400))
    assert weights[0] == pytest.approx([1, 1], abs=1e-2)
    assert weights[0].dtype == np.float32
