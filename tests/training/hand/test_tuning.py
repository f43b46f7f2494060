"""A network that goes on learning: what it learns, what it keeps, what stays as it is."""

import numpy as np
import pytest

from data import hold_out, load_split
from digits.errors import UserError
from digits.network import (
    DEFAULT_MODEL,
    SIGNS_SHAPE,
    Network,
    compute_features,
    compute_maps,
    load_network,
    predict_probabilities,
    see_maps,
)
from handwriting.drawing import draw_dataset
from model import build_model, save_model
from training.hand import tuning
from training.hand.tuning import (
    Course,
    load_start,
    make_memory,
    teach_digits,
    vary_digits,
)
from training.signs import draw_seen

SMALL = {"STEPS": 120, "KEPT_IMAGES": 300, "OWN_IMAGES": 300}
SMALL |= {"DRAWN_IMAGES": 50, "NON_DIGITS": 20}


@pytest.fixture(scope="module")
def course():
    """Of 30 drawn digits."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(tuning, name, value)
        training, validation = hold_out(load_split("drawn:900", "train"), 200)
        start = load_network()
        seen = draw_seen(training, np.random.default_rng(0))
        memory = make_memory(start, training, validation, seen=seen, seed=0)
        images, labels = draw_dataset(30, 5)
        own = vary_digits(start, images, labels, seed=0)
        yield Course(start, memory, own, 0)


@pytest.fixture(scope="module")
def taught(course):
    return teach_digits(course, range(30))


def test_the_heads_see_the_maps_as_they_see_the_images(random_images):
    network = load_network()
    maps = compute_maps(network, random_images)
    seen = see_maps(network, maps[:64])  # other batches are other sums, to the last digit
    np.testing.assert_allclose(seen, compute_features(network, random_images[:64]), atol=1e-5)


def test_a_gradient_is_the_slope_of_the_loss():
    rng = np.random.default_rng(0)
    shapes = [(6, 5), (5,), (5, 10), (10,)]
    dense = [rng.normal(size=shape) for shape in shapes]
    inputs, targets = rng.normal(size=(7, 6)), rng.dirichlet(np.ones(10), 7)

    def measure_loss():
        answers = tuning._answer(dense, inputs)[1]
        return -np.mean(np.sum(targets * np.log(answers), axis=1))

    for weights, gradient in zip(
        dense, tuning._find_gradients(dense, inputs, targets), strict=True
    ):
        place = tuple(rng.integers(0, side) for side in weights.shape)
        slopes = []
        for step in (1e-5, -2e-5):
            weights[place] += step
            slopes.append(measure_loss())
        weights[place] += 1e-5
        assert gradient[place] == pytest.approx((slopes[0] - slopes[1]) / 2e-5, rel=1e-3)


def test_what_is_kept_is_what_the_network_answers_right_or_wrong(course):
    dense, maps = tuning._get_dense(course.start), tuning._flatten(course.memory.maps)
    assert np.array_equal(course.memory.targets, tuning._answer(dense, maps)[1])


def test_only_the_dense_layers_and_the_second_head_learn(course, taught):
    same = [
        np.array_equal(before, after) for before, after in zip(course.start, taught, strict=True)
    ]
    assert same == [True] * 4 + [False] * 5 + [True] * 2
    assert taught.signs.shape == SIGNS_SHAPE
    assert {array.dtype for array in taught} == {np.dtype(np.float32)}


def test_what_is_shown_is_learnt(course):
    """Even that every digit is called by another's name, where it may forget its own."""
    own = course.own._replace(labels=(course.own.labels + 1) % 10)
    images, labels = draw_dataset(30, 5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "MOST_LOSS", 100)
        patch.setattr(tuning, "OWN_SHARE", 0.9)
        patch.setattr(tuning, "LEARNING_RATE", 3e-3)
        taught = teach_digits(course._replace(own=own), range(30))
    answers = predict_probabilities(taught, images).argmax(axis=1)
    assert np.mean(answers == (labels + 1) % 10) > 0.8


def test_what_would_cost_what_was_known_is_not_learnt(course):
    own = course.own._replace(labels=np.where(course.own.labels == 4, 9, course.own.labels))
    taught = teach_digits(course._replace(own=own), range(30))
    networks = (course.start, taught)
    before, after = (tuning.measure_loss([*network[4:8]], course.memory) for network in networks)
    assert after <= tuning.MOST_LOSS * before + 1e-6


def test_the_same_seed_teaches_the_same(course, taught):
    for first, second in zip(taught, teach_digits(course, range(30)), strict=True):
        np.testing.assert_array_equal(first, second)


def test_what_is_held_out_teaches_nothing(course):
    """The digits that are not named may be anything."""
    spoilt = course.own._replace(maps=course.own.maps.copy(), labels=course.own.labels.copy())
    spoilt.maps[:, 20:] = 0
    spoilt.labels[20:] = 0
    first, second = (
        teach_digits(course._replace(own=own), range(20)) for own in (course.own, spoilt)
    )
    np.testing.assert_array_equal(first.dense_kernel, second.dense_kernel)


def test_a_model_of_another_network_cannot_be_taught(tmp_path, monkeypatch):
    keras = pytest.importorskip("keras")
    other = keras.Sequential([keras.layers.Input((28, 28, 1)), keras.layers.Flatten()])
    monkeypatch.setattr(tuning, "load_model", lambda path: other)
    save_model(other, tmp_path / "other.h5")
    with pytest.raises(UserError, match=r"other\.h5: only the usual network can be taught a hand"):
        load_start(tmp_path / "other.h5")


@pytest.mark.parametrize("name", ["model.keras", "model.pth"])
def test_a_model_in_another_format_is_a_start_as_well(tmp_path, name):
    if name.endswith(".pth"):
        pytest.importorskip("torch")
    model = build_model()
    model.set_weights(load_network()[:8])
    save_model(model, tmp_path / name)
    start, shipped = load_start(tmp_path / name), load_start(DEFAULT_MODEL)
    assert start.signs is None
    for one, other in zip(start[:8], Network(*shipped)[:8], strict=True):
        np.testing.assert_array_equal(one, other)
