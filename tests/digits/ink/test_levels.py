import numpy as np
import pytest

from digits.ink.levels import count_levels, find_quantile, quantile

SHARES = (0.0, 0.3, 0.5, 0.75, 0.9, 1.0)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 256), (np.uint16, 6000)])
def test_find_quantile_gives_numpys_quantile_of_the_counted_levels(share, dtype, top):
    levels = np.random.default_rng(0).integers(0, top, (30, 41)).astype(dtype)
    assert find_quantile(count_levels(levels), share) == pytest.approx(np.quantile(levels, share))


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("size", [1, 2, 30])
def test_quantile_gives_numpys_quantile(share, size):
    values = np.random.default_rng(size).random(size)
    assert quantile(values, share) == pytest.approx(np.quantile(values, share))
