"""Pieces beside a digit that are likelier its bar, or likelier a sign: by where they stand."""

from collections.abc import Sequence

from digits.segment.blobs import Blob

LOWER_SIGN = 0.5  # of the height of the digits: a higher piece is no dash, dot or comma
FLAT = 1.6  # times its height: a piece as wide as this is a dash
BAR = 0.2  # of a digit's height from its top or foot: a dash there is its bar rather than a minus


def count_bars(pieces: Sequence[Blob], shape: Blob) -> int:
    """How many dashes stand where the bar of a digit does; `shape` is all ink, digit and pieces."""
    middles = [
        (piece.y + piece.height / 2 - shape.y) / shape.height
        for piece in pieces
        if piece.width > FLAT * piece.height
    ]
    return sum(not BAR < middle < 1 - BAR for middle in middles)


def count_aside(pieces: Sequence[Blob], digit: Blob) -> int:
    """How many pieces like dots and commas stand beside the digit: no bar of a 5 at its top."""
    return sum(
        max(piece.mask.shape) <= LOWER_SIGN * digit.height
        and not digit.x < piece.x + piece.width / 2 < digit.right
        and (piece.width <= FLAT * piece.height or piece.y > digit.y + digit.height / 2)
        for piece in pieces
    )
