"""The third head: what it is taught, that it tells whole digits, and that nothing else changes."""

import numpy as np
import pytest

from data import Split
from digits.network import HEAD_SHAPES, NO_DIGIT, classify_images, hash_weights, load_network
from handwriting.drawing import draw_dataset
from training import pieces
from training.pieces import draw_pieces, learn_pieces


@pytest.fixture(scope="module")
def training():
    images, labels = draw_dataset(300, 0)
    return Split(images, labels, "drawn", "", None)


@pytest.fixture(scope="module")
def drawn(training):
    return draw_pieces(load_network(), training, seed=0, count=30)


def test_digits_and_what_is_none_are_shown(drawn):
    assert drawn.images.shape == (len(drawn.kinds), 28, 28)
    assert set(drawn.kinds) == {*range(10), NO_DIGIT}
    assert 0.2 < (drawn.kinds == NO_DIGIT).mean() < 0.9


def test_the_same_seed_gives_the_same_pieces_and_the_same_head(training, drawn):
    again = draw_pieces(load_network(), training, seed=0, count=30)
    np.testing.assert_array_equal(again.images, drawn.images)
    first, second = (learn_pieces(load_network(), p, seed=3) for p in (drawn, again))
    assert [layer.shape for layer in first.heads] == [*HEAD_SHAPES]
    assert hash_weights(first) == hash_weights(second) != hash_weights(load_network())


def test_what_is_drawn_does_not_depend_on_a_third_head(training, drawn):
    network = load_network()
    wrong = network._replace(
        pieces_hidden=np.zeros(HEAD_SHAPES.pieces_hidden, np.float32),
        pieces_output=np.zeros(HEAD_SHAPES.pieces_output, np.float32),
    )
    found = draw_pieces(wrong, training, seed=0, count=5)
    np.testing.assert_array_equal(found.images, drawn.images[: len(found.images)])


def test_a_head_learns_what_it_is_shown(drawn):
    taught = learn_pieces(load_network(), drawn, seed=0)
    found = classify_images(taught, drawn.images).pieces.argmax(axis=1)
    assert (found == drawn.kinds).mean() > 0.8


def test_the_shipped_head_tells_whole_digits_from_pieces(training):
    unseen = draw_pieces(load_network(), training, seed=7, count=30)
    found = classify_images(load_network(), unseen.images).pieces.argmax(axis=1)
    whole = unseen.kinds != NO_DIGIT
    assert (found[whole] == unseen.kinds[whole]).mean() > 0.7
    assert (found[~whole] == NO_DIGIT).mean() > 0.75


def test_a_head_taught_to_a_file_leaves_the_rest_as_it_is(model, tmp_path, capsys):
    copy = tmp_path / "model.h5"
    copy.write_bytes(model.read_bytes())
    assert pieces.main([str(copy), "--data", "drawn:600", "--numbers", "10"]) == 0
    assert hash_weights(load_network(copy)[:9]) == hash_weights(load_network(model)[:9])
    assert load_network(copy).pieces_hidden.shape == HEAD_SHAPES.pieces_hidden
    assert " whole digits " in capsys.readouterr().out


def test_the_head_of_a_model_outlives_its_second_one(tmp_path, model, capsys):
    from training import signs

    copy = tmp_path / "model.h5"
    copy.write_bytes(model.read_bytes())
    assert pieces.main([str(copy), "--data", "drawn:600", "--numbers", "10"]) == 0
    before = load_network(copy)
    assert signs.main([str(copy), "--data", "drawn:600"]) == 0
    capsys.readouterr()
    after = load_network(copy)
    np.testing.assert_array_equal(after.pieces_hidden, before.pieces_hidden)
    np.testing.assert_array_equal(after.pieces_output, before.pieces_output)


def test_at_least_one_number_is_written(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        pieces.main([str(tmp_path / "model.h5"), "--numbers", "0"])
    assert ended.value.code == 2
    assert "--numbers" in capsys.readouterr().err
