"""The strokes that a piece of ink is made of, and where they meet."""

from itertools import combinations
from typing import NamedTuple

import cv2
import numpy as np

from digits.ink.regions import label_components, measure_middle

HEIGHT = 64  # pixels: a higher piece is shrunk to it before its middle lines are looked for
SPUR = 0.7  # stroke widths: a shorter stroke with a free end is the corner of a wider one
AHEAD = 1.5  # stroke widths along which the direction of a stroke is measured
BENT = 60.0  # degrees: at a meeting a stroke does not go on around a sharper corner


class Link(NamedTuple):
    """Two strokes of which one goes on as the other."""

    first: int
    second: int
    place: np.ndarray  # float (2,), x and y of their meeting
    straightness: float  # 0 (around a sharp corner) to 1


class Strokes(NamedTuple):
    """The strokes of a piece of ink; their numbers, and those of their meetings, start at 1."""

    owner: np.ndarray  # uint8 (H, W), the nearest stroke of each pixel
    meeting: np.ndarray  # uint8 (H, W), the meeting that a pixel lies in, 0 elsewhere
    points: np.ndarray  # float (n, 2), x and y along the middle lines
    of: np.ndarray  # int (n,), the stroke of each point
    step: float  # from one point to the next, in pixels
    ends: np.ndarray  # bool (meetings + 1, strokes + 1), which strokes run into which meeting
    links: list[Link]


def find_strokes(mask: np.ndarray) -> Strokes:
    """The strokes of the ink: bool (H, W)."""
    small = mask.astype(np.uint8)
    if len(mask) > HEIGHT:
        size = (max(1, round(mask.shape[1] * HEIGHT / len(mask))), HEIGHT)
        small = (cv2.resize(255 * small, size, interpolation=cv2.INTER_AREA) > 127).astype(np.uint8)
    step = len(mask) / len(small)
    width = max(1.0, 2 * measure_middle(small) - 1)
    lines = thin(small)
    knots = cv2.dilate(_find_junctions(lines), _disc(width / 2))
    lines &= 1 - knots
    lines = _drop_spurs(lines, knots, SPUR * width)
    labels, stats = label_components(lines)
    meeting, _ = label_components(knots)
    arms = _find_arms(labels, meeting, AHEAD * width)
    ends = np.zeros((meeting.max() + 1, len(stats)), bool)
    for arm in arms:
        ends[arm.meeting, arm.stroke] = True
    rows, columns = np.nonzero(lines)
    points = (np.stack([columns, rows], axis=1) + 0.5) * step
    owner, meeting = (
        cv2.resize(numbers.astype(np.uint8), mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
        for numbers in (_spread(labels), meeting)
    )
    return Strokes(
        owner, meeting, points, labels[rows, columns], step, ends, _link_arms(arms, step)
    )


def _spread(labels: np.ndarray) -> np.ndarray:
    """Every pixel with the number, above 0, that is nearest to it."""
    lines = labels > 0
    if not lines.any():
        return labels
    _, nearest = cv2.distanceTransformWithLabels(
        (~lines).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_CCOMP
    )
    numbers = np.zeros(nearest.max() + 1, int)  # OpenCV counts the lines in another order
    numbers[nearest[lines]] = labels[lines]
    return numbers[nearest]


def thin(mask: np.ndarray) -> np.ndarray:
    """The middle lines of the ink, uint8 (H, W), one pixel wide and connected as it is.

    The algorithm of T. Y. Zhang and C. Y. Suen, "A fast parallel algorithm for thinning digital
    patterns", Communications of the ACM 27 (1984), 236-239.
    """
    lines = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    while True:
        before = int(np.count_nonzero(lines))
        for table in _THINNING:
            code = cv2.filter2D(lines, -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
            lines &= cv2.LUT(code, table)
        if np.count_nonzero(lines) == before:
            return lines[1:-1, 1:-1]


# The neighbours of a pixel are bits, clockwise from the one above.
_NEIGHBOURS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


def _make_tables() -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """For each neighbourhood: what stays in either half of a step, and how many lines leave."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    count = bits.sum(axis=1)
    leaving = ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(axis=1)
    above, right, below, left = bits[:, ::2].T
    edge = (count >= 2) & (count <= 6) & (leaving == 1)
    first = edge & (above * right * below == 0) & (right * below * left == 0)
    second = edge & (above * right * left == 0) & (above * below * left == 0)
    return tuple((~drop).astype(np.uint8) for drop in (first, second)), leaving.astype(np.uint8)


_THINNING, _LEAVING = _make_tables()


def _find_junctions(lines: np.ndarray) -> np.ndarray:
    """Where more than two lines meet: uint8 (H, W)."""
    code = cv2.filter2D(lines, -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
    junctions = lines & (cv2.LUT(code, _LEAVING) >= 3)
    square = np.zeros_like(lines)
    square[:-1, :-1] = lines[:-1, :-1] & lines[1:, :-1] & lines[:-1, 1:] & lines[1:, 1:]
    return junctions | square


def _disc(radius: float) -> np.ndarray:
    side = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _drop_spurs(lines: np.ndarray, knots: np.ndarray, least: float) -> np.ndarray:
    """The lines without those that are shorter than `least` and end freely."""
    labels, stats = label_components(lines)
    near = label_components(cv2.dilate(knots, np.ones((3, 3), np.uint8)))[0]
    pairs = np.unique(np.stack([labels[lines > 0], near[lines > 0]], axis=1), axis=0)
    meetings = np.bincount(pairs[pairs[:, 1] > 0, 0], minlength=len(stats))
    short = (stats[:, cv2.CC_STAT_AREA] < least) & (meetings == 1)
    short[0] = False
    return lines & (1 - short[labels].astype(np.uint8))


class _Arm(NamedTuple):
    """Where a stroke leaves a meeting."""

    meeting: int
    stroke: int
    place: np.ndarray  # float (2,), x and y of the middle of the meeting
    direction: np.ndarray  # float (2,), unit vector outwards


def _find_arms(labels: np.ndarray, meeting: np.ndarray, reach: float) -> list[_Arm]:
    """The arms of every meeting; a stroke that comes back to it has two there."""
    arms = []
    for number in range(1, meeting.max() + 1):
        rows, columns = np.nonzero(meeting == number)
        place = np.array([columns.mean(), rows.mean()])
        pad = round(reach) + 2
        top, left = max(rows.min() - pad, 0), max(columns.min() - pad, 0)
        window = (slice(top, rows.max() + pad + 1), slice(left, columns.max() + pad + 1))
        lines = labels[window]
        near = cv2.dilate((meeting[window] == number).astype(np.uint8), np.ones((5, 5), np.uint8))
        contacts, stats = label_components(near & (lines > 0))
        y, x = np.nonzero(lines)
        for contact in range(1, len(stats)):
            at_y, at_x = (at.mean() for at in np.nonzero(contacts == contact))
            stroke = lines[contacts == contact][0]
            ahead = (lines[y, x] == stroke) & (np.hypot(y - at_y, x - at_x) <= reach)
            vector = np.array([x[ahead].mean() + left, y[ahead].mean() + top]) - place
            arms.append(_Arm(number, int(stroke), place, vector / max(np.hypot(*vector), 1e-6)))
    return arms


def _link_arms(arms: list[_Arm], step: float) -> list[Link]:
    """Which strokes go on as which others."""
    links = []
    for arm, other in combinations(arms, 2):
        if arm.meeting == other.meeting and arm.stroke != other.stroke:
            cosine = np.clip(-arm.direction @ other.direction, -1, 1)
            straightness = 1 - float(np.degrees(np.arccos(cosine))) / BENT
            if straightness > 0:
                links.append(Link(arm.stroke, other.stroke, arm.place * step, straightness))
    return links
