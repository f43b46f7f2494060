"""The network in Keras: what it is, how it is saved, loaded and converted."""

import importlib.util
import re
import subprocess
import sys

import h5py
import numpy as np
import pytest

from cli.classifier import load_classifier
from digits.errors import UserError
from digits.network import ARCHITECTURE, DEFAULT_MODEL
from model import (
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
        classify(random_images).digits, predict_with_keras(model, random_images), rtol=0, atol=1e-5
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
        classify(random_images).digits, predict_with_keras(edited, random_images)
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


def test_model_py_is_the_converter(run_script, tmp_path):
    done = run_script("model.py", tmp_path / "none.h5", tmp_path / "m.keras")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"model.py: error: {tmp_path}/none.h5: no such file; check the name\n"
