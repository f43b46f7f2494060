"""The drawing window: draw with the mouse, see at once what is read and what the network saw."""

import csv
import io
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from cli.desk.window import check_display, draw_foot, find_free_path, is_left
from cli.inputs import LABELS_FILE, find_delimiter
from digits.annotate import draw_boxes, draw_tiles
from digits.errors import UserError, printable
from digits.files import check_folder, read_file, write_file
from digits.network import Classifier
from digits.reading import Reading, read_picture

TITLE = "Draw digits"
CANVAS = (480, 800)  # height and width in pixels
TILES_HEIGHT = 240  # a row of what the network saw
PEN, RUBBER = 14, 44  # width in pixels
MOMENT = 15  # milliseconds between two looks at the keyboard
HELP = "left: draw   right: erase   u: undo   c: clear   0-9 then s: save with label   q: quit"


class Stroke(NamedTuple):
    """A line of the pen, or of the rubber; it grows while a mouse button is down."""

    points: list[tuple[int, int]]  # x, y
    erases: bool


class Drawing:
    """The strokes on the canvas, and what a mouse and a keyboard do to them."""

    def __init__(self) -> None:
        self.strokes: list[Stroke] = []
        self.label = ""
        self.changed = True
        self._button = None

    def move_mouse(self, event: int, x: int, y: int, *_: object) -> None:
        """Take in an event of the mouse, as OpenCV tells it."""
        downs = {cv2.EVENT_LBUTTONDOWN: False, cv2.EVENT_RBUTTONDOWN: True}
        ups = {cv2.EVENT_LBUTTONUP: False, cv2.EVENT_RBUTTONUP: True}
        if event in downs and y < CANVAS[0]:
            self._button = downs[event]
            self.strokes.append(Stroke([(x, y)], erases=self._button))
        elif self._button is not None and (event == cv2.EVENT_MOUSEMOVE or event in ups):
            self.strokes[-1].points.append((x, y))
            if ups.get(event) == self._button:
                self._button = None
        else:
            return
        self.changed = True

    def undo(self) -> None:
        """Take the last stroke back."""
        del self.strokes[-1:]
        self.clear_label()

    def clear(self) -> None:
        """Take all strokes back."""
        self.strokes.clear()
        self.clear_label()

    def clear_label(self) -> None:
        """Forget the digits that were typed."""
        self.label = ""
        self.changed = True
        self._button = None

    def type_digit(self, digit: str) -> None:
        """Add a digit to the label."""
        self.label += digit
        self.changed = True

    def paint(self) -> np.ndarray:
        """The canvas: uint8 BGR (H, W, 3), black ink on white."""
        canvas = np.full((*CANVAS, 3), 255, np.uint8)
        for points, erases in self.strokes:
            colour, width = ((255,) * 3, RUBBER) if erases else ((0,) * 3, PEN)
            path = np.array(points, np.int32).reshape(-1, 1, 2)
            cv2.polylines(canvas, [path], False, colour, width, cv2.LINE_AA)
        return canvas


def open_window(classify: Classifier, *, threshold: float, folder: Path) -> int:
    """Let a person draw until the window is closed; the exit status.

    Args:
        classify: the network.
        threshold: the confidence from which a digit is sure, 0 to 1.
        folder: where drawings are saved; it is made with the first of them.

    Raises:
        UserError: no window can be opened.
    """
    check_display()
    drawing, said = Drawing(), ""
    cv2.namedWindow(TITLE, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)
    cv2.setMouseCallback(TITLE, drawing.move_mouse)
    while True:
        if drawing.changed:
            drawing.changed = False
            canvas = drawing.paint()
            reading = read_canvas(canvas, classify, threshold=threshold)
            cv2.imshow(TITLE, compose_frame(canvas, reading, said=said, label=drawing.label))
        key = cv2.waitKey(MOMENT) & 0xFF
        if is_left(TITLE, key):
            break
        if key != 0xFF:
            said = press_key(chr(key), drawing, folder)
    cv2.destroyAllWindows()
    return 0


def press_key(key: str, drawing: Drawing, folder: Path) -> str:
    """Do what a key stands for; what is then said of it."""
    if key in "0123456789":
        drawing.type_digit(key)
    elif key == "u":
        drawing.undo()
    elif key == "c":
        drawing.clear()
    elif key == "s" and drawing.strokes:
        try:
            path = save_drawing(drawing.paint(), drawing.label, folder)
        except UserError as error:  # the drawing stays, to be saved when that is put right
            return f"not saved: {error}"
        said = f"saved {printable(path)}" + (f" as {drawing.label}" if drawing.label else "")
        drawing.clear()
        return said
    return ""


def read_canvas(canvas: np.ndarray, classify: Classifier, *, threshold: float) -> Reading | None:
    """What is read on the canvas; None without a digit."""
    if canvas.min() == 255:
        return None
    try:
        return read_picture(canvas, classify, threshold=threshold)
    except UserError:
        return None


def compose_frame(
    canvas: np.ndarray, reading: Reading | None, *, said: str = "", label: str = ""
) -> np.ndarray:
    """What the window shows: the canvas with boxes, what the network saw, the keys.

    Args:
        canvas: uint8 BGR (H, W, 3), unchanged.
        reading: what was read on it.
        said: what the last key came to.
        label: the digits typed so far.

    Returns:
        uint8 BGR (H + TILES_HEIGHT + FOOT_HEIGHT, W, 3).
    """
    width = canvas.shape[1]
    tiles = np.full((TILES_HEIGHT, width, 3), 255, np.uint8)
    if reading:
        canvas = canvas.copy()
        draw_boxes(canvas, reading)
        drawn = draw_tiles(reading, width)[:TILES_HEIGHT]
        tiles[: len(drawn)] = drawn
    cv2.line(tiles, (0, 0), (width, 0), (200, 200, 200), 1)
    told = f"label {label}: press s to save" if label else said
    return np.vstack([canvas, tiles, draw_foot(width, HELP, told)])


def save_drawing(canvas: np.ndarray, label: str, folder: Path) -> Path:
    """Write the drawing as a PNG file, and its label, if it has one, into labels.csv.

    Raises:
        UserError: one of them cannot be written.
    """
    folder = check_folder(folder)
    path = find_free_path(folder, "drawn")
    write_file(path, cv2.imencode(".png", canvas)[1].tobytes())
    if label:
        add_label(folder / LABELS_FILE, path.name, label)
    return path


def add_label(path: Path, file: str, label: str) -> None:
    """Add a row to a labels.csv, in the order of its columns.

    Raises:
        UserError: it is not one, or cannot be written.
    """
    if not path.exists() and any((path.parent / digit).is_dir() for digit in "0123456789"):
        raise UserError(f"{printable(path.parent)}: a list would hide its folders 0 to 9")
    try:
        text = read_file(path).decode("utf-8-sig") if path.exists() else "file,label\n"
    except UnicodeDecodeError:
        raise UserError(f"{printable(path)}: is not UTF-8; save it as 'CSV UTF-8'") from None
    header = text.partition("\n")[0]
    delimiter = find_delimiter(header)
    columns = [name.strip().lower() for name in header.strip().split(delimiter)]
    if not {"file", "label"} <= set(columns):
        raise UserError(f"{printable(path)}: has no columns file and label")
    row = io.StringIO()
    values = {"file": file, "label": label}
    csv.writer(row, delimiter=delimiter, lineterminator="\n").writerow(
        [values.get(column, "") for column in columns]
    )
    write_file(path, (text.rstrip("\n") + "\n" + row.getvalue()).encode())
