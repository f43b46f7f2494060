"""The network in NumPy: the same answers as Keras, from model.h5 alone."""

import re
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest

from data import load_split
from digits.errors import UserError
from digits.network import (
    DEFAULT_MODEL,
    WEIGHT_SHAPES,
    OtherNetworkError,
    load_network,
    predict_probabilities,
    weight_path,
)
from handwriting.drawing import draw_digits
from model import load_model, predict_with_keras

ADVICE = "get the shipped one back (git checkout models) or train one (python train.py)"
UNREADABLE = "{}: is not a readable model; " + ADVICE


@pytest.fixture
def copy(tmp_path):
    """A copy of the shipped model, to be spoilt."""
    return shutil.copy(DEFAULT_MODEL, tmp_path / "model.h5")


@pytest.fixture(scope="module")
def keras_model():
    return load_model(DEFAULT_MODEL)


def expect(error, text):
    return pytest.raises(error, match="^" + re.escape(text) + "$")


@pytest.mark.parametrize("kind", ["noise", "drawn digits", "MNIST"])
def test_probabilities_equal_those_of_keras(kind, keras_model, random_images, request):
    if kind == "noise":
        images = random_images
    elif kind == "drawn digits":
        images = draw_digits(np.arange(300) % 10, np.random.default_rng(1))
    else:
        images = load_split(request.getfixturevalue("mnist_path"), "test").images[:1000]
    ours = predict_probabilities(load_network(), images)
    np.testing.assert_allclose(ours, predict_with_keras(keras_model, images), rtol=0, atol=1e-5)


def test_no_images_give_no_probabilities():
    assert predict_probabilities(load_network(), np.empty((0, 28, 28), np.uint8)).shape == (0, 10)


def test_an_image_is_read_alike_alone_and_among_others(random_images):
    network = load_network()
    together = predict_probabilities(network, random_images)
    alone = predict_probabilities(network, random_images[150:151])
    np.testing.assert_allclose(alone[0], together[150], rtol=0, atol=1e-6)


def test_reading_a_model_imports_no_keras():
    program = (
        "import sys; from digits.network import load_network; load_network();"
        "print(sorted({'keras', 'tensorflow', 'torch', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_a_missing_model_is_named(tmp_path):
    path = tmp_path / "none.h5"
    with expect(UserError, f"{path}: no such model; {ADVICE}"):
        load_network(path)


@pytest.mark.parametrize("content", [b"", b"no HDF5", "half"], ids=["empty", "text", "cut short"])
def test_a_damaged_model_is_named(content, tmp_path):
    path = tmp_path / "model.h5"
    whole = DEFAULT_MODEL.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with expect(UserError, UNREADABLE.format(path)):
        load_network(path)


def test_weights_that_are_no_numbers_are_damage(copy):
    with h5py.File(copy, "r+") as file:
        file[weight_path("conv2", "bias")][3] = np.nan
    with expect(UserError, UNREADABLE.format(copy)):
        load_network(copy)


def test_weights_linked_from_elsewhere_are_refused(copy, tmp_path):
    path = weight_path("conv2", "bias")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["bias"] = np.zeros(64, np.float32)
    with h5py.File(copy, "r+") as file:
        del file[path]
        file[path] = h5py.ExternalLink(str(tmp_path / "other.h5"), "bias")
    with expect(UserError, UNREADABLE.format(copy)):
        load_network(copy)


def test_weights_in_another_precision_are_refused(copy):
    path = weight_path("dense", "bias")
    with h5py.File(copy, "r+") as file:
        del file[path]
        file[path] = np.zeros(128, np.float64)
    with expect(UserError, UNREADABLE.format(copy)):
        load_network(copy)


def test_a_layer_of_another_size_is_another_network(copy):
    path = weight_path("dense", "kernel")
    with h5py.File(copy, "r+") as file:
        del file[path]
        file[path] = np.zeros((1600, 64), np.float32)
    with expect(
        OtherNetworkError,
        f"{copy}: holds another network (dense kernel is (1600, 64), not (1600, 128))",
    ):
        load_network(copy)


def test_a_layer_more_is_another_network(copy):
    with h5py.File(copy, "r+") as file:
        file.create_group("model_weights/dropout")
    with expect(OtherNetworkError, f"{copy}: holds another network (layer dropout)"):
        load_network(copy)


def test_another_activation_is_another_network(copy):
    with h5py.File(copy, "r+") as file:
        del file["architecture"]
        file["architecture"] = "Dense tanh"
    with expect(OtherNetworkError, f"{copy}: holds another network (Dense tanh)"):
        load_network(copy)


@pytest.mark.slow
def test_no_flipped_byte_makes_it_hang_or_crash(tmp_path):
    """Each byte of the file's structure inverted, one at a time: an answer or one clear line."""
    whole = bytearray(DEFAULT_MODEL.read_bytes())
    sizes = sum(4 * int(np.prod(shape)) for shape in WEIGHT_SHAPES.values())
    program = (
        "import sys, random\n"
        "from cli.script import UserError\n"
        "from digits.network import load_network\n"
        "whole = open(sys.argv[1], 'rb').read()\n"
        "for place in random.Random(0).sample(range(len(whole)), 1500):\n"
        "    spoilt = bytearray(whole); spoilt[place] ^= 0xff\n"
        "    open(sys.argv[2], 'wb').write(spoilt)\n"
        "    try: load_network(sys.argv[2])\n"
        "    except UserError: pass\n"
    )
    assert len(whole) > sizes
    done = subprocess.run(
        [sys.executable, "-c", program, str(DEFAULT_MODEL), str(tmp_path / "model.h5")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, "")
