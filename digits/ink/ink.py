"""From a picture to its ink: the light evened out, the polarity found, the strokes told from paper.

Everything here works on a copy of the picture of about WORK_SIDE pixels: enough for a digit, and
the same cost whatever the camera.
"""

from typing import NamedTuple

import cv2
import numpy as np

from digits.ink.regions import (
    drop_regions,
    find_regions,
    label_components,
    measure_extents,
    measure_stroke,
)
from digits.ink.rulings import remove_rulings
from digits.ink.sheet import find_outside, shrink_by

WORK_SIDE = 1000  # pixels of the longer side: a page of digits keeps some 30 pixels a digit
SMALL_SIDE = 256  # smaller pictures are enlarged by whole factors to about this many pixels
GROUND_SIDE = 256  # light varies slowly: the ground is estimated at this resolution
# The ground under a stroke is the brightest level in a window around it. The window must be wider
# than the stroke and narrower than a shadow or the edge of a table. The widest is tried first.
GROUND_WINDOWS = (0.75, 0.4, 0.2, 0.1, 0.05)  # of the shorter side
WINDOW_WIDTHS = 2.0  # stroke widths: then, a window that bridges the strokes found, no wider
GRAIN_WINDOW = 5  # pixels: grain is what a median over so many takes away
CALM_SHARE = 0.3  # of the picture, the calmest part, tells its grain: strokes may fill the rest
MEAN_DEVIATION = 0.8  # of a normal distribution's standard deviation: sqrt(2 / pi)
LEAST_SEEN = 64  # pixels of the longer side: below it there is no room to measure grain
MOST_GRAIN = 20.0  # grey levels by which the grain can lift the closed paper
WINDOW_TRUST = 0.5  # power of the window's share in the evidence: a wider window makes up less
BRIGHT = 90  # percentile of the ground that is the sheet's brightness: less of it can be table
RIVAL = 0.6  # of the evidence for the likelier polarity: with that much the other is read as well
SPECK = 1 / 3  # of the longest stroke: shorter ones do not count as evidence for a polarity
BESIDE = 0.35  # of the sheet's brightness: no shadow is darker, a table beside the sheet often is
CROP_SIDE = 64  # pixels: a picture no larger is a digit cut out, without rules, edges or a table
INK_LEVEL = 0.4  # of the ink's own peak: where a stroke ends (half, and a little for thin ones)
GRAIN_BLUR = 1 / 6  # of the stroke width: paper and pencil grain smoothed, edges hardly
MOST_BLUR = 2.0  # pixels: grain is no coarser in a working picture, and wide blurs are slow
FAINT_INK = 0.15  # of the picture's darkest ink: a pencil fades to a sixth of it, no further
NOISE_FLOOR = 5.0  # standard deviations of the paper's grain
CLEAR_INK = 3.0  # noise floors: a page of grain alone reaches 2.3, the faintest pencil 10
LEAST_CONTRAST = 3.0  # grey levels of 255: below it there is no ink to speak of
PEAK_SHARE = 20_000  # one pixel of so many may be a glint or a speck: the next is the peak
USUAL_STROKES = 0.5  # share of the ink whose stroke width is the picture's
NEARLY_ALL_STROKES = 0.9  # share of the ink that the ground's window must bridge


class Working(NamedTuple):
    """A picture at working resolution, in the polarity in which its ink is dark."""

    grey: np.ndarray  # uint8 (H, W)
    scale: float  # working pixels per picture pixel
    grain: float  # standard deviation in grey levels
    crop: bool  # a digit cut out: no rules, no edges of a page or a table

    @property
    def enlarged(self) -> float:
        """By how much the picture was enlarged; 1 where it was not."""
        return max(1.0, self.scale)


class Ink(NamedTuple):
    """The ink of a picture at working resolution."""

    working: Working
    level: np.ndarray  # float32 (H, W), 0 (paper) to 1 (as dark as the stroke's middle hereabouts)
    mask: np.ndarray  # uint8 (H, W), 1 where a stroke is
    plain: np.ndarray  # uint8 (H, W), the mask without ruled lines
    stroke: float  # width of the strokes in working pixels


class _Ground(NamedTuple):
    """One reading of the picture as ink on a ground."""

    grey: np.ndarray  # uint8 (h, w), the picture without its grain
    ground: np.ndarray  # float32 (h, w) grey level of the ground
    strokes: np.ndarray  # bool (h, w) where the ink is
    evidence: float  # how well this reading explains the picture


def find_inks(picture: np.ndarray) -> list[Ink]:
    """The ink in a BGR picture, dark on light or light on dark; both where either may be."""
    working = make_working(picture)
    polarities = (working, working._replace(grey=255 - working.grey))
    grounds = [_read_ground(polarity) for polarity in polarities]
    likely = max(ground.evidence for ground in grounds) * RIVAL
    return [
        _trace_ink(polarity, ground)
        for polarity, ground in zip(polarities, grounds, strict=True)
        if ground.evidence >= likely
    ]


def make_working(picture: np.ndarray) -> Working:
    """A BGR picture, uint8 (H, W, 3), in grey and with a longer side of at most WORK_SIDE pixels.

    One smaller than SMALL_SIDE is enlarged.
    """
    side = max(picture.shape[:2])
    grey = _shrink(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    grain, crop = _measure_grain(grey), side <= CROP_SIDE
    if side >= SMALL_SIDE:
        return Working(grey, min(1.0, WORK_SIDE / side), grain, crop)
    scale = -(-SMALL_SIDE // side)
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return Working(grey, scale, grain, crop)


def _trace_ink(working: Working, found: _Ground) -> Ink:
    """The dark ink of a picture on the ground that was found."""
    ground, beside = _settle_ground(found)
    darkness = _even_out(working.grey, ground)
    level, mask, stroke = _trace_strokes(
        darkness, _find_noise(working.grain, ground), working.enlarged
    )
    plain = mask
    if not working.crop:
        # Rules first: one that runs along the border would take the digits on it with it.
        plain = remove_rulings(mask, darkness, stroke)
        mask, plain = _drop_outside((mask, plain), find_outside(working.grey))
    whole = drop_regions(mask, beside, crop=working.crop)
    same = np.array_equal(plain, mask)
    plain = whole if same else drop_regions(plain, beside, crop=working.crop)
    return Ink(working, level, whole, plain, stroke)


def _shrink(grey: np.ndarray) -> np.ndarray:
    """The picture with a longer side of WORK_SIDE pixels at most, every pixel a mean of its own.

    It is made grey first and then halved several times: 12 megapixels take 5 ms, where one step in
    colour takes 30.
    """
    while (side := max(grey.shape)) > WORK_SIDE:
        scale = max(0.5, WORK_SIDE / side)
        size = [max(1, round(n * scale)) for n in grey.shape[::-1]]
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return grey


def _measure_grain(grey: np.ndarray) -> float:
    """Standard deviation in grey levels where the picture is calm: a digit may fill most of it."""
    if max(grey.shape) < LEAST_SEEN:  # strokes everywhere: what varies is no grain
        return 0.0
    window = (GRAIN_WINDOW, GRAIN_WINDOW)
    rest = cv2.absdiff(grey, cv2.medianBlur(grey, GRAIN_WINDOW))
    calm = cv2.boxFilter(rest, cv2.CV_16U, window, normalize=False)  # whole levels are coarse
    return _quantile(calm, CALM_SHARE) / GRAIN_WINDOW**2 / MEAN_DEVIATION


def _read_ground(working: Working) -> _Ground:
    """The picture as dark ink on a ground: the window that gives the most evidence of strokes."""
    scale = min(1.0, GROUND_SIDE / max(working.grey.shape))
    small = shrink_by(working.grey, scale)
    smooth = cv2.medianBlur(small, 3)
    best = None
    for share in GROUND_WINDOWS:
        ground = _ground_over(smooth, share)
        noise = _find_noise(working.grain * scale, ground)
        strokes, regions = _split_strokes(_even_out(small, ground), noise, crop=working.crop)
        evidence = share**WINDOW_TRUST * _edge_mass(smooth, strokes)
        if best is None or evidence > best.evidence:
            best = _Ground(smooth, ground, strokes, evidence)
        if not regions.any():  # narrower windows would only hollow the strokes out
            break
    return best


def _settle_ground(found: _Ground) -> tuple[np.ndarray, np.ndarray]:
    """The ground under the narrowest window that bridges the strokes, and what is beside the sheet.

    Returns:
        ground: float32 (h, w), its grey level.
        beside: uint8 (h, w), 1 beside the sheet.
    """
    if not found.strokes.any():
        return found.ground, np.zeros_like(found.grey)
    window = WINDOW_WIDTHS * measure_stroke(_leave_border(found.strokes), share=NEARLY_ALL_STROKES)
    ground = _ground_over(found.grey, window / min(found.grey.shape))
    return ground, _find_beside(ground, reach=round(window))


def _leave_border(strokes: np.ndarray) -> np.ndarray:
    """uint8 (h, w): the strokes that do not touch the border, or all where every one does.

    The dark corner of a vignette would widen the window until the corner counts as a stroke.
    """
    _, labels = cv2.connectedComponents(strokes.astype(np.uint8))
    sides = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    inner = strokes & ~np.isin(labels, sides[sides > 0])
    return (inner if inner.any() else strokes).astype(np.uint8)


def _find_beside(ground: np.ndarray, reach: int) -> np.ndarray:
    """uint8 (h, w): 1 where the ground is too dark to be the sheet, and `reach` pixels around."""
    dark = (ground < BESIDE * np.percentile(ground, BRIGHT)).astype(np.uint8)
    return cv2.dilate(dark, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))


def _edge_mass(grey: np.ndarray, strokes: np.ndarray) -> float:
    """How steep the edges of all strokes are: large for pens, small for shadows of any width."""
    strokes = strokes.astype(np.uint8)
    edge = strokes - cv2.erode(strokes, np.ones((3, 3), np.uint8), borderValue=1)
    dx, dy = (cv2.Sobel(grey, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    thinness = edge.sum() / max(1, strokes.sum())
    return float(((dx * dx + dy * dy) * edge).sum() * thinness)


def _ground_over(grey: np.ndarray, share: float) -> np.ndarray:
    """Grey level of the paper at every pixel: strokes closed, then lowered by the paper's grain."""
    size = 2 * round(share * min(grey.shape) / 2) + 1
    closed = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    drop = cv2.subtract(closed, grey)
    grain = _quantile(drop[drop <= _quantile(drop, 0.5)], 0.5)
    return closed - np.float32(min(grain, MOST_GRAIN))


def _quantile(levels: np.ndarray, share: float) -> float:
    """np.quantile of uint8 or uint16 values. Counting in place of sorting saves 3 ms a picture."""
    top = int(levels.max(initial=0)) + 1
    counts = cv2.calcHist([levels], [0], None, [top], [0, top])
    place = share * (levels.size - 1)
    below, above = np.searchsorted(np.cumsum(counts), [int(place), np.ceil(place)], side="right")
    return float(below + (above - below) * (place - int(place)))


def _even_out(grey: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Ink level: how much of the ground's light is missing, 0 to 1."""
    if ground.shape != grey.shape:
        ground = cv2.resize(ground, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    left = cv2.divide(grey, np.maximum(ground, 1), dtype=cv2.CV_32F)
    return np.maximum(1 - left, 0)


def _peak(level: np.ndarray) -> float:
    """The level of the picture's strongest ink."""
    calm = cv2.blur(level, (3, 3))
    rank = max(1, calm.size // PEAK_SHARE)  # from the strongest
    tops = calm.max(axis=1)  # `rank` rows reach this level: the answer is at least as strong
    if rank <= len(tops):
        calm = calm[calm >= np.partition(tops, -rank)[-rank]]
    return float(np.partition(calm, -rank, axis=None)[-rank])


def _find_noise(grain: float, ground: np.ndarray) -> float:
    """The ink level below which there is only grain, or too little contrast to be ink."""
    return max(NOISE_FLOOR * grain, LEAST_CONTRAST) / max(1.0, float(np.median(ground)))


def _split_strokes(level: np.ndarray, noise: float, *, crop: bool) -> tuple[np.ndarray, np.ndarray]:
    """Masks (bool) of the strokes, and of the components too wide, or too long at the border."""
    mask = (level > max(noise, INK_LEVEL * _peak(level))).astype(np.uint8)
    labels, stats = label_components(mask)
    region = find_regions(mask, labels, stats, crop=crop)
    stroke = ~region
    stroke[0] = False
    length = measure_extents(stats) * stroke
    stroke &= length >= SPECK * length.max()
    return stroke.take(labels), region.take(labels)


def _trace_strokes(
    level: np.ndarray, noise: float, enlarged: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Where the strokes are.

    Returns:
        level: float32 (H, W), the ink level relative to the peak of the stroke around it, 0 to 1.
        mask: uint8 (H, W), 1 where a stroke is.
        stroke: the width of the strokes in pixels.
    """
    loose = (level > max(noise, FAINT_INK * _peak(level))).astype(np.uint8)
    stroke = measure_stroke(loose, share=USUAL_STROKES)
    blur = min(GRAIN_BLUR * stroke, MOST_BLUR)
    level = cv2.GaussianBlur(level, (0, 0), blur)
    noise /= 1 + blur / enlarged  # a Gaussian leaves less of white noise, more of paper's grain
    peak = _peak(level)
    floor = max(noise, FAINT_INK * peak)
    if peak < CLEAR_INK * noise:  # the darkest grains of blank paper
        return level, np.zeros(level.shape, np.uint8), stroke
    reach = 2 * max(1, round(stroke / 2)) + 1
    peaks = cv2.dilate(cv2.blur(level, (3, 3)), np.ones((reach, reach), np.uint8))
    peaks = np.maximum(cv2.blur(peaks, (reach, reach)), floor)
    relative = np.minimum(level / peaks, 1)
    mask = (level > floor) & (relative > INK_LEVEL)
    return relative, mask.astype(np.uint8), stroke


def _drop_outside(
    masks: tuple[np.ndarray, np.ndarray], outside: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """The masks without the ink beside the sheet. If nothing would be left, they stay as they are.

    This happens where a 0 fills its picture: the paper inside its loop looks like a sheet.
    """
    if outside is None:
        return masks
    outside = cv2.resize(outside, masks[0].shape[::-1], interpolation=cv2.INTER_NEAREST)
    mask, plain = (strokes & (1 - outside) for strokes in masks)
    return (mask, plain) if mask.any() else masks
