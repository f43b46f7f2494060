"""The camera window: what a camera, a video or a stream sees, and what is read in it."""

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from cli.desk.window import check_display, draw_foot, find_free_path, is_left
from cli.inputs import COPY_SUFFIX
from cli.output import Outcome, format_json, format_text
from digits.annotate import draw_boxes, draw_reading
from digits.errors import UserError, printable
from digits.files import check_folder, write_file
from digits.network import Classifier
from digits.picture.limits import Header, check_header
from digits.reading import NO_DIGIT, Reading, read_picture

TITLE = "Read what the camera sees"
SIZE = (640, 480)  # width and height that a camera is asked for
LONGEST = 1280  # pixels: what is larger is shown and read smaller
LOOKS, AGREED = 5, 3  # the last readings, and how many of them must say the same to be shown
USUAL_RATE = 25.0  # frames a second of a video that does not tell
OPENING = 5000  # milliseconds that a stream may take to answer
COST = 12  # bytes of memory that a pixel of a frame takes
HELP = "space: save   q: quit"
_SIDES = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)


class Feed(NamedTuple):
    """Where frames come from: what it is called, and seconds a frame, 0 where it keeps the time."""

    name: str
    capture: cv2.VideoCapture
    interval: float
    ends: bool  # whether it is a file


class Look(NamedTuple):
    """A frame, uint8 BGR (H, W, 3), and what was read in it; None: no digit."""

    frame: np.ndarray
    reading: Reading | None


def watch(name: str, classify: Classifier, *, threshold: float, folder: Path) -> int:
    """Show what a camera sees until the window is closed, or the video ends; the exit status.

    Args:
        name: the camera's number, the name of a video file, or a stream's address.
        classify: the network.
        threshold: the confidence from which a digit is sure, 0 to 1.
        folder: where frames are saved; it is made with the first of them.

    Raises:
        UserError: there is no such camera, it ends unasked, or no window can be opened.
    """
    feed = open_feed(name)
    check_display()
    cv2.namedWindow(TITLE, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)
    reader = Reader(classify, threshold)
    reader.start()
    try:
        show_frames(feed, reader, folder)
    finally:
        reader.stop()
        feed.capture.release()
        cv2.destroyAllWindows()
    return 0


def show_frames(feed: Feed, reader: "Reader", folder: Path) -> None:
    """Show frame after frame with what is read in them, until the window is left."""
    said, due, first = HELP, time.monotonic(), True
    while True:
        frame = next_frame(feed)
        if frame is None and (first or not feed.ends):
            raise UserError(f"{feed.name}: gives no {'' if first else 'more '}pictures")
        if frame is None:
            return
        first = False
        reader.give(frame)
        look = reader.look()
        cv2.imshow(TITLE, compose_frame(frame, look, said))
        due = max(due + feed.interval, time.monotonic())
        key = cv2.waitKey(max(1, round(1000 * (due - time.monotonic())))) & 0xFF
        if is_left(TITLE, key):
            return
        if key == ord(" "):
            said = save_look(look or Look(frame, None), folder)


def open_feed(name: str) -> Feed:
    """The camera, video file or stream of this name, ready to be read.

    Raises:
        UserError: there is none.
    """
    shown = f"camera {name}" if name.isdecimal() else printable(name) or "''"
    if name.isdecimal():
        capture = cv2.VideoCapture(int(name)) if len(name) < 5 else cv2.VideoCapture()
        for side, pixels in zip(_SIDES, SIZE, strict=True):
            capture.set(side, pixels)
        wrong = "is not there, or another program has it; name another one, as --camera 1"
    elif "://" in name:
        wait = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPENING, cv2.CAP_PROP_READ_TIMEOUT_MSEC, OPENING]
        capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG, wait)
        wrong = "does not answer; check the address"
    elif os.path.exists(name):
        capture = cv2.VideoCapture(name)
        wrong = "is no video that OpenCV can read"
    else:
        capture = cv2.VideoCapture()
        wrong = "no such camera or file; check the name"
    if not capture.isOpened():
        raise UserError(f"{shown}: {wrong}")
    width, height = (round(capture.get(side)) for side in _SIDES)
    check_header(Header("video", width, height, memory=COST * width * height), 0)
    ends = os.path.isfile(name)
    rate = capture.get(cv2.CAP_PROP_FPS) if ends else 0.0
    interval = 1 / (rate if 1 <= rate <= 240 else USUAL_RATE) if ends else 0.0
    return Feed(shown, capture, interval, ends)


def next_frame(feed: Feed) -> np.ndarray | None:
    """The next frame, uint8 BGR (H, W, 3), at most LONGEST on a side; None: there is none."""
    there, frame = feed.capture.read()
    if not there:
        return None
    scale = LONGEST / max(frame.shape[:2])
    return (
        cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if scale < 1
        else frame
    )


class Reader(threading.Thread):
    """Reads the newest frame again and again, beside the window that shows all of them."""

    def __init__(self, classify: Classifier, threshold: float) -> None:
        """Arguments as of read_picture."""
        super().__init__(daemon=True)
        self._classify, self._threshold = classify, threshold
        self._looks: deque[Look] = deque(maxlen=LOOKS)
        self._shown: Look | None = None
        self._frame: np.ndarray | None = None
        self._news = threading.Condition()
        self._ends = False

    def give(self, frame: np.ndarray) -> None:
        """Read this frame next, in place of one that still waits."""
        with self._news:
            self._frame = frame
            self._news.notify()

    def look(self) -> Look | None:
        """What is to be shown: the newest look that agrees with most of the last ones."""
        return self._shown

    def stop(self) -> None:
        """End, after what is being read."""
        with self._news:
            self._ends = True
            self._news.notify()
        self.join()

    def run(self) -> None:
        """Read until it is stopped."""
        while True:
            with self._news:
                self._news.wait_for(lambda: self._ends or self._frame is not None)
                frame, self._frame = self._frame, None
            if self._ends:
                return
            self._looks.append(Look(frame, read_frame(frame, self._classify, self._threshold)))
            self._shown = choose_look(self._looks, self._shown)


def read_frame(frame: np.ndarray, classify: Classifier, threshold: float) -> Reading | None:
    """What is read in a frame; None without a digit."""
    try:
        return read_picture(frame, classify, threshold=threshold)
    except Exception:  # whatever it is, it is of this frame: the next one comes at once
        return None


def choose_look(looks: Sequence[Look], before: Look | None) -> Look | None:
    """The newest of those that say what most of them say; where too few agree, the one before."""
    texts = [look.reading.written if look.reading else "" for look in looks]
    text, number = Counter(texts).most_common(1)[0]
    if number < AGREED:
        return before
    return next(
        look for look, said in zip(reversed(looks), reversed(texts), strict=True) if said == text
    )


def compose_frame(frame: np.ndarray, look: Look | None, said: str) -> np.ndarray:
    """What the window shows: the frame with boxes, what is read, and what `said` says.

    Args:
        frame: uint8 BGR (H, W, 3), unchanged.
        look: what was read last.
        said: the keys, or what the last one came to.
    """
    shown, told = frame.copy(), ""
    if look and look.reading:
        draw_boxes(shown, look.reading)
        told = format_text(Outcome("", look.reading), alone=False).removeprefix(": ")
    told = told.replace("×", "x").replace("÷", ":")  # OpenCV's letters are ASCII
    return np.vstack([shown, draw_foot(shown.shape[1], told, said)])


def save_look(look: Look, folder: Path) -> str:
    """Save a frame, its annotated copy, and what is read as JSON; what is said of that."""
    try:
        path = find_free_path(check_folder(folder), "camera")
        outcome = Outcome(path.name, look.reading, "" if look.reading else NO_DIGIT)
        write_file(path, cv2.imencode(".png", look.frame)[1].tobytes())
        write_file(path.with_suffix(".json"), format_json(outcome).encode() + b"\n")
        if look.reading:
            copy = cv2.imencode(".png", draw_reading(look.frame, look.reading))[1].tobytes()
            write_file(path.with_name(path.name + COPY_SUFFIX), copy)
    except UserError as error:
        return f"not saved: {error}"
    return f"saved {printable(path)}"
