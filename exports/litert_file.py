"""The network as a .tflite file, which LiteRT runs on phones, in browsers and on small boards.

It takes images as they are, uint8, like the ONNX file: nobody has to know that the network wants
them from 0 to 1. TensorFlow converts it, through Keras' own export.
"""

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digits.errors import UserError, hush_libraries
from digits.network import Answers, Classifier
from model import import_keras

if TYPE_CHECKING:
    import keras

INPUT, OUTPUT = "images", "probabilities"
BATCH_SIZE = 500


def encode_litert(model: "keras.Model", *, calibration: np.ndarray | None = None) -> bytes:
    """The bytes of a .tflite file: uint8 (N, 28, 28) to float32 (N, 10), signature serving_default.

    Args:
        model: as load_model returns it.
        calibration: uint8 (N, 28, 28), by which the ranges of int8 are chosen; None: float32.

    Raises:
        UserError: Keras runs on another backend than TensorFlow.
    """
    keras = import_keras()
    if keras.config.backend() != "tensorflow":
        raise UserError("a .tflite file takes TensorFlow: choose KERAS_BACKEND=tensorflow")
    images = keras.Input((28, 28), dtype="uint8", name=INPUT)
    scaled = keras.layers.Reshape((28, 28, 1))(keras.layers.Rescaling(1 / 255)(images))
    whole = keras.Model(images, {OUTPUT: model(scaled)})
    options = {} if calibration is None else _choose_int8(calibration)
    with tempfile.TemporaryDirectory() as folder, hush_libraries(python_too=True):
        path = Path(folder, "model.tflite")
        whole.export(str(path), format="litert", verbose=False, **options)
        return path.read_bytes()


def open_litert(data: bytes) -> Classifier:
    """What the network in the file answers, of digits alone.

    LiteRT's own package computes it where it is installed (pip install ai-edge-litert), else
    TensorFlow's.
    """
    with warnings.catch_warnings(), hush_libraries():
        warnings.simplefilter("ignore")  # TensorFlow's says that it will go, one day
        run = _find_interpreter()(model_content=data).get_signature_runner()

    def classify(images: np.ndarray) -> Answers:
        starts = range(0, len(images), BATCH_SIZE)
        with hush_libraries():
            parts = [run(**{INPUT: images[at : at + BATCH_SIZE]})[OUTPUT] for at in starts]
        return Answers(np.concatenate(parts), None)

    return classify


def _find_interpreter() -> type:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow

        return tensorflow.lite.Interpreter
    return Interpreter


def _choose_int8(calibration: np.ndarray) -> dict:
    """The settings of TensorFlow's converter."""
    import tensorflow

    return {
        "optimizations": [tensorflow.lite.Optimize.DEFAULT],
        "representative_dataset": lambda: ([image[np.newaxis]] for image in calibration),
    }
