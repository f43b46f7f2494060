"""The paper under the ink, and what lies beside it."""

import cv2
import numpy as np

from digits.ink.ground import settle_ground

PAPER, INK = 200, 20


def draw_hairlines():
    """Many thin lines on paper, uint8 (200, 240)."""
    picture = np.full((200, 240), PAPER, np.uint8)
    for row in range(20, 190, 12):
        cv2.line(picture, (20, row), (220, row), INK, 2)
    return picture


def settle(picture):
    strokes = (draw_hairlines() == INK).astype(np.uint8)
    return settle_ground(picture, strokes, crop=False)


def test_settle_ground_bridges_one_fat_stroke_among_many_thin_ones():
    picture = draw_hairlines()
    cv2.circle(picture, (120, 100), 3, INK, -1)
    ground, beside = settle(picture)
    assert ground.level.min() > 0.9 * PAPER
    assert not beside.any()


def test_settle_ground_knows_a_dark_object_for_none_of_the_paper():
    picture = draw_hairlines()
    cv2.circle(picture, (120, 100), 30, INK, -1)
    ground, beside = settle(picture)
    assert ground.level[100, 120] < 2 * INK
    assert beside[100, 120]
    assert not beside[:50].any()


def test_settle_ground_knows_a_dark_strip_along_the_border_for_a_table():
    picture = draw_hairlines()
    picture[:, -8:] = INK
    assert settle(picture)[1][:, -8:].all()
