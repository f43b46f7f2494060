"""Convert a model, or hand it on to other programs: .h5, .keras, .pth; .onnx, .tflite.

python model.py models/model.h5 models/model.keras
python model.py models/model.h5 digits.onnx                  # pip install onnx onnxruntime
python model.py models/model.h5 digits.tflite                # float32, for LiteRT
python model.py models/model.h5 digits.tflite --quantize     # int8, a quarter of the size
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cli.classifier import load_classifier, read_network
from cli.script import build_base_parser, print_note, run_script
from data import hold_out, load_split
from digits.errors import UserError, printable
from digits.files import read_file, write_file
from digits.network import (
    ARCHITECTURE,
    NO_HEADS,
    Classifier,
    Heads,
    Network,
    OtherNetworkError,
)
from handwriting.drawing import draw_dataset
from model import check_suffix, describe_layers, load_model, save_model

EXPORTS = (".onnx", ".tflite")
MOST_DIFFERENCE = 1e-5  # of a probability, between an exported network and this program's own
MOST_LOST = 0.005  # of the accuracy, to int8
CALIBRATION_COUNT = 500  # images; more do not move the ranges of the values any further
COMPARED_COUNT = 100  # drawn digits on which an exported network is compared


def build_parser() -> argparse.ArgumentParser:
    """The command line of `python model.py`."""
    parser = build_base_parser("model.py", __doc__)
    parser.add_argument("source", metavar="FROM", help="a model: .h5, .keras or .pth")
    parser.add_argument("target", metavar="TO", help="the same model in the format of this suffix")
    parser.add_argument(
        "--quantize", action="store_true", help="of a .tflite file: weights and values as int8"
    )
    help_text = "images to quantise with, as train.py takes them; default: MNIST's training images"
    parser.add_argument("--data", metavar="SOURCE", help=help_text)
    return parser


def run(args: argparse.Namespace) -> int:
    """Convert one model file to another format."""
    target = check_suffix(args.target, also=EXPORTS)
    if args.quantize and target.suffix != ".tflite":
        raise UserError(f"{printable(target)}: --quantize makes a .tflite file; name one")
    if target.suffix == ".onnx":
        export_onnx(args.source, target)
    elif target.suffix == ".tflite":
        export_litert(args.source, target, quantize=args.quantize, data=args.data)
    else:
        save_model(load_model(args.source), target, heads=find_heads(args.source))
    print(f"{printable(args.source)} -> {printable(target)}")
    return 0


def find_heads(source: str) -> Heads:
    """The model's other heads; none of another network, which none would fit."""
    try:
        return read_network(source).heads
    except OtherNetworkError:
        return NO_HEADS


def export_onnx(source: str, target: Path) -> None:
    """Write the model as ONNX, after onnxruntime, where it is installed, has answered the same.

    Raises:
        UserError: no such model, another network, onnx is not installed, or the answers differ.
    """
    from exports.onnx_file import encode_onnx, open_onnx

    network = find_network(source)
    record = Path(source).with_suffix(".json")
    data = encode_onnx(network, record=read_file(record).decode() if record.is_file() else "")
    classify = open_onnx(data)
    if classify is None:
        print_note(f"{printable(target)}: not tried out; pip install onnxruntime")
    else:
        compare_answers(target, classify, load_classifier(source))
    write_file(target, data)


def export_litert(source: str, target: Path, *, quantize: bool, data: str | None) -> None:
    """Write the model for LiteRT, after its answers were found to be the same, or nearly so.

    Raises:
        UserError: no such model, TensorFlow is not installed, or the answers differ.
    """
    from exports.litert_file import encode_litert, open_litert

    model = load_model(source)
    if not quantize:
        encoded = encode_litert(model)
        compare_answers(target, open_litert(encoded), load_classifier(source))
    else:
        training, validation = hold_out(load_split(data, "train"), None)
        encoded = encode_litert(model, calibration=training.images[:CALIBRATION_COUNT])
        images = validation.images
        before, after = (
            float((classify(images).digits.argmax(axis=1) == validation.labels).mean())
            for classify in (load_classifier(source), open_litert(encoded))
        )
        text = (
            f"{len(validation.labels):,} images held out: {before:.2%} right, as int8 {after:.2%}"
        )
        if before - after > MOST_LOST:
            raise UserError(f"{printable(target)}: not written; of {text}; leave out --quantize")
        print(f"Of {text}.")
    write_file(target, encoded)


def find_network(source: str) -> Network:
    """The weights of the usual network, without Keras where the file allows.

    Raises:
        UserError: no such model, or it holds another network.
    """
    if Path(source).suffix != ".keras":
        return read_network(source)
    model = load_model(source)
    if describe_layers(model) != ARCHITECTURE:
        raise OtherNetworkError(f"{printable(source)}: holds another network")
    return Network(*model.get_weights())


def compare_answers(path: Path, classify: Classifier, reference: Classifier) -> None:
    """Nothing, where both say the same of drawn digits.

    Raises:
        UserError: they do not.
    """
    images, _ = draw_dataset(COMPARED_COUNT, 0)
    pairs = zip(classify(images), reference(images), strict=True)
    told = [(one, other) for one, other in pairs if one is not None and other is not None]
    difference = max(float(np.abs(one - other).max()) for one, other in told)
    if not difference <= MOST_DIFFERENCE:  # nor where it is no number
        raise UserError(
            f"{printable(path)}: not written: its answers are {difference:.1e} from the model's; "
            "please report it, with the versions of the packages"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status of `python model.py FROM TO`."""
    return run_script(run, build_parser(), argv)
