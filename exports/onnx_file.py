"""The network as an ONNX file, which onnxruntime, OpenCV and most other engines run.

onnx is imported when a file is written, onnxruntime when one is opened, and not before.
"""

from collections.abc import Callable, Collection
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from digits.errors import UserError
from digits.network import (
    NETWORK_NAME,
    PIECE_KINDS,
    SIGN_KINDS,
    WEIGHT_SHAPES,
    Answers,
    Classifier,
    Network,
)
from digits.torch_file import to_channels_first

if TYPE_CHECKING:
    import onnx

# The oldest that have every operator in today's form, so that the most engines can read them.
OPSET, IR_VERSION = 13, 8
INPUT, OUTPUT, SIGNS, PIECES = "images", "probabilities", "signs", "pieces"
DESCRIPTION = (
    "images: uint8 N x 28 x 28, 0 to 255, white ink on black, a digit in MNIST's frame "
    "(20 pixels high or wide, centred by mass). "
    "probabilities: float32 N x 10, of the digits 0 to 9. "
    f"signs, where the model tells them: float32 N x {len(SIGN_KINDS)}, of "
    + " ".join(SIGN_KINDS)
    + f". pieces, where it tells them: float32 N x {PIECE_KINDS}, of the digits where the ink is "
    "one whole digit, the last of all else."
)


def encode_onnx(network: Network, *, record: str = "") -> bytes:
    """The bytes of an .onnx file, checked by onnx.checker.

    Args:
        network: the weights.
        record: how the model was made, which goes into the file's metadata.

    Raises:
        UserError: onnx is not installed.
    """
    onnx = _import_onnx()
    helper, kinds = onnx.helper, onnx.TensorProto
    sizes = {OUTPUT: 10}
    if network.signs is not None:
        sizes[SIGNS] = len(SIGN_KINDS)
    if network.pieces_hidden is not None:
        sizes[PIECES] = PIECE_KINDS
    graph = helper.make_graph(
        _make_nodes(onnx, sizes),
        NETWORK_NAME,
        [helper.make_tensor_value_info(INPUT, kinds.UINT8, ["N", 28, 28])],
        [helper.make_tensor_value_info(o, kinds.FLOAT, ["N", size]) for o, size in sizes.items()],
        _make_tensors(onnx, network),
    )
    model = helper.make_model(
        graph,
        producer_name=NETWORK_NAME,
        doc_string=DESCRIPTION,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    if record:
        helper.set_model_props(model, {"record": record})
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def open_onnx(data: bytes) -> Classifier | None:
    """What the network in the file answers, by onnxruntime; None: it is not installed."""
    try:
        import onnxruntime
    except ImportError:
        return None
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def classify(images: np.ndarray) -> Answers:
        told = dict(zip(names, session.run(names, {INPUT: images}), strict=True))
        return Answers(told[OUTPUT], told.get(SIGNS), told.get(PIECES))

    return classify


def _make_nodes(onnx: ModuleType, outputs: Collection[str]) -> "list[onnx.NodeProto]":
    """The operators in order; each takes what the one before it makes, but for the other heads."""
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    steps = [
        ("Cast", (), {"to": onnx.TensorProto.FLOAT}),
        ("Div", ("white",), {}),
        ("Reshape", ("shape",), {}),  # (N, 1, 28, 28)
        ("Conv", ("conv1.kernel", "conv1.bias"), {"kernel_shape": [3, 3]}),  # (N, 32, 26, 26)
        ("Relu", (), {}),
        ("MaxPool", (), pool),  # (N, 32, 13, 13)
        ("Conv", ("conv2.kernel", "conv2.bias"), {"kernel_shape": [3, 3]}),  # (N, 64, 11, 11)
        ("Relu", (), {}),
        ("MaxPool", (), pool),  # (N, 64, 5, 5)
        ("Flatten", (), {}),  # (N, 1600)
        ("Gemm", ("dense.kernel", "dense.bias"), {"transB": 1}),  # (N, 128)
        ("Relu", (), {}),
        ("Gemm", ("output.kernel", "output.bias"), {"transB": 1}),  # (N, 10)
        ("Softmax", (), {"axis": 1}),
    ]
    names = [INPUT, *(f"step{number}" for number in range(1, len(steps))), OUTPUT]
    make = onnx.helper.make_node
    nodes = [
        make(kind, [names[index], *others], [names[index + 1]], **attributes)
        for index, (kind, others, attributes) in enumerate(steps)
    ]
    maps, features = nodes[-5].input[0], nodes[-2].input[0]
    if len(outputs) > 1:
        nodes += _make_windows(make, maps)
    if SIGNS in outputs:
        nodes += [
            make("Concat", [features, "windows"], ["all"], axis=1),  # (N, 384)
            make("Gemm", ["all", "signs.kernel", "signs.bias"], ["kinds"]),
            make("Softmax", ["kinds"], [SIGNS], axis=1),
        ]
    if PIECES in outputs:
        nodes += [
            make("Gemm", ["windows", "hidden.kernel", "hidden.bias"], ["behind"]),  # (N, 128)
            make("Relu", ["behind"], ["units"]),
            make("Gemm", ["units", "pieces.kernel", "pieces.bias"], ["digits or none"]),
            make("Softmax", ["digits or none"], [PIECES], axis=1),
        ]
    return nodes


def _make_windows(make: Callable, maps: str) -> "list[onnx.NodeProto]":
    """The windows on the last maps, which the other heads see."""
    return [
        make("MaxPool", [maps], ["corners"], kernel_shape=[3, 3], strides=[2, 2]),  # (N, 64, 2, 2)
        make("Transpose", ["corners"], ["channels last"], perm=[0, 2, 3, 1]),
        make("Flatten", ["channels last"], ["windows"]),  # (N, 256)
    ]


def _make_tensors(onnx: ModuleType, network: Network) -> "list[onnx.TensorProto]":
    """The weights, channels first, and the two constants."""
    arrays = {
        f"{layer}.{weight}": to_channels_first(layer, weight, values)
        for (layer, weight), values in zip(WEIGHT_SHAPES, network, strict=False)  # not the heads
    }
    for name, values in zip(("signs", "hidden", "pieces"), network.heads, strict=True):
        if values is not None:
            arrays |= {f"{name}.kernel": values[:-1], f"{name}.bias": values[-1]}
    arrays |= {"white": np.float32(255), "shape": np.array([-1, 1, 28, 28])}
    return [
        onnx.numpy_helper.from_array(np.ascontiguousarray(values).reshape(values.shape), name)
        for name, values in arrays.items()
    ]


def _import_onnx() -> ModuleType:
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise UserError("an .onnx file takes onnx: pip install onnx onnxruntime") from None
    return onnx
