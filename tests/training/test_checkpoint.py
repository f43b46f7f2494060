"""What a killed training goes on from, and what it refuses to go on from."""

import numpy as np
import pytest

from digits.errors import UserError
from training.checkpoint import (
    NOTHING_DONE,
    DamagedCheckpointError,
    Progress,
    describe_changes,
    explain_interrupt,
    find_progress,
    read_checkpoint,
    save_checkpoint,
)

PROGRESS = Progress(2, {"loss": [0.5, 0.25]}, 3.5, [np.eye(2, dtype=np.float32), np.array(7)])
FACTS = {"--epochs": 4, "augment": True, "--data (SHA-256)": "ab" * 32, "Keras": "3.15.1"}


@pytest.fixture
def path(tmp_path):
    """A checkpoint of the training that FACTS describe."""
    save_checkpoint(tmp_path / "c", PROGRESS, collect=lambda: FACTS)
    return tmp_path / "c"


def test_a_checkpoint_gives_back_what_it_was_given(path):
    found = read_checkpoint(path, facts=FACTS)
    assert found[:3] == PROGRESS[:3]
    for kept, given in zip(found.state, PROGRESS.state, strict=True):
        np.testing.assert_array_equal(kept, given)


def test_a_checkpoint_of_another_training_is_refused(path):
    with pytest.raises(UserError) as caught:
        read_checkpoint(path, facts=FACTS | {"--epochs": 6, "Keras": "3.16.0"})
    assert str(caught.value) == (
        f"{path}: is of a training with --epochs 4, now 6, and Keras 3.15.1, now 3.16.0; "
        "give the same again, or leave out --resume to start afresh"
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (0, 1, "x 0, now 1"),
        (0.0, 0.05, "x 0.0, now 0.05"),
        (True, False, "x yes, now no"),
        ([], ["ab" * 32, "cd" * 32], "x none, now abababababab cdcdcdcdcdcd"),
        ("ab" * 32, "cd" * 32, "x abababababab, now cdcdcdcdcdcd"),
        ("mixed_bfloat16", "float32", "x mixed_bfloat16, now float32"),
    ],
)
def test_a_difference_is_told_in_words(old, new, said):
    assert describe_changes({"x": old, "y": 1}, {"x": new, "y": 1}) == [said]


def test_a_fact_of_one_side_alone_is_a_difference():
    assert describe_changes({"old": 1}, {"new": 2}) == [
        "old 1, now unknown",
        "new unknown, now 2",
    ]


@pytest.mark.parametrize("content", [b"", b"no zip", "half"])
def test_a_damaged_checkpoint_is_named(content, path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] if content == "half" else content)
    with pytest.raises(DamagedCheckpointError) as caught:
        read_checkpoint(path, facts=FACTS)
    assert str(caught.value) == f"{path}: is not a readable checkpoint"


def test_a_checkpoint_without_facts_is_damaged(path):
    facts = np.array('{"signature": "ab", "epoch": 1, "history": {}, "seconds": 1}')
    with path.open("wb") as file:
        np.savez(file, facts=facts)
    with pytest.raises(DamagedCheckpointError):
        read_checkpoint(path, facts=FACTS)


def collect_nothing():
    raise AssertionError("without a checkpoint nobody needs the facts, which take seconds")


def test_without_a_checkpoint_and_a_model_a_training_starts_afresh(tmp_path, capsys):
    path = tmp_path / "c"
    assert find_progress(path, tmp_path / "m.h5", collect=collect_nothing) == NOTHING_DONE
    assert capsys.readouterr().err == f"python: note: {path}: no such checkpoint; starting afresh\n"


def test_a_damaged_checkpoint_is_a_note_and_a_fresh_start(path, capsys):
    path.write_bytes(b"half of one")
    found = find_progress(path, path.with_name("m.h5"), collect=lambda: FACTS)
    assert found == NOTHING_DONE
    assert capsys.readouterr().err == (
        f"python: note: {path}: is not a readable checkpoint; starting afresh\n"
    )


def test_no_training_starts_afresh_over_a_finished_model(path):
    model = path.with_name("m.h5")
    model.write_bytes(b"")
    path.write_bytes(b"half of one")
    with pytest.raises(UserError) as caught:
        find_progress(path, model, collect=lambda: FACTS)
    assert str(caught.value) == (
        f"{path}: is not a readable checkpoint, and {model} is finished; "
        "leave out --resume to train afresh and replace it"
    )


def test_a_checkpoint_beside_an_old_model_is_gone_on_from(path):
    path.with_name("m.h5").write_bytes(b"")
    assert find_progress(path, path.with_name("m.h5"), collect=lambda: FACTS).epoch == 2


def test_ctrl_c_advises_to_resume_only_where_there_is_a_checkpoint(path):
    for place, said in (
        (path, "no model was replaced; add --resume to go on"),
        (path.with_name("none"), "no model was replaced"),
    ):
        with pytest.raises(KeyboardInterrupt) as caught, explain_interrupt(place):
            raise KeyboardInterrupt
        assert str(caught.value) == said
