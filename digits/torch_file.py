"""PyTorch's file of the network: a state dict of the same layers as a torch.nn.Sequential.

torch is imported when a file is read or written, and not before.
"""

import io
import os
from collections.abc import Sequence
from pickle import UnpicklingError
from types import ModuleType

import numpy as np

from digits.errors import UserError, printable
from digits.files import read_file
from digits.network import WEIGHT_SHAPES, Network

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
        _name_in_torch(*key): torch.from_numpy(np.array(_to_torch(*key, array)))
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
    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
        return Network(
            *(
                _from_torch(*key, state[_name_in_torch(*key)].float().numpy()).reshape(shape)
                for key, shape in WEIGHT_SHAPES.items()
            )
        )
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
    return f"{_PLACES[layer]}.{'weight' if weight == 'kernel' else 'bias'}"


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
