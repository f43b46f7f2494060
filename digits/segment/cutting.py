"""Where digits that touch may be parted."""

from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import NamedTuple

import cv2
import numpy as np

from digits.ink.regions import label_components, pick_components
from digits.segment.blobs import Blob, Box, stroke_width, trim_blob
from digits.strokes.crossings import Cut, cut_along_strokes

LEAST_SEAMS = 5  # of each kind
SEAMS = 3.0  # for each height of ink across
LEANS = (0.0, 0.3)  # columns per row: upright, and as most hands lean
SEAMS_APART = 1.2  # stroke widths: seams that run closer part the same digits
WIDEST = 1.3  # times the blob's height: no digit is wider
SIDESTEP = 0.3  # pixels of ink that one step sideways costs a cut
RUN_COST = 0.3  # for each stroke that a cut severs after the first, in log-probability
CUT_COST = 0.2  # for each cut
FARTHEST = 2.0  # times the height from the first ink right of a cut to the last left of another
ASTRAY = 2.0  # squares of the pen: cuts with more ink between them the wrong way round cross
MOST_PIXELS = 250_000  # of the box of the ink: more is hardly a row of digits, and slow
COMPARED = 64  # rows at which cuts are compared
OWN = 0.5  # of the ink of a digit: no more than the rest is of those beside it too
SLIVER = 1.5  # squares of the pen: less ink, apart from the rest of a piece, is none of its strokes


class Span(NamedTuple):
    """The ink between two cuts; cut 0 is the blob's left edge."""

    start: int
    end: int
    box: Box
    cost: float  # of the cut at its end
    draw: Callable[[], Blob]  # gives the ink: few of hundreds of spans are looked at


def propose_cuts(blob: Blob, *, most: float = np.inf) -> list[Span]:
    """The pieces between any two promising cuts, by where they end, then by where they start.

    No cut costs `most` or more; there are no pieces where without such cuts one would be too wide.
    """
    seams = propose_seams(blob, stroke_width(blob))
    costs = CUT_COST + cost_of_runs(blob.mask, seams)
    seams, costs = seams[costs < most], costs[costs < most]
    order = np.argsort(seams.mean(axis=1), kind="stable")
    seams = seams[order]
    edges = np.concatenate(
        [np.zeros((1, blob.height), int), seams, np.full((1, blob.height), blob.width)]
    )
    costs = [0.0, *costs[order], 0.0]
    inked = np.append(0, np.cumsum(blob.mask.any(axis=0)))  # columns left of each
    begins, ends = inked[edges.max(axis=1)], inked[edges.min(axis=1)]
    widest = WIDEST * blob.height
    spans = []
    for end in range(1, len(edges)):
        for start in np.flatnonzero(ends[end] - begins[:end] <= widest).tolist():
            piece = between(blob, edges[start], edges[end])
            if piece is not None and piece.width <= widest:
                spans.append(Span(start, end, piece.box, costs[end], partial(Blob, *piece)))
    return spans if spans and spans[-1].end == len(edges) - 1 else []


def propose_shared_cuts(blob: Blob, *, most: float = np.inf) -> list[Span]:
    """As propose_cuts, along strokes too: where digits cross, both pieces have the crossing's ink.

    The whole blob is not among the pieces; these may have slivers of the digits beside them. There
    are none where the blob is very large. No cut costs `most` or more.
    """
    if blob.mask.size > MOST_PIXELS or most <= CUT_COST:
        return []
    stroke = stroke_width(blob)
    look = {"stroke": stroke, "most": most - CUT_COST}
    cuts = [*_cut_down(blob, **look), *cut_along_strokes(blob, **look)]
    cuts.sort(key=lambda cut: np.count_nonzero(cut.left))
    nothing = np.zeros_like(blob.mask)
    cuts = [Cut(nothing, blob.mask, 0.0), *cuts, Cut(blob.mask, nothing, 0.0)]
    costs = np.array([cut.cost + CUT_COST for cut in cuts])
    costs[[0, -1]] = 0
    across, down = (_list_ink(cuts, blob.mask, axis) for axis in (1, 0))
    fits = _are_apart(cuts, blob, stroke, across) & (costs[:, None] + costs < most)
    spans = []
    for end in range(1, len(cuts)):
        starts = np.flatnonzero(fits[:, end])
        sides = [_find_ends(ink, starts, end) for ink in (across, down)]
        for start, left, right, top, bottom in zip(
            starts.tolist(), *sides[0], *sides[1], strict=True
        ):
            box = Box(blob.x + left, blob.y + top, right - left, bottom - top)
            if stroke <= box.width <= WIDEST * blob.height:
                draw = partial(_draw_between, cuts[start], cuts[end], blob, box)
                spans.append(Span(start, end, box, float(costs[end]), draw))
    return spans if spans and spans[-1].end == len(cuts) - 1 else []


class _Ink(NamedTuple):
    """The pixels of ink at either side of each cut, ordered along one axis."""

    place: np.ndarray  # int (pixels,), ascending
    lefts: np.ndarray  # bool (cuts, pixels)
    rights: np.ndarray


def _list_ink(cuts: list[Cut], mask: np.ndarray, axis: int) -> _Ink:
    """The ink of a mask, bool (height, width), along its rows (axis 0) or columns."""
    pixels = np.flatnonzero(np.moveaxis(mask, axis, 0))
    place, rest = np.divmod(pixels, mask.shape[1 - axis])
    if axis:
        pixels = rest * mask.shape[1] + place
    lefts, rights = (np.stack([cut[side].ravel()[pixels] for cut in cuts]) for side in (0, 1))
    return _Ink(place, lefts, rights)


def _find_ends(ink: _Ink, starts: np.ndarray, end: int) -> tuple[list[int], list[int]]:
    """Where the ink between each of the cuts `starts` and the cut `end` begins and ends."""
    between = ink.rights[starts] & ink.lefts[end]
    first, last = between.argmax(axis=1), between[:, ::-1].argmax(axis=1)
    return ink.place[first].tolist(), (ink.place[::-1][last] + 1).tolist()


def _draw_between(first: Cut, second: Cut, blob: Blob, box: Box) -> Blob:
    """The ink right of the first cut and left of the second, all of which is in the box."""
    left, top = box.x - blob.x, box.y - blob.y
    inside = np.s_[top : top + box.height, left : left + box.width]
    return Blob(box.x, box.y, first.right[inside] & second.left[inside])


def _are_apart(cuts: list[Cut], blob: Blob, stroke: float, ink: _Ink) -> np.ndarray:
    """Whether of two cuts the second is right of the first, with enough ink between: bool (n, n).

    `cuts`: of the blob, from left to right, from its edge to its edge.
    """
    lefts, rights = ink.lefts.astype(np.float32), ink.rights.astype(np.float32)
    beyond = lefts @ rights.T  # pixels left of the first cut and right of the second
    inside = beyond.T
    own = ink.place.size - lefts.sum(axis=1, keepdims=True) - rights.sum(axis=1) + beyond
    step = max(1, blob.height // COMPARED)
    coarse = lefts
    if step > 1:
        coarse = np.stack([cut.left[::step, ::step].ravel() for cut in cuts]).astype(np.float32)
    # Pixels left of one cut but not of the other; coarse @ (1 - coarse.T) takes 20 times as long.
    astray = (coarse.sum(axis=1, keepdims=True) - coarse @ coarse.T) * step**2
    apart = (inside > 0) & (own >= OWN * inside) & (astray <= ASTRAY * stroke**2)
    apart[0, -1] = False  # all of it
    return np.triu(apart, 1)


class Ways:
    """The ways from the first cut to the last; the score of one is the sum of its spans'.

    `spans` are as propose_cuts gives them, with a score for each.
    """

    def __init__(self, spans: list[Span], scores: list[float]) -> None:
        self.spans = spans
        self.scores = np.array(scores, float)
        cuts = spans[-1].end if spans else 1
        self._best = np.array([0.0] + [-np.inf] * cuts)  # the score up to each cut
        self._last = [-1] * len(self._best)  # the span that leads there
        self._known = 0  # up to this cut both are true of the scores
        self._groups = []  # the spans that end at each cut: where they begin, and their numbers
        for cut, group in groupby(enumerate(spans), key=lambda numbered: numbered[1].end):
            numbers, ended = zip(*group, strict=True)
            starts = np.array([span.start for span in ended])
            self._groups.append((cut, starts, slice(numbers[0], numbers[-1] + 1)))

    def rescore(self, number: int, score: float) -> None:
        """Let the span of this number have another score."""
        self.scores[number] = score
        self._known = min(self._known, self.spans[number].end - 1)

    def find_best(self) -> tuple[tuple[int, ...], float]:
        """Numbers of the spans of the best way, and its score; without any the score is -inf."""
        for cut, starts, numbers in self._groups:
            if cut > self._known:
                scores = self._best[starts] + self.scores[numbers]
                best = int(scores.argmax())
                self._best[cut], self._last[cut] = scores[best], numbers.start + best
        self._known = len(self._best) - 1
        if self._best[-1] == -np.inf:
            return (), -np.inf
        way, number = list[int](), self._last[-1]
        while number >= 0:
            way.append(number)
            number = self._last[self.spans[number].start]
        return tuple(way[::-1]), float(self._best[-1])


def drop_slivers(blob: Blob) -> Blob:
    """The blob without what is too small for a dot of its pen: a cut leaves that beside another."""
    labels, stats = label_components(blob.mask.view(np.uint8))
    if len(stats) <= 2:
        return blob
    large = stats[:, cv2.CC_STAT_AREA] >= SLIVER * stroke_width(blob) ** 2
    large[0] = False
    large_ones = pick_components(labels, large).view(bool)
    return trim_blob(blob._replace(mask=large_ones)) if large.any() else blob


def propose_seams(blob: Blob, stroke: float) -> np.ndarray:
    """The most promising seams, winding, upright and leaning: int (n, H)."""
    families = [_find_seams(blob.mask)]
    families += [_straight_seams(blob.mask, lean) for lean in LEANS]
    most = max(LEAST_SEAMS, round(SEAMS * blob.width / blob.height))
    return np.concatenate([_choose_seams(*family, stroke, most) for family in families])


def cost_of_runs(mask: np.ndarray, seams: np.ndarray) -> np.ndarray:
    """What the strokes cost that each seam severs: float (n,)."""
    return RUN_COST * np.maximum(_count_runs(mask, seams) - 1, 0)


def _cut_down(blob: Blob, *, stroke: float, most: float) -> list[Cut]:
    """The most promising seams as ways to part the ink in two."""
    seams = propose_seams(blob, stroke)
    costs = cost_of_runs(blob.mask, seams)
    seams, costs = seams[costs < most], costs[costs < most]
    columns = np.arange(blob.width)
    sides = (columns < seam[:, None] for seam in seams)
    return [
        Cut(blob.mask & left, blob.mask & ~left, float(cost))
        for left, cost in zip(sides, costs, strict=True)
    ]


def _find_seams(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cheapest top-to-bottom way through each point of the middle row.

    Returns:
        seams: int (W, H), the column of each seam in each row.
        severed: float (W,), pixels of ink that each seam cuts.
    """
    height = len(mask)
    middle = height // 2
    upper, up_severed = _walk(mask[middle::-1])
    lower, low_severed = _walk(mask[middle + 1 :]) if middle + 1 < height else (None, 0)
    parts = [upper[:, ::-1]] if lower is None else [upper[:, ::-1], lower]
    return np.concatenate(parts, axis=1), up_severed + low_severed


def _walk(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From each column of the first row the cheapest way to the last row, and the ink it cuts."""
    height, width = mask.shape
    totals = np.full((height, width + 2), np.inf)  # what it costs from here to the last row
    totals[:, 1:-1] = mask
    stay, left, right = totals[:, 1:-1], totals[:, :-2], totals[:, 2:]
    for row in range(height - 2, -1, -1):
        aside = np.minimum(left[row + 1], right[row + 1]) + SIDESTEP
        stay[row] += np.minimum(stay[row + 1], aside)
    aside = np.minimum(left, right) + SIDESTEP < stay
    steps = np.where(aside, np.where(left <= right, -1, 1), 0)
    ways = np.empty((height, width), int)
    ways[0] = np.arange(width)
    for row in range(1, height):
        np.add(ways[row - 1], steps[row].take(ways[row - 1]), out=ways[row])
    return ways.T, np.take_along_axis(mask, ways, axis=1).sum(axis=0, dtype=float)


def _straight_seams(mask: np.ndarray, lean: float) -> tuple[np.ndarray, np.ndarray]:
    """Straight seams, upright or leaning. They part strokes that cross, where winding ones fail.

    Returns:
        seams: as _find_seams.
        rank: float (W,), the height of the ink that each severs, from top to bottom: little where
            digits touch, much across a loop.
    """
    height, width = mask.shape
    rows = np.arange(height)
    shift = np.round(lean * (height / 2 - rows)).astype(int)
    seams = np.clip(np.arange(width)[:, None] + shift, 0, width - 1)
    ink = mask[rows, seams]  # (W, H)
    rank = np.where(ink.any(axis=1), height - ink.argmax(axis=1) - ink[:, ::-1].argmax(axis=1), 0.0)
    return seams, rank


def _choose_seams(seams: np.ndarray, rank: np.ndarray, stroke: float, most: int) -> np.ndarray:
    """The seams of least rank among those that run the same way: int (n, H), at most `most`."""
    width = len(seams)
    inner = (seams.max(axis=1) >= stroke) & (seams.min(axis=1) < width - stroke)
    left = seams[inner][np.argsort(rank[inner], kind="stable")]
    kept = []
    while len(left) and len(kept) < most:
        kept.append(left[0])
        left = left[np.abs(left - left[0]).mean(axis=1) >= SEAMS_APART * stroke]
    return np.array(kept, int).reshape(-1, seams.shape[1])


def _count_runs(mask: np.ndarray, seams: np.ndarray) -> np.ndarray:
    """How many strokes each seam severs: int (n,)."""
    ink = mask[np.arange(len(mask)), np.minimum(seams, mask.shape[1] - 1)].astype(np.int8)
    return (np.diff(ink, axis=1, prepend=0) == 1).sum(axis=1)


def between(blob: Blob, left: np.ndarray, right: np.ndarray) -> Blob | None:
    """The ink of the blob between two seams, None without any."""
    first, last = int(left.min()), int(right.max())
    columns = np.arange(first, last)
    inside = (columns >= left[:, None]) & (columns < right[:, None])
    mask = blob.mask[:, first:last] & inside if len(columns) else inside
    return trim_blob(Blob(blob.x + first, blob.y, mask)) if mask.any() else None
