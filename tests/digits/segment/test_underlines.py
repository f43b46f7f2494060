"""Underlines that touch what is written on them."""

import cv2
import numpy as np
import pytest
from conftest import read_text, write

from digits.segment.blobs import split_blobs
from digits.segment.underlines import lift_underlines
from handwriting import paper
from handwriting.effects.notes import draw_underlined


def draw_strokes(*lines, pen=4):
    """Blobs of straight strokes, each from x, y to x, y."""
    mask = np.zeros((120, 240), np.uint8)
    for start, end in lines:
        cv2.line(mask, start, end, 1, pen)
    return split_blobs(mask)


ONES = [((50, 20), (50, 78)), ((90, 20), (90, 78)), ((130, 20), (130, 78))]
UNDERLINE = ((30, 80), (150, 84))


def test_lift_underlines_parts_the_digits_that_stand_on_one():
    lifted = lift_underlines(draw_strokes(*ONES, UNDERLINE), 60)
    assert sorted(blob.x + blob.width // 2 for blob in lifted) == [50, 90, 130]
    assert all(blob.width <= 8 and 50 <= blob.height <= 62 for blob in lifted)


def test_lift_underlines_keeps_a_stroke_that_crosses_one():
    crossing = ((90, 20), (90, 110))
    lifted = lift_underlines(draw_strokes(*ONES, crossing, UNDERLINE), 60)
    assert max(blob.height for blob in lifted) >= 90


@pytest.mark.parametrize(
    "strokes",
    [
        ONES,
        [((60, 20), (100, 20)), ((100, 20), (60, 78)), ((60, 78), (140, 80))],  # a 2
        [*ONES, ((50, 50), (130, 50))],  # a line through their middle
        [*ONES, ((30, 20), (150, 20))],  # a line over them
    ],
)
def test_lift_underlines_leaves_what_has_none(strokes):
    blobs = draw_strokes(*strokes)
    assert lift_underlines(blobs, 60) is blobs


@pytest.mark.parametrize("text", ["2586", "141"])
def test_find_digits_reads_digits_that_touch_their_underline(classify, text):
    ink = paper.trim_to_ink(write(text, height=60), margin=40)
    foot = len(ink) - 40
    cv2.line(ink, (30, foot - 3), (ink.shape[1] - 30, foot), 255, 4)
    assert read_text(paper.put_on_paper(ink), classify) == text


@pytest.mark.parametrize("seed", [153, 160])
def test_digits_that_are_sure_with_a_piece_of_their_underline_are_read_without_it(classify, seed):
    text, picture = draw_underlined(np.random.default_rng([7, 73, seed]))
    assert read_text(picture, classify) == text
