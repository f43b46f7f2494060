"""Keras on another backend than TensorFlow: no word of that one, and no second of its import."""

import importlib.util
import os

import pytest

from digits.network import DEFAULT_MODEL

NOT_HERE = """import sys
print("tensorflow is imported", file=sys.stderr)
raise AssertionError
"""


def put_before(folder):
    """A PYTHONPATH on which this folder comes first."""
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))


@pytest.fixture(params=["torch", "jax"])
def backend(request, tmp_path):
    """The environment for a backend, with a TensorFlow that would make itself heard."""
    if not importlib.util.find_spec(request.param):
        pytest.skip(f"needs {request.param}: pip install {request.param}")
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text(NOT_HERE)
    return {"KERAS_BACKEND": request.param, "PYTHONPATH": put_before(tmp_path)}


@pytest.fixture
def trained(backend, run_script, tmp_path):
    """A model, and what its training printed."""
    path = tmp_path / "model.h5"
    arguments = ("--data", "drawn:60", "--epochs", "1", "--output", path)
    return path, run_script("train.py", *arguments, env=backend)


def test_training_says_no_word_of_tensorflow(trained):
    path, done = trained
    assert (done.returncode, done.stderr, path.is_file()) == (0, "", True)
    assert "tensorflow" not in done.stdout.lower()


def test_what_was_trained_reads(trained, backend, run_script, tmp_path):
    path, _ = trained
    done = run_script("test.py", "--model", path, "--data", "drawn:60", env=backend, cwd=tmp_path)
    assert done.returncode == 0
    assert "tensorflow" not in done.stderr.lower()


def test_converting_says_no_word_of_tensorflow(backend, run_script, tmp_path):
    target = tmp_path / "model.keras"
    done = run_script("model.py", DEFAULT_MODEL, target, env=backend)
    assert (done.stdout, done.stderr) == (f"{DEFAULT_MODEL} -> {target}\n", "")


def test_a_backend_that_is_not_installed_is_one_line(run_script, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('no torch', name='torch')")
    environment = {"KERAS_BACKEND": "torch", "PYTHONPATH": put_before(tmp_path)}
    done = run_script("model.py", DEFAULT_MODEL, tmp_path / "model.keras", env=environment)
    assert done.returncode == 1
    assert done.stderr == (
        "model.py: error: Keras with backend torch: torch cannot be imported (no torch); "
        "pip install torch, or choose KERAS_BACKEND=tensorflow, torch or jax\n"
    )
