"""Score a model on the MNIST test images, or on your own labelled pictures.

    python test.py                           # the shipped model on the 10,000 test images
    python test.py --format json             # the same for programs
    python test.py --images my_handwriting   # your own pictures, read as predict.py reads them

A folder of pictures is labelled by a file labels.csv in it (columns file,label; lines of digits
parted by |, empty for a picture without a digit) or by folders called 0 to 9.
"""

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import plots
from data import load_split
from digits.batch import count_cores, map_in_order
from digits.cli import build_base_parser, print_error, print_note, printable, run_script
from digits.files import check_folder, write_file
from digits.inference import DEFAULT_MODEL
from digits.labels import LabelledPicture, find_labelled, read_labelled
from digits.progress import show_progress
from digits.report import describe_mistake, format_mistakes, format_scores
from digits.scoring import PictureResult, is_right, score_pictures, score_probabilities
from model import load_classifier

PROG = "test.py"
Classifier = Callable[[np.ndarray], np.ndarray]  # uint8 (N, 28, 28) -> float32 (N, 10)


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = build_base_parser(PROG, __doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--data",
        metavar="SOURCE",
        help="mnist.npz, a folder of IDX files, or drawn[:N]; default: MNIST, found or downloaded",
    )
    what.add_argument("--images", metavar="DIR", type=Path, help="a folder of labelled pictures")
    parser.add_argument(
        "--model", metavar="PATH", type=Path, default=DEFAULT_MODEL, help="default: models/model.h5"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument(
        "--output",
        metavar="DIR",
        type=Path,
        help="folder for confusion_matrix.png and mistakes.png; default: beside the model, "
        "or nowhere with --images",
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Score, print, draw; the exit status."""
    classify = load_classifier(args.model, prog=PROG)
    if args.images is None:
        return score_test_images(args, classify)
    return score_folder(args, classify)


def score_test_images(args: argparse.Namespace, classify: Classifier) -> int:
    """Score the model on the test half of a data set."""
    folder = check_folder(args.output or args.model.parent)
    images, labels, name, _, note = load_split(args.data, "test")
    if note:
        print_note(PROG, note)
    probabilities = classify(images)  # (N, 28, 28) -> (N, 10)
    scores = score_probabilities(probabilities, labels)
    if args.format == "json":
        print(json.dumps(scores))
    else:
        print(f"{printable(args.model)} on {name}\n\n{format_scores(scores)}")
    if can_draw():
        write_picture(folder / plots.CONFUSION_FILE, plots.draw_confusion(scores))
        mistakes = plots.draw_mistakes(images, probabilities, labels)
        write_picture(folder / plots.MISTAKES_FILE, mistakes)
    return 0


def score_folder(args: argparse.Namespace, classify: Classifier) -> int:
    """Score the model on labelled pictures; 1 if one of them could not be read."""
    listed = find_labelled(args.images)
    folder = check_folder(args.output) if args.output else None
    results, tiles = read_all(listed, classify)
    scores = score_pictures(results)
    if args.format == "json":
        print(json.dumps(scores))
    else:
        print(f"{printable(args.model)} on the pictures in {printable(args.images)}\n")
        print("\n\n".join(filter(None, (format_scores(scores), format_mistakes(results)))))
    if folder and can_draw():
        write_picture(folder / plots.CONFUSION_FILE, plots.draw_confusion(scores))
        title = plots.describe_scores(scores)
        write_picture(folder / plots.MISTAKES_FILE, plots.draw_tiles(tiles, title))
    return int(any(result.text is None for result in results))


def read_all(
    listed: Sequence[LabelledPicture], classify: Classifier
) -> tuple[list[PictureResult], list[plots.Tile]]:
    """What was read in each picture, and a tile for the first that were read wrong."""

    def read_one(picture: LabelledPicture) -> tuple[PictureResult, str, plots.Tile | None]:
        result, error, pixels, images = read_labelled(picture, classify)
        if is_right(result):
            return result, error, None
        caption = (describe_mistake(result), printable(result.file))
        return result, error, plots.Tile(plots.make_picture_tile(pixels, images), caption)

    results, tiles = [], []
    answers = map_in_order(read_one, listed, workers=count_cores())
    for result, error, tile in show_progress(answers, len(listed), label="reading"):
        if error:
            print_error(PROG, error)
        results.append(result)
        if tile and len(tiles) < plots.MOST_MISTAKES:
            tiles.append(tile)
    return results, tiles


def can_draw() -> bool:
    """Whether matplotlib is there; a note says what to do where it is not."""
    if importlib.util.find_spec("matplotlib"):
        return True
    print_note(PROG, "no pictures of the result: pip install matplotlib draws them")
    return False


def write_picture(path: Path, png: bytes) -> None:
    """Write one picture and say where it is."""
    write_file(path, png)
    print_note(PROG, f"wrote {printable(path)}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run test.py with these arguments (the process's own by default); the exit status."""
    return run_script(run, build_parser(), argv)


if __name__ == "__main__":
    sys.exit(main())
