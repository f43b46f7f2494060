"""What is read of the drawn corpus, by effect, and what each number of the reader is worth.

    python benchmarks/corpus.py                              # half a minute
    python benchmarks/corpus.py --effects turned --share 20  # of one effect twenty times as many
    python benchmarks/corpus.py --constants                  # every constant: half an hour
    python benchmarks/corpus.py --constants GAP_COST blobs.DUST --factors 0.6 1.6

"right" counts the pictures that are read as their label says, marks included (of those without a
digit: in which no digit is sure), "sure" those of them that leave no doubt (without a digit:
nothing is read), "silent" the wrong ones that leave no doubt either, "turned" those that stand
upright and were turned by 90, 180 or 270 degrees to be read (without a digit: if one is sure then);
below the table, how many of these are right where nothing is turned. The corpus is the same in
every run, so for a constant the pictures that it changes are counted, and its line comes as soon as
it is known. The seconds are those of a core, beside what the corpus takes without the change.
"""

import argparse
import json
import math
import os
import statistics
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, compress
from multiprocessing import get_context
from typing import NamedTuple

# One thread in each process: there are as many processes as cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
from constants import Constant, Value, change_constant, find_constants, scale_value
from machine import describe_machine, format_machine

from digits import reading
from digits.errors import UserError
from digits.network import classify_images, load_network
from digits.work.cores import count_cores
from handwriting.corpus import COUNT, EFFECTS, TURNED, Specimen, draw_effect
from scoring.metrics import wilson_interval
from scoring.pictures import compare_reading, is_right

FACTORS = (0.8, 1.25)
# A forked process hangs in cv2.setNumThreads where OpenCV's threads had been at work before.
SPAWN = get_context("spawn")
Z_95 = statistics.NormalDist().inv_cdf(0.975)


class Outcome(NamedTuple):
    """What came of reading the corpus."""

    right: list[bool]  # for each picture
    sure: list[bool]
    silent: list[bool]
    turned: list[bool]  # upright, and turned to be read
    seconds: float  # of a core


class Effect(NamedTuple):
    """How the pictures of one effect are read."""

    effect: str
    pictures: int
    right: int
    interval: tuple[float, float]  # of the share that is right, 95%
    sure: int
    silent: int
    turned: int
    turned_right: int  # of those turned: right where nothing is turned


class Difference(NamedTuple):
    """Pictures that a change gains, less those that it loses, and the 95% interval of that."""

    gained: int
    lost: int
    interval: tuple[float, float]


class Change(NamedTuple):
    """What another value of a constant changes."""

    constant: str
    value: Value
    factor: float
    changed_to: Value
    right: Difference | None  # None: the corpus cannot be read with this value
    sure: Difference | None
    seconds: float  # times those of the corpus without the change
    error: str


def read_specimens(specimens: Sequence[Specimen]) -> Outcome:
    """What is read of the specimens by the shipped model."""
    network = load_network()
    outcome = Outcome([], [], [], [], 0.0)
    start = time.process_time()
    for label, effect, picture in specimens:
        try:
            found = reading.read_picture(
                picture,
                lambda images: classify_images(network, images),
                threshold=reading.DEFAULT_THRESHOLD,
            )
        except UserError:  # no digit found
            found = None
        result = compare_reading("", label, effect, found)
        right = is_right(result)
        outcome.right.append(right)
        outcome.sure.append(right and (result.sure if label else found is None))
        outcome.silent.append(result.sure and not right)
        turned = effect != TURNED and found is not None and found.turned != 0
        outcome.turned.append(turned and (label != "" or not right))
    return outcome._replace(seconds=time.process_time() - start)


def measure_effects(count: int, *, jobs: int, effects: Collection[str] = EFFECTS) -> list[Effect]:
    """How the first `count` pictures of each effect are read, and at last all of them."""
    with ProcessPoolExecutor(
        jobs, mp_context=SPAWN, initializer=cv2.setNumThreads, initargs=(1,)
    ) as executor:
        rows = list(executor.map(measure_effect, effects, [count] * len(effects)))
    _, pictures, right, _, *others = zip(*rows, strict=True)
    interval = wilson_interval(sum(right), sum(pictures))
    return [*rows, Effect("all", sum(pictures), sum(right), interval, *map(sum, others))]


def measure_effect(effect: str, count: int) -> Effect:
    """How the first `count` pictures of one effect are read."""
    specimens = list(draw_effect(effect, count=count))
    right, *others, turned, _ = read_specimens(specimens)
    interval = wilson_interval(sum(right), count)
    as_they_stand = read_unturned(list(compress(specimens, turned))).right
    counts = map(sum, (*others, turned, as_they_stand))
    return Effect(effect, count, sum(right), interval, *counts)


def read_unturned(specimens: Sequence[Specimen]) -> Outcome:
    """What is read of the specimens where no evidence is enough to turn one."""
    (constant,) = find_constants(["orientation.TURN_EVIDENCE"])
    with change_constant(constant, math.inf):
        return read_specimens(specimens)


def measure_changes(
    constants: Sequence[Constant],
    factors: Sequence[float],
    *,
    effects: Sequence[str],
    count: int,
    jobs: int,
) -> Iterator[Change]:
    """What each constant times each factor changes, in order, each as soon as it is known."""
    tasks = [(constant, factor) for constant in constants for factor in factors]
    with ProcessPoolExecutor(
        jobs, mp_context=SPAWN, initializer=prepare_worker, initargs=(effects, count)
    ) as executor:
        yield from executor.map(measure_change, tasks)


_OF_WORKER: dict = {}  # the corpus of a worker process, and what it reads of it without a change


def prepare_worker(effects: Sequence[str], count: int) -> None:
    """Draw the corpus of this process and read it once."""
    cv2.setNumThreads(1)
    drawn = (draw_effect(effect, count=count) for effect in effects)
    _OF_WORKER["specimens"] = list(chain.from_iterable(drawn))
    _OF_WORKER["before"] = read_specimens(_OF_WORKER["specimens"])


def measure_change(task: tuple[Constant, float]) -> Change:
    """What a constant times a factor changes in the corpus of this process."""
    constant, factor = task
    before, value = _OF_WORKER["before"], scale_value(constant.value, factor)
    described = (str(constant), constant.value, factor, value)
    try:
        with change_constant(constant, value):
            after = read_specimens(_OF_WORKER["specimens"])
    except Exception as error:  # a number that nobody meant may make any step fail, in any way
        return Change(*described, None, None, 0.0, f"{type(error).__name__}: {error}")
    right, sure = compare(before.right, after.right), compare(before.sure, after.sure)
    return Change(*described, right, sure, after.seconds / before.seconds, "")


def compare(before: Sequence[bool], after: Sequence[bool]) -> Difference:
    """How two readings of the same pictures differ."""
    pairs = list(zip(before, after, strict=True))
    gained, lost = pairs.count((False, True)), pairs.count((True, False))
    return Difference(gained, lost, paired_interval(gained, lost, len(pairs)))


def paired_interval(gained: int, lost: int, total: int) -> tuple[float, float]:
    """The 95% interval of `gained - lost`, of `total` pictures that were read twice.

    The adjusted Wald interval of D. G. Bonett and R. M. Price, "Adjusted Wald confidence interval
    for a difference of binomial proportions based on paired data", Journal of Educational and
    Behavioral Statistics 37 (2012), 479-488: one is added to each count of pictures that changed
    and two to the total, so that there is a width where nothing changed.
    """
    more, less = (gained + 1) / (total + 2), (lost + 1) / (total + 2)
    half = Z_95 * ((more + less - (more - less) ** 2) / (total + 2)) ** 0.5
    return total * (more - less - half), total * (more - less + half)


def format_effects(rows: Sequence[Effect]) -> str:
    """The table of effects for people."""
    lines = [f"{'effect':<17}{'right':>5}  of   share  (95%)               sure  silent  turned"]
    for effect, pictures, right, (low, high), sure, silent, turned, _ in rows:
        share = f"{right / pictures:6.1%}  ({low:.1%} to {high:.1%})"
        lines.append(f"{effect:<17}{right:5}  {pictures:<4}{share:<26}{sure:5}{silent:8}{turned:8}")
    lines.append(f"\nright as it stands, and turned: {rows[-1].turned_right}")
    return "\n".join(lines)


def format_header() -> str:
    """What stands over the lines of the constants."""
    counts = "".join(f"{name:>5}  (95%)".ljust(21) for name in ("right", "sure"))
    return f"{'constant':<32}{'value':>9}{'times':>6}  {counts}seconds"


def format_change(change: Change) -> str:
    """One line for people."""
    start = f"{change.constant:<32}{_format_value(change.value):>9}{change.factor:>6g}  "
    if change.error:
        return f"{start}cannot be {_format_value(change.changed_to)}: {change.error}".split("\n")[0]
    counts = "".join(_format_difference(d).ljust(21) for d in (change.right, change.sure))
    return f"{start}{counts}{change.seconds:7.2f}"


def _format_value(value: Value) -> str:
    return f"({value[0]:g}, …)" if isinstance(value, tuple) else f"{value:.4g}"


def _format_difference(difference: Difference) -> str:
    gained, lost, (low, high) = difference
    return f"{gained - lost:>+5}  ({round(low):+} to {round(high):+})"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--constants",
        nargs="*",
        metavar="NAME",
        help="also what these constants are worth, such as GAP_COST or blobs.DUST; all by default",
    )
    parser.add_argument(
        "--factors", nargs="+", type=float, default=FACTORS, metavar="F", help="default: 0.8 1.25"
    )
    parser.add_argument(
        "--effects", nargs="+", default=[*EFFECTS], metavar="NAME", help="all by default"
    )
    parser.add_argument(
        "--share",
        type=float,
        default=1.0,
        metavar="F",
        help=f"of the {COUNT} pictures of each effect; there are as many more as you like",
    )
    parser.add_argument(
        "--jobs", type=int, default=count_cores(), metavar="N", help="default: one on each core"
    )
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the exit status."""
    parser = build_parser()
    args = parser.parse_args(argv)
    try:
        constants = [] if args.constants is None else find_constants(args.constants)
    except ValueError as error:
        parser.error(str(error))
    if unknown := [name for name in args.effects if name not in EFFECTS]:
        parser.error(f"no such effect: {', '.join(unknown)}; there are: {', '.join(EFFECTS)}")
    show = (lambda *lines: None) if args.json else lambda *lines: print(*lines, flush=True)
    count = max(1, round(args.share * COUNT))
    cv2.setNumThreads(1)
    jobs = max(1, args.jobs)
    machine, effects = describe_machine(), measure_effects(count, jobs=jobs, effects=args.effects)
    show(f"{format_machine(machine)}\n\n{format_effects(effects)}")
    if constants:
        show(f"\n{format_header()}")
    changes = []
    corpus = {"effects": args.effects, "count": count}
    for change in measure_changes(constants, args.factors, **corpus, jobs=jobs):
        changes.append(change)
        show(format_change(change))
    if args.json:
        print(json.dumps(_to_dicts(machine, effects, changes), indent=2))
    return 0


def _to_dicts(machine: dict, effects: Sequence[Effect], changes: Sequence[Change]) -> dict:
    """The result, ready for JSON."""
    rows = []
    for change in changes:
        differences = {name: getattr(change, name) for name in ("right", "sure")}
        rows.append(change._asdict() | {n: d and d._asdict() for n, d in differences.items()})
    return {"machine": machine, "effects": [e._asdict() for e in effects], "constants": rows}


if __name__ == "__main__":
    sys.exit(main())
