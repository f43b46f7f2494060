"""What a picture says: text, confidence, alternatives, and the one line where it says nothing."""

import subprocess
import sys

import cv2
import numpy as np
import pytest
from conftest import PROJECT, read_text, write
from PIL import Image

from digits.errors import UserError
from digits.ink.ink import find_inks
from digits.layout import upright
from digits.network import Answers
from digits.reading import NO_DIGIT, find_digits, read_picture
from handwriting import paper
from handwriting.pages import draw_text


def encode(picture):
    """The bytes of a PNG file."""
    return cv2.imencode(".png", picture)[1].tobytes()


def draw(text):
    """The picture of a text."""
    return paper.put_on_paper(draw_text(text, np.random.default_rng(0)).ink)


def say_four(images):
    """A classifier that takes everything for a 4, or else a 9, or else a 7."""
    chances = np.zeros((len(images), 10), np.float32)
    chances[:, [4, 9, 7]] = (0.7, 0.2, 0.1)
    return Answers(chances, None)


def test_read_picture_joins_the_lines_in_reading_order():
    reading = read_picture(draw("25\n8"), say_four)
    assert reading.text == "44\n4"
    assert [digit.line for digit in reading.digits] == [0, 0, 1]


def test_read_picture_gives_the_three_likeliest_digits():
    (digit,) = read_picture(draw("3"), say_four).digits
    assert [number for number, _ in digit.alternatives] == [4, 9, 7]
    assert [chance for _, chance in digit.alternatives] == pytest.approx([0.7, 0.2, 0.1])
    assert (digit.digit, digit.confidence) == digit.alternatives[0]


@pytest.mark.parametrize(("threshold", "sure"), [(0.69, True), (0.71, False)])
def test_a_digit_is_sure_from_the_threshold_on(threshold, sure):
    (digit,) = read_picture(draw("3"), say_four, threshold=threshold).digits
    assert digit.sure is sure


def test_read_picture_says_that_blank_paper_holds_no_digit():
    with pytest.raises(UserError) as caught:
        read_picture(np.full((80, 80, 3), 200, np.uint8), say_four)
    assert str(caught.value) == NO_DIGIT
    assert NO_DIGIT.startswith("no digit found")


def test_importing_the_package_loads_no_opencv():
    code = "import sys, digits; print({'cv2', 'numpy'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


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


@pytest.mark.parametrize("pad", [0, 255])
def test_find_digits_takes_off_a_plain_pad(classify, pad):
    picture = paper.put_on_paper(write("25"), paper=(150, 150, 150))
    padded = np.pad(picture, ((60, 60), (80, 30), (0, 0)), constant_values=pad)
    plain = [np.add(found.box, (80, 60, 0, 0)) for found in find_digits(picture, classify)]
    assert read_text(padded, classify) == "25"
    for found, box in zip(find_digits(padded, classify), plain, strict=True):
        assert np.abs(np.subtract(found.box, box)).max() <= 4


@pytest.mark.parametrize("seed", range(2))
def test_find_digits_takes_a_white_pad_off_a_shaded_crop(classify, seed):
    crop = paper.put_on_paper(write("25", seed), colour=(40, 40, 40), paper=(90, 90, 90))
    crop = paper.shade_unevenly(crop, np.random.default_rng(seed), depth=0.5)
    padded = np.pad(crop, ((60, 60), (80, 30), (0, 0)), constant_values=255)
    assert read_text(padded, classify) == "25"


def test_found_images_have_strokes_of_one_width_whatever_the_pen(classify):
    ink = [write("5", height=300, pen=pen) for pen in (2, 50)]
    thin, fat = (find_digits(paper.put_on_paper(i), classify)[0].image for i in ink)
    assert fat.sum(dtype=int) < 2 * thin.sum(dtype=int)


def test_found_images_of_a_fat_marker_are_thinned(classify):
    ink = [write("5", height=300, pen=pen) for pen in (12, 70)]
    usual, fat = (find_digits(paper.put_on_paper(i), classify)[0].image for i in ink)
    assert fat.sum(dtype=int) < 1.47 * usual.sum(dtype=int)  # 1.34; 1.60 unless thinned


def test_find_digits_reads_a_speck_in_the_corner_of_a_large_picture(classify):
    ink = paper.place_on_sheet(write("3", height=60), (3000, 2400), (2700, 2100))
    picture = paper.put_on_paper(ink)
    assert read_text(picture, classify) == "3"


def test_boxes_are_in_pixels_of_the_picture_at_any_size(classify):
    picture = paper.put_on_paper(write("3"))
    (small,) = find_digits(picture, classify)
    (large,) = find_digits(cv2.resize(picture, None, fx=20, fy=20), classify)
    assert np.abs(np.divide(large.box, 20) - small.box).max() <= 2


@pytest.mark.parametrize("seed", [0, 2])
def test_a_stroke_among_letters_is_not_trusted_to_be_a_one(classify, seed):
    found = find_digits(paper.put_on_paper(write("TEKK FHX", seed)), classify)
    assert max(digit.confidence / digit.trust for digit in found) > 0.9
    assert max(digit.trust for digit in found) < 0.7


@pytest.mark.parametrize("text", ["HEKM  482", "75  WAKE"])
def test_a_word_beside_a_number_is_left_out_and_makes_the_picture_unsure(classify, text):
    picture = paper.put_on_paper(write(text, 1))
    reading = read_picture(picture, classify)
    assert reading.written == "".join(filter(str.isdigit, text))
    assert not reading.sure


def test_opencv_has_the_limit_of_pixels_when_this_is_used_as_a_library(tmp_path):
    (tmp_path / "large.ppm").write_bytes(b"P6\n11000 11000\n255\n")
    program = (
        "import sys, digits, cv2\n"
        "try: cv2.imread(sys.argv[1])\n"
        "except cv2.error as error: print('MAX_IMAGE_PIXELS' in str(error))"
    )
    command = [sys.executable, "-c", program, tmp_path / "large.ppm"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_the_limits_hold_where_opencv_was_imported_first(tmp_path):
    (tmp_path / "large.ppm").write_bytes(b"P6\n20000 20000\n255\n")
    program = (
        "import sys, cv2\n"
        "from digits import read_digits\n"
        "try: read_digits(sys.argv[1])\n"
        "except Exception as error: print(error)"
    )
    command = [sys.executable, "-c", program, tmp_path / "large.ppm"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    text = "has 20000 x 20000 pixels, over the limit of 120 megapixels; make the picture smaller"
    assert done.stdout == f"{tmp_path / 'large.ppm'}: {text}\n"


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


def test_groups_of_digits_are_written_apart(classify):
    picture = paper.put_on_paper(draw_text("25 861\n4", np.random.default_rng(0)).ink)
    reading = read_picture(picture, classify)
    assert (reading.text, reading.written) == ("25861\n4", "25 861\n4")


def test_a_page_of_small_digits_is_read_whole(classify):
    """In the usual working picture of it they are twelve pixels high, and melt into one another."""
    rng = np.random.default_rng(1)
    lines = ["".join(map(str, rng.integers(0, 10, 20))) for _ in range(20)]
    ink = draw_text("\n".join(lines), rng, height=40).ink
    sheet = paper.place_on_sheet(ink, (3300, 3300), (400, 900))
    found = read_picture(paper.put_on_paper(sheet), classify).text.split("\n")
    assert sum(a == b for a, b in zip(found, lines, strict=True)) >= 14


@pytest.mark.parametrize("seed", [1, 4])
def test_the_paper_in_a_digit_is_not_read_where_the_ink_surely_is_one(classify, seed):
    rng = np.random.default_rng(seed)  # a fat pen, hardly any paper around: it may be either
    picture = paper.put_on_paper(draw_text("8", rng, pen=14, margin=0.2).ink)
    seen = []

    def count(images):
        seen.append(len(images))
        return classify(images)

    assert len(list(find_inks(picture))) == 2
    assert read_picture(picture, count).text == "8"
    assert seen == [1]


@pytest.mark.parametrize("pen", [5, 8])
@pytest.mark.parametrize("side", [19, 21])
def test_a_digit_so_fat_that_only_its_loop_and_corners_look_thin_is_read(classify, side, pen):
    """A 0 up to all borders of a tiny picture."""
    fine = np.zeros((8 * side,) * 2, np.uint8)
    axes = 4 * (side - pen), 4 * side - 3 * pen
    cv2.ellipse(fine, (4 * side,) * 2, axes, 20, 0, 360, 255, 8 * pen)
    zero = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)
    assert read_picture(cv2.cvtColor(zero, cv2.COLOR_GRAY2BGR), classify).text == "0"


def test_a_digit_cut_out_stands_on_no_line_that_may_be_steep(classify, monkeypatch):
    crop = np.zeros((28, 28, 3), np.uint8)
    cv2.line(crop, (8, 4), (8, 14), (255,) * 3, 2)
    cv2.line(crop, (18, 12), (18, 22), (255,) * 3, 2)
    monkeypatch.setattr(upright, "measure_tilt", lambda _: 20.0)
    monkeypatch.setattr(upright, "tilt_ink", None)  # not called
    assert read_picture(crop, classify).text == "11"


@pytest.mark.parametrize("letter", ["A", "a", "d"])
def test_the_paper_around_a_fat_letter_cut_out_is_no_zero(classify, letter):
    ink = draw_text(letter, np.random.default_rng(0), height=60, pen=18).ink
    x, y, width, height = cv2.boundingRect(ink)
    side = max(width, height)
    square = np.zeros((side, side), np.uint8)
    left, top = (side - width) // 2, (side - height) // 2
    square[top : top + height, left : left + width] = ink[y : y + height, x : x + width]
    small = cv2.resize(square, (20, 20), interpolation=cv2.INTER_AREA)
    crop = cv2.cvtColor(np.pad(small, 4), cv2.COLOR_GRAY2BGR)
    assert not any(digit.sure for digit in read_picture(crop, classify).digits)


def test_a_texture_of_specks_too_low_for_digits_is_not_read(classify):
    rng = np.random.default_rng(0)
    picture = np.full((300, 300, 3), 240, np.uint8)
    for y, x in rng.integers(5, 295, (400, 2)):
        picture[y : y + 3, x : x + 2] = 20
    with pytest.raises(UserError, match="no digit found"):
        read_picture(picture, classify)


@pytest.mark.parametrize("seed", range(6))
def test_the_dots_that_a_fax_makes_of_grey_paper_are_no_digits(classify, seed):
    page = paper.put_on_paper(write("42", seed, height=50, margin=0.4))
    page = paper.add_grain(page, np.random.default_rng(1))
    fax = np.asarray(Image.fromarray(page).convert("L").convert("1")).astype(np.uint8) * 255
    reading = read_picture(cv2.cvtColor(fax, cv2.COLOR_GRAY2BGR), classify)
    assert (reading.text, reading.sure) == ("42", False)
