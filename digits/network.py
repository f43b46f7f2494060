"""The network run straight from model.h5: NumPy and h5py, in a fraction of Keras' start-up time."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np

from digits.arrays import find_dataset, find_group, open_h5
from digits.errors import UserError, blame_file, printable, shorten
from digits.files import read_file

# What an image may show, as the second head tells it: a digit, a sign beside digits, or other ink.
SIGN_KINDS = ("digit", "-", "+", "×", "÷", "=", "(", ")", "/", ".", ",", ":", "other")

# Inside this package where pip has installed it, else beside the package.
_PLACES = [folder / "models" / "model.h5" for folder in Path(__file__).resolve().parents[:2]]
DEFAULT_MODEL = _PLACES[0] if _PLACES[0].is_file() else _PLACES[1]

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
MOST_TEXT = 1000  # bytes of a text in the file
MAPS_SHAPE = (5, 5, 64)  # of an image, after the convolutions
FEATURES = 128  # of an image, from which the first head tells the digit
# Four windows on the last feature maps more than that: the 128 have unlearnt what does not tell
# digits apart. From them alone the second head is right in 80% of drawn signs and things, with the
# windows in 93%.
WINDOWS = 4 * 64
SIGNS_SHAPE = (FEATURES + WINDOWS + 1, len(SIGN_KINDS))  # the kernel, the bias below it
# The third head has the windows alone, and a layer between: it stays what it is where the dense
# layers learn another hand. What it tells: the ten digits, and no whole digit, or more than one.
PIECE_KINDS, NO_DIGIT = 11, 10
PIECE_UNITS = 128
HASH_NAME = "sha256"  # the dataset in which model.py writes down hash_weights()
CHANGED = "its weights are not those that were saved"
HOW_TO_GET_ONE = "get the shipped one back (git checkout models) or train one (python train.py)"
BATCH_SIZE = 16  # the patches of 16 images fit in the second-level cache


class Answers(NamedTuple):
    """What a model makes of N images."""

    digits: np.ndarray  # float32 (N, 10), the probability of each digit
    signs: np.ndarray | None  # float32 (N, 13), of each of SIGN_KINDS; None: it cannot tell signs
    # float32 (N, 11), of each digit and of NO_DIGIT, for what may be cut wrongly; None: not told
    pieces: np.ndarray | None = None


Classifier = Callable[[np.ndarray], Answers]  # of images, uint8 (N, 28, 28)


class OtherNetworkError(UserError):
    """The file is a model, but of another network than the one this module runs."""


class Heads(NamedTuple):
    """What a model file holds beside the weights, and Keras passes over; None: this one does not.

    Each is a dataset of that name: float32, a kernel with the bias below it.
    """

    signs: np.ndarray | None = None  # SIGNS_SHAPE: the second head
    pieces_hidden: np.ndarray | None = None  # the two layers of the third
    pieces_output: np.ndarray | None = None


NO_HEADS = Heads()
HEAD_SHAPES = Heads(SIGNS_SHAPE, (WINDOWS + 1, PIECE_UNITS), (PIECE_UNITS + 1, PIECE_KINDS))


class Network(NamedTuple):
    """The weights, float32, in the order and the shapes of WEIGHT_SHAPES, then those of Heads."""

    conv1_kernel: np.ndarray
    conv1_bias: np.ndarray
    conv2_kernel: np.ndarray
    conv2_bias: np.ndarray
    dense_kernel: np.ndarray
    dense_bias: np.ndarray
    output_kernel: np.ndarray
    output_bias: np.ndarray
    signs: np.ndarray | None = None
    pieces_hidden: np.ndarray | None = None
    pieces_output: np.ndarray | None = None

    @property
    def heads(self) -> Heads:
        """The other heads."""
        return Heads(self.signs, self.pieces_hidden, self.pieces_output)


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
        with (
            blame_file(path, f"is not a readable model; {HOW_TO_GET_ONE}"),
            open_h5(data) as file,
        ):
            has_all = _check_architecture(file, data)
            weights = [_read_weight(file, *key, must_be=has_all) for key in WEIGHT_SHAPES]
            network = Network(*weights, *read_heads(file))
            saved = are_as_saved(file, network)
    except OtherNetworkError as error:
        raise OtherNetworkError(f"{printable(path)}: {error}") from None
    if not saved:
        raise UserError(f"{printable(path)}: {CHANGED}; {HOW_TO_GET_ONE}")
    return network


def weight_path(layer: str, weight: str) -> str:
    """Where Keras keeps this weight inside the HDF5 file."""
    return f"model_weights/{layer}/{NETWORK_NAME}/{layer}/{weight}"


def read_heads(file: h5py.File) -> Heads:
    """The other heads in a file that model.py saved, as far as there are any.

    Raises:
        one of digits.errors.DAMAGED: one is not as it should be, or half of one is missing.
    """
    heads = []
    for name, shape in HEAD_SHAPES._asdict().items():
        dataset = find_dataset(file, name)
        heads.append(None if dataset is None else _read_numbers(dataset, shape))
    found = Heads(*heads)
    if (found.pieces_hidden is None) != (found.pieces_output is None):
        raise ValueError("half of the third head")
    return found


def are_as_saved(file: h5py.File, weights: Iterable[np.ndarray | None]) -> bool:
    """Whether the weights have the hash that model.py wrote into the file, if it wrote one.

    They are those of WEIGHT_SHAPES, then those of Heads.
    """
    dataset = find_dataset(file, HASH_NAME)
    return dataset is None or _read_text(dataset) == hash_weights(weights)


def hash_weights(weights: Iterable[np.ndarray | None]) -> str:
    """The SHA-256 of the bytes of all weights, in hexadecimal; what is None has no bytes."""
    digest = hashlib.sha256()
    for values in weights:
        if values is not None:
            digest.update(np.ascontiguousarray(values))
    return digest.hexdigest()


def predict_probabilities(network: Network, images: np.ndarray) -> np.ndarray:
    """The probability of each digit.

    Args:
        network: the weights.
        images: uint8 (N, 28, 28), 0 to 255, white ink on black.

    Returns:
        float32 (N, 10); each row sums to 1.
    """
    return classify_images(network, images).digits


def classify_images(network: Network, images: np.ndarray) -> Answers:
    """What images show; arguments as in predict_probabilities."""
    features = compute_features(network, images)
    digits = softmax(features[:, :FEATURES] @ network.output_kernel + network.output_bias)
    signs = pieces = None
    if network.signs is not None:
        signs = softmax(_apply(network.signs, features))
    if network.pieces_hidden is not None:
        hidden = np.maximum(_apply(network.pieces_hidden, features[:, FEATURES:]), 0)
        pieces = softmax(_apply(network.pieces_output, hidden))
    return Answers(digits, signs, pieces)


def compute_features(network: Network, images: np.ndarray) -> np.ndarray:
    """What the heads see of the images: float32 (N, FEATURES + WINDOWS), 0 and more."""
    features = np.empty((len(images), FEATURES + WINDOWS), np.float32)
    for batch in _split_batches(len(images)):
        features[batch] = see_maps(network, _compute_maps(network, images[batch]))
    return features


def compute_maps(network: Network, images: np.ndarray) -> np.ndarray:
    """What the convolutions make of the images: float32 (N, 5, 5, 64), 0 and more."""
    maps = np.empty((len(images), *MAPS_SHAPE), np.float32)
    for batch in _split_batches(len(images)):
        maps[batch] = _compute_maps(network, images[batch])
    return maps


def see_maps(network: Network, maps: np.ndarray) -> np.ndarray:
    """What the heads see of images of which compute_maps made these maps, as compute_features."""
    dense = maps.reshape(len(maps), -1) @ network.dense_kernel + network.dense_bias  # (N, 1600)
    return np.concatenate([np.maximum(dense, 0), _look_through_windows(maps)], axis=1)


def _split_batches(count: int) -> Iterator[slice]:
    return (slice(start, start + BATCH_SIZE) for start in range(0, count, BATCH_SIZE))


def _compute_maps(network: Network, images: np.ndarray) -> np.ndarray:
    values = images[..., np.newaxis].astype(np.float32) / 255  # (N, 28, 28, 1)
    values = _convolve(values, network.conv1_kernel, network.conv1_bias)  # (N, 13, 13, 32)
    return _convolve(values, network.conv2_kernel, network.conv2_bias)  # (N, 5, 5, 64)


def _look_through_windows(maps: np.ndarray) -> np.ndarray:
    """The largest of each 3x3 corner of the maps, the middle in all four: float32 (N, WINDOWS)."""
    corners = [maps[:, y : y + 3, x : x + 3].max(axis=(1, 2)) for y in (0, 2) for x in (0, 2)]
    return np.concatenate(corners, axis=1)


def _convolve(values: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """3x3 convolution without padding, ReLU, and the largest of each 2x2 block.

    The convolution is one matrix product over all patches; of an odd last row or column, which the
    pooling leaves out as in Keras, there are none. Bias and ReLU come last: that changes nothing,
    and it is a quarter of the numbers.
    """
    count, height, width, channels = values.shape
    height, width = (height - 2) // 2 * 2, (width - 2) // 2 * 2
    patches = np.empty((count, height, width, 9, channels), np.float32)
    for tap in range(9):
        row, column = divmod(tap, 3)
        patches[:, :, :, tap] = values[:, row : row + height, column : column + width]
    flat = patches.reshape(-1, 9 * channels) @ kernel.reshape(9 * channels, -1)
    flat = flat.reshape(count, height, width, -1)
    rows = np.maximum(flat[:, 0::2], flat[:, 1::2])
    pooled = np.maximum(rows[:, :, 0::2], rows[:, :, 1::2])
    pooled += bias
    return np.maximum(pooled, 0, out=pooled)


def _apply(layer: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """A dense layer whose bias lies below its kernel."""
    return inputs @ layer[:-1] + layer[-1]


def softmax(logits: np.ndarray) -> np.ndarray:
    """The probabilities of each row, float32 (N, kinds)."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _read_weight(file: h5py.File, layer: str, weight: str, *, must_be: bool) -> np.ndarray:
    path, shape = weight_path(layer, weight), WEIGHT_SHAPES[layer, weight]
    dataset = find_dataset(file, path)
    if dataset is None:
        if must_be:
            raise ValueError(path)
        raise OtherNetworkError(_describe_other("no " + path))
    if dataset.shape != shape:
        raise OtherNetworkError(
            _describe_other(f"{layer} {weight} is {dataset.shape}, not {shape}")
        )
    return _read_numbers(dataset, shape)


def _read_numbers(dataset: h5py.Dataset, shape: tuple[int, ...]) -> np.ndarray:
    if dataset.shape != shape or dataset.dtype != np.float32:
        raise ValueError(dataset.name)
    values = dataset[()]
    if not np.isfinite(values).all():
        raise ValueError(dataset.name)
    return values


def _check_architecture(file: h5py.File, data: bytes) -> bool:
    """Whether the file says that it has these layers, of whatever sizes.

    Raises:
        OtherNetworkError: it says that it has others.
    """
    group = find_group(file, "model_weights")
    if group is None:
        raise ValueError
    if others := set(group) - {*LAYERS, "top_level_model_weights"}:
        raise OtherNetworkError(_describe_other(f"layer {min(others)}"))
    dataset = find_dataset(file, "architecture")
    if dataset is None:  # saved by another program: the weights' names and shapes must do
        return False
    if dataset.dtype.kind == "O":  # of variable length, as it was once: looked for, not read
        if ARCHITECTURE.encode() not in data:
            raise OtherNetworkError(_describe_other("other layers"))
    elif (found := _read_text(dataset)) != ARCHITECTURE:
        raise OtherNetworkError(_describe_other(found))
    return True


def _read_text(dataset: h5py.Dataset) -> str:
    if dataset.shape != () or dataset.dtype.kind != "S" or dataset.dtype.itemsize > MOST_TEXT:
        raise ValueError
    return dataset[()].decode(errors="replace")


def _describe_other(difference: str) -> str:
    return f"holds another network ({shorten(difference)})"
