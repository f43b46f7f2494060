"""The network: built, saved and loaded with Keras, on TensorFlow or PyTorch.

python model.py models/model.h5 models/model.keras     # convert between .h5, .keras and .pth
"""

import io
import json
import logging
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import h5py
import numpy as np

from digits.errors import UserError, hush_libraries, printable
from digits.files import read_file, write_file
from digits.network import LAYERS, NETWORK_NAME, load_network
from digits.torch_file import encode_state, read_state

if TYPE_CHECKING:
    import keras

SUFFIXES = (".h5", ".keras", ".pth")


def build_model() -> "keras.Sequential":
    """The convolutional network, untrained: 225,034 parameters.

    It maps float (N, 28, 28, 1), 0 to 1, white ink on black, to float32 (N, 10), the probability
    of each digit.
    """
    layers = import_keras().layers
    conv1, pool1, conv2, pool2, flatten, dense, output = LAYERS
    return import_keras().Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu", name=conv1),  # (26, 26, 32)
            layers.MaxPooling2D(2, name=pool1),  # (13, 13, 32)
            layers.Conv2D(64, 3, activation="relu", name=conv2),  # (11, 11, 64)
            layers.MaxPooling2D(2, name=pool2),  # (5, 5, 64)
            layers.Flatten(name=flatten),  # (1600,)
            layers.Dense(128, activation="relu", name=dense),
            # float32 whatever the policy: probabilities in bfloat16 have three digits.
            layers.Dense(10, activation="softmax", name=output, dtype="float32"),
        ],
        name=NETWORK_NAME,
    )


def import_keras() -> ModuleType:
    """The module keras, imported late (it takes seconds) and without its backend's chatter.

    Raises:
        UserError: Keras or its backend is not installed, or KERAS_BACKEND names none.
    """
    if "keras" in sys.modules:
        return sys.modules["keras"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    try:
        with hush_libraries(python_too=True):
            import keras
    except (ImportError, ValueError) as error:
        missing = getattr(error, "name", None) or backend
        package = "torch" if backend == "torch" else "-r requirements.txt"
        raise UserError(
            f"Keras with backend {backend}: {missing} cannot be imported ({error}); "
            f"pip install {package}, or choose KERAS_BACKEND=tensorflow or torch"
        ) from None
    for name in ("absl", "tensorflow"):  # they remark on formats and retracing, not on the user
        logging.getLogger(name).setLevel(logging.ERROR)
    return keras


def save_model(model: "keras.Model", path: str | os.PathLike) -> None:
    """Write the model, without optimizer state, atomically; the suffix decides the format.

    `.h5` and `.keras` open with keras.models.load_model, `.pth` is a state dict for the same
    network as a torch.nn.Sequential (channels first).

    Raises:
        UserError: the suffix is another, or the file cannot be written.
    """
    path = check_suffix(path)
    if path.suffix == ".pth":
        write_file(path, encode_state(model.get_weights()))
    else:
        write_file(path, (_encode_h5 if path.suffix == ".h5" else _encode_keras)(model))


def load_model(path: str | os.PathLike) -> "keras.Sequential":
    """build_model() with the weights in the file; no code or layer ever comes from the file.

    Raises:
        UserError: no such file, damaged, or made by another network than build_model() builds.
    """
    path = check_suffix(path)
    if path.suffix == ".pth":
        weights = read_state(path)
        model = build_model()
        model.set_weights(weights)
        return model
    read_file(path)  # a missing file is told before a slow import
    model = build_model()
    try:
        model.set_weights(load_network(path))
    except UserError:
        load_weights(model, path)
    return model


def predict_with_keras(model: "keras.Model", images: np.ndarray) -> np.ndarray:
    """Probabilities, float32 (N, 10), of uint8 images (N, 28, 28)."""
    if len(images) == 0:
        return np.empty((0, 10), np.float32)
    return model.predict(scale_images(images), batch_size=512, verbose=0)


def scale_images(images: np.ndarray) -> np.ndarray:
    """What the network takes: float32 (N, 28, 28, 1), 0 to 1, from uint8 (N, 28, 28)."""
    return images[..., np.newaxis].astype(np.float32) / 255


def check_suffix(path: str | os.PathLike) -> Path:
    """`path` as a Path.

    Raises:
        UserError: its suffix is none that a model can have.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise UserError(f"{printable(path)}: a model's name ends in {', '.join(SUFFIXES)}")
    return path


def describe_layers(model: "keras.Model") -> str:
    """What the layers do, in words, as digits.network.ARCHITECTURE has it."""
    return ", ".join(_describe_layer(layer) for layer in model.layers)


def _describe_layer(layer: "keras.layers.Layer") -> str:
    config = layer.get_config()
    words = [type(layer).__name__]
    for key in ("kernel_size", "pool_size", "strides", "padding", "activation"):
        if key in config:
            value = config[key]
            words.append(value if isinstance(value, str) else "x".join(map(str, value)))
    return " ".join(words)


def _encode_h5(model: "keras.Model") -> bytes:
    # Keras' own HDF5 layout, written in memory: model.save() on a full disk crashes the process,
    # and in place it loses the old model when killed.
    keras = import_keras()
    config = {"class_name": type(model).__name__, "config": model.get_config()}
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["architecture"] = describe_layers(model)
        file.attrs["model_config"] = json.dumps(config)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for attributes in (file.attrs, group.attrs):
            attributes["keras_version"] = keras.__version__
            attributes["backend"] = keras.backend.backend()
        for layer in model.layers:
            layer_group = group.create_group(layer.name)
            layer_group.attrs["weight_names"] = [weight.path.encode() for weight in layer.weights]
            for weight in layer.weights:
                layer_group[weight.path] = keras.ops.convert_to_numpy(weight)
        group.create_group("top_level_model_weights").attrs["weight_names"] = np.empty(0)
    return buffer.getvalue()


def _encode_keras(model: "keras.Model") -> bytes:
    with tempfile.TemporaryDirectory() as folder, hush_libraries(python_too=True):
        path = Path(folder, "model.keras")
        model.save(path)
        return path.read_bytes()


def load_weights(model: "keras.Model", path: Path) -> None:
    """Let Keras put the file's weights into `model`, whatever its layers are."""
    try:
        with hush_libraries(python_too=True):
            model.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, BadZipFile):
        raise UserError(
            f"{printable(path)}: does not fit the network in model.py, or is damaged; "
            "train again (python train.py) or undo the edit of model.py"
        ) from None


if __name__ == "__main__":
    from cli.convert import main  # the converter stands on this module, not under it

    sys.exit(main())
