"""Numbers in the cells of a table, parted by its rules."""

import cv2
import numpy as np
import pytest
from conftest import write

from digits.layout.columns import find_columns
from digits.reading import read_picture
from handwriting import paper
from handwriting.corpus import EFFECTS
from handwriting.effects.sheets import draw_cells

ROW = [(30, 40, 20, 30), (60, 40, 20, 30), (100, 40, 20, 30), (130, 40, 20, 30)]  # 12 34
LINES = [[0, 1, 2, 3]]


def rule(down=(), across=()):
    """uint8 (120, 200): rules at these columns and rows, a pixel wide."""
    rules = np.zeros((120, 200), np.uint8)
    rules[:, list(down)] = 1
    rules[list(across)] = 1
    return rules


def test_find_columns_parts_numbers_in_neighbouring_cells():
    assert find_columns(ROW, LINES, rule(down=[20, 90, 160], across=[25, 85])) == {2}


def test_find_columns_parts_at_a_rule_that_a_digit_touches():
    assert find_columns(ROW, LINES, rule(down=[20, 103, 160], across=[25, 85])) == {2}


@pytest.mark.parametrize(
    ("down", "across"),
    [
        ([20, 55, 90, 125, 160], [25, 85]),  # a form, a box for each digit
        ([10, 40, 70, 90, 110, 140], [25, 55, 85]),  # squared paper
        ([90], []),  # a lone rule
        ([20, 160], [25, 85]),  # a frame around all
    ],
)
def test_find_columns_parts_nothing_without_a_table(down, across):
    assert find_columns(ROW, LINES, rule(down, across)) == set()


def test_read_picture_tells_the_columns_of_a_table_that_is_written_full(classify):
    numbers = [["258", "642"], ["36", "8"]]
    page = np.full((320, 480, 3), 235, np.uint8)
    for (row, column), text in np.ndenumerate(np.array(numbers)):
        ink = paper.trim_to_ink(write(text, height=50, pen=5), margin=0)
        ink = cv2.resize(ink, (len(text) * 58, 60), interpolation=cv2.INTER_AREA)
        top, left = 60 + 100 * row, 56 + 180 * column
        page[top : top + 60, left : left + ink.shape[1]][ink > 99] = 40
    for at in (40, 140, 240):
        cv2.line(page, (50, at), (410, at), (120, 120, 120), 2)
    for at in (50, 230, 410):
        cv2.line(page, (at, 40), (at, 240), (120, 120, 120), 2)
    assert read_picture(page, classify).written == "258 642\n36 8"


@pytest.mark.parametrize("number", [71, 117])
def test_a_one_beside_the_rule_of_a_table_is_no_slash(classify, number):
    _, picture = draw_cells(np.random.default_rng([7, list(EFFECTS).index("cells"), number]))
    assert not read_picture(picture, classify).marks
