"""What a killed training goes on from: written after every epoch, whole or not at all."""

import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cli.script import print_note
from digits.arrays import read_npz
from digits.errors import UserError, blame_file, printable
from digits.files import read_file, write_file

if TYPE_CHECKING:
    import keras


class DamagedCheckpointError(UserError):
    """The file is no checkpoint, or only part of one."""


class Progress(NamedTuple):
    """How far a training has come."""

    epoch: int  # finished epochs
    history: dict[str, list[float]]  # of each of them
    seconds: float  # spent on them
    state: list[np.ndarray]  # the model's weights, then the optimizer's variables


def sign_training(*facts: object) -> str:
    """A hash of all that decides a training: its recipe, its data, its teachers."""
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def capture_state(model: "keras.Model") -> list[np.ndarray]:
    """Copies of the weights and of the optimizer's variables (moments, step count)."""
    return [np.copy(variable.numpy()) for variable in model.weights + model.optimizer.variables]


def restore_state(model: "keras.Model", state: list[np.ndarray]) -> None:
    """Put captured values back into a model compiled the same way."""
    model.optimizer.build(model.trainable_variables)
    for variable, values in zip(model.weights + model.optimizer.variables, state, strict=True):
        variable.assign(values)


def save_checkpoint(path: Path, progress: Progress, *, signature: str) -> None:
    """Write `progress` to `path`, atomically.

    Raises:
        UserError: it cannot be written.
    """
    facts = {"signature": signature} | progress._asdict()
    state = facts.pop("state")
    buffer = io.BytesIO()
    np.savez(buffer, facts=json.dumps(facts), **{f"{i:03}": a for i, a in enumerate(state)})
    write_file(path, buffer.getvalue())


def read_checkpoint(path: Path, *, signature: str) -> Progress:
    """The progress kept in `path`.

    Raises:
        DamagedCheckpointError: it cannot be read.
        UserError: it is of another training than the one that `signature` names.
    """
    data = read_file(path)
    with blame_file(path, "is not a readable checkpoint", DamagedCheckpointError):
        arrays = read_npz(data)
        facts = json.loads(str(arrays.pop("facts")))
        found = facts.pop("signature")
        progress = Progress(**facts, state=list(arrays.values()))
        if {len(values) for values in progress.history.values()} != {progress.epoch}:
            raise ValueError
    if found != signature:
        raise UserError(
            f"{printable(path)}: is of a training with other arguments or data; "
            "give the same again, or leave out --resume to start afresh"
        )
    return progress


def find_progress(path: Path, *, signature: str) -> Progress | None:
    """What to go on from; None, with a note, if there is nothing of use.

    Raises:
        UserError: the checkpoint is of another training: to start afresh would lose it.
    """
    if not path.exists():
        print_note(f"{path}: no such checkpoint; starting afresh")
        return None
    try:
        return read_checkpoint(path, signature=signature)
    except DamagedCheckpointError as error:
        print_note(f"{error}; starting afresh")
        return None
