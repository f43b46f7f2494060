"""`train.py --images` as people run it, but on little data."""

import contextlib
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
from functools import partial

import cv2
import numpy as np
import pytest
from conftest import PROJECT

import train
from data import HOW_TO_GET_IT
from digits.network import DEFAULT_MODEL, hash_weights, load_network
from handwriting.pages import Writer, draw_text
from handwriting.paper import put_on_paper
from handwriting.pen import sample_hands
from training.hand import teach, tuning

# Drawn digits stand for MNIST, and little of everything is shown.
SMALL = {"STEPS": 60, "KEPT_IMAGES": 400, "OWN_IMAGES": 600}
SMALL |= {"DRAWN_IMAGES": 50, "NON_DIGITS": 20, "LEARNING_RATE": 2e-3}
DATA = ("--data", "drawn:1000")
FOOTED = Writer(
    sample_hands(1, np.random.default_rng(0), spread=0.3),
    {"7": "6,10 34,8 60,4! 44,50 24,98! 40,94 62,96"},  # most are read as a 2
)


def draw_sevens(folder, count, labels=None):
    """So many pictures of two sevens with a foot in one hand."""
    folder.mkdir()
    rng = np.random.default_rng(1)
    rows = ["file,label"]
    for number in range(count):
        ink = draw_text("77", rng, height=60, neatness=0.6, writer=FOOTED).ink
        cv2.imwrite(str(folder / f"{number}.png"), put_on_paper(ink))
        rows.append(f"{number}.png,{labels[number] if labels else 77}")
    (folder / "labels.csv").write_text("\n".join(rows))
    return folder


def load_benchmark():
    """benchmarks/teach.py as a module; its folder is on the path."""
    spec = importlib.util.spec_from_file_location(
        "teach_benchmark", PROJECT / "benchmarks" / "teach.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(monkeypatch):
    """train.py in this process: status, standard output, standard error."""
    for name, value in SMALL.items():
        monkeypatch.setattr(tuning, name, value)

    def call(*arguments):
        with (
            contextlib.redirect_stdout(io.StringIO()) as stdout,
            contextlib.redirect_stderr(io.StringIO()) as stderr,
        ):
            status = train.main([str(argument) for argument in arguments])
        return status, stdout.getvalue(), stderr.getvalue()

    return call


@pytest.fixture(scope="module")
def sevens(tmp_path_factory):
    return draw_sevens(tmp_path_factory.mktemp("hand") / "sevens", 10)


def test_a_hand_is_learnt_and_tried_and_saved(run, sevens, tmp_path):
    model = tmp_path / "new" / "mine.h5"
    status, stdout, stderr = run("--images", sevens, *DATA, "--output", model)
    lines = stdout.splitlines()
    assert (status, stderr) == (0, "")
    assert lines[0] == (
        "Teaching 20 digits of 10 pictures; what is known is kept by 1,000 drawn images."
    )
    assert [line[:12] for line in lines[1:6]] == [f"fold {n} of 5:" for n in range(1, 6)]
    assert lines[6].startswith("your pictures: 0.0% -> ")
    assert lines[-2:] == [
        f"Wrote {model}, {model.with_suffix('.json')}",
        f"Read with it: python predict.py --model {model} --image photo.jpg",
    ]
    assert sorted(path.name for path in model.parent.iterdir()) == ["mine.h5", "mine.json"]
    record = json.loads(model.with_suffix(".json").read_text())
    assert record["arguments"] == {
        **{"images": "sevens", "start": "model.h5", "output": "mine.h5"},
        **{"data": "drawn:1000", "seed": 0, "force": False},
    }
    assert record["start_sha256"] == hash_weights(load_network())
    assert record["right_before"] < record["right_after"]
    assert load_network(model).signs is not None


@pytest.mark.slow
def test_what_reads_no_better_is_not_written(run, tmp_path):
    """Labels that contradict each other teach nothing that holds for others."""
    labels = ["00", "11", "22", "33", "44", "55", "66", "88", "99", "10"]
    folder = draw_sevens(tmp_path / "lies", 10, labels)
    model = tmp_path / "mine.h5"
    model.write_bytes(b"the old model")
    status, stdout, stderr = run("--images", folder, *DATA, "--output", model)
    assert status == 1
    assert f"{model} will be replaced if that reads better." in stdout.splitlines()
    assert "your pictures: " in stdout
    assert stderr == (
        f"train.py: error: {model}: not written: it reads the pictures held out no better; "
        "--force writes it\n"
    )
    assert model.read_bytes() == b"the old model"


@pytest.mark.slow
def test_one_picture_cannot_be_tried_but_is_learnt_by_force(run, tmp_path, monkeypatch):
    folder, model = draw_sevens(tmp_path / "one", 1), tmp_path / "mine.h5"
    status, stdout, stderr = run("--images", folder, *DATA, "--output", model)
    assert (status, stdout) == (1, "")
    assert stderr == f"train.py: error: {folder}: {teach.ALONE}\n"
    saved = []
    monkeypatch.setattr(teach, "save", lambda path, network, record: saved.append(path))
    status, stdout, _ = run("--images", folder, *DATA, "--output", model, "--force")
    assert (status, saved) == (0, [model])
    assert stdout.splitlines()[1].startswith("drawn digits 9")


def test_without_mnist_it_says_what_does(run, sevens, tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_PATH", str(tmp_path / "no.npz"))
    status, stdout, stderr = run("--images", sevens, "--output", tmp_path / "mine.h5")
    assert (status, stdout) == (1, "")
    assert stderr == (
        f"train.py: error: {tmp_path}/no.npz: no such file or folder; {HOW_TO_GET_IT}\n"
    )
    assert "--data drawn" in HOW_TO_GET_IT


def test_without_keras_it_ends_before_the_work(run, sevens, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "keras" else find(name)
    )
    assert run("--images", sevens, *DATA, "--output", tmp_path / "mine.h5") == (
        1,
        "",
        "train.py: error: keras: is not installed; pip install -r requirements.txt\n",
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--force"], "argument --force: only with --images"),
        (["--start", "a.h5"], "argument --start: only with --images"),
        (["--images", "a", "--resume"], "argument --resume: not allowed with --images"),
        (["--images", "a", "--epochs", "3"], "argument --epochs: not allowed with --images"),
        (["--images", "a", "--no-augment"], "argument --no-augment: not allowed with --images"),
        (["--images", "a", "--teachers", "b"], "argument --teachers: not allowed with --images"),
    ],
)
def test_flags_that_do_not_go_together_are_a_wrong_command_line(run, capsys, arguments, complaint):
    with pytest.raises(SystemExit) as ended:
        train.main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"train.py: error: {complaint} (see train.py --help)\n")


@pytest.mark.parametrize(
    ("images", "complaint"),
    [
        ("no-folder", "no-folder: no such folder"),
        (
            "empty",
            "empty: has no labels.csv (columns file,label) and no pictures in folders 0 to 9",
        ),
    ],
)
def test_a_folder_without_labelled_pictures_is_one_line(
    run, tmp_path, monkeypatch, images, complaint
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    told = run("--images", images, *DATA, "--output", "mine.h5")
    assert told == (1, "", f"train.py: error: {complaint}\n")


@pytest.mark.parametrize("name", ["mine.h5", "mine.json"])
def test_a_folder_in_the_place_of_a_result_is_found_first(run, sevens, tmp_path, name):
    (tmp_path / name).mkdir()
    told = run("--images", sevens, *DATA, "--output", tmp_path / "mine.h5")
    assert told == (
        1,
        "",
        f"train.py: error: {tmp_path}/{name}: is a folder; choose another name\n",
    )


def test_a_missing_start_is_one_line(run, sevens, tmp_path):
    path = tmp_path / "no.h5"
    told = run("--images", sevens, *DATA, "--output", tmp_path / "mine.h5", "--start", path)
    assert told[:2] == (1, "")
    assert told[2].startswith(f"train.py: error: {path}: no such model; ")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a process")
def test_ctrl_c_writes_nothing_and_says_so(sevens, tmp_path):
    command = [sys.executable, "-u", PROJECT / "train.py", "--images", sevens, *DATA]
    process = subprocess.Popen(
        [*map(str, command), "--output", str(tmp_path / "mine.h5")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # What a shell runs in the background ignores Ctrl-C, and so would its children.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout.readline().startswith("Teaching 20 digits")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1] == "train.py: interrupted; no model was written\n"
    assert process.returncode == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_strange_hand_costs_mnist_nothing(mnist_path, tmp_path, monkeypatch):
    """As benchmarks/teach.py has it, for one hand: errors halved, 0.05 points at most."""
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
    benchmark = load_benchmark()
    result = benchmark.teach_hand(0, tmp_path, mnist_path)
    assert benchmark.holds(result), result
    assert result.held_out[0] > 0
    assert result.seconds < 120
    assert hash_weights(load_network(DEFAULT_MODEL)[:4]) == hash_weights(
        load_network(tmp_path / "mine.h5")[:4]
    )


@pytest.mark.parametrize(
    ("held_out", "mnist", "verdict"),
    [
        ((30, 15), (0.9965, 0.9960), ""),
        ((30, 16), (0.9965, 0.9965), "  does not hold"),
        ((30, 1), (0.9965, 0.9959), "  does not hold"),
    ],
)
def test_the_benchmark_tells_what_does_not_hold(monkeypatch, held_out, mnist, verdict):
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
    benchmark = load_benchmark()
    row = benchmark.format_row(0, benchmark.Result(held_out, (153, 31), mnist, 83.2))
    assert row == (
        f"   0    30 -> {held_out[1]:<4}    153 -> 31    99.65% -> {mnist[1]:.2%}     83 s{verdict}"
    )


def test_a_strange_hand_is_the_same_every_time(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
    benchmark = load_benchmark()
    for name in ("a", "b"):
        benchmark.draw_hand(tmp_path / name, hand=1, part=0, count=2)
    first, second = ([p.read_bytes() for p in sorted((tmp_path / n).iterdir())] for n in "ab")
    assert first == second
    assert len(first) == 3
