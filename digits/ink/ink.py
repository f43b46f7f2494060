"""From a picture to its ink: the light evened out, the polarity found, the strokes told from paper.

Everything here works on a copy of the picture of about WORK_SIDE pixels: enough for a digit, and
the same cost whatever the camera.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from digits.ink.crops import drop_cell, runs_around
from digits.ink.edges import (
    Edges,
    drop_other_side,
    have_all_edges,
    measure_edges,
    weigh_strokes,
)
from digits.ink.ground import Ground, close_over, even_out, settle_ground
from digits.ink.levels import find_peak, find_quantile
from digits.ink.regions import (
    drop_regions,
    find_box,
    find_frames,
    find_regions,
    label_components,
    measure_extents,
    measure_stroke,
    pick_components,
    widen,
)
from digits.ink.rulings import remove_rulings
from digits.ink.sheet import find_outside, is_paper, shrink_by

WORK_SIDE = 1000  # pixels of the longer side: a page of digits keeps some 30 pixels a digit
SMALL_SIDE = 256  # smaller pictures are enlarged by whole factors to about this many pixels
GROUND_SIDE = 256  # light varies slowly: the ground is estimated at this resolution
# The ground under a stroke is the brightest level in a window around it. The window must be wider
# than the stroke and narrower than a shadow or the edge of a table. The widest is tried first.
GROUND_WINDOWS = (0.75, 0.4, 0.2, 0.1, 0.05)  # of the shorter side
GRAIN_WINDOW = 5  # pixels: grain is what a median over so many takes away
CALM_SHARE = 0.3  # of the picture, the calmest part, tells its grain: strokes may fill the rest
MEAN_DEVIATION = 0.8  # of a normal distribution's standard deviation: sqrt(2 / pi)
LEAST_SEEN = 64  # pixels of the longer side: below it there is no room to measure grain
WINDOW_TRUST = 0.5  # power of the window's share in the evidence: a wider window makes up less
REGION_RIM = 0.05  # of the shorter side: so near a region its own blurred edge may lie
RIVAL = 0.6  # of the evidence for the likelier polarity: with that much the other is read as well
LEAST_SHARE = 0.05  # and so much is enough for a digit cut out: of a fat one only loops look thin
MOST_ALONE = 0.15  # of the picture: what is written on it covers less, the paper around it more
SPECK = 1 / 3  # of the longest stroke: shorter ones do not count as evidence for a polarity
CROP_SIDE = 64  # pixels: a picture no larger is a digit cut out, without rules, edges or a table
INK_LEVEL = 0.4  # of the ink's own peak: where a stroke ends (half, and a little for thin ones)
GRAIN_BLUR = 1 / 6  # of the stroke width: paper and pencil grain smoothed, edges hardly
MOST_BLUR = 2.0  # pixels: grain is no coarser in a working picture, and wide blurs are slow
BLURRED = 4.0  # of a Gaussian's width: no further it reaches
FAINT_INK = 0.15  # of the picture's darkest ink: a pencil fades to a sixth of it, no further
NOISE_FLOOR = 5.0  # standard deviations of the paper's grain
CLEAR_INK = 3.0  # noise floors: a page of grain alone reaches 2.3, the faintest pencil 10
LEAST_CONTRAST = 3.0  # grey levels of 255: below it there is no ink to speak of
RULE_GAP = 2.0  # stroke widths: a printed rule may be dotted
USUAL_STROKES = 0.5  # share of the ink whose stroke width is the picture's


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
    # float (2, 3): from x, y, 1 to x, y in the working copy of the picture as displayed; None: the
    # same. Ink that was turned has one.
    back: np.ndarray | None = None
    rules: np.ndarray | None = None  # uint8 (H, W), 1 where a ruled line was; None: nowhere
    alone: bool = False  # there is nothing in the picture but strokes: no edges beside theirs
    share: float = 1.0  # of the evidence for the likelier polarity

    @property
    def blur(self) -> float:
        """How far the level was smoothed: the standard deviation of a Gaussian in pixels."""
        return measure_blur(self.stroke)


class _Small(NamedTuple):
    """A picture at the resolution at which the ground is estimated."""

    grey: np.ndarray  # uint8 (h, w)
    smooth: np.ndarray  # uint8 (h, w), without its grain
    edges: Edges  # the same inverted
    scale: float  # its pixels per working pixel


class _Found(NamedTuple):
    """One reading of the picture as ink on a ground."""

    ground: Ground
    strokes: np.ndarray  # uint8 (h, w), 1 where the ink is
    evidence: float  # how well this reading explains the picture
    alone: bool  # thin strokes on a ground and nothing else: it is not the other way round


def find_inks(picture: np.ndarray, *, side: int = WORK_SIDE) -> Iterator[Ink]:
    """The ink in a BGR picture, dark on light or light on dark; both where either may be.

    The likelier one is the first, and the other one is not traced before it is asked for. They are
    found in a copy whose longer side has `side` pixels at most.
    """
    working = make_working(picture, most=side)
    small = _make_small(working.grey)
    found = [_find_strokes_on_sheet(working, small)]
    if not found[0][-1].alone:  # true of few drawings, and of half of all photos
        found.append(_find_strokes_on_sheet(_invert_working(working), _invert_small(small)))
        found.sort(key=lambda one: -one[-1].evidence)
        found = [one for one in found if not is_paper(one[-1].strokes)] or found
    most = found[0][-1].evidence
    least = most * (LEAST_SHARE if working.crop else RIVAL)
    for one in found:
        share = one[-1].evidence / most if most else 1.0
        if one[-1].evidence >= least:
            ink = _trace_ink(*one)._replace(share=share)
            if share >= RIVAL or not runs_around(ink.mask):
                yield ink


def make_working(picture: np.ndarray, *, most: int = WORK_SIDE) -> Working:
    """A BGR picture, uint8 (H, W, 3), in grey and with a longer side of at most `most` pixels.

    One smaller than SMALL_SIDE is enlarged.
    """
    side = max(picture.shape[:2])
    grey = _shrink(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), most)
    grain, crop = _measure_grain(grey), side <= CROP_SIDE
    if side >= SMALL_SIDE:
        return Working(grey, min(1.0, most / side), grain, crop)
    scale = -(-SMALL_SIDE // side)
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return Working(grey, scale, grain, crop)


def _make_small(grey: np.ndarray) -> _Small:
    scale = min(1.0, GROUND_SIDE / max(grey.shape))
    small = shrink_by(grey, scale)
    smooth = cv2.medianBlur(small, 3)
    return _Small(small, smooth, measure_edges(small, smooth), scale)


def _find_strokes_on_sheet(working: Working, small: _Small) -> tuple[Working, _Small, _Found]:
    """Where the strokes are: on the sheet, if there is one, with the table beside it as light.

    A 0 may fill its picture, and the paper in its loop look like a sheet: then there are none.
    """
    outside = None if working.crop else find_outside(small.smooth)
    if outside is not None:
        sheet = _paint_table(working, small, outside)
        found = _find_ground(*sheet)
        if found.strokes.any():
            return *sheet, found
    return working, small, _find_ground(working, small)


def _paint_table(working: Working, small: _Small, outside: np.ndarray) -> tuple[Working, _Small]:
    """The picture with what is beside the sheet, uint8 (h, w), as light as the sheet."""
    level = int(np.median(small.smooth[outside == 0]))
    grey, smooth = small.grey.copy(), small.smooth.copy()
    grey[outside > 0] = smooth[outside > 0] = level
    outside = cv2.resize(outside, working.grey.shape[::-1], interpolation=cv2.INTER_NEAREST)
    painted = working.grey.copy()
    painted[outside > 0] = level
    edges = measure_edges(grey, smooth)
    return working._replace(grey=painted), _Small(grey, smooth, edges, small.scale)


def _invert_working(working: Working) -> Working:
    return working._replace(grey=255 - working.grey)


def _invert_small(small: _Small) -> _Small:
    return small._replace(grey=255 - small.grey, smooth=255 - small.smooth)


def _trace_ink(working: Working, small: _Small, found: _Found) -> Ink:
    """The dark ink of a picture on the ground that was found."""
    ground, beside = found.ground, np.zeros_like(small.smooth)
    if found.strokes.any():
        ground, beside = settle_ground(small.smooth, found.strokes, crop=working.crop)
    darkness = even_out(working.grey, ground.level)
    level, mask, stroke = _trace_strokes(
        darkness, _find_noise(working.grain, ground), working.enlarged
    )
    if working.crop:
        mask = drop_cell(mask, working.enlarged)
    plain = mask
    if not working.crop:
        mask = drop_other_side(mask, darkness, level)
        # Rules first: one that runs along the border would take the digits on it with it.
        plain = remove_rulings(mask, darkness, stroke)
    rules = None
    if ruled := not np.array_equal(plain, mask):
        dots = np.ones(2 * (round(RULE_GAP * stroke),), np.uint8)
        rules = cv2.morphologyEx(mask & (1 - plain), cv2.MORPH_CLOSE, dots)
    if not found.alone:
        mask = drop_regions(mask, beside, crop=working.crop)
        plain = drop_regions(plain, beside, crop=working.crop) if ruled else mask
    return Ink(working, level, mask, plain, stroke, rules=rules, alone=found.alone)


def _shrink(grey: np.ndarray, most: int) -> np.ndarray:
    """The picture with a longer side of `most` pixels at most, every pixel a mean of its own.

    It is made grey first and then halved several times: 12 megapixels take 5 ms, where one step in
    colour takes 30.
    """
    while (side := max(grey.shape)) > most:
        scale = max(0.5, most / side)
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
    return find_quantile(calm, CALM_SHARE) / GRAIN_WINDOW**2 / MEAN_DEVIATION


def _find_ground(working: Working, small: _Small) -> _Found:
    """The picture as dark ink on a ground: the window that gives the most evidence of strokes."""
    best = None
    for share in GROUND_WINDOWS:
        ground = close_over(small.smooth, share * min(small.smooth.shape))
        noise = _find_noise(working.grain * small.scale, ground)
        level = even_out(small.grey, ground.level)
        strokes, regions = _split_strokes(level, noise, crop=working.crop)
        evidence = share**WINDOW_TRUST * weigh_strokes(small.edges, strokes, crop=working.crop)
        if best is None or evidence > best.evidence:
            best = _Found(ground, strokes, evidence, alone=False)
        if not regions:  # narrower windows would only hollow the strokes out
            thin = share == GROUND_WINDOWS[0] and strokes.mean() <= MOST_ALONE
            return best._replace(alone=thin and have_all_edges(small.edges, strokes))
    return best


def _find_noise(grain: float, ground: Ground) -> float:
    """The ink level below which there is only grain, or too little contrast to be ink."""
    return max(NOISE_FLOOR * grain, LEAST_CONTRAST) / max(1.0, ground.usual)


def _split_strokes(level: np.ndarray, noise: float, *, crop: bool) -> tuple[np.ndarray, bool]:
    """uint8 (h, w), 1 where a stroke is; and whether there is a region, too wide for a stroke.

    Beside a dark region faint strokes pass for paper: they are looked for without it.
    """
    strokes, regions = _find_strokes(level, noise, crop=crop)
    if regions is None or crop:
        return strokes, regions is not None
    reach = 2 * max(1, round(REGION_RIM * min(level.shape))) + 1
    near = cv2.dilate(regions, np.ones((reach, reach), np.uint8))
    return _find_strokes(cv2.copyTo(level, 1 - near), noise, crop=crop)[0], True


def _find_strokes(
    level: np.ndarray, noise: float, *, crop: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """uint8 (h, w), 1 where a stroke is; and where the regions are, too wide for one, or None.

    A component that is too long at the border is a region as well.
    """
    peak = find_peak(_blur(level, 3), level.size)
    mask = (level > max(noise, INK_LEVEL * peak)).view(np.uint8)
    labels, stats = label_components(mask)
    region = find_regions(mask, labels, stats, crop=crop)
    stroke = ~region
    stroke[0] = False
    length = measure_extents(stats) * stroke
    longest = length.max()
    if (length[stroke] < SPECK * longest).any():
        # The rules of a table are far longer than what is written in it, and in this small picture
        # too faint to be whole.
        frames = find_frames((level > max(noise, FAINT_INK * peak)).view(np.uint8))
        if frames.any():
            longest = np.delete(length, labels[frames]).max(initial=0)
    stroke &= length >= SPECK * longest
    strokes = mask if stroke[1:].all() else pick_components(labels, stroke)
    return strokes, pick_components(labels, region) if region.any() else None


def _trace_strokes(
    level: np.ndarray, noise: float, enlarged: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Where the strokes are.

    Returns:
        level: float32 (H, W), the ink level relative to the peak of the stroke around it, 0 to 1.
        mask: uint8 (H, W), 1 where a stroke is.
        stroke: the width of the strokes in pixels.
    """
    relative, strokes = np.zeros_like(level), np.zeros(level.shape, np.uint8)
    faintest = noise / (1 + MOST_BLUR / enlarged)  # elsewhere nothing becomes ink
    box, size = find_box((level > faintest).view(np.uint8)), level.size
    loose = level[box] > max(noise, FAINT_INK * find_peak(_blur(level[box], 3), size))
    stroke = measure_stroke(loose.view(np.uint8), share=USUAL_STROKES)
    blur = measure_blur(stroke)
    reach = 2 * max(1, round(stroke / 2)) + 1
    box = widen(box, reach + round(BLURRED * blur))
    level = cv2.GaussianBlur(level[box], (0, 0), blur)
    noise /= 1 + blur / enlarged  # a Gaussian leaves less of white noise, more of paper's grain
    calm = _blur(level, 3)
    peak = find_peak(calm, size)
    floor = max(noise, FAINT_INK * peak)
    if peak < CLEAR_INK * noise:  # the darkest grains of blank paper
        return relative, strokes, stroke
    mask = (level > floor).view(np.uint8)
    ink = widen(find_box(mask), reach)  # the peaks around all ink, and one pixel beside it
    peaks = _blur(cv2.dilate(calm[ink], np.ones((reach, reach), np.uint8)), reach)
    np.maximum(peaks, floor, out=peaks)
    np.divide(level[ink], peaks, out=peaks)
    np.minimum(peaks, 1, out=relative[box][ink])
    np.bitwise_and(mask, relative[box] > INK_LEVEL, out=strokes[box])
    return relative, strokes, stroke


def measure_blur(stroke: float) -> float:
    """By how many pixels ink is smoothed whose strokes are so many wide."""
    return min(GRAIN_BLUR * stroke, MOST_BLUR)


def _blur(level: np.ndarray, side: int) -> np.ndarray:
    return cv2.blur(level, (side, side))
