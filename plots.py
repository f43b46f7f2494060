"""Pictures of results: training curves, confusion matrix, mistakes.

python plots.py models/model.json       # the training curves again
"""

if __name__ == "__main__":  # before the other imports, which take a while
    from cli.interrupt import end_at_once

    end_at_once("plots.py")

# Every function returns a PNG as bytes, equal for equal input. matplotlib is imported when the
# first is drawn, without pyplot: no display is needed, and a script starts without waiting for it.

import argparse
import importlib.util
import io
import logging
import math
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cli.script import build_base_parser, print_note, run_script
from digits.errors import hush_libraries, printable
from digits.files import check_folder, read_file, write_file
from scoring.metrics import DigitScore, Scores
from scoring.pictures import PictureScores
from scoring.report import count_things, describe_mistake, describe_scores
from training.record import describe_training, read_record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from scoring.labels import Answer

TRAINING_FILE = "training.png"
CONFUSION_FILE = "confusion_matrix.png"
MISTAKES_FILE = "mistakes.png"
MOST_MISTAKES = 64  # tiles on a sheet: more than one looks at, and the file stays small

_DPI = 100  # on a sheet of tiles one pixel is one pixel
_TRAINING, _VALIDATION, _WRONG = "#7a7a7a", "#0b62a4", "#b3261e"
# Logarithmic scales: on a linear one every epoch after the second looks the same. Accuracy is drawn
# by its distance from 100%, which itself goes where 99.99% is.
_HEIGHTS = {
    "accuracy": lambda share: -math.log10(max(1 - share, 1e-4)),
    "loss": lambda loss: math.log10(max(loss, 1e-4)),
}
_ACCURACIES = (0, 50, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 100)
_LOSSES = [digit * 10.0**power for power in range(-4, 3) for digit in (1, 2, 5)]
_MARKS = {  # label on the axis -> its height
    "accuracy": {f"{mark}%": _HEIGHTS["accuracy"](mark / 100) for mark in _ACCURACIES},
    "loss": {f"{mark:g}": _HEIGHTS["loss"](mark) for mark in _LOSSES},
}
_SHEET_WIDTH, _HEAD_WIDTH, _HEAD, _GAP, _LINE = 1016, 480, 44, 16, 15  # of a sheet, in pixels
_TILE_WIDTH, _TILE_HEIGHT, _STRIP_HEIGHT = 224, 168, 56  # a picture and what the network saw of it


class Tile(NamedTuple):
    """One mistake on a sheet: `image` uint8 (H, W, 3) RGB, and the lines of text under it."""

    image: np.ndarray
    caption: Sequence[str]


def draw_history(record: dict) -> bytes:
    """The curves of a training as PNG: accuracy and loss per epoch, training and validation.

    `record`: what train.py writes beside the model. Augmented images are harder: training then
    lies below validation, and the legend says so.
    """
    is_augmented = record.get("arguments", {}).get("augment")
    training = "training (augmented images)" if is_augmented else "training"
    figure = _make_figure(9.6, 4.0)
    for axes, name in zip(figure.subplots(1, 2), _MARKS, strict=True):
        _plot_curves(axes, record["history"], name, training)
    figure.suptitle(describe_training(record), fontsize=10)
    return _render(figure)


def draw_confusion(scores: Scores | PictureScores) -> bytes:
    """The confusion matrix as PNG, with recall beside the rows and precision over the columns.

    Colour shows the errors alone: the diagonal, a hundred times larger, would leave them all white.
    """
    matplotlib = _import_matplotlib()
    counts = np.array(scores.confusion)
    figure = _make_figure(7.6, 7.2)
    axes = figure.subplots()
    errors = np.ma.array(counts, mask=np.eye(10, dtype=bool))
    colours = matplotlib.colormaps["Reds"].with_extremes(bad="#f0f0f0", under="white")
    axes.imshow(errors, cmap=colours, vmin=0.5, vmax=max(1.6 * errors.max(), 5))
    for true, read in np.argwhere(counts):
        weight = "normal" if true == read else "bold"
        axes.text(read, true, f"{counts[true, read]:,}", ha="center", va="center", weight=weight)
    axes.set(xlabel="read", ylabel="true", xticks=range(10), yticks=range(10))
    axes.set_xticks(np.arange(9) + 0.5, minor=True)
    axes.set_yticks(np.arange(9) + 0.5, minor=True)
    axes.grid(True, which="minor", color="#e4e4e4", linewidth=0.8)
    axes.tick_params(which="both", length=0)
    _label_shares(axes, scores.per_digit)
    title = describe_scores(scores)
    beside = {kind: getattr(scores, kind, 0) for kind in ("missed", "extra")}
    left_out = [f"{count} {kind}" for kind, count in beside.items() if count]
    if left_out:
        title += f"; {' and '.join(left_out)} digits are not in the table"
    figure.suptitle(title, fontsize=11)
    return _render(figure)


def draw_mistakes(images: np.ndarray, probabilities: np.ndarray, labels: np.ndarray) -> bytes:
    """The images that were read wrong as PNG, the most confident mistakes first.

    `images`: uint8 (N, 28, 28); `probabilities`: float (N, 10); `labels`: int (N,), 0..9.
    """
    read = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(read != labels)
    wrong = wrong[np.argsort(-probabilities[wrong, read[wrong]], kind="stable")]
    tiles = [
        Tile(
            _zoom(images[i], 3),
            (
                f"is {labels[i]}, read {read[i]}",
                f"{read[i]}: {probabilities[i, read[i]]:.0%}  "
                f"{labels[i]}: {probabilities[i, labels[i]]:.0%}",
            ),
        )
        for i in wrong[:MOST_MISTAKES]
    ]
    title = f"{count_things(len(wrong), 'mistake')} in {count_things(len(labels), 'image')}"
    return _draw_tiles(
        tiles, title + (", the most confident first" if tiles else ""), total=len(wrong)
    )


def draw_picture_mistakes(wrong: "Sequence[tuple[Path, Answer]]", title: str) -> bytes:
    """Labelled pictures that were read wrong as PNG: picture, what the network saw, true and read.

    `wrong`: where each picture is, and what scoring.labels.read_labelled answered.
    """
    with hush_libraries():
        tiles = [_make_picture_tile(path, answer) for path, answer in wrong[:MOST_MISTAKES]]
    return _draw_tiles(tiles, title, total=len(wrong))


def can_draw() -> bool:
    """Whether matplotlib is there; a note says what to do where it is not."""
    if importlib.util.find_spec("matplotlib"):
        return True
    print_note("no pictures of the result: pip install matplotlib draws them")
    return False


def _make_figure(width: float, height: float, *, layout: str | None = "constrained") -> "Figure":
    """An empty white figure, in inches."""
    return _import_matplotlib().figure.Figure(
        figsize=(width, height), dpi=_DPI, layout=layout, facecolor="white"
    )


def _import_matplotlib() -> ModuleType:
    # Its first start on a machine says on stderr that it builds a font cache, or that it cannot.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    # A notebook hands down the name of its own backend, which need not be installed here.
    os.environ["MPLBACKEND"] = "agg"
    import matplotlib.figure

    return matplotlib


def _render(figure: "Figure") -> bytes:
    """The figure as PNG, without the version of matplotlib in it."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a file name that the font cannot write
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _plot_curves(axes: "Axes", history: dict, name: str, training: str) -> None:
    """Training, called that, and validation where there is one; a single epoch is a dot.

    The axis runs from one mark of its scale to another.
    """
    heights, marks = [], _MARKS[name]
    for key, label, colour in (
        (name, training, _TRAINING),
        (f"val_{name}", "validation", _VALIDATION),
    ):
        if key in history:
            curve = [_HEIGHTS[name](value) for value in history[key]]
            heights += [height for height in curve if math.isfinite(height)]
            axes.plot(range(1, len(curve) + 1), curve, ".-", label=label, color=colour)
    bottom = max((h for h in marks.values() if h <= min(heights, default=0)), default=-math.inf)
    top = min((h for h in marks.values() if h >= max(heights, default=0)), default=math.inf)
    shown = {label: height for label, height in marks.items() if bottom <= height <= top}
    axes.set_yticks(list(shown.values()), list(shown))
    epochs = len(history[name])
    step = math.ceil(epochs / 10)
    axes.set_xticks(sorted({1, *range(step, epochs + 1, step)}))
    axes.set_xlim(0.5, epochs + 0.5)
    axes.set_title(name)
    axes.set_xlabel("epoch")
    axes.grid(True, color="#dddddd", linewidth=0.8)
    axes.legend(frameon=False)


def _draw_tiles(tiles: Sequence[Tile], title: str, *, total: int) -> bytes:
    """A sheet of tiles, all of one size, as PNG, pixel for pixel; only the title without tiles.

    `total`: how many there would be; when that is more, the title says how many are shown.
    """
    if total > len(tiles):
        title += f"; {len(tiles)} of them shown"
    height, width = tiles[0].image.shape[:2] if tiles else (0, 0)
    step_x = width + _GAP
    step_y = height + _LINE * max((len(tile.caption) for tile in tiles), default=0) + _GAP
    columns = max(1, min(len(tiles), _SHEET_WIDTH // step_x))
    sheet_height = _HEAD + math.ceil(len(tiles) / columns) * step_y
    sheet = np.full((sheet_height, max(_GAP + columns * step_x, _HEAD_WIDTH), 3), 255, np.uint8)
    figure = _make_figure(sheet.shape[1] / _DPI, sheet.shape[0] / _DPI, layout=None)
    _write(figure, sheet, _GAP, 14, title, fontsize=11)
    for number, tile in enumerate(tiles):
        x, y = _GAP + number % columns * step_x, _HEAD + number // columns * step_y
        sheet[y : y + height, x : x + width] = tile.image
        for index, text in enumerate(tile.caption):
            top = y + height + 3 + index * _LINE
            colour = _WRONG if index == 0 else "#333333"
            short = text if len(text) <= width // 6 else f"{text[: width // 6 - 3]}..."
            _write(figure, sheet, x, top, short, fontsize=8, color=colour)
    figure.figimage(sheet, origin="upper")
    return _render(figure)


def _label_shares(axes: "Axes", per_digit: list[DigitScore]) -> None:
    """Write recall beside the rows and precision over the columns."""
    right, top = axes.secondary_yaxis("right").yaxis, axes.secondary_xaxis("top").xaxis
    for axis, name in ((right, "recall"), (top, "precision")):
        shares = [f"{getattr(row, name):.1%}" if row.support else "-" for row in per_digit]
        axis.set_ticks(range(10), shares, fontsize=8)
        axis.set_label_text(name)
        axis.set_tick_params(length=0)


def _write(figure: "Figure", sheet: np.ndarray, x: int, y: int, text: str, **look) -> None:
    """Write text as it is, no formulas, with its top left corner at a pixel of the sheet."""
    height, width = sheet.shape[:2]
    figure.text(x / width, 1 - y / height, text, va="top", parse_math=False, **look)


def _fit(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """The picture scaled to fit into `width` x `height` pixels, its aspect ratio kept."""
    import cv2

    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    return cv2.resize(picture, size, interpolation=how)


def _make_picture_tile(path: Path, answer: "Answer") -> Tile:
    """A labelled picture, what the network saw of it, what is in it and what was read."""
    from digits.picture.decoding import decode_picture

    tile = np.full((_TILE_HEIGHT + 4 + _STRIP_HEIGHT, _TILE_WIDTH, 3), 235, np.uint8)
    if not answer.error:
        # Decoded again, rather than kept: the many that were read right need no tile.
        small = _fit(decode_picture(read_file(path)), _TILE_WIDTH, _TILE_HEIGHT)
        height, width = small.shape[:2]
        x, y = (_TILE_WIDTH - width) // 2, _TILE_HEIGHT - height
        tile[y : y + height, x : x + width] = small[:, :, ::-1]  # BGR -> RGB
    zoom = 2 if len(answer.images) <= 4 else 1
    side = 28 * zoom
    a_row = _TILE_WIDTH // side
    for number, image in enumerate(answer.images[: a_row * (_STRIP_HEIGHT // side)]):
        x, y = number % a_row * side, _TILE_HEIGHT + 4 + number // a_row * side
        tile[y : y + side, x : x + side] = _zoom(image, zoom)
    return Tile(tile, (describe_mistake(answer.result), printable(answer.result.file)))


def _zoom(image: np.ndarray, factor: int) -> np.ndarray:
    """uint8 (28, 28) -> (28 * factor, 28 * factor, 3), each pixel a square."""
    return np.repeat(np.kron(image, np.ones((factor, factor), np.uint8))[..., None], 3, axis=2)


def build_parser() -> argparse.ArgumentParser:
    """The command line of plots.py."""
    parser = build_base_parser("plots.py", __doc__)
    parser.add_argument("record", type=Path, help="the .json that train.py wrote beside a model")
    parser.add_argument("--output", type=Path, metavar="DIR", help="default: beside the record")
    return parser


def run(args: argparse.Namespace) -> int:
    """Draw the curves of one record."""
    record = read_record(args.record)
    folder = check_folder(args.output or args.record.parent)
    write_file(folder / TRAINING_FILE, draw_history(record))
    print(f"wrote {printable(folder / TRAINING_FILE)}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run plots.py with these arguments (the process's own by default); the exit status."""
    return run_script(run, build_parser(), argv)


if __name__ == "__main__":
    sys.exit(main())
