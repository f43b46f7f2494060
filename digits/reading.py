"""Digits read from a picture: text, confidence and alternatives."""

import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from digits.cli import UserError, printable
from digits.decoding import decode_picture
from digits.files import read_file
from digits.images import Found, find_digits
from digits.inference import DEFAULT_MODEL, load_network, predict_probabilities

DEFAULT_THRESHOLD = 0.85
ALTERNATIVES = 3
NO_DIGIT = "no digit found; is the ink clearly darker, or lighter, than what it is on?"


class Digit(NamedTuple):
    """One digit as it was read."""

    digit: int  # the best guess
    confidence: float  # 0 to 1
    sure: bool  # confidence >= threshold
    box: tuple[int, int, int, int]  # x, y, width, height in pixels of the picture as displayed
    line: int  # 0 for the top line
    alternatives: list[tuple[int, float]]  # the three likeliest digits, best first
    image: np.ndarray  # uint8 (28, 28), white ink on black, what the network saw


class Reading(NamedTuple):
    """What a picture says."""

    text: str  # best guesses, lines joined by "\\n"
    digits: list[Digit]  # in reading order
    picture: np.ndarray  # uint8 (H, W, 3), BGR, as displayed


def read_picture(
    data: bytes,
    classify: Callable[[np.ndarray], np.ndarray],
    *,
    threshold: float = DEFAULT_THRESHOLD,
) -> Reading:
    """What the picture in `data` (the bytes of a picture file) says.

    Raises:
        UserError: the bytes are no picture, or there is no digit in it.
    """
    picture = decode_picture(data)
    digits = [_judge(found, threshold) for found in find_digits(picture, classify)]
    if not digits:
        raise UserError(NO_DIGIT)
    lines: dict[int, str] = {}
    for digit in digits:
        lines[digit.line] = lines.get(digit.line, "") + str(digit.digit)
    return Reading("\n".join(lines.values()), digits, picture)


def read_digits(
    path: str | os.PathLike,
    *,
    model: str | os.PathLike = DEFAULT_MODEL,
    threshold: float = DEFAULT_THRESHOLD,
) -> Reading:
    """What the picture file at `path` says, read with the network in the file `model`.

    Raises:
        UserError: the picture or the model cannot be read, or there is no digit in the picture.
    """
    network = load_network(model)
    data = read_file(path)
    try:
        return read_picture(
            data, lambda images: predict_probabilities(network, images), threshold=threshold
        )
    except UserError as error:
        raise UserError(f"{printable(path)}: {error}") from None


def _judge(found: Found, threshold: float) -> Digit:
    """The digit that was found, with the confidence that its shape and the network leave."""
    order = np.argsort(-found.probabilities, kind="stable")[:ALTERNATIVES]
    alternatives = [(int(d), float(found.probabilities[d]) * found.trust) for d in order]
    digit, confidence = alternatives[0]
    return Digit(
        digit,
        confidence,
        confidence >= threshold,
        found.box,
        found.line,
        alternatives,
        found.image,
    )
