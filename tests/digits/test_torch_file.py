"""PyTorch's files: read without trust in what they say about themselves.

A stand-in for torch, so that it need not be installed; tests/test_model.py has the real one.
"""

import io
import re
import sys
import zipfile
from pickle import UnpicklingError
from types import SimpleNamespace

import numpy as np
import pytest

from digits.errors import UserError
from digits.network import NO_HEADS, load_network
from digits.torch_file import encode_state, read_state

UNREADABLE = (
    "{}: is not a readable state dict of this network; "
    "train one: KERAS_BACKEND=torch python train.py --output model.pth"
)


class Tensor:
    """As much of torch.Tensor as is used."""

    def __init__(self, values):
        self.values = values
        self.shape = values.shape
        self.computed = False

    def is_floating_point(self):
        return self.values.dtype.kind == "f"

    def detach(self):
        return self

    def float(self):
        self.computed = True
        return Tensor(self.values.astype(np.float32))

    def numpy(self):
        return self.values


@pytest.fixture
def torch(monkeypatch):
    """The module torch, whose files hold whatever `state` is; an error there is raised."""

    def load(file, *, map_location, weights_only):
        assert (map_location, weights_only) == ("cpu", True)
        if isinstance(stand_in.state, Exception):
            raise stand_in.state
        return stand_in.state

    def save(state, file):
        stand_in.state = state
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("archive/data.pkl", b"")

    stand_in = SimpleNamespace(load=load, save=save, from_numpy=Tensor, state=None)
    monkeypatch.setitem(sys.modules, "torch", stand_in)
    return stand_in


@pytest.fixture
def path(torch, tmp_path):
    """A file of the shipped network, to be spoilt."""
    (tmp_path / "model.pth").write_bytes(encode_state(load_network()[:8]))
    return tmp_path / "model.pth"


def expect(text):
    return pytest.raises(UserError, match="^" + re.escape(text) + "$")


def test_a_network_comes_back_as_it_was_without_the_other_heads(path):
    expected = load_network()._replace(**NO_HEADS._asdict())
    for ours, theirs in zip(expected, read_state(path), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_view_of_any_size_is_not_computed_with(path, torch):
    torch.state["0.weight"] = tensor = Tensor(np.broadcast_to(np.float16(1), (10**6, 10**6)))
    with expect(UNREADABLE.format(path)):
        read_state(path)
    assert not tensor.computed


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((32, 1, 3, 3), np.int8),
        np.full((32, 1, 3, 3), np.nan, np.float32),
    ],
    ids=["quantised", "no number"],
)
def test_a_tensor_of_another_kind_is_refused(values, path, torch):
    torch.state["0.weight"] = Tensor(values)
    with expect(UNREADABLE.format(path)):
        read_state(path)


@pytest.mark.parametrize(
    "state",
    [[], {}, {"0.weight": 1}, RuntimeError(), UnpicklingError(), RecursionError(), IndexError()],
    ids=repr,
)
def test_another_state_is_refused(state, path, torch):
    torch.state = state
    with expect(UNREADABLE.format(path)):
        read_state(path)


def test_packed_members_are_refused(path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(1000))
    path.write_bytes(buffer.getvalue())
    with expect(UNREADABLE.format(path)):
        read_state(path)


def test_what_is_no_archive_is_refused(path):
    path.write_bytes(b"\x80\x02pickled")
    with expect(UNREADABLE.format(path)):
        read_state(path)
