"""The network in Keras: what it is, how it is saved, loaded and converted."""

import importlib.util
import io
import os
import re
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest

from cli.classifier import load_classifier
from digits.errors import UserError
from digits.network import ARCHITECTURE, DEFAULT_MODEL, load_network
from model import (
    MISFIT,
    build_model,
    describe_layers,
    import_keras,
    load_model,
    predict_with_keras,
    save_model,
)

needs_torch = pytest.mark.skipif(
    not importlib.util.find_spec("torch"), reason="needs PyTorch: pip install torch"
)


def expect(text):
    return pytest.raises(UserError, match="^" + re.escape(text) + "$")


@pytest.fixture(scope="module")
def model():
    import_keras().utils.set_random_seed(5)
    return build_model()


def test_the_network_has_225034_parameters(model):
    assert model.count_params() == 225_034


def test_numpy_knows_the_layers_that_keras_builds(model):
    assert describe_layers(model) == ARCHITECTURE


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_keras_opens_a_saved_model(suffix, model, tmp_path, random_images):
    path = tmp_path / f"Modell ü{suffix}"
    save_model(model, path)
    opened = import_keras().models.load_model(path)
    np.testing.assert_array_equal(
        predict_with_keras(opened, random_images), predict_with_keras(model, random_images)
    )


@pytest.mark.parametrize("suffix", [".h5", ".keras", pytest.param(".pth", marks=needs_torch)])
def test_a_saved_model_loads_with_the_same_weights(suffix, model, tmp_path):
    save_model(model, tmp_path / f"model{suffix}")
    loaded = load_model(tmp_path / f"model{suffix}")
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_two_saves_give_the_same_bytes(model, tmp_path):
    save_model(model, tmp_path / "a.h5")
    save_model(model, tmp_path / "b.h5")
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_a_saved_model_is_under_a_megabyte(model, tmp_path):
    save_model(model, tmp_path / "a.h5")
    assert (tmp_path / "a.h5").stat().st_size < 1_000_000


@needs_torch
def test_a_pth_file_is_the_same_network_in_pytorch(model, tmp_path, random_images):
    import torch
    from torch import nn

    save_model(model, tmp_path / "model.pth")
    network = nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(1600, 128), nn.ReLU(), nn.Linear(128, 10)),
    )
    network.load_state_dict(torch.load(tmp_path / "model.pth", weights_only=True))
    with torch.no_grad():
        inputs = torch.from_numpy(random_images[:, None].astype(np.float32) / 255)
        probabilities = network(inputs).softmax(dim=1).numpy()
    np.testing.assert_allclose(
        probabilities, predict_with_keras(model, random_images), rtol=0, atol=1e-5
    )


@needs_torch
def test_a_pth_file_is_read_without_keras(model, tmp_path, random_images, capsys):
    save_model(model, tmp_path / "model.pth")
    classify = load_classifier(tmp_path / "model.pth")
    np.testing.assert_allclose(
        classify(random_images), predict_with_keras(model, random_images), rtol=0, atol=1e-5
    )
    assert capsys.readouterr().err == ""


def test_keras_puts_the_weights_of_a_saved_model_into_another(model, tmp_path):
    save_model(model, tmp_path / "model.h5")
    other = build_model()
    other.load_weights(tmp_path / "model.h5")
    for ours, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_texts_in_a_saved_model_have_a_fixed_length(model, tmp_path):
    save_model(model, tmp_path / "model.h5")
    with h5py.File(tmp_path / "model.h5") as file:
        assert file["architecture"].dtype == np.dtype(f"S{len(ARCHITECTURE)}")
        assert file["sha256"].dtype == np.dtype("S64")


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


def test_a_huge_model_is_not_read(tmp_path):
    path = tmp_path / "model.keras"
    path.touch()
    os.truncate(path, 200_000_001)
    with expect(f"{path}: has more than 200 MB, the limit; name a smaller file"):
        load_classifier(path)


def test_a_damaged_configuration_of_keras_is_one_line(run_script, tmp_path):
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text("[1]")
    done = run_script("model.py", DEFAULT_MODEL, tmp_path / "m.keras", env={"HOME": str(tmp_path)})
    assert done.returncode == 1
    assert done.stderr.startswith("model.py: error: Keras with backend tensorflow: cannot be ")
    assert done.stderr.count("\n") == 1


def test_another_suffix_is_refused(model, tmp_path):
    path = tmp_path / "model.pkl"
    message = f"^{re.escape(str(path))}: a model's name ends in .h5, .keras, .pth$"
    with pytest.raises(UserError, match=message):
        save_model(model, path)


@pytest.mark.parametrize("suffix", [".h5", ".keras", pytest.param(".pth", marks=needs_torch)])
def test_a_damaged_model_is_named(suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"no model")
    with pytest.raises(UserError, match=f"^{re.escape(str(path))}: "):
        load_model(path)


def test_the_usual_model_is_read_without_keras():
    program = (
        "import sys; from cli.classifier import load_classifier; load_classifier(DEFAULT);"
        "print({'keras', 'tensorflow'} & set(sys.modules))"
    ).replace("DEFAULT", repr(str(DEFAULT_MODEL)))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_an_edited_network_is_read_by_keras_with_a_note(
    tmp_path, monkeypatch, random_images, capsys
):
    layers = import_keras().layers

    def build_edited():
        return import_keras().Sequential(
            [
                layers.Input((28, 28, 1)),
                layers.Conv2D(8, 5, activation="tanh", name="conv1"),
                layers.Flatten(name="flatten"),
                layers.Dense(10, activation="softmax", name="output"),
            ],
            name="digit_cnn",
        )

    monkeypatch.setattr("model.build_model", build_edited)
    edited, path = build_edited(), tmp_path / "model.h5"
    save_model(edited, path)
    classify = load_classifier(path)
    np.testing.assert_array_equal(
        classify(random_images), predict_with_keras(edited, random_images)
    )
    assert capsys.readouterr().err == (
        f"python: note: {path}: holds another network "
        "(Conv2D 5x5 1x1 valid tanh, Flatten, Dense softmax): "
        "reading it with Keras, which is slower to start\n"
    )


def test_a_network_that_model_py_does_not_build_is_named(tmp_path, model):
    layers = import_keras().layers
    other = import_keras().Sequential(
        [layers.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10)], name="other"
    )
    path = tmp_path / "other.h5"
    save_model(other, path)
    with pytest.raises(UserError) as caught:
        load_model(path)
    assert str(caught.value) == (
        f"{path}: does not fit the network in model.py, or is damaged; "
        "train again (python train.py) or undo the edit of model.py"
    )


def test_an_unknown_backend_is_one_line(run_script, tmp_path):
    done = run_script(
        "train.py",
        *("--data", "drawn:60", "--output", tmp_path / "m.h5"),
        env={"KERAS_BACKEND": "theano"},
    )
    assert done.returncode == 1
    assert done.stderr.startswith("train.py: error: Keras with backend theano: ")
    assert done.stderr.count("\n") == 1


def test_converting_keeps_what_the_network_says(run_script, tmp_path, random_images):
    done = run_script("model.py", DEFAULT_MODEL, tmp_path / "m.keras")
    assert (done.returncode, done.stderr) == (0, "")
    weights = load_model(tmp_path / "m.keras").get_weights()
    for ours, theirs in zip(load_network(), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
