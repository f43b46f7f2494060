"""Train the network on MNIST; save it with its record and its curves.

python train.py                                       # MNIST -> models/model.h5
python train.py --data drawn --output mine/model.h5   # no download: drawn digits
python train.py --resume                              # go on after Ctrl-C or a power cut
"""

if __name__ == "__main__":  # before the other imports, which take a while
    from cli.interrupt import end_at_once

    end_at_once("train.py")

import argparse
import functools
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli.script import (
    advise_after_ctrl_c,
    build_base_parser,
    parse_count,
    parse_rate,
    parse_whole,
    print_note,
    printable,
    run_script,
)
from digits.files import check_folder, read_file, write_file
from training.recipe import LABEL_SMOOTHING, STRENGTH, TEACHER_SMOOTHING, TEACHER_STRENGTH, Recipe

if TYPE_CHECKING:
    from training.fit import Trained


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = build_base_parser("train.py", __doc__)
    add = parser.add_argument
    add(
        "--data",
        metavar="SOURCE",
        help="mnist.npz, a folder of IDX files, or drawn[:N]; default: MNIST, found or downloaded",
    )
    add(
        "--output",
        metavar="PATH",
        type=Path,
        help=".h5, .keras, or .pth for PyTorch; default: models/model.h5",
    )
    add("--resume", action="store_true", help="go on where the last training was cut short")
    add_recipe_arguments(parser)
    return parser


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags that change what is learnt."""
    usual, default = Recipe(), "default: %(default)s"
    add = parser.add_argument_group("recipe").add_argument
    add("--epochs", metavar="N", type=parse_count, default=usual.epochs, help=default)
    add("--batch-size", metavar="N", type=parse_count, default=usual.batch_size, help=default)
    add(
        "--learning-rate",
        metavar="F",
        type=parse_rate,
        default=usual.learning_rate,
        help="the highest, after the warm-up; " + default,
    )
    add(
        "--validation-size",
        metavar="N",
        type=parse_whole,
        help="training images held out to watch it; default: a twelfth",
    )
    add("--seed", metavar="N", type=parse_whole, default=usual.seed, help=default)
    add("--no-augment", dest="augment", action="store_false", help="show the images as they are")
    add("--as-teacher", action="store_true", help="train the larger network that can teach")
    add(
        "--teachers",
        metavar="PATH",
        type=Path,
        nargs="+",
        default=[],
        help="learn from these: models trained with --as-teacher",
    )


def run(args: argparse.Namespace) -> int:
    """Check all that can be wrong, then train, save and tell."""
    from data import hold_out, load_split
    from digits.network import DEFAULT_MODEL
    from model import build_model, check_suffix
    from training.checkpoint import find_progress, save_checkpoint, sign_training
    from training.fit import train
    from training.lessons import make_lessons
    from training.record import make_record
    from training.teacher import build_teacher, load_judge

    args.output = check_suffix(args.output or DEFAULT_MODEL)
    check_folder(args.output.parent)
    whole = load_split(args.data, "train")
    if whole.note:
        print_note(whole.note)
    split, held = hold_out(whole, args.validation_size)
    recipe = Recipe(args.epochs, args.batch_size, args.learning_rate, args.seed, args.augment)
    teachers = [hashlib.sha256(read_file(path)).hexdigest() for path in args.teachers]
    signature = sign_training(recipe, whole.sha256, len(held.images), args.as_teacher, teachers)
    checkpoint = args.output.with_name(args.output.name + ".checkpoint")
    progress = find_progress(checkpoint, signature=signature) if args.resume else None

    announce(args.output, whole.name, len(split.images), len(held.images))
    judge = load_judge(args.teachers) if teachers else None
    smoothing = TEACHER_SMOOTHING if args.as_teacher else LABEL_SMOOTHING
    strength = TEACHER_STRENGTH if args.as_teacher else STRENGTH
    lessons = make_lessons(split, recipe, smoothing=smoothing, strength=strength, judge=judge)
    with advise_after_ctrl_c("no model was replaced; add --resume to go on"):
        trained = train(
            recipe,
            lessons,
            validation=held,
            build=build_teacher if args.as_teacher else build_model,
            progress=progress,
            keep=functools.partial(save_checkpoint, checkpoint, signature=signature),
        )
    save_results(args.output, trained, make_record(args, whole, trained))
    checkpoint.unlink(missing_ok=True)
    return 0


def save_results(path: Path, trained: "Trained", record: dict) -> None:
    """Write model, record and curves, and say where they are and how good it is."""
    import plots
    from model import save_model
    from training.record import describe_training, encode_record

    save_model(trained.model, path)
    write_file(path.with_suffix(".json"), encode_record(record))
    written = [path, path.with_suffix(".json")]
    if plots.can_draw():
        written.append(path.with_name(plots.TRAINING_FILE))
        write_file(written[-1], plots.draw_history(record))
    print(f"{describe_training(record)}.")
    print("Wrote " + ", ".join(printable(name) for name in written))


def announce(output: Path, name: str, learnt: int, held: int) -> None:
    """Say what is trained on, and what the model will replace."""
    from digits.network import DEFAULT_MODEL

    print(f"Training on {name}: {learnt:,} to learn from, {held:,} held out to watch it.")
    if output.exists():
        shipped = output.resolve() == DEFAULT_MODEL
        back = "; git checkout models brings the shipped one back" if shipped else ""
        print(f"{printable(output)} will be replaced when the training is finished{back}.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run train.py with these arguments (the process's own by default); the exit status."""
    return run_script(run, build_parser(), argv)


if __name__ == "__main__":
    sys.exit(main())
