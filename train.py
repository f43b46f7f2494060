"""Train the network on MNIST; save it with its record and its curves.

python train.py                                       # MNIST -> models/model.h5
python train.py --data drawn --output mine/model.h5   # no download: drawn digits
python train.py --resume                              # go on after Ctrl-C or a power cut
python train.py --images my_handwriting               # teach the shipped model your hand
"""

if __name__ == "__main__":  # before the other imports, which take a while
    from cli.interrupt import end_at_once

    end_at_once("train.py")

import argparse
import functools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

# As in test.py: the second head's matrix products are too small for the threads of OpenBLAS. Keras
# has threads of its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from cli import script
from digits.errors import printable
from digits.files import check_file, write_file
from training.recipe import DRAWN, FLAGS_OF_TEACHING, NETWORK, choose_recipe

if TYPE_CHECKING:
    import keras

    from digits.network import Heads

FLAGS_OF_BOTH = ("data", "output", "seed")  # of training, and of teaching a hand


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = script.build_base_parser("train.py", __doc__)
    add = parser.add_argument
    source = "mnist.npz, a folder of IDX files, or drawn[:N]; default: MNIST, found or downloaded"
    add("--data", metavar="SOURCE", help=source)
    formats = (
        ".h5, .keras, or .pth for PyTorch; default: models/model.h5; of --images: models/mine.h5"
    )
    add("--output", metavar="PATH", type=Path, help=formats)
    add("--resume", action="store_true", help="go on where the last training was cut short")

    add = parser.add_argument_group("your own hand").add_argument
    pictures = "labelled pictures, as test.py takes them: a trained model goes on with their digits"
    add("--images", metavar="DIR", type=Path, help=pictures)
    add("--start", metavar="PATH", type=Path, help="from that model; default: models/model.h5")
    add("--force", action="store_true", help="write the model although it reads no better")

    whole, count, rate = script.parse_whole, script.parse_count, script.parse_rate
    add = parser.add_argument_group("recipe").add_argument
    add("--epochs", metavar="N", type=count, help=f"default: {NETWORK.epochs}")
    add("--batch-size", metavar="N", type=count, help=f"default: {NETWORK.batch_size}")
    rates = f"{NETWORK.learning_rate}; of drawn: {DRAWN.learning_rate}"
    peak = f"the highest, after the warm-up; default: {rates}"
    add("--learning-rate", metavar="F", type=rate, help=peak)
    held_out = "training images held out to watch it; default: a twelfth"
    add("--validation-size", metavar="N", type=whole, help=held_out)
    add("--seed", metavar="N", type=whole, help=f"default: {NETWORK.seed}")
    no_augment = {"dest": "augment", "action": "store_false", "default": None}
    add("--no-augment", **no_augment, help="show the images as they are")
    no_batch_norm = {"dest": "batch_norm", "action": "store_false", "default": None}
    add("--no-batch-norm", **no_batch_norm, help="train without batch normalisation")
    add("--as-teacher", action="store_true", help="train the larger network that can teach")
    models = "learn from these: models trained with --as-teacher"
    add("--teachers", metavar="PATH", type=Path, nargs="+", default=[], help=models)
    return parser


def check_flags(args: argparse.Namespace) -> None:
    """Complain of flags that do not go together: teaching a hand has a recipe of its own."""
    parser = build_parser()
    taught = args.images is not None
    for name, value in vars(args).items():
        belongs = name in FLAGS_OF_BOTH or (name in FLAGS_OF_TEACHING) == taught
        if not belongs and value != parser.get_default(name):
            flag = f"--{'no-' * (value is False)}{name.replace('_', '-')}"
            raise script.CommandLineError(
                f"argument {flag}: {'not allowed with' if taught else 'only with'} --images"
            )


@script.outlive_reader()
def run(args: argparse.Namespace) -> int:
    """Train on MNIST, or go on from a trained model with a person's own pictures."""
    check_flags(args)
    if args.images is None:
        return train(args)
    from training.hand.teach import teach

    return teach(args)


def train(args: argparse.Namespace) -> int:
    """Check all that can be wrong; then learn from the images, calibrate, teach signs, save."""
    from data import hold_out, load_split
    from digits.network import DEFAULT_MODEL, Heads
    from model import build_model, check_target, describe_layers
    from plots import TRAINING_FILE
    from training.checkpoint import NOTHING_DONE, explain_interrupt, find_progress, save_checkpoint
    from training.fit import build_to_fit, finish, fit
    from training.lessons import make_lessons, prepare_ahead, work_ahead
    from training.record import collect_facts, list_arguments, make_record
    from training.signs import draw_ahead, teach_signs
    from training.teacher import build_teacher, hash_files, load_soft_targets
    from training.trained.calibration import calibrate

    recipe = choose_recipe(vars(args), as_teacher=args.as_teacher)
    output = check_target(args.output or DEFAULT_MODEL, is_usual=not args.as_teacher)
    checkpoint = output.with_name(output.name + ".checkpoint")
    for path in (output, output.with_suffix(".json"), output.with_name(TRAINING_FILE), checkpoint):
        check_file(path)
    teachers = hash_files(args.teachers)

    training_set = load_split(args.data, "train")
    if training_set.note:
        script.print_note(training_set.note)
    training, validation = hold_out(training_set, args.validation_size)

    collect = functools.partial(
        collect_facts,
        recipe,
        training_set.sha256,
        validation_size=len(validation.images),
        teachers=teachers,
        as_teacher=args.as_teacher,
    )
    keep = functools.partial(save_checkpoint, checkpoint, collect=collect)
    progress = find_progress(checkpoint, output, collect=collect) if args.resume else NOTHING_DONE
    soft_targets = load_soft_targets(args.teachers, recipe)
    announce(output, training_set.name, len(training.images), len(validation.images))

    with explain_interrupt(checkpoint), work_ahead() as worker:
        lessons = make_lessons(training, recipe, soft_targets=soft_targets)
        # The first epoch is prepared while Keras is imported; the rest while the network learns.
        epochs = prepare_ahead(worker, lessons.make_epoch, progress.epoch, recipe.epochs)
        draw_seen = draw_ahead(worker, training, seed=recipe.seed, share=recipe.sign_share)
        build = build_teacher if args.as_teacher else build_model
        build().summary(line_length=78)
        model = build_to_fit(build, recipe, count=lessons.count)
        progress = fit(model, epochs, recipe, validation=validation, progress=progress, keep=keep)
        trained = describe_layers(model)
        model = finish(model, build, recipe)
        calibration = calibrate(model, validation, recipe)
        signs = teach_signs(model, draw_seen(), seed=recipe.seed)

    arguments = list_arguments(args, recipe, output)
    record = make_record(
        arguments,
        training_set,
        model=model,
        trained=trained,
        progress=progress,
        calibration=calibration,
    )
    save_results(output, model, record, heads=Heads(signs))
    checkpoint.unlink(missing_ok=True)
    return 0


def save_results(path: Path, model: "keras.Sequential", record: dict, *, heads: "Heads") -> None:
    """Write model, record and curves, and say where they are and how good it is."""
    import plots
    from model import save_model
    from training.record import describe_training, encode_record

    save_model(model, path, heads=heads)
    write_file(path.with_suffix(".json"), encode_record(record))
    written = [path, path.with_suffix(".json")]
    if plots.can_draw():
        written.append(path.with_name(plots.TRAINING_FILE))
        write_file(written[-1], plots.draw_history(record))
    print(f"{describe_training(record)}.")
    print("Wrote " + ", ".join(printable(name) for name in written))


def announce(output: Path, name: str, training: int, validation: int) -> None:
    """Say what is trained on, and what the model will replace."""
    from training.record import announce_replacement

    print(f"Training on {name}: {training:,} to learn from, {validation:,} held out to watch it.")
    announce_replacement(output, when="when the training is finished")


def main(argv: Sequence[str] | None = None) -> int:
    """Run train.py with these arguments (the process's own by default); the exit status."""
    return script.run_script(run, build_parser(), argv)


if __name__ == "__main__":
    sys.exit(main())
