"""A digit cut out, as data sets have it: a picture of few pixels, maybe with its cell's edges."""

import cv2
import numpy as np

from digits.ink.regions import label_components, measure_extents, pick_components

RIM = 2.5  # pixels of the picture from its border: the line of a cell lies within
LEAST_LINE = 0.4  # of the shorter side: a shorter piece at the border may be a digit's stroke
LEAST_INSIDE = 0.05  # of a piece's ink that lies further in: with more it is no line of a cell
LEAST_GAP = 1.0  # pixels of the picture to the rest: a nearer piece may be the bar of a 5 or 7
LEAST_LEFT = 0.4  # of the shorter side: the height of what must be left
MOST_BORDER = 0.5  # of the picture's border: paper covers all of it, a fat digit less than half


def drop_cell(mask: np.ndarray, enlarged: float) -> np.ndarray:
    """The mask without thin lines along the border, where a digit's ink is left without them.

    Args:
        mask: uint8 (H, W), 1 where there is ink.
        enlarged: pixels of the mask per pixel of the picture.
    """
    rim = round(RIM * enlarged)
    labels, stats = label_components(mask)
    inside = np.bincount(labels[rim:-rim, rim:-rim].ravel(), minlength=len(stats))
    line = inside <= LEAST_INSIDE * stats[:, cv2.CC_STAT_AREA]
    line &= measure_extents(stats) >= LEAST_LINE * min(mask.shape)
    line[0] = False
    left = mask & ~pick_components(labels, line)
    if cv2.boundingRect(left)[3] < LEAST_LEFT * min(mask.shape):
        return mask
    reach = 2 * round(LEAST_GAP * enlarged) + 1
    near = np.unique(labels[cv2.dilate(left, np.ones((reach, reach), np.uint8)) > 0])
    line[near] = False
    return mask & ~pick_components(labels, line)


def runs_around(mask: np.ndarray) -> bool:
    """Whether the ink, uint8 (H, W), 1 where it is, covers most of the border, as paper does."""
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return bool(border.mean() > MOST_BORDER)
