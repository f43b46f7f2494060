"""How strangers' single digits are read: cut out, tiny, stretched, fat, framed, thin, slanted.

    python benchmarks/hands.py                       # the shipped model, some minutes
    python benchmarks/hands.py --model mine.h5 --share 0.2

MNIST images held out for validation, drawn digits, and drawn digits in variants that no training
shows, each as a PNG file through the whole reader. A picture is right when exactly its digit is
read in it. The pictures are the same in every run; the test images play no part.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise, repeat
from multiprocessing import get_context
from pathlib import Path

# One thread in each process: there are as many processes as cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import machine  # noqa: F401 - lets the project's own modules be found
import numpy as np

from data import hold_out, load_split
from digits import read_digits
from digits.errors import ReadingError
from digits.network import DEFAULT_MODEL
from digits.work.cores import count_cores
from handwriting.drawing import draw_dataset
from handwriting.shapes.hands import HELD_OUT

COUNT = 600  # pictures of each row and source
VALIDATION = 5000  # MNIST images that train.py holds out too, unless told otherwise
SEED = 20_261_010  # no training draws from it
SLANT = np.tan(np.radians(25))
MOST_STRETCH = 1.7
FINE = 8  # thin strokes are made at so many times the resolution


def leave_plain(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """MNIST's own 28x28 pixels."""
    return image


def squeeze(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """16x16 pixels, with a narrow margin."""
    return cv2.resize(_pad(_trim(image), 2, square=True), (16, 16), interpolation=cv2.INTER_AREA)


def binarise(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Black or white and nothing between, 16 to 32 pixels."""
    side = int(rng.integers(16, 33))
    sized = cv2.resize(
        _pad(_trim(image), 2, square=True), (side, side), interpolation=cv2.INTER_AREA
    )
    return np.where(sized > 0.45 * sized.max(), 255, 0).astype(np.uint8)


def stretch(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As wide as high and up to the frame, but no more than 1.7 times its own proportions."""
    ink = _trim(image)
    side = int(rng.choice([16, 20, 28, 32, 64]))
    height, width = ink.shape
    wide = min(side, round(side * MOST_STRETCH * width / height))
    sized = cv2.resize(ink, (max(2, wide), side), interpolation=_choose_interpolation(ink, side))
    room = side - sized.shape[1]
    return np.pad(sized, ((0, 0), (room // 2, room - room // 2)))


def fatten(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A fat pen, up to the borders; a 1 keeps some paper beside it, not to fill the picture."""
    ink = _trim(cv2.dilate(_pad(_trim(image), 2), np.ones((2, 2), np.uint8)))
    room = max(0, ink.shape[0] // 2 - ink.shape[1] + 1) // 2
    return np.pad(ink, ((0, 0), (room, room)))


def frame(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """In a form's cell: one to four of its borders show, a pixel or two wide."""
    cell = _pad(image, 4)
    wide = int(rng.integers(1, 3))
    grey = int(rng.integers(110, 256))
    for side in rng.permutation(4)[: rng.integers(1, 5)]:
        np.rot90(cell, side)[:wide] = grey
    return cell


def thin(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A hair-thin pen, in 56x56 pixels."""
    large = cv2.resize(image, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_CUBIC)
    lines = _find_middle(np.where(large > 127, 255, 0).astype(np.uint8))
    lines = cv2.dilate(lines, np.ones((5, 5), np.uint8))
    return cv2.resize(lines, (56, 56), interpolation=cv2.INTER_AREA)


def slant(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leaning 25 degrees further to the left or to the right."""
    lean = SLANT if rng.random() < 0.5 else -SLANT
    shift = np.float32([[1, -lean, lean * image.shape[0] / 2 + 8], [0, 1, 0]])
    size = (image.shape[1] + 16, image.shape[0])
    return cv2.warpAffine(image, shift, size, flags=cv2.INTER_LINEAR)


ROWS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "plain 28x28": leave_plain,
    "squeezed to 16x16": squeeze,
    "binarised": binarise,
    "stretched to the frame": stretch,
    "fat to the border": fatten,
    "cell borders": frame,
    "hair-thin": thin,
    "slanted 25 degrees": slant,
}


def _trim(image: np.ndarray) -> np.ndarray:
    """The ink's bounding box, without its faintest edge."""
    left, top, width, height = cv2.boundingRect((image > 40).astype(np.uint8))
    return image[top : top + height, left : left + width]


def _pad(image: np.ndarray, margin: int, *, square: bool = False) -> np.ndarray:
    """The image in black; `square`: made as wide as high."""
    height, width = image.shape
    side = max(height, width)
    down, across = (side - height, side - width) if square else (0, 0)
    rows, columns = (down // 2, down - down // 2), (across // 2, across - across // 2)
    return np.pad(np.pad(image, (rows, columns)), margin)


def _choose_interpolation(image: np.ndarray, side: int) -> int:
    return cv2.INTER_AREA if side < max(image.shape) else cv2.INTER_LINEAR


def _find_middle(mask: np.ndarray) -> np.ndarray:
    """The skeleton of a mask by thinning (Zhang, Suen 1984): uint8 (H, W), 0 or 255."""
    image = np.pad(mask > 0, 1).astype(np.uint8)
    changed = True
    while changed:
        changed = False
        for step in (0, 1):
            p2, p3, p4, p5 = image[:-2, 1:-1], image[:-2, 2:], image[1:-1, 2:], image[2:, 2:]
            p6, p7, p8, p9 = image[2:, 1:-1], image[2:, :-2], image[1:-1, :-2], image[:-2, :-2]
            ring = [p2, p3, p4, p5, p6, p7, p8, p9, p2]
            count = sum(p.astype(int) for p in ring[:-1])
            rises = sum((a == 0) & (b == 1) for a, b in pairwise(ring))
            ends = (p2 * p4 * p6, p4 * p6 * p8) if step == 0 else (p2 * p4 * p8, p2 * p6 * p8)
            gone = (image[1:-1, 1:-1] == 1) & (count >= 2) & (count <= 6) & (rises == 1)
            gone &= (ends[0] == 0) & (ends[1] == 0)
            image[1:-1, 1:-1][gone] = 0
            changed |= bool(gone.any())
    return image[1:-1, 1:-1] * np.uint8(255)


def load_sources(count: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Images uint8 (N, 28, 28) and labels (N,) by the name of where they come from."""
    _, validation = hold_out(load_split(None, "train"), VALIDATION)
    return {
        "mnist": (validation.images[:count], validation.labels[:count]),
        "drawn": draw_dataset(count, SEED),
        "held out": draw_dataset(count, SEED, table=HELD_OUT),
    }


def write_pictures(
    folder: Path, row: str, images: np.ndarray, *, seed: list[int]
) -> Iterator[Path]:
    """Each image as the row shows it, every second one dark on light, as a PNG file."""
    rng = np.random.default_rng(seed)
    for number, image in enumerate(images):
        picture = ROWS[row](image, rng)
        path = folder / f"{number:05}.png"
        path.write_bytes(cv2.imencode(".png", 255 - picture if number % 2 else picture)[1])
        yield path


def read_text(path: Path, model: Path) -> str:
    """The digits read in a picture; nothing where none is found."""
    try:
        return read_digits(path, model=model).text
    except ReadingError:
        return ""


def measure_row(
    row: str, sources: dict, model: Path, executor: ProcessPoolExecutor
) -> dict[str, tuple[float, float]]:
    """For each source, the share read right and the share that is read as several digits."""
    shares = {}
    for number, (name, (images, labels)) in enumerate(sources.items()):
        with tempfile.TemporaryDirectory() as folder:
            seed = [SEED, list(ROWS).index(row), number]
            paths = list(write_pictures(Path(folder), row, images, seed=seed))
            texts = list(executor.map(read_text, paths, repeat(model), chunksize=16))
        right = np.mean([text == str(label) for text, label in zip(texts, labels, strict=True)])
        shares[name] = float(right), float(np.mean([len(text) > 1 for text in texts]))
    return shares


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", type=Path, default=DEFAULT_MODEL, metavar="PATH", help="default: the shipped")
    add("--share", type=float, default=1.0, metavar="F", help="of the pictures of each row")
    add("--rows", nargs="+", choices=ROWS, default=list(ROWS), help="default: all of them")
    add("--jobs", type=int, default=count_cores(), metavar="N", help="default: one on each core")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table, a line as soon as it is known."""
    args = build_parser().parse_args(argv)
    sources = load_sources(max(10, round(args.share * COUNT)))
    print(f"{'read right (read as several)':<29}" + "".join(f"{name:>17}" for name in sources))
    jobs, fresh = max(1, args.jobs), get_context("spawn")  # see corpus.py
    with ProcessPoolExecutor(
        jobs, mp_context=fresh, initializer=cv2.setNumThreads, initargs=(1,)
    ) as executor:
        for row in args.rows:
            shares = measure_row(row, sources, args.model, executor).values()
            told = (f"{right:.1%} ({several:.1%})" for right, several in shares)
            print(f"{row:<29}" + "".join(f"{share:>17}" for share in told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
