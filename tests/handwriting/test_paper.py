"""Ink on paper, and what a camera makes of it."""

import numpy as np
import pytest

from handwriting import paper


@pytest.fixture
def ink() -> np.ndarray:
    ink = np.zeros((60, 90), np.uint8)
    ink[20:40, 30:60] = 255
    return ink


@pytest.fixture
def sheet() -> np.ndarray:
    return np.full((60, 90, 3), 200, np.uint8)


def test_ink_covers_paper(ink):
    picture = paper.put_on_paper(ink, colour=(1, 2, 3), paper=(250, 251, 252))
    assert picture[30, 45].tolist() == [1, 2, 3]
    assert picture[0, 0].tolist() == [250, 251, 252]


def test_chalk_is_lighter_than_its_board(ink):
    picture = paper.put_on_board(ink, np.random.default_rng(0)).mean(axis=2)
    assert picture[ink > 0].mean() > picture[ink == 0].max()


def test_transparent_ink_has_its_colour_everywhere_and_its_shape_in_alpha(ink):
    picture = paper.make_transparent(ink, colour=(1, 2, 3))
    assert np.unique(picture[..., :3].reshape(-1, 3), axis=0).tolist() == [[1, 2, 3]]
    assert np.array_equal(picture[..., 3], ink)


def test_ink_is_placed_where_asked(ink):
    placed = paper.place_on_sheet(ink, (300, 200), (100, 50))
    assert placed.shape == (200, 300)
    assert np.array_equal(placed[50:110, 100:190], ink)
    assert placed.sum() == ink.sum()


def test_ink_that_leaves_the_sheet_is_refused(ink):
    with pytest.raises(ValueError, match=r".+") as caught:
        paper.place_on_sheet(ink, (100, 100), (20, 0))
    assert str(caught.value) == "ink of 90 x 60 at (20, 0) leaves a sheet of 100 x 100"


def test_broken_strokes_lose_some_ink_and_gain_none(ink):
    broken = paper.break_strokes(ink, np.random.default_rng(0), gaps=3, size=4)
    assert 0 < broken.sum() < ink.sum()
    assert not broken[ink == 0].any()


def test_specks_add_round_ink_and_take_none(ink):
    specked = paper.scatter_specks(ink, np.random.default_rng(0), count=5, size=3)
    assert (specked[ink > 0] == 255).all()
    assert ink.sum() < specked.sum() <= ink.sum() + 5 * 9 * 255


def test_fading_strokes_keep_all_ink_at_the_left_and_the_least_at_the_right(ink):
    faded = paper.fade_strokes(ink, least=0.2)
    assert faded[30, 30] == 255
    assert faded[30, 59] == pytest.approx(0.2 * 255, abs=8)
    assert (np.diff(faded[30, 30:60].astype(int)) <= 0).all()


@pytest.mark.parametrize("margin", [0, 7])
def test_trimmed_ink_has_the_margin_asked_for_on_all_sides(ink, margin):
    trimmed = paper.trim_to_ink(ink, margin=margin)
    assert trimmed.shape == (20 + 2 * margin, 30 + 2 * margin)
    assert trimmed.sum() == ink.sum()


def test_grain_has_the_strength_asked_for(sheet):
    noise = paper.add_grain(sheet, np.random.default_rng(0), strength=5).astype(float) - 200
    assert noise.std() == pytest.approx(5, rel=0.15)
    assert abs(noise.mean()) < 1


def test_a_shadow_leaves_one_part_lit_and_takes_half_the_light_of_the_other(sheet):
    shadowed = paper.add_shadow(sheet, np.random.default_rng(0), depth=0.5, softness=0.05)
    assert (shadowed.max(), shadowed.min()) == (200, 100)


def test_uneven_light_falls_off_smoothly(sheet):
    shaded = paper.shade_unevenly(sheet, np.random.default_rng(0), depth=0.5).astype(int)
    assert shaded.max() - shaded.min() > 40
    assert max(np.abs(np.diff(shaded, axis=axis)).max() for axis in (0, 1)) <= 3


def test_a_vignette_darkens_the_corners_only(sheet):
    picture = paper.add_vignette(sheet, depth=0.5)
    assert picture[0, 0, 0] == 100
    assert picture[30, 45, 0] >= 199


def test_a_lamp_lights_a_spot_and_leaves_the_rest_darker(sheet):
    picture = paper.light_by_lamp(sheet, (20, 30), radius=12, depth=0.4)[..., 0]
    assert picture[30, 20] >= 195
    assert picture[30, 80] == 120


def test_fading_leaves_a_share_of_the_contrast(ink):
    picture = paper.put_on_paper(ink, colour=(0, 0, 0), paper=(200, 200, 200))
    assert np.ptp(paper.fade(picture, contrast=0.1)) == pytest.approx(20, abs=1)


def test_rules_darken_paper_but_not_ink(ink):
    picture = paper.put_on_paper(ink, colour=(0, 0, 0), paper=(255, 255, 255))
    ruled = paper.rule_lines(picture, pitch=10, offset=5, colour=(100, 100, 100))
    assert np.flatnonzero((ruled[:, 0] == 100).all(axis=1)).tolist() == [5, 15, 25, 35, 45, 55]
    assert not ruled[ink > 0].any()


def test_squares_are_ruled_both_ways(sheet):
    squared = paper.rule_squares(sheet, pitch=30, colour=(9, 9, 9))[..., 0]
    assert np.flatnonzero((squared == 9).all(axis=1)).tolist() == [0, 30]
    assert np.flatnonzero((squared == 9).all(axis=0)).tolist() == [0, 30, 60]


def test_a_rule_runs_from_side_to_side_and_hides_no_ink(sheet):
    sheet[:, 45] = 0
    ruled = paper.draw_rule(sheet, (10, 50), colour=(90, 90, 90), thickness=1)[..., 0]
    assert [int(np.argmin(ruled[:, x])) for x in (0, 89)] == [10, 50]
    assert not ruled[:, 45].any()


def test_a_bent_page_is_lower_in_its_middle_and_stays_at_its_sides(sheet):
    sheet[20] = 0
    bent = paper.bend(sheet, 8)[..., 0]
    assert [int(np.argmin(bent[:, x])) for x in (0, 45, 89)] == [20, 28, 20]


def test_a_cell_has_four_borders_that_hide_no_ink(sheet):
    sheet[30, :] = 0
    framed = paper.frame_cell(sheet, inset=5, colour=(90, 90, 90), thickness=1)[..., 0]
    assert np.flatnonzero(framed[20] == 90).tolist() == [5, 84]
    assert np.flatnonzero(framed[:, 40] == 90).tolist() == [5, 54]
    assert not framed[30].any()


def test_a_coin_is_round_and_hides_what_is_under_it(sheet):
    picture = paper.lay_coin(sheet, (40, 30), radius=10, colour=(1, 2, 3))
    assert picture[30, 40].tolist() == [1, 2, 3]
    assert (picture == (1, 2, 3)).all(axis=2).sum() == pytest.approx(np.pi * 10**2, rel=0.1)


def test_a_pad_has_the_widths_asked_for(sheet):
    padded = paper.paste_on_pad(sheet, (1, 2, 3, 4), level=7)
    assert padded.shape == (63, 97, 3)
    assert np.array_equal(padded[1:61, 3:93], sheet)
    assert (padded == 7).all(axis=2).sum() == 63 * 97 - 60 * 90


def test_turning_goes_clockwise_about_the_middle(sheet):
    sheet[:, 44:46] = 0  # an upright line
    turned = paper.turn(sheet, 10)[..., 0]
    assert turned.shape == (60, 90)
    assert abs(np.argmin(turned[30]) - 45) <= 1
    assert np.argmin(turned[10]) > 46  # its upper end leans to the right
    assert turned[0, 0] == 200


def test_compression_changes_a_picture_more_the_less_quality_is_left(ink):
    picture = paper.put_on_paper(ink)
    lost = [
        np.abs(paper.compress(picture, quality=quality) - picture.astype(int)).mean()
        for quality in (30, 95)
    ]
    assert lost[0] > lost[1] > 0


def test_a_table_shows_dark_around_the_sheet(sheet):
    picture = paper.lay_on_table(sheet, np.random.default_rng(0), border=0.2)
    assert picture.shape == (84, 126, 3)
    assert picture[:4].max() < 100
    assert (picture[30:50, 40:80] == 200).all()


@pytest.mark.parametrize(
    "effect",
    [paper.add_grain, paper.add_shadow, paper.shade_unevenly, paper.lay_on_table],
)
def test_effects_are_seeded_and_change_nothing_they_are_given(effect, sheet):
    before = sheet.copy()
    first, second = (effect(sheet, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(sheet, before)
