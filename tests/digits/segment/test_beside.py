"""What stands beside one digit."""

import numpy as np
import pytest

from digits.segment.blobs import Blob
from digits.segment.neighbours import count_aside, count_bars


def box(x, y, width, height):
    return Blob(x, y, np.ones((height, width), bool))


DIGIT = box(20, 10, 40, 60)


@pytest.mark.parametrize(
    ("piece", "count"),
    [
        (box(8, 62, 8, 8), 1),  # a full stop
        (box(8, 30, 8, 8), 1),  # the upper dot of a colon
        (box(4, 64, 14, 7), 1),  # a full stop like a short dash
        (box(52, 8, 28, 6), 0),  # the bar of a 5
        (box(30, 62, 8, 8), 0),  # under the digit
        (box(2, 20, 10, 50), 0),  # too high
    ],
)
def test_what_is_like_a_dot_stands_aside(piece, count):
    assert count_aside([piece], DIGIT) == count


@pytest.mark.parametrize(("y", "count"), [(12, 1), (40, 0), (66, 1)])
def test_a_dash_at_the_top_or_the_foot_is_a_bar(y, count):
    assert count_bars([box(0, y, 18, 4)], DIGIT) == count
