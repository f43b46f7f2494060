"""The annotated copy: the picture with boxes, and what the network saw."""

import cv2
import numpy as np
import pytest

from digits import results
from digits.annotate import DENSITY, draw_boxes, draw_reading
from digits.reading import Digit

GREEN, ORANGE, BLUE = (115, 140, 0), (0, 84, 213), (178, 114, 0)
INK = (200, 30, 30)  # of the digits in the pictures: a colour that the copy uses for nothing else


def make_reading(*boxes, shape=(300, 400), sure=True):
    """A grey picture whose digits are filled boxes, and its reading."""
    picture = np.full((*shape, 3), 180, np.uint8)
    digits = []
    for number, (x, y, width, height) in enumerate(boxes):
        picture[y : y + height, x : x + width] = INK
        image = np.random.default_rng(number).integers(1, 255, (28, 28), np.uint8)
        alternatives = [(7, 0.9), (1, 0.07), (2, 0.03)]
        digits.append(Digit(7, 0.9, sure, (x, y, width, height), 0, alternatives, image))
    return picture, results.make_reading(digits)


def find_colour(copy, colour):
    """x, y, width, height around all pixels of exactly this colour; all 0 without any."""
    return cv2.boundingRect(cv2.inRange(copy, colour, colour))


def count_tiles(copy, digits):
    """How many of the digits' images the copy shows, four times as large on a common screen."""
    tiles = [np.kron(digit.image[2:-2, 2:-2], np.ones((4, 4), np.uint8)) for digit in digits]
    small = copy[::DENSITY, ::DENSITY, 0].copy()
    differences = [cv2.matchTemplate(small, tile, cv2.TM_SQDIFF_NORMED) for tile in tiles]
    return sum(difference.min() < 1e-3 for difference in differences)


def test_the_copy_is_a_colour_picture_and_the_original_is_unchanged():
    picture, reading = make_reading((100, 100, 50, 80))
    before = picture.copy()
    copy = draw_reading(picture, reading)
    assert (copy.dtype, copy.ndim, copy.shape[2]) == (np.uint8, 3, 3)
    assert np.array_equal(picture, before)


def test_the_box_surrounds_the_digit():
    copy = draw_reading(*make_reading((100, 100, 50, 80), shape=(450, 600)))
    x, y, width, height = find_colour(copy, INK)
    upper = copy[: y + height + 20]
    left, _, wide, _ = find_colour(upper, GREEN)
    assert left in range(x - 12, x)
    assert left + wide in range(x + width + 1, x + width + 13)
    assert (upper[y + height // 2, left : left + 2] == GREEN).all()


def test_unsure_digits_are_orange_and_sure_ones_green():
    unsure = draw_reading(*make_reading((100, 100, 50, 80), sure=False))
    assert find_colour(unsure, ORANGE)[2] > 0
    assert find_colour(unsure, GREEN)[2] == 0
    sure = draw_reading(*make_reading((100, 100, 50, 80)))
    assert find_colour(sure, ORANGE)[2] == 0


def test_unsure_digits_carry_a_question_mark(monkeypatch):
    written = []
    monkeypatch.setattr(cv2, "putText", lambda canvas, text, *rest: written.append(text))
    draw_reading(*make_reading((100, 100, 50, 80), sure=False))
    title = "What the network saw, and its three best guesses"
    assert written == ["7?", "90.0%", title, "7?", "90.0%", "1", "7.0%", "2", "3.0%"]


def list_percents(monkeypatch, *boxes, sure=True):
    """Which digits have their confidence below them, as numbers of their boxes."""
    picture, reading = make_reading(*boxes, shape=(600, 600), sure=sure)
    digits = [digit._replace(confidence=0.9 + n / 1000) for n, digit in enumerate(reading.digits)]
    written = []
    monkeypatch.setattr(cv2, "putText", lambda canvas, text, *rest: written.append(text))
    draw_boxes(picture, reading._replace(digits=digits))
    return [round(10 * (float(text[:-1]) - 90)) for text in written if text.endswith("%")]


def test_a_confidence_covers_no_other_digit_unless_it_is_doubted(monkeypatch):
    close = (100, 100, 50, 80), (100, 200, 50, 80)
    assert list_percents(monkeypatch, *close) == [1]
    assert list_percents(monkeypatch, *close, sure=False) == [0, 1]


def test_confidences_do_not_cover_each_other(monkeypatch):
    assert list_percents(monkeypatch, (100, 100, 12, 80), (118, 100, 12, 80)) == [0]
    assert list_percents(monkeypatch, (100, 100, 12, 80), (160, 100, 12, 80)) == [0, 1]


def test_marks_have_a_thin_blue_box_and_no_tile():
    picture, plain = make_reading((100, 100, 50, 80), shape=(450, 600))
    marks = [results.Mark("-", (20, 130, 50, 12), 0, 0.9)]
    marked = results.make_reading(plain.digits, marks)
    copy, without = draw_reading(picture, marked), draw_reading(picture, plain)
    assert copy.shape == without.shape
    x, y, _, height = find_colour(copy, BLUE)
    assert (y + height - 1) - (find_colour(copy, INK)[1] + 84) in range(2, 9)
    assert (copy[y + height - 1, x + 40] == BLUE).all()
    assert not (copy[y + height - 4, x + 40] == BLUE).all()
    assert count_tiles(copy, plain.digits) == 1


def test_a_mark_that_is_not_sure_is_orange_and_named_in_ascii(monkeypatch):
    picture, plain = make_reading((100, 100, 50, 80))
    marks = [results.Mark("×", (20, 130, 50, 12), 0, 0.5, False)]
    marks.append(results.Mark("÷", (160, 130, 50, 12), 0, 0.9))
    written = []
    monkeypatch.setattr(cv2, "putText", lambda canvas, text, *rest: written.append(text))
    copy = draw_reading(picture, results.make_reading(plain.digits, marks))
    assert written[:3] == ["x?", "div", "7"]
    assert find_colour(copy, ORANGE)[2] > 0


def test_a_picture_that_was_turned_says_so(monkeypatch):
    picture, reading = make_reading((100, 100, 50, 80))
    written = []
    monkeypatch.setattr(cv2, "putText", lambda canvas, text, *rest: written.append(text))
    draw_reading(picture, reading._replace(turned=90))
    assert written[2] == (
        "What the network saw, and its three best guesses; "
        "turned by 90 degrees clockwise to be read"
    )


def test_of_a_full_page_the_least_sure_digits_are_shown_large(monkeypatch):
    picture, reading = make_reading((100, 100, 50, 80))
    sure = reading.digits[0]
    doubted = sure._replace(digit=4, confidence=0.5)
    texts = []
    monkeypatch.setattr(cv2, "putText", lambda canvas, text, *rest: texts.append(text))
    copy = draw_reading(picture, reading._replace(digits=[*[sure] * 9, doubted] * 200))
    title = "What the network saw in the 200 least sure digits, and its three best guesses"
    tiles = texts[texts.index(title) :]
    assert (tiles.count("4"), tiles.count("7")) == (200, 0)
    assert copy.shape[0] < 12000


@pytest.mark.parametrize("count", [1, 8, 9, 40])
def test_every_image_that_the_network_saw_is_shown(count):
    boxes = [(10 + 30 * (n % 20), 10 + 60 * (n // 20), 20, 40) for n in range(count)]
    picture, reading = make_reading(*boxes, shape=(200, 640))
    assert count_tiles(draw_reading(picture, reading), reading.digits) == count


def test_many_digits_make_the_copy_taller_not_wider():
    boxes = [(10 + 30 * (n % 20), 10 + 60 * (n // 20), 20, 40) for n in range(40)]
    few = draw_reading(*make_reading(*boxes[:8], shape=(200, 640)))
    many = draw_reading(*make_reading(*boxes, shape=(200, 640)))
    assert few.shape[1] == many.shape[1]
    assert many.shape[0] > few.shape[0]


def test_a_picture_of_28_pixels_is_enlarged():
    copy = draw_reading(*make_reading((8, 4, 10, 20), shape=(28, 28)))
    _, _, width, height = find_colour(copy, INK)
    assert width in range(300, 340)
    assert height in range(600, 680)


def test_a_picture_of_12_megapixels_is_made_to_fit():
    copy = draw_reading(*make_reading((1000, 1000, 600, 900), shape=(3000, 4000)))
    assert copy.shape[1] == 1000 * DENSITY


def test_small_digits_on_a_large_page_stay_legible():
    boxes = [(1000 + 60 * n, 1000, 30, 50) for n in range(5)]
    copy = draw_reading(*make_reading(*boxes, shape=(3000, 4000)))
    assert find_colour(copy, INK)[3] >= 48


@pytest.mark.parametrize("shape", [(20, 3000), (3000, 20), (16, 16)])
def test_a_digit_that_fills_a_picture_of_any_shape_is_drawn(shape):
    copy = draw_reading(*make_reading((0, 0, shape[1], shape[0]), shape=shape))
    assert max(copy.shape) < 4500
    assert find_colour(copy, GREEN)[2] > 0
