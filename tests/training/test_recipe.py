"""A recipe holds every number that decides a training; the command line overrides it."""

import pytest

from training.recipe import (
    DRAWN,
    FULL_STRENGTH_EPOCHS,
    LONG_EPOCHS,
    NETWORK,
    SHORT_SHARE,
    SHORT_SIGNS,
    TEACHER,
    choose_recipe,
)

NOTHING = {"epochs": None, "batch_size": None, "seed": None, "augment": None}


def test_what_is_not_given_is_as_in_the_named_recipe():
    assert choose_recipe(NOTHING, as_teacher=False) == NETWORK
    assert choose_recipe(NOTHING, as_teacher=True) == TEACHER


def test_what_is_given_takes_the_place_of_the_recipes_own():
    given = NOTHING | {"epochs": 30, "augment": False, "seed": 0}
    assert choose_recipe(given, as_teacher=True) == TEACHER._replace(epochs=30, augment=False)


@pytest.mark.parametrize("as_teacher", [False, True])
def test_a_short_training_varies_less(as_teacher):
    usual = choose_recipe(NOTHING, as_teacher=as_teacher)
    short = choose_recipe(NOTHING | {"epochs": 1}, as_teacher=as_teacher)
    assert short.strength == 1 / FULL_STRENGTH_EPOCHS < usual.strength


def test_what_is_given_to_a_short_training_is_kept():
    short = choose_recipe(NOTHING | {"epochs": 1, "strength": 0.9}, as_teacher=False)
    assert short.strength == 0.9


def test_a_longer_training_has_the_numbers_of_the_usual_one():
    longer = choose_recipe(NOTHING | {"epochs": LONG_EPOCHS - 1}, as_teacher=False)
    assert longer == NETWORK._replace(epochs=LONG_EPOCHS - 1)


def test_arguments_that_are_no_number_of_a_recipe_are_passed_over():
    assert choose_recipe({"data": "mnist.npz", "resume": True}, as_teacher=False) == NETWORK


@pytest.mark.parametrize("data", ["drawn", "drawn:6000"])
def test_where_there_are_drawings_alone_weights_are_averaged(data):
    recipe = choose_recipe({"data": data, "epochs": 12}, as_teacher=False)
    assert recipe == DRAWN._replace(epochs=12)
    assert recipe.averaged_share > 0
    assert choose_recipe({"data": data}, as_teacher=True) == TEACHER


def test_a_teacher_learns_from_plain_labels_and_images_varied_as_far_as_can_be():
    assert (TEACHER.label_smoothing, TEACHER.strength) == (0, 1)
    assert not TEACHER.batch_norm  # it has its own, and keeps it


def test_a_short_training_shows_fewer_tiny_and_drawn_images():
    short, usual, long = (
        choose_recipe({"epochs": epochs}, as_teacher=False) for epochs in (1, 8, 40)
    )
    assert 0 < short.tiny_share < 0.2 * NETWORK.tiny_share
    for share in ("drawn_share", "non_digit_share", "sign_share"):
        part = SHORT_SIGNS if share == "sign_share" else SHORT_SHARE
        assert getattr(short, share) == getattr(NETWORK, share) * part
        assert getattr(usual, share) == getattr(long, share) == getattr(NETWORK, share)
    assert usual.tiny_share == long.tiny_share == NETWORK.tiny_share


def test_a_long_training_varies_images_further_and_keeps_fewer_calm():
    usual, long = (choose_recipe({"epochs": n}, as_teacher=False) for n in (40, LONG_EPOCHS))
    assert long.strength > usual.strength
    assert long.calm_share < usual.calm_share
    teacher = choose_recipe({"epochs": LONG_EPOCHS}, as_teacher=True)
    assert (teacher.strength, teacher.calm_share) == (1, 0)
