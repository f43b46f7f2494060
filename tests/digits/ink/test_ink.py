"""The light, the polarity and the pen: what is taken for ink."""

import cv2
import numpy as np
import pytest
from conftest import read_text, write

from digits.ink.ink import find_inks
from digits.reading import find_digits
from handwriting import paper
from handwriting.effects.notes import draw_show_through
from handwriting.effects.sheets import draw_cells, draw_small_note


@pytest.mark.parametrize("inverted", [False, True])
def test_find_digits_tells_ink_from_ground_in_either_polarity(classify, inverted):
    picture = paper.put_on_paper(write("2586"))
    assert read_text(255 - picture if inverted else picture, classify) == "2586"


@pytest.mark.parametrize(("ink", "ground"), [(25, 95), (235, 150)])
def test_find_digits_does_not_take_the_mean_for_the_polarity(classify, ink, ground):
    colours = {"colour": (ink, ink, ink), "paper": (ground, ground, ground)}
    assert read_text(paper.put_on_paper(write("2586"), **colours), classify) == "2586"


def test_find_digits_knows_a_marker_that_fills_most_of_the_picture_for_ink(classify):
    ink = write("7", seed=5, height=300, pen=75, margin=0.02)
    assert read_text(paper.put_on_paper(ink), classify) == "7"


def test_find_digits_reads_uneven_light(classify):
    rng = np.random.default_rng(1)
    picture = paper.shade_unevenly(paper.put_on_paper(write("2586")), rng, depth=0.8)
    assert read_text(picture, classify) == "2586"


def test_find_digits_reads_through_a_shadow(classify):
    rng = np.random.default_rng(1000)
    picture = paper.add_shadow(paper.put_on_paper(write("2586")), rng, depth=0.6)
    assert read_text(picture, classify) == "2586"


def test_find_digits_reads_a_vignette(classify):
    picture = paper.add_vignette(paper.put_on_paper(write("2586\n8422")), depth=0.6)
    assert read_text(picture, classify) == "2586|8422"


def test_find_digits_reads_beside_the_light_of_a_lamp(classify):
    ink = paper.place_on_sheet(write("3", height=60), (600, 400), (20, 120))
    lamp = np.zeros((400, 600), np.float32)
    cv2.circle(lamp, (400, 200), 120, 1, -1)
    light = 0.6 + 0.4 * cv2.GaussianBlur(lamp, (0, 0), 25)
    lit = (paper.put_on_paper(ink) * light[..., None]).astype(np.uint8)
    assert read_text(lit, classify) == "3"


def test_find_digits_reads_ink_on_coloured_paper(classify):
    picture = paper.put_on_paper(write("2586"), colour=(40, 40, 190), paper=(230, 190, 150))
    assert read_text(picture, classify) == "2586"


def test_find_digits_reads_a_line_one_pixel_wide_in_a_large_picture(classify):
    picture = paper.put_on_paper(write("5", height=700, pen=1))
    (found,) = find_digits(picture, classify)
    assert found.digit == 5
    assert found.image.max() == 255  # a hairline that only shrank would be all but black


def test_find_digits_reads_a_hairline_that_shrinks_with_a_large_picture(classify):
    ink = np.pad(write("5", 3, height=600, pen=1, margin=0.3), ((0, 1800), (0, 2400)))
    assert read_text(paper.put_on_paper(ink), classify) == "5"


def test_find_digits_reads_ten_grey_levels_of_contrast(classify):
    ink = write("2586").astype(float) / 255
    picture = np.repeat((200 - 10 * ink)[..., None], 3, axis=2).round().astype(np.uint8)
    assert read_text(picture, classify) == "2586"


@pytest.mark.parametrize("digit", "3589")
def test_find_digits_follows_a_pencil_that_fades_to_a_sixth(classify, digit):
    ink = write(digit)
    left, _, width, _ = cv2.boundingRect(ink)
    pressure = 1 - 1.66 * (np.arange(ink.shape[1]) - left) / width  # the right half at the least
    faded = (ink * np.clip(pressure, 0.17, 1)).astype(np.uint8)
    assert read_text(paper.put_on_paper(faded), classify) == digit


@pytest.mark.parametrize("seed", range(3))
def test_faint_pencil_beside_a_dark_table_is_dark_and_never_light(seed):
    """Sheet 0 fails where the edge of the table counts in full, sheet 1 where its darkness does."""
    _, photo = draw_show_through(np.random.default_rng(seed))
    (ink,) = find_inks(photo)
    assert ink.working.grey[ink.mask > 0].mean() < ink.working.grey[ink.mask == 0].mean()


@pytest.mark.parametrize("seed", [4, 6, 7])
def test_find_digits_reads_a_small_note_on_a_large_table(classify, seed):
    """Note 4 looks like light ink on a dark ground; of the others a digit is near the edge."""
    text, photo = draw_small_note(np.random.default_rng(seed))
    assert read_text(photo, classify) == text


def test_find_digits_knows_the_paper_in_a_0_that_fills_its_picture_for_no_sheet(classify):
    ink = np.zeros((200, 150), np.uint8)
    cv2.rectangle(ink, (9, 9), (140, 190), 255, 20)
    assert read_text(paper.put_on_paper(ink), classify) == "0"


def test_find_digits_takes_no_grain_for_ink(classify):
    rng = np.random.default_rng(2)
    picture = paper.add_grain(paper.put_on_paper(write("2586")), rng, strength=12)
    assert read_text(picture, classify) == "2586"


def test_find_digits_finds_nothing_on_blank_paper(classify):
    blank = np.full((300, 400, 3), 220, np.uint8)
    assert find_digits(blank, classify) == []
    assert find_digits(np.zeros_like(blank), classify) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("strength", [1, 4, 12])
def test_find_digits_finds_nothing_in_the_grain_of_blank_paper(classify, seed, strength):
    blank, rng = np.full((300, 400, 3), 220, np.uint8), np.random.default_rng(seed)
    assert len(find_digits(paper.add_grain(blank, rng, strength=strength), classify)) == 0


@pytest.mark.parametrize("side", [28, 16])
def test_find_digits_reads_tiny_pictures(classify, side):
    picture = paper.put_on_paper(write("3", margin=0.2))
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    assert read_text(small, classify) == "3"


def test_find_digits_measures_no_grain_where_strokes_are_everywhere(classify):
    picture = paper.put_on_paper(write("0", 0, margin=0.2))
    small = cv2.resize(picture, (16, 16), interpolation=cv2.INTER_AREA)
    assert read_text(small, classify) == "0"


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_find_inks_knows_the_polarity_of_a_table_of_small_digits(seed):
    """The rules are far longer than the digits, and in few pixels hardly darker than the paper."""
    _, picture = draw_cells(np.random.default_rng(seed))
    assert [ink.working.grey.mean() > 128 for ink in find_inks(picture)] == [True]
