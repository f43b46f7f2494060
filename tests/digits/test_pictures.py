"""Pictures as people have them, drawn by a pen: each kind is read, and each step is needed."""

import cv2
import numpy as np
import pytest
from conftest import write

from digits.network import load_network, predict_probabilities
from digits.reading import find_digits
from handwriting import paper
from handwriting.pages import draw_text


@pytest.fixture(scope="module")
def classify():
    """The shipped model: uint8 (N, 28, 28) -> float32 (N, 10)."""
    network = load_network()
    return lambda images: predict_probabilities(network, images)


def read(picture, classify):
    """The digits found, lines joined by `|`."""
    lines = {}
    for found in find_digits(picture, classify):
        lines.setdefault(found.line, []).append(str(found.digit))
    return "|".join("".join(line) for line in lines.values())


def test_find_digits_reads_a_number_with_its_boxes(classify):
    page = draw_text("2586", np.random.default_rng(0))
    found = find_digits(paper.put_on_paper(page.ink), classify)
    assert [digit.digit for digit in found] == [2, 5, 8, 6]
    for digit, (x, y, width, height) in zip(found, page.boxes, strict=True):
        assert np.abs(np.subtract(digit.box, (x, y, width, height))).max() <= 4


def test_found_images_are_white_ink_on_black_in_a_frame_of_28(classify):
    (found,) = find_digits(paper.put_on_paper(write("3")), classify)
    assert (found.image.dtype, found.image.shape, found.image.max()) == (np.uint8, (28, 28), 255)
    assert not found.image[[0, 1, 26, 27]].any()


@pytest.mark.parametrize("inverted", [False, True])
def test_find_digits_tells_ink_from_ground_in_either_polarity(classify, inverted):
    picture = paper.put_on_paper(write("2586"))
    assert read(255 - picture if inverted else picture, classify) == "2586"


@pytest.mark.parametrize(("ink", "ground"), [(25, 95), (235, 150)])
def test_find_digits_does_not_take_the_mean_for_the_polarity(classify, ink, ground):
    colours = {"colour": (ink, ink, ink), "paper": (ground, ground, ground)}
    assert read(paper.put_on_paper(write("2586"), **colours), classify) == "2586"


def test_find_digits_knows_a_marker_that_fills_most_of_the_picture_for_ink(classify):
    ink = write("7", seed=5, height=300, pen=75, margin=0.02)
    assert read(paper.put_on_paper(ink), classify) == "7"


def test_find_digits_reads_uneven_light(classify):
    rng = np.random.default_rng(1)
    picture = paper.shade_unevenly(paper.put_on_paper(write("2586")), rng, depth=0.8)
    assert read(picture, classify) == "2586"


def test_find_digits_reads_through_a_shadow(classify):
    rng = np.random.default_rng(1000)
    picture = paper.add_shadow(paper.put_on_paper(write("2586")), rng, depth=0.6)
    assert read(picture, classify) == "2586"


def test_find_digits_reads_a_vignette(classify):
    picture = paper.add_vignette(paper.put_on_paper(write("2586\n8422")), depth=0.6)
    assert read(picture, classify) == "2586|8422"


def test_find_digits_leaves_out_a_dark_table(classify):
    rng = np.random.default_rng(3)
    picture = paper.lay_on_table(paper.put_on_paper(write("2586\n8422")), rng)
    assert read(picture, classify) == "2586|8422"


@pytest.mark.parametrize("seed", [0, 1])
def test_find_digits_leaves_out_a_coin_beside_the_number(classify, seed):
    picture = paper.put_on_paper(write("2586", seed, margin=1.4))
    height, width = picture.shape[:2]
    cv2.circle(picture, (width - height // 5, height // 5), height // 7, (70, 90, 110), -1)
    rng = np.random.default_rng(seed)
    picture = paper.add_grain(cv2.GaussianBlur(picture, (0, 0), 1), rng, strength=6)
    assert read(picture, classify) == "2586"


def test_find_digits_leaves_out_grainy_bars_above_and_below(classify):
    page = paper.put_on_paper(write("25", 0))
    picture = np.pad(page, ((40, 40), (0, 0), (0, 0)), constant_values=20)
    picture = paper.add_grain(picture, np.random.default_rng(0), strength=6)
    assert read(picture, classify) == "25"


@pytest.mark.parametrize("digit", "3568")
def test_find_digits_leaves_out_a_wooden_table_around_the_whole_sheet(classify, digit):
    rng = np.random.default_rng(0)
    ink = paper.place_on_sheet(write(digit, height=60), (400, 400), (150, 180))
    picture = paper.lay_on_table(paper.put_on_paper(ink), rng, colour=(80, 100, 120))
    assert read(paper.add_grain(picture, rng, strength=2), classify) == digit


@pytest.mark.parametrize("side", [16, 64])
@pytest.mark.parametrize("pen", [10, 16])
def test_find_digits_reads_a_digit_stretched_to_the_frame_of_its_picture(classify, pen, side):
    """A 7 whose bar runs along the upper border all the way."""
    ink, corners = np.zeros((200, 160), np.uint8), [(0, pen // 2), (159, pen // 2), (50, 199)]
    cv2.polylines(ink, [np.int32(corners)], False, 255, pen, cv2.LINE_AA)
    picture = cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA)
    assert read(np.repeat(picture[..., None], 3, axis=2), classify) == "7"


@pytest.mark.parametrize("digit", "0689")
def test_find_digits_takes_no_loop_for_a_sheet(classify, digit):
    ink = write(digit, height=200, pen=14)
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    tight = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert read(paper.put_on_paper(tight), classify) == digit


def test_find_digits_reads_beside_the_light_of_a_lamp(classify):
    ink = paper.place_on_sheet(write("3", height=60), (600, 400), (20, 120))
    lamp = np.zeros((400, 600), np.float32)
    cv2.circle(lamp, (400, 200), 120, 1, -1)
    light = 0.6 + 0.4 * cv2.GaussianBlur(lamp, (0, 0), 25)
    lit = (paper.put_on_paper(ink) * light[..., None]).astype(np.uint8)
    assert read(lit, classify) == "3"


def test_find_digits_reads_ink_on_coloured_paper(classify):
    picture = paper.put_on_paper(write("2586"), colour=(40, 40, 190), paper=(230, 190, 150))
    assert read(picture, classify) == "2586"


@pytest.mark.parametrize("pad", [0, 255])
def test_find_digits_takes_off_a_plain_pad(classify, pad):
    picture = paper.put_on_paper(write("25"), paper=(150, 150, 150))
    padded = np.pad(picture, ((60, 60), (80, 30), (0, 0)), constant_values=pad)
    plain = [np.add(found.box, (80, 60, 0, 0)) for found in find_digits(picture, classify)]
    assert read(padded, classify) == "25"
    for found, box in zip(find_digits(padded, classify), plain, strict=True):
        assert np.abs(np.subtract(found.box, box)).max() <= 4


@pytest.mark.parametrize("seed", range(2))
def test_find_digits_takes_a_white_pad_off_a_shaded_crop(classify, seed):
    crop = paper.put_on_paper(write("25", seed), colour=(40, 40, 40), paper=(90, 90, 90))
    crop = paper.shade_unevenly(crop, np.random.default_rng(seed), depth=0.5)
    padded = np.pad(crop, ((60, 60), (80, 30), (0, 0)), constant_values=255)
    assert read(padded, classify) == "25"


def test_find_digits_reads_a_line_one_pixel_wide_in_a_large_picture(classify):
    picture = paper.put_on_paper(write("5", height=700, pen=1))
    (found,) = find_digits(picture, classify)
    assert found.digit == 5
    assert found.image.max() == 255  # a hairline that only shrank would be all but black


def test_find_digits_reads_a_hairline_that_shrinks_with_a_large_picture(classify):
    ink = np.pad(write("5", 3, height=600, pen=1, margin=0.3), ((0, 1800), (0, 2400)))
    assert read(paper.put_on_paper(ink), classify) == "5"


def test_find_digits_reads_ten_grey_levels_of_contrast(classify):
    ink = write("2586").astype(float) / 255
    picture = np.repeat((200 - 10 * ink)[..., None], 3, axis=2).round().astype(np.uint8)
    assert read(picture, classify) == "2586"


@pytest.mark.parametrize("digit", "3589")
def test_find_digits_follows_a_pencil_that_fades_to_a_sixth(classify, digit):
    ink = write(digit)
    left, _, width, _ = cv2.boundingRect(ink)
    pressure = 1 - 1.66 * (np.arange(ink.shape[1]) - left) / width  # the right half at the least
    faded = (ink * np.clip(pressure, 0.17, 1)).astype(np.uint8)
    assert read(paper.put_on_paper(faded), classify) == digit


def test_find_digits_takes_no_grain_for_ink(classify):
    rng = np.random.default_rng(2)
    picture = paper.add_grain(paper.put_on_paper(write("2586")), rng, strength=12)
    assert read(picture, classify) == "2586"


def test_find_digits_finds_nothing_on_blank_paper(classify):
    blank = np.full((300, 400, 3), 220, np.uint8)
    assert find_digits(blank, classify) == []
    assert find_digits(np.zeros_like(blank), classify) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("strength", [1, 4, 12])
def test_find_digits_finds_nothing_in_the_grain_of_blank_paper(classify, seed, strength):
    blank, rng = np.full((300, 400, 3), 220, np.uint8), np.random.default_rng(seed)
    assert len(find_digits(paper.add_grain(blank, rng, strength=strength), classify)) == 0


def test_found_images_have_strokes_of_one_width_whatever_the_pen(classify):
    ink = [write("5", height=300, pen=pen) for pen in (2, 50)]
    thin, fat = (find_digits(paper.put_on_paper(i), classify)[0].image for i in ink)
    assert fat.sum(dtype=int) < 2 * thin.sum(dtype=int)


def test_found_images_of_a_fat_marker_are_thinned(classify):
    ink = [write("5", height=300, pen=pen) for pen in (12, 70)]
    usual, fat = (find_digits(paper.put_on_paper(i), classify)[0].image for i in ink)
    assert fat.sum(dtype=int) < 1.47 * usual.sum(dtype=int)  # 1.34; 1.60 unless thinned


def test_find_digits_drops_specks(classify):
    rng, ink = np.random.default_rng(4), write("2586")
    for x, y in rng.integers(0, min(ink.shape), (40, 2)):
        ink[y, x] = 255
    assert read(paper.put_on_paper(ink), classify) == "2586"


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
    assert read(paper.put_on_paper(ink), classify) == "2586"


@pytest.mark.parametrize("vertical", [False, True])
def test_find_digits_takes_dark_rules_off_that_cross_the_digits(classify, vertical):
    picture = paper.rule_lines(
        paper.put_on_paper(write("2586\n8422")),
        pitch=70,
        offset=20,
        thickness=2,
        colour=(90, 80, 70),
        vertical=vertical,
    )
    assert read(picture, classify) == "2586|8422"


def test_find_digits_keeps_a_base_that_runs_along_a_lighter_rule(classify):
    ink = np.zeros((200, 260), np.uint8)
    two = [(90, 60), (110, 32), (140, 32), (155, 60), (140, 95), (90, 150), (165, 150)]
    cv2.polylines(ink, [np.array(two)], False, 255, 8, cv2.LINE_AA)
    picture = paper.put_on_paper(ink, colour=(30, 30, 30), paper=(200, 200, 200))
    ruled = paper.rule_lines(picture, pitch=400, offset=147, thickness=6, colour=(60, 60, 60))
    assert read(ruled, classify) == "2"


def test_find_digits_reads_squared_paper(classify):
    picture = paper.rule_squares(paper.put_on_paper(write("2586")), pitch=24)
    assert read(picture, classify) == "2586"


@pytest.mark.parametrize("seed", [2, 5])
def test_find_digits_reads_dark_squared_paper(classify, seed):
    picture = paper.put_on_paper(write("2586", seed))
    squared = paper.rule_squares(picture, pitch=40, colour=(110, 100, 90))
    assert read(squared, classify) == "2586"


@pytest.mark.parametrize("seed", [1, 2])
def test_find_digits_takes_off_rules_of_a_page_held_askew(classify, seed):
    picture = paper.put_on_paper(write("2586", seed))
    ruled, (height, width) = picture.copy(), picture.shape[:2]
    for y in range(-40, height + 40, 60):
        cv2.line(ruled, (0, y), (width - 1, y + width // 14), (90, 80, 70), 2)
    assert read(np.minimum(ruled, picture), classify) == "2586"


def test_find_digits_keeps_the_bar_of_a_seven_that_spans_the_picture(classify):
    ink = np.zeros((100, 70), np.uint8)
    cv2.polylines(ink, [np.array([[0, 6], [69, 6], [28, 99]])], False, 255, 8)
    assert read(paper.put_on_paper(ink), classify) == "7"


def test_find_digits_reads_a_digit_that_squares_tie_to_the_border(classify):
    ink = write("3", seed=2, height=120, pen=9, neatness=0.8, margin=0.6)
    picture = paper.put_on_paper(ink, colour=(128, 54, 22))  # tied, it is a region and no ink
    assert read(paper.rule_squares(picture, pitch=30), classify) == "3"


def test_find_digits_leaves_out_a_dash_and_a_full_stop(classify):
    ink = np.pad(write("2586"), ((0, 0), (40, 0)))
    middle = len(ink) // 2
    cv2.line(ink, (8, middle), (30, middle - 2), 255, 4)
    cv2.circle(ink, (ink.shape[1] - 8, round(1.36 * middle)), 3, 255, -1)
    assert read(paper.put_on_paper(ink), classify) == "2586"


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
    assert read(paper.put_on_paper(ink), classify) == "25868"


def test_find_digits_reads_a_digit_at_the_border(classify):
    ink = write("3", height=120)
    x, y, width, height = cv2.boundingRect(ink)
    assert read(paper.put_on_paper(ink[y : y + height, x : x + width]), classify) == "3"


def test_find_digits_reads_a_digit_that_fills_the_picture_to_all_four_borders(classify):
    ink = write("5", 5, height=120)
    x, y, width, height = cv2.boundingRect(ink)
    assert read(paper.put_on_paper(ink[y : y + height, x : x + width]), classify) == "5"


@pytest.mark.parametrize("seed", [0, 6])
def test_find_digits_leaves_out_the_feet_of_a_line_cut_off_at_the_border(classify, seed):
    above, ink = write("1171", seed + 1), write("2586", seed)
    top, *_, bottom = np.flatnonzero(above.any(axis=1))
    feet = above[bottom - (bottom - top) * 45 // 100 : bottom + 1]
    width = max(above.shape[1], ink.shape[1])
    rows = [np.pad(row, ((0, 0), (0, width - row.shape[1]))) for row in (feet, ink)]
    assert read(paper.put_on_paper(np.vstack(rows)), classify) == "2586"


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
    assert read(paper.put_on_paper(ink), classify) == "00"


@pytest.mark.parametrize(("text", "seed"), [("306", 0), ("62", 5)])
def test_find_digits_parts_digits_of_any_shape_that_touch(classify, text, seed):
    ink = write(text, seed, touching=True, neatness=1.0)
    assert read(paper.put_on_paper(ink), classify) == text


def test_find_digits_parts_digits_of_two_lines_that_touch(classify):
    above, below = write("57", 1, margin=0.1), write("24", 2, margin=0.1)
    bottom = np.flatnonzero(above.any(axis=1))[-1]
    top = np.flatnonzero(below.any(axis=1))[0]
    ink = np.zeros((300, 300), np.uint8)
    for part, y in ((above, 60), (below, 60 + bottom - top - 3)):  # three rows in both
        place = ink[y : y + part.shape[0], 60 : 60 + part.shape[1]]
        np.maximum(place, part, out=place)
    assert read(paper.put_on_paper(ink), classify) == "57|24"


def test_find_digits_reads_slanted_lines_from_the_top(classify):
    picture = paper.put_on_paper(write("2586\n8422", tilt=6))
    assert read(picture, classify) == "2586|8422"


@pytest.mark.parametrize("seed", [0, 3])
def test_find_digits_keeps_lines_apart_that_slant_by_more_than_their_distance(classify, seed):
    picture = paper.put_on_paper(write("258614\n842273", seed, tilt=12))
    assert read(picture, classify) == "258614|842273"


@pytest.mark.parametrize("side", [28, 16])
def test_find_digits_reads_tiny_pictures(classify, side):
    picture = paper.put_on_paper(write("3", margin=0.2))
    small = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    assert read(small, classify) == "3"


def test_find_digits_measures_no_grain_where_strokes_are_everywhere(classify):
    picture = paper.put_on_paper(write("0", 0, margin=0.2))
    small = cv2.resize(picture, (16, 16), interpolation=cv2.INTER_AREA)
    assert read(small, classify) == "0"


def test_find_digits_reads_a_speck_in_the_corner_of_a_large_picture(classify):
    ink = paper.place_on_sheet(write("3", height=60), (3000, 2400), (2700, 2100))
    picture = paper.put_on_paper(ink)
    assert read(picture, classify) == "3"


def test_boxes_are_in_pixels_of_the_picture_at_any_size(classify):
    picture = paper.put_on_paper(write("3"))
    (small,) = find_digits(picture, classify)
    (large,) = find_digits(cv2.resize(picture, None, fx=20, fy=20), classify)
    assert np.abs(np.divide(large.box, 20) - small.box).max() <= 2


def test_a_stroke_among_letters_is_not_trusted_to_be_a_one(classify):
    found = find_digits(paper.put_on_paper(write("TEKK FHX", 2)), classify)
    assert max(digit.confidence / digit.trust for digit in found) > 0.9
    assert max(digit.trust for digit in found) < 0.7


THIN = [(1, 1), (1, 512), (512, 1), (1, 30000), (30000, 2), (394, 1), (256, 2), (8, 1000), (3, 100)]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("shape", THIN, ids=str)
@pytest.mark.parametrize("look", ["light", "dark", "spot", "rows", "columns"])
def test_a_picture_of_a_few_pixels_is_read_like_any_other(classify, shape, look):
    level = {"light": 255, "dark": 0}.get(look, 240)
    picture = np.full((*shape, 3), level, np.uint8)
    if look == "spot":
        picture[shape[0] // 3 : shape[0] // 2 + 1, shape[1] // 3 : shape[1] // 2 + 1] = 10
    if look == "rows":
        picture[::2] = 10
    if look == "columns":
        picture[:, ::3] = 10
    for digit in find_digits(picture, classify):
        x, y, width, height = digit.box
        assert 0 <= x < x + width <= shape[1]
        assert 0 <= y < y + height <= shape[0]
