"""How much of the corpus is read at least: a changed number of the reader shows what it costs.

FLOORS is what `python benchmarks/corpus.py --share 0.2` printed last: of PART pictures of each
effect those that are right, and those that are sure; SILENT are those of all that are wrong and yet
sure. Where more is read, put the new figures here; where less is, `--constants` tells what each
number costs.
"""

import pytest
from conftest import PROJECT

from digits.work.cores import count_cores
from handwriting.corpus import EFFECTS

PART = 4  # pictures of each effect
SLACK = 1  # of them that may be lost: another build of OpenCV or NumPy may round in another way
SLACK_OF_ALL = 2
SILENT = 1  # at most
FLOORS = {  # right, sure
    "plain": (4, 4),
    "uneven light": (4, 4),
    "shadow": (4, 4),
    "vignette": (4, 4),
    "lamp": (4, 4),
    "inverted": (4, 4),
    "chalk": (4, 4),
    "coloured paper": (4, 4),
    "grey on grey": (4, 4),
    "faint": (4, 4),
    "fading": (4, 4),
    "grain": (4, 4),
    "jpeg": (4, 4),
    "ruled": (4, 4),
    "columns": (4, 4),
    "squares": (4, 4),
    "askew": (4, 4),
    "table": (4, 4),
    "wooden table": (4, 4),
    "pad": (4, 4),
    "bars": (4, 4),
    "coin": (4, 3),
    "tilted": (4, 4),
    "lines": (4, 4),
    "tilted lines": (3, 2),
    "touching": (4, 3),
    "touching lines": (4, 3),
    "cut-off line": (3, 3),
    "fat pen": (4, 4),
    "hairline": (4, 4),
    "shrunk hairline": (4, 4),
    "crop 16": (4, 4),
    "crop 28": (4, 4),
    "stretched crop": (4, 4),
    "tight crop": (4, 4),
    "cell": (4, 4),
    "dash": (4, 3),
    "full stop": (4, 4),
    "specks": (4, 4),
    "dust": (4, 4),
    "corner": (4, 3),
    "broken": (4, 4),
    "unit": (4, 4),
    "letters": (4, 0),
    "blank": (4, 4),
    "object": (4, 2),
    "chain": (4, 3),
    "touching loops": (4, 3),
    "dotted": (4, 3),
    "small grainy": (4, 4),
    "dead pixels": (4, 4),
    "crop 64": (4, 4),
    "tight number": (4, 4),
    "as wide": (4, 4),
    "straight one": (4, 4),
    "bent": (4, 4),
    "base line": (3, 3),
    "small note": (4, 4),
    "cluttered table": (4, 4),
    "overlap": (4, 3),
    "zeros in a row": (4, 2),
    "written in one go": (3, 1),
    "negative": (4, 4),
    "decimal": (4, 4),
    "amounts": (3, 3),
    "thousands": (4, 4),
    "time": (3, 3),
    "date": (4, 3),
    "fraction": (4, 4),
    "sum": (4, 3),
    "product": (4, 3),
    "brackets": (4, 3),
    "wide sum": (4, 4),
    "underlined": (4, 2),
    "boxed": (4, 4),
    "word beside": (4, 0),
    "prose": (4, 0),
    "exponent": (4, 4),
    "corner note": (3, 3),
    "show-through": (4, 4),
    "turned": (4, 4),
    "steep": (4, 4),
    "cells": (4, 4),
}


@pytest.fixture(scope="module")
def read():
    """Effect -> how many pictures are right, how many of them sure, and how many wrong yet sure.

    At last those that were turned and are right as they stand.
    """
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
        from corpus import measure_effects

        rows = measure_effects(PART, jobs=count_cores())
    return {row.effect: (row.right, row.sure, row.silent, row.turned_right) for row in rows}


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


def test_nothing_that_is_right_as_it_stands_is_turned(read):
    assert read["all"][3] == 0
