"""A recipe holds every number that decides a training; the command line overrides it."""

from training.recipe import NETWORK, TEACHER, choose_recipe

NOTHING = {"epochs": None, "batch_size": None, "seed": None, "augment": None}


def test_what_is_not_given_is_as_in_the_named_recipe():
    assert choose_recipe(NOTHING, as_teacher=False) == NETWORK
    assert choose_recipe(NOTHING, as_teacher=True) == TEACHER


def test_what_is_given_takes_the_place_of_the_recipes_own():
    given = NOTHING | {"epochs": 3, "augment": False, "seed": 0}
    assert choose_recipe(given, as_teacher=True) == TEACHER._replace(epochs=3, augment=False)


def test_arguments_that_are_no_number_of_a_recipe_are_passed_over():
    assert choose_recipe({"data": "drawn", "resume": True}, as_teacher=False) == NETWORK


def test_a_teacher_learns_from_plain_labels_and_images_varied_as_far_as_can_be():
    changed = {"label_smoothing": 0.0, "strength": 1.0, "batch_norm": False}
    assert NETWORK._replace(**changed) == TEACHER
