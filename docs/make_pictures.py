"""The pictures of the README, made by the program itself.

    python docs/make_pictures.py

The window and the page are shown by Xvfb, xdotool and Chromium (Debian's packages xvfb, xdotool,
chromium); without them their pictures stay as they are.
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

DOCS = Path(__file__).resolve().parent
PROJECT = DOCS.parent
sys.path.insert(0, str(PROJECT))

from digits.annotate import DENSITY, draw_boxes  # noqa: E402
from digits.network import classify_images, load_network  # noqa: E402
from digits.picture.decoding import decode_picture  # noqa: E402
from digits.reading import read_picture  # noqa: E402
from handwriting.pages import draw_text  # noqa: E402
from handwriting.paper import put_on_paper  # noqa: E402
from handwriting.pen import read_shape  # noqa: E402
from handwriting.shapes.digits import DIGITS  # noqa: E402

HERO = "page.jpg"
STRIP = ("chalk.jpg", "shadow.jpg", "photo.jpg")  # of input_images
CARELESS = ("4719", 54)  # a number, and the seed of the hand that writes it
TILE = (300, 200)  # width and height in pixels of a common screen
DISPLAY = ":88"
SCREEN = (840, 820)
WINDOW = "Draw digits"  # cli/desk/draw.py
DRAWN = ((2, 0, (90, 100)), (0, 0, (290, 100)), (7, 7, (500, 100)))  # digit, variant, left and top
HEIGHT = 240  # of these, pixels


def run_predict(*arguments: str) -> None:
    """Run predict.py where it lies."""
    subprocess.run([sys.executable, "predict.py", *arguments], cwd=PROJECT, check=True)


def make_tile(picture: np.ndarray) -> np.ndarray:
    """A picture as large as a tile, cut to its digits, with boxes: uint8 BGR."""
    network = load_network()
    reading = read_picture(picture, lambda images: classify_images(network, images))
    boxes = np.array([digit.box for digit in (*reading.digits, *reading.marks)])
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    width, height = (side * DENSITY for side in TILE)
    margin = 0.5 * np.median(boxes[:, 3])
    wide, tall = right - left + 2 * margin, bottom - top + 2 * margin
    scale = min(width / wide, height / tall)
    x = (left + right) / 2 - width / scale / 2
    y = (top + bottom) / 2 - height / scale / 2
    move = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    border = cv2.BORDER_REPLICATE
    tile = cv2.warpAffine(picture, move, (width, height), flags=method, borderMode=border)
    origin = (round(-x * scale), round(-y * scale))
    draw_boxes(tile, reading, scale=scale, origin=origin, density=DENSITY)
    return tile


def make_strip() -> np.ndarray:
    """What is read in different light and on different grounds, and one reading in doubt."""
    pictures = [decode_picture((PROJECT / "input_images" / name).read_bytes()) for name in STRIP]
    text, seed = CARELESS
    pictures.append(put_on_paper(draw_text(text, np.random.default_rng(seed), neatness=0).ink))
    tiles = [make_tile(picture) for picture in pictures]
    gap = np.full((TILE[1] * DENSITY, 8 * DENSITY, 3), 255, np.uint8)
    return np.hstack([part for tile in tiles for part in (tile, gap)][:-1])


def make_window() -> np.ndarray:
    """The drawing window, with digits drawn in it by a mouse."""
    with tempfile.TemporaryDirectory() as folder:
        size = f"{SCREEN[0]}x{SCREEN[1]}x24"
        command = ["Xvfb", DISPLAY, "-screen", "0", size, "-fbdir", folder]
        screen = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        environment = {**os.environ, "DISPLAY": DISPLAY}
        program = None
        try:
            time.sleep(1)
            command = [sys.executable, str(PROJECT / "predict.py"), "--draw"]
            program = subprocess.Popen(command, env=environment)
            time.sleep(4)
            for digit, variant, corner in DRAWN:
                draw_with_mouse(DIGITS[digit][variant][1], corner, environment)
            time.sleep(1)
            return cut_window(read_screen(Path(folder) / "Xvfb_screen0"))
        finally:
            if program:
                program.terminate()
                program.wait()
            screen.terminate()
            screen.wait()


def draw_with_mouse(shape: str, corner: tuple[int, int], environment: dict[str, str]) -> None:
    """Move the mouse along the strokes of a shape, its left button down."""
    curves = read_shape(shape)
    path = curves.rounded @ curves.points * HEIGHT + corner
    for stroke in curves.strokes:
        points = [str(round(value)) for value in path[stroke].ravel()]
        moves = [["mousemove", x, y] for x, y in zip(points[::2], points[1::2], strict=True)]
        moves.insert(1, ["mousedown", "1"])
        words = [word for move in moves for word in (*move, "sleep", "0.03")]
        subprocess.run(["xdotool", *words, "mouseup", "1"], env=environment, check=True)


def read_screen(path: Path) -> np.ndarray:
    """Xvfb's screen, a file in the format of xwd: uint8 BGR (H, W, 3)."""
    data = path.read_bytes()
    header, _, _, _, width, height = struct.unpack(">6I", data[:24])
    stride, colours = struct.unpack(">I", data[48:52])[0], struct.unpack(">I", data[76:80])[0]
    pixels = np.frombuffer(data, np.uint8, height * stride, header + 12 * colours)
    return pixels.reshape(height, stride)[:, : 4 * width].reshape(height, width, 4)[..., :3]


def cut_window(screen: np.ndarray) -> np.ndarray:
    """What is not the black around the window."""
    x, y, width, height = cv2.boundingRect((screen.max(axis=2) > 0).view(np.uint8))
    return screen[y : y + height, x : x + width]


def make_page(path: Path) -> None:
    """The page on which readings are corrected, as Chromium shows it."""
    with tempfile.TemporaryDirectory() as folder:
        pictures = [f"input_images/{name}" for name in STRIP]
        run_predict("--image", *pictures, "--output", folder)
        profile = f"--user-data-dir={folder}/profile"
        look = ("--window-size=900,760", f"--force-device-scale-factor={DENSITY}")
        options = ("--headless", "--no-sandbox", "--hide-scrollbars", profile, *look)
        page = Path(folder) / "index.html"
        eager = page.read_text(encoding="utf-8").replace('loading: "lazy", decoding: "async", ', "")
        page.write_text(eager, encoding="utf-8")  # it would not be waited for
        command = ["chromium", *options, f"--screenshot={path}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)


def main() -> int:
    """Write the pictures into docs/."""
    run_predict("--image", f"input_images/{HERO}", "--output", "docs")
    (DOCS / "index.html").unlink()
    cv2.imwrite(str(DOCS / "strip.jpg"), make_strip(), [cv2.IMWRITE_JPEG_QUALITY, 88])
    if shutil.which("Xvfb") and shutil.which("xdotool"):
        cv2.imwrite(str(DOCS / "draw.png"), make_window())
    if shutil.which("chromium"):
        make_page(DOCS / "review.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
