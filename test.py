"""Score a model on the MNIST test images, or on your own labelled pictures.

python test.py                          # the shipped model, 10,000 test images
python test.py --format json            # the same for programs
python test.py --images my_handwriting  # your pictures, read as predict.py does
python test.py --model models/model.h5 --model models/mine.h5   # which is better?

A folder of pictures is labelled by a file labels.csv in it (columns file,label;
digits and the signs - + × ÷ = ( ) / . , : with | between lines, empty for a picture
without a digit) or by folders called 0 to 9.
"""

if __name__ == "__main__":  # before the other imports, which take a while
    from cli.interrupt import end_at_once

    end_at_once("test.py")

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

# Faster with one: the network's matrix products are too small for the threads of OpenBLAS, which
# burn a second core for little, and wait for it when something else runs there.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from cli.inputs import shorten_path
from cli.script import (
    CommandLineError,
    build_base_parser,
    print_error,
    print_note,
    printable,
    run_script,
    show_progress,
)
from digits.errors import hush_libraries
from digits.files import check_folder, write_file

if TYPE_CHECKING:
    from digits.network import Classifier
    from scoring.comparison import Comparison
    from scoring.labels import Answer, LabelledPicture
    from scoring.metrics import Scores
    from scoring.pictures import PictureScores


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = build_base_parser("test.py", __doc__)
    what = parser.add_mutually_exclusive_group()
    source = "mnist.npz, a folder of IDX files, or drawn[:N]; default: MNIST, found or downloaded"
    what.add_argument("--data", metavar="SOURCE", help=source)
    what.add_argument("--images", metavar="DIR", type=Path, help="a folder of labelled pictures")
    model = "the trained network; default: models/model.h5; given twice: the two side by side"
    parser.add_argument("--model", metavar="PATH", type=Path, action="append", help=model)
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
    from cli.classifier import load_classifier
    from digits.network import DEFAULT_MODEL

    args.model = args.model or [DEFAULT_MODEL]
    if len(args.model) > 2:
        raise CommandLineError("argument --model: expected at most two")
    if len(args.model) == 2 and args.output:
        raise CommandLineError("argument --output: not allowed with two models")
    classifiers = [load_classifier(path) for path in args.model]
    if len(classifiers) == 2:
        compare = compare_on_test_images if args.images is None else compare_on_folder
        return compare(args, classifiers)
    score = score_test_images if args.images is None else score_folder
    return score(args, *classifiers)


def score_test_images(args: argparse.Namespace, classify: "Classifier") -> int:
    """Score the model on the test half of a data set."""
    import plots
    from data import load_split
    from scoring.metrics import score_probabilities
    from scoring.report import format_scores

    folder = check_folder(args.output or args.model[0].parent)
    images, labels, name, _, note = load_split(args.data, "test")
    if note:
        print_note(note)
    probabilities = classify(images).digits  # (N, 28, 28) -> (N, 10)
    scores = score_probabilities(probabilities, labels)
    title = f"{printable(shorten_path(args.model[0]))} on {name}"
    print_scores(scores, args.format, title, format_scores(scores))
    if plots.can_draw():
        write_picture(folder / plots.CONFUSION_FILE, plots.draw_confusion(scores))
        mistakes = plots.draw_mistakes(images, probabilities, labels)
        write_picture(folder / plots.MISTAKES_FILE, mistakes)
    return 0


def score_folder(args: argparse.Namespace, classify: "Classifier") -> int:
    """Score the model on labelled pictures; 1 if one of them could not be read."""
    import plots
    from scoring.labels import find_labelled
    from scoring.pictures import is_right, score_pictures
    from scoring.report import describe_scores, format_mistakes, format_scores

    listed = find_labelled(args.images)
    folder = check_folder(args.output) if args.output else None
    answers = read_answers(listed, classify)
    results = [answer.result for answer in answers]
    scores = score_pictures(results)
    title = f"{printable(shorten_path(args.model[0]))} on the pictures in {printable(args.images)}"
    print_scores(scores, args.format, title, format_scores(scores), format_mistakes(results))
    if folder and plots.can_draw():
        write_picture(folder / plots.CONFUSION_FILE, plots.draw_confusion(scores))
        pairs = zip(listed, answers, strict=True)
        wrong = [(picture.path, answer) for picture, answer in pairs if not is_right(answer.result)]
        mistakes = plots.draw_picture_mistakes(wrong, describe_scores(scores))
        write_picture(folder / plots.MISTAKES_FILE, mistakes)
    return int(any(answer.error for answer in answers))


def read_answers(
    listed: "Sequence[LabelledPicture]", classify: "Classifier", *, tells_errors: bool = True
) -> "list[Answer]":
    """What is read in each picture; why one cannot be read is told at once."""
    from scoring.labels import read_labelled

    answers = []
    with hush_libraries():
        reading = read_labelled(listed, classify)
        for answer in show_progress(reading, len(listed), label="reading", results_last=True):
            if answer.error and tells_errors:
                print_error(answer.error)
            answers.append(answer)
    return answers


def compare_on_test_images(args: argparse.Namespace, classifiers: "list[Classifier]") -> int:
    """Two models side by side on the test half of a data set."""
    from data import load_split
    from scoring.comparison import compare_models
    from scoring.metrics import score_probabilities

    images, labels, name, _, note = load_split(args.data, "test")
    if note:
        print_note(note)
    probabilities = [classify(images).digits for classify in classifiers]  # (N, 28, 28) -> (N, 10)
    scores = [score_probabilities(answers, labels) for answers in probabilities]
    right = [answers.argmax(axis=1) == labels for answers in probabilities]
    print_comparison(compare_models(name_models(args), scores, right), args.format, name)
    return 0


def compare_on_folder(args: argparse.Namespace, classifiers: "list[Classifier]") -> int:
    """Two models side by side on labelled pictures; 1 if one of them could not be read."""
    from scoring.comparison import compare_models
    from scoring.labels import find_labelled
    from scoring.pictures import is_right, score_pictures
    from scoring.report import format_differences

    listed = find_labelled(args.images)
    answers = [
        read_answers(listed, classify, tells_errors=not number)  # they are the same for both
        for number, classify in enumerate(classifiers)
    ]
    results = [[answer.result for answer in of_model] for of_model in answers]
    scores = [score_pictures(of_model) for of_model in results]
    right = [[is_right(result) for result in of_model] for of_model in results]
    comparison = compare_models(name_models(args), scores, right)
    place = f"the pictures in {printable(args.images)}"
    print_comparison(comparison, args.format, place, format_differences(*results))
    return int(any(answer.error for of_model in answers for answer in of_model))


def name_models(args: argparse.Namespace) -> list[str]:
    """The models as a person would write their names."""
    return [printable(shorten_path(path)) for path in args.model]


def print_comparison(comparison: "Comparison", style: str, place: str, *blocks: str) -> None:
    """Print the comparison as JSON, or as text with the blocks that are not empty."""
    from scoring.report import format_comparison

    first, second = comparison.models
    title = f"A  {first}\nB  {second}\non {place}"
    print_scores(comparison, style, title, format_comparison(comparison), *blocks)


def print_scores(scores: "Scores | PictureScores | Comparison", style: str, *blocks: str) -> None:
    """Print the scores as JSON, or the blocks of text that are not empty."""
    from scoring.report import format_json

    text = "\n\n".join(block for block in blocks if block)
    print(format_json(scores) if style == "json" else text, flush=True)


def write_picture(path: Path, png: bytes) -> None:
    """Write one picture and say where it is."""
    write_file(path, png)
    print_note(f"wrote {printable(path)}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run test.py with these arguments (the process's own by default); the exit status."""
    return run_script(run, build_parser(), argv)


if __name__ == "__main__":
    sys.exit(main())
