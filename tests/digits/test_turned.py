"""A picture that lies on its side, on its head or at a slant is read as if it stood upright."""

import numpy as np
import pytest
from conftest import write

from digits.layout import upright
from digits.layout.orientation import UPRIGHT, choose_turn, is_better, measure_uprightness
from digits.network import SIGN_KINDS, Answers, classify_images, load_network
from digits.reading import read_picture
from digits.segment.blobs import Blob
from digits.segment.candidates import DIGIT, OTHER, Candidate
from handwriting import paper
from handwriting.corpus import EFFECTS
from handwriting.effects.marks import draw_letters
from handwriting.effects.notes import draw_word_beside
from handwriting.effects.turns import draw_steep, draw_turned
from handwriting.effects.writing import draw_touching_loops

TEXT = "4753\n219"


@pytest.fixture(scope="module")
def page():
    """Two lines of digits that tell which way up they are."""
    return paper.put_on_paper(write(TEXT, 4, height=60, neatness=0.7))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_is_read_in_the_order_of_its_lines(page, classify, degrees):
    reading = read_picture(np.rot90(page, degrees // 90).copy(), classify)
    assert (reading.text, reading.turned) == (TEXT, degrees)
    assert [digit.line for digit in reading.digits] == [0] * 4 + [1] * 3


@pytest.mark.parametrize("degrees", [90, 180])
def test_a_page_of_hundreds_of_digits_is_turned_too(classify, degrees):
    rng = np.random.default_rng(0)
    text = "\n".join("".join(map(str, rng.integers(0, 10, 10))) for _ in range(26))
    sheet = paper.put_on_paper(write(text, 1, height=40, neatness=0.7))
    reading = read_picture(np.rot90(sheet, degrees // 90).copy(), classify)
    assert reading.turned == degrees
    assert reading.text == text


def test_boxes_of_a_turned_page_are_those_of_the_picture_as_displayed(page, classify):
    upright = read_picture(page, classify).digits
    turned = read_picture(np.rot90(page).copy(), classify).digits
    for one, other in zip(upright, turned, strict=True):
        x, y, width, height = one.box
        expected = (y, page.shape[1] - x - width, height, width)
        assert np.abs(np.subtract(other.box, expected)).max() <= 4


def test_the_network_saw_the_digits_of_a_turned_page_upright(page, classify):
    upright = read_picture(page, classify).digits
    turned = read_picture(np.rot90(page, 2).copy(), classify).digits
    for one, other in zip(upright, turned, strict=True):
        assert np.abs(one.image.astype(int) - other.image).mean() < 10


def test_a_page_that_stands_upright_is_not_turned(page, classify):
    assert read_picture(page, classify).turned == 0


@pytest.mark.parametrize("degrees", [-30, 30])
def test_a_page_held_at_a_slant_is_read_line_by_line(page, classify, degrees):
    sheet = np.pad(page, ((150, 150), (60, 60), (0, 0)), mode="edge")
    reading = read_picture(paper.turn(sheet, degrees), classify)
    assert (reading.text, reading.turned) == (TEXT, 0)


def test_boxes_of_a_page_held_at_a_slant_hold_their_digits(page, classify):
    sheet = np.pad(page, ((150, 150), (60, 60), (0, 0)), mode="edge")
    slanted = paper.turn(sheet, 30)
    dark = slanted.max(axis=2) < 150
    for digit in read_picture(slanted, classify).digits:
        x, y, width, height = digit.box
        assert dark[y : y + height, x : x + width].any(axis=1).mean() > 0.9


def test_digits_are_as_clear_on_lines_that_rise_and_fall(page, classify):
    sheet = np.pad(page, ((150, 150), (60, 60), (0, 0)), mode="edge")
    for degrees in (-35, 20):
        assert read_picture(paper.turn(sheet, degrees), classify).sure


@pytest.mark.parametrize("seed", [0, 1])
def test_two_digits_on_their_side_are_not_one_digit(classify, seed):
    page = paper.put_on_paper(write("74", seed, height=60, neatness=0.7))
    reading = read_picture(np.rot90(page, 3).copy(), classify)
    assert (reading.text, reading.turned) == ("74", 270)


def test_lines_so_steep_that_their_digits_are_misread_are_straightened(classify):
    text, picture = draw_steep(np.random.default_rng([7, 81, 107]))
    reading = read_picture(picture, classify)
    assert (reading.text, reading.turned) == (text, 0)


@pytest.mark.parametrize("text", ["00", "80"])
def test_digits_that_touch_are_not_one_digit_on_its_side(classify, text):
    ink = write(text, 2, height=60, neatness=0.9, touching=True)
    reading = read_picture(paper.put_on_paper(ink), classify)
    assert (reading.text, reading.turned) == (text, 0)


def test_a_page_on_its_side_is_read_where_all_of_its_rows_are_one_digit_each(classify):
    page = paper.put_on_paper(write("2314\n8845362\n8995915", 5, height=50, neatness=0.8))
    reading = read_picture(np.rot90(page).copy(), classify)
    assert reading.turned == 90
    assert reading.text == "2314\n8845362\n8995915"


@pytest.mark.parametrize("text", ["6", "9", "8", "1", "69"])
def test_digits_that_look_like_digits_upside_down_stay_as_they_are(classify, text):
    reading = read_picture(paper.put_on_paper(write(text, neatness=0.9)), classify)
    assert (reading.text, reading.turned, reading.sure) == (text, 0, True)


@pytest.mark.parametrize("seed", [0, 2, 10])
def test_a_letter_is_no_sure_digit_upright_or_on_its_side(classify, seed):
    """An N, which turned by a quarter is a 2, and cut is two ones."""
    reading = read_picture(paper.put_on_paper(write("N", seed, neatness=0.6)), classify)
    assert not any(digit.sure for digit in reading.digits)


def test_a_digit_is_upright_where_the_network_rules_all_others_out():
    sure = np.eye(10, dtype=np.float32)[3]
    doubtful = 0.99 * sure + 0.001
    doubtful[5] = 0.009
    upright, turned = measure_uprightness(np.stack([sure, doubtful]))
    assert upright > turned > 0


def test_what_looks_like_a_letter_is_no_evidence_that_a_digit_stands_upright():
    sure = np.eye(10, dtype=np.float32)[[3, 3]]
    kinds = np.eye(len(SIGN_KINDS), dtype=np.float32)[[DIGIT, OTHER]]
    as_digit, as_letter = measure_uprightness(sure, kinds)
    assert as_digit > as_letter > 0


@pytest.mark.parametrize("chance", [0.85, 0.7])
def test_digits_that_are_fairly_sure_are_not_tried_any_other_way_up(chance):
    def classify(images):
        tried.append(len(images))
        return classify_images(load_network(), images)

    tried = []
    rest = (1 - chance) / 9
    probabilities = np.where(np.arange(10) == 7, chance, rest)
    signs = np.where(np.arange(len(SIGN_KINDS)) == DIGIT, 0.9, 0.1 / 12)
    blobs = [Blob(40 * n, 0, np.ones((40, 20), bool)) for n in range(3)]
    digits = [Candidate(b, np.zeros((28, 28), np.uint8), probabilities, signs) for b in blobs]
    choose_turn(digits, blobs, np.ones((40, 120), np.float32), classify)
    assert bool(tried) == (chance < 0.8)


def test_digits_that_lean_on_a_level_line_are_not_tilted(classify, monkeypatch):
    picture = paper.put_on_paper(write("2586", 3))
    monkeypatch.setattr(upright, "choose_turn", lambda *_: UPRIGHT._replace(tilt=30))
    monkeypatch.setattr(upright, "tilt_ink", None)  # not called
    assert read_picture(picture, classify).text == "2586"


def test_four_digits_on_their_side_are_not_pieces_of_one(classify):
    """Together they make a fine 3."""
    text, picture = draw_turned(np.random.default_rng([7, 80, 128]))
    reading = read_picture(picture, classify)
    assert (reading.text, reading.turned) == (text, 270)


@pytest.mark.parametrize("seed", [427, 436])
def test_two_digits_on_their_side_are_no_single_one_of_two_strokes(classify, seed):
    text, picture = draw_turned(np.random.default_rng([7, 80, seed]))
    assert read_picture(picture, classify).text == text


@pytest.mark.parametrize(("count", "quarter"), [(1, 0), (2, 180), (3, 0)])
def test_two_pieces_are_turned_by_half_for_less_evidence_than_one_or_more(count, quarter):
    """Together they stand 7.8 nats more clearly on their heads."""
    rivals = 6 // count  # of each piece: digits with 5%, 1.3 nats less of evidence each

    def classify(images):
        doubted = np.where(np.arange(10) <= rivals, 0.05, 0.0)
        answers = np.tile(doubted, (len(images), 1))
        half = len(images) // 2
        answers[half : half + count] = np.eye(10)[4]
        return Answers(answers, None)

    blobs = [Blob(40 * n, 0, np.ones((40, 20), bool)) for n in range(count)]
    turn = choose_turn((), blobs, np.ones((40, 120), np.float32), classify)
    assert turn.quarter == quarter


@pytest.mark.parametrize("seed", [184, 488])  # 45 was a 9 before a +, 75 a doubted 96
def test_two_digits_on_their_heads_are_turned_where_one_tells(classify, seed):
    text, picture = draw_turned(np.random.default_rng([7, 80, seed]))
    reading = read_picture(picture, classify)
    assert (reading.text, reading.turned, reading.sure) == (text, 180, False)


def test_two_sixes_are_no_nines_on_their_heads(classify):
    seed = [7, list(EFFECTS).index("touching loops"), 131]
    text, picture = draw_touching_loops(np.random.default_rng(seed))
    reading = read_picture(picture, classify)
    assert (reading.text, reading.turned, reading.sure) == (text, 0, False)


def test_strokes_that_are_read_as_ones_do_not_tell_that_a_page_stands_upright(classify):
    text, picture = draw_turned(np.random.default_rng([7, 80, 430]))
    reading = read_picture(picture, classify)
    assert (reading.text, reading.turned) == (text, 90)


def test_lines_so_steep_that_no_digit_is_read_are_as_steep_as_their_pieces(classify):
    text, picture = draw_steep(np.random.default_rng([7, 81, 116]))
    assert read_picture(picture, classify).text == text


def _make_digits(shown, places):
    """Digits of which the network is sure, 20 pixels wide and 40 high."""
    blobs = [Blob(x, y, np.ones((40, 20), bool)) for x, y in places]
    chances = np.eye(10)[list(shown)]
    signs = np.eye(len(SIGN_KINDS))[DIGIT]
    image = np.zeros((28, 28), np.uint8)
    return [
        Candidate(blob, image, chance, signs) for blob, chance in zip(blobs, chances, strict=True)
    ]


ROW, COLUMN = ((0, 0), (30, 0), (60, 0)), ((0, 0), (0, 60), (0, 120))


@pytest.mark.parametrize(
    ("shown", "places", "quarter", "better"),
    [
        ((3, 7, 7), ROW, 90, True),
        ((3, 7, 7), COLUMN, 270, False),  # letters in a row, all of them turned
        ((3, 7, 7), COLUMN, 180, True),
        ((1, 1, 1), ROW, 90, False),  # dashes one below the other
        ((1, 5, 1), ROW, 90, False),
    ],
)
def test_a_page_on_its_side_has_rows_and_more_than_ones(shown, places, quarter, better):
    assert (
        is_better(_make_digits(shown, places), _make_digits((5,), ROW[:1]), quarter=quarter)
        == better
    )


def test_a_word_beside_a_number_does_not_turn_it(classify):
    text, picture = draw_word_beside(np.random.default_rng([7, 75, 2]))
    reading = read_picture(picture, classify)
    assert (reading.text, reading.turned) == (text, 0)


def test_letters_of_which_one_digit_is_left_once_they_are_turned_are_not_sure(classify):
    seed = [7, list(EFFECTS).index("letters"), 108]  # RMKT on its side was an 8
    _, picture = draw_letters(np.random.default_rng(seed))
    assert not any(digit.sure for digit in read_picture(picture, classify).digits)
