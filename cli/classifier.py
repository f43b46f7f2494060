"""A model file -> the function that classifies images, by the fastest way that the file allows.

What only other files need is imported where they come: one picture must not wait for it.
"""

import os
from pathlib import Path

from cli.script import print_note
from digits.errors import printable
from digits.network import (
    DEFAULT_MODEL,
    Answers,
    Classifier,
    Network,
    OtherNetworkError,
    classify_images,
    load_network,
)


def load_classifier(path: str | os.PathLike | None = None) -> Classifier:
    """A function from uint8 (N, 28, 28), white ink on black, to what the model makes of them.

    Without a path it is the shipped model's, or the user's own in its place.

    NumPy computes them where the file is an .h5 or a .pth of the usual network; else Keras does,
    which takes seconds to start, and a note says so.

    Raises:
        UserError: no such file, or no model in it.
    """
    path = path or DEFAULT_MODEL
    try:
        network = read_network(path)
    except OtherNetworkError as reason:
        from model import load_model, predict_with_keras

        print_note(f"{reason}: reading it with Keras, which is slower to start")
        model = load_model(path)
        return lambda images: Answers(predict_with_keras(model, images), None)
    return lambda images: classify_images(network, images)


def read_network(path: str | os.PathLike) -> Network:
    """The weights in an .h5 or .pth file of the usual network.

    Raises:
        OtherNetworkError: it takes Keras to read the file.
        UserError: no such file, or no model in it.
    """
    if Path(path).suffix == ".pth":
        from digits.torch_file import read_state

        return read_state(path)
    if Path(path).suffix == ".keras":
        from model import read_stored

        read_stored(path)  # a missing or damaged file is told before a slow import
        raise OtherNetworkError(f"{printable(path)}: is not HDF5")
    return load_network(path)
