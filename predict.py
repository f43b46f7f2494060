"""Read the handwritten digits in pictures: drawn, scanned or photographed.

    python predict.py --image input_images/sample_digit.png
    python predict.py --image photos/ --format csv > numbers.csv
    python predict.py --image page.jpg --output checked/   # and a copy to look at

A picture may hold one digit, a number, or several lines of numbers and sums.
"""

if __name__ == "__main__":  # before the other imports, which take a while
    from cli.interrupt import end_at_once

    end_at_once("predict.py")

import argparse
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

# One picture holds too few digits for several cores, and each thread of OpenBLAS costs memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from cli.inputs import find_sources, shorten_path
from cli.output import CSV_HEADER, Outcome, blame_doubt, format_outcome, name_page
from cli.script import (
    build_base_parser,
    leave,
    parse_share,
    print_error,
    run_script,
    show_progress,
)
from digits.errors import hush_libraries

DRAWINGS_FOLDER, CAMERA_FOLDER = "my_handwriting", "my_camera"  # below the working directory
DEFAULT_IMAGES = Path(__file__).resolve().parent / "input_images"


def build_parser(prog: str = "predict.py") -> argparse.ArgumentParser:
    """The command line of predict.py."""
    parser = build_base_parser(prog, __doc__)
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="picture files, folders of them, patterns such as '*.png', or - for one picture on "
        "standard input; default: input_images/",
    )
    parser.add_argument("--image", nargs="+", metavar="PATH", default=[], help="the same")
    parser.add_argument("--recursive", action="store_true", help="folders with their subfolders")
    parser.add_argument(
        "--model", metavar="PATH", type=Path, help="the trained network; default: models/model.h5"
    )
    parser.add_argument(
        "--format",
        choices=("text", "json", "csv"),
        default="text",
        help="text for people; json: one object a page (JSON Lines); csv: one row a page",
    )
    parser.add_argument(
        "--output",
        metavar="DIR",
        help="write a copy of each picture there, NAME.EXT.read.png: boxes, digits, confidences, "
        "and what the network saw; and index.html, a page to check and correct them on",
    )
    window = parser.add_mutually_exclusive_group()
    window.add_argument(
        "--draw",
        action="store_true",
        help="open a window to draw digits in; they are saved in my_handwriting, or --output DIR",
    )
    window.add_argument(
        "--camera",
        nargs="?",
        const="0",
        metavar="N",
        help="show what a camera (0, 1, …), a video file or a stream's address sees, and what is "
        "read in it; space saves both in my_camera, or --output DIR",
    )
    parser.add_argument(
        "--threshold",
        metavar="F",
        type=parse_share,
        help="confidence from 0 to 1 below which a digit or sign is not sure and shows as ?",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="what is not sure is an error as well: a line on standard error, status 1",
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Print what is in each picture, or open a window; 1 if something could not be read."""
    if not args.draw and args.camera is None:
        return read_pictures(args)
    if args.paths or args.image:
        build_parser().error("a window (--draw, --camera) reads no other pictures; leave them out")
    return read_in_window(args)


def read_in_window(args: argparse.Namespace) -> int:
    """Read what a person draws, or what a camera sees, until the window is closed."""
    from cli.classifier import load_classifier

    classify = load_classifier(args.model)
    threshold = choose_threshold(args)
    with hush_libraries():
        if args.draw:
            from cli.desk.draw import open_window

            folder = Path(args.output or DRAWINGS_FOLDER)
            return open_window(classify, threshold=threshold, folder=folder)
        from cli.desk.camera import watch

        folder = Path(args.output or CAMERA_FOLDER)
        return watch(args.camera, classify, threshold=threshold, folder=folder)


def read_pictures(args: argparse.Namespace) -> int:
    """Print what is in each picture as soon as it is read; 1 if one of them could not be read."""
    names = [*args.paths, *args.image] or [shorten_path(DEFAULT_IMAGES)]
    sources = find_sources(names, recursive=args.recursive)
    outcomes: Iterable[Outcome] = [Outcome(source.name, None, source.error) for source in sources]
    if all(source.error for source in sources):  # told without waiting for OpenCV
        return print_outcomes(outcomes, args.format, alone=False)
    copies: Sequence[Path | None] = [None] * len(sources)
    if args.output is not None:
        from cli.desk.review import plan_copies, write_review

        copies = plan_copies(sources, args.output)
    from cli.classifier import load_classifier

    classify = load_classifier(args.model)  # missing: told at once
    from cli.batch import read_outcomes

    with hush_libraries():
        outcomes = read_outcomes(sources, classify, threshold=choose_threshold(args), copies=copies)
        outcomes = show_progress(
            outcomes, len(sources), label="reading", share=lambda outcome: 1 / outcome.pages
        )
        if args.output is not None:
            outcomes = write_review(outcomes, sources, copies)
        if args.strict:
            outcomes = map(blame_doubt, outcomes)
        return print_outcomes(outcomes, args.format, alone=len(sources) == 1)


def choose_threshold(args: argparse.Namespace) -> float:
    """The confidence from which a digit is sure."""
    from digits.reading import DEFAULT_THRESHOLD

    return DEFAULT_THRESHOLD if args.threshold is None else args.threshold


def print_outcomes(outcomes: Iterable[Outcome], style: str, *, alone: bool) -> int:
    """Print each outcome as it comes; 1 if one of them has an error."""
    status = 0
    if style == "csv":
        print(CSV_HEADER)
    for outcome in outcomes:
        if outcome.error:
            status = 1
            print_error(f"{name_page(outcome)}: {outcome.error}")
        text = format_outcome(outcome, style, alone=alone)
        if text:
            print(text, flush=True)
    return status


def main(argv: Sequence[str] | None = None, *, prog: str = "predict.py") -> int:
    """Run the script with these arguments, called `prog` in what it says; the exit status."""
    return run_script(run, build_parser(prog), argv)


if __name__ == "__main__":
    leave(main())
