"""How far a reading can be trusted, from the picture around the digits and from their shapes.

The network sees one piece of ink at a time. In letters, cloth and drawings some piece often looks
like a digit. The picture around it tells them apart, and so does what the 28x28 image cannot show.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from digits.doubt.words import weigh_digits
from digits.ink.ink import Ink
from digits.ink.levels import quantile
from digits.ink.regions import find_box, label_components, widen
from digits.segment.blobs import Blob, stroke_width
from digits.segment.candidates import LEAST_PROBABILITY, Candidate, measure_sureness

# Share of the ink that must belong to digits; with less, every digit is doubted. In pictures of
# numbers, with rules and dashes around them, it was two thirds or more.
MOST_INK = 2 / 3
# Share of the picture's edges that digits must account for: in pictures of numbers three
# quarters or more, in photos of clothes a third or less.
MOST_EDGES = 0.5
EDGE_BLUR = 1.5  # pixels: grain has no edges then, strokes still have
STEEP = 0.5  # of the steepness of the digits' own edges: gentler ones are folds and shades
EDGE_REACH = 4.0  # pixels from the ink, at which its own edges lie, and half an enlarged pixel
EDGE_WIDTH = 8.0  # pixels: the edge of a sheet, blurred; cloth is a thicket of edges
# Share of a digit's ink that a pen of its stroke's width leaves along its outline: a stroke 1, a
# digit with filled loops 0.7, the outline of cloth with its folds 0.6 and less.
MOST_STROKE = 0.8
# Stroke widths that a digit's stroke is long at least: a 1 of the fattest pen. Of MNIST's ones 1 in
# 200 is shorter; the legs of a pair of shorts are 2 and 3 widths long.
LEAST_LENGTH = 3.5
# So many strokes from one border of the picture to the other are stripes, bars or a fence.
STRIPES = 3
STRIPE = 0.5  # trust in each of them
# Width over height: of MNIST's training images of each digit one in a thousand is wider.
WIDEST = (1.67, 1.18, 2.0, 1.43, 1.43, 2.0, 1.43, 1.67, 1.43, 1.31)


def measure_trust(
    digits: Sequence[Candidate],
    area: int,
    ink: Ink,
    *,
    signs: Sequence[Blob] = (),
    lines: Sequence[Sequence[int]] | None = None,
) -> list[float]:
    """0 to 1 for each digit: how far the picture and the digit's shape support its reading.

    Args:
        digits: all that were read.
        area: pixels of all the ink, including what is no digit.
        ink: where the digits were found.
        signs: ink that is known for signs beside digits.
        lines: indices of the digits, line by line, if they are known.
    """
    if not digits:
        return []
    area -= sum(blob.area for blob in signs)
    shares = weigh_digits(digits, lines)
    picture = min(1.0, _share_of_ink(digits, shares, area) / MOST_INK)
    known = [*(digit.blob for digit in digits), *signs]
    picture *= min(1.0, _share_of_edges(known, ink) / MOST_EDGES)
    shares = shares * _doubt_stripes([digit.blob for digit in digits], ink.mask.shape)
    return [
        picture * _trust_shape(digit) * float(share) * digit.trust
        for digit, share in zip(digits, shares, strict=True)
    ]


def weigh_ink(digits: Sequence[Candidate], score: float, ink: Ink) -> float:
    """The score of what was read, less what speaks against the polarity of its ink.

    Of a digit cut out both may be read, however unlikely one is: its loops and the corners beside
    it make digits as well, and the paper around it a 0, of which not both heads are sure.
    """
    if not ink.working.crop:
        return score
    sure = [max(measure_sureness(digit), LEAST_PROBABILITY) for digit in digits]
    return score + sum(map(math.log, [ink.share, *sure]))


def _doubt_stripes(blobs: Sequence[Blob], shape: tuple[int, ...]) -> np.ndarray:
    """Trust in each blob, 0 to 1: less for strokes that cross the whole picture, side by side."""
    height, width = shape
    down = [b.y <= 1 and b.bottom >= height - 1 and 2 * b.width < b.height for b in blobs]
    across = [b.x <= 1 and b.right >= width - 1 and 2 * b.height < b.width for b in blobs]
    crossing = np.logical_or(down, across)
    return np.where(crossing & (crossing.sum() >= STRIPES), STRIPE, 1.0)


def _share_of_ink(digits: Sequence[Candidate], shares: np.ndarray, area: int) -> float:
    """How much of the ink is surely digits; `shares`: how likely each is one, float (n,)."""
    surely = [float(digit.probabilities.max()) * digit.blob.area for digit in digits]
    return float(np.dot(surely, shares)) / area


def _share_of_edges(blobs: list[Blob], ink: Ink) -> float:
    """How many of the picture's steep edges are those of the blobs, or of ruled lines.

    The edge of the sheet does not count: a thin edge around all the blobs, or one from side to
    side of the picture.
    """
    own = np.zeros(ink.mask.shape, np.uint8)
    for blob in blobs:
        own[blob.y : blob.bottom, blob.x : blob.right] |= blob.mask
    reach = 2 * round(EDGE_REACH + ink.working.enlarged / 2) + 1
    # Where there is nothing but strokes, nothing is far from them.
    seen = widen(find_box(ink.mask), reach) if ink.alone else np.s_[:, :]
    steepness = np.zeros(ink.mask.shape, np.float32)
    steepness[seen] = _measure_steepness(ink.working.grey[seen])
    rim = cv2.morphologyEx(own, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).view(bool)
    if not rim.any():  # they fill a picture of a few pixels
        return 0.0
    steep = (steepness > STEEP * quantile(steepness[rim], 0.5)).view(np.uint8)
    own = cv2.dilate(own | (ink.mask & ~ink.plain), np.ones((reach, reach), np.uint8))
    ours = cv2.countNonZero(steep & own)
    return ours / max(1, ours + _count_others(steep & ~own, blobs))


def _measure_steepness(grey: np.ndarray) -> np.ndarray:
    """float32 (H, W): how fast the grey level changes."""
    slopes = cv2.spatialGradient(cv2.GaussianBlur(grey, (0, 0), EDGE_BLUR))
    dx, dy = (cv2.multiply(slope, slope, dtype=cv2.CV_32F) for slope in slopes)
    return cv2.sqrt(cv2.add(dx, dy, dst=dx), dst=dx)


def _count_others(edges: np.ndarray, blobs: list[Blob]) -> int:
    """Pixels of the edges (uint8 (H, W)) without the thin ones that the edge of a sheet leaves."""
    if not cv2.countNonZero(edges):  # most drawings
        return 0
    _, stats = label_components(edges)
    left, top, width, height, area = stats[1:].T
    right, bottom = left + width, top + height
    around = (left < min(b.x for b in blobs)) & (right > max(b.right for b in blobs))
    around &= (top < min(b.y for b in blobs)) & (bottom > max(b.bottom for b in blobs))
    sides = (left == 0, top == 0, right == edges.shape[1], bottom == edges.shape[0])
    across = np.sum(sides, axis=0) >= 2  # an object at the border touches one side
    thin = area <= EDGE_WIDTH * 2 * (width + height)
    return int(area[~((around | across) & thin)].sum())


def _trust_shape(digit: Candidate) -> float:
    """1 for a shape that a pen leaves; less for one that is ragged, stubby or too wide."""
    blob = digit.blob
    widest = WIDEST[int(digit.probabilities.argmax())]
    upright = min(1.0, widest * blob.height / blob.width) ** 2
    stroke = stroke_width(blob)
    long = min(1.0, blob.area / stroke**2 / LEAST_LENGTH)
    return upright * long * min(1.0, _share_of_stroke(blob, stroke) / MOST_STROKE)


def _share_of_stroke(blob: Blob, stroke: float) -> float:
    """Share of the ink that a stroke of the blob's width would leave along the same outline."""
    padded = cv2.copyMakeBorder(blob.mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    contours, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    outline = sum(cv2.arcLength(contour, True) for contour in contours)
    return outline / 2 * (stroke + 1) / blob.area
