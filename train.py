"""Train the network on MNIST; save it with its record and its curves.

python train.py                                       # MNIST -> models/model.h5
python train.py --data drawn --output mine/model.h5   # no download: drawn digits
python train.py --resume                              # go on after Ctrl-C or a power cut
"""

import argparse
import functools
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import plots
from checkpoint import (
    DamagedCheckpointError,
    Progress,
    read_checkpoint,
    save_checkpoint,
    sign_training,
)
from data import Split, hold_out, load_split
from digits.cli import build_base_parser, print_note, printable, run_script
from digits.files import check_folder, read_file, write_file
from digits.inference import DEFAULT_MODEL
from model import build_model, check_suffix, save_model
from record import encode_record, make_record
from teacher import build_teacher, load_teachers, make_judge
from training import Recipe, Trained, choose_precision, make_lessons, train

PROG = "train.py"
VALIDATION_SHARE = 1 / 12  # of the training images: 5,000 of MNIST's 60,000


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = build_base_parser(PROG, __doc__)
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
        default=DEFAULT_MODEL,
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
        type=int,
        help="training images held out to watch it; default: a twelfth",
    )
    add("--seed", metavar="N", type=parse_seed, default=usual.seed, help=default)
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


def parse_count(text: str) -> int:
    """A whole number from 1 up."""
    return parse_seed(text) if text != "0" else reject(text, "at least 1")


def parse_seed(text: str) -> int:
    """A whole number from 0 up that fits in 32 bits."""
    return int(text) if text.isdecimal() and int(text) < 2**32 else reject(text, "a whole number")


def parse_rate(text: str) -> float:
    """A number above 0, at most 1."""
    return float(text) if 0 < float(text) <= 1 else reject(text, "above 0 and at most 1")


def reject(text: str, wanted: str) -> None:
    """Let argparse end the script with status 2."""
    raise argparse.ArgumentTypeError(f"{text} is not {wanted}")


def run(args: argparse.Namespace) -> int:
    """Check all that can be wrong, then train, save and tell."""
    check_suffix(args.output)
    check_folder(args.output.parent)
    whole = load_split(args.data, "train")
    if whole.note:
        print_note(PROG, whole.note)
    size = args.validation_size
    size = int(len(whole.images) * VALIDATION_SHARE) if size is None else size
    split, held = hold_out(whole, size)
    recipe = Recipe(args.epochs, args.batch_size, args.learning_rate, args.seed, args.augment)
    teachers = [hashlib.sha256(read_file(path)).hexdigest() for path in args.teachers]
    signature = sign_training(recipe, whole.sha256, size, args.as_teacher, teachers)
    checkpoint = args.output.with_name(args.output.name + ".checkpoint")
    progress = find_progress(checkpoint, signature=signature) if args.resume else None

    announce(args, split, held)
    judge = None
    if teachers:
        with choose_precision():
            judge = make_judge(load_teachers(args.teachers))
    lessons = make_lessons(split, recipe, drawn=not args.as_teacher, judge=judge)
    try:
        trained = train(
            recipe,
            lessons,
            validation=held,
            build=build_teacher if args.as_teacher else build_model,
            progress=progress,
            keep=functools.partial(save_checkpoint, checkpoint, signature=signature),
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt("no model was replaced; add --resume to go on") from None
    save_everything(args.output, trained, make_record(args, whole, trained))
    checkpoint.unlink(missing_ok=True)
    return 0


def find_progress(checkpoint: Path, *, signature: str) -> Progress | None:
    """What to go on from; None, with a note, if there is nothing of use.

    Raises:
        UserError: the checkpoint is of another training: to start afresh would lose it.
    """
    if not checkpoint.exists():
        print_note(PROG, f"{checkpoint}: no such checkpoint; starting afresh")
        return None
    try:
        return read_checkpoint(checkpoint, signature=signature)
    except DamagedCheckpointError as error:
        print_note(PROG, f"{error}; starting afresh")
        return None


def announce(args: argparse.Namespace, split: Split, held: Split) -> None:
    """Say what is trained, on what, and what it will replace."""
    print(f"Training on {split.name}: {len(split.images):,} to learn from, ", end="")
    print(f"{len(held.images):,} held out to watch it.")
    if args.output.exists():
        print(f"{printable(args.output)} will be replaced when the training is finished", end="")
        shipped = args.output.resolve() == DEFAULT_MODEL
        print("; git checkout models brings the shipped one back." if shipped else ".")


def save_everything(path: Path, trained: Trained, record: dict) -> None:
    """Write model, record and curves, and say where they are and how good it is."""
    save_model(trained.model, path)
    write_file(path.with_suffix(".json"), encode_record(record))
    written = [path, path.with_suffix(".json")]
    if plots.can_draw(PROG):
        written.append(path.with_name(plots.TRAINING_FILE))
        write_file(written[-1], plots.draw_history(record))
    print(f"{plots.describe_training(record)}.")
    print("Wrote " + ", ".join(printable(name) for name in written))


def main(argv: Sequence[str] | None = None) -> int:
    """Run train.py with these arguments (the process's own by default); the exit status."""
    return run_script(run, build_parser(), argv)


if __name__ == "__main__":
    sys.exit(main())
