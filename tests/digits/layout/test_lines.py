"""Boxes of digits -> lines, however the rows lie on the page."""

import numpy as np
import pytest

from digits.layout.lines import find_gaps, measure_tilt, split_lines
from digits.segment.blobs import Blob
from handwriting.pages import draw_text

HEIGHT = 40  # pixels of a digit


def draw_row(text, seed, x=0.0, y=0.0, **look):
    """Centres and sizes of the digits of a row: float (n, 4); x and y in heights of a digit."""
    boxes = draw_text(text, np.random.default_rng(seed), height=HEIGHT, margin=3, **look).boxes
    left, top, width, height = np.array(boxes, float).T
    left, top = left - left.min(), top - np.median(top + height / 2)
    centres = (left + width / 2 + x * HEIGHT, top + height / 2 + y * HEIGHT)
    return np.stack([*centres, width, height], axis=1)


def read_rows(rows, move=lambda x, y: (x, y)):
    """The rows that are found once the digits have moved, and the rows that were drawn."""
    x, y, width, height = np.concatenate(rows).T
    x, y = move(x, y)
    corners = np.round(np.stack([x - width / 2, y - height / 2], axis=1)).astype(int) + 2000
    shapes = np.round(np.stack([height, width], axis=1)).astype(int)
    blobs = [Blob(*at, np.ones(size, bool)) for at, size in zip(corners, shapes, strict=True)]
    numbers = np.split(np.arange(len(blobs)), np.cumsum([len(row) for row in rows])[:-1])
    return split_lines(blobs), [row.tolist() for row in numbers]


def lean(degrees):
    """Turn the sheet clockwise."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return lambda x, y: (x * cosine - y * sine, x * sine + y * cosine)


@pytest.mark.parametrize("degrees", [-30, -15, 0, 25])
def test_lines_tell_how_far_the_page_is_tilted(degrees):
    x, y = np.meshgrid(np.arange(5) * 30.0, [0, 70])
    x, y = lean(degrees)(x.ravel() + 500, y.ravel())
    corners = np.stack([x, y + 1000], axis=1).astype(int)
    blobs = [Blob(*corner, np.ones((HEIGHT, 25), bool)) for corner in corners]
    assert measure_tilt(blobs) == pytest.approx(degrees, abs=3)


def test_two_digits_alone_are_not_a_tilted_line():
    blobs = [Blob(0, 0, np.ones((HEIGHT, 25), bool)), Blob(35, 20, np.ones((HEIGHT, 25), bool))]
    assert measure_tilt(blobs) == 0


def test_without_digits_there_are_no_lines():
    assert split_lines([]) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("degrees", [-35, -15, 0, 15, 35])
def test_lines_stay_lines_on_a_sheet_that_leans(degrees, seed):
    rows = [draw_row(text, seed, y=1.7 * i) for i, text in enumerate(["258614", "84", "8422730"])]
    found, drawn = read_rows(rows, lean(degrees))
    assert found == drawn


@pytest.mark.parametrize("rise", [-2.0, 2.0])
def test_lines_stay_lines_where_they_curve(rise):
    """At their ends they rise by 15 degrees."""
    texts = ["2586147930258614", "8422730", "8422730159264837", "77"]
    rows = [draw_row(text, i, y=1.8 * i) for i, text in enumerate(texts)]
    length = max(row[-1, 0] for row in rows)
    found, drawn = read_rows(
        rows, lambda x, y: (x, y + rise * HEIGHT / 2 * np.sin(np.pi * x / length))
    )
    assert found == drawn


@pytest.mark.parametrize("start", [0.0, 0.4, 0.8, 1.2])
def test_rows_that_start_at_different_places_stay_apart(start):
    texts = ["1234", "567", "890"]
    rows = [draw_row(t, i, x=start * i, y=1.5 * i, gap=0.6) for i, t in enumerate(texts)]
    found, drawn = read_rows(rows)
    assert found == drawn


@pytest.mark.parametrize("seed", range(3))
def test_rows_close_together_stay_apart(seed):
    rows = [draw_row(text, seed + i, y=1.3 * i) for i, text in enumerate(["9797", "2586", "4"])]
    found, drawn = read_rows(rows)
    assert found == drawn


@pytest.mark.parametrize("lower", [0.0, 0.35])
@pytest.mark.parametrize("degrees", [0, 4])
def test_the_columns_of_a_table_are_read_row_by_row(degrees, lower):
    """Also where the right column stands lower than the left one."""
    cells = [("8506", "63"), ("7", "7251"), ("1527", "0430"), ("84", "5")]
    rows = [
        np.concatenate(
            [draw_row(left, i, y=1.8 * i), draw_row(right, i + 9, x=7.0, y=1.8 * i + lower)]
        )
        for i, (left, right) in enumerate(cells)
    ]
    found, drawn = read_rows(rows, lean(degrees))
    assert found == drawn


def test_a_row_whose_digits_go_up_and_down_is_one_line():
    row = draw_row("12357", 0, gap=0.8)
    row[2, 1] -= 0.9 * HEIGHT
    row[[0, 4], 3] *= 1.8  # higher than the others, which start as high or end as low
    found, drawn = read_rows([row])
    assert found == drawn


def test_a_line_that_stands_over_another_comes_first_wherever_the_page_is_higher():
    """The upper line is an arch, its ends lower than the short line under its middle."""
    upper = draw_row("8422730159264837" * 3, 0)
    middle, height = np.median(upper[:, 0]), 5 * HEIGHT
    lower = draw_row("77", 1, x=middle / HEIGHT, y=1.5)
    found, drawn = read_rows(
        [upper, lower], lambda x, y: (x, y + height * ((x - middle) / middle) ** 2)
    )
    assert found == drawn


def test_two_thousand_digits_are_put_in_lines():
    rows = [draw_row("2586147930" * 4, i, y=1.7 * i) for i in range(50)]
    found, drawn = read_rows(rows, lean(5))
    assert found == drawn


def gaps_in(text, seed=0, **look):
    """Which digits of a drawn text are found to have a gap before them."""
    boxes = draw_text(text, np.random.default_rng(seed), height=HEIGHT, **look).boxes
    ends = np.cumsum([len(line.replace(" ", "")) for line in text.split("\n")])
    return find_gaps(boxes, [line.tolist() for line in np.split(np.arange(len(boxes)), ends[:-1])])


@pytest.mark.parametrize("seed", range(5))
def test_a_gap_parts_the_groups_of_a_number(seed):
    assert gaps_in("030 1234 56", seed) == {3, 7}


@pytest.mark.parametrize("seed", range(5))
def test_a_one_among_wide_digits_has_no_gap(seed):
    assert gaps_in("8010010180", seed) == set()


@pytest.mark.parametrize("gap", [0.1, 0.5, 0.8])
def test_digits_that_are_spaced_alike_have_no_gap_however_wide(gap):
    assert gaps_in("258614", gap=gap) == set()


def test_where_a_line_has_few_gaps_those_of_the_page_tell_what_is_usual():
    assert gaps_in("258\n61 4\n2 7") == {5, 7}


@pytest.mark.parametrize(("top", "lines"), [(90, 1), (75, 2)])
def test_an_exponent_is_on_the_line_of_its_number_and_a_note_above_is_not(top, lines):
    boxes = [(0, 100, 25, 40), (35, 100, 25, 40), (66, top, 10, 16)]
    blobs = [Blob(x, y, np.ones((height, width), bool)) for x, y, width, height in boxes]
    found = split_lines(blobs)
    assert len(found) == lines
    assert (found[0] == [0, 1, 2]) == (lines == 1)


@pytest.mark.filterwarnings("error")
def test_a_line_of_which_all_digits_were_signs_has_no_gaps():
    boxes = [(0, 0, 20, 40), (30, 0, 20, 40), (200, 0, 20, 40)]
    assert find_gaps(boxes, [[], [0, 1, 2]]) == find_gaps(boxes, [[0, 1, 2]])
