"""What a killed training goes on from: written after every epoch, whole or not at all."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cli.script import print_note
from digits.arrays import read_npz
from digits.errors import UserError, blame_file, printable
from digits.files import read_file, write_file

if TYPE_CHECKING:
    import keras

Facts = dict[str, object]  # all that decides a training: JSON values by the names that users read


class DamagedCheckpointError(UserError):
    """The file is no checkpoint, or only part of one."""


class Progress(NamedTuple):
    """How far a training has come."""

    epoch: int  # finished epochs
    history: dict[str, list[float]]  # of each of them
    seconds: float  # spent on them
    state: list[np.ndarray]  # the model's weights, then the optimizer's variables


NOTHING_DONE = Progress(0, {}, 0.0, [])


def capture_state(model: "keras.Model") -> list[np.ndarray]:
    """Copies of the weights and of the optimizer's variables (moments, step count)."""
    return [np.copy(variable.numpy()) for variable in model.weights + model.optimizer.variables]


def restore_state(model: "keras.Model", state: list[np.ndarray]) -> None:
    """Put captured values back into a model compiled the same way."""
    model.optimizer.build(model.trainable_variables)
    for variable, values in zip(model.weights + model.optimizer.variables, state, strict=True):
        variable.assign(values)


def save_checkpoint(path: Path, progress: Progress, *, collect: Callable[[], Facts]) -> None:
    """Write the progress to `path`, atomically, with the facts of the training.

    Raises:
        UserError: it cannot be written.
    """
    told = {"training": collect()} | progress._asdict()
    state = told.pop("state")
    buffer = io.BytesIO()
    np.savez(buffer, facts=json.dumps(told), **{f"{i:03}": a for i, a in enumerate(state)})
    write_file(path, buffer.getvalue())


def read_checkpoint(path: Path, *, facts: Facts) -> Progress:
    """The progress kept in `path`.

    Raises:
        DamagedCheckpointError: it cannot be read.
        UserError: it is of another training than the one that `facts` describe.
    """
    data = read_file(path)
    with blame_file(path, "is not a readable checkpoint", DamagedCheckpointError):
        arrays = read_npz(data)
        told = json.loads(str(arrays.pop("facts")))
        found = dict(told.pop("training"))
        progress = Progress(**told, state=list(arrays.values()))
        if {len(values) for values in progress.history.values()} != {progress.epoch}:
            raise ValueError
    if changes := describe_changes(found, facts):
        raise UserError(
            f"{printable(path)}: is of a training with {', and '.join(changes)}; "
            "give the same again, or leave out --resume to start afresh"
        )
    return progress


def describe_changes(old: Facts, new: Facts) -> list[str]:
    """In words, each fact that differs."""
    return [
        f"{name} {_show(old.get(name))}, now {_show(new.get(name))}"
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    ]


def _show(value: object) -> str:
    """A fact for people; of a SHA-256 the first digits."""
    if isinstance(value, list):
        return " ".join(map(_show, value)) or "none"
    if isinstance(value, str):
        return value[:12] if len(value) == 64 else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else str(value)


def find_progress(path: Path, model: Path, *, collect: Callable[[], Facts]) -> Progress:
    """What to go on from; NOTHING_DONE, with a note, if there is nothing of use and no model.

    Args:
        path: the checkpoint.
        model: what the training is to write.
        collect: the facts of the training, asked for only where there is a checkpoint.

    Raises:
        UserError: the checkpoint is of another training, or the model is there: to start afresh
            would lose it.
    """
    try:
        if path.exists():
            return read_checkpoint(path, facts=collect())
        reason = f"{printable(path)}: no such checkpoint"
    except DamagedCheckpointError as error:
        reason = str(error)
    if model.exists():
        raise UserError(
            f"{reason}, and {printable(model)} is finished; "
            "leave out --resume to train afresh and replace it"
        )
    print_note(f"{reason}; starting afresh")
    return NOTHING_DONE


@contextlib.contextmanager
def explain_interrupt(path: Path) -> Iterator[None]:
    """Inside, Ctrl-C tells what became of the training whose checkpoint this is."""
    try:
        yield
    except KeyboardInterrupt:
        advice = "; add --resume to go on" if path.exists() else ""
        raise KeyboardInterrupt(f"no model was replaced{advice}") from None
