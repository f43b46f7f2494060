"""Pieces of ink joined, cut, dropped, and put in lines."""

import cv2
import numpy as np
import pytest
from conftest import read_text, write

from digits.reading import find_digits
from digits.segment.blobs import Blob, drop_dust
from handwriting import paper


def test_find_digits_drops_specks(classify):
    rng, ink = np.random.default_rng(4), write("2586")
    for x, y in rng.integers(0, min(ink.shape), (40, 2)):
        ink[y, x] = 255
    assert read_text(paper.put_on_paper(ink), classify) == "2586"


@pytest.mark.parametrize("seed", [1, 4])
def test_find_digits_adds_no_dust_to_the_digits(classify, seed):
    ink = write("2586", seed, height=300, pen=4)
    dusty, rng = ink.copy(), np.random.default_rng(seed + 100)
    for x, y in rng.integers(0, ink.shape[::-1], (60, 2)):
        cv2.circle(dusty, (int(x), int(y)), 3, 255, -1)
    clean = find_digits(paper.put_on_paper(ink), classify)
    for found, same in zip(find_digits(paper.put_on_paper(dusty), classify), clean, strict=True):
        assert np.abs(np.subtract(found.box, same.box)).max() <= 12


def test_find_digits_takes_no_dots_that_are_finer_than_the_pen_for_ink(classify):
    ink = write("2586", 0, height=60, pen=7)
    for x, y in np.random.default_rng(100).integers(0, ink.shape[::-1], (25, 2)):
        cv2.circle(ink, (int(x), int(y)), 2, 255, -1)
    assert read_text(paper.put_on_paper(ink), classify) == "2586"


@pytest.mark.parametrize(("x", "y", "kept"), [(42, 60, 4), (90, 60, 3), (42, 84, 3)])
def test_a_dot_finer_than_the_pen_is_kept_above_another_as_near_as_a_colons(x, y, kept):
    strokes = [Blob(x, 0, np.ones((100, 12), bool)) for x in (0, 80)]
    dots = [Blob(42, 30, np.ones((8, 8), bool)), Blob(x, y, np.ones((7, 7), bool))]
    assert len(drop_dust(strokes + dots)) == kept


def test_find_digits_reads_a_fat_digit_among_many_specks(classify):
    ink = write("3", 0, height=150, pen=30)
    for x, y in np.random.default_rng(4).integers(0, ink.shape[::-1], (8, 2)):
        cv2.circle(ink, (int(x), int(y)), 5, 255, -1)
    assert read_text(paper.put_on_paper(ink), classify) == "3"


def test_find_digits_leaves_out_a_dash_and_a_full_stop(classify):
    ink = np.pad(write("2586"), ((0, 0), (40, 0)))
    middle = len(ink) // 2
    cv2.line(ink, (8, middle), (30, middle - 2), 255, 4)
    cv2.circle(ink, (ink.shape[1] - 8, round(1.36 * middle)), 3, 255, -1)
    assert read_text(paper.put_on_paper(ink), classify) == "2586"


@pytest.mark.parametrize("length", [20, 36, 65])
def test_find_digits_leaves_out_a_leading_dash_of_any_length(classify, length):
    ink = np.pad(write("2586"), ((0, 0), (length + 40, 0)))
    middle = len(ink) // 2
    rise = 14 if length == 20 else 2  # as short as that, it leans
    cv2.line(ink, (14, middle + 8), (14 + length, middle + 8 - rise), 255, 6)
    found = find_digits(paper.put_on_paper(ink), classify)
    assert [digit.digit for digit in found] == [2, 5, 8, 6]
    assert found[0].box[0] > 14 + length


@pytest.mark.parametrize("seed", [2, 3, 6])
def test_find_digits_leaves_out_a_full_stop_of_the_pens_width(classify, seed):
    ink = np.pad(write("2586", seed), ((0, 0), (0, 40)))
    bottom, right = (int(np.flatnonzero(ink.any(axis=axis))[-1]) for axis in (1, 0))
    cv2.circle(ink, (right + 22, bottom - 5), 5, 255, -1)
    found = find_digits(paper.put_on_paper(ink), classify)
    assert [digit.digit for digit in found] == [2, 5, 8, 6]
    assert found[-1].box[0] + found[-1].box[2] < right + 17


def test_find_digits_leaves_out_commas(classify):
    ink = np.pad(write("25868", 2), ((0, 0), (0, 60)))
    bottom, right = (int(np.flatnonzero(ink.any(axis=axis))[-1]) for axis in (1, 0))
    for x in range(right + 14, right + 50, 14):
        cv2.line(ink, (x, bottom - 4), (x - 3, bottom + 6), 255, 5)
    assert read_text(paper.put_on_paper(ink), classify) == "25868"


def test_find_digits_joins_strokes_that_do_not_meet(classify):
    ink = np.zeros((160, 130), np.uint8)
    cv2.line(ink, (46, 25), (90, 22), 255, 7)  # the bar floats
    cv2.ellipse(ink, (62, 98), (30, 32), 0, -110, 140, 255, 7)
    cv2.line(ink, (48, 44), (46, 72), 255, 7)
    (found,) = find_digits(paper.put_on_paper(ink), classify)
    assert found.box[1] <= 22
    assert found.box[1] + found.box[3] >= 128


def test_find_digits_parts_digits_that_touch(classify):
    ink = write("00", seed=7, touching=True, neatness=1.0)
    assert read_text(paper.put_on_paper(ink), classify) == "00"


@pytest.mark.parametrize(("text", "seed"), [("306", 0), ("62", 5)])
def test_find_digits_parts_digits_of_any_shape_that_touch(classify, text, seed):
    ink = write(text, seed, touching=True, neatness=1.0)
    assert read_text(paper.put_on_paper(ink), classify) == text


def test_find_digits_parts_digits_of_two_lines_that_touch(classify):
    above, below = write("57", 1, margin=0.1), write("24", 2, margin=0.1)
    bottom = np.flatnonzero(above.any(axis=1))[-1]
    top = np.flatnonzero(below.any(axis=1))[0]
    ink = np.zeros((300, 300), np.uint8)
    for part, y in ((above, 60), (below, 60 + bottom - top - 3)):  # three rows in both
        place = ink[y : y + part.shape[0], 60 : 60 + part.shape[1]]
        np.maximum(place, part, out=place)
    assert read_text(paper.put_on_paper(ink), classify) == "57|24"


def test_find_digits_reads_slanted_lines_from_the_top(classify):
    picture = paper.put_on_paper(write("2586\n8422", tilt=6))
    assert read_text(picture, classify) == "2586|8422"


@pytest.mark.parametrize("seed", [0, 3])
def test_find_digits_keeps_lines_apart_that_slant_by_more_than_their_distance(classify, seed):
    picture = paper.put_on_paper(write("258614\n842273", seed, tilt=12))
    assert read_text(picture, classify) == "258614|842273"
