"""Digits far smaller than the others: a date in a corner, an exponent."""

import numpy as np
import pytest
from conftest import read_text, write

from digits.network import SIGN_KINDS
from digits.reading import read_picture
from digits.segment.blobs import Blob
from digits.segment.candidates import Candidate, Grouping, View
from digits.segment.notes import MOST_PIECES, add_small_digits
from handwriting.corpus import EFFECTS
from handwriting.effects.notes import draw_corner_note
from handwriting.paper import put_on_paper


def write_note(note, seed, *, height=28, pen=3, broad=8):
    """A large number of a broad pen on paper, with a small note to its right, above its head."""
    large = write("85", seed, height=180, pen=broad, margin=0.3)
    small = write(note, seed + 1, height=height, pen=pen, margin=0.5)
    page = np.zeros((len(large) + len(small), large.shape[1] + small.shape[1]), np.uint8)
    page[: len(small), large.shape[1] :] = small
    page[len(small) :, : large.shape[1]] = large
    return page


@pytest.mark.parametrize("seed", range(4))
def test_a_number_in_the_corner_is_read(classify, seed):
    assert read_text(put_on_paper(write_note("2607", seed)), classify) == "2607|85"


@pytest.mark.parametrize("seed", range(4))
def test_the_loops_of_a_note_are_seen_beside_a_broad_pen(classify, seed):
    reading = read_picture(put_on_paper(write_note("4868", seed, broad=14)), classify)
    assert (reading.text, reading.sure) == ("4868\n85", True)


def test_a_lone_stroke_is_a_one_beside_a_digit_only(classify):
    assert read_text(put_on_paper(write_note("14", 1)), classify) == "14|85"
    assert read_text(put_on_paper(write_note("1", 1)), classify) == "85"


def test_letters_are_no_small_digits(classify):
    assert read_text(put_on_paper(write_note("kmR", 2)), classify) == "85"


def test_what_is_as_small_as_specks_is_not_read(classify):
    assert read_text(put_on_paper(write_note("24", 3, height=10, pen=2)), classify) == "85"


def test_a_page_full_of_crumbs_is_dust(classify):
    page = write_note("2607", 0)
    page = np.hstack([page, np.zeros((len(page), 600), np.uint8)])
    rng = np.random.default_rng(0)
    for _ in range(3 * MOST_PIECES):
        y, x = rng.integers(0, len(page) - 20), rng.integers(560, page.shape[1] - 6)
        page[y : y + 16, x : x + 3] = 255
    assert "2607" not in read_text(put_on_paper(page), classify)


def test_an_exponent_is_no_part_of_its_base(classify):
    base, power = write("5", 3, height=100, pen=6), write("3", 4, height=40, pen=4, margin=0.2)
    page = np.pad(base, ((30, 0), (0, power.shape[1])))
    page[75 : 75 + len(power), -power.shape[1] - 50 : -50] |= power
    assert read_text(put_on_paper(page), classify) == "53"


@pytest.mark.parametrize("number", [134])
def test_a_note_that_may_be_a_number_but_is_not_read_leaves_the_picture_in_doubt(classify, number):
    seed = [7, list(EFFECTS).index("corner note"), number]
    text, picture = draw_corner_note(np.random.default_rng(seed))
    reading = read_picture(picture, classify)
    assert (reading.text, reading.sure) == (text.split("\n")[1], False)


def test_a_number_of_which_some_digits_are_too_doubtful_to_be_read_leaves_the_picture_in_doubt(
    classify,
):
    label, picture = draw_corner_note(np.random.default_rng([7, 78, 453]))
    reading = read_picture(picture, classify)
    assert reading.text == label or not reading.sure


@pytest.mark.parametrize(
    ("digit", "top", "whole"),
    [
        (8, 0, False),
        (1, 0, True),  # an apostrophe
        (8, 75, True),  # at the foot: a comma
    ],
)
def test_what_is_raised_and_may_be_a_digit_leaves_the_picture_in_doubt(digit, top, whole):
    level = np.zeros((120, 120), np.float32)
    base = Blob(20, 10, np.ones((90, 40), bool))
    raised = Blob(64, top, np.ones((25, 20), bool))
    for blob in (base, raised):
        level[blob.y : blob.bottom, blob.x : blob.right] = 1.0
    signs = np.zeros((1, len(SIGN_KINDS)), np.float32)
    signs[0, [SIGN_KINDS.index(kind) for kind in ("digit", ",", "other")]] = 0.15, 0.5, 0.35
    view = View(level, 90.0, lambda _: (np.eye(10, dtype=np.float32)[[digit]], signs))
    number = Candidate(base, np.zeros((28, 28), np.uint8), np.eye(10)[0], signs[0])
    reading = add_small_digits(Grouping((number,), 0.0, dropped=(raised,)), view)
    assert (reading.whole, len(reading.digits)) == (whole, 1)
