"""The record beside a model: how it was made, and nothing that gives a person away."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from data import Split
from model import build_model
from training.fit import Trained
from training.record import encode_record, make_record


@pytest.fixture(scope="module")
def record():
    args = argparse.Namespace(
        data="/Users/ada/mnist.npz",
        output=Path("/Users/ada/model.h5"),
        teachers=[Path("/Users/ada/teacher1.h5")],
        seed=3,
    )
    split = Split(
        np.empty((0, 28, 28)), np.empty(0), "5 images from /Users/ada/mnist.npz", "ab", None
    )
    history = {"accuracy": [0.5, 0.75], "loss": [1.23456789, 1.0]}
    return make_record(args, split, Trained(build_model(), history, 12.345, 0.61234, "float32"))


def test_a_record_names_files_but_no_folders(record):
    assert record["arguments"] == {
        "data": "mnist.npz",
        "output": "model.h5",
        "teachers": ["teacher1.h5"],
        "seed": 3,
    }
    assert "ada" not in json.dumps(record)


def test_a_record_counts_epochs_and_parameters(record):
    assert (record["epochs"], record["parameters"], record["seconds"]) == (2, 225_034, 12.3)


def test_a_record_names_the_versions(record):
    assert record["versions"]["numpy"] == np.__version__


def test_an_encoded_record_is_json_with_a_line_for_each_curve(record):
    text = encode_record(record).decode()
    assert json.loads(text) == record
    assert '    "accuracy": [0.5, 0.75],\n' in text
