"""Which ink beside digits is which sign: by its form, and by where it stands on their line."""

from collections.abc import Sequence, Set
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np

from digits.layout.places import (
    COMMA,
    DOT,
    LOW,
    ON_LINE,
    Piece,
    drop_crowds,
    is_between,
    is_dash,
    is_dot,
    measure_pen,
    place_candidate,
    stack_pieces,
)
from digits.network import SIGN_KINDS
from digits.segment.blobs import Blob, join_blobs, stroke_width
from digits.segment.candidates import (
    ONE,
    OTHER,
    SIGNS_OF_FORM,
    Candidate,
    Grouping,
    View,
    classify_blobs,
)
from digits.segment.grouping import SMALL_SIGNS
from digits.strokes.brackets import MISFIT, find_after_sums, pair_brackets
from digits.strokes.pluses import settle_plus

# Lengths are in heights of the digits around, places from the top of their line (0) to its foot.
MIDDLE = (0.3, 0.7)  # and dots that multiply
DEEP, HIGH = 1.02, 0.23  # a comma reaches lower than a full stop, and is higher
PLACE_WEIGHT = 3.0  # nats, for standing as low as a comma, against a digit
DEEP_WEIGHT, HIGH_WEIGHT = 32.0, 26.0  # nats for a height
HEAD_WEIGHT = 1.3  # times what the second head says: it is too cautious with dots and commas
FINE = 0.4  # widths of the pen: a finer dash is what is left of a rule
SHORT_DASH = 1.2  # times its height: the width of the shortest dash before a number
LEAST_DASH = 0.2  # probability that it is no dot
NEAR_LINES = 2  # up and down: a comma stands beside a digit of one of them
MOST_DUST = 0.5  # of all dots: with more that are no signs, none is
# Mean lean of each digit in MNIST's training images, columns to the right for a row upwards.
LEANS = (0.22, 0.26, 0.14, 0.08, 0.07, 0.26, 0.04, 0.03, 0.20, 0.00)
LEAN_WEIGHT = 8.0  # nats, for leaning by a column a row more than the hand does
HEIGHT_WEIGHT = 10.0  # nats, for twice the height of the digits around
USUAL_LEAN, USUAL_HEIGHT = 0.15, 1.05  # of a stroke that may as well be a 1 as something else
MOST_TALLER = 0.1  # counts: what is higher still is no more a sign
ONES_WEIGHT = 16.0  # nats, for leaning by a column a row more than the line's other 1s
ONES_LEAN = 0.2  # of a stroke that may as well be one of them
ENOUGH_ONES = 24  # of a page
SURE_ODDS = 1.5  # against a sign, of a 1 that others are compared with
BETWEEN = "×÷:"  # signs that stand between two numbers only
AFTER_SUM = 3.0  # nats, for a slash, where only a sign can stand
SURELY = 0.5  # probability of a digit from which one tells of the hand
LEAST_STROKE = 0.2  # probability that it is no digit: what is less likely is not looked into
FLOOR = 1e-4  # the least probability that counts
STROKES = {kind: SIGN_KINDS.index(kind) for kind in "()/"}
FLAT_SIGNS = [SIGN_KINDS.index(kind) for kind in "÷="]
DIGIT, DASH_KIND, DOT_KIND, COMMA_KIND = (SIGN_KINDS.index(kind) for kind in ("digit", *"-.,"))


class Sign(NamedTuple):
    """Ink read as a sign."""

    kind: str  # one of digits.results.MARKS
    blob: Blob
    line: int
    confidence: float  # 0 to 1


class Signs(NamedTuple):
    """What was found beside digits, and among them."""

    signs: list[Sign]
    chances: list[float]  # for each digit that it is none, 0 to 1; 1 for those among the signs


def find_signs(
    grouping: Grouping, lines: list[list[int]], view: View, *, columns: Set[int] = frozenset()
) -> Signs:
    """The signs on the lines of digits.

    Args:
        grouping: what was read.
        lines: indices of its digits, line by line.
        view: what it was judged by.
        columns: which digits the rule of a table parts from the one before.
    """
    chances = [0.0] * len(grouping.digits)
    if not any(len(line) for line in lines) or grouping.digits[0].signs is None:
        return Signs([], chances)
    low = _find_low(grouping.digits, lines, chances)
    signs = []
    others = [*(candidate.blob for candidate in grouping.signs), *grouping.dropped]
    plain = (digit.blob for digit in grouping.digits if _is_one(digit) and _is_plain(digit))
    ones = [_lean(blob) for blob in islice(plain, ENOUGH_ONES)]
    for number, line in enumerate(lines):
        signs += _find_strokes(
            grouping.digits, line, number, chances, columns=columns, others=others, ones=ones
        )
    rows = [[grouping.digits[i].blob for i in line if chances[i] < 1] for line in lines]
    for candidate in grouping.signs:
        piece = place_candidate(candidate, rows)
        if piece and ON_LINE[0] < piece.middle < ON_LINE[1] and not _covers(piece, rows):
            settled = settle_plus(candidate.signs, piece.blob, view.level)
            kind = max(SIGNS_OF_FORM, key=lambda k: settled[k])
            signs.append(Sign(SIGN_KINDS[kind], piece.blob, piece.line, float(settled[kind])))
    signs += _find_small([*grouping.dropped, *low], rows, view)
    return Signs([sign for sign in signs if _has_its_numbers(sign, rows[sign.line])], chances)


def _find_strokes(
    digits: Sequence[Candidate],
    line: list[int],
    number: int,
    chances: list[float],
    *,
    columns: Set[int],
    others: Sequence[Blob],
    ones: list[float],
) -> list[Sign]:
    """Slashes and brackets that were read as digits; how likely each digit is one goes to chances.

    Alone on its line every stroke is a digit; no slash stands at the edge of a table's cell.
    `others`: what is no digit; `ones`: how far plain 1s of the page lean.
    """
    line = [i for i in line if chances[i] < 1]
    strokes = [i for i in line if not _is_plain(digits[i])]
    if not strokes:  # most lines; how digits lean takes a while
        return []
    sure = [i for i in line if digits[i].signs[DIGIT] > SURELY]
    leans = {i: _lean(digits[i].blob) - LEANS[digits[i].probabilities.argmax()] for i in sure}
    heights = {i: digits[i].blob.height for i in sure}
    odds = {i: _weigh_stroke(digits[i], _skip(heights, i), _skip(leans, i)) for i in strokes}
    ends = {line[0], line[-1], *(i for pair in pairwise(line) if pair[1] in columns for i in pair)}
    _compare_ones(digits, line, odds=odds, ends=ends, plain=ones)
    kinds = {i: max(weights, key=weights.get) for i, weights in odds.items() if weights}
    paired = pair_brackets(line, kinds, odds)
    for i in find_after_sums(digits, line, kinds, paired, others):
        if odds.get(i):
            odds[i]["/"] += AFTER_SUM
            kinds[i] = max(odds[i], key=odds[i].get)
    signs = []
    for i, kind in kinds.items():
        with_other = paired.get(i, -np.inf)
        fits = with_other > 0 if kind in "()" else i not in ends
        chance = odds[i][kind] if fits else max(odds[i][kind] - MISFIT, with_other)
        chances[i] = float(1 / (1 + np.exp(-chance)))
        if fits and (i in paired or odds[i][kind] > 0):
            sure = chances[i] * (1 - float(digits[i].signs[OTHER]))
            signs.append(Sign(kind, digits[i].blob, number, sure))
            chances[i] = 1.0
    return signs


def _compare_ones(
    digits: Sequence[Candidate],
    line: list[int],
    *,
    odds: dict[int, dict[str, float]],
    ends: Set[int],
    plain: list[float],
) -> None:
    """Change the odds of slashes by how much more they lean than all that surely are 1s.

    A stroke is likelier one where it leans more than the 1s of its own line, and looks like them.

    Args:
        digits: all that were read.
        line: indices of those on the line.
        odds: of its strokes, the log-odds of each kind against a digit.
        ends: digits that are no slashes, by their place.
        plain: how far 1s of the whole page lean.
    """
    leans = {}
    for i in line:
        kinds = "()" if i in ends else STROKES
        against = [odds[i][kind] for kind in kinds] if odds.get(i) else []
        if _is_one(digits[i]) and max(against, default=-np.inf) < -SURE_ODDS:
            leans[i] = _lean(digits[i].blob)
    for i, weights in odds.items():
        on_line = _skip(leans, i)
        if weights and (on_line or plain):
            more = ONES_WEIGHT * (_lean(digits[i].blob) - max(on_line + plain) - ONES_LEAN)
            weights["/"] += more if on_line and _is_one(digits[i]) else min(0.0, more)


def _is_one(digit: Candidate) -> bool:
    return bool(digit.probabilities.argmax() == ONE)


def _is_plain(digit: Candidate) -> bool:
    """Whether the second head takes it for no sign."""
    return 1 - digit.signs[DIGIT] < LEAST_STROKE


def _find_low(
    digits: Sequence[Candidate], lines: list[list[int]], chances: list[float]
) -> list[Blob]:
    """Full stops and commas that were read as digits, by their place; 1 goes to their chances."""
    found = []
    for number, line in enumerate(lines):
        near = [row if abs(at - number) <= NEAR_LINES else [] for at, row in enumerate(lines)]
        for i in line:
            if not _may_be_low(digits, i, line):
                continue
            rows = [[digits[k].blob for k in row if k != i and chances[k] < 1] for row in near]
            piece = place_candidate(digits[i], rows) if any(rows) else None
            if piece and piece.middle > LOW and is_dot(piece, rows):
                chances[i] = 1.0
                found.append(digits[i].blob)
    return found


def _may_be_low(digits: Sequence[Candidate], index: int, line: list[int]) -> bool:
    """Whether a digit is doubted, and small beside the highest of its line."""
    if _is_plain(digits[index]) or _weigh_low(digits[index]) >= SURELY:
        return False
    highest = max((digits[i].blob.height for i in line if i != index), default=np.inf)
    return digits[index].blob.height <= COMMA * highest


def _weigh_low(candidate: Candidate) -> float:
    """The chance that ink as low and as small as a comma is a digit, 0 to 1."""
    digit, other = candidate.signs[DIGIT], np.exp(PLACE_WEIGHT) * (1 - candidate.signs[DIGIT])
    return float(digit / (digit + other))


def _covers(piece: Piece, rows: list[list[Blob]]) -> bool:
    """Whether a digit stands over or under the sign: a pi is a plus with a 1 below."""
    middles = (digit.x + digit.width / 2 for digit in rows[piece.line])
    return any(piece.blob.x < middle < piece.blob.right for middle in middles)


def is_before_digit(sign: Sign, row: Sequence[Blob]) -> bool:
    """Whether a digit of its line stands to the right of a sign."""
    return any(digit.right > sign.blob.right for digit in row)


def _has_its_numbers(sign: Sign, row: list[Blob]) -> bool:
    """Whether there are digits on both sides of a sign that stands between two numbers."""
    if sign.kind not in BETWEEN:
        return True
    return any(d.x < sign.blob.x for d in row) and is_before_digit(sign, row)


def _skip(values: dict[int, float], place: int) -> list[float]:
    return [value for i, value in values.items() if i != place]


def _weigh_stroke(stroke: Candidate, heights: list[float], leans: list[float]) -> dict[str, float]:
    """The log-odds of each kind of stroke against a digit, by the height and lean of the others.

    Nothing where no other digit tells of the hand.
    """
    if not heights:
        return {}
    height = stroke.blob.height / np.median(heights)
    lean = _lean(stroke.blob) - LEANS[1] - np.median(leans)
    chance = np.log(np.maximum(stroke.signs, FLOOR))
    taller = HEIGHT_WEIGHT * min(height - USUAL_HEIGHT, MOST_TALLER)
    weights = {kind: chance[k] - chance[DIGIT] + taller for kind, k in STROKES.items()}
    weights["/"] += LEAN_WEIGHT * (lean - USUAL_LEAN)
    return weights


def _lean(blob: Blob) -> float:
    """Columns to the right by which the ink leans for each row upwards."""
    y, x = np.nonzero(blob.mask)
    down, right = y - y.mean(), x - x.mean()
    return -float((down * right).sum() / max(1.0, (down**2).sum()))


def _find_small(dropped: Sequence[Blob], rows: list[list[Blob]], view: View) -> list[Sign]:
    """Dashes, dots, commas, and what stands of them one above the other, among what is no digit."""
    placed = [place_candidate(candidate, rows) for candidate in classify_blobs(list(dropped), view)]
    pieces = [piece for piece in placed if piece]
    dashes = [piece for piece in pieces if is_dash(piece)]
    dots = [piece for piece in pieces if not is_dash(piece) and is_dot(piece, rows)]
    dashes = [dash for dash in dashes if stroke_width(dash.blob) >= FINE * measure_pen(dash, rows)]
    signs = []
    for pair in drop_crowds(stack_pieces(dots), rows):
        between = [d for d in dashes if is_between(d, *pair)][:1]
        signs.append(_join_pieces("÷" if between else ":", [*pair, *between]))
        dots = [dot for dot in dots if dot not in pair]
        dashes = [dash for dash in dashes if dash not in between]
    for pair in stack_pieces(dashes):
        signs.append(_join_pieces("=", pair))
        dashes = [dash for dash in dashes if dash not in pair]
    signs += map(_name_dash, dashes)
    named = [sign for dot in dots if (sign := _name_dot(dot, rows))]
    specks = sum(max(blob.mask.shape) <= DOT * view.height for blob in dropped)
    clean = min(1.0, (len(named) + len(signs)) / max(1, specks))
    if clean > 1 - MOST_DUST:
        signs += [sign._replace(confidence=sign.confidence * clean) for sign in named]
    return signs


def _join_pieces(kind: str, pieces: Sequence[Piece]) -> Sign:
    blob = join_blobs([piece.blob for piece in pieces])
    least = min(float(piece.candidate.signs[SMALL_SIGNS].sum()) for piece in pieces)
    return Sign(kind, blob, pieces[0].line, least)


def _name_dash(dash: Piece) -> Sign:
    """A dash, or a flat sign whose strokes touch: two dashes, or one with its dots."""
    chances = dash.candidate.signs
    kind = next((k for k in FLAT_SIGNS if chances[k] > SURELY), DASH_KIND)
    return Sign(SIGN_KINDS[kind], dash.blob, dash.line, float(chances[kind]))


def _name_dot(dot: Piece, rows: list[list[Blob]]) -> Sign | None:
    """A full stop, a comma, a dot that multiplies, a short minus: by its place on the line."""
    if dot.middle > LOW:
        chances = np.maximum(dot.candidate.signs, FLOOR)
        weight = HEAD_WEIGHT * np.log(chances[COMMA_KIND] / chances[DOT_KIND])
        weight += DEEP_WEIGHT * (dot.bottom - DEEP) + HIGH_WEIGHT * (dot.height - HIGH)
        kind = "," if weight > 0 else "."
        confidence = float(1 / (1 + np.exp(-abs(weight)))) * (1 - _weigh_low(dot.candidate))
        return Sign(kind, dot.blob, dot.line, confidence)
    row, x = rows[dot.line], dot.blob.x
    after = any(d.x >= x for d in row)
    if not after or not MIDDLE[0] < dot.middle < MIDDLE[1]:
        return None
    chances = dot.candidate.signs[[DASH_KIND, DOT_KIND]]
    dash = float(chances[0] / max(FLOOR, chances.sum()))
    if any(d.right <= x for d in row):
        kind, chance = ("-", dash) if dash > SURELY else ("×", 1 - dash)
        return Sign(kind, dot.blob, dot.line, chance * (1 - float(dot.candidate.signs[DIGIT])))
    if dot.width > SHORT_DASH * dot.height and dash >= LEAST_DASH:
        return Sign("-", dot.blob, dot.line, dash)
    return None
