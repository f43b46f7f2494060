"""A corpus of pictures that nobody has to ask for: every effect that the reader claims to survive.

    python -m handwriting.samples --corpus my_corpus     # writes it
    python test.py --images my_corpus                    # what is read of it, by effect
    python benchmarks/corpus.py                          # the same without files

Each picture has a generator of its own, seeded with the number of its effect and its own number,
so an effect at the end of the table, or more pictures of each, leave all others as they are.
"""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from digits.files import check_folder, write_file
from handwriting.effects import (
    crops,
    light,
    marks,
    notes,
    overlaps,
    sheets,
    sums,
    turns,
    writing,
)

SEED = 7
COUNT = 20  # pictures of each effect
TURNED = "turned"  # the effect whose pictures alone do not stand upright


# A new effect goes to the end: its place is a part of the seeds of its pictures.
EFFECTS: dict[str, Callable[[np.random.Generator], writing.Drawing]] = {
    "plain": writing.draw_plain,
    "uneven light": light.draw_uneven_light,
    "shadow": light.draw_shadow,
    "vignette": light.draw_vignette,
    "lamp": light.draw_lamp,
    "inverted": light.draw_inverted,
    "chalk": light.draw_chalk,
    "coloured paper": light.draw_coloured_paper,
    "grey on grey": light.draw_grey_on_grey,
    "faint": light.draw_faint,
    "fading": writing.draw_fading,
    "grain": light.draw_grain,
    "jpeg": light.draw_jpeg,
    "ruled": sheets.draw_ruled,
    "columns": sheets.draw_columns,
    "squares": sheets.draw_squares,
    "askew": sheets.draw_askew,
    "table": sheets.draw_table,
    "wooden table": sheets.draw_wooden_table,
    "pad": sheets.draw_pad,
    "bars": sheets.draw_bars,
    "coin": sheets.draw_coin,
    "tilted": writing.draw_tilted,
    "lines": writing.draw_lines,
    "tilted lines": writing.draw_tilted_lines,
    "touching": writing.draw_touching,
    "touching lines": writing.draw_touching_lines,
    "cut-off line": writing.draw_cut_off_line,
    "fat pen": writing.draw_fat_pen,
    "hairline": writing.draw_hairline,
    "shrunk hairline": writing.draw_shrunk_hairline,
    "crop 16": crops.draw_crop_16,
    "crop 28": crops.draw_crop_28,
    "stretched crop": crops.draw_stretched_crop,
    "tight crop": crops.draw_tight_crop,
    "cell": sheets.draw_cell,
    "dash": marks.draw_dash,
    "full stop": marks.draw_full_stop,
    "specks": marks.draw_specks,
    "dust": marks.draw_dust,
    "corner": writing.draw_corner,
    "broken": writing.draw_broken,
    "unit": marks.draw_unit,
    "letters": marks.draw_letters,
    "blank": marks.draw_blank,
    "object": marks.draw_object,
    "chain": writing.draw_chain,
    "touching loops": writing.draw_touching_loops,
    "dotted": writing.draw_dotted,
    "small grainy": light.draw_small_grainy,
    "dead pixels": light.draw_dead_pixels,
    "crop 64": crops.draw_crop_64,
    "tight number": crops.draw_tight_number,
    "as wide": crops.draw_as_wide,
    "straight one": marks.draw_straight_one,
    "bent": sheets.draw_bent,
    "base line": sheets.draw_base_line,
    "small note": sheets.draw_small_note,
    "cluttered table": sheets.draw_cluttered_table,
    "overlap": overlaps.draw_overlap,
    "zeros in a row": overlaps.draw_zeros,
    "written in one go": overlaps.draw_in_one_go,
    "negative": sums.draw_negative,
    "decimal": sums.draw_decimal,
    "amounts": sums.draw_amounts,
    "thousands": sums.draw_thousands,
    "time": sums.draw_time,
    "date": sums.draw_date,
    "fraction": sums.draw_fraction,
    "sum": sums.draw_sum,
    "product": sums.draw_product,
    "brackets": sums.draw_brackets,
    "wide sum": sums.draw_wide_sum,
    "underlined": notes.draw_underlined,
    "boxed": notes.draw_boxed,
    "word beside": notes.draw_word_beside,
    "prose": notes.draw_prose,
    "exponent": notes.draw_exponent,
    "corner note": notes.draw_corner_note,
    "show-through": notes.draw_show_through,
    TURNED: turns.draw_turned,
    "steep": turns.draw_steep,
    "cells": sheets.draw_cells,
}


class Specimen(NamedTuple):
    """A picture of the corpus."""

    label: str  # the digits and marks in it, lines joined by a line feed, empty without any
    effect: str  # a name of EFFECTS
    picture: np.ndarray  # uint8 BGR (H, W, 3)


def draw_corpus(*, count: int = COUNT) -> Iterator[Specimen]:
    """The first `count` pictures of every effect, always the same ones, in the order of EFFECTS."""
    for effect in EFFECTS:
        yield from draw_effect(effect, count=count)


def draw_effect(effect: str, *, count: int = COUNT) -> Iterator[Specimen]:
    """The first `count` pictures of one effect, a name of EFFECTS."""
    for number in range(count):
        rng = np.random.default_rng([SEED, list(EFFECTS).index(effect), number])
        label, picture = EFFECTS[effect](rng)
        yield Specimen(label, effect, picture)


def write_corpus(folder: Path, *, count: int = COUNT) -> None:
    """Write the corpus into a folder as PNG files, with `labels.csv` (file,label,source).

    The source is the effect, so that `python test.py --images` tells how each of them is read.

    Raises:
        UserError: the folder cannot be made, or a file not written.
    """
    check_folder(folder)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")  # a label may hold a comma
    writer.writerow(["file", "label", "source"])
    for index, (label, effect, picture) in enumerate(draw_corpus(count=count)):
        file = f"{effect.replace(' ', '_')}_{index % count:02}.png"
        write_file(folder / file, cv2.imencode(".png", picture)[1].tobytes())
        writer.writerow([file, label.replace("\n", "|"), effect])
    write_file(folder / "labels.csv", table.getvalue().encode())
