import numpy as np
import pytest

from digits.ink.levels import find_quantile, quantile

SHARES = (0.0, 0.3, 0.5, 0.75, 0.9, 1.0)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 256), (np.uint16, 6000)])
@pytest.mark.parametrize("size", [(30, 41), (270, 300)])
def test_find_quantile_gives_numpys_quantile(share, dtype, top, size):
    levels = np.random.default_rng(0).integers(0, top, size).astype(dtype)
    assert find_quantile(levels, share) == pytest.approx(np.quantile(levels, share))
    lower = levels[levels <= 99]
    assert find_quantile(levels, share, most=99) == pytest.approx(np.quantile(lower, share))


@pytest.mark.parametrize("share", SHARES)
def test_find_quantile_gives_the_only_level(share):
    assert find_quantile(np.full((7, 5), 200, np.uint8), share) == 200


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("size", [1, 2, 30])
def test_quantile_gives_numpys_quantile(share, size):
    values = np.random.default_rng(size).random(size)
    assert quantile(values, share) == pytest.approx(np.quantile(values, share))
