"""benchmarks/frequencies.py: how often each variant is written, counted by nearest drawings."""

import sys

import numpy as np
import pytest
from conftest import PROJECT

from digits.network import load_network
from handwriting.drawing import draw_digits
from handwriting.shapes.digits import DIGITS

STRAIGHT, WITH_FOOT = DIGITS[1][0], DIGITS[1][4]


@pytest.fixture
def frequencies(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(PROJECT / "benchmarks"), *sys.path])
    import frequencies

    return frequencies


def draw(variant, count, seed):
    return draw_digits([1] * count, np.random.default_rng(seed), table={1: (variant,)})


def count_ones(frequencies, labels):
    """How often three new 1s with a foot count for each variant, told that they are `labels`."""
    images = np.concatenate([draw(STRAIGHT, 20, 0), draw(WITH_FOOT, 20, 1)])
    drawn = images, np.ones(40, int), np.repeat([0, 1], 20)
    return frequencies.count_nearest(load_network(), drawn, (draw(WITH_FOOT, 3, 2), labels))


def test_an_image_counts_for_the_variant_whose_drawings_lie_nearest(frequencies):
    right, wrong = count_ones(frequencies, np.ones(3, int))
    assert right[1, 1] > 2 * right[1, 0]
    assert right.sum() == pytest.approx(3)
    assert wrong.sum() == 0


def test_an_image_of_another_digit_counts_against_it(frequencies):
    right, wrong = count_ones(frequencies, np.full(3, 7))
    assert right.sum() == 0
    assert wrong[1, 1] > 2 * wrong[1, 0]


def test_a_variant_that_is_never_the_nearest_stays_rarer_where_it_misleads(
    frequencies, monkeypatch
):
    shapes = tuple((1.0, name) for name in "abc")
    monkeypatch.setattr(frequencies, "TAUGHT_ALONE", {0: shapes})
    counts = np.zeros((2, 1, 3))
    counts[0, 0] = 100, 0, 0
    counts[1, 0] = 0, 0, 4
    (share,) = frequencies.weigh(counts)
    assert share.sum() == pytest.approx(10_000, abs=2)
    assert share[0] > 9900
    assert share[1] == pytest.approx(30, abs=1)
    assert 1 <= share[2] < 10


def test_the_table_is_printed_as_the_module_holds_it(frequencies):
    shares = [np.arange(1, 60), np.array([10_000])]
    printed = frequencies.format_table(shares)
    assert max(map(len, printed.splitlines())) <= 100
    told = eval(f"{{{printed}}}")
    assert [told[d].split() for d in (0, 1)] == [[str(n) for n in share] for share in shares]


def test_the_help_tells_what_is_counted_and_measures_nothing(frequencies, monkeypatch, capsys):
    monkeypatch.setattr(frequencies, "load_split", lambda *_: pytest.fail("it measures"))
    with pytest.raises(SystemExit) as ended:
        frequencies.main(["--help"])
    assert ended.value.code == 0
    assert "How often MNIST's writers write each variant" in capsys.readouterr().out
