"""test.py as people run it; the answers of its model are known without computing anything."""

import json
import math
import subprocess
import sys

import cv2
import h5py
import numpy as np
import pytest
from conftest import PROJECT

from digits.network import HOW_TO_GET_ONE, WEIGHT_SHAPES, weight_path

ALWAYS = 3  # the digit that the model of these tests sees everywhere, with probability 1/2


def write_model(path):
    """A model that answers 3 with 50% and every other digit with 1/18, whatever it is shown."""
    path.parent.mkdir()
    with h5py.File(path, "w") as file:
        for (layer, weight), shape in WEIGHT_SHAPES.items():
            values = np.zeros(shape, np.float32)
            if (layer, weight) == ("output", "bias"):
                values[ALWAYS] = math.log(9)  # exp() of it equals the nine others together
            file[weight_path(layer, weight)] = values
    return path


@pytest.fixture
def model(tmp_path):
    """That model in a folder of its own."""
    return write_model(tmp_path / "model" / "always3.h5")


@pytest.fixture(scope="module")
def scored(tmp_path_factory, run_script):
    """Ten drawn test digits, each once, scored twice: as text, and as JSON with --output.

    Their model, the two finished processes, and where the second one wrote; no Keras was there.
    """
    folder = tmp_path_factory.mktemp("scored")
    for name in ("keras", "tensorflow"):
        (folder / f"{name}.py").write_text("raise SystemExit('imported')")
    path = write_model(folder / "model" / "always3.h5")
    command = ("test.py", "--model", path, "--data", "drawn:60")
    options = {"cwd": folder, "env": {"PYTHONPATH": str(folder)}}
    as_text = run_script(*command, **options)
    as_json = run_script(*command, "--format", "json", "--output", "new/folder", **options)
    return path, as_text, as_json, folder / "new" / "folder"


@pytest.fixture
def score(run_script, model, tmp_path):
    """Run test.py with that model in an empty folder."""

    def run(*arguments, **options):
        options = {"cwd": tmp_path} | options
        return run_script("test.py", "--model", model, *arguments, **options)

    return run


@pytest.fixture
def handwriting(tmp_path):
    """A folder of labelled pictures: two with a stroke (a 3 and a 1 by their labels), one blank."""
    folder = tmp_path / "mine"
    folder.mkdir()
    stroke = np.full((80, 60), 255, np.uint8)
    cv2.line(stroke, (30, 12), (28, 66), 0, 6, cv2.LINE_AA)
    cv2.imwrite(str(folder / "three.png"), stroke)
    cv2.imwrite(str(folder / "one.png"), stroke)
    cv2.imwrite(str(folder / "blank.png"), np.full_like(stroke, 255))
    (folder / "labels.csv").write_text(
        "file,label,source\nthree.png,3,me\none.png,1,me\nblank.png,,paper\n"
    )
    return folder


def test_scores_of_a_model_that_always_says_three(scored):
    _, _, result, _ = scored
    scores = json.loads(result.stdout)
    assert result.returncode == 0
    assert (scores["accuracy"], scores["errors"], scores["total"]) == (0.1, 9, 10)
    assert scores["loss"] == pytest.approx((math.log(2) + 9 * math.log(18)) / 10)
    assert scores["ece"] == pytest.approx(0.5 - 0.1)
    assert [row[ALWAYS] for row in scores["confusion"]] == [1] * 10
    assert scores["per_digit"][ALWAYS]["precision"] == 0.1
    assert scores["per_digit"][ALWAYS]["recall"] == 1


def test_text_fits_an_80_column_terminal(scored):
    lines = scored[1].stdout.splitlines()
    assert "accuracy            10.00%  9 errors of 10 images" in lines
    assert "    3     10.00%  100.00%   18.18%        1" in lines
    assert max(len(line) for line in lines[1:]) <= 80


def test_pictures_go_beside_the_model_or_where_output_says(scored):
    model, as_text, _, folder = scored
    pictures = ["confusion_matrix.png", "mistakes.png"]
    for name in pictures:
        assert cv2.imread(str(model.parent / name)) is not None
        assert f"test.py: note: wrote {model.parent / name}" in as_text.stderr.splitlines()
    assert sorted(path.name for path in model.parent.iterdir()) == ["always3.h5", *pictures]
    assert sorted(path.name for path in folder.iterdir()) == pictures


def test_neither_keras_nor_tensorflow_is_imported(scored):
    assert [done.returncode for done in scored[1:3]] == [0, 0]


def test_help_and_wrong_flags_are_answered_without_numpy(run_script, tmp_path):
    (tmp_path / "numpy.py").write_text("raise SystemExit('imported')")
    env = {"PYTHONPATH": str(tmp_path)}
    assert run_script("test.py", "--help", env=env).stdout.startswith("usage: test.py")
    assert run_script("test.py", "--bogus", env=env).stderr == (
        "test.py: error: unrecognized arguments: --bogus (see test.py --help)\n"
    )


def test_without_matplotlib_the_scores_come_with_a_note(model, tmp_path):
    # As on a machine that has only requirements-predict.txt: matplotlib cannot be found.
    hide = (
        "import importlib.util, runpy, sys\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name: find(name) if name != 'matplotlib' else None\n"
        "sys.modules['matplotlib'] = None\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "sys.argv = [sys.argv[1] + '/test.py', *sys.argv[2:]]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    command = [sys.executable, "-c", hide, str(PROJECT), "--model", str(model)]
    result = subprocess.run(
        [*command, "--data", "drawn:60"], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0
    assert "9 errors of 10 images" in result.stdout
    assert result.stderr == (
        "test.py: note: no pictures of the result: pip install matplotlib draws them\n"
    )
    assert [path.name for path in model.parent.iterdir()] == ["always3.h5"]


def test_images_are_scored_as_predict_py_reads_them(score, handwriting):
    result = score("--images", handwriting, "--format", "json")
    scores = json.loads(result.stdout)
    assert (result.returncode, result.stderr) == (0, "")
    assert (scores["errors"], scores["total"], scores["loss"]) == (1, 3, None)
    assert scores["confusion"][1][3] == scores["confusion"][3][3] == 1
    told = ("file", "label", "text", "source")
    assert [{key: picture[key] for key in told} for picture in scores["pictures"]] == [
        {"file": "three.png", "label": "3", "text": "3", "source": "me"},
        {"file": "one.png", "label": "1", "text": "3", "source": "me"},
        {"file": "blank.png", "label": "", "text": "", "source": "paper"},
    ]
    assert [(row["source"], row["errors"]) for row in scores["per_source"]] == [
        ("me", 1),
        ("paper", 0),
    ]


def test_images_as_text_names_the_wrong_ones(score, handwriting):
    lines = score("--images", handwriting).stdout.splitlines()
    assert lines[-2:] == ["wrong pictures", "  one.png  is 1, read 3"]


def test_images_write_pictures_only_when_told_where(score, handwriting, model, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    score("--images", handwriting)
    assert sorted(tmp_path.rglob("*")) == before
    score("--images", handwriting, "--output", tmp_path / "out")
    assert cv2.imread(str(tmp_path / "out" / "mistakes.png")) is not None
    assert cv2.imread(str(tmp_path / "out" / "confusion_matrix.png")) is not None


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "no such file; check the name"),
        (b"hello, this is text", "is text, not a picture; give a picture file such as PNG or JPEG"),
    ],
    ids=["missing", "text"],
)
def test_a_listed_file_that_cannot_be_read_is_wrong_and_makes_status_1(
    score, handwriting, content, complaint
):
    bad = handwriting / "bad.png"
    if content is not None:
        bad.write_bytes(content)
    with (handwriting / "labels.csv").open("a") as file:
        file.write("bad.png,7,me\n")
    result = score("--images", handwriting, "--format", "json")
    scores = json.loads(result.stdout)
    assert (result.returncode, result.stderr) == (1, f"test.py: error: {bad}: {complaint}\n")
    assert (scores["errors"], scores["total"], scores["missed"]) == (2, 4, 1)
    assert scores["pictures"][-1]["text"] is None


def test_a_missing_model_is_one_line(run_script, tmp_path):
    path = tmp_path / "nowhere" / "model.h5"
    result = run_script("test.py", "--model", path, "--data", "drawn:60")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"test.py: error: {path}: no such model; {HOW_TO_GET_ONE}\n"
    assert not path.parent.exists()


def test_a_damaged_model_is_one_line(score, model):
    model.write_bytes(model.read_bytes()[:2000])
    result = score("--data", "drawn:60")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"test.py: error: {model}: is not a readable model; "
        "get the shipped one back (git checkout models) or train one (python train.py)\n"
    )


def test_missing_data_is_one_line(score, tmp_path):
    result = score("--data", "nowhere.npz")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("test.py: error: nowhere.npz: no such file or folder; ")
    assert result.stderr.count("\n") == 1


def test_an_unwritable_output_folder_is_found_before_the_data_is_read(score, model):
    result = score("--data", "nowhere.npz", "--output", model / "below a file")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"test.py: error: {model / 'below a file'}: cannot be written")
    assert result.stderr.count("\n") == 1


def test_a_folder_without_labels_is_one_line(score, tmp_path):
    (tmp_path / "empty").mkdir()
    result = score("--images", "empty")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "test.py: error: empty: has no labels.csv (columns file,label) "
        "and no pictures in folders 0 to 9\n"
    )


def test_data_and_images_together_are_a_wrong_command_line(score):
    result = score("--data", "drawn", "--images", "mine")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "test.py: error: argument --images: not allowed with argument --data (see test.py --help)\n"
    )


def test_real_mnist_is_scored_by_the_frequency_of_the_digit(score, mnist_path):
    result = score("--data", mnist_path, "--format", "json")
    scores = json.loads(result.stdout)
    assert (scores["errors"], scores["total"]) == (10_000 - 1_010, 10_000)  # 1,010 are a 3


def test_two_models_are_compared_on_the_same_images(score, model, tmp_path):
    result = score("--model", PROJECT / "models" / "model.h5", "--data", "drawn:60")
    lines = result.stdout.splitlines()
    assert (result.returncode, result.stderr) == (0, "")
    assert lines[0] == "A  model/always3.h5"
    assert lines[2:4] == ["on 10 drawn images", ""]
    assert lines[-2] == (
        "B is right more often, and hardly by luck: two equally good models differ"
    )
    assert max(len(line) for line in lines[3:]) <= 80
    assert [path.name for path in model.parent.iterdir()] == ["always3.h5"]


def test_two_models_are_compared_on_the_same_pictures(score, handwriting, model):
    (handwriting / "labels.csv").write_text("file,label\nthree.png,3\none.png,1\ngone.png,7\n")
    other = ("--model", PROJECT / "models" / "model.h5")
    result = score(*other, "--images", handwriting, "--format", "json")
    told = json.loads(result.stdout)
    assert result.returncode == 1
    assert result.stderr == (
        f"test.py: error: {handwriting}/gone.png: no such file; check the name\n"
    )
    assert (told["only_first_right"], told["only_second_right"], told["both_wrong"]) == (1, 1, 1)
    text = score(*other, "--images", handwriting).stdout
    assert text.splitlines()[-2:] == [
        "  three.png  is 3, read 1 by B",
        "  one.png    is 1, read 3 by A",
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--model", "a", "--model", "b"], "argument --model: expected at most two"),
        (["--model", "a", "--output", "x"], "argument --output: not allowed with two models"),
    ],
)
def test_what_two_models_do_not_go_with_is_a_wrong_command_line(score, arguments, complaint):
    result = score(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"test.py: error: {complaint} (see test.py --help)\n"
