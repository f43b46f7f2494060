"""Model files as Keras, other programs and accidents leave them."""

import io
import os
import re
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest
from conftest import PROJECT

from cli.classifier import load_classifier
from digits.errors import UserError
from digits.network import DEFAULT_MODEL
from model import (
    MISFIT,
    build_model,
    import_keras,
    load_model,
    save_model,
)


def expect(text):
    return pytest.raises(UserError, match="^" + re.escape(text) + "$")


@pytest.fixture(scope="module")
def model():
    import_keras().utils.set_random_seed(5)
    return build_model()


def build_nameless():
    """The usual network; Keras names its layers."""
    layers = import_keras().layers
    return import_keras().Sequential(
        [
            layers.Input((28, 28, 1)),
            *(layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2)),
            *(layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2)),
            *(layers.Flatten(), layers.Dropout(0.5)),
            *(layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")),
        ]
    )


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_a_file_in_which_keras_named_the_layers_is_read(suffix, tmp_path):
    build_nameless()  # so that the next one starts with conv2d_2, or later
    theirs = build_nameless()
    theirs.save(tmp_path / f"theirs{suffix}")
    loaded = load_model(tmp_path / f"theirs{suffix}")
    for one, other in zip(theirs.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_file_as_keras_wrote_it_before_version_3_is_read(model, tmp_path):
    path, names = tmp_path / "old.h5", ("conv2d_3", "conv2d_10", "dense", "dense_1")
    weights = iter(model.get_weights())
    with h5py.File(path, "w") as file:
        for name in names:
            for weight in ("kernel:0", "bias:0"):
                file[f"model_weights/{name}/{name}/{weight}"] = next(weights)
    for ours, theirs in zip(model.get_weights(), load_model(path).get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def change_weights(path, change):
    """Load all datasets of a Keras file, .h5 or .keras, and write what `change` makes of them."""
    content = path.read_bytes()
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            content = archive.read("model.weights.h5")
    buffer = io.BytesIO(content)
    with h5py.File(buffer, "r+") as file:
        change(file)
    content = buffer.getvalue()
    if path.suffix == ".keras":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("model.weights.h5", content)
        content = buffer.getvalue()
    path.write_bytes(content)


BIAS = {
    ".h5": "model_weights/conv1/digit_cnn/conv1/bias",
    ".keras": "layers/conv2d/vars/1",
}


@pytest.mark.parametrize("suffix", BIAS)
def test_weights_that_are_no_numbers_are_refused(suffix, model, tmp_path):
    path = tmp_path / f"model{suffix}"
    model.save(path)
    change_weights(path, lambda file: file[BIAS[suffix]].__setitem__(3, np.inf))
    with expect(f"{path}: {MISFIT}"):
        load_model(path)


@pytest.mark.parametrize("suffix", BIAS)
def test_a_layer_more_in_the_file_is_another_network(suffix, model, tmp_path):
    path = tmp_path / f"model{suffix}"
    model.save(path)
    place = BIAS[suffix].partition("/")[0]
    change_weights(path, lambda file: file.create_dataset(f"{place}/dense_9/vars/0", (2,), "f4"))
    with expect(f"{path}: {MISFIT}"):
        load_model(path)


@pytest.mark.parametrize("suffix", BIAS)
def test_packed_weights_are_refused(suffix, model, tmp_path):
    def pack(file):
        del file[BIAS[suffix]]
        file.create_dataset(BIAS[suffix], data=np.zeros(32, np.float32), compression="gzip")

    path = tmp_path / f"model{suffix}"
    model.save(path)
    change_weights(path, pack)
    with expect(f"{path}: {MISFIT}"):
        load_model(path)


def test_changed_weights_of_an_edited_network_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr("model.build_model", build_nameless)
    path = tmp_path / "model.h5"
    save_model(build_nameless(), path)
    load_model(path)

    def change(file):
        layer = next(name for name in file["model_weights"] if name.startswith("conv2d"))
        file[f"model_weights/{layer}"].visititems(
            lambda _, item: item.__setitem__(0, 5) if isinstance(item, h5py.Dataset) else None
        )

    change_weights(path, change)
    with expect(
        f"{path}: its weights are not those that were saved; train again (python train.py)"
    ):
        load_model(path)


def test_a_keras_file_that_unpacks_to_too_much_is_refused(model, tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(20_000))
    monkeypatch.setattr("digits.arrays.MOST_BYTES", 10_000)
    with expect(f"{path}: holds more than 200 MB; name a smaller one"):
        load_model(path)


ENCRYPTED, METHOD = 6, 8  # places of a member's flags and method after PK\3\4, and 2 more in PK\1\2


@pytest.mark.parametrize(("place", "value"), [(ENCRYPTED, 1), (METHOD, 99)])
def test_a_keras_file_that_cannot_be_unpacked_is_refused(place, value, model, tmp_path):
    path = tmp_path / "model.keras"
    save_model(model, path)
    data = bytearray(path.read_bytes())
    for signature, shift in ((b"PK\3\4", 0), (b"PK\1\2", 2)):
        start = data.find(signature)
        while start >= 0:
            data[start + place + shift] = value
            start = data.find(signature, start + 1)
    path.write_bytes(data)
    with expect(f"{path}: {MISFIT}"):
        load_model(path)


def test_a_damaged_keras_file_is_told_without_keras(tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(b"PK no archive")
    program = (
        "import sys; from model import load_model\n"
        "try: load_model(sys.argv[1])\n"
        "except Exception: print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path], cwd=PROJECT, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_a_huge_model_is_not_read(tmp_path):
    path = tmp_path / "model.keras"
    path.touch()
    os.truncate(path, 200_000_001)
    with expect(f"{path}: has more than 200 MB, the limit; name a smaller file"):
        load_classifier(path)


def test_a_damaged_configuration_of_keras_is_one_line(run_script, tmp_path):
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text("[1]")
    environment = {"HOME": str(tmp_path), "KERAS_BACKEND": "tensorflow"}
    done = run_script("model.py", DEFAULT_MODEL, tmp_path / "m.keras", env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith("model.py: error: Keras with backend tensorflow: cannot be ")
    assert done.stderr.count("\n") == 1
