"""What is no stroke: tables, coins, bars, rules, sheets; and strokes that look like them."""

import cv2
import numpy as np
import pytest
from conftest import read_text, write

from digits.ink.ink import find_inks
from digits.ink.regions import find_frames, label_components, pick_components
from digits.reading import read_picture
from digits.segment.blobs import split_blobs
from handwriting import paper
from handwriting.pages import draw_text


def test_find_digits_leaves_out_a_dark_table(classify):
    rng = np.random.default_rng(3)
    picture = paper.lay_on_table(paper.put_on_paper(write("2586\n8422")), rng)
    assert read_text(picture, classify) == "2586|8422"


@pytest.mark.parametrize("seed", [0, 1])
def test_find_digits_leaves_out_a_coin_beside_the_number(classify, seed):
    picture = paper.put_on_paper(write("2586", seed, margin=1.4))
    height, width = picture.shape[:2]
    cv2.circle(picture, (width - height // 5, height // 5), height // 7, (70, 90, 110), -1)
    rng = np.random.default_rng(seed)
    picture = paper.add_grain(cv2.GaussianBlur(picture, (0, 0), 1), rng, strength=6)
    assert read_text(picture, classify) == "2586"


@pytest.mark.parametrize("seed", [0, 2, 58])
def test_find_digits_keeps_closed_digits_in_a_low_strip_in_a_fat_pen(classify, seed):
    strip = write("2494", seed, margin=0.5, height=48, pen=12)
    assert read_text(paper.put_on_paper(strip), classify) == "2494"


def test_find_digits_leaves_out_grainy_bars_above_and_below(classify):
    page = paper.put_on_paper(write("25", 0))
    picture = np.pad(page, ((40, 40), (0, 0), (0, 0)), constant_values=20)
    picture = paper.add_grain(picture, np.random.default_rng(0), strength=6)
    assert read_text(picture, classify) == "25"


@pytest.mark.parametrize("digit", "3568")
def test_find_digits_leaves_out_a_wooden_table_around_the_whole_sheet(classify, digit):
    rng = np.random.default_rng(0)
    ink = paper.place_on_sheet(write(digit, height=60), (400, 400), (150, 180))
    picture = paper.lay_on_table(paper.put_on_paper(ink), rng, colour=(80, 100, 120))
    assert read_text(paper.add_grain(picture, rng, strength=2), classify) == digit


@pytest.mark.parametrize("side", [16, 64])
@pytest.mark.parametrize("pen", [10, 16])
def test_find_digits_reads_a_digit_stretched_to_the_frame_of_its_picture(classify, pen, side):
    """A 7 whose bar runs along the upper border all the way."""
    ink, corners = np.zeros((200, 160), np.uint8), [(0, pen // 2), (159, pen // 2), (50, 199)]
    cv2.polylines(ink, [np.int32(corners)], False, 255, pen, cv2.LINE_AA)
    picture = cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA)
    assert read_text(np.repeat(picture[..., None], 3, axis=2), classify) == "7"


@pytest.mark.parametrize("digit", "0689")
def test_find_digits_takes_no_loop_for_a_sheet(classify, digit):
    ink = write(digit, height=200, pen=14)
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    tight = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert read_text(paper.put_on_paper(tight), classify) == digit


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
    assert read_text(picture, classify) == "2586|8422"


def test_find_digits_keeps_a_base_that_runs_along_a_lighter_rule(classify):
    ink = np.zeros((200, 260), np.uint8)
    two = [(90, 60), (110, 32), (140, 32), (155, 60), (140, 95), (90, 150), (165, 150)]
    cv2.polylines(ink, [np.array(two)], False, 255, 8, cv2.LINE_AA)
    picture = paper.put_on_paper(ink, colour=(30, 30, 30), paper=(200, 200, 200))
    ruled = paper.rule_lines(picture, pitch=400, offset=147, thickness=6, colour=(60, 60, 60))
    assert read_text(ruled, classify) == "2"


def test_find_digits_reads_squared_paper(classify):
    picture = paper.rule_squares(paper.put_on_paper(write("2586")), pitch=24)
    assert read_text(picture, classify) == "2586"


@pytest.mark.parametrize("seed", [2, 5])
def test_find_digits_reads_dark_squared_paper(classify, seed):
    picture = paper.put_on_paper(write("2586", seed))
    squared = paper.rule_squares(picture, pitch=40, colour=(110, 100, 90))
    assert read_text(squared, classify) == "2586"


def draw_table(picture, *, turned=0.0, rules=(2, 1)):
    """A printed table around what is in the picture, with rules inside it, across and down."""
    height, width = picture.shape[:2]
    picture = cv2.copyMakeBorder(picture, 90, 90, 120, 120, cv2.BORDER_REPLICATE)
    for n in range(rules[0] + 1):
        y = 90 + n * height // rules[0]
        cv2.line(picture, (120, y), (120 + width, y), (110,) * 3, 2, cv2.LINE_AA)
    for n in range(rules[1] + 1):
        x = 120 + n * width // rules[1]
        cv2.line(picture, (x, 90), (x, 90 + height), (110,) * 3, 2, cv2.LINE_AA)
    return paper.turn(picture, turned)


@pytest.mark.parametrize("turned", [-2.5, 0, 2.5])
def test_find_digits_takes_off_a_table_that_ends_inside_the_picture(classify, turned):
    page = paper.put_on_paper(write("25 86\n42 17", 1, gap=0.4, height=60, pen=5, margin=0.6))
    assert read_text(draw_table(page, turned=turned), classify) == "2586|4217"


def draw_dotted_table(ink):
    """A table of dotted rules around the ink, uint8 (H, W), printed on bent paper."""
    page = paper.put_on_paper(ink)
    table = draw_table(np.full_like(page, page.max()), rules=(2, 4))
    dots = np.indices(table.shape[:2]).sum(axis=0) // 3 % 3 == 0
    table[dots] = table.max()
    inner = table[90 : 90 + page.shape[0], 120 : 120 + page.shape[1]]
    inner[page < 200] = page[page < 200]
    height, width = table.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    y -= 120 * (x / width - 0.5) ** 2
    return cv2.remap(table, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_find_digits_takes_off_a_dotted_table_on_bent_paper(classify, seed):
    ink = write("25 86\n42 17", seed, gap=0.4, height=60, pen=7, margin=0.6)
    assert read_text(draw_dotted_table(ink), classify) == "2586|4217"


@pytest.mark.parametrize("text", ["", "3"])
def test_a_digit_as_fine_as_the_rules_of_a_table_leaves_the_picture_in_doubt(classify, text):
    ink = write("25 86\n42 17", 2, gap=0.4, height=60, pen=7, margin=0.6)
    ink = np.pad(ink, ((0, 0), (0, 110)))
    fine = paper.trim_to_ink(write(text or "3", 5, height=55, pen=1.5))
    if text:
        ink[40 : 40 + fine.shape[0], -80 : fine.shape[1] - 80] |= fine
    reading = read_picture(draw_dotted_table(ink), classify)
    assert (reading.text, reading.sure) == ("2586\n4217", not text)


def test_find_digits_reads_a_zero_with_corners(classify):
    picture = np.full((300, 260, 3), 240, np.uint8)
    cv2.rectangle(picture, (90, 60), (170, 240), (40, 30, 30), 14)
    assert read_text(picture, classify) == "0"


@pytest.mark.parametrize("seed", [1, 2])
def test_find_digits_takes_off_rules_of_a_page_held_askew(classify, seed):
    picture = paper.put_on_paper(write("2586", seed))
    ruled, (height, width) = picture.copy(), picture.shape[:2]
    for y in range(-40, height + 40, 60):
        cv2.line(ruled, (0, y), (width - 1, y + width // 14), (90, 80, 70), 2)
    assert read_text(np.minimum(ruled, picture), classify) == "2586"


def test_find_digits_keeps_the_bar_of_a_seven_that_spans_the_picture(classify):
    ink = np.zeros((100, 70), np.uint8)
    cv2.polylines(ink, [np.array([[0, 6], [69, 6], [28, 99]])], False, 255, 8)
    assert read_text(paper.put_on_paper(ink), classify) == "7"


def test_find_digits_reads_a_digit_that_squares_tie_to_the_border(classify):
    ink = write("3", seed=2, height=120, pen=9, neatness=0.8, margin=0.6)
    picture = paper.put_on_paper(ink, colour=(128, 54, 22))  # tied, it is a region and no ink
    assert read_text(paper.rule_squares(picture, pitch=30), classify) == "3"


def test_find_digits_reads_a_digit_at_the_border(classify):
    ink = write("3", height=120)
    x, y, width, height = cv2.boundingRect(ink)
    assert read_text(paper.put_on_paper(ink[y : y + height, x : x + width]), classify) == "3"


def test_find_digits_reads_a_digit_that_fills_the_picture_to_all_four_borders(classify):
    ink = write("5", 5, height=120)
    x, y, width, height = cv2.boundingRect(ink)
    assert read_text(paper.put_on_paper(ink[y : y + height, x : x + width]), classify) == "5"


@pytest.mark.parametrize("seed", [0, 6])
def test_find_digits_leaves_out_the_feet_of_a_line_cut_off_at_the_border(classify, seed):
    above, ink = write("1171", seed + 1), write("2586", seed)
    top, *_, bottom = np.flatnonzero(above.any(axis=1))
    feet = above[bottom - (bottom - top) * 45 // 100 : bottom + 1]
    width = max(above.shape[1], ink.shape[1])
    rows = [np.pad(row, ((0, 0), (0, width - row.shape[1]))) for row in (feet, ink)]
    assert read_text(paper.put_on_paper(np.vstack(rows)), classify) == "2586"


def draw_frame(thickness=2):
    """uint8 (200, 300): the frame of a table of two columns."""
    mask = np.zeros((200, 300), np.uint8)
    cv2.rectangle(mask, (20, 20), (280, 180), 1, thickness)
    cv2.line(mask, (150, 20), (150, 180), 1, thickness)
    return mask


def test_find_frames_finds_a_table_around_something_written():
    frame = draw_frame()
    written = np.zeros_like(frame)
    cv2.line(written, (60, 80), (70, 120), 1, 3)
    assert np.array_equal(find_frames(frame | written), frame > 0)


@pytest.mark.parametrize("speck", [0, 2])
def test_find_frames_leaves_what_is_empty_but_for_specks(speck):
    frame = draw_frame()
    frame[60 : 60 + speck, 60 : 60 + speck] = 1
    assert not find_frames(frame).any()


def test_find_frames_leaves_a_fat_loop():
    mask = np.zeros((200, 300), np.uint8)
    cv2.circle(mask, (100, 100), 60, 1, 30)
    cv2.line(mask, (95, 80), (105, 120), 1, 3)
    assert not find_frames(mask).any()


@pytest.mark.parametrize("corner", [(0, 0), (3, 4), (4, 3)])
def test_components_are_numbered_as_opencv_does(corner):
    mask = np.zeros((40, 50), np.uint8)
    top, left = corner
    mask[top : top + 30, left : left + 30] = np.random.default_rng(0).random((30, 30)) < 0.2
    _, expected, of_each, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    labels, stats = label_components(mask)
    assert np.array_equal(labels, expected)
    assert np.array_equal(stats[1:], of_each[1:])
    assert stats[0, cv2.CC_STAT_AREA] == np.count_nonzero(mask == 0)


def test_an_empty_mask_has_no_components():
    labels, stats = label_components(np.zeros((4, 6), np.uint8))
    assert not labels.any()
    assert stats.tolist() == [[0, 0, 6, 4, 24]]


@pytest.mark.parametrize("count", [2, 20])
def test_components_are_picked_however_many_they_are(count):
    labels = np.arange(60, dtype=np.int32).reshape(6, 10)
    chosen = np.arange(60) % (60 // count) == 0
    assert np.array_equal(pick_components(labels, chosen), chosen.reshape(6, 10))


def test_the_feet_and_bars_of_a_full_page_of_digits_are_no_fine_rules():
    rng = np.random.default_rng(500)
    digits = "".join(map(str, rng.integers(0, 10, 500)))
    lines = [digits[start : start + 25] for start in range(0, 500, 25)]
    page = draw_text("\n".join(lines), rng, height=40).ink
    (ink,) = find_inks(paper.put_on_paper(page))
    assert len(split_blobs(ink.plain)) == 500


@pytest.mark.parametrize("seed", [2, 5])
@pytest.mark.parametrize("text", ["381", "1171", "4104", "71"])
def test_a_one_from_border_to_border_of_digits_cut_out_is_no_rule(classify, text, seed):
    drawn = paper.trim_to_ink(write(text, seed))
    for ink in (drawn, cv2.resize(drawn, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)):
        assert read_text(paper.put_on_paper(ink), classify) == text
