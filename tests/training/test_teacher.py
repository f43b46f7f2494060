"""Teachers: larger networks, asked once for each set of images."""

import numpy as np
import pytest

from digits.errors import UserError
from model import build_model, save_model
from training import teacher
from training.lessons import smooth_labels
from training.recipe import TEACHER
from training.teacher import (
    ask_teachers,
    build_teacher,
    hash_files,
    load_soft_targets,
    load_teachers,
    make_soft_targets,
)


def test_a_teacher_is_loaded_with_the_weights_it_was_saved_with(tmp_path):
    built = build_teacher()
    save_model(built, tmp_path / "teacher.h5")
    (loaded,) = load_teachers([tmp_path / "teacher.h5"])
    for one, other in zip(built.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_model_that_is_no_teacher_is_named(tmp_path):
    path = tmp_path / "model.h5"
    save_model(build_model(), path)
    with pytest.raises(UserError) as caught:
        load_teachers([path])
    assert str(caught.value) == (
        f"{path}: is no teacher, or is damaged; "
        "train one (python train.py --as-teacher --output NAME.h5)"
    )


def test_without_teachers_there_are_no_soft_targets():
    assert load_soft_targets([], TEACHER) is None


def test_teachers_are_known_by_the_content_of_their_files(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"abc")
    assert hash_files([tmp_path / "a.h5"]) == [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2
    ]


def test_teachers_answer_together_by_their_geometric_mean(monkeypatch):
    answers = {"a": np.array([[0.9, 0.1]]), "b": np.array([[0.5, 0.5]])}
    monkeypatch.setattr(teacher, "predict_with_keras", lambda name, images: answers[name])
    together = ask_teachers(["a", "b"], np.zeros((1, 28, 28), np.uint8))
    np.testing.assert_allclose(together, [[0.75, 0.25]])  # sqrt(.45) : sqrt(.05) is 3 : 1


def test_teachers_are_asked_once_for_each_set_of_images(monkeypatch):
    asked = []

    def ask(teachers, images):
        asked.append(len(images))
        return np.eye(10, dtype=np.float32)[[4, 4]]

    monkeypatch.setattr(teacher, "ask_teachers", ask)
    labels = smooth_labels(np.array([4, 9]), 0.05)
    soft_targets = make_soft_targets(["a"], TEACHER._replace(teacher_share=0.75))
    for number in (0, 1, 0, 1):
        targets = soft_targets(number, np.zeros((2, 28, 28), np.uint8), labels)
    assert asked == [2, 2]
    np.testing.assert_allclose(targets[1, 4], 0.75 + 0.25 * labels[1, 4])
