"""The network in NumPy: the same answers as Keras, from model.h5 alone."""

import os
import re
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import load_split
from digits.errors import UserError
from digits.network import (
    ARCHITECTURE,
    DEFAULT_MODEL,
    FEATURES,
    HEAD_SHAPES,
    SIGNS_SHAPE,
    WEIGHT_SHAPES,
    OtherNetworkError,
    classify_images,
    compute_features,
    hash_weights,
    load_network,
    predict_probabilities,
    weight_path,
)
from handwriting.drawing import draw_digits
from model import load_model, predict_with_keras

ADVICE = "get the shipped one back (git checkout models) or train one (python train.py)"
UNREADABLE = "{}: is not a readable model; " + ADVICE
CHANGED = "{}: its weights are not those that were saved; " + ADVICE


def find_structure():
    """The places of the bytes of the shipped model that are no weights."""
    weights = set()
    with h5py.File(DEFAULT_MODEL) as file:
        for key, shape in WEIGHT_SHAPES.items():
            start = file[weight_path(*key)].id.get_offset()
            weights.update(range(start, start + 4 * int(np.prod(shape))))
        start = file["signs"].id.get_offset()
        weights.update(range(start, start + 4 * int(np.prod(SIGNS_SHAPE))))
    return sorted(set(range(DEFAULT_MODEL.stat().st_size)) - weights)


STRUCTURE = find_structure()
HASH = hash_weights(load_network())


@pytest.fixture
def copy(tmp_path):
    """A copy of the shipped model, to be spoilt."""
    return shutil.copy(DEFAULT_MODEL, tmp_path / "model.h5")


@pytest.fixture(scope="module")
def keras_model():
    pytest.importorskip("keras", reason="needs Keras: pip install -r requirements.txt")
    return load_model(DEFAULT_MODEL)


def describe(path, architecture):
    """Replace what the file says about its layers."""
    with h5py.File(path, "r+") as file:
        del file["architecture"]
        file["architecture"] = architecture


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


def test_a_second_head_on_the_same_features_tells_signs(random_images):
    head = np.random.default_rng(0).normal(0, 0.01, SIGNS_SHAPE).astype(np.float32)
    network = load_network()._replace(signs=head)
    answers = classify_images(network, random_images)
    powers = np.exp(compute_features(network, random_images) @ head[:-1] + head[-1])
    np.testing.assert_allclose(answers.signs, powers / powers.sum(axis=1, keepdims=True), rtol=1e-4)
    np.testing.assert_array_equal(answers.digits, predict_probabilities(network, random_images))


def test_a_model_without_a_second_head_tells_no_signs(model, random_images):
    assert classify_images(load_network(model), random_images).signs is None


def test_a_third_head_on_the_windows_tells_whole_digits(random_images):
    rng = np.random.default_rng(0)
    hidden, output = (rng.normal(0, 0.1, shape).astype(np.float32) for shape in HEAD_SHAPES[1:])
    network = load_network()._replace(pieces_hidden=hidden, pieces_output=output)
    windows = compute_features(network, random_images)[:, FEATURES:]
    units = np.maximum(windows @ hidden[:-1] + hidden[-1], 0)
    powers = np.exp(units @ output[:-1] + output[-1])
    pieces = classify_images(network, random_images).pieces
    np.testing.assert_allclose(pieces, powers / powers.sum(axis=1, keepdims=True), rtol=1e-4)


def test_a_third_head_without_one_of_its_layers_is_damage(copy):
    with h5py.File(copy, "r+") as file:
        for name in ("pieces_hidden", "pieces_output", "sha256"):
            file.pop(name, None)
        file["pieces_hidden"] = np.zeros(HEAD_SHAPES.pieces_hidden, np.float32)
    with expect(UserError, UNREADABLE.format(copy)):
        load_network(copy)


@pytest.mark.parametrize("shape", [(129, 12), (128, 13), (0,)])
def test_a_second_head_of_another_shape_is_damage(shape, copy):
    with h5py.File(copy, "r+") as file:
        file.pop("signs", None)
        file["signs"] = np.zeros(shape, np.float32)
    with expect(UserError, UNREADABLE.format(copy)):
        load_network(copy)


def test_a_second_head_that_is_not_the_saved_one_is_noticed(copy):
    with h5py.File(copy, "r+") as file:
        file.pop("signs", None)
        file["signs"] = np.zeros(SIGNS_SHAPE, np.float32)
    with expect(UserError, CHANGED.format(copy)):
        load_network(copy)


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


def test_a_model_that_lost_a_layer_is_damaged(copy):
    with h5py.File(copy, "r+") as file:
        del file["model_weights/conv2"]
    with expect(UserError, UNREADABLE.format(copy)):
        load_network(copy)


def test_a_model_of_others_without_a_layer_is_another_network(copy):
    with h5py.File(copy, "r+") as file:
        del file["model_weights/conv2"], file["architecture"]
    missing = weight_path("conv2", "kernel")
    with expect(OtherNetworkError, f"{copy}: holds another network (no {missing})"):
        load_network(copy)


def test_a_layer_more_is_another_network(copy):
    with h5py.File(copy, "r+") as file:
        file.create_group("model_weights/dropout")
    with expect(OtherNetworkError, f"{copy}: holds another network (layer dropout)"):
        load_network(copy)


def test_another_activation_is_another_network(copy):
    describe(copy, np.bytes_(b"Dense tanh"))
    with expect(OtherNetworkError, f"{copy}: holds another network (Dense tanh)"):
        load_network(copy)


def test_a_long_description_of_another_network_is_cut(copy):
    describe(copy, np.bytes_(b"Dense tanh, " * 80))
    with expect(
        OtherNetworkError, f"{copy}: holds another network ({('Dense tanh, ' * 80)[:199]}…)"
    ):
        load_network(copy)


@pytest.mark.parametrize(
    "architecture",
    [np.bytes_(b"x" * 1001), np.bytes_([b"Dense"]), 5, h5py.SoftLink("/model_weights")],
    ids=["too long", "a list", "a number", "a link"],
)
def test_a_description_that_is_no_short_text_is_damage(architecture, copy):
    describe(copy, architecture)
    with expect(UserError, UNREADABLE.format(copy)):
        load_network(copy)


def test_a_description_of_variable_length_is_looked_for_and_not_read(copy):
    """Files had one once; what of it is damaged here makes libhdf5 search for ever."""
    with h5py.File(DEFAULT_MODEL) as model, h5py.File(copy, "w") as file:
        file["architecture"] = ARCHITECTURE
        for number in range(20):
            file.attrs[str(number)] = "word"
        model.copy("model_weights", file)
    data = bytearray(copy.read_bytes())
    size = data.index(b"word") - 8  # of the first word, in the heap of such strings
    data[size + 1] ^= 8
    copy.write_bytes(data)
    program = "import sys; from digits.network import load_network; load_network(sys.argv[1])"
    command = [sys.executable, "-c", program, str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")


def test_another_description_of_variable_length_is_another_network(copy):
    describe(copy, "Dense tanh")
    with expect(OtherNetworkError, f"{copy}: holds another network (other layers)"):
        load_network(copy)


def test_a_file_of_another_program_without_description_and_hash_is_read(copy):
    with h5py.File(copy, "r+") as file:
        del file["architecture"], file["sha256"]
    for ours, theirs in zip(load_network(), load_network(copy), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_changed_weights_are_noticed(copy):
    with h5py.File(copy, "r+") as file:
        file[weight_path("conv2", "bias")][3] += 0.001
    with expect(UserError, CHANGED.format(copy)):
        load_network(copy)


def flip_bits(path, count):
    """Flip single bits of a model, one at a time: how many were noticed, and how many others
    changed the weights."""
    whole = DEFAULT_MODEL.read_bytes()
    noticed = wrong = 0
    for place in np.random.default_rng(0).choice(8 * len(whole), count, replace=False):
        spoilt = bytearray(whole)
        spoilt[place // 8] ^= 1 << place % 8
        path.write_bytes(spoilt)
        try:
            network = load_network(path)
        except UserError:
            noticed += 1
        else:
            wrong += hash_weights(network) != HASH
    return noticed, wrong


def test_a_flipped_bit_is_noticed_or_changes_no_weight(tmp_path):
    noticed, wrong = flip_bits(tmp_path / "model.h5", 50)
    assert wrong == 0
    assert noticed > 40


@pytest.mark.slow
def test_no_flipped_bit_of_a_thousand_changes_a_weight_unnoticed(tmp_path):
    noticed, wrong = flip_bits(tmp_path / "model.h5", 1000)
    assert wrong == 0
    assert noticed > 900


def test_packed_weights_are_refused(copy):
    path = weight_path("dense", "kernel")
    with h5py.File(copy, "r+") as file:
        values = file[path][()]
        del file[path]
        file.create_dataset(path, data=values, compression="gzip")
    with expect(UserError, UNREADABLE.format(copy)):
        load_network(copy)


def test_a_group_linked_from_elsewhere_is_refused(copy):
    with h5py.File(copy, "r+") as file:
        del file["model_weights"]
        file["model_weights"] = h5py.ExternalLink(str(DEFAULT_MODEL), "model_weights")
    with expect(UserError, UNREADABLE.format(copy)):
        load_network(copy)


def test_a_huge_file_is_not_read(copy):
    os.truncate(copy, 200_000_001)  # a hole, which takes no room on the disk
    with expect(UserError, f"{copy}: has more than 200 MB, the limit; name a smaller file"):
        load_network(copy)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(changes=st.dictionaries(st.sampled_from(STRUCTURE), st.integers(0, 255), max_size=8))
def test_any_changed_bytes_give_the_weights_or_one_line(changes, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "changed.h5"
    data = bytearray(DEFAULT_MODEL.read_bytes())
    for place, value in changes.items():
        data[place] = value
    path.write_bytes(data)
    try:
        answer = hash_weights(load_network(path))
    except UserError as error:
        answer = str(error)
    assert answer == HASH or answer.startswith(f"{path}: ")


@pytest.mark.slow
def test_no_flipped_byte_makes_it_hang_or_crash(tmp_path):
    """Each byte of the file's structure inverted, one at a time: an answer or one clear line."""
    whole = bytearray(DEFAULT_MODEL.read_bytes())
    sizes = sum(4 * int(np.prod(shape)) for shape in WEIGHT_SHAPES.values())
    program = (
        "import sys, random\n"
        "from digits.errors import UserError\n"
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
