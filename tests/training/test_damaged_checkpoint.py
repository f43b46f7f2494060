"""A checkpoint is read whole, or taken for damaged."""

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.errors import UserError
from training.checkpoint import DamagedCheckpointError, Progress, read_checkpoint, save_checkpoint

PROGRESS = Progress(2, {"loss": [0.5, 0.25]}, 12.5, [np.arange(6.0), np.array(7)])
FACTS = {"--epochs": 4}
TOLD = {"training": FACTS, "epoch": 2, "history": {"loss": [0.5, 0.25]}, "seconds": 12.5}


def write(path, facts, **arrays):
    buffer = io.BytesIO()
    np.savez(buffer, facts=facts if isinstance(facts, np.ndarray) else json.dumps(facts), **arrays)
    path.write_bytes(buffer.getvalue())


def test_arrays_come_back_in_their_order(tmp_path):
    progress = PROGRESS._replace(state=[np.array(number) for number in range(120)])
    save_checkpoint(tmp_path / "c", progress, collect=lambda: FACTS)
    state = read_checkpoint(tmp_path / "c", facts=FACTS).state
    assert [int(array) for array in state] == list(range(120))


@pytest.mark.parametrize(
    "facts",
    [
        [],
        {},
        TOLD | {"more": 1},
        TOLD | {"history": {"loss": [0.5]}},
        TOLD | {"history": [1, 2]},
        TOLD | {"history": {}},
        TOLD | {"epoch": "2"},
        np.arange(3),
        np.array(["[" * 10_000]),
    ],
    ids=[
        *("a list", "nothing", "one more", "an epoch less", "another history", "no history"),
        *("a text", "numbers", "nested"),
    ],
)
def test_other_facts_are_damage(facts, tmp_path):
    write(tmp_path / "c", facts, **{"000": np.zeros(3)})
    with pytest.raises(DamagedCheckpointError) as caught:
        read_checkpoint(tmp_path / "c", facts=FACTS)
    assert str(caught.value) == f"{tmp_path / 'c'}: is not a readable checkpoint"


def test_objects_are_damage(tmp_path):
    with zipfile.ZipFile(tmp_path / "c", "w") as archive:
        for name, value in {"facts": np.array(json.dumps(TOLD)), "000": np.array([{}])}.items():
            content = io.BytesIO()
            np.save(content, value, allow_pickle=True)
            archive.writestr(f"{name}.npy", content.getvalue())
    with pytest.raises(DamagedCheckpointError):
        read_checkpoint(tmp_path / "c", facts=FACTS)


def save_bytes():
    buffer = io.BytesIO()
    np.savez(buffer, facts=json.dumps(TOLD), **{"000": np.arange(6.0), "001": np.array(7)})
    return buffer.getvalue()


WHOLE = save_bytes()


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    changes=st.dictionaries(
        st.integers(0, len(WHOLE) - 1), st.integers(0, 255), min_size=1, max_size=8
    )
)
def test_any_changed_bytes_give_the_progress_or_one_line(changes, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "changed.checkpoint"
    data = bytearray(WHOLE)
    for place, value in changes.items():
        data[place] = value
    path.write_bytes(data)
    try:
        answer = [array.tobytes() for array in read_checkpoint(path, facts=FACTS).state]
    except UserError as error:
        answer = str(error)
    assert answer in (
        [array.tobytes() for array in PROGRESS.state],
        f"{path}: is not a readable checkpoint",
    )
