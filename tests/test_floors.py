"""How much of the corpus is read at least: a changed number of the reader shows what it costs.

FLOORS is what `python benchmarks/corpus.py --share 0.3` printed last: of PART pictures of each
effect those that are right, and those that are sure; SILENT are those of all that are wrong and yet
sure. Where more is read, put the new figures here; where less is, `--constants` tells what each
number costs.
"""

import pytest
from conftest import PROJECT

from digits.work.cores import count_cores
from handwriting.corpus import EFFECTS

PART = 6  # pictures of each effect
SLACK = 1  # of them that may be lost: another build of OpenCV or NumPy may round in another way
SLACK_OF_ALL = 2
SILENT = 15  # at most
FLOORS = {  # right, sure
    "plain": (6, 6),
    "uneven light": (6, 6),
    "shadow": (6, 6),
    "vignette": (6, 6),
    "lamp": (6, 6),
    "inverted": (6, 6),
    "chalk": (6, 6),
    "coloured paper": (6, 6),
    "grey on grey": (6, 5),
    "faint": (6, 6),
    "fading": (5, 5),
    "grain": (6, 6),
    "jpeg": (6, 6),
    "ruled": (6, 6),
    "columns": (5, 5),
    "squares": (6, 5),
    "askew": (6, 6),
    "table": (6, 6),
    "wooden table": (6, 6),
    "pad": (5, 5),
    "bars": (6, 6),
    "coin": (6, 4),
    "tilted": (6, 6),
    "lines": (6, 6),
    "tilted lines": (6, 4),
    "touching": (4, 4),
    "touching lines": (4, 3),
    "cut-off line": (5, 5),
    "fat pen": (6, 6),
    "hairline": (5, 5),
    "shrunk hairline": (6, 6),
    "crop 16": (6, 6),
    "crop 28": (6, 6),
    "stretched crop": (6, 6),
    "tight crop": (6, 6),
    "cell": (6, 5),
    "dash": (6, 5),
    "full stop": (6, 5),
    "specks": (6, 6),
    "dust": (6, 6),
    "corner": (6, 5),
    "broken": (5, 5),
    "unit": (6, 6),
    "letters": (5, 0),
    "blank": (6, 6),
    "object": (6, 1),
    "chain": (4, 4),
    "touching loops": (6, 6),
    "dotted": (5, 5),
    "small grainy": (6, 6),
    "dead pixels": (6, 6),
    "crop 64": (6, 6),
    "tight number": (5, 5),
    "as wide": (6, 6),
    "straight one": (6, 6),
    "bent": (6, 6),
    "base line": (5, 5),
    "small note": (4, 4),
    "cluttered table": (6, 6),
    "overlap": (3, 3),
    "zeros in a row": (6, 6),
    "written in one go": (3, 3),
    "negative": (6, 6),
    "decimal": (6, 6),
    "amounts": (5, 3),
    "thousands": (4, 2),
    "time": (5, 5),
    "date": (6, 5),
    "fraction": (6, 5),
    "sum": (6, 4),
    "product": (5, 5),
    "brackets": (6, 4),
    "wide sum": (6, 6),
    "underlined": (4, 3),
    "boxed": (6, 6),
    "word beside": (0, 0),
    "prose": (3, 0),
    "exponent": (5, 5),
    "corner note": (5, 5),
    "show-through": (2, 2),
    "turned": (3, 3),
    "steep": (6, 6),
    "cells": (2, 2),
}


@pytest.fixture(scope="module")
def read():
    """Effect -> how many pictures are right, how many of them sure, and how many wrong yet sure."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
        from corpus import measure_effects

        rows = measure_effects(PART, jobs=count_cores())
    return {row.effect: (row.right, row.sure, row.silent) for row in rows}


def test_every_effect_has_a_floor():
    assert list(FLOORS) == list(EFFECTS)


@pytest.mark.parametrize("effect", EFFECTS)
def test_an_effect_is_read_no_worse(read, effect):
    right, sure = FLOORS[effect]
    assert read[effect][0] >= right - SLACK
    assert read[effect][1] >= sure - SLACK


def test_the_whole_corpus_is_read_no_worse(read):
    right, sure = map(sum, zip(*FLOORS.values(), strict=True))
    assert read["all"][0] >= right - SLACK_OF_ALL
    assert read["all"][1] >= sure - SLACK_OF_ALL


def test_no_more_pictures_are_wrong_without_a_warning(read):
    assert read["all"][2] <= SILENT + SLACK_OF_ALL
