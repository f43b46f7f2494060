"""The network: built, saved, loaded and converted with Keras, on TensorFlow or PyTorch.

python model.py models/model.h5 models/model.keras     # convert between .h5, .keras and .pth
"""

import argparse
import contextlib
import io
import json
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from pickle import UnpicklingError
from types import ModuleType
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import h5py
import numpy as np

from digits.cli import UserError, build_base_parser, print_note, printable, run_script
from digits.files import read_file, write_file
from digits.inference import (
    LAYERS,
    NETWORK_NAME,
    WEIGHT_SHAPES,
    Network,
    OtherNetworkError,
    load_network,
    predict_probabilities,
)

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
        with hush_stderr():
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


@contextlib.contextmanager
def hush_stderr() -> Iterator[None]:
    """Hold back what is written to file descriptor 2; show it only if the block fails.

    TensorFlow's C++ code writes there whatever its log level.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        kept = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)


def save_model(model: "keras.Model", path: str | os.PathLike) -> None:
    """Write the model, without optimizer state, atomically; the suffix decides the format.

    `.h5` and `.keras` open with keras.models.load_model, `.pth` is a state dict for the same
    network as a torch.nn.Sequential (channels first).

    Raises:
        UserError: the suffix is another, or the file cannot be written.
    """
    path = check_suffix(path)
    encoders = {".h5": _encode_h5, ".keras": _encode_keras, ".pth": _encode_pth}
    write_file(path, encoders[path.suffix](model))


def load_model(path: str | os.PathLike) -> "keras.Sequential":
    """build_model() with the weights in the file; no code or layer ever comes from the file.

    Raises:
        UserError: no such file, damaged, or made by another network than build_model() builds.
    """
    path = check_suffix(path)
    data = read_file(path)
    model = build_model()
    if path.suffix == ".pth":
        model.set_weights(_decode_pth(data, path))
        return model
    try:
        model.set_weights(load_network(path))
    except UserError:
        load_weights(model, path)
    return model


def load_classifier(path: str | os.PathLike, *, prog: str) -> Callable[[np.ndarray], np.ndarray]:
    """A function from uint8 (N, 28, 28), white ink on black, to probabilities, float32 (N, 10).

    NumPy computes them where the file is an .h5 or a .pth of the usual network; else Keras does,
    which takes seconds to start: a note in the name of `prog` says so.

    Raises:
        UserError: no such file, or no model in it.
    """
    try:
        if Path(path).suffix == ".pth":
            network = Network(*_decode_pth(read_file(path), Path(path)))
        elif Path(path).suffix == ".keras":
            read_file(path)  # a missing file is told before a slow import
            raise OtherNetworkError(f"{printable(path)}: is not HDF5")
        else:
            network = load_network(path)
    except OtherNetworkError as reason:
        print_note(prog, f"{reason}: reading it with Keras, which is slower to start")
        model = load_model(path)
        return lambda images: predict_with_keras(model, images)
    return lambda images: predict_probabilities(network, images)


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
    """What the layers do, in words, as digits.inference.ARCHITECTURE has it."""
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
    with tempfile.TemporaryDirectory() as folder, hush_stderr():
        path = Path(folder, "model.keras")
        model.save(path)
        return path.read_bytes()


def _encode_pth(model: "keras.Model") -> bytes:
    torch = _import_torch()
    arrays = dict(zip(WEIGHT_SHAPES, model.get_weights(), strict=False))
    if [array.shape for array in model.get_weights()] != list(WEIGHT_SHAPES.values()):
        raise UserError(".pth holds only the usual network; save this one as .h5 or .keras")
    buffer = io.BytesIO()
    state = {
        _name_in_torch(*key): torch.from_numpy(np.array(_to_torch(*key, array)))
        for key, array in arrays.items()
    }
    torch.save(state, buffer)
    return buffer.getvalue()


def _decode_pth(data: bytes, path: Path) -> list[np.ndarray]:
    torch = _import_torch()
    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        return [
            _from_torch(*key, state[_name_in_torch(*key)].float().numpy()).reshape(shape)
            for key, shape in WEIGHT_SHAPES.items()
        ]
    except (
        RuntimeError,
        EOFError,
        KeyError,
        TypeError,
        AttributeError,
        ValueError,
        UnpicklingError,
    ):
        raise UserError(
            f"{printable(path)}: is not a readable state dict of this network; "
            "train one: KERAS_BACKEND=torch python train.py --output model.pth"
        ) from None


def _name_in_torch(layer: str, weight: str) -> str:
    # Places in Sequential(Conv2d, ReLU, MaxPool2d, Conv2d, ReLU, MaxPool2d, Flatten, Linear, ReLU,
    # Linear).
    place = {"conv1": 0, "conv2": 3, "dense": 7, "output": 9}[layer]
    return f"{place}.{'weight' if weight == 'kernel' else 'bias'}"


def _to_torch(layer: str, weight: str, array: np.ndarray) -> np.ndarray:
    if weight == "bias":
        return array
    if layer.startswith("conv"):
        return array.transpose(3, 2, 0, 1)  # height, width, in, out -> out, in, height, width
    if layer == "dense":  # PyTorch flattens channels first
        return array.reshape(5, 5, 64, 128).transpose(3, 2, 0, 1).reshape(128, 1600)
    return array.T


def _from_torch(layer: str, weight: str, array: np.ndarray) -> np.ndarray:
    if weight == "bias":
        return array
    if layer.startswith("conv"):
        return array.transpose(2, 3, 1, 0)
    if layer == "dense":
        return array.reshape(128, 64, 5, 5).transpose(2, 3, 1, 0)
    return array.T


def _import_torch() -> ModuleType:
    try:
        import torch
    except ImportError:
        raise UserError("a .pth file takes PyTorch: pip install torch") from None
    return torch


def load_weights(model: "keras.Model", path: Path) -> None:
    """Let Keras put the file's weights into `model`, whatever its layers are."""
    try:
        with hush_stderr():
            model.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, BadZipFile):
        raise UserError(
            f"{printable(path)}: does not fit the network in model.py, or is damaged; "
            "train again (python train.py) or undo the edit of model.py"
        ) from None


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = build_base_parser("model.py", __doc__)
    parser.add_argument("source", metavar="FROM", help="a model: .h5, .keras or .pth")
    parser.add_argument("target", metavar="TO", help="the same model in the format of this suffix")
    return parser


def run(args: argparse.Namespace) -> int:
    """Convert one model file to another format."""
    check_suffix(args.target)
    save_model(load_model(args.source), args.target)
    print(f"{printable(args.source)} -> {printable(args.target)}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status of `python model.py FROM TO`."""
    return run_script(run, build_parser(), argv)


if __name__ == "__main__":
    sys.exit(main())
