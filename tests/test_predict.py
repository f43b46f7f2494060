"""predict.py as people run it: what is printed where, and with which status.

The model of most tests, from conftest.py, says of every image the same: 7 with 90%.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import draw

import predict
from digits.network import HOW_TO_GET_ONE

PROJECT = Path(predict.__file__).parent
NO_DIGIT = "no digit found; is the ink clearly darker, or lighter, than what it is on?"


def predict_in_process(capsys, *arguments):
    """Status, standard output and standard error of predict.main."""
    try:
        status = predict.main([str(argument) for argument in arguments])
    except SystemExit as ended:
        status = ended.code
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_one_picture_prints_its_digit(folder, model, run_script):
    draw("a.png")
    done = run_script("predict.py", "--image", "a.png", "--model", model, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "7  (90.0%)\n", "")


def test_pictures_need_no_flag(folder, model, capsys):
    for name in ("a.png", "b.png"):
        draw(name)
    done = predict_in_process(capsys, "a.png", "--model", model, "--image", "b.png")
    assert done == (0, "a.png: 7  (90.0%)\nb.png: 7  (90.0%)\n", "")


def test_no_library_that_is_slow_to_import_is_imported(folder, model):
    draw("a.png")
    script = (
        "import sys, predict\n"
        f"assert predict.main(['--image', 'a.png', '--model', {str(model)!r}]) == 0\n"
        "slow = {'keras', 'tensorflow', 'torch', 'matplotlib', 'rich', 'scipy', 'PIL'}\n"
        "print(slow & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "7  (90.0%)\nset()\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--wrong"],
        ["--threshold", "2"],
        ["--image", "none.png"],
        ["--model", "none.h5"],
    ],
    ids=["help", "unknown flag", "wrong threshold", "missing picture", "missing model"],
)
def test_opencv_is_not_imported_for_an_answer_that_needs_none(folder, arguments):
    script = (
        "import sys, predict\n"
        "try: predict.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "print({'cv2', 'keras', 'tensorflow'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


def test_several_pictures_are_told_by_name_in_the_order_given(folder, model, capsys):
    draw("b.png", "11")
    draw("a.png")
    done = predict_in_process(capsys, "--image", "b.png", "a.png", "--model", model)
    assert done == (0, "b.png: 77  (90.0%)\na.png: 7  (90.0%)\n", "")


def test_a_folder_stands_for_its_pictures(folder, model, capsys):
    draw("b.PNG")
    draw("a.png")
    (folder / "labels.csv").write_text("file,label\n")
    done = predict_in_process(capsys, "--image", folder, "--model", model)
    assert done == (0, f"{folder}/a.png: 7  (90.0%)\n{folder}/b.PNG: 7  (90.0%)\n", "")


def test_a_digit_below_the_threshold_is_a_question_mark(folder, model, capsys):
    draw("a.png")
    done = predict_in_process(capsys, "--image", "a.png", "--model", model, "--threshold", "0.95")
    assert done == (0, "?  (90.0%)  best guess 7\n", "")


def test_strict_makes_doubt_an_error(folder, model, capsys):
    draw("a.png")
    arguments = ("a.png", "--model", model, "--strict")
    assert predict_in_process(capsys, *arguments) == (0, "7  (90.0%)\n", "")
    arguments += ("--threshold", "0.95")
    error = "is not sure; look at the picture (--strict makes this an error)"
    done = predict_in_process(capsys, *arguments)
    assert done == (1, "?  (90.0%)  best guess 7\n", f"predict.py: error: a.png: {error}\n")
    status, out, _ = predict_in_process(capsys, *arguments, "--format", "json")
    record = json.loads(out)
    assert (status, record["error"], record["text"], record["sure"]) == (1, error, "7", False)


def test_strict_minds_ink_that_was_left_out(folder, capsys, monkeypatch):
    draw("a.png")
    monkeypatch.setattr("digits.reading._leaves_out", lambda *_: True)
    status, out, _ = predict_in_process(capsys, "a.png", "--strict")
    assert (status, out.endswith("other ink left out\n")) == (1, True)


def test_json_is_one_object_a_picture(folder, model, capsys):
    draw("a.png", "17")
    (folder / "b.png").write_text("hello")
    status, out, err = predict_in_process(
        capsys, "--image", "a.png", "b.png", "--model", model, "--format", "json"
    )
    first, second = (json.loads(line) for line in out.splitlines())
    error = "is text, not a picture; give a picture file such as PNG or JPEG"
    assert (status, err) == (1, f"predict.py: error: b.png: {error}\n")
    assert (second["image"], second["text"], second["error"]) == ("b.png", "", error)
    keys = ["image", "page", "text", "written", "turned", "sure", "marks", "digits", "error"]
    assert list(first) == list(second) == keys
    assert (first["image"], first["text"], first["error"]) == ("a.png", "77", None)
    left, right = first["digits"]
    assert left["digit"] == 7
    assert left["sure"] is True
    assert left["line"] == 0
    assert left["confidence"] == pytest.approx(0.9, abs=1e-6)
    assert [digit for digit, _ in left["alternatives"]] == [7, 4, 2]
    assert [share for _, share in left["alternatives"]] == pytest.approx([0.9, 0.07, 0.03])
    assert left["box"][0] + left["box"][2] < right["box"][0]


def test_csv_is_one_row_a_picture(folder, model, capsys):
    draw("a.png", "17")
    done = predict_in_process(
        capsys, "--image", "a.png", "none,.png", "--model", model, "--format", "csv"
    )
    error = "no such file; check the name"
    assert done == (
        1,
        "image,page,text,written,confidence,sure,error\n"
        f'a.png,1,77,77,0.900000,1,\n"none,.png",1,,,,0,{error}\n',
        f"predict.py: error: none,.png: {error}\n",
    )


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("none.png", None, "no such file; check the name"),
        ("a.png", b"", "is empty; copy or export it again"),
        (
            "a.png",
            b"hello",
            "is text, not a picture; give a picture file such as PNG or JPEG",
        ),
        ("blank.png", np.full((80, 80), 255, np.uint8), NO_DIGIT),
        (
            "cut.jpg",
            cv2.imencode(".jpg", np.zeros((80, 80), np.uint8))[1].tobytes()[:-9],
            "is damaged or cut short (JPEG); copy or export it again",
        ),
    ],
    ids=["missing", "empty", "text", "blank", "cut short"],
)
def test_a_picture_at_fault_is_one_line_and_the_others_are_read(
    folder, model, capsys, name, data, error
):
    draw("good.png")
    if isinstance(data, np.ndarray):
        data = cv2.imencode(".png", data)[1].tobytes()
    if data is not None:
        (folder / name).write_bytes(data)
    done = predict_in_process(capsys, "--image", name, "good.png", "--model", model)
    assert done == (1, "good.png: 7  (90.0%)\n", f"predict.py: error: {name}: {error}\n")


def test_a_folder_without_pictures_is_named(folder, capsys):
    done = predict_in_process(capsys, "--image", folder)
    error = "no pictures in this folder; name one with PNG or JPEG files"
    assert done == (1, "", f"predict.py: error: {folder}: {error}\n")


def test_a_pipe_in_place_of_a_file_does_not_block(folder, model, capsys):
    os.mkfifo("a.png")
    done = predict_in_process(capsys, "--image", "a.png", "--model", model)
    error = "is not a regular file; name one that is"
    assert done == (1, "", f"predict.py: error: a.png: {error}\n")


def test_codecs_add_nothing_to_the_error(folder, model, run_script):
    picture = np.random.default_rng(0).integers(0, 256, (80, 80), np.uint8)
    data = bytearray(cv2.imencode(".png", picture)[1].tobytes())
    data[len(data) // 2] ^= 0xFF
    (folder / "a.png").write_bytes(data)
    done = run_script("predict.py", "--image", "a.png", "--model", model, cwd=folder)
    error = "a.png: is damaged or cut short (PNG); copy or export it again"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"predict.py: error: {error}\n"


def test_a_missing_model_is_named(folder, capsys):
    draw("a.png")
    status, out, err = predict_in_process(capsys, "--image", "a.png", "--model", "none.h5")
    assert (status, out) == (1, "")
    assert err == f"predict.py: error: none.h5: no such model; {HOW_TO_GET_ONE}\n"
    assert err.count("\n") == 1


def test_a_damaged_model_is_named(folder, model, capsys):
    draw("a.png")
    (folder / "cut.h5").write_bytes(model.read_bytes()[:5000])
    done = predict_in_process(capsys, "--image", "a.png", "--model", "cut.h5")
    error = (
        "cut.h5: is not a readable model; "
        "get the shipped one back (git checkout models) or train one (python train.py)"
    )
    assert done == (1, "", f"predict.py: error: {error}\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--images", "a.png"], "unrecognized arguments: --images"),
        (["--threshold", "1.5"], "argument --threshold: '1.5' is not a number from 0 to 1"),
        (["--threshold", "nan"], "argument --threshold: 'nan' is not a number from 0 to 1"),
        (["--image"], "argument --image: expected at least one argument"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_status_2(capsys, arguments, complaint):
    done = predict_in_process(capsys, *arguments)
    assert done == (2, "", f"predict.py: error: {complaint} (see predict.py --help)\n")


def test_opencv_without_a_system_library_is_one_line_that_names_the_packages(
    folder, model, run_script
):
    draw("a.png")
    (folder / "cv2.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file: No such file or directory')"
    )
    environment = {"PYTHONPATH": str(folder)}
    done = run_script("predict.py", "--image", "a.png", "--model", model, env=environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "predict.py: error: OpenCV: libGL.so.1: cannot open shared object file: "
        "No such file or directory; "
        "apt-get install libgl1 libglib2.0-0, or pip install opencv-python-headless\n"
    )


def test_an_output_folder_that_cannot_be_is_told_before_anything_is_read(folder, model, capsys):
    draw("a.png")
    (folder / "file").touch()
    done = predict_in_process(
        capsys, "--image", "a.png", "--model", model, "--output", "file/copies"
    )
    error = "file/copies: cannot be written to: Not a directory; name another folder"
    assert done == (1, "", f"predict.py: error: {error}\n")


def test_the_copy_of_a_picture_is_a_picture(folder, model, capsys):
    draw("a.png")
    done = predict_in_process(capsys, "--image", "a.png", "--model", model, "--output", "new/out")
    assert done == (0, "7  (90.0%)\n", "")
    assert sorted(path.name for path in (folder / "new" / "out").iterdir()) == [
        "a.png.read.png",
        "index.html",
    ]
    assert cv2.imread("new/out/a.png.read.png").ndim == 3


def test_copies_beside_the_pictures_change_none_and_are_not_read_again(folder, model, capsys):
    draw("a.png")
    before = (folder / "a.png").read_bytes()
    for _ in range(2):
        done = predict_in_process(capsys, "--image", ".", "--model", model, "--output", ".")
        assert done == (0, "7  (90.0%)\n", "")
    assert (folder / "a.png").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == [
        "a.png",
        "a.png.read.png",
        "index.html",
    ]


def test_pictures_of_one_name_have_two_copies_and_a_note(folder, model, capsys):
    for name in ("x", "y"):
        (folder / name).mkdir()
        draw(f"{name}/a.png")
    status, _, err = predict_in_process(
        capsys, "--image", "x", "y", "--model", model, "--output", "out"
    )
    assert (status, err) == (
        0,
        "predict.py: note: y/a.png: the copy is out/a.png.2.read.png; "
        "a.png.read.png is another picture's\n",
    )
    assert len(list((folder / "out").glob("*.png"))) == 2
