"""The record beside a model: how it was made, and nothing that gives a person away."""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import Split
from digits.errors import UserError
from model import build_model, import_keras
from training import record as record_module
from training.checkpoint import Progress
from training.recipe import NETWORK
from training.record import (
    collect_facts,
    describe_training,
    encode_record,
    list_arguments,
    make_record,
    read_record,
)
from training.trained.calibration import Calibration

ARGS = argparse.Namespace(
    data="/Users/ada/mnist.npz",
    output=None,
    teachers=[Path("/Users/ada/teacher1.h5")],
    epochs=None,
    seed=3,
)
REST = {"validation_size": 5, "teachers": ["cd"], "as_teacher": False}


@pytest.fixture(scope="module")
def record():
    split = Split(
        np.empty((0, 28, 28)), np.empty(0), "5 images from /Users/ada/mnist.npz", "ab", None
    )
    return make_record(
        list_arguments(ARGS, NETWORK._replace(seed=3), Path("/Users/ada/model.h5")),
        split,
        model=build_model(),
        trained="Flatten, Dense softmax",
        progress=Progress(2, {"accuracy": [0.5, 0.75], "loss": [1.23456789, 1.0]}, 12.345, []),
        calibration=Calibration(0.61234, 0.01234567),
    )


def test_a_record_names_files_but_no_folders(record):
    assert record["arguments"] == {
        "data": "mnist.npz",
        "output": "model.h5",
        "teachers": ["teacher1.h5"],
        "epochs": 10,
        "seed": 3,
    }
    assert "ada" not in json.dumps(record)


def test_a_record_counts_epochs_and_parameters(record):
    assert (record["epochs"], record["parameters"], record["seconds"]) == (2, 225_034, 12.3)


def test_a_record_tells_how_the_model_was_calibrated(record):
    assert (record["temperature"], record["calibrated_loss"]) == (0.6123, 0.012346)


def test_a_record_names_the_versions(record):
    assert record["versions"]["numpy"] == np.__version__


def test_an_encoded_record_is_json_with_a_line_for_each_curve(record):
    text = encode_record(record).decode()
    assert json.loads(text) == record
    assert '    "accuracy": [0.5, 0.75],\n' in text


GOOD = {"history": {"accuracy": [0.5, 0.75], "loss": [2, 1.5]}, "seconds": 3, "arguments": {}}


def test_a_record_of_a_training_is_read(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(GOOD))
    assert read_record(tmp_path / "a.json") == GOOD


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "[" * 100_000,
        "\xff",
        json.dumps(GOOD | {"history": {"accuracy": ["0.5"], "loss": ["1"]}}),
        json.dumps(GOOD | {"history": {"accuracy": [[0.5]], "loss": [1]}}),
        json.dumps(GOOD | {"history": {"accuracy": [0.5, 0.7], "loss": [1]}}),
        json.dumps(GOOD | {"history": {"accuracy": [0.5, 0.7], "loss": [1, 10**400]}}),
        json.dumps(GOOD | {"history": {"accuracy": [], "loss": []}}),
        json.dumps(GOOD | {"history": {"loss": [1]}}),
        json.dumps(GOOD | {"history": GOOD["history"] | {"val_accuracy": None}}),
        json.dumps(GOOD | {"seconds": "long"}),
        json.dumps(GOOD | {"arguments": 5}),
    ],
    ids=[
        *("empty", "a list", "nested", "no UTF-8", "texts", "lists", "an epoch less", "too large"),
        *("no epoch", "no accuracy", "no list", "seconds in words", "no arguments"),
    ],
)
def test_what_is_no_record_is_named(content, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(UserError) as caught:
        read_record(path)
    assert str(caught.value) == (
        f"{path}: is no record of a training; name the .json beside a model"
    )


def test_a_huge_record_is_not_read(tmp_path):
    (tmp_path / "a.json").write_bytes(b" " * 1_000_001)
    with pytest.raises(UserError) as caught:
        read_record(tmp_path / "a.json")
    assert (
        str(caught.value)
        == f"{tmp_path / 'a.json'}: has more than 1 MB, the limit; name a smaller file"
    )


NUMBERS = st.floats() | st.integers()
VALUES = st.none() | NUMBERS | st.text(max_size=3) | st.lists(NUMBERS | st.none(), max_size=3)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    accuracy=st.lists(NUMBERS, max_size=3),
    loss=st.lists(VALUES, max_size=3),
    more=st.dictionaries(st.sampled_from(["seconds", "arguments", "val_accuracy"]), VALUES),
)
def test_any_record_is_told_in_one_line_or_refused(accuracy, loss, more, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.json"
    history = {"accuracy": accuracy, "loss": loss}
    if "val_accuracy" in more:
        history["val_accuracy"] = more.pop("val_accuracy")
    path.write_text(json.dumps({"history": history} | more))
    try:
        answer = describe_training(read_record(path))
    except UserError as error:
        answer = str(error)
    assert "\n" not in answer


def test_the_facts_of_a_training_are_json():
    facts = collect_facts(NETWORK, "ab", **REST)
    assert json.loads(json.dumps(facts)) == facts


@pytest.mark.parametrize("field", NETWORK._fields)
def test_every_number_of_a_recipe_is_a_fact(field):
    value = getattr(NETWORK, field)
    other = NETWORK._replace(**{field: not value if isinstance(value, bool) else value + 1})
    facts, changed = (collect_facts(recipe, "ab", **REST) for recipe in (NETWORK, other))
    names = [name for name in facts if facts[name] != changed[name]]
    assert [name.strip("-").replace("-", " ") for name in names] == [field.replace("_", " ")]


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"data_sha256": "ba"}, "--data (SHA-256)"),
        ({"validation_size": 6}, "--validation-size"),
        ({"teachers": []}, "--teachers (SHA-256)"),
        ({"as_teacher": True}, "--as-teacher"),
    ],
)
def test_data_teachers_and_network_are_facts(changed, name):
    usual = {"data_sha256": "ab"} | REST
    facts, other = (collect_facts(NETWORK, **rest) for rest in (usual, usual | changed))
    assert [key for key in facts if facts[key] != other[key]] == [name]


def test_versions_and_precision_are_facts(monkeypatch):
    before = collect_facts(NETWORK, "ab", **REST)
    monkeypatch.setattr(import_keras(), "__version__", "0.1")
    monkeypatch.setattr(np, "__version__", "0.2")
    monkeypatch.setattr(cv2, "__version__", "0.3")
    monkeypatch.setattr(record_module, "name_precision", lambda: "float8")
    monkeypatch.setattr(
        record_module.importlib, "import_module", lambda name: argparse.Namespace(__version__="0.4")
    )
    after = collect_facts(NETWORK, "ab", **REST)
    backend = import_keras().config.backend()
    assert {name: fact for name, fact in after.items() if fact != before[name]} == {
        "Keras": "0.1",
        "backend": f"{backend} 0.4",
        "NumPy": "0.2",
        "OpenCV": "0.3",
        "precision": "float8",
    }
