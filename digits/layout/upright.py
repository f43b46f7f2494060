"""The same ink read again the right way up: turned by quarters, or with its lines made level."""

from digits.ink.turning import tilt_ink, turn_ink
from digits.layout.inks import InkReading, read_ink
from digits.layout.lines import measure_tilt
from digits.layout.orientation import (
    RIVAL,
    Turn,
    are_upright,
    choose_turn,
    is_better,
    measure_gain,
    settle_turn,
)
from digits.layout.signs import Sign, is_before_digit
from digits.network import Classifier

LEAST_TILT = 12.0  # degrees: digits of lines that are less steep are as clear as level ones


def read_upright(
    found: InkReading, classify: Classifier, *, lines: list[list[int]], signs: list[Sign]
) -> tuple[InkReading, Turn]:
    """The reading of the same ink the right way up, and how it was turned for that."""
    rows = [[found.digits[i].blob for i in line] for line in lines]
    # A dash looks alike held at a slant; a + at the end of a line may be a 4 on its head.
    placed = [sign for sign in signs if sign.kind != "+" or is_before_digit(sign, rows[sign.line])]
    places = {(sign.blob.x, sign.blob.y) for sign in placed}
    pieces = [blob for blob in found.blobs if (blob.x, blob.y) not in places]
    turn = choose_turn(found.digits, pieces, found.ink.level, classify)
    if not turn.quarter:
        return _straighten(found, turn.tilt, classify), turn
    ink = turn_ink(found.ink, turn.quarter)
    upright = level_lines(read_ink(ink, classify), classify)
    turn = settle_turn(turn, upright.digits, found.digits)
    return upright if turn.quarter else found, turn


def level_lines(found: InkReading, classify: Classifier) -> InkReading:
    """The reading of the same ink with its lines made level, if they are steep and it is clearer.

    A hand may write straight digits on a line that rises: they lean then.
    """
    if len(found.digits) < 2 or found.view.each:  # a digit cut out stands on no line
        return found
    tilt = measure_tilt([digit.blob for digit in found.digits])
    if abs(tilt) < LEAST_TILT:
        return found
    ink = tilt_ink(found.ink, -tilt)
    level = read_ink(ink, classify)
    if are_upright(level.digits) and measure_gain(level.digits, found.digits) > -RIVAL:
        return level
    return found


def _straighten(found: InkReading, tilt: int, classify: Classifier) -> InkReading:
    """The reading of the same ink turned so far that its pieces stand upright, if it is clearer.

    Where steep lines were read as something else only the pieces tell how steep they are.
    """
    slope = measure_tilt(found.blobs) if tilt else 0.0
    if abs(slope) < LEAST_TILT or slope * tilt > 0:  # level digits of a hand that leans
        return found
    ink = tilt_ink(found.ink, tilt)
    straight = level_lines(read_ink(ink, classify), classify)
    return straight if is_better(straight.digits, found.digits) else found
