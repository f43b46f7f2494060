"""The second head: what it is taught, that it tells signs, and that nothing else changes."""

import numpy as np
import pytest

from data import Split
from digits.network import SIGN_KINDS, SIGNS_SHAPE, classify_images, hash_weights, load_network
from handwriting.drawing import draw_dataset, draw_symbols
from training import signs
from training.lessons import work_ahead
from training.signs import draw_ahead, draw_seen, learn_signs


@pytest.fixture(scope="module")
def training():
    images, labels = draw_dataset(600, 0)
    return Split(images, labels, "drawn", "", None)


def test_every_kind_is_shown(training):
    seen = draw_seen(training, np.random.default_rng(0))
    assert set(seen.kinds) == set(range(len(SIGN_KINDS)))
    assert seen.images.shape == (len(seen.kinds), 28, 28)
    half = draw_seen(training, np.random.default_rng(0), share=0.5)
    assert len(half.kinds) == len(seen.kinds) // 2


def test_the_same_seed_gives_the_same_head(training):
    with work_ahead() as worker:
        drawn = [draw_ahead(worker, training, seed=3) for _ in range(2)]
        first, second = (learn_signs(load_network(), draw(), seed=3) for draw in drawn)
    assert first.shape == SIGNS_SHAPE
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", ["+", "×", "÷", "=", "-", ":"])
def test_the_shipped_head_tells_a_drawn_sign(name):
    drawn = draw_symbols([name] * 40, np.random.default_rng(8))
    found = classify_images(load_network(), drawn).signs.argmax(axis=1)
    assert (found == SIGN_KINDS.index(name)).mean() >= 0.8


def test_the_shipped_head_takes_digits_for_digits():
    images, _ = draw_dataset(200, 9)
    found = classify_images(load_network(), images).signs.argmax(axis=1)
    assert (found == SIGN_KINDS.index("digit")).mean() >= 0.9


def test_a_head_taught_to_a_file_leaves_its_network_as_it_is(model, tmp_path, capsys):
    copy = tmp_path / "model.h5"
    copy.write_bytes(model.read_bytes())
    assert signs.main([str(copy), "--data", "drawn:600"]) == 0
    assert hash_weights(load_network(copy)[:8]) == hash_weights(load_network(model)[:8])
    assert load_network(copy).signs.shape == SIGNS_SHAPE
    assert capsys.readouterr().out.startswith("digit ")


def test_the_shipped_head_takes_letters_for_no_digits():
    drawn = draw_symbols([*signs.OTHERS] * 8, np.random.default_rng(8), table=signs.OTHERS)
    found = classify_images(load_network(), drawn).signs.argmax(axis=1)
    assert (found == SIGN_KINDS.index("digit")).mean() <= 0.06
