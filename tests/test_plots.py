"""The pictures of results: that they are drawn, show what they should, and fail in one line."""

import json

import cv2
import numpy as np
import pytest

import plots
from digits.errors import UserError
from scoring.labels import Answer
from scoring.metrics import score_probabilities
from scoring.pictures import PictureResult

HISTORY = {
    "accuracy": [0.94, 0.981, 0.99],
    "loss": [0.2, 0.06, 0.03],
    "val_accuracy": [0.98, 0.99, 0.994],
    "val_loss": [0.06, 0.03, 0.02],
}


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are rendered, so that a test can look into them."""
    figures = []
    render = plots._render
    monkeypatch.setattr(
        plots, "_render", lambda figure: (figures.append(figure), render(figure))[1]
    )
    return figures


@pytest.fixture
def record_file(tmp_path):
    """A record with a history, as train.py writes it."""
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"arguments": {"augment": True}, "history": HISTORY}))
    return path


def decode(png):
    """uint8 (H, W, 3) of the bytes of a PNG."""
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)


def list_texts(figure):
    """All that is written in a figure outside its axes."""
    return [text.get_text() for text in figure.texts]


def score_three_images():
    """One 4 read as 9 and two 7 read rightly."""
    return score_probabilities(np.eye(10)[[9, 7, 7]], np.array([4, 7, 7]))


def test_draw_history_marks_accuracies_that_99_percent_can_be_told_by(drawn):
    plots.draw_history({"history": HISTORY})
    marks = [label.get_text() for label in drawn[0].axes[0].get_yticklabels()]
    assert marks == ["90%", "95%", "98%", "99%", "99.5%"]


def test_draw_history_draws_training_and_validation_over_the_epochs(drawn):
    plots.draw_history({"history": HISTORY})
    accuracy, loss = drawn[0].axes
    for axes in (accuracy, loss):
        assert [line.get_label() for line in axes.lines] == ["training", "validation"]
        assert all(list(line.get_xdata()) == [1, 2, 3] for line in axes.lines)
        assert list(axes.get_xticks()) == [1, 2, 3]


def test_draw_history_says_that_training_images_were_augmented(drawn):
    plots.draw_history({"arguments": {"augment": True}, "history": HISTORY})
    assert drawn[0].axes[0].lines[0].get_label() == "training (augmented images)"


@pytest.mark.parametrize(
    "history",
    [
        {name: values[:1] for name, values in HISTORY.items()},
        {"accuracy": [0.9, 1.0], "loss": [0.1, 0.0]},
        {"accuracy": [0.0, 0.1], "loss": [float("nan"), 1e9]},
        {name: values * 100 for name, values in HISTORY.items()},
    ],
    ids=["one epoch", "no validation, perfect", "diverged", "300 epochs"],
)
def test_draw_history_draws_any_training(history):
    assert decode(plots.draw_history({"history": history})).shape == (400, 960, 3)


def test_draw_history_is_the_same_every_time():
    assert plots.draw_history({"history": HISTORY}) == plots.draw_history({"history": HISTORY})


def test_draw_confusion_writes_the_counts_and_leaves_zeros_blank(drawn):
    plots.draw_confusion(score_three_images())
    written = {text.get_position(): text.get_text() for text in drawn[0].axes[0].texts}
    assert written == {(9, 4): "1", (7, 7): "2"}  # x: read, y: true


def test_draw_confusion_colours_mistakes_and_not_the_diagonal(drawn):
    plots.draw_confusion(score_three_images())
    table = drawn[0].axes[0].images[0]
    assert table.get_array().mask[7, 7]
    assert table.get_array()[4, 9] == 1


def test_draw_mistakes_shows_the_most_confident_first(drawn):
    probabilities = np.full((3, 10), 0.01)
    probabilities[0, 1], probabilities[1, 5], probabilities[2, 8] = 0.6, 0.95, 0.9
    images = np.zeros((3, 28, 28), np.uint8)
    images[0, 0, 0] = images[1, 27, 27] = 255
    png = plots.draw_mistakes(images, probabilities, np.array([7, 3, 8]))
    assert list_texts(drawn[0]) == [
        "2 mistakes in 3 images, the most confident first",
        *("is 3, read 5", "5: 95%  3: 1%"),
        *("is 7, read 1", "1: 60%  7: 1%"),
    ]
    sheet = decode(png)
    assert (sheet[44 + 81 : 44 + 84, 16 + 81 : 16 + 84] == 255).all()  # image 1, last pixel, x3
    assert (sheet[44:47, 116:119] == 255).all()  # image 0, first pixel
    assert (sheet[47:125, 116:197] == 0).all()


def test_draw_mistakes_without_any_says_so(drawn):
    plots.draw_mistakes(np.zeros((2, 28, 28), np.uint8), np.eye(10)[:2], np.array([0, 1]))
    assert list_texts(drawn[0]) == ["0 mistakes in 2 images"]


def test_draw_mistakes_of_a_bad_model_shows_some_of_them(drawn):
    images = np.zeros((100, 28, 28), np.uint8)
    plots.draw_mistakes(images, np.eye(10)[np.zeros(100, int)], np.ones(100, int))
    assert list_texts(drawn[0])[0] == (
        "100 mistakes in 100 images, the most confident first; 64 of them shown"
    )
    assert len(list_texts(drawn[0])) == 1 + 2 * 64


def test_a_tile_shows_the_picture_and_under_it_what_the_network_saw(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((50, 100, 3), (255, 0, 0), np.uint8))  # BGR: blue
    seen = np.full((28, 28), 77, np.uint8)
    result = PictureResult("a.png", "7", "", "1")
    tile = plots._make_picture_tile(tmp_path / "a.png", Answer(result, "", [seen]))
    assert tile.caption == ("is 7, read 1", "a.png")
    assert tile.image[100, 112].tolist() == [0, 0, 255]  # RGB
    assert (tile.image[-56:, :56] == 77).all()
    assert (tile.image[-56:, 56:] != 77).all()


def test_a_tile_of_a_file_that_could_not_be_read_has_no_picture(tmp_path):
    result = PictureResult("gone.png", "7", "", None)
    tile = plots._make_picture_tile(tmp_path / "gone.png", Answer(result, "no such file", []))
    assert tile.caption == ("is 7, could not be read", "gone.png")
    assert len(np.unique(tile.image)) == 1


def test_tiles_are_drawn_whatever_a_file_is_called(capfd):
    tile = plots.Tile(np.zeros((28, 200, 3), np.uint8), ("$\\frac{", "手書き_" + "long" * 20))
    assert decode(plots._draw_tiles([tile], "$x$", total=1)) is not None
    assert capfd.readouterr() == ("", "")


def test_script_writes_the_curves_beside_the_record(run_script, record_file):
    result = run_script("plots.py", record_file)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"wrote {record_file.parent / 'training.png'}\n"
    assert decode((record_file.parent / "training.png").read_bytes()) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("", "[1, 2]", '{"seed": 1}', '{"history": {"accuracy": [1]}}', "[" * 100_000),
        '{"history": {"accuracy": ["x"], "loss": [1]}}',
        '{"history": {"accuracy": [], "loss": []}}',
    ],
)
def test_read_record_says_what_is_no_record(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        plots.read_record(path)
    assert str(caught.value) == (
        f"{path}: is no record of a training; name the .json beside a model"
    )


def test_the_environment_of_a_notebook_and_a_home_that_cannot_be_written_are_no_trouble(
    run_script, tmp_path
):
    """Its backend is not installed here, and matplotlib would say where else it keeps its cache."""
    environment = {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/dev/null/matplotlib",
        "HOME": "/dev/null",
    }
    done = run_script(
        "test.py", "--data", "drawn:60", "--output", tmp_path / "out", env=environment
    )
    assert (done.returncode, done.stderr) == (
        0,
        f"test.py: note: wrote {tmp_path}/out/confusion_matrix.png\n"
        f"test.py: note: wrote {tmp_path}/out/mistakes.png\n",
    )
