"""The drawing window: what mouse and keys do, what is shown and saved; and a real window."""

import sys
import time

import cv2
import numpy as np
import pytest
from conftest import PROJECT
from screen import needs_screen, open_screen

from cli.desk.draw import (
    CANVAS,
    TILES_HEIGHT,
    TITLE,
    Drawing,
    add_label,
    compose_frame,
    press_key,
    read_canvas,
)
from cli.desk.window import FOOT_HEIGHT, NO_WINDOW
from digits.errors import UserError
from digits.network import classify_images, load_network
from scoring.labels import read_labels


def draw_line(drawing, *points, down=cv2.EVENT_LBUTTONDOWN, up=cv2.EVENT_LBUTTONUP):
    drawing.move_mouse(down, *points[0])
    for point in points[1:]:
        drawing.move_mouse(cv2.EVENT_MOUSEMOVE, *point)
    drawing.move_mouse(up, *points[-1])


def draw_seven():
    drawing = Drawing()
    draw_line(drawing, (150, 120), (260, 118), (210, 300))
    return drawing


def test_the_left_button_draws_and_the_right_one_erases():
    drawing = draw_seven()
    assert drawing.paint()[119, 200].tolist() == [0, 0, 0]
    buttons = {"down": cv2.EVENT_RBUTTONDOWN, "up": cv2.EVENT_RBUTTONUP}
    draw_line(drawing, (180, 119), (220, 119), **buttons)
    assert drawing.paint()[119, 200].tolist() == [255, 255, 255]


def test_nothing_is_drawn_while_no_button_is_down():
    drawing = Drawing()
    drawing.move_mouse(cv2.EVENT_MOUSEMOVE, 100, 100)
    assert drawing.paint().min() == 255


def test_what_is_drawn_is_read():
    network = load_network()
    reading = read_canvas(
        draw_seven().paint(), lambda images: classify_images(network, images), threshold=0.85
    )
    assert reading.text == "7"


def test_an_empty_canvas_says_nothing():
    assert read_canvas(Drawing().paint(), None, threshold=0.85) is None


def test_u_takes_back_a_stroke_and_c_all_of_them(tmp_path):
    drawing = draw_seven()
    draw_line(drawing, (400, 100), (400, 300))
    press_key("u", drawing, tmp_path)
    assert len(drawing.strokes) == 1
    press_key("c", drawing, tmp_path)
    assert drawing.paint().min() == 255


def test_digits_and_then_s_save_the_drawing_under_that_label(tmp_path):
    folder = tmp_path / "mine"
    for key in ("7", "1"):
        drawing = draw_seven()
        ink = drawing.paint()
        said = [press_key(each, drawing, folder) for each in (key, "s")][-1]
        assert drawing.strokes == []
    listed = read_labels(folder / "labels.csv")
    assert [row.label for row in listed] == ["7", "1"]
    assert said == f"saved {listed[1].path} as 1"
    assert np.array_equal(cv2.imread(str(listed[0].path)), ink)


def test_without_a_label_no_list_is_written(tmp_path):
    press_key("s", draw_seven(), tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".png"]


def test_a_label_goes_into_the_columns_that_a_list_has(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("\ufefflabel;source;file\n7;me;a.png", encoding="utf-8")
    add_label(path, "b.png", "12")
    listed = read_labels(path)
    assert [(row.file, row.label) for row in listed] == [("a.png", "7"), ("b.png", "12")]


def test_a_list_without_these_columns_is_not_touched(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("name,what\n")
    with pytest.raises(UserError) as error:
        add_label(path, "b.png", "1")
    assert str(error.value) == f"{path}: has no columns file and label"
    assert path.read_text() == "name,what\n"


def test_a_list_that_is_not_utf_8_is_not_touched(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_bytes(b"file,label\n\xff.png,1\n")
    with pytest.raises(UserError) as error:
        add_label(path, "b.png", "1")
    assert str(error.value) == f"{path}: is not UTF-8; save it as 'CSV UTF-8'"


def test_no_list_is_begun_where_folders_name_the_digits(tmp_path):
    (tmp_path / "7").mkdir()
    with pytest.raises(UserError) as error:
        add_label(tmp_path / "labels.csv", "b.png", "1")
    assert str(error.value) == f"{tmp_path}: a list would hide its folders 0 to 9"


def test_what_cannot_be_saved_stays_on_the_canvas(tmp_path):
    (tmp_path / "file").touch()
    drawing = draw_seven()
    said = press_key("s", drawing, tmp_path / "file" / "mine")
    assert said.startswith("not saved: ")
    assert len(drawing.strokes) == 1


def test_the_frame_has_the_same_size_with_and_without_a_reading():
    canvas = draw_seven().paint()
    network = load_network()
    reading = read_canvas(canvas, lambda images: classify_images(network, images), threshold=0.85)
    size = (CANVAS[0] + TILES_HEIGHT + FOOT_HEIGHT, CANVAS[1], 3)
    assert compose_frame(canvas, reading).shape == compose_frame(canvas, None).shape == size


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_display_one_line_says_so(folder, model, run_script):
    environment = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
    done = run_script("predict.py", "--draw", "--model", model, env=environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"predict.py: error: {NO_WINDOW}\n"


@pytest.mark.slow
@needs_screen
def test_a_person_draws_a_seven_in_a_real_window_saves_it_and_quits(tmp_path):
    command = [sys.executable, str(PROJECT / "predict.py"), "--draw", "--output", str(tmp_path)]
    with open_screen() as screen, screen.show(command, TITLE) as (program, window):
        time.sleep(1)
        screen.point("mousemove", 150, 120, "mousedown", 1)
        for place in ((200, 119), (260, 118), (240, 200), (210, 300)):
            screen.point("mousemove", *place, "sleep", 0.05)
        screen.point("mouseup", 1)
        for key in ("7", "s", "q"):
            time.sleep(1)
            screen.point("key", "--window", window, key)
        said = program.communicate(timeout=60)[1]
    assert (program.returncode, said) == (0, b"")
    assert [row.label for row in read_labels(tmp_path / "labels.csv")] == ["7"]
