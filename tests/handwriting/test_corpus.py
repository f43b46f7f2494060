"""The corpus: always the same pictures, of every effect, labelled with what is in them."""

import numpy as np
import pytest

from digits.picture.decoding import decode_picture
from handwriting import corpus, samples
from handwriting.corpus import COUNT, EFFECTS, draw_corpus, write_corpus
from handwriting.effects import sums
from scoring.labels import find_labelled

WITHOUT_DIGIT = {"letters", "blank", "object", "prose"}
MARKED = [draw for draw in EFFECTS.values() if draw.__module__ == sums.__name__]


@pytest.fixture(scope="module")
def specimens():
    """The first two pictures of every effect."""
    return list(draw_corpus(count=2))


def test_the_corpus_has_at_least_five_hundred_pictures():
    assert COUNT * len(EFFECTS) >= 500


def test_every_effect_is_drawn_as_often_as_asked(specimens):
    assert [specimen.effect for specimen in specimens] == [e for e in EFFECTS for _ in range(2)]


@pytest.mark.slow
def test_fewer_pictures_are_the_first_of_more(specimens):
    """Each is drawn anew, so this shows as well that it is the same every time."""
    for few, more in zip(draw_corpus(count=1), specimens[::2], strict=True):
        assert few.label == more.label
        assert np.array_equal(few.picture, more.picture)


def test_no_two_pictures_are_alike(specimens):
    assert len({specimen.picture.tobytes() for specimen in specimens}) == len(specimens)


def test_pictures_are_8_bit_and_in_colour(specimens):
    for _, effect, picture in specimens:
        assert (effect, picture.dtype, picture.shape[2:]) == (effect, np.uint8, (3,))


def test_nearly_all_pictures_are_small(specimens):
    assert np.mean([max(s.picture.shape) < 640 for s in specimens]) > 0.9


def test_labels_are_lines_of_digits_and_marks(specimens):
    for label, effect, _ in specimens:
        lines = label.split("\n")
        assert effect in WITHOUT_DIGIT or all(set(line) & set("0123456789") for line in lines)
        assert set(label) <= set("0123456789-+×÷=()/.,:\n")


@pytest.mark.slow
def test_every_mark_is_in_some_label():
    labels = [draw(np.random.default_rng(n))[0] for n in range(30) for draw in MARKED]
    assert set("-+×÷=()/.,:") <= set("".join(labels))


def test_spaces_around_signs_are_no_part_of_the_label():
    labels = [sums.draw_sum(np.random.default_rng(n))[0] for n in range(20)]
    assert all(" " not in label for label in labels)


def test_labels_are_empty_where_there_is_no_digit(specimens):
    assert {effect for label, effect, _ in specimens if not label} == WITHOUT_DIGIT


@pytest.mark.slow
def test_a_written_corpus_is_the_drawn_one_with_its_labels(tmp_path, specimens):
    write_corpus(tmp_path / "new", count=2)
    listed = find_labelled(tmp_path / "new")
    assert [(p.label, p.source) for p in listed] == [(s.label, s.effect) for s in specimens]
    for picture, specimen in zip(listed, specimens, strict=True):
        assert np.array_equal(decode_picture(picture.path.read_bytes()), specimen.picture)
    assert len(list((tmp_path / "new").iterdir())) == len(specimens) + 1


def test_the_flag_writes_the_corpus_and_no_samples(tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "write_corpus", lambda folder: write_corpus(folder, count=1))
    monkeypatch.setattr(corpus, "EFFECTS", {"plain": EFFECTS["plain"]})
    assert samples.main(["--corpus", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.csv", "plain_00.png"]
    assert (tmp_path / "labels.csv").read_text() == (
        "file,label,source\nplain_00.png,66857820,plain\n"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "one of the arguments folder --corpus is required"),
        (["a", "--corpus", "b"], "argument --corpus: not allowed with argument folder"),
    ],
)
def test_the_samples_and_the_corpus_are_not_written_at_once(arguments, complaint, capsys):
    with pytest.raises(SystemExit) as caught:
        samples.main(arguments)
    assert caught.value.code == 2
    program = "python -m handwriting.samples"
    assert capsys.readouterr().err == f"{program}: error: {complaint} (see {program} --help)\n"
