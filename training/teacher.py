"""Teachers: larger networks whose answers the small one learns (Hinton, Vinyals, Dean 2015)."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digits.errors import UserError, printable
from digits.files import read_file
from model import import_keras, load_weights, predict_with_keras
from training.fit import choose_precision
from training.lessons import SoftTargets
from training.recipe import Recipe

if TYPE_CHECKING:
    import keras

TEACHER_NAME = "digit_teacher"


def build_teacher() -> "keras.Sequential":
    """A network of five batch-normalised convolutions, untrained: 274,474 parameters.

    Its input and output are those of model.build_model(); a pass takes four times as long.
    """
    layers = import_keras().layers

    def convolve(filters: int) -> list:
        return [
            layers.Conv2D(filters, 3, use_bias=False),
            layers.BatchNormalization(momentum=0.97),
            layers.ReLU(),
        ]

    return import_keras().Sequential(
        [
            layers.Input((28, 28, 1)),
            *convolve(32),  # (26, 26, 32)
            *convolve(32),  # (24, 24, 32)
            layers.MaxPooling2D(2),  # (12, 12, 32)
            *convolve(64),  # (10, 10, 64)
            *convolve(64),  # (8, 8, 64)
            layers.MaxPooling2D(2),  # (4, 4, 64)
            *convolve(128),  # (2, 2, 128)
            layers.Flatten(),  # (512,)
            layers.Dense(256, use_bias=False),
            layers.BatchNormalization(momentum=0.97),
            layers.ReLU(),
            layers.Dense(10, activation="softmax", dtype="float32"),
        ],
        name=TEACHER_NAME,
    )


def hash_files(paths: Sequence[Path]) -> list[str]:
    """The SHA-256 of each file.

    Raises:
        UserError: one cannot be read.
    """
    return [hashlib.sha256(read_file(path)).hexdigest() for path in paths]


def load_soft_targets(paths: Sequence[Path], recipe: Recipe) -> SoftTargets | None:
    """The soft targets that the teachers in these files give; None where there are no teachers.

    Raises:
        UserError: one is missing or damaged, or no teacher.
    """
    if not paths:
        return None
    with choose_precision():  # asked often, so in the fastest
        return make_soft_targets(load_teachers(paths), recipe)


def load_teachers(paths: Sequence[Path]) -> list["keras.Sequential"]:
    """The teachers in these files.

    Raises:
        UserError: one is missing or damaged, or no teacher.
    """
    teachers = []
    for path in paths:
        teacher = build_teacher()
        try:
            load_weights(teacher, path)
        except UserError:
            raise UserError(
                f"{printable(path)}: is no teacher, or is damaged; "
                "train one (python train.py --as-teacher --output NAME.h5)"
            ) from None
        teachers.append(teacher)
    return teachers


def make_soft_targets(teachers: Sequence["keras.Sequential"], recipe: Recipe) -> SoftTargets:
    """Soft targets that are mostly the teachers' joint answer, the rest the target given.

    The teachers are asked once about each set of images; their answer is kept for when it comes
    again.
    """
    answers: dict[int, np.ndarray] = {}  # number of the set -> float32 (N, 10)
    share = recipe.teacher_share

    def give(number: int, images: np.ndarray, targets: np.ndarray) -> np.ndarray:
        if number not in answers:
            answers[number] = ask_teachers(teachers, images)
        return share * answers[number] + (1 - share) * targets

    return give


def ask_teachers(teachers: Sequence["keras.Sequential"], images: np.ndarray) -> np.ndarray:
    """The geometric mean of the teachers' probabilities, float32 (N, 10), each row summing to 1."""
    answers = [np.log(np.maximum(predict_with_keras(t, images), 1e-7)) for t in teachers]
    mean = np.exp(np.mean(answers, axis=0))
    return mean / mean.sum(axis=1, keepdims=True)
