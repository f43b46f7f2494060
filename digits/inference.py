"""The network run straight from model.h5: NumPy and h5py, in a fraction of Keras' start-up time."""

import io
import os
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from digits.cli import UserError, printable
from digits.files import read_file

DEFAULT_MODEL = Path(__file__).resolve().parent.parent / "models" / "model.h5"

NETWORK_NAME = "digit_cnn"
# Layer, weight -> shape, in the order in which the network applies them. Keras writes each of them
# as model_weights/LAYER/NETWORK_NAME/LAYER/WEIGHT.
WEIGHT_SHAPES = {
    ("conv1", "kernel"): (3, 3, 1, 32),
    ("conv1", "bias"): (32,),
    ("conv2", "kernel"): (3, 3, 32, 64),
    ("conv2", "bias"): (64,),
    ("dense", "kernel"): (1600, 128),
    ("dense", "bias"): (128,),
    ("output", "kernel"): (128, 10),
    ("output", "bias"): (10,),
}
# What WEIGHT_SHAPES cannot tell: model.py writes this text into the dataset `architecture`, so that
# a network whose activations or pooling were edited is not taken for this one.
ARCHITECTURE = (
    "Conv2D 3x3 1x1 valid relu, MaxPooling2D 2x2 2x2 valid, "
    "Conv2D 3x3 1x1 valid relu, MaxPooling2D 2x2 2x2 valid, "
    "Flatten, Dense relu, Dense softmax"
)
LAYERS = ("conv1", "pool1", "conv2", "pool2", "flatten", "dense", "output")
# A small network beside it, in the group `digitness`, tells ink that is a digit from ink that is
# none by what the network makes of it: its 1,600 pooled and 128 dense activations.
DIGITNESS_SHAPES = {
    "hidden_kernel": (1728, 8),
    "hidden_bias": (8,),
    "output_kernel": (8, 1),
    "output_bias": (1,),
}
HOW_TO_GET_ONE = "get the shipped one back (git checkout models) or train one (python train.py)"
BATCH_SIZE = 64  # the patches of 64 images fit in the second-level cache


class OtherNetworkError(UserError):
    """The file is a model, but of another network than the one this module runs."""


class Digitness(NamedTuple):
    """The weights that tell digits from other ink, float32, in the shapes of DIGITNESS_SHAPES."""

    hidden_kernel: np.ndarray
    hidden_bias: np.ndarray
    output_kernel: np.ndarray
    output_bias: np.ndarray


class Network(NamedTuple):
    """The weights, float32, in the order and the shapes of WEIGHT_SHAPES."""

    conv1_kernel: np.ndarray
    conv1_bias: np.ndarray
    conv2_kernel: np.ndarray
    conv2_bias: np.ndarray
    dense_kernel: np.ndarray
    dense_bias: np.ndarray
    output_kernel: np.ndarray
    output_bias: np.ndarray
    digitness: Digitness | None = None  # None: whatever is shown is taken for a digit


def load_network(path: str | os.PathLike = DEFAULT_MODEL) -> Network:
    """The weights in an HDF5 file that model.py saved.

    Raises:
        OtherNetworkError: it holds a network with other layers.
        UserError: there is no such file, or it is damaged.
    """
    if not os.path.exists(path):
        raise UserError(f"{printable(path)}: no such model; {HOW_TO_GET_ONE}")
    data = read_file(path)
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            _check_architecture(file)
            weights = [
                _read_weight(file, weight_path(*key), shape) for key, shape in WEIGHT_SHAPES.items()
            ]
            return Network(*weights, digitness=_read_digitness(file))
    except OtherNetworkError as error:
        raise OtherNetworkError(f"{printable(path)}: {error}") from None
    except (OSError, RuntimeError, KeyError, ValueError, TypeError):
        raise UserError(f"{printable(path)}: is not a readable model; {HOW_TO_GET_ONE}") from None


def weight_path(layer: str, weight: str) -> str:
    """Where Keras keeps this weight inside the HDF5 file."""
    return f"model_weights/{layer}/{NETWORK_NAME}/{layer}/{weight}"


def predict_probabilities(network: Network, images: np.ndarray) -> np.ndarray:
    """The probability of each digit, given that each image is a digit.

    Args:
        network: the weights.
        images: uint8 (N, 28, 28), 0 to 255, white ink on black.

    Returns:
        float32 (N, 10); each row sums to 1.
    """
    return _predict(network, images)[0]


def predict_confidences(network: Network, images: np.ndarray) -> np.ndarray:
    """The probability that an image is a digit, and this one: for ink that may be anything.

    Args:
        network: the weights.
        images: uint8 (N, 28, 28), 0 to 255, white ink on black.

    Returns:
        float32 (N, 10); each row sums to the probability that the image is a digit at all.
    """
    probabilities, digitness = _predict(network, images)
    return probabilities * digitness


def _predict(network: Network, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of the digits (N, 10), and of being a digit (N, 1)."""
    probabilities = np.empty((len(images), 10), np.float32)
    digitness = np.ones((len(images), 1), np.float32)
    for start in range(0, len(images), BATCH_SIZE):
        batch = slice(start, start + BATCH_SIZE)
        pooled, dense = _compute_activations(network, images[batch])
        probabilities[batch] = _softmax(dense @ network.output_kernel + network.output_bias)
        if network.digitness:
            activations = np.concatenate([pooled, dense], axis=1)  # (N, 1728)
            digitness[batch] = _compute_digitness(network.digitness, activations)
    return probabilities, digitness


def _compute_activations(network: Network, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the last layer, and the digitness, are computed from: (N, 1600) and (N, 128)."""
    values = images[..., np.newaxis].astype(np.float32) / 255  # (N, 28, 28, 1)
    values = _convolve(values, network.conv1_kernel, network.conv1_bias)  # (N, 26, 26, 32)
    values = _pool(values)  # (N, 13, 13, 32)
    values = _convolve(values, network.conv2_kernel, network.conv2_bias)  # (N, 11, 11, 64)
    pooled = _pool(values).reshape(len(values), -1)  # (N, 1600)
    return pooled, np.maximum(pooled @ network.dense_kernel + network.dense_bias, 0)


def _compute_digitness(weights: Digitness, activations: np.ndarray) -> np.ndarray:
    hidden = np.maximum(activations @ weights.hidden_kernel + weights.hidden_bias, 0)  # (N, 8)
    logits = hidden @ weights.output_kernel + weights.output_bias
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))  # (N, 1)


def _convolve(values: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """3x3 convolution without padding, then ReLU, as one matrix product over all patches."""
    count, height, width, channels = values.shape
    out_height, out_width = height - 2, width - 2
    patches = np.empty((count, out_height, out_width, 9, channels), np.float32)
    for tap in range(9):
        row, column = divmod(tap, 3)
        patches[:, :, :, tap] = values[:, row : row + out_height, column : column + out_width]
    flat = patches.reshape(-1, 9 * channels) @ kernel.reshape(9 * channels, -1)
    flat += bias
    np.maximum(flat, 0, out=flat)
    return flat.reshape(count, out_height, out_width, -1)


def _pool(values: np.ndarray) -> np.ndarray:
    """The largest of each 2x2 block; an odd last row or column is left out, as in Keras."""
    height, width = values.shape[1] // 2 * 2, values.shape[2] // 2 * 2
    rows = np.maximum(values[:, 0:height:2, :width], values[:, 1:height:2, :width])
    return np.maximum(rows[:, :, 0::2], rows[:, :, 1::2])


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _read_digitness(file: h5py.File) -> Digitness | None:
    if "digitness" not in file:
        return None
    weights = (_read_weight(file, f"digitness/{n}", s) for n, s in DIGITNESS_SHAPES.items())
    return Digitness(*weights)


def _read_weight(file: h5py.File, path: str, shape: tuple[int, ...]) -> np.ndarray:
    # By its known path, following nothing: reading attributes of a damaged file can hang libhdf5,
    # and a soft or external link could lead out of the file.
    place: h5py.Group | h5py.Dataset = file
    for name in path.split("/"):
        if not isinstance(place, h5py.Group):
            raise ValueError(path)
        link = place.get(name, getlink=True, default=None)
        if link is None:
            raise OtherNetworkError(_describe_other("no " + path))
        if not isinstance(link, h5py.HardLink):
            raise ValueError(path)
        place = place[name]
    if not isinstance(place, h5py.Dataset):
        raise ValueError(path)
    if place.shape != shape:
        difference = f"{' '.join(path.split('/')[-2:])} is {place.shape}, not {shape}"
        raise OtherNetworkError(_describe_other(difference))
    if place.dtype != np.float32 or place.external or place.is_virtual:
        raise ValueError(path)
    values = place[()]
    if not np.isfinite(values).all():
        raise ValueError(path)
    return values


def _check_architecture(file: h5py.File) -> None:
    others = set(file["model_weights"]) - {*LAYERS, "top_level_model_weights"}
    if others:
        raise OtherNetworkError(_describe_other(f"layer {min(others)}"))
    if "architecture" in file:
        found = file["architecture"][()].decode()
        if found != ARCHITECTURE:
            raise OtherNetworkError(_describe_other(found))


def _describe_other(difference: str) -> str:
    return f"holds another network ({difference})"
