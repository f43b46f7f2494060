"""Where digits that lie over each other may be parted: along their strokes."""

from itertools import combinations, product
from typing import NamedTuple

import cv2
import numpy as np

from digits.segment.blobs import Blob
from digits.strokes.ligatures import find_ligatures
from digits.strokes.strokes import Strokes, find_strokes

STEP = 1.0  # stroke widths from one place where digits may be parted to the next
LEANS = (0.0, 0.3)  # columns per row: upright, and as most hands lean
MOST_FREE = 5  # strokes that may go either way at one place
BEST = 3  # ways to share them out that are kept of each place
MOST = 10  # ways for each height of ink across
ASTRAY = 0.24  # for each height of stroke that lies on the other digit's side
SHARED = 0.15  # for a stroke that is taken for part of both digits
STRAIGHT = 0.5  # cosine: a pen that goes on turns by less
TORN = 0.18  # for a stroke that goes straight on in the other digit
BENT = 0.07  # for one that turns a corner there
REACH = 2.0  # stroke widths from a crossing: directions are measured there
LIGATURE = -0.8  # for a stroke that joins two digits: likelier than a digit with so long a tail
LEFT, RIGHT, BOTH, NEITHER = 0, 1, 2, 3

# Each way to share out MOST_FREE strokes; the first 3**n rows are those of n.
_SIDES = np.array(list(product((LEFT, RIGHT, BOTH), repeat=MOST_FREE)))[:, ::-1]


class Cut(NamedTuple):
    """One way to part the ink in two."""

    left: np.ndarray  # bool (height, width): ink of the left part
    right: np.ndarray  # bool (height, width): of the right one; crossings are in both
    cost: float


def cut_along_strokes(blob: Blob, *, stroke: float, most: float) -> list[Cut]:
    """The likeliest ways to part the blob's strokes into those of a left and a right digit.

    A stroke goes straight on where it crosses another; one that both digits have is in both parts,
    a ligature in neither.
    `stroke`: the width of the pen. No cut costs `most` or more.
    """
    strokes = find_strokes(blob, stroke)
    if len(strokes.paths) < 2:
        return []
    owners = _find_owners(strokes)
    ways = [(cost, sides) for cost, sides in _share_out(strokes) if cost < most]
    cuts = [_draw_cut(strokes, owners, sides, cost, blob) for cost, sides in ways]
    for parted, left, right in find_ligatures(strokes):
        sides = np.where(left, LEFT, np.where(right, RIGHT, NEITHER))
        cuts.append(_draw_cut(parted, _find_owners(parted), sides, LIGATURE, blob))
    return cuts


def _share_out(strokes: Strokes) -> list[tuple[float, np.ndarray]]:
    """The most promising ways: what each costs, and the side of each stroke, the best one first.

    First come the best way of each place across the ink, then the second best of each, and so on.
    """
    height, width = strokes.skeleton.shape
    number = np.concatenate([np.full(len(path), i) for i, path in enumerate(strokes.paths)])
    y, x = np.concatenate(strokes.paths).T
    pairs = _find_pairs(strokes)
    ways: dict[tuple[int, ...], tuple[int, float]] = {}
    for lean in LEANS:
        at = x + lean * (y - height / 2)
        for place in np.arange(strokes.width, width - strokes.width, STEP * strokes.width):
            right = np.bincount(number, at >= place) / height
            sides, costs = _weigh_sides(np.bincount(number) / height - right, right, pairs)
            for rank, row in enumerate(np.argsort(costs, kind="stable")[:BEST]):
                if costs[row] < np.inf:
                    way = tuple(sides[row].tolist())
                    ways[way] = min((rank, float(costs[row])), ways.get(way, (BEST, np.inf)))
    order = sorted(ways.items(), key=lambda way: way[1])
    return [(cost, np.array(way)) for way, (_, cost) in order[: round(MOST * width / height)]]


def _weigh_sides(
    left: np.ndarray, right: np.ndarray, pairs: list[tuple[int, int, float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Each way to share out the strokes at one place: int (ways, strokes), and float (ways,).

    Args:
        left: float (strokes,), how long each is at the left of the place, in heights of the ink.
        right: the same at its right.
        pairs: as of _find_pairs.
    """
    stray = np.minimum(left, right)
    free = np.argsort(-stray, kind="stable")[: min(MOST_FREE, np.count_nonzero(stray))]
    sides = np.tile(np.where(right > left, RIGHT, LEFT), (3 ** len(free), 1))
    sides[:, free] = _SIDES[: len(sides), : len(free)]
    is_left, is_right = sides == LEFT, sides == RIGHT
    costs = ASTRAY * (is_left @ right + is_right @ left)
    costs += SHARED * (sides == BOTH).sum(axis=1)
    for one, two, cost in pairs:
        costs += cost * (is_left[:, one] & is_right[:, two] | is_right[:, one] & is_left[:, two])
    costs[is_left.all(axis=1) | is_right.all(axis=1)] = np.inf
    return sides, costs


def _find_pairs(strokes: Strokes) -> list[tuple[int, int, float]]:
    """Strokes that are likely one where they meet, and what it costs to part them."""
    found = []
    for points, numbers in strokes.crossings:
        middle = points.mean(axis=0)
        directions = {
            number: _find_direction(strokes.paths[number], middle, REACH * strokes.width)
            for number in numbers
        }
        order = sorted(
            (-float(directions[a] @ directions[b]), a, b) for a, b in combinations(directions, 2)
        )[::-1]
        taken: set[int] = set()
        for straight, a, b in order:
            if (straight < STRAIGHT and len(directions) > 2) or {a, b} & taken:
                continue
            taken |= {a, b}
            found.append((a, b, TORN if straight >= STRAIGHT else BENT))
    return found


def _find_direction(path: np.ndarray, start: np.ndarray, reach: float) -> np.ndarray:
    """The direction in which a path leaves the crossing `start`, of length 1: float (2,), y, x."""
    apart = np.hypot(*(path - start).T)
    towards = path[apart <= max(reach, apart.min() + 2)].mean(axis=0) - start
    return towards / max(float(np.hypot(*towards)), 1e-6)


def _find_owners(strokes: Strokes) -> np.ndarray:
    """The stroke that is nearest to each pixel: int32, like the skeleton."""
    lines = strokes.skeleton >= 0
    _, nearest = cv2.distanceTransformWithLabels(
        (~lines).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owners = np.zeros(int(nearest.max()) + 1, np.int32)
    owners[nearest[lines]] = strokes.skeleton[lines]
    return owners[nearest]


def _draw_cut(
    strokes: Strokes, owners: np.ndarray, sides: np.ndarray, cost: float, blob: Blob
) -> Cut:
    """The ink of both sides, each pixel that of the nearest stroke, crossings that of both."""
    reach = 2 * round(strokes.width / 2) + 1
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    masks = []
    for side in (LEFT, RIGHT):
        mine = (sides == side) | (sides == BOTH)
        lines = (mine[strokes.skeleton] & (strokes.skeleton >= 0)).view(np.uint8)
        for points, numbers in strokes.crossings:
            lines[tuple(points.T)] |= mine[numbers].any()
        mask = (mine[owners] | (cv2.dilate(lines, pen) > 0)).view(np.uint8)
        mask = cv2.resize(mask, blob.mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
        masks.append(blob.mask & mask.view(bool))
    return Cut(*masks, cost)
