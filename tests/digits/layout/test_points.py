"""Full stops and commas of one number, settled together."""

import numpy as np
import pytest

from digits.layout.points import is_usual, settle_points
from digits.layout.signs import Sign
from digits.segment.blobs import Blob, Box


def settle(text, confidences, parted=frozenset()):
    """What becomes of a line of digits and signs, and the confidence in each of its signs."""
    boxes, signs, left = [], [], list(confidences)
    for place, character in enumerate(text):
        if character.isdecimal():
            boxes.append(Box(20 * place, 0, 10, 20))
        else:
            blob = Blob(20 * place, 18, np.ones((4, 4), bool))
            signs.append(Sign(character, blob, 0, left.pop(0)))
    settled = iter(settle_points(signs, boxes, [range(len(boxes))], parted))
    confidences = []
    written = ""
    for character in text:
        if not character.isdecimal():
            character, _, _, confidence = next(settled)
            confidences.append(confidence)
        written += character
    return written, confidences


@pytest.mark.parametrize(
    ("points", "groups", "usual"),
    [
        (",,", (1, 234, 567), True),
        (",.", (1, 234, 5), True),
        (".,", (1, 234, 56), True),
        (",.", (1, 23, 456), False),
        (".,.", (4, 730, 277, 40), False),
        (",,.", (4, 730, 277, 40), True),
        ("..", (24, 12, 2025), True),
        ("..", (24, 12, 25), True),
        (",,", (24, 12, 25), False),
        ("..", (1234, 567, 890), False),
    ],
)
def test_people_write_numbers_with_the_same_sign_between_thousands(points, groups, usual):
    assert is_usual(points, [len(str(group)) for group in groups]) == usual


def test_a_comma_that_looks_like_a_full_stop_is_told_by_the_others_of_its_number():
    written, confidences = settle("4.730,277.40", (0.9, 0.85, 0.999))
    assert written == "4,730,277.40"
    assert min(confidences) > 0.9


def test_what_nobody_writes_is_in_doubt():
    written, confidences = settle("1,314.086.44", (0.95, 0.999, 0.999))
    assert written in ("1,314.086.44", "1,314,086.44")
    assert min(confidences) < 0.85


@pytest.mark.parametrize("text", ["1,234.5", "24.12.2025", "5.25+1,75", "192.168.10.12"])
def test_other_numbers_stay_as_they_are(text):
    count = sum(not character.isdecimal() for character in text)
    written, confidences = settle(text, [0.95] * count)
    assert written == text
    assert min(confidences) > 0.85


def test_a_gap_parts_two_numbers():
    text, chances = "1.2345,678", (0.7, 0.7)
    assert settle(text, chances)[0] == "1.2345,678"
    assert settle("1.234567.890", chances, {4})[0] == "1.234567.890"
    assert settle("1.234,567.8", (0.7, 0.7, 0.7))[0] != settle("1.234,567.8", (0.7,) * 3, {4})[0]
