"""The network: built, saved and loaded with Keras, on TensorFlow, PyTorch or JAX.

python model.py models/model.h5 models/model.keras     # convert between .h5, .keras and .pth
python model.py models/model.h5 digits.onnx            # hand it on: .onnx, .tflite
"""

if __name__ == "__main__":  # before the other imports, which take a while
    from cli.interrupt import end_at_once

    end_at_once("model.py")

import importlib.util
import io
import json
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import h5py
import numpy as np

from digits.arrays import (
    find_dataset,
    find_group,
    list_datasets,
    open_archive,
    open_h5,
    read_member,
)
from digits.errors import UserError, blame_file, hush_libraries, list_damage, printable
from digits.files import read_file, write_file
from digits.network import (
    CHANGED,
    HASH_NAME,
    LAYERS,
    MOST_TEXT,
    NETWORK_NAME,
    NO_HEADS,
    Heads,
    are_as_saved,
    hash_weights,
    read_heads,
)
from digits.torch_file import encode_state, read_state

if TYPE_CHECKING:
    import keras

SUFFIXES = (".h5", ".keras", ".pth")
ADVICE = "choose KERAS_BACKEND=tensorflow, torch or jax"
MISFIT = (
    "does not fit the network in model.py, or is damaged; "
    "train again (python train.py) or undo the edit of model.py"
)


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
    except ImportError as error:
        missing = error.name or backend
        package = backend if backend in ("torch", "jax") else "-r requirements.txt"
        raise UserError(
            f"Keras with backend {backend}: {missing} cannot be imported ({error}); "
            f"pip install {package}, or {ADVICE}"
        ) from None
    except list_damage() as error:
        raise UserError(
            f"Keras with backend {backend}: cannot be started ({error}); "
            f"mend ~/.keras/keras.json, or {ADVICE}"
        ) from None
    if keras.config.backend() != "tensorflow":
        # Keras looks for it to seed its generators too: seconds, and lines about missing drivers.
        sys.modules.setdefault("tensorflow", None)  # a later import fails, as if not installed
    for name in ("absl", "tensorflow"):  # they remark on formats and retracing, not on the user
        logging.getLogger(name).setLevel(logging.ERROR)
    return keras


def save_model(model: "keras.Model", path: str | os.PathLike, *, heads: Heads = NO_HEADS) -> None:
    """Write the model, without optimizer state, atomically; the suffix decides the format.

    `.h5` and `.keras` open with keras.models.load_model, `.pth` is a state dict for the same
    network as a torch.nn.Sequential (channels first).

    Args:
        model: what Keras knows of it.
        path: where it goes.
        heads: those beside the network, see digits.network; only `.h5` has a place for them.

    Raises:
        UserError: the suffix is another, or the file cannot be written.
    """
    path = check_suffix(path)
    if path.suffix == ".pth":
        write_file(path, encode_state(model.get_weights()))
    else:
        write_file(path, _encode_h5(model, heads) if path.suffix == ".h5" else _encode_keras(model))


def load_model(path: str | os.PathLike) -> "keras.Sequential":
    """build_model() with the weights in the file; no code or layer ever comes from the file.

    Raises:
        UserError: no such file, damaged, or made by another network than build_model() builds.
    """
    path = check_suffix(path)
    if path.suffix == ".pth":
        weights = read_state(path)
        model = build_model()
        _set_weights(model, [array for array in weights if array is not None], path)
    else:
        read_stored(path)  # a missing or damaged file is told before a slow import
        model = build_model()
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


def check_suffix(path: str | os.PathLike, *, also: Sequence[str] = ()) -> Path:
    """`path` as a Path; `also`: suffixes that are allowed beside those of a model.

    Raises:
        UserError: its suffix is none that a model can have.
    """
    path = Path(path)
    suffixes = (*SUFFIXES, *also)
    if path.suffix not in suffixes:
        raise UserError(f"{printable(path)}: a model's name ends in {', '.join(suffixes)}")
    return path


def check_target(path: str | os.PathLike, *, is_usual: bool = True) -> Path:
    """`path` as a Path that a model, of the usual network or of another, can be saved to.

    Raises:
        UserError: its suffix is none that a model can have, or the format takes what is not there.
    """
    path = check_suffix(path)
    if path.suffix == ".pth" and not is_usual:
        raise UserError(
            f"{printable(path)}: .pth holds only the usual network; choose .h5 or .keras"
        )
    if path.suffix == ".pth" and not importlib.util.find_spec("torch"):
        raise UserError(f"{printable(path)}: a .pth file takes PyTorch: pip install torch")
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


def _encode_h5(model: "keras.Model", heads: Heads) -> bytes:
    # Keras' own HDF5 layout, written in memory: model.save() on a full disk crashes the process,
    # and in place it loses the old model when killed.
    keras = import_keras()
    config = {"class_name": type(model).__name__, "config": model.get_config()}
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        # Of fixed length: libhdf5 can read a damaged string of variable length for ever.
        file["architecture"] = np.bytes_(describe_layers(model).encode()[:MOST_TEXT])
        file[HASH_NAME] = np.bytes_(hash_weights([*model.get_weights(), *heads]).encode())
        for name, values in heads._asdict().items():
            if values is not None:
                file[name] = values
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


def read_stored(path: str | os.PathLike) -> bytes:
    """The HDF5 file with the weights that an .h5 or .keras file is, or holds.

    Raises:
        UserError: no such file, or it is damaged; told without importing Keras.
    """
    data = read_file(path)
    with blame_file(path, MISFIT):
        if data.startswith(b"PK"):  # .keras
            with open_archive(data) as archive:
                data = read_member(archive, "model.weights.h5")
        open_h5(data).close()
    return data


def load_weights(model: "keras.Model", path: Path) -> None:
    """Put the weights in an .h5 or .keras file into `model`, whatever its layers are.

    Not by Keras' own load_weights, which asks libhdf5 for more than it can bear in a damaged file.

    Raises:
        UserError: no such file, or it is damaged or made by another network.
    """
    data = read_stored(path)
    with blame_file(path, MISFIT), open_h5(data) as file:
        weights = _read_weights(file, model)
        saved = are_as_saved(file, [*weights, *read_heads(file)])
    if not saved:
        raise UserError(f"{printable(path)}: {CHANGED}; train again (python train.py)")
    _set_weights(model, weights, path)


def _read_weights(file: h5py.File, model: "keras.Model") -> list[np.ndarray]:
    """The weights of the model's layers, in their order; none is larger than the model says."""
    root = find_group(file, "model_weights") or find_group(file, "layers") or file
    stored = {path: find_dataset(root, path) for path in list_datasets(root)}
    # Others than floats are the states of random generators.
    stored = {path: dataset for path, dataset in stored.items() if dataset.dtype.kind == "f"}
    paths = [f"{layer.name}/{weight.path}" for layer in model.layers for weight in layer.weights]
    if set(paths) != set(stored):  # not written by save_model
        paths = list(_match_paths(model, list(stored)))
    if [stored[path].shape for path in paths] != [weight.shape for weight in model.weights]:
        raise ValueError
    return [stored[path][()] for path in paths]


def _match_paths(model: "keras.Model", paths: Sequence[str]) -> Iterator[str]:
    """Where each weight of the model is in a file in which Keras named the layers.

    It names them by class and number, counting all layers that a process ever made: the first
    convolution can be called conv2d_5. Weights have names in .h5 files (with `:0` behind before
    Keras 3), and numbers in .keras files.
    """
    layers: dict[str, dict[str, str]] = {}
    for path in paths:
        layer, *_, weight = path.split("/")
        if layers.setdefault(layer, {}).setdefault(weight.removesuffix(":0"), path) != path:
            raise ValueError
    classes: dict[str, list[dict[str, str]]] = {}
    for layer in sorted(layers, key=_split_number):
        classes.setdefault(_split_number(layer)[0], []).append(layers[layer])
    for layer in model.layers:
        if layer.weights:
            found = classes[_make_snake_case(type(layer).__name__)].pop(0)
            if len(found) != len(layer.weights):
                raise ValueError
            for number, weight in enumerate(layer.weights):
                yield found.get(weight.name) or found[str(number)]
    if any(classes.values()):  # the file has more layers
        raise ValueError


def _split_number(name: str) -> tuple[str, int]:
    stem, _, number = name.rpartition("_")
    return (stem, int(number)) if number.isdecimal() else (name, 0)


def _make_snake_case(name: str) -> str:
    return re.sub("(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()


def _set_weights(model: "keras.Model", weights: Sequence[np.ndarray], path: Path) -> None:
    """Give the model's layers their weights, if they fit and all are numbers."""
    with blame_file(path, MISFIT):
        if not all(np.isfinite(values).all() for values in weights):
            raise ValueError
        model.set_weights(weights)


if __name__ == "__main__":
    from exports.convert import main  # the converter stands on this module, not under it

    sys.exit(main())
