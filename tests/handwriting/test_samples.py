"""The sample pictures that ship with the project."""

from pathlib import Path

import pytest
from conftest import PROJECT

from digits.picture.decoding import decode_picture
from handwriting.samples import list_samples, main
from scoring.labels import find_labelled

SHIPPED = PROJECT / "input_images"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("samples") / "new"
    assert main([str(folder)]) == 0
    return folder


def test_samples_are_written_with_their_labels(folder):
    expected = {sample.file: sample.label for sample in list_samples()}
    assert {picture.file: picture.label for picture in find_labelled(folder)} == expected
    assert {path.name for path in folder.iterdir()} == {*expected, "labels.csv"}


def test_samples_are_the_same_every_time(folder, tmp_path):
    main([str(tmp_path)])
    for sample in list_samples():
        assert (tmp_path / sample.file).read_bytes() == (folder / sample.file).read_bytes()


def test_the_shipped_samples_are_the_ones_this_code_draws(folder):
    """Compared as pictures: another build of OpenCV may pack the same pixels differently."""
    for sample in list_samples():
        drawn, shipped = (
            decode_picture((place / sample.file).read_bytes()).astype(float)
            for place in (folder, SHIPPED)
        )
        assert drawn.shape == shipped.shape
        assert abs(drawn - shipped).mean() < 2


def test_samples_show_each_digit_alone():
    alone = {sample.label for sample in list_samples() if sample.file.startswith("digit_")}
    assert alone == set("0123456789")


def test_the_shipped_samples_are_small():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 600_000
