"""train.py as people run it: on drawn digits, killed, resumed, with wrong arguments."""

import contextlib
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from conftest import PROJECT

import train
from data import HOW_TO_GET_IT, hold_out, load_split
from digits.network import load_network, predict_probabilities
from model import import_keras
from training import checkpoint as checkpoint_module
from training.trained.calibration import compute_logits, cross_fit_loss

SMALL = ("--data", "drawn:300", "--epochs", "4", "--batch-size", "16")
CHECKPOINT = "model.h5.checkpoint"
# train.py that gets a signal when its first epoch is kept.
STOPPED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
import train
from training import checkpoint

def write_and_stop(path, data, write=checkpoint.write_file):
    write(path, data)
    signal.raise_signal(getattr(signal, sys.argv[1]))

checkpoint.write_file = write_and_stop
sys.exit(train.main(sys.argv[2:]))
"""


def run(*arguments):
    """train.py in this process: status, standard output, standard error."""
    with (
        contextlib.redirect_stdout(io.StringIO()) as stdout,
        contextlib.redirect_stderr(io.StringIO()) as stderr,
    ):
        status = train.main([str(argument) for argument in arguments])
    return status, stdout.getvalue(), stderr.getvalue()


def refuse(*arguments):
    """What train.py says where it must end with status 1 and without a word of a training."""
    status, stdout, stderr = run(*arguments)
    assert (status, stdout) == (1, "")
    return stderr


def start(code, *arguments):
    """Python as a process of its own, in the project's folder."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """What a training leaves to go on from that was stopped when its first epoch was kept."""
    output = tmp_path_factory.mktemp("stopped") / "model.h5"

    def write_and_stop(path, data, write=checkpoint_module.write_file):
        write(path, data)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(checkpoint_module, "write_file", write_and_stop)
        import_keras().utils.clear_session()  # layers are numbered as in a new process
        assert run(*SMALL, "--output", output)[0] == 130
    return output.with_name(CHECKPOINT)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a finished training, and the lines that it printed."""
    folder = tmp_path_factory.mktemp("finished")
    import_keras().utils.clear_session()
    status, stdout, stderr = run(*SMALL, "--output", folder / "model.h5")
    assert (status, stderr) == (0, "")
    return folder, stdout.splitlines()


@pytest.fixture(scope="module")
def resumed(checkpoint, tmp_path_factory):
    """That training gone on with in another folder; nobody reads what it prints. Its status."""
    output = tmp_path_factory.mktemp("resumed") / "model.h5"
    output.with_name(CHECKPOINT).write_bytes(checkpoint.read_bytes())
    import_keras().utils.clear_session()
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout, contextlib.redirect_stdout(stdout):
        status = train.main([*SMALL, "--resume", "--output", str(output)])
    return output, status


def test_it_writes_model_record_and_curves_and_nothing_else(finished):
    folder, _ = finished
    assert sorted(path.name for path in folder.iterdir()) == [
        "model.h5",
        "model.json",
        "training.png",
    ]


def test_it_says_what_it_trains_on_and_where_all_went(finished):
    folder, lines = finished
    assert lines[0] == "Training on 300 drawn images: 275 to learn from, 25 held out to watch it."
    assert lines[-1] == f"Wrote {folder}/model.h5, {folder}/model.json, {folder}/training.png"


def test_it_shows_the_network_before_the_first_epoch(finished):
    _, lines = finished
    assert lines.index('Model: "digit_cnn"') < lines.index("Epoch 1/4") < lines.index("Epoch 4/4")


def test_no_line_is_longer_than_the_terminal(finished):
    folder, lines = finished
    too_long = [line for line in lines if len(line) > 80]
    assert [line for line in too_long if str(folder) not in line and "step" not in line] == []


def test_the_record_tells_how_it_was_made(finished):
    record = json.loads((finished[0] / "model.json").read_text())
    assert record["arguments"] == {
        "data": "drawn:300",
        "output": "model.h5",
        "resume": False,
        "epochs": 4,
        "batch_size": 16,
        "learning_rate": 0.003,
        "validation_size": None,
        "seed": 0,
        "augment": True,
        "batch_norm": False,
        "as_teacher": False,
        "teachers": [],
    }
    assert record["parameters"] == 225_034
    assert record["trained"].startswith("Conv2D 3x3 1x1 valid relu, MaxPooling2D 2x2 2x2 valid, C")
    assert {name: len(values) for name, values in record["history"].items()} == dict.fromkeys(
        ("accuracy", "loss", "val_accuracy", "val_loss"), 4
    )


def test_the_record_names_the_whole_training_set(finished):
    record = json.loads((finished[0] / "model.json").read_text())
    assert record["data_sha256"] == load_split("drawn:300", "train").sha256


def test_the_calibrated_loss_in_the_record_is_that_of_the_file(finished):
    record = json.loads((finished[0] / "model.json").read_text())
    _, validation = hold_out(load_split("drawn:300", "train"), None)
    network = load_network(finished[0] / "model.h5")
    logits = compute_logits(predict_probabilities(network, validation.images))
    assert record["calibrated_loss"] == pytest.approx(
        cross_fit_loss(logits, validation.labels), rel=1e-3
    )


def test_the_model_can_be_read_without_keras(finished):
    assert load_network(finished[0] / "model.h5").dense_kernel.shape == (1600, 128)


@pytest.mark.slow
def test_ctrl_c_keeps_the_old_model_and_says_how_to_go_on(tmp_path):
    output = tmp_path / "model.h5"
    output.write_bytes(b"the old model")
    process = start(STOPPED, "SIGINT", *SMALL, "--output", output)
    assert process.communicate(timeout=200)[1] == (
        "train.py: interrupted; no model was replaced; add --resume to go on\n"
    )
    assert process.returncode == 130
    assert output.read_bytes() == b"the old model"


def test_a_stopped_training_goes_on_to_the_same_bytes(finished, resumed):
    assert resumed[0].read_bytes() == (finished[0] / "model.h5").read_bytes()


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_training_goes_on_to_the_same_bytes(finished, tmp_path):
    output = tmp_path / "model.h5"
    killed = start(STOPPED, "SIGKILL", *SMALL, "--output", output)
    assert killed.communicate(timeout=200)[1] == ""
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    whole = "import sys, train; sys.exit(train.main(sys.argv[1:]))"
    resumed = start(whole, *SMALL, "--resume", "--output", output)
    assert resumed.communicate(timeout=200)[1] == ""
    assert output.read_bytes() == (finished[0] / "model.h5").read_bytes()


def test_a_resumed_training_has_the_whole_history(finished, resumed):
    histories = [
        json.loads((folder / "model.json").read_text())["history"]
        for folder in (finished[0], resumed[0].parent)
    ]
    assert histories[0] == histories[1]


def test_a_finished_training_leaves_no_checkpoint(resumed):
    assert not resumed[0].with_name(CHECKPOINT).exists()


def test_a_reader_that_leaves_early_stops_no_training(resumed):
    output, status = resumed
    assert status == 0
    assert load_network(output).dense_kernel.shape == (1600, 128)


def test_another_training_does_not_go_on_and_says_what_differs(checkpoint):
    before, output = checkpoint.read_bytes(), checkpoint.with_name("model.h5")
    assert refuse(*SMALL, "--seed", "6", "--resume", "--output", output) == (
        f"train.py: error: {checkpoint}: is of a training with --seed 0, now 6; "
        "give the same again, or leave out --resume to start afresh\n"
    )
    assert checkpoint.read_bytes() == before


def test_a_checkpoint_is_of_the_whole_training_set(checkpoint):
    with np.load(checkpoint) as file:
        facts = json.loads(str(file["facts"]))["training"]
    assert facts["--data (SHA-256)"] == load_split("drawn:300", "train").sha256


def test_a_finished_model_is_not_trained_again_by_resume(finished):
    output = finished[0] / "model.h5"
    before = output.read_bytes()
    assert refuse(*SMALL, "--resume", "--output", output) == (
        f"train.py: error: {output}.checkpoint: no such checkpoint, and {output} is finished; "
        "leave out --resume to train afresh and replace it\n"
    )
    assert output.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--epochs", "0"], "argument --epochs: '0' is not at least 1"),
        (["--batch-size", "x"], "argument --batch-size: 'x' is not a whole number from 0 up"),
        (["--learning-rate", "nan"], "argument --learning-rate: 'nan' is not a number from 0 to 1"),
        (["--learning-rate", "x"], "argument --learning-rate: 'x' is not a number from 0 to 1"),
        (["--learning-rate", "0"], "argument --learning-rate: '0' is not above 0"),
        (["--seed", "-1"], "argument --seed: '-1' is not a whole number from 0 up"),
        (
            ["--validation-size", "x"],
            "argument --validation-size: 'x' is not a whole number from 0 up",
        ),
        (["--epoch", "1"], "unrecognized arguments: --epoch 1"),
    ],
)
def test_a_wrong_argument_is_one_line_and_status_2(arguments, complaint, capsys):
    with pytest.raises(SystemExit) as ended:
        train.main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"train.py: error: {complaint} (see train.py --help)\n")


def test_an_output_folder_that_cannot_be_written_is_found_first(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    assert refuse(*SMALL, "--output", tmp_path / "file" / "model.h5") == (
        f"train.py: error: {tmp_path}/file: cannot be written to: File exists; "
        "name another folder\n"
    )


@pytest.mark.parametrize("name", ["model.h5", "model.json", "training.png", "model.h5.checkpoint"])
def test_a_folder_in_the_place_of_a_result_is_found_first(name, tmp_path):
    (tmp_path / name).mkdir()
    assert refuse(*SMALL, "--output", tmp_path / "model.h5") == (
        f"train.py: error: {tmp_path}/{name}: is a folder; choose another name\n"
    )


def test_a_missing_pytorch_is_found_first(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert refuse(*SMALL, "--output", tmp_path / "model.pth") == (
        f"train.py: error: {tmp_path}/model.pth: a .pth file takes PyTorch: pip install torch\n"
    )


def test_a_teacher_in_the_format_of_another_network_is_found_first(tmp_path):
    assert refuse(*SMALL, "--as-teacher", "--output", tmp_path / "teacher.pth") == (
        f"train.py: error: {tmp_path}/teacher.pth: .pth holds only the usual network; "
        "choose .h5 or .keras\n"
    )


def test_missing_data_is_one_line(tmp_path):
    assert refuse("--data", tmp_path / "no.npz", "--output", tmp_path / "m.h5") == (
        f"train.py: error: {tmp_path}/no.npz: no such file or folder; {HOW_TO_GET_IT}\n"
    )


def test_a_missing_teacher_is_one_line(tmp_path):
    teacher = tmp_path / "teacher.h5"
    assert refuse(*SMALL, "--teachers", teacher, "--output", tmp_path / "m.h5") == (
        f"train.py: error: {teacher}: no such file; check the name\n"
    )


def test_a_model_that_is_no_teacher_is_found_first(tmp_path, finished):
    model = finished[0] / "model.h5"
    assert refuse(*SMALL, "--teachers", model, "--output", tmp_path / "m.h5") == (
        f"train.py: error: {model}: is no teacher, or is damaged; "
        "train one (python train.py --as-teacher --output NAME.h5)\n"
    )
