"""Teachers: larger networks whose judgement the small one learns (Hinton, Vinyals, Dean 2015)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from model import import_keras, load_weights, predict_with_keras
from training.fit import choose_precision
from training.lessons import Judge

if TYPE_CHECKING:
    import keras

TEACHER_NAME = "digit_teacher"
TRUST = 0.9  # share of a target that the teachers decide; the rest is the label


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


def load_judge(paths: Sequence[Path]) -> Judge:
    """A judge of training images made of the teachers in these files.

    Raises:
        UserError: one is missing or damaged, or no teacher.
    """
    with choose_precision():  # asked often, so in the fastest
        return make_judge(load_teachers(paths))


def load_teachers(paths: Sequence[Path]) -> list["keras.Sequential"]:
    """The teachers in these files.

    Raises:
        UserError: one is missing or damaged, or no teacher.
    """
    teachers = []
    for path in paths:
        teacher = build_teacher()
        load_weights(teacher, path)
        teachers.append(teacher)
    return teachers


def make_judge(teachers: Sequence["keras.Sequential"]) -> Judge:
    """What the teachers make of training images: a target that is mostly their joint answer.

    They are asked once for each epoch number; the answer is kept for when its images come again.
    """
    answers: dict[int, np.ndarray] = {}  # epoch number -> float32 (N, 10)

    def judge(number: int, images: np.ndarray, targets: np.ndarray) -> np.ndarray:
        if number not in answers:
            answers[number] = ask_teachers(teachers, images)
        return TRUST * answers[number] + (1 - TRUST) * targets

    return judge


def ask_teachers(teachers: Sequence["keras.Sequential"], images: np.ndarray) -> np.ndarray:
    """The geometric mean of the teachers' probabilities, float32 (N, 10), each row summing to 1."""
    answers = [np.log(np.maximum(predict_with_keras(t, images), 1e-7)) for t in teachers]
    mean = np.exp(np.mean(answers, axis=0))
    return mean / mean.sum(axis=1, keepdims=True)
