"""Ruled lines are told from digits whose bars and stems happen to lie in line."""

import cv2
import numpy as np
import pytest

from digits.ink.ink import find_inks
from digits.ink.regions import label_components
from digits.ink.rulings import remove_rulings
from handwriting.pages import draw_text
from handwriting.paper import put_on_paper

RULE = (190, 150, 120)  # BGR, of school paper


def draw_page(rng, *, digits=10, rows=20, **look):
    """Rows of digits without rules: uint8 BGR (H, W, 3)."""
    text = "\n".join("".join(map(str, rng.integers(0, 10, digits))) for _ in range(rows))
    return put_on_paper(draw_text(text, rng, **look).ink)


def rule(page, apart=37):
    """The page with lines from side to side, so many pixels apart."""
    for y in range(20, len(page), apart):
        cv2.line(page, (0, y), (page.shape[1], y), RULE, 2)
    return page


@pytest.mark.parametrize("seed", [7, 15, 21])
@pytest.mark.parametrize(("rows", "look"), [(20, {"height": 36, "pen": 3}), (1, {"pen": 1})])
def test_a_page_without_rules_has_none(rows, look, seed):
    page = draw_page(np.random.default_rng([seed, 10, rows]), rows=rows, **look)
    ink = next(find_inks(page))
    assert np.array_equal(ink.plain, ink.mask)


@pytest.mark.parametrize("seed", [3, 4, 19])
def test_the_paper_of_a_narrow_ruled_page_is_no_ink(seed):
    page = draw_page(np.random.default_rng(seed), digits=5, rows=19, height=31, pen=3.7)
    assert [ink.working.grey.mean() > 128 for ink in find_inks(rule(page))] == [True]


def test_a_rule_that_fat_digits_hide_goes_with_the_others():
    page = draw_page(np.random.default_rng(1), rows=10, height=52, pen=7.7)
    plain = next(find_inks(rule(page))).plain
    _, stats = label_components(plain)
    assert stats[1:, cv2.CC_STAT_WIDTH].max() < plain.shape[1] / 2  # none joins a row of digits


def test_nothing_is_left_of_squares_where_their_rules_cross():
    squares = np.zeros((300, 300), np.uint8)
    squares[15::30] = squares[16::30] = squares[:, 15::30] = squares[:, 16::30] = 1
    cv2.circle(squares, (150, 150), 25, 1, 7)
    rest = remove_rulings(squares, squares.astype(np.float32), 7.0)
    assert rest[150, 125] == 1
    rest[118:183, 118:183] = 0
    assert not rest.any()
