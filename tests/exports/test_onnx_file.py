"""The ONNX file, as other programs read it."""

import json
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest
from conftest import PROJECT

from digits.network import DEFAULT_MODEL, HEAD_SHAPES, NO_HEADS, classify_images, load_network
from exports import convert
from exports.onnx_file import encode_onnx, open_onnx

onnx = pytest.importorskip("onnx", reason="needs onnx: pip install -r requirements-optional.txt")


@pytest.fixture(scope="module")
def network():
    """The shipped network with some other heads."""
    rng = np.random.default_rng(0)
    heads = HEAD_SHAPES._asdict().items()
    return load_network()._replace(
        **{name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in heads}
    )


@pytest.fixture(scope="module")
def data(network):
    return encode_onnx(network)


@pytest.fixture
def expected(network, random_images):
    return classify_images(network, random_images)


def test_onnxruntime_answers_as_the_network(data, random_images, expected):
    pytest.importorskip("onnxruntime")
    for count in (len(random_images), 1):
        for ours, theirs in zip(expected, open_onnx(data)(random_images[:count]), strict=True):
            np.testing.assert_allclose(theirs, ours[:count], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "left_out", [("signs",), ("pieces_hidden", "pieces_output"), NO_HEADS._fields]
)
def test_a_head_that_the_network_lacks_is_no_output(network, random_images, left_out):
    pytest.importorskip("onnxruntime")
    network = network._replace(**dict.fromkeys(left_out))
    answers = open_onnx(encode_onnx(network))(random_images)
    for ours, theirs in zip(classify_images(network, random_images), answers, strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-5)


def test_opencv_answers_as_the_network(data, random_images, expected):
    opened = cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8))
    for count in (len(random_images), 1):
        opened.setInput(random_images[:count])
        for ours, theirs in zip(
            expected, opened.forward(["probabilities", "signs", "pieces"]), strict=True
        ):
            np.testing.assert_allclose(theirs, ours[:count], rtol=0, atol=1e-5)


def test_the_lines_of_the_page_run(data, folder, random_images, expected):
    pytest.importorskip("onnxruntime")
    page = (PROJECT / "docs" / "elsewhere.md").read_text(encoding="utf-8")
    (folder / "digits.onnx").write_bytes(data)
    blocks = re.findall(r"^```python\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    for block in blocks:
        names = {"images": random_images}
        exec(block, names)
        np.testing.assert_allclose(names["probabilities"], expected.digits, rtol=0, atol=1e-5)


def test_input_and_output_are_what_the_page_says(data):
    graph = onnx.load_from_string(data).graph
    (images,) = graph.input
    assert images.name == "images"
    assert [output.name for output in graph.output] == ["probabilities", "signs", "pieces"]
    assert images.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert [d.dim_param or d.dim_value for d in images.type.tensor_type.shape.dim] == ["N", 28, 28]


def test_the_record_of_the_model_goes_with_it(tmp_path, capsys):
    assert convert.main([str(DEFAULT_MODEL), str(tmp_path / "digits.onnx")]) == 0
    (entry,) = onnx.load(tmp_path / "digits.onnx").metadata_props
    record = json.loads((PROJECT / "models" / "model.json").read_text())
    assert (entry.key, json.loads(entry.value)) == ("record", record)


def test_it_is_written_without_keras(tmp_path):
    program = (
        "import sys; from exports.convert import main; main(sys.argv[1:])\n"
        "print({'keras', 'tensorflow', 'torch'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, DEFAULT_MODEL, tmp_path / "digits.onnx"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout.endswith("\nset()\n")
