"""`python model.py FROM TO`, with stand-ins where only the answer of another engine matters."""

import importlib.util

import numpy as np
import pytest

from digits.network import DEFAULT_MODEL, Answers, load_network
from exports import convert
from model import load_model

needs_onnx = pytest.mark.skipif(not importlib.util.find_spec("onnx"), reason="needs onnx")
SOURCE = str(DEFAULT_MODEL)


def test_converting_keeps_what_the_network_says(tmp_path, capsys):
    assert convert.main([SOURCE, str(tmp_path / "m.keras")]) == 0
    assert capsys.readouterr().err == ""
    weights = load_model(tmp_path / "m.keras").get_weights()
    for ours, theirs in zip(load_network()[:8], weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_only_a_tflite_file_is_quantised(tmp_path, capsys):
    target = tmp_path / "digits.onnx"
    assert convert.main([SOURCE, str(target), "--quantize"]) == 1
    assert capsys.readouterr().err == (
        f"model.py: error: {target}: --quantize makes a .tflite file; name one\n"
    )


def test_an_unknown_suffix_is_told_with_those_there_are(tmp_path, capsys):
    target = tmp_path / "digits.pkl"
    assert convert.main([SOURCE, str(target)]) == 1
    assert capsys.readouterr().err == (
        f"model.py: error: {target}: a model's name ends in .h5, .keras, .pth, .onnx, .tflite\n"
    )


def test_a_missing_onnx_is_one_line(run_script, tmp_path):
    (tmp_path / "onnx.py").write_text("raise ImportError")
    target = tmp_path / "digits.onnx"
    done = run_script("model.py", SOURCE, target, env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout, target.exists()) == (1, "", False)
    assert done.stderr == (
        "model.py: error: an .onnx file takes onnx: pip install onnx onnxruntime\n"
    )


def test_litert_on_another_backend_is_one_line(tmp_path, monkeypatch, capsys):
    from model import import_keras

    monkeypatch.setattr(import_keras().config, "backend", lambda: "jax")
    assert convert.main([SOURCE, str(tmp_path / "digits.tflite")]) == 1
    assert capsys.readouterr().err == (
        "model.py: error: a .tflite file takes TensorFlow: choose KERAS_BACKEND=tensorflow\n"
    )


def add(answers, value):
    return answers._replace(digits=answers.digits + value)


@needs_onnx
@pytest.mark.parametrize("wrong", [1e-3, np.nan])
def test_a_file_that_answers_otherwise_is_not_swapped_in(wrong, tmp_path, monkeypatch, capsys):
    target = tmp_path / "digits.onnx"
    target.write_bytes(b"what was there")
    answers = convert.load_classifier(SOURCE)
    monkeypatch.setattr(
        "exports.onnx_file.open_onnx", lambda _: lambda images: add(answers(images), wrong)
    )
    assert convert.main([SOURCE, str(target)]) == 1
    assert capsys.readouterr().err.startswith(f"model.py: error: {target}: not written: its answ")
    assert target.read_bytes() == b"what was there"


def test_int8_that_loses_too_much_is_not_swapped_in(tmp_path, monkeypatch, capsys):
    target = tmp_path / "digits.tflite"
    monkeypatch.setattr(convert, "load_model", lambda _: None)
    monkeypatch.setattr("exports.litert_file.encode_litert", lambda *_, **__: b"")
    always_0 = np.eye(10, dtype=np.float32)[:1]
    monkeypatch.setattr(
        "exports.litert_file.open_litert",
        lambda _: lambda images: Answers(always_0.repeat(len(images), 0), None),
    )
    assert convert.main([SOURCE, str(target), "--quantize", "--data", "drawn:240"]) == 1
    assert capsys.readouterr().err.startswith(
        f"model.py: error: {target}: not written; of 20 images held out: "
    )
    assert not target.exists()


def test_the_second_head_is_kept_from_h5_to_h5(tmp_path):
    assert convert.main([str(DEFAULT_MODEL), str(tmp_path / "m.h5")]) == 0
    np.testing.assert_array_equal(load_network(tmp_path / "m.h5").signs, load_network().signs)
