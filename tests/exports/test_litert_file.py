"""The .tflite file, run by LiteRT: the float one answers as the network, the small one nearly."""

import numpy as np
import pytest

from digits.network import DEFAULT_MODEL, load_network, predict_probabilities
from exports import convert
from exports.litert_file import encode_litert, open_litert
from model import import_keras, load_model

if import_keras().config.backend() != "tensorflow":
    pytest.skip("needs Keras on TensorFlow", allow_module_level=True)


def test_the_float_file_answers_as_the_network(random_images):
    answers = open_litert(encode_litert(load_model(DEFAULT_MODEL)))(random_images).digits
    expected = predict_probabilities(load_network(), random_images)
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-5)


@pytest.mark.slow
def test_the_quantised_file_is_a_quarter_of_the_size_and_reads_as_much(tmp_path, capfd):
    path = tmp_path / "digits.tflite"
    arguments = [str(DEFAULT_MODEL), str(path), "--quantize", "--data", "drawn:12000"]
    assert convert.main(arguments) == 0
    told, errors = capfd.readouterr()
    assert path.stat().st_size < 0.3 * DEFAULT_MODEL.stat().st_size
    assert told.startswith("Of 1,000 images held out: ")
    assert errors == ""
