"""Connected components of a mask: how wide they are, and which are too wide to be strokes."""

import cv2
import numpy as np

from digits.ink.levels import quantile

REGION_WIDTH = 0.2  # of the shorter side: a component that is wider and not long is no stroke
STROKE_LENGTH = 2.0  # a stroke is at least this many times as long as wide
THICKER = 2.0  # times as wide as the other strokes: a closed 4 in a low strip of digits is not
BORDER_CONTACT = 3.0  # stroke widths along the border: a longer contact is no stroke's end
STRIP = 0.7  # of the picture's height: so high are digits that are cut out in one row
BORDER_SHARE = 0.5  # and at least this share of the component's own length
LEAST_STROKES = 0.2  # of the ink of a digit cut out: with less outside of regions they are it
FRAME_INK = 0.35  # of its box: a frame or a table has less ink
MOST_FRAMES = 20  # the longest pieces, which are looked at; a texture has thousands
FRAMED = 0.04  # of its length: a smaller piece in it is a speck; a digit in a row of 20 is longer
CRUMB_REACH = 0.02  # of the shorter side: pieces so near a region are part of it
CRUMB_SHARE = 0.5  # of a piece's area that must lie so near
FEW = 8  # components: so many are picked one by one


def label_components(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The connected components of a mask, 8-connected.

    OpenCV's usual algorithm gives the same numbers in three times the time: 0.5 ms for a drawing.
    They are looked for where there is ink: half of the time for a small digit. The box begins on
    even pixels, for the numbers are given block by block, two pixels a side.

    Args:
        mask: uint8 (H, W), 1 where there is ink.

    Returns:
        labels: int32 (H, W), the number of the component that a pixel belongs to, 0 for none.
        stats: int32 (components + 1, 5), x, y, width, height and area of each.
    """
    rows, columns = find_box(mask)
    box = np.s_[rows.start & ~1 : rows.stop, columns.start & ~1 : columns.stop]
    labels = np.zeros(mask.shape, np.int32)
    _, labels[box], stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        mask[box], connectivity=8, ltype=cv2.CV_32S, ccltype=cv2.CCL_GRANA
    )
    stats[1:, :2] += (box[1].start, box[0].start)
    stats[0] = (0, 0, *mask.shape[::-1], mask.size - stats[1:, cv2.CC_STAT_AREA].sum())
    return labels, stats


def pick_components(labels: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Where the chosen components are: uint8 (H, W), 1 there.

    Args:
        labels: int32 (H, W), as of label_components.
        chosen: bool (components + 1,).
    """
    numbers = np.flatnonzero(chosen)
    if len(numbers) > FEW:
        return chosen.take(labels).view(np.uint8)
    picked = np.zeros(labels.shape, bool)
    for number in numbers:  # a tenth of the time each
        picked |= labels == number
    return picked.view(np.uint8)


def find_box(mask: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns from the first to the last ink of a mask, uint8; one of each without."""
    left, top, width, height = cv2.boundingRect(mask)
    return slice(top, top + max(1, height)), slice(left, left + max(1, width))


def widen(box: tuple[slice, slice], margin: int) -> tuple[slice, slice]:
    """The rows and columns with `margin` more on each side, as far as there are any."""
    rows, columns = (slice(max(0, side.start - margin), side.stop + margin) for side in box)
    return rows, columns


def measure_depth(mask: np.ndarray, *, exact: bool = False) -> np.ndarray:
    """Distance of each pixel to the nearest paper: float32 (H, W), in pixels.

    The outside of the mask (uint8 (H, W)) is paper. `exact` is for single digits: a kernel of 5x5
    in place of 3x3, closer to the true distance in diagonal strokes, and slower.
    """
    padded = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    return cv2.distanceTransform(padded, cv2.DIST_L2, 5 if exact else 3)[1:-1, 1:-1]


def measure_middle(mask: np.ndarray, *, exact: bool = False, share: float = 0.5) -> float:
    """Depth along the middle lines of the strokes in a mask, in pixels; 0 without ink.

    So deep at most is `share` of the middle lines: half of them, the usual depth.
    """
    depth = measure_depth(mask, exact=exact)
    middle = depth[_find_middle(depth)]
    return quantile(middle, share) if len(middle) else 0.0


def measure_stroke(mask: np.ndarray, *, share: float) -> float:
    """Width of the strokes in a mask in pixels: of those that make up `share` of its area."""
    mask = mask[find_box(mask)]
    depth = measure_depth(mask)[mask > 0]  # from 0 to half the width, evenly, across a stroke
    return 2 * quantile(depth, share) / share if len(depth) else 1.0


def find_regions(
    mask: np.ndarray, labels: np.ndarray, stats: np.ndarray, *, crop: bool
) -> np.ndarray:
    """Which connected components are too wide to be strokes, or run along the border.

    Args:
        mask: uint8 (H, W).
        labels: its components, with their
        stats: as label_components gives them.
        crop: the picture is a digit cut out, without the edges of a page or a table: its strokes
            may run along the border.

    Returns:
        bool (components + 1,); False for the paper, number 0.
    """
    sides = stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].min(axis=1)
    likely = sides + 1 > REGION_WIDTH * min(labels.shape)  # no stroke is wider than its box
    touching = np.zeros(len(stats), bool) if crop else find_touching(stats, labels.shape)
    if not (likely | touching)[1:].any():  # a page of digits: no depth need be measured
        return np.zeros(len(stats), bool)
    widths = _measure_widths(mask, labels, len(stats))
    region = _are_wide(stats, widths, min(labels.shape))
    if touching[1:].any():
        region |= _run_along_border(labels, stats, widths)
    region[0] = False
    area = stats[1:, cv2.CC_STAT_AREA]
    if crop and area[~region[1:]].sum() < LEAST_STROKES * area.sum():  # a fat digit and a speck
        region[:] = False
    return region


def find_touching(stats: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Which components touch the border of a picture of this shape: bool (components + 1,)."""
    left, top, width, height = stats[:, :4].T
    return (left == 0) | (top == 0) | (left + width == shape[1]) | (top + height == shape[0])


def find_frames(mask: np.ndarray) -> np.ndarray:
    """Where frames and tables are: ink around other pieces that are large enough to be written.

    Args:
        mask: uint8 (H, W), 1 where there is ink.

    Returns:
        bool (H, W).
    """
    labels, stats = label_components(mask)
    left, top, width, height, area = stats.T
    right, bottom = left + width, top + height
    length = measure_extents(stats)
    frame = area < FRAME_INK * width * height
    frame[0] = False
    frame[np.argsort(-length)[MOST_FRAMES:]] = False
    for i in np.flatnonzero(frame):
        inside = (left > left[i]) & (top > top[i]) & (right < right[i]) & (bottom < bottom[i])
        frame[i] = length[inside].max(initial=0) >= FRAMED * length[i]
    return pick_components(labels, frame).view(bool)


def drop_regions(mask: np.ndarray, beside: np.ndarray, *, crop: bool) -> np.ndarray:
    """The mask without table edges, shadows and corners, and without the crumbs around them.

    Args:
        mask: uint8 (H, W), 1 where there is ink.
        beside: uint8 (h, w), 1 beside the sheet; regions are looked for at its resolution.
        crop: as in find_regions.
    """
    small = cv2.resize(255 * mask, beside.shape[::-1], interpolation=cv2.INTER_AREA)
    small = (small > 0).view(np.uint8)
    labels, stats = label_components(small)
    region = find_regions(small, labels, stats, crop=crop)
    if not region.any() and not beside.any():
        return mask
    regions = pick_components(labels, region)
    reach = 2 * max(1, round(CRUMB_REACH * min(small.shape))) + 1
    near = beside | cv2.dilate(regions, np.ones((reach, reach), np.uint8))
    if not (small & ~near).any():  # a one may be cut out along its edges
        return mask
    near = cv2.resize(near, mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
    labels, stats = label_components(mask)
    inside = np.bincount(labels[near > 0], minlength=len(stats))
    crumb = inside > CRUMB_SHARE * stats[:, cv2.CC_STAT_AREA]
    crumb[0] = False
    return mask & ~pick_components(labels, crumb)


def is_strip(stats: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Whether most components are about as high as the picture: digits cut out in one row."""
    return len(stats) > 1 and float(np.median(stats[1:, cv2.CC_STAT_HEIGHT])) > STRIP * shape[0]


def measure_extents(stats: np.ndarray) -> np.ndarray:
    """The longer side of each component's box, in pixels: int32 (components + 1,)."""
    return stats[:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1)


def _find_middle(depth: np.ndarray) -> np.ndarray:
    """Where none of the eight pixels around is deeper in the ink: bool (H, W)."""
    return (depth >= cv2.dilate(depth, None)) & (depth > 0)


def _measure_widths(mask: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """How wide each of so many components is at its widest: float32 (count,), 0 for the paper."""
    box = find_box(mask)
    depth = measure_depth(mask[box])
    widths = np.zeros(count, np.float32)
    if count == 2:  # one digit, as most drawings have: half of the time
        widths[1] = 2 * depth.max()
        return widths
    middle = _find_middle(depth)  # where the depth of a component is greatest, it is one of these
    np.maximum.at(widths, labels[box][middle], 2 * depth[middle])
    return widths


def _are_wide(stats: np.ndarray, widths: np.ndarray, short: int) -> np.ndarray:
    """Which components are too wide to be strokes: wide for a picture of shorter side `short`, and
    for what else is in it."""
    areas = stats[:, cv2.CC_STAT_AREA]
    wide = (widths > REGION_WIDTH * short) & (areas < STROKE_LENGTH * widths**2)
    others = np.where(wide, 0, areas)[1:]
    if not wide.any() or not others.any():
        return wide
    return wide & (widths > THICKER * np.average(widths[1:], weights=others))


def _run_along_border(labels: np.ndarray, stats: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Which components touch one side of the picture along most of their length."""
    sides = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    contact = np.max([np.bincount(side, minlength=len(stats)) for side in sides], axis=0)
    along = (contact > BORDER_CONTACT * widths) & (contact > BORDER_SHARE * measure_extents(stats))
    along[0] = False  # the paper
    # Of digits cut out in one row each 1 at the end runs along the border.
    return along & (not is_strip(stats[~along], labels.shape))
