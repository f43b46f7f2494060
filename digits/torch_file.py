"""PyTorch's file of the network: a state dict of the same layers as a torch.nn.Sequential.

torch is imported when a file is read or written, and not before.
"""

import io
import os
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED

import numpy as np

from digits.arrays import open_archive
from digits.errors import UserError, blame_file
from digits.files import read_file
from digits.network import WEIGHT_SHAPES, Network

if TYPE_CHECKING:
    import torch

# Places in Sequential(Conv2d, ReLU, MaxPool2d, Conv2d, ReLU, MaxPool2d, Flatten, Linear, ReLU,
# Linear).
_PLACES = {"conv1": 0, "conv2": 3, "dense": 7, "output": 9}


def encode_state(weights: Sequence[np.ndarray]) -> bytes:
    """The bytes of a .pth file, which `torch.load(…, weights_only=True)` opens.

    Args:
        weights: float32, in the order and the shapes of WEIGHT_SHAPES, channels last.

    Raises:
        UserError: they are of another network, or PyTorch is not installed.
    """
    torch = _import_torch()
    if [array.shape for array in weights] != list(WEIGHT_SHAPES.values()):
        raise UserError(".pth holds only the usual network; save this one as .h5 or .keras")
    state = {
        _name_in_torch(*key): torch.from_numpy(np.array(to_channels_first(*key, array)))
        for key, array in zip(WEIGHT_SHAPES, weights, strict=True)
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def read_state(path: str | os.PathLike) -> Network:
    """The weights in a .pth file, as encode_state made it; no code of the file is run.

    Raises:
        UserError: no such file, no state dict of this network, or PyTorch is not installed.
    """
    data = read_file(path)
    torch = _import_torch()
    with blame_file(
        path,
        "is not a readable state dict of this network; "
        "train one: KERAS_BACKEND=torch python train.py --output model.pth",
    ):
        with open_archive(data) as archive:  # PyTorch unpacks members, whatever their size
            if any(member.compress_type != ZIP_STORED for member in archive.infolist()):
                raise ValueError
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # quantised tensors are remarked on
            state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        return Network(*(_read_tensor(state, *key) for key in WEIGHT_SHAPES))


def _read_tensor(state: "dict[str, torch.Tensor]", layer: str, weight: str) -> np.ndarray:
    tensor, shape = state[_name_in_torch(layer, weight)], WEIGHT_SHAPES[layer, weight]
    # Before anything is computed: a view of one number can have any shape.
    if tuple(tensor.shape) != to_channels_first(layer, weight, np.empty(shape)).shape:
        raise ValueError
    if not tensor.is_floating_point():
        raise TypeError
    values = _from_torch(layer, weight, tensor.detach().float().numpy()).reshape(shape)
    if not np.isfinite(values).all():
        raise ValueError
    return values


def _name_in_torch(layer: str, weight: str) -> str:
    return f"{_PLACES[layer]}.{'weight' if weight == 'kernel' else 'bias'}"


def to_channels_first(layer: str, weight: str, array: np.ndarray) -> np.ndarray:
    """A weight of WEIGHT_SHAPES as PyTorch and ONNX have it: (out, in, …), channels first."""
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
