"""Ruled lines are told from digits whose bars and stems happen to lie in line."""

import numpy as np
import pytest

from digits.ink.ink import find_inks
from handwriting.pages import draw_text
from handwriting.paper import put_on_paper


@pytest.mark.parametrize("seed", [7, 15, 21])
@pytest.mark.parametrize(("rows", "look"), [(20, {"height": 36, "pen": 3}), (1, {"pen": 1})])
def test_a_page_without_rules_has_none(rows, look, seed):
    rng = np.random.default_rng([seed, 10, rows])
    text = "\n".join("".join(map(str, rng.integers(0, 10, 10))) for _ in range(rows))
    ink = next(find_inks(put_on_paper(draw_text(text, rng, **look).ink)))
    assert np.array_equal(ink.plain, ink.mask)
