"""The sheet that digits are written on: where it ends on a darker table, and taken for ink."""

import cv2
import numpy as np

from digits.ink.regions import label_components

CONVEX = 0.95  # a sheet fills this much of its convex hull, even skewed or with a corner turned
EDGE = 3  # pixels: the blur of the outline; further in is sheet, further out is table
MOST_LIGHT = 0.05  # share of the table as light as the sheet; around a digit's loop there is more
LEAST_STEP = 0.7  # share of the fall in light that the outline must have; shadows fall gently
# The largest piece of what may be ink is paper around a page's digits where its box and its share
# of that are so large, and it has so many holes: a number of fat 8s that all touch has a lower box.
PAPER_BOX, PAPER_FILL, PAPER_HOLES = 0.6, 0.4, 12
LEAST_HOLE = 4  # pixels


def find_outside(small: np.ndarray) -> np.ndarray | None:
    """uint8 (h, w), 1 beside the light sheet and along its edge; None where there is no sheet.

    The picture is grey, without its grain and of some 256 pixels: uint8 (h, w). The sheet must not
    touch its border. The lit part of a shaded page does touch it, and is no sheet.
    """
    _, light = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    contours, _ = cv2.findContours(light, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    outline = max(contours, key=cv2.contourArea)
    left, top, width, height = cv2.boundingRect(outline)
    area = cv2.contourArea(outline)
    inside = left > 0 and top > 0 and left + width < small.shape[1] and top + height < len(small)
    whole = area >= CONVEX * cv2.contourArea(cv2.convexHull(outline))
    if not (inside and whole):
        return None
    sheet = cv2.drawContours(np.zeros_like(small), [outline], -1, 1, cv2.FILLED)
    square = np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)
    inner, outer = cv2.erode(sheet, square), cv2.dilate(sheet, square)
    if not inner.any() or outer.all() or light[outer == 0].mean() > MOST_LIGHT:
        return None
    return 1 - inner if _ends_sharply(small, sheet, inner, outer) else None


def is_paper(strokes: np.ndarray) -> bool:
    """Whether what may be strokes is the paper around them: uint8 (h, w), some 256 pixels."""
    labels, stats = label_components(strokes)
    if len(stats) == 1:
        return False
    number = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    x, y, width, height, area = stats[number].tolist()
    box = width * height
    if box < PAPER_BOX * strokes.size or area < PAPER_FILL * box:
        return False
    rest = (labels[y : y + height, x : x + width] != number).view(np.uint8)
    _, stats = label_components(rest)
    x, y, across, down, area = stats[1:].T
    inside = (x > 0) & (y > 0) & (x + across < width) & (y + down < height)
    return np.count_nonzero(inside & (area >= LEAST_HOLE)) >= PAPER_HOLES


def shrink_by(grey: np.ndarray, scale: float) -> np.ndarray:
    """The picture at a scale of 1 or less, every pixel a mean of its own, no side less than one."""
    if min(grey.shape) * scale > 0.5:  # rounded to 1
        return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    size = [max(1, round(side * scale)) for side in grey.shape[::-1]]
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def _ends_sharply(
    grey: np.ndarray, sheet: np.ndarray, inner: np.ndarray, outer: np.ndarray
) -> bool:
    """Whether most of the light between sheet and table is lost along the sheet's outline."""
    square = np.ones((3, 3), np.uint8)
    within = grey[(inner - cv2.erode(inner, square)) > 0]
    beyond = grey[(cv2.dilate(outer, square) - outer) > 0]
    whole = float(np.median(grey[sheet > 0])) - float(np.median(grey[outer == 0]))
    return len(beyond) > 0 and float(np.median(within)) - np.median(beyond) >= LEAST_STEP * whole
