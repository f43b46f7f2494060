"""Which pieces are joined, nearest first, and that a page costs no more than its ink."""

import numpy as np
import pytest

from digits.segment.blobs import Blob
from digits.segment.neighbours import (
    MOST_PIECES,
    SIDEWAYS,
    count_aside,
    count_bars,
    join_neighbours,
)

SIDE = 4  # pixels of each of the squares that stand for pieces here


def place(*corners):
    """A square piece of ink at each upper left corner (x, y)."""
    return [Blob(x, y, np.ones((SIDE, SIDE), bool)) for x, y in corners]


def join(blobs, height):
    """The members of each joint, in order."""
    return [tuple(sorted(n.members)) for n in join_neighbours(blobs, height) if n.children]


def test_the_nearest_pieces_are_joined_first():
    blobs = place((0, 0), (0, 10), (0, 30))
    assert join(blobs, 40.0) == [(0, 1), (0, 1, 2)]


def test_a_gap_sideways_counts_twice():
    (joint,) = (n for n in join_neighbours(place((0, 0), (10, 0)), 40.0) if n.children)
    assert joint.gap == SIDEWAYS * (10 - SIDE + 1)  # from the last pixel to the first


def test_pieces_farther_apart_than_a_digit_is_high_are_not_joined():
    assert join(place((0, 0), (0, 43)), 40.0) == [(0, 1)]
    assert join(place((0, 0), (0, 44)), 40.0) == []


def test_the_bar_of_a_digit_goes_to_the_digit_and_not_to_the_line_above():
    above, bar, below = place((0, 0), (0, 24), (0, 30))
    above = above._replace(mask=np.ones((20, 20), bool))
    below = below._replace(mask=np.ones((15, 20), bool))
    assert join([above, bar, below], 20.0)[0] == (1, 2)


def test_what_is_far_higher_than_a_digit_is_not_joined():
    blobs = place((0, 0), (0, 40))
    blobs = [blob._replace(mask=np.ones((38, 20), bool)) for blob in blobs]
    assert join(blobs, 35.0) == [(0, 1)]
    assert join(blobs, 12.0) == []


def test_a_digit_is_made_of_so_many_pieces_and_no_more():
    joints = join(place(*((0, 5 * number) for number in range(40))), 40.0)
    assert max(len(members) for members in joints) == MOST_PIECES


@pytest.mark.parametrize("seed", range(5))
def test_the_joints_are_those_that_all_distances_give(seed):
    """Beside the grid: every pair of blobs, the nearest first."""
    rng = np.random.default_rng(seed)
    blobs = place(*rng.integers(0, (900, 30 - SIDE), (30, 2)).tolist())  # none too high
    rows, columns = np.mgrid[:SIDE, :SIDE]
    points = [np.stack([SIDEWAYS * (b.x + columns), b.y + rows], axis=-1) for b in blobs]
    points = [p.reshape(-1, 2) for p in points]
    pairs = [(i, j) for i in range(30) for j in range(i + 1, 30)]
    apart = [np.linalg.norm(points[i][:, None] - points[j], axis=2).min() for i, j in pairs]
    groups = [{i} for i in range(30)]
    expected = []
    for gap, (i, j) in sorted(zip(apart, pairs, strict=True)):
        joint = groups[i] | groups[j]
        if gap <= 30.0 and groups[i] is not groups[j] and len(joint) <= MOST_PIECES:
            expected.append(joint)
            groups = [joint if member in joint else group for member, group in enumerate(groups)]
    assert [set(members) for members in join(blobs, 30.0)] == expected


def test_a_frame_around_a_page_is_no_more_work_than_a_digit():
    page = place(*((40 * x, 40 * y) for x in range(40) for y in range(40)))
    frame = Blob(0, 0, np.pad(np.zeros((1700, 1700), bool), 4, constant_values=True))
    assert len(join_neighbours([*page, frame], 30.0)) < 2 * len(page) + 2


def box(x, y, width, height):
    return Blob(x, y, np.ones((height, width), bool))


DIGIT = box(20, 10, 40, 60)


@pytest.mark.parametrize(
    ("piece", "count"),
    [
        (box(8, 62, 8, 8), 1),  # a full stop
        (box(8, 30, 8, 8), 1),  # the upper dot of a colon
        (box(4, 64, 14, 7), 1),  # a full stop like a short dash
        (box(52, 8, 28, 6), 0),  # the bar of a 5
        (box(30, 62, 8, 8), 0),  # under the digit
        (box(2, 20, 10, 50), 0),  # too high
    ],
)
def test_what_is_like_a_dot_stands_aside(piece, count):
    assert count_aside([piece], DIGIT) == count


@pytest.mark.parametrize(("y", "count"), [(12, 1), (40, 0), (66, 1)])
def test_a_dash_at_the_top_or_the_foot_is_a_bar(y, count):
    assert count_bars([box(0, y, 18, 4)], DIGIT) == count
