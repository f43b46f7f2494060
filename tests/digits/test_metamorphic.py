"""What a picture says does not hang on its polarity, margin, size, light, compression or turn."""

import cv2
import numpy as np
import pytest
from conftest import read_text, write

from handwriting import paper

NUMBERS = 25
CHANGES = {
    "inverted": lambda picture: 255 - picture,
    "with more paper": lambda picture: np.pad(picture, ((60, 30), (40, 90), (0, 0)), mode="edge"),
    "on a white pad": lambda picture: paper.paste_on_pad(picture, (60, 30, 40, 90), level=255),
    "half as large": lambda picture: cv2.resize(
        picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA
    ),
    "twice as large": lambda picture: cv2.resize(
        picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC
    ),
    "as a JPEG file": lambda picture: paper.compress(picture, quality=50),
    "dimmed": lambda picture: cv2.convertScaleAbs(picture, alpha=0.5),
    "turned to the right": lambda picture: paper.turn(picture, 3),
    "turned to the left": lambda picture: paper.turn(picture, -3),
}


@pytest.fixture(scope="module")
def pictures():
    """Numbers of one to six digits on paper."""
    rng = np.random.default_rng(5)
    texts = ["".join(map(str, rng.integers(0, 10, rng.integers(1, 7)))) for _ in range(NUMBERS)]
    return [
        paper.put_on_paper(write(text, seed, height=60, neatness=0.6))
        for seed, text in enumerate(texts)
    ]


@pytest.mark.slow
def test_the_text_stays_in_99_of_100_changed_pictures(pictures, classify):
    texts = [read_text(picture, classify) for picture in pictures]
    differing = [
        (name, text, changed)
        for name, change in CHANGES.items()
        for picture, text in zip(pictures, texts, strict=True)
        if (changed := read_text(change(picture), classify)) != text
    ]
    assert len(differing) <= 0.01 * len(CHANGES) * NUMBERS, differing
