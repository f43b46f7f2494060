"""Lines of digits: top to bottom, left to right, slanted or not."""

import numpy as np

from digits.segment.blobs import Blob

CORE = 0.5  # of a digit's height: a 9 may hang into the next line, but not its middle half
STEEPEST = 0.3  # rise over run of a line of writing, 17 degrees
SLOPES = 25
FAR = 1.5  # times the height of the digits: a gap this high parts lines wherever they stand


def split_lines(blobs: list[Blob]) -> list[list[int]]:
    """Indices of the blobs, line by line from the top, each from left to right.

    Two lines are told apart by a straight gap between them: it crosses the middle of no digit, and
    some digit of one line stands above a digit of the other. A row whose digits go up and down
    stays one line.
    """
    if not blobs:
        return []
    centres = np.array([b.x + b.width / 2 for b in blobs])
    cores = np.array([[b.y + b.height / 2] * 2 for b in blobs])
    cores += np.array([[-CORE / 2, CORE / 2]]) * np.array([[b.height] for b in blobs])
    lines = _split(list(range(len(blobs))), blobs, centres, cores)
    return [sorted(line, key=lambda i: centres[i]) for line in lines]


def _split(
    members: list[int], blobs: list[Blob], centres: np.ndarray, cores: np.ndarray
) -> list[list[int]]:
    """The members in lines: parted at the widest gap, then each part again."""
    if len(members) == 1:
        return [members]
    best = None
    for slope in np.linspace(-STEEPEST, STEEPEST, SLOPES):
        level = cores[members] - slope * centres[members, None]  # (n, 2): top, bottom
        order = np.argsort(level[:, 0])
        reached = np.maximum.accumulate(level[order, 1])
        gaps = level[order[1:], 0] - reached[:-1]
        for at in np.flatnonzero(gaps > 0):
            if best is not None and gaps[at] <= best[0]:
                continue
            above = [members[i] for i in order[: at + 1]]
            below = [members[i] for i in order[at + 1 :]]
            if _are_stacked(above, below, blobs):
                best = (gaps[at], above, below)
    if best is None:
        return [members]
    return [line for part in best[1:] for line in _split(part, blobs, centres, cores)]


def _are_stacked(above: list[int], below: list[int], blobs: list[Blob]) -> bool:
    """Whether some digit stands over another, or far above all of them."""
    for i in above:
        for j in below:
            first, second = blobs[i], blobs[j]
            shared = min(first.right, second.right) - max(first.x, second.x)
            if shared > 0.5 * min(first.width, second.width):
                return True
    bottom, top = max(blobs[i].bottom for i in above), min(blobs[i].y for i in below)
    return top - bottom > FAR * np.median([b.height for b in blobs])
