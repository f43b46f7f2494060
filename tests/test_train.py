"""train.py as people run it: on drawn digits, killed, resumed, with wrong arguments."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import PROJECT

from data import HOW_TO_GET_IT
from digits.network import load_network

SMALL = ("--data", "drawn:600", "--epochs", "4", "--batch-size", "16")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with a finished training, and what it printed."""
    folder = tmp_path_factory.mktemp("finished")
    command = [sys.executable, PROJECT / "train.py", *SMALL, "--output", folder / "model.h5"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=200)
    assert done.returncode == 0, done.stderr
    return folder, done


def start(output, *more):
    """train.py as a running process, whose checkpoint can be waited for."""
    command = [sys.executable, PROJECT / "train.py", *SMALL, "--output", output, *more]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8"
    )


def wait_for(path):
    """Until a file is there, two minutes at most."""
    end = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.005)


def test_it_writes_model_record_and_curves_and_nothing_else(finished):
    folder, _ = finished
    assert sorted(path.name for path in folder.iterdir()) == [
        "model.h5",
        "model.json",
        "training.png",
    ]


def test_nothing_but_progress_is_said_on_stderr(finished):
    assert finished[1].stderr == ""


def test_it_says_what_it_trains_on_and_where_all_went(finished):
    folder, done = finished
    lines = done.stdout.splitlines()
    assert lines[0] == ("Training on 600 drawn images: 550 to learn from, 50 held out to watch it.")
    assert "Epoch 4/4" in lines
    assert lines[-1] == f"Wrote {folder}/model.h5, {folder}/model.json, {folder}/training.png"


def test_no_line_is_longer_than_the_terminal(finished):
    folder, done = finished
    too_long = [line for line in done.stdout.splitlines() if len(line) > 80]
    assert [line for line in too_long if str(folder) not in line and "step" not in line] == []


def test_the_record_tells_how_it_was_made(finished):
    record = json.loads((finished[0] / "model.json").read_text())
    assert record["arguments"] == {
        "data": "drawn:600",
        "output": "model.h5",
        "resume": False,
        "epochs": 4,
        "batch_size": 16,
        "learning_rate": 0.003,
        "validation_size": None,
        "seed": 0,
        "augment": True,
        "as_teacher": False,
        "teachers": [],
    }
    assert record["parameters"] == 225_034
    assert {name: len(values) for name, values in record["history"].items()} == dict.fromkeys(
        ("accuracy", "loss", "val_accuracy", "val_loss"), 4
    )


def test_the_model_can_be_read_without_keras(finished):
    assert load_network(finished[0] / "model.h5").dense_kernel.shape == (1600, 128)


def test_the_same_command_gives_the_same_bytes(finished, tmp_path):
    process = start(tmp_path / "model.h5")
    assert process.communicate(timeout=200)[1] == ""
    assert (tmp_path / "model.h5").read_bytes() == (finished[0] / "model.h5").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_training_goes_on_to_the_same_bytes(finished, tmp_path):
    output = tmp_path / "model.h5"
    process = start(output)
    wait_for(tmp_path / "model.h5.checkpoint")
    process.kill()
    process.communicate()
    assert not output.exists()
    resumed = start(output, "--resume")
    assert resumed.communicate(timeout=200)[1] == ""
    assert output.read_bytes() == (finished[0] / "model.h5").read_bytes()
    assert not (tmp_path / "model.h5.checkpoint").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to the whole console")
def test_ctrl_c_keeps_the_old_model_and_says_how_to_go_on(tmp_path):
    output = tmp_path / "model.h5"
    output.write_bytes(b"the old model")
    process = start(output)
    wait_for(tmp_path / "model.h5.checkpoint")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1] == (
        "train.py: interrupted; no model was replaced; add --resume to go on\n"
    )
    assert process.returncode == 130
    assert output.read_bytes() == b"the old model"


def test_an_unreadable_checkpoint_is_one_line_and_a_fresh_start(finished, tmp_path):
    (tmp_path / "model.h5.checkpoint").write_bytes(b"half of one")
    process = start(tmp_path / "model.h5", "--resume")
    assert process.communicate(timeout=200)[1] == (
        f"train.py: note: {tmp_path}/model.h5.checkpoint: is not a readable checkpoint; "
        "starting afresh\n"
    )
    assert (tmp_path / "model.h5").read_bytes() == (finished[0] / "model.h5").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--epochs", "0"], "argument --epochs: '0' is not at least 1"),
        (["--batch-size", "x"], "argument --batch-size: 'x' is not a whole number from 0 up"),
        (["--learning-rate", "nan"], "argument --learning-rate: 'nan' is not a number from 0 to 1"),
        (
            ["--learning-rate", "x"],
            "argument --learning-rate: 'x' is not a number from 0 to 1",
        ),
        (["--learning-rate", "0"], "argument --learning-rate: '0' is not above 0"),
        (["--seed", "-1"], "argument --seed: '-1' is not a whole number from 0 up"),
        (
            ["--validation-size", "x"],
            "argument --validation-size: 'x' is not a whole number from 0 up",
        ),
        (["--epoch", "1"], "unrecognized arguments: --epoch 1"),
    ],
)
def test_a_wrong_argument_is_one_line_and_status_2(arguments, complaint, run_script):
    done = run_script("train.py", *arguments)
    assert done.returncode == 2
    assert done.stderr == f"train.py: error: {complaint} (see train.py --help)\n"


def test_an_output_folder_that_cannot_be_written_is_found_first(run_script, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    output = tmp_path / "file" / "model.h5"
    done = run_script("train.py", *SMALL, "--output", output)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"train.py: error: {tmp_path}/file: cannot be written to: File exists; "
        "name another folder\n"
    )


def test_missing_data_is_one_line(run_script, tmp_path):
    done = run_script("train.py", "--data", tmp_path / "no.npz", "--output", tmp_path / "m.h5")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"train.py: error: {tmp_path}/no.npz: no such file or folder; {HOW_TO_GET_IT}\n"
    )


def test_a_missing_teacher_is_one_line(run_script, tmp_path):
    teacher = tmp_path / "teacher.h5"
    done = run_script("train.py", *SMALL, "--teachers", teacher, "--output", tmp_path / "m.h5")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"train.py: error: {teacher}: no such file; check the name\n"
