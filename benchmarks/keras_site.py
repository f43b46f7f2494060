"""What people train today: the network and recipe of the MNIST example on the Keras site.

    python benchmarks/keras_site.py --epochs 15 --output site.keras

Two convolutions, dropout and one dense layer (34,826 parameters), Adam, batches of 128, a tenth of
the training images for validation. A whole process, to be timed against train.py.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import machine  # noqa: F401 - lets the project's own modules be found
import numpy as np

from data import load_split
from model import import_keras, scale_images


def main(argv: Sequence[str] | None = None) -> int:
    """Train, print the validation accuracy of every epoch, save."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=15, metavar="N", help="default: 15")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="default: 0")
    parser.add_argument("--output", type=Path, required=True, metavar="PATH")
    args = parser.parse_args(argv)
    keras = import_keras()
    keras.utils.set_random_seed(args.seed)
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    split = load_split(os.environ.get("MNIST_PATH"), "train")
    model.fit(
        scale_images(split.images),
        np.eye(10, dtype=np.float32)[split.labels],
        batch_size=128,
        epochs=args.epochs,
        validation_split=0.1,
        verbose=2,
    )
    model.save(args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
