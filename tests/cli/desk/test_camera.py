"""The camera window, with a video for a camera: what is shown, read, steadied and saved."""

import json
import sys
import time

import cv2
import numpy as np
import pytest
from conftest import PROJECT
from screen import needs_screen, open_screen

from cli.desk import camera
from cli.desk.camera import Look, Reader, choose_look, compose_frame, open_feed, save_look
from cli.desk.window import FOOT_HEIGHT, is_left
from digits.errors import UserError
from digits.reading import Digit, make_reading

NO_CAMERA = "is not there, or another program has it; name another one, as --camera 1"


def draw_frame(number=0):
    """A frame of 640 x 480 in which 5033 is held up, a little further to the right each time."""
    frame = np.full((480, 640, 3), (200, 205, 210), np.uint8)
    sheet = cv2.imread(str(PROJECT / "input_images" / "number.png"))
    left = 40 + number % 100
    frame[120 : 120 + sheet.shape[0], left : left + sheet.shape[1]] = sheet
    return frame


def make_video(path, frames=30, rate=15):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), rate, (640, 480))
    for number in range(frames):
        writer.write(draw_frame(number))
    writer.release()
    return str(path)


def make_look(text, number=0):
    """A look at a frame of this number, in which this is read; an empty text: no digit."""
    image = np.zeros((28, 28), np.uint8)
    digits = [Digit(int(c), 0.9, True, (9 * n, 5, 8, 9), 0, [], image) for n, c in enumerate(text)]
    return Look(np.full((60, 80, 3), number, np.uint8), make_reading(digits) if text else None)


def test_what_most_of_the_last_looks_say_is_shown():
    looks = [make_look(text, number) for number, text in enumerate(("7", "1", "7", "7", "2"))]
    assert choose_look(looks, None) is looks[3]


def test_where_too_few_agree_the_look_before_stays():
    before = make_look("7")
    assert choose_look([make_look(text) for text in "71233"], before) is before


def test_a_number_that_is_taken_away_goes():
    assert choose_look([make_look(text) for text in ("7", "7", "", "", "")], None).reading is None


@pytest.fixture
def no_window(monkeypatch):
    """A window that nobody sees; its keys, and the frames that it has shown."""
    keys, shown = [], []
    monkeypatch.setattr(cv2, "imshow", lambda title, frame: shown.append(frame))
    monkeypatch.setattr(cv2, "waitKey", lambda wait: keys.pop(0) if keys else 255)
    for name in ("namedWindow", "destroyAllWindows"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: 1.0)
    monkeypatch.setattr(camera, "check_display", lambda: None)
    return keys, shown


def test_a_video_is_shown_to_its_end(tmp_path, no_window, classify):
    name = make_video(tmp_path / "a.avi", frames=5)
    assert camera.watch(name, classify, threshold=0.85, folder=tmp_path) == 0
    assert [frame.shape for frame in no_window[1]] == [(480 + FOOT_HEIGHT, 640, 3)] * 5


@pytest.mark.parametrize("key", ["q", "\x1b"])
def test_q_and_escape_end_it(tmp_path, no_window, classify, key):
    no_window[0].extend((255, ord(key)))
    name = make_video(tmp_path / "a.avi", frames=9)
    assert camera.watch(name, classify, threshold=0.85, folder=tmp_path) == 0
    assert len(no_window[1]) == 2


def test_the_cross_of_the_window_ends_it(no_window, monkeypatch):
    assert not is_left("x", 255)
    monkeypatch.setattr(cv2, "getWindowProperty", lambda *_: 0.0)
    assert is_left("x", 255)


@pytest.mark.slow
def test_ten_frames_a_second_are_shown_while_they_are_read(
    tmp_path, no_window, classify, monkeypatch
):
    monkeypatch.setattr(cv2, "waitKey", lambda wait: time.sleep(wait / 1000) or 255)
    name = make_video(tmp_path / "a.avi", frames=45, rate=30)
    start = time.monotonic()
    camera.watch(name, classify, threshold=0.85, folder=tmp_path)
    assert 45 / (time.monotonic() - start) >= 10
    assert any((frame[..., 1] == 140).sum() > 100 for frame in no_window[1])  # green boxes


def test_the_reader_reads_the_newest_frame(classify):
    reader = Reader(classify, 0.85)
    reader.start()
    try:
        end = time.monotonic() + 20
        while reader.look() is None and time.monotonic() < end:
            reader.give(draw_frame())
            time.sleep(0.02)
        assert reader.look().reading.written == "5033"
    finally:
        reader.stop()


def test_a_frame_on_which_reading_fails_ends_nothing():
    def fail(images):
        raise ZeroDivisionError

    assert camera.read_frame(draw_frame(), fail, 0.85) is None


def test_space_saves_the_frame_its_copy_and_its_record(tmp_path):
    look = make_look("71", 200)
    said = save_look(look, tmp_path / "mine")
    frame = said.removeprefix("saved ")
    assert np.array_equal(cv2.imread(frame), look.frame)
    told = json.loads((tmp_path / "mine" / f"{frame[:-4]}.json").read_text())
    assert (told["text"], told["error"]) == ("71", None)
    assert cv2.imread(f"{frame}.read.png").ndim == 3


def test_a_frame_without_a_digit_is_saved_as_well(tmp_path):
    save_look(make_look(""), tmp_path)
    save_look(make_look(""), tmp_path)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".json", ".png", ".png"]


def test_what_cannot_be_saved_is_said(tmp_path):
    (tmp_path / "file").touch()
    assert save_look(make_look("7"), tmp_path / "file" / "x").startswith("not saved: ")


def test_the_foot_tells_what_is_read_and_the_frame_stays_as_it_is():
    frame = draw_frame()
    before = frame.copy()
    with_number, without = (compose_frame(frame, make_look(text), "") for text in ("7", ""))
    assert np.array_equal(frame, before)
    assert not np.array_equal(with_number[480:], without[480:])
    assert np.array_equal(without[:480], frame)


def test_a_large_frame_is_made_smaller(tmp_path):
    path = tmp_path / "a.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 5, (1920, 1080))
    writer.write(np.zeros((1080, 1920, 3), np.uint8))
    writer.release()
    assert camera.next_frame(open_feed(str(path))).shape == (720, 1280, 3)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("77", f"camera 77: {NO_CAMERA}"),
        ("99999999999", f"camera 99999999999: {NO_CAMERA}"),
        ("none.avi", "none.avi: no such camera or file; check the name"),
        ("a\n.avi", "a\\n.avi: no such camera or file; check the name"),
        ("", "'': no such camera or file; check the name"),
        ("text.avi", "text.avi: is no video that OpenCV can read"),
        (".", ".: is no video that OpenCV can read"),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:9/x: does not answer; check the address"),
    ],
)
def test_without_a_camera_one_line_says_so(folder, name, error, capfd):
    (folder / "text.avi").write_text("no video")
    with pytest.raises(UserError) as caught:
        open_feed(name)
    assert str(caught.value) == error


def test_a_camera_that_goes_silent_is_an_error(no_window, tmp_path, classify):
    feed = open_feed(make_video(tmp_path / "a.avi", frames=3))._replace(name="camera 0", ends=False)
    reader = Reader(classify, 0.85)
    with pytest.raises(UserError) as caught:
        camera.show_frames(feed, reader, tmp_path)
    assert str(caught.value) == "camera 0: gives no more pictures"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--camera", "--draw"), "argument --draw: not allowed with argument --camera"),
        (
            ("a.png", "--camera"),
            "a window (--draw, --camera) reads no other pictures; leave them out",
        ),
    ],
)
def test_a_window_and_something_else_is_a_wrong_command_line(run_script, arguments, told):
    done = run_script("predict.py", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"predict.py: error: {told} (see predict.py --help)\n"


def test_no_camera_is_one_line_of_the_command(run_script):
    done = run_script("predict.py", "--camera", "77")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"predict.py: error: camera 77: {NO_CAMERA}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_display_one_line_says_so(tmp_path, run_script):
    environment = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
    name = make_video(tmp_path / "a.avi", frames=2)
    done = run_script("predict.py", "--camera", name, env=environment)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("predict.py: error: no window can be opened here; ")


@pytest.mark.slow
@needs_screen
def test_a_person_holds_a_number_before_the_camera_saves_it_and_quits(tmp_path):
    name = make_video(tmp_path / "a.avi", frames=600)
    folder = tmp_path / "mine"
    command = [sys.executable, str(PROJECT / "predict.py"), "--camera", name]
    command += ["--output", str(folder)]
    with open_screen() as screen, screen.show(command, camera.TITLE) as (program, window):
        for key in ("space", "q"):
            time.sleep(2)
            screen.point("key", "--window", window, key)
        said = program.communicate(timeout=60)[1]
    assert (program.returncode, said) == (0, b"")
    (record,) = folder.glob("*.json")
    assert json.loads(record.read_text())["written"] == "5033"
