"""A + or a ÷ whose dots touch its bar: small ones of a fat pen look nearly alike."""

import numpy as np

from digits.network import SIGN_KINDS
from digits.segment.blobs import Blob

PLUS, DIVIDED = (SIGN_KINDS.index(kind) for kind in "+÷")
LEAST = 1e-6  # probability: less counts as this
BAR = 0.65  # of the width: rows with as much ink are the bar
CORE = 0.8  # quantile of the ink's levels: that of ink without a gap
NOTCH_WEIGHT = 20.0  # nats, for ink between bar and dot that is as faint as none
MOST_NOTCH = 0.1  # counts: what is fainter still may be a gap in chalk
USUAL_WIDTH = 1.2  # times its height, of a sign that may as well be one as the other
WIDTH_WEIGHT = 4.0  # nats, for being wider by its height


def settle_plus(signs: np.ndarray, blob: Blob, level: np.ndarray) -> np.ndarray:
    """The probabilities of the signs, those of + and ÷ shared out anew by the form of the ink.

    A ÷ is wider than high, and between its dots and its bar the ink is fainter than where the
    strokes of a + cross.

    Args:
        signs: float32 (13,), of SIGN_KINDS.
        blob: the ink.
        level: float32 (H, W), the ink level of the whole working picture.
    """
    plus, divided = np.maximum(signs[[PLUS, DIVIDED]], LEAST)
    odds = np.log(divided / plus) + NOTCH_WEIGHT * min(_measure_notch(blob, level), MOST_NOTCH)
    odds += WIDTH_WEIGHT * (blob.width / blob.height - USUAL_WIDTH)
    settled = signs.copy()
    settled[DIVIDED] = (plus + divided) / (1 + np.exp(-odds))
    settled[PLUS] = plus + divided - settled[DIVIDED]
    return settled


def _measure_notch(blob: Blob, level: np.ndarray) -> float:
    """How much fainter the ink is between bar and dots than along the bar, as in chalk: 0 to 1."""
    ink = level[blob.y : blob.bottom, blob.x : blob.right] * blob.mask
    ink = np.minimum(ink / max(LEAST, np.quantile(ink[blob.mask], CORE)), 1.0)
    down, across = ink.max(axis=1), ink.max(axis=0)
    bar = np.flatnonzero(blob.mask.sum(axis=1) > BAR * blob.width)
    middle = int(bar.mean()) if len(bar) else blob.height // 2
    return max(0.0, _measure_dip(down, middle) - _measure_dip(across, blob.width // 2))


def _measure_dip(levels: np.ndarray, middle: int) -> float:
    """By how much a level, float (n,), lies below one farther out from the middle; 0 to 1."""
    dips = [
        np.maximum.accumulate(side[::-1])[::-1] - side
        for side in (levels[middle::-1], levels[middle:])
    ]
    return float(max(dip.max() for dip in dips))
