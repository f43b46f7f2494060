"""A + or a ÷ whose dots touch its bar, by the form of the ink."""

import cv2
import numpy as np
import pytest

from digits.network import SIGN_KINDS
from digits.segment.blobs import split_blobs
from digits.strokes.pluses import settle_plus

PLUS, DIVIDED = SIGN_KINDS.index("+"), SIGN_KINDS.index("÷")


def draw(*, bar, dots, faint=1.0):
    """Ink of a bar so wide and of dots, or an upright stroke, so far from its middle; a pen of 9.

    `faint`: the level of some ink below and at the left of the middle, as in chalk.
    """
    level = np.zeros((60, 80), np.float32)
    cv2.line(level, (40 - bar, 30), (40 + bar, 30), 1.0, 9)
    for side in (-1, 1):
        for away in dots:
            cv2.circle(level, (40, 30 + side * away), 4, 1.0, -1)
    level = cv2.GaussianBlur(level, (0, 0), 2.0)
    level[35:37] *= faint
    level[:, 33:35] *= faint
    (blob,) = split_blobs((level > 0.3).astype(np.uint8))
    return blob, level


def settle(plus, blob, level):
    signs = np.full(len(SIGN_KINDS), 0.0, np.float32)
    signs[PLUS], signs[DIVIDED] = plus, 0.9 - plus
    return settle_plus(signs, blob, level)


@pytest.mark.parametrize(
    ("bar", "dots", "kind"),
    [
        (18, (10,), DIVIDED),  # dots that the blur joins to the bar
        (10, (4, 8, 12), PLUS),  # strokes that cross
    ],
)
def test_what_the_network_hardly_tells_apart_the_form_of_the_ink_does(bar, dots, kind):
    settled = settle(0.45, *draw(bar=bar, dots=dots))
    assert settled.argmax() == kind
    assert settled[kind] > 0.6
    assert settled.sum() == pytest.approx(0.9)


def test_a_wide_plus_without_a_notch_stays_one():
    blob, level = draw(bar=18, dots=(4, 8, 12))
    assert settle(0.85, blob, level).argmax() == PLUS


def test_gaps_all_over_the_ink_of_chalk_are_no_notch():
    assert settle(0.7, *draw(bar=12, dots=(4, 8, 12), faint=0.6)).argmax() == PLUS


def test_what_the_network_is_sure_of_stays():
    assert settle(0.899, *draw(bar=18, dots=(10,)))[PLUS] > 0.8
