"""Shapes between two variants of a digit."""

import numpy as np
import pytest

from handwriting import between
from handwriting.between import find_near, lean_to_others
from handwriting.pen import read_shape, sample_hands, write_shape
from handwriting.shapes.hands import TAUGHT_ALONE

STRAIGHT, BOWED = "30,0 30,50 30,100", "30,0 42,50 30,100"
FROM_BELOW, TWO_STROKES = "30,100 30,50 30,0", "30,0 30,50 / 30,50 30,100"
OTHERS = (STRAIGHT, BOWED, FROM_BELOW, TWO_STROKES)
COUNT = 400


@pytest.fixture
def hands():
    """All alike and steady, so that only what leans differs."""
    alike = sample_hands(COUNT, np.random.default_rng(0), spread=0)
    nothing = np.zeros(COUNT)
    return alike._replace(looseness=nothing, tremor=nothing, haste=nothing, slant=nothing)


def lean(shape, others, hands):
    rng = np.random.default_rng(1)
    paths = write_shape(shape, hands, rng)
    return paths, lean_to_others(paths, shape, others, hands, rng)


def test_a_shape_is_near_to_others_that_go_the_same_way():
    assert find_near(STRAIGHT, OTHERS) == (BOWED,)


def test_one_written_from_below_or_in_two_strokes_is_another_way():
    assert find_near(FROM_BELOW, OTHERS) == find_near(TWO_STROKES, OTHERS) == ()


def test_where_a_shape_stands_does_not_matter():
    assert find_near(STRAIGHT, ("90,0 102,50 90,100",)) == ("90,0 102,50 90,100",)


def test_paths_lean_as_far_as_they_may_and_a_little_the_other_way(hands, monkeypatch):
    paths, leaning = lean(STRAIGHT, (STRAIGHT, BOWED), hands)
    _, bowed = lean(BOWED, (BOWED,), hands)
    middle = paths.shape[1] // 2
    whole = bowed[0, bowed.shape[1] // 2, 0] - paths[0, middle, 0]
    leans = (leaning - paths)[:, middle, 0] / whole
    assert leans.min() == pytest.approx(between.LEAST_LEAN, abs=0.05)
    assert leans.max() == pytest.approx(between.MOST_LEAN, abs=0.05)
    assert leans.mean() == pytest.approx((between.LEAST_LEAN + between.MOST_LEAN) / 2, abs=0.05)


def test_the_given_paths_stay_as_they_are(hands):
    paths, leaning = lean(STRAIGHT, (BOWED,), hands)
    assert not np.array_equal(paths, leaning)
    assert np.array_equal(paths, lean(STRAIGHT, (), hands)[0])


def test_a_shape_that_is_like_no_other_stays_as_it_is(hands):
    paths, leaning = lean(FROM_BELOW, OTHERS, hands)
    assert np.array_equal(paths, leaning)


def test_each_stroke_leans_to_its_own(hands):
    shape, other = "0,0 60,0 / 30,0 30,100", "0,0 60,0 / 30,0 36,50 30,100"
    paths, leaning = lean(shape, (other,), hands)
    bar, stem = read_shape(shape).strokes
    assert np.allclose(paths[:, bar], leaning[:, bar])
    assert np.abs(paths[:, stem] - leaning[:, stem]).max() > 0.02


def test_most_variants_of_every_digit_have_one_near():
    for digit, variants in TAUGHT_ALONE.items():
        shapes = tuple(shape for _, shape in variants)
        near = [find_near(shape, shapes) for shape in shapes]
        assert np.mean([bool(others) for others in near]) > 0.6, digit
