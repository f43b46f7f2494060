"""Drawn digits, drawn ink that is no digit, and drawn numbers."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from handwriting.drawing import draw_dataset, draw_digits, draw_non_digits, draw_symbols
from handwriting.marks import MARKS, SYMBOLS
from handwriting.pages import draw_text
from handwriting.pen import read_shape, vary_paths
from handwriting.shapes.digits import DIGITS
from handwriting.shapes.frequencies import FREQUENCIES
from handwriting.shapes.hands import HELD_OUT, MORE_HANDS, TAUGHT, TAUGHT_ALONE
from handwriting.shapes.hasty import HASTY
from handwriting.shapes.others import NEIGHBOURS, SIGNS


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    return draw_dataset(2000, 7)


def find_boxes(images: np.ndarray) -> np.ndarray:
    return np.array([cv2.boundingRect(image) for image in images])  # x, y, width, height


def test_the_same_seed_draws_the_same_digits():
    first, second = (draw_digits([3, 1, 4], np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, second)


def test_another_seed_draws_other_digits():
    first, second = (draw_digits([3, 1, 4], np.random.default_rng(seed)) for seed in (5, 6))
    assert all((a != b).any() for a, b in zip(first, second, strict=True))


def test_digits_are_grey_images_with_bright_ink(drawn):
    images, _ = drawn
    assert images.shape == (2000, 28, 28)
    assert images.dtype == np.uint8
    assert images.max(axis=(1, 2)).min() > 150


def test_digits_fill_the_20_pixel_box(drawn):
    images, _ = drawn
    longer = find_boxes(images)[:, 2:].max(axis=1)
    assert longer.max() == 20
    assert (longer >= 19).mean() > 0.99  # an edge may be too faint to leave a grey level


def test_digits_have_their_mass_in_the_middle(drawn):
    images, _ = drawn
    mass = images.sum(axis=(1, 2), dtype=float)
    x = images.sum(axis=1) @ np.arange(28) / mass
    y = images.sum(axis=2) @ np.arange(28) / mass
    assert np.abs(x - 14).max() < 1
    assert np.abs(y - 14).max() < 1


def test_digits_carry_about_as_much_ink_as_those_of_mnist(drawn):
    images, _ = drawn
    mean = images.mean() / 255  # 0.13066 in MNIST, margins included
    assert 0.115 < mean < 0.145


def test_a_dataset_holds_each_digit_equally_often(drawn):
    _, labels = drawn
    assert np.bincount(labels).tolist() == [200] * 10


def test_a_dataset_is_in_random_order(drawn):
    _, labels = drawn
    assert (np.diff(labels.astype(int)) == 1).mean() < 0.2


@pytest.mark.slow
def test_the_nearest_drawn_neighbour_names_most_digits():
    """A measure of the labels without any network: 1 nearest neighbour among other drawings."""
    train, train_labels = draw_dataset(3000, 1)
    test, test_labels = draw_dataset(300, 2)
    flat, queries = (images.reshape(len(images), -1) / 255.0 for images in (train, test))
    distances = (flat**2).sum(axis=1) - 2 * queries @ flat.T
    assert (train_labels[distances.argmin(axis=1)] == test_labels).mean() > 0.65


@pytest.mark.parametrize("digit", range(10))
def test_every_digit_has_variants(digit):
    assert len({shape for _, shape in DIGITS[digit]}) >= 5


@pytest.mark.parametrize("table", [TAUGHT, TAUGHT_ALONE], ids=["beside MNIST", "alone"])
@pytest.mark.parametrize("digit", range(10))
def test_some_hands_are_held_out_of_every_training(digit, table):
    held_out = {shape for _, shape in HELD_OUT[digit]}
    assert len(held_out) >= 3
    assert not held_out & {shape for _, shape in table[digit]}


def test_digits_are_drawn_in_the_hands_of_the_table():
    lying_hands = dict.fromkeys(range(10), ((1.0, "0,0 100,0"),))
    lying, standing = (
        np.median(find_boxes(draw_dataset(200, 7, **hands)[0])[:, 3])
        for hands in ({"table": lying_hands}, {})
    )
    assert lying < 15 < standing


def test_leaning_hands_are_other_hands():
    steady, leaning = (
        draw_digits([3] * 50, np.random.default_rng(5), leaning=leaning)
        for leaning in (False, True)
    )
    assert (steady != leaning).any(axis=(1, 2)).mean() > 0.9


def test_half_of_what_is_drawn_beside_mnist_is_in_the_usual_hands():
    for digit in range(10):
        total = sum(weight for weight, _ in TAUGHT[digit])
        usual = {shape for _, shape in DIGITS[digit]}
        assert sum(w for w, shape in TAUGHT[digit] if shape in usual) == pytest.approx(total / 2)


def test_where_there_is_no_mnist_each_variant_is_drawn_as_often_as_it_was_counted():
    for digit, frequencies in FREQUENCIES.items():
        weights, shapes = zip(*TAUGHT_ALONE[digit], strict=True)
        assert (shapes[0], shapes[-1]) == (DIGITS[digit][0][1], HASTY[digit][-1])
        assert " ".join(f"{weight:g}" for weight in weights) == frequencies
        assert sum(weights) == pytest.approx(10_000, abs=len(weights))


def test_hasty_hands_are_taught_where_there_is_no_mnist_to_show_them():
    hasty = set(HASTY[9])
    assert not hasty & {shape for _, shape in TAUGHT[9]}
    assert hasty <= {shape for _, shape in TAUGHT_ALONE[9]}


@pytest.mark.parametrize(
    "shapes",
    [*MORE_HANDS.values(), *TAUGHT_ALONE.values(), *HELD_OUT.values()],
    ids=lambda shapes: shapes[0][1][:9],
)
def test_every_shape_can_be_read_and_has_the_height_of_a_digit(shapes):
    for weight, shape in shapes:
        assert weight > 0
        points = read_shape(shape).points
        assert 0.8 <= np.ptp(points[:, 1]) <= 1.3
        assert points[:, 0].min() >= -0.3


def test_neighbours_are_no_letters_that_could_be_digits():
    assert not set("OlISZBbDgqyЧЗ3]}") & set(NEIGHBOURS)


def test_varied_paths_keep_their_strokes_about_where_they_are():
    curves = read_shape("4,6 60,4! 28,100 / 20,52 58,48")
    paths = np.tile(curves.exact @ curves.points, (200, 1, 1))
    varied = vary_paths(paths, curves.strokes, np.random.default_rng(0))
    assert varied.shape == paths.shape
    assert np.abs(varied - paths).max() < 0.5
    assert np.abs(varied - paths)[:, 5:-5].mean() < 0.05
    lengths = np.hypot(*np.diff(varied[:, curves.strokes[0]], axis=1).transpose(2, 0, 1)).sum(1)
    whole = np.hypot(*np.diff(paths[0, curves.strokes[0]], axis=0).T).sum()
    assert lengths.min() < 0.95 * whole < 1.05 * whole < lengths.max()


def test_a_short_stroke_keeps_its_length():
    path = np.linspace((0, 0), (0.2, 0), 5)[np.newaxis]
    varied = vary_paths(path, (slice(0, 5),), np.random.default_rng(0))
    assert np.ptp(varied[..., 0]) == pytest.approx(0.2, abs=0.06)


def test_a_digit_is_drawn_for_each_label_in_its_place():
    labels = np.array([1, 0] * 50)
    widths = find_boxes(draw_digits(labels, np.random.default_rng(0)))[:, 2]
    assert widths[labels == 0].mean() > 1.15 * widths[labels == 1].mean()


def test_no_labels_give_no_images():
    assert draw_digits(np.zeros(0, int), np.random.default_rng(0)).shape == (0, 28, 28)


def test_the_same_seed_draws_the_same_non_digits():
    first, second = (draw_non_digits(50, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("count", [0, 1, 300])
def test_non_digits_are_images_with_ink(count):
    images = draw_non_digits(count, np.random.default_rng(0))
    assert images.shape == (count, 28, 28)
    assert images.dtype == np.uint8
    assert images.any(axis=(1, 2)).all()


def test_a_text_has_a_box_for_every_digit_and_another_for_every_mark():
    page = draw_text("-40.5 7\n12 kg", np.random.default_rng(0))
    assert len(page.boxes) == 6
    assert [name for name, _ in page.marks] == ["-", "."]


@pytest.mark.parametrize("sign", "*·×")
def test_whatever_multiplies_is_one_mark(sign):
    assert [name for name, _ in draw_text(f"6{sign}7", np.random.default_rng(0)).marks] == ["×"]


@pytest.mark.parametrize(
    ("mark", "top", "bottom"),  # digit heights below the top of the digits beside it, at least
    [("-", 0.2, 0.8), ("·", 0.2, 0.8), (".", 0.8, 1.2), (",", 0.7, 1.4), ("/", -0.4, 1.5)],
)
def test_a_mark_stands_where_it_is_written(mark, top, bottom):
    for seed in range(10):
        page = draw_text(f"0{mark}0", np.random.default_rng(seed), height=80, neatness=0.8)
        ((_, (_, y, _, height)),) = page.marks
        above, digit = np.mean([box[1] for box in page.boxes]), 80
        assert top <= (y - above) / digit < (y + height - above) / digit <= bottom


def test_a_comma_hangs_below_the_line_that_a_full_stop_stands_on():
    for seed in range(10):
        page = draw_text("0,0.0", np.random.default_rng(seed), height=80, neatness=0.9)
        (_, comma), (_, stop) = page.marks
        assert comma[1] + comma[3] > stop[1] + stop[3]


def test_the_boxes_of_marks_hold_ink():
    page = draw_text("(1+2)×3÷4=9/4-1.5,6:7", np.random.default_rng(0))
    for _, (x, y, width, height) in page.marks:
        assert page.ink[y : y + height, x : x + width].any()


@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_has_variants(mark):
    assert len({shape for _, shape in MARKS[mark]}) >= 3


def test_a_symbol_is_drawn_for_each_name_in_its_place():
    images = draw_symbols(["-", "(", "A"] * 20, np.random.default_rng(0))
    assert (images.shape, images.dtype) == ((60, 28, 28), np.uint8)
    widths, heights = find_boxes(images)[:, 2:].T
    assert (widths > heights)[0::3].all()
    assert (widths < heights)[1::3].all()


@pytest.mark.parametrize("name", SYMBOLS)
def test_a_symbol_is_seen_at_any_size_and_pen(name):
    assert draw_symbols([name] * 30, np.random.default_rng(1)).any(axis=(1, 2)).all()


def test_a_bracket_a_slash_and_a_letter_like_a_digit_are_not_taught_to_be_none():
    taught = "()/,:OlISZBbDgqy"
    assert not set(taught) & set(SIGNS)
    assert set(taught) < set(SYMBOLS)


def test_the_boxes_of_a_text_follow_reading_order():
    page = draw_text("407\n12", np.random.default_rng(0))
    assert page.boxes[0][0] < page.boxes[1][0] < page.boxes[2][0]
    assert page.boxes[3][0] < page.boxes[4][0]
    assert page.boxes[3][1] > max(y for _, y, _, _ in page.boxes[:3])


def test_the_boxes_of_a_text_hold_all_its_ink():
    page = draw_text("4071\n1258", np.random.default_rng(1))
    outside = page.ink.copy()
    for x, y, width, height in page.boxes:
        assert page.ink[y : y + height, x : x + width].any()
        outside[y : y + height, x : x + width] = 0
    assert not outside.any()


def test_the_digits_of_a_text_stand_apart():
    page = draw_text("111 000", np.random.default_rng(2))
    count, _ = cv2.connectedComponents(page.ink)
    assert count - 1 == 6  # without the ground


def test_touching_digits_share_one_piece_of_ink():
    page = draw_text("6084", np.random.default_rng(3), touching=True)
    count, _ = cv2.connectedComponents((page.ink > 127).astype(np.uint8))
    assert count - 1 < 4


@pytest.mark.parametrize("overlap", [0, 0.2, 0.35])
def test_digits_overlap_by_the_share_of_the_narrower_ones_width(overlap):
    page = draw_text("6012", np.random.default_rng(3), overlap=overlap)
    for (x, _, width, _), (after, _, after_width, _) in pairwise(page.boxes):
        shared = x + width - after
        assert shared == pytest.approx(overlap * min(width, after_width), abs=1)


def test_an_overlap_does_not_reach_over_a_space():
    first, second = draw_text("0 0", np.random.default_rng(3), overlap=0.3).boxes
    assert first[0] + first[2] < second[0]


def test_joined_digits_are_one_piece_of_ink():
    for joined, pieces in [(False, 3), (True, 1)]:
        page = draw_text("077", np.random.default_rng(3), neatness=0.8, joined=joined)
        count, _ = cv2.connectedComponents((page.ink > 127).astype(np.uint8))
        assert count - 1 == pieces


def test_joined_digits_stand_where_they_stand_apart():
    pages = [draw_text("077", np.random.default_rng(3), joined=joined) for joined in (False, True)]
    assert pages[0].boxes == pages[1].boxes


@pytest.mark.parametrize("height", [20, 80, 300])
def test_the_digits_of_a_text_have_the_height_asked_for(height):
    page = draw_text("0" * 5, np.random.default_rng(4), height=height, pen=1)
    assert np.mean([box[3] for box in page.boxes]) == pytest.approx(height, rel=0.2)


@pytest.mark.parametrize("pen", [1, 6, 40])
def test_the_pen_of_a_text_has_the_width_asked_for(pen):
    page = draw_text("1", np.random.default_rng(5), height=200, pen=pen)
    middle = page.ink[page.ink.shape[0] // 2] / 255
    assert middle.sum() == pytest.approx(pen, rel=0.4, abs=1)


@pytest.mark.parametrize(
    ("text", "message"), [("1½", "no shape for ['½']"), (" \n", "no character to draw")]
)
def test_a_text_that_cannot_be_written_is_named(text, message):
    with pytest.raises(ValueError, match=r".+") as caught:
        draw_text(text, np.random.default_rng(0))
    assert str(caught.value) == message
