"""Which strokes have all edges of a picture, and which ink shines through from the other side."""

import cv2
import numpy as np
import pytest

from digits.ink.edges import drop_other_side, have_all_edges, measure_edges

PEN, PALE = 0.4, 0.08  # levels of ink on this side and on the other one
INK_LEVEL = 0.5  # of the level around: there a stroke ends
FLOOR = 0.03


def draw_lines(rows, level, *, blur):
    """Strokes from left to right at these rows, float32 (200, 240)."""
    strokes = np.zeros((200, 240), np.float32)
    for row in rows:
        cv2.line(strokes, (30, row), (200, row), level, 4)
    return cv2.GaussianBlur(strokes, (0, 0), blur)


def drop(*strokes, reach=7):
    """The mask of the strokes, and what is left of it; ink is dark for its `reach`."""
    darkness = np.maximum.reduce(strokes)
    around = np.maximum(cv2.dilate(darkness, np.ones((reach, reach))), FLOOR)
    level = darkness / around
    mask = ((level > INK_LEVEL) & (darkness > FLOOR)).astype(np.uint8)
    return mask, drop_other_side(mask, darkness, level)


def test_drop_other_side_leaves_out_pale_ink_that_is_blurred():
    mask, left = drop(draw_lines([40, 80], PEN, blur=0.8), draw_lines([120, 160], PALE, blur=3))
    assert mask[150:].any()
    np.testing.assert_array_equal(left[:100], mask[:100])
    assert not left[100:].any()


@pytest.mark.parametrize(
    ("level", "blur"), [(PALE, 0.8), (PEN, 3)], ids=["a pale pencil", "a camera out of focus"]
)
def test_drop_other_side_leaves_ink_that_is_only_pale_or_only_blurred(level, blur):
    mask, left = drop(draw_lines([40, 80], PEN, blur=0.8), draw_lines([120, 160], level, blur=blur))
    np.testing.assert_array_equal(left, mask)


def test_drop_other_side_leaves_lines_that_are_ever_more_out_of_focus():
    lines = [
        draw_lines([row], PEN / blur, blur=blur)
        for row, blur in zip(range(20, 181, 20), np.linspace(0.8, 4, 9), strict=True)
    ]
    mask, left = drop(*lines)
    np.testing.assert_array_equal(left, mask)


def test_drop_other_side_cuts_off_what_runs_into_a_stroke_of_this_side():
    behind = draw_lines([120, 160], PALE, blur=3)
    cv2.line(behind, (100, 20), (100, 60), PALE, 4)
    behind[:90] = cv2.GaussianBlur(behind[:90], (0, 0), 3)
    mask, left = drop(draw_lines([40, 80], PEN, blur=0.8), behind, reach=1)
    assert mask[50:60].any()
    assert not left[50:60].any()
    assert left[39:42, 40:190].all()


def test_drop_other_side_knows_blank_paper():
    blank = np.zeros((50, 50), np.float32)
    mask = blank.astype(np.uint8)
    assert drop_other_side(mask, blank, blank) is mask


@pytest.mark.parametrize(
    ("rows", "has_all"), [([40, 80, 120], True), ([40, 80], False), ([], False)], ids=str
)
def test_strokes_have_all_edges_of_a_picture_where_nothing_else_is_as_steep(rows, has_all):
    grey = (255 * (1 - draw_lines([40, 80, 120], PEN, blur=0.8))).astype(np.uint8)
    strokes = (draw_lines(rows, PEN, blur=0.8) > PEN / 2).astype(np.uint8)
    assert have_all_edges(measure_edges(grey, grey), strokes) is has_all


def test_gentle_shades_are_no_edges_beside_those_of_strokes():
    lit = np.linspace(255, 120, 240)
    grey = (lit * (1 - draw_lines([40, 80], PEN, blur=0.8))).astype(np.uint8)
    strokes = (draw_lines([40, 80], PEN, blur=0.8) > PEN / 2).astype(np.uint8)
    assert have_all_edges(measure_edges(grey, grey), strokes)
