"""Which pieces of ink make up one digit: each way to read them is weighed by the network."""

from itertools import chain
from typing import NamedTuple

import numpy as np

from digits.network import SIGN_KINDS
from digits.segment.blobs import Blob, digit_height, join_blobs, stroke_width
from digits.segment.candidates import (
    LEAST_PROBABILITY,
    LOW,
    LOW_COST,
    NOTHING,
    ONE,
    OTHER,
    SIGNS_OF_FORM,
    SURELY,
    Candidate,
    Grouping,
    View,
    believe,
    classify_blobs,
    doubt_letter,
    is_surely_digit,
    limit,
    measure_sureness,
    settle_piece,
    take,
    weigh_height,
)
from digits.segment.cutting import CUT_COST
from digits.segment.neighbours import LOWER_SIGN, Node, count_aside, count_bars, join_neighbours
from digits.strokes.stacks import part_stacks
from digits.strokes.ways import (
    CONTRAST,
    LIKELY_OTHER,
    NEAR,
    SHARED_DOUBT,
    TOUCH_COST,
    cut_touching,
)

# Costs are in units of log-probability, as in candidates.py.
GAP_COST = 3.0  # for each height of the digit by which two pieces of it lie apart
HIGHER = 1.3  # times the height of the digits: one in pieces that is higher costs more
DROP_COST = 2.0  # for each height of a digit of stroke that is taken for no digit at all
WIDEST = 2.0  # times its height: wider pieces are not tried as one digit,
WIDEST_ALONE = 2.4  # nor is a single one as wide
CUT_DOUBT = 0.9  # probability: a piece that the network is surer of, and that is not wide, stays
LEAST_TWO = 0.8  # times the height: two digits that touch are at least this wide
CLOSE = 1.5  # stroke widths: pieces no farther apart may be broken digits that touch
MOST_TOUCHING = 15.0  # times its height: a longer piece is a line, not so many digits that touch
CUT_WIDTH = 1.1  # times its height: a piece as wide as this is tried cut, however sure
# Pages of digits, rules and signs have half of their ink and more in digits; gravel, grass, cloth
# and pages of text a third or less. Of these the FEW largest pieces are read, hardly any of them
# cut, and none where there are MANY.
SOME = 40  # pieces: no more than that are read and cut whatever they are
MANY = 250  # pieces
HARDLY_ANY = 50  # images of cuts
SAMPLE = 100  # of the pieces: they tell what all are
LEAST_DIGITS = 0.35  # of the sample's ink that must surely be digits
FEW = 200
# What the network sees of cuts, at least and at most, one for each piece of the page between: a
# number of which all digits touch takes 50 images, the pieces of a noisy picture thousands.
LEAST_CUTS, MOST_CUTS = 200, 500
MOST_SHARED = 200  # and of digits that lie over each other
MOST_OVERLAPPING = 100  # pieces of a page on which they are sought
LEAST_OVERLAP = 0.55  # times the height: two digits that lie over each other are as wide
ALONE = 0.8  # probability: a digit that is as sure is cut into sure ones only
LITTLE = 0.1  # of the ink: digits that touch leave no more out
SMALL_SIGNS = [SIGN_KINDS.index(kind) for kind in "-.,"]
SMALL_SIGN_COST = 0.1  # they are small: to drop a dot costs little more
BAR_COST = 1.3  # what a dash of the usual length costs where it is no sign
ASIDE_COST = 1.5  # for a piece of a digit, like a dot or a comma, that stands beside the rest of it
RARE_SIGN = 0.7  # there are half as many signs as digits
LOW_SIGN = 0.2  # of the height of the digits: what is smaller both ways is hardly such a sign


class _Joint(NamedTuple):
    """Pieces of ink that may be one digit."""

    shape: Blob  # all of them
    area: int  # pixels of their ink
    stroke: float  # their strokes' width in pixels
    gap: float  # pixels: the sum of all the gaps between them
    asides: int  # of them, likelier signs beside a digit
    cost: float  # of the pieces' places, if they are one digit
    members: tuple[Blob, ...]
    parts: Grouping | None  # the likeliest reading of its two parts, None for a single piece

    @property
    def is_near(self) -> bool:
        """Whether the pieces lie as near as those of broken digits that touch."""
        return self.gap <= CLOSE * self.stroke and not self.asides


def read_blobs(blobs: list[Blob], view: View) -> Grouping:
    """The likeliest reading of all the blobs: which are digits together, alone, cut, or none."""
    parted, stacked = part_stacks(blobs, view)
    if len(parted) > len(blobs):
        blobs = parted
        view = view._replace(height=digit_height(blobs))
    sample = blobs[:: max(1, len(blobs) // SAMPLE)] if len(blobs) > SOME else []
    seen = classify_blobs([blob for blob in sample if blob.width <= WIDEST * blob.height], view)
    known = {id(candidate.blob): candidate for candidate in [*seen, *stacked]}
    if not sample or not _is_texture(sample, seen, view):
        most = min(LEAST_CUTS + len(blobs), MOST_CUTS)
        shared = MOST_SHARED if len(blobs) <= MOST_OVERLAPPING else 0
        view = view._replace(cuts=(iter(range(most)), iter(range(shared))))
    elif len(blobs) <= MANY:
        view = view._replace(cuts=(iter(range(HARDLY_ANY)), iter(())))
    else:
        blobs = sorted(blobs, key=lambda blob: -max(blob.mask.shape))[:FEW]
    strokes, areas = [stroke_width(blob) for blob in blobs], [blob.area for blob in blobs]
    nodes = join_neighbours(blobs, view.height)
    best: list[Grouping] = [NOTHING] * len(nodes)
    for level in range(max(node.level for node in nodes) + 1):
        joints = {
            i: _make_joint(node, blobs, strokes, areas, best, height=view.height)
            for i, node in enumerate(nodes)
            if node.level == level
        }
        tried = [i for i, joint in joints.items() if _is_worth_a_try(joint, view)]
        shapes = [joints[i].shape for i in tried]
        seen = classify_blobs([shape for shape in shapes if id(shape) not in known], view)
        found = known | {id(candidate.blob): candidate for candidate in seen}
        as_one = {i: found[id(shape)] for i, shape in zip(tried, shapes, strict=True)}
        for i, joint in joints.items():
            best[i] = _read_joint(joint, as_one.get(i), view)
    roots = {*range(len(nodes))} - {child for node in nodes for child in node.children}
    whole = next(view.cuts[0], None) is not None  # none were left in a texture
    return _join_readings([best[root] for root in sorted(roots)])._replace(whole=whole)


def _is_texture(sample: list[Blob], seen: list[Candidate], view: View) -> bool:
    """Whether a sample of many pieces has too few digits; `seen`: what its narrow ones are."""
    readings = (take(candidate, view, 0.0) for candidate in seen)
    surely = sum(np.exp(reading.score) * reading.digits[0].blob.area for reading in readings)
    return surely < LEAST_DIGITS * sum(blob.area for blob in sample)


def _make_joint(
    node: Node,
    blobs: list[Blob],
    strokes: list[float],
    areas: list[int],
    best: list[Grouping],
    *,
    height: float,
) -> _Joint:
    """What is known of a node once its children are read; `height`: of the digits."""
    members = [blobs[member] for member in node.members]
    area = sum(areas[m] for m in node.members)
    width = sum(strokes[m] * areas[m] for m in node.members) / area
    shape = join_blobs(members)
    parts = _join_readings([best[child] for child in node.children]) if node.children else None
    asides = 0
    if parts and len(parts.digits) == 1:
        bars = count_bars(parts.dropped, shape)
        parts = parts._replace(score=parts.score - BAR_COST * bars)
        asides = count_aside(parts.dropped, parts.digits[0].blob)
    cost = GAP_COST * node.gap / shape.height + ASIDE_COST * asides
    if shape.height > HIGHER * height and parts and _are_two_lines(parts):
        cost -= weigh_height(shape.height, HIGHER * height)
    return _Joint(shape, area, width, node.gap, asides, cost, tuple(members), parts)


def _are_two_lines(parts: Grouping) -> bool:
    """Whether the parts of what is too high for a digit surely are several."""
    return len(parts.digits) > 1 and min(map(measure_sureness, parts.digits)) >= SURELY


def _is_worth_a_try(joint: _Joint, view: View) -> bool:
    """Whether the network is shown the ink as one digit or sign: that may be better than its parts.

    Pieces that are no digits may be a sign together, whatever its form.
    """
    if joint.parts is None or not joint.parts.digits:
        return True
    if joint.shape.width > WIDEST * joint.shape.height:
        return False
    score = joint.parts.score
    if joint.is_near and score < max(-TOUCH_COST - CUT_COST, limit(joint.shape, view)):
        return True
    return score < limit(joint.shape, view, joint.cost)


def _read_joint(joint: _Joint, whole: Candidate | None, view: View) -> Grouping:
    """The likeliest reading of the ink: dropped, one digit or sign, its two parts apart, or cut.

    Args:
        joint: what is to be read.
        whole: it as one digit, if that was tried.
        view: what it is judged by.
    """
    options = [_drop(joint, view.height)]
    widest = WIDEST if joint.parts else WIDEST_ALONE
    if whole and joint.shape.width <= widest * joint.shape.height:
        options.append(take(whole, view, joint.cost))
    if whole and whole.signs is not None:
        options += [
            _take_sign(whole, joint, view.height),
            _take_small_sign(whole, joint, view.height),
        ]
    if joint.parts:
        options.append(joint.parts)
    reading = max(options, key=lambda option: option.score)
    if joint.is_near and _may_touch(joint.shape, whole, view.height):
        # Uncut, its gaps bridged for nothing, it competes with the cuts.
        uncut = take(whole, view, 0.0).score if whole else -np.inf
        cut = None
        if reading.score < max(-TOUCH_COST - CUT_COST, uncut):
            cut = cut_touching(joint.shape, view, least=reading.score)
        elif whole and whole.signs is not None and whole.signs[OTHER] > LIKELY_OTHER:
            cut = _cut_into_sure(joint.shape, whole, view)
        reading = doubt_letter(cut, whole, in_word=ONE in _list_digits(cut)) if cut else reading
    if joint.is_near and _may_overlap(joint, reading, view.height):
        return _look_again(joint.shape, whole, reading, view)
    return reading


def _may_overlap(joint: _Joint, reading: Grouping, height: float) -> bool:
    """Whether the ink is tried as digits that lie over each other too.

    That is where it is cut, left out in part, or no sure digit.
    """
    shape = joint.shape
    if shape.height < LOW * height or shape.width > MOST_TOUCHING * shape.height:
        return False
    if shape.width < LEAST_OVERLAP * shape.height:
        return False
    if reading.signs or any(digit.signs is None for digit in reading.digits):
        return False
    lost = sum(blob.area for blob in reading.dropped) > LITTLE * shape.area
    if lost or not all(map(is_surely_digit, reading.digits)):
        return True
    # Parts were tried each; a digit alone of which the network is sure is one, however wide.
    return len(reading.digits) > 1 and reading is not joint.parts


def _look_again(shape: Blob, whole: Candidate | None, reading: Grouping, view: View) -> Grouping:
    """The reading, or a better one along the strokes; less trusted where they come near."""
    score = _weigh_again(reading, stroke_width(shape), view)
    other = cut_touching(shape, view, least=score - NEAR, shared=True)
    if other is None or (_is_sure_one(reading) and not all(map(is_surely_digit, other.digits))):
        return reading
    apart = abs(other.score - score)
    other = doubt_letter(other, whole, in_word=True)
    best = reading
    if other.score > score:
        best = other = other._replace(score=max(other.score, reading.score))
    if _list_digits(other) == _list_digits(reading):
        return best
    trust = 1 / (1 + np.exp(-CONTRAST * apart))
    if best is other:  # no cut is better than what is at either side of it
        trust *= min(digit.probabilities.max() * believe(digit) for digit in other.digits)
    return best._replace(digits=tuple(d._replace(trust=d.trust * trust) for d in best.digits))


def _weigh_again(reading: Grouping, pen: float, view: View) -> float:
    """The score of a reading where it competes with shared cuts, whose pieces are doubted more.

    Not so that of a digit alone: none must be cut that stands for itself. What is uncut is as
    likely as the heads for digits find it, or all three.
    """
    weight = SHARED_DOUBT if len(reading.digits) > 1 else 1.0
    score = reading.score
    for digit in reading.digits:
        if digit.doubt is None:
            ways = digit, digit._replace(pieces=None)
            score += weight * max(settle_piece(one, pen).doubt for one in ways)
            score -= take(digit, view, 0.0).score - limit(digit.blob, view)
        else:
            score += (SHARED_DOUBT - 1) * digit.doubt
    return score + TOUCH_COST * any(digit.doubt is not None for digit in reading.digits)


def _is_sure_one(reading: Grouping) -> bool:
    return len(reading.digits) == 1 and is_surely_digit(reading.digits[0], ALONE)


def _list_digits(reading: Grouping) -> list[int]:
    """The digits from left to right."""
    order = sorted(reading.digits, key=lambda digit: 2 * digit.blob.x + digit.blob.width)
    return [int(digit.probabilities.argmax()) for digit in order]


def _cut_into_sure(blob: Blob, whole: Candidate, view: View) -> Grouping | None:
    """The best way to cut what the second head takes for no digit, if every piece surely is one."""
    believed = max(1 - float(whole.signs[OTHER]), LEAST_PROBABILITY)
    cut = cut_touching(blob, view, least=take(whole, view, 0.0).score + float(np.log(believed)))
    return cut if cut and all(map(is_surely_digit, cut.digits)) else None


def _take_sign(candidate: Candidate, joint: _Joint, height: float) -> Grouping:
    """The ink as one of the signs that are told by their form, wherever they stand."""
    if joint.parts is None and joint.shape.width > WIDEST * joint.shape.height:
        return Grouping((), -np.inf)  # only a = is so wide, of two pieces
    chance = max(float(candidate.signs[SIGNS_OF_FORM].sum()), LEAST_PROBABILITY)
    missing = max(0.0, 1 - max(candidate.blob.mask.shape) / (LOW_SIGN * height))
    score = float(np.log(chance)) - RARE_SIGN - LOW_COST * missing
    if joint.shape.height > HIGHER * height:  # three rows of digits make a ÷
        score += weigh_height(joint.shape.height, HIGHER * height)
    return Grouping((), score, (candidate,))


def _take_small_sign(candidate: Candidate, joint: _Joint, height: float) -> Grouping:
    """A piece as a dash, a dot or a comma: no digit, till it is known where the line is."""
    if joint.parts or joint.shape.height > LOWER_SIGN * height:
        return Grouping((), -np.inf)
    chance = max(float(candidate.signs[SMALL_SIGNS].max()), LEAST_PROBABILITY)
    return Grouping((), float(np.log(chance)) - SMALL_SIGN_COST, dropped=joint.members)


def _drop(joint: _Joint, height: float) -> Grouping:
    """The ink as no digit: the longer its stroke, the less likely."""
    score = -DROP_COST * joint.area / joint.stroke / height
    return Grouping((), score, dropped=joint.members)


def _join_readings(readings: list[Grouping]) -> Grouping:
    """Readings side by side."""
    digits, signs, dropped = (
        tuple(chain.from_iterable(getattr(reading, kind) for reading in readings))
        for kind in ("digits", "signs", "dropped")
    )
    return Grouping(digits, sum(reading.score for reading in readings), signs, dropped)


def _may_touch(blob: Blob, candidate: Candidate | None, height: float) -> bool:
    """Whether a piece may be several digits that touch."""
    if blob.height < LOW * height or blob.width > MOST_TOUCHING * blob.height:
        return False
    if candidate is None or blob.width > CUT_WIDTH * blob.height:
        return True
    return candidate.probabilities.max() < CUT_DOUBT and blob.width > LEAST_TWO * blob.height
