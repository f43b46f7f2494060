"""A person's pictures, cut into digits, and dealt out to be held out."""

import cv2
import numpy as np
import pytest
from conftest import write

from digits.errors import UserError
from digits.network import load_network
from handwriting.paper import put_on_paper
from scoring.labels import LabelledPicture, find_labelled
from scoring.pictures import PictureResult
from training.hand.pictures import CutPicture, cut_pictures, split_folds, stack_digits


def save(path, text):
    cv2.imwrite(str(path), put_on_paper(write(text, height=60, neatness=0.9)))


@pytest.fixture
def cut(tmp_path, capsys):
    """Cut the pictures of a list; what is then said of them."""

    def run(rows):
        (tmp_path / "labels.csv").write_text("file,label\n" + rows, encoding="utf-8")
        pictures = cut_pictures(find_labelled(tmp_path), load_network())
        return pictures, capsys.readouterr().err.splitlines()

    return run


def test_digits_come_with_what_the_label_says_they_are(cut, tmp_path):
    save(tmp_path / "a.png", "305")
    save(tmp_path / "b.png", "21")
    pictures, said = cut("a.png,905\nb.png,21\n")
    assert said == []
    images, labels = stack_digits(pictures)
    assert (images.shape, images.dtype) == ((5, 28, 28), np.uint8)
    assert labels.tolist() == [9, 0, 5, 2, 1]
    assert [picture.result.text for picture in pictures] == ["305", "21"]


def test_lines_and_signs_of_a_label_are_no_digits(cut, tmp_path):
    save(tmp_path / "a.png", "30\n215")
    pictures, said = cut("a.png,-30|2+15\n")
    assert said == []
    assert pictures[0].labels.tolist() == [3, 0, 2, 1, 5]


@pytest.mark.parametrize(
    ("text", "label", "reason"),
    [
        ("305", "35", "2 digits by its label, 3 found in it"),
        ("30\n215", "302|15", "lines of 3, 2 digits by its label, of 2, 3 found in it"),
    ],
)
def test_a_picture_that_does_not_match_its_label_is_named_and_left_out(
    cut, tmp_path, text, label, reason
):
    save(tmp_path / "a.png", text)
    save(tmp_path / "b.png", "21")
    pictures, said = cut(f"a.png,{label}\nb.png,21\n")
    assert said == [f"python: note: a.png: left out: {reason}"]
    assert [len(picture.labels) for picture in pictures] == [0, 2]


def test_a_file_that_cannot_be_read_is_named_and_not_in_the_list(cut, tmp_path):
    save(tmp_path / "b.png", "21")
    pictures, said = cut("gone.png,3\nb.png,21\n")
    assert said == ["python: note: gone.png: left out: no such file; check the name"]
    assert [picture.listed.file for picture in pictures] == ["b.png"]


def test_a_picture_without_a_digit_teaches_nothing_and_needs_no_word(cut, tmp_path):
    save(tmp_path / "a.png", "3")
    save(tmp_path / "b.png", "21")
    pictures, said = cut("a.png,\nb.png,21\n")
    assert said == []
    assert [len(picture.labels) for picture in pictures] == [0, 2]


def test_where_there_is_nothing_to_learn_it_ends(cut, tmp_path):
    save(tmp_path / "a.png", "305")
    with pytest.raises(UserError, match=r"^there is no digit to learn from; label pictures "):
        cut("a.png,3\n")


def make_pictures(*sources, digits=1):
    return [
        CutPicture(
            LabelledPicture(f"{number}.png", None, "7", source),
            PictureResult(f"{number}.png", "7", source, "7"),
            np.zeros((digits, 28, 28), np.uint8),
            np.full(digits, 7, np.uint8),
        )
        for number, source in enumerate(sources)
    ]


def test_every_picture_is_held_out_once():
    folds = split_folds(make_pictures(*[""] * 12), seed=0)
    assert [len(fold) for fold in folds] == [3, 3, 2, 2, 2]
    assert sorted(place for fold in folds for place in fold) == list(range(12))
    assert folds != split_folds(make_pictures(*[""] * 12), seed=1)


def test_a_writer_is_held_out_whole():
    sources = ["ann", "bob", "ann", "eve", "bob", "ann"]
    folds = split_folds(make_pictures(*sources), seed=0)
    assert sorted([sources[place] for place in fold] for fold in folds) == [
        ["ann"] * 3,
        ["bob"] * 2,
        ["eve"],
    ]


def test_one_writer_is_held_out_picture_by_picture():
    assert len(split_folds(make_pictures("ann", "ann", "ann"), seed=0)) == 3


def test_nothing_is_held_out_where_nothing_would_be_left():
    assert split_folds(make_pictures(""), seed=0) == []
    one_usable = [*make_pictures("", digits=0), *make_pictures("")]
    assert split_folds(one_usable, seed=0) == []
