"""The best way to cut ink into digits that touch, or lie over each other."""

from heapq import nlargest
from itertools import islice

import numpy as np

from digits.segment.blobs import Blob, stroke_width
from digits.segment.candidates import (
    BRACKETS,
    OTHER,
    Candidate,
    Grouping,
    View,
    classify_blobs,
    limit,
    limit_shape,
    settle_piece,
)
from digits.segment.cutting import (
    CUT_COST,
    Ways,
    drop_slivers,
    propose_cuts,
    propose_shared_cuts,
)

# Costs are in units of log-probability, as in candidates.py.
ATTEMPT = 5  # images: as long takes it to find their strokes
TOUCH_COST = 0.2  # for ink that is cut at all: most digits do not touch, but where two do, more do
OVERLAP_COST = 0.2  # for ink that is cut along its strokes: far more ways are tried
SHARED_DOUBT = 3.0  # times the doubts of its pieces: among so many ways a fair one is soon found
NEAR = 0.5  # another reading that costs no more than that more leaves some doubt
CONTRAST = 3.0  # a reading is trusted less where another one costs hardly more
NOT_DIGITS = [OTHER, *BRACKETS]
LIKELY_OTHER = 0.5  # probability: 62 that touch make a 2, and no digit


def cut_touching(blob: Blob, view: View, *, least: float, shared: bool = False) -> Grouping | None:
    """The best way to cut the blob into digits from left to right, if it scores above `least`.

    There are a hundred pieces between the cuts: the network sees only those of the best way as far
    as it is known, each piece unseen counting as a sure digit, until it has seen all of that way.
    Where a way to other digits scores nearly as much, the digits are trusted less.
    `shared`: the pieces may have ink in common.
    """
    budget, once = view.cuts[shared], OVERLAP_COST if shared else TOUCH_COST
    least += once
    if -least <= CUT_COST or not [*islice(budget, ATTEMPT if shared else 1)]:
        return None
    # A way with a cut that costs as much as that is no better, whatever its pieces are.
    spans = (propose_shared_cuts if shared else propose_cuts)(blob, most=-least)
    ways = Ways(spans, [limit(span.box, view) - span.cost for span in spans])
    shapes, pieces = dict[int, Blob](), dict[int, Candidate]()
    pen = stroke_width(blob)
    while True:
        way, score = ways.find_best()
        if score <= least:
            return None
        unseen = [i for i in way if i not in pieces]
        if not unseen:
            trust = _weigh_others(ways, pieces)
            digits = (pieces[i]._replace(trust=trust) for i in way)
            return Grouping(tuple(digits), score - once)
        if shared:  # most ways fail at their narrowest piece, many by its shape alone
            i = min(unseen, key=lambda i: spans[i].box.width)
            if i not in shapes:
                shapes[i] = drop_slivers(spans[i].draw())
                bound = limit(shapes[i], view) + SHARED_DOUBT * limit_shape(shapes[i])
                ways.rescore(i, bound - spans[i].cost)
                continue
            unseen = [i]
        else:
            shapes.update((i, spans[i].draw()) for i in unseen)
        if len(list(islice(budget, len(unseen)))) < len(unseen):
            return None
        found = classify_blobs([shapes[i] for i in unseen], view)
        if view.seen is not None:
            view.seen.extend(found)
        for i, piece in zip(unseen, found, strict=True):
            pieces[i] = settle_piece(piece, pen)
            score = _score_piece(pieces[i], view, shared=shared)
            ways.rescore(i, score - spans[i].cost)


def _score_piece(piece: Candidate, view: View, *, shared: bool) -> float:
    """The score of a piece between two cuts, less what the cuts cost."""
    if shared and (piece.signs is None or piece.signs[NOT_DIGITS].sum() > LIKELY_OTHER):
        return -np.inf  # among so many ways a doubtful piece is soon found
    return limit(piece.blob, view) + (SHARED_DOUBT if shared else 1.0) * piece.doubt


def _weigh_others(ways: Ways, pieces: dict[int, Candidate]) -> float:
    """Trust in the best way, 0 to 1: less where one to other digits is near, of pieces seen."""
    best: dict[int, dict[tuple[int, ...], float]] = {0: {(): 0.0}}  # by the cut, by the digits
    for i in sorted(pieces):
        span, score, digit = ways.spans[i], ways.scores[i], int(pieces[i].probabilities.argmax())
        for digits, before in [*best.get(span.start, {}).items()]:
            reached = best.setdefault(span.end, {})
            longer = (*digits, digit)
            reached[longer] = max(before + score, reached.get(longer, -np.inf))
            if len(reached) > 2:
                del reached[min(reached, key=reached.get)]
    first, *others = nlargest(2, best[ways.spans[-1].end].values())
    if not others or first - others[0] >= NEAR:
        return 1.0
    return float(1 / (1 + np.exp(-CONTRAST * (first - others[0]))))
