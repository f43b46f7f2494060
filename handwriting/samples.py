"""The sample pictures, drawn: digits and numbers on paper, boards and screens, with their labels.

python -m handwriting.samples input_images          # the samples
python -m handwriting.samples --corpus my_corpus    # hundreds of pictures, to measure with
"""

if __name__ == "__main__":  # before the other imports, which take a while
    from cli.interrupt import end_at_once

    end_at_once("python -m handwriting.samples")

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from cli.script import build_base_parser, run_script
from digits.files import check_folder, write_file
from handwriting.corpus import write_corpus
from handwriting.pages import draw_text
from handwriting.paper import (
    BLUE_BLACK,
    Colour,
    add_grain,
    add_shadow,
    add_vignette,
    lay_on_table,
    make_transparent,
    place_on_sheet,
    put_on_board,
    put_on_paper,
    rule_lines,
    rule_squares,
    shade_unevenly,
)

SEED = 1
SCAN_SIZE = 200  # pixels a side of the pictures with a single digit
JPEG_QUALITY = 85  # below 75 the paper's grain turns into blocks
PENS: tuple[Colour, ...] = (  # BGR: ballpoints, pencil, felt pens
    BLUE_BLACK,
    (128, 54, 22),
    (60, 60, 62),
    (40, 30, 150),
    (70, 96, 30),
    (110, 40, 92),
)
SCREEN: Colour = (255, 255, 255)
YELLOW_NOTE: Colour = (150, 226, 246)


class Sample(NamedTuple):
    """A sample picture: its file name, the digits in it, and how it is drawn from them."""

    file: str
    label: str
    draw: Callable[[str, np.random.Generator], np.ndarray]


def list_samples() -> list[Sample]:
    """Every sample picture, in the order in which they are written."""
    digits = [Sample(f"digit_{digit}.png", str(digit), _draw_scan) for digit in range(10)]
    return [
        Sample("sample_digit.png", "7", _draw_note),
        *digits,
        Sample("number.png", "5033", _draw_number),
        Sample("photo.jpg", "1984", _draw_photo),
        Sample("shadow.jpg", "62", _draw_shadowed),
        Sample("chalk.jpg", "365", _draw_chalk),
        Sample("paint.png", "4", _draw_paint),
        Sample("transparent.png", "28", _draw_transparent),
        Sample("corner.png", "3", _draw_corner),
        Sample("page.jpg", "31415\n92653\n58979", _draw_page),
    ]


def write_samples(folder: Path) -> None:
    """Write every sample picture and `labels.csv` into a folder, always the same ones.

    Raises:
        UserError: the folder cannot be made, or a file not written.
    """
    check_folder(folder)
    lines = ["file,label"]
    for index, (file, label, draw) in enumerate(list_samples()):
        # A generator each: a new sample in the list leaves the others as they are.
        picture = draw(label, np.random.default_rng([SEED, index]))
        write_file(folder / file, encode_picture(picture, Path(file).suffix))
        lines.append(f"{file},{label.replace(chr(10), '|')}")
    write_file(folder / "labels.csv", "\n".join([*lines, ""]).encode())


def encode_picture(picture: np.ndarray, suffix: str) -> bytes:
    """The bytes of a picture file of that kind, `.png` or `.jpg`."""
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if suffix == ".jpg" else []
    _, data = cv2.imencode(suffix, picture, options)
    return data.tobytes()


def _draw_scan(text: str, rng: np.random.Generator) -> np.ndarray:
    """A digit in the middle of white paper, in any pen."""
    ink = draw_text(text, rng, height=110, pen=rng.uniform(5, 16), neatness=0.6, margin=0).ink
    left, top = (SCAN_SIZE - ink.shape[1]) // 2, (SCAN_SIZE - ink.shape[0]) // 2
    colour = PENS[rng.integers(len(PENS))]
    return put_on_paper(place_on_sheet(ink, (SCAN_SIZE, SCAN_SIZE), (left, top)), colour=colour)


def _draw_note(text: str, rng: np.random.Generator) -> np.ndarray:
    """A digit on squared paper."""
    ink = draw_text(text, rng, height=120, pen=9, neatness=0.8, margin=0.6).ink
    return rule_squares(put_on_paper(ink, colour=(128, 54, 22)), pitch=30)


def _draw_number(text: str, rng: np.random.Generator) -> np.ndarray:
    """A number on ruled paper."""
    ink = draw_text(text, rng, height=84, pen=7, neatness=0.6).ink
    return rule_lines(put_on_paper(ink), pitch=46, offset=10)


def _draw_photo(text: str, rng: np.random.Generator) -> np.ndarray:
    """A yellow note on a dark table, photographed by hand."""
    ink = draw_text(text, rng, height=110, pen=10, tilt=-2, margin=0.9).ink
    sheet = put_on_paper(ink, colour=(52, 40, 44), paper=YELLOW_NOTE)
    photo = add_shadow(lay_on_table(sheet, rng), rng, depth=0.25, softness=0.4)
    return add_grain(photo, rng, strength=3)


def _draw_shadowed(text: str, rng: np.random.Generator) -> np.ndarray:
    """A number half in the shadow of the phone."""
    ink = draw_text(text, rng, height=150, pen=9).ink
    photo = shade_unevenly(put_on_paper(ink, colour=(128, 54, 22)), rng, depth=0.2)
    return add_grain(add_shadow(photo, rng, depth=0.45), rng, strength=3)


def _draw_chalk(text: str, rng: np.random.Generator) -> np.ndarray:
    """Chalk on a blackboard."""
    ink = draw_text(text, rng, height=120, pen=11, neatness=0.7).ink
    return add_vignette(put_on_board(ink, rng), depth=0.3)


def _draw_paint(text: str, rng: np.random.Generator) -> np.ndarray:
    """White on black with a fat brush, as drawn on a canvas."""
    ink = draw_text(text, rng, height=170, pen=24, neatness=0.7, margin=0.35).ink
    return put_on_paper(ink, colour=SCREEN, paper=(0, 0, 0))


def _draw_transparent(text: str, rng: np.random.Generator) -> np.ndarray:
    """Ink on nothing, exported by a paint program."""
    ink = draw_text(text, rng, height=120, pen=10, neatness=0.7).ink
    return make_transparent(ink, colour=(40, 30, 150))


def _draw_corner(text: str, rng: np.random.Generator) -> np.ndarray:
    """A small digit far from the middle of a large sheet."""
    ink = draw_text(text, rng, height=42, pen=3.5, margin=0).ink
    return put_on_paper(place_on_sheet(ink, (900, 640), (690, 480)))


def _draw_page(text: str, rng: np.random.Generator) -> np.ndarray:
    """A ruled page with several lines, slightly turned, on a table."""
    ink = draw_text(text, rng, height=70, pen=5.5, tilt=1.5, gap=0.3, margin=1.1).ink
    sheet = rule_lines(put_on_paper(ink), pitch=60, offset=30)
    photo = add_vignette(lay_on_table(sheet, rng, border=0.08), depth=0.35)
    return add_grain(photo, rng, strength=3)


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = build_base_parser("python -m handwriting.samples", __doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("folder", nargs="?", type=Path, help="where the samples go; made if missing")
    where.add_argument(
        "--corpus", metavar="DIR", type=Path, help="write the corpus there instead, and its labels"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Write the pictures."""
    if args.corpus:
        write_corpus(args.corpus)
    else:
        write_samples(args.folder)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status."""
    return run_script(run, build_parser(), argv)


if __name__ == "__main__":
    sys.exit(main())
