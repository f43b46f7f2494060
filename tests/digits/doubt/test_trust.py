"""What makes a reading doubtful: other things in the picture, and shapes that no pen leaves."""

import cv2
import numpy as np
import pytest
from conftest import write

from digits.doubt.trust import measure_trust
from digits.ink.ink import Ink, Working
from digits.network import Answers, classify_images, load_network
from digits.reading import DEFAULT_THRESHOLD, find_digits, read_picture
from digits.segment.blobs import Blob
from digits.segment.candidates import Candidate
from handwriting import paper


@pytest.fixture(scope="module")
def find():
    """Picture -> digits found, by the shipped model."""
    network = load_network()
    return lambda picture: find_digits(picture, lambda images: classify_images(network, images))


def test_a_faint_stroke_beside_an_object_is_doubted(find):
    """A fold in the cloth on which a bag was photographed."""
    ink = paper.place_on_sheet(write("1", height=60), (400, 400), (20, 20))
    sheet = paper.put_on_paper(ink, colour=(190, 190, 190))
    (alone,) = find(sheet)
    bag = np.array([(140, 120), (350, 130), (360, 350), (130, 340)])
    cv2.fillPoly(sheet, [bag], (30, 30, 30))
    beside = find(sheet)
    assert alone.trust == 1
    assert max((digit.trust for digit in beside), default=0) < DEFAULT_THRESHOLD


@pytest.mark.parametrize("shift", [0, 70])
def test_the_edge_of_the_sheet_raises_no_doubt(find, shift):
    """All of it in the picture, or a corner."""
    ink = paper.place_on_sheet(write("3", height=60), (400, 400), (150, 150))
    picture = paper.lay_on_table(paper.put_on_paper(ink), np.random.default_rng(3))
    (digit,) = find(picture[shift:, shift:])
    assert digit.trust == 1


def test_ruled_lines_raise_no_doubt(find):
    ink = paper.place_on_sheet(write("3", height=60), (400, 400), (200, 204))
    picture = paper.rule_lines(
        paper.put_on_paper(ink), pitch=67, offset=65, thickness=2, colour=(90, 80, 70)
    )
    (digit,) = find(picture)
    assert digit.trust == 1


def test_a_soft_stroke_in_a_thicket_of_edges_is_doubted():
    """Edges around the stroke and from side to side, but too many to be those of a sheet."""
    noise = np.random.default_rng(0).normal(0, 1, (400, 400))
    cloth = cv2.GaussianBlur(noise, (0, 0), 2)
    cloth = np.clip(128 + 60 * cloth / cloth.std(), 0, 255)
    cloth[180:260, 180:220] = 128 + 10 * np.hanning(40)
    stroke = Blob(195, 190, np.ones((60, 10), bool))
    digit = Candidate(stroke, np.zeros((28, 28), np.uint8), np.eye(10)[1])
    mask = np.zeros((400, 400), np.uint8)
    ink = Ink(
        Working(cloth.astype(np.uint8), 1.0, 0.0, False), mask.astype(np.float32), mask, mask, 10.0
    )
    (trust,) = measure_trust((digit,), stroke.area, ink)
    assert trust < DEFAULT_THRESHOLD


def test_an_outline_in_tatters_is_doubted(find):
    """The sheet seen around a garment; the same ring without the fringe is a fat pen's 0."""
    ring = np.zeros((400, 400), np.uint8)
    cv2.ellipse(ring, (200, 200), (90, 130), 0, 0, 360, 255, 40, cv2.LINE_AA)
    fringe = ring.copy()
    for angle in np.arange(0, 2 * np.pi, np.pi / 40):
        way = np.array([np.cos(angle), np.sin(angle)])
        ends = np.int32([200 + way * (56, 96), 200 + way * (124, 164)])
        cv2.line(fringe, *ends.tolist(), 255, 3, cv2.LINE_AA)
    (pen,), (cloth,) = (find(paper.put_on_paper(ink)) for ink in (ring, fringe))
    assert pen.trust == 1
    assert cloth.confidence / cloth.trust > DEFAULT_THRESHOLD > cloth.trust


def test_a_shape_wider_than_its_digit_is_ever_written_is_doubted(find):
    """An alpha, which upright and slim is a 9 leaning over."""
    x = np.array([96, 70, 44, 24, 8, 4, 14, 34, 58, 78, 100])
    y = np.array([4, 40, 70, 88, 76, 50, 22, 4, 20, 60, 92])
    alpha = np.zeros((400, 500), np.uint8)
    points = np.int32(np.column_stack([80 + 3.4 * x, 100 + 2 * y]))
    cv2.polylines(alpha, [points], False, 255, 12, cv2.LINE_AA)
    assert not any(digit.sure for digit in find(paper.put_on_paper(alpha)))


def test_strokes_from_border_to_border_are_stripes(find):
    stripes = np.full((300, 500, 3), 230, np.uint8)
    for x in range(60, 500, 100):
        cv2.line(stripes, (x, -5), (x - 8, 305), (40, 40, 40), 16, cv2.LINE_AA)
    assert [digit.sure for digit in find(stripes)] == [False] * 5
    ones = cv2.copyMakeBorder(stripes, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=(230, 230, 230))
    assert all(digit.sure for digit in find(ones))


@pytest.mark.parametrize(("length", "sure"), [(2.5, False), (5, True)])
def test_a_stroke_hardly_longer_than_wide_is_doubted(find, length, sure):
    """The leg of a pair of shorts, and the bar that is a fat 1."""
    bar = np.zeros((400, 400), np.uint8)
    cv2.line(bar, (200, 100), (200, 100 + round(30 * (length - 1))), 255, 30, cv2.LINE_AA)
    (one,) = find(paper.put_on_paper(bar))
    assert one.digit == 1
    assert one.confidence / one.trust > DEFAULT_THRESHOLD
    assert one.sure == sure


@pytest.mark.parametrize("sign", ["-", "~", "1"])
def test_only_ink_of_a_digits_size_leaves_a_picture_unsure(sign):
    """A model that knows no 1 takes the bar for no digit at all."""
    network = load_network()

    def classify(images):
        digits = classify_images(network, images).digits
        digits[digits.argmax(axis=1) == 1] = 0.1
        return Answers(digits, None)

    reading = read_picture(paper.put_on_paper(write(f"82 {sign}", 3)), classify)
    assert (reading.text, reading.sure) == ("82", sign != "1")
