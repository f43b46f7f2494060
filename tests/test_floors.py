"""How much of the corpus is read at least: a changed number of the reader shows what it costs.

FLOORS is what `python benchmarks/corpus.py --share 0.4` printed last: of PART pictures of each
effect those that are right, and those that are sure. Where more is read, put the new figures here;
where less is, `--constants` tells what each number costs.
"""

import pytest
from conftest import PROJECT

from handwriting.corpus import EFFECTS

PART = 8  # pictures of each effect
SLACK = 1  # of them that may be lost: another build of OpenCV or NumPy may round in another way
SLACK_OF_ALL = 2
FLOORS = {  # right, sure
    "plain": (8, 8),
    "uneven light": (7, 7),
    "shadow": (8, 8),
    "vignette": (8, 8),
    "lamp": (8, 8),
    "inverted": (6, 6),
    "chalk": (7, 7),
    "coloured paper": (8, 8),
    "grey on grey": (7, 7),
    "faint": (8, 8),
    "fading": (7, 7),
    "grain": (7, 7),
    "jpeg": (8, 7),
    "ruled": (8, 8),
    "columns": (7, 7),
    "squares": (8, 8),
    "askew": (6, 6),
    "table": (8, 8),
    "wooden table": (8, 8),
    "pad": (5, 5),
    "bars": (8, 8),
    "coin": (7, 6),
    "tilted": (8, 8),
    "lines": (8, 8),
    "tilted lines": (7, 6),
    "touching": (4, 4),
    "touching lines": (5, 5),
    "cut-off line": (4, 4),
    "fat pen": (8, 8),
    "hairline": (7, 7),
    "shrunk hairline": (8, 8),
    "crop 16": (8, 8),
    "crop 28": (8, 8),
    "stretched crop": (8, 8),
    "tight crop": (8, 8),
    "cell": (7, 6),
    "dash": (8, 8),
    "full stop": (8, 8),
    "specks": (8, 8),
    "dust": (8, 8),
    "corner": (8, 8),
    "broken": (7, 7),
    "unit": (8, 8),
    "letters": (6, 0),
    "blank": (8, 8),
    "object": (7, 1),
    "chain": (5, 4),
    "touching loops": (8, 8),
    "dotted": (7, 7),
    "small grainy": (8, 8),
    "dead pixels": (8, 8),
    "crop 64": (8, 8),
    "tight number": (6, 6),
    "as wide": (8, 8),
    "straight one": (8, 8),
    "bent": (6, 6),
    "base line": (7, 6),
    "small note": (5, 5),
    "cluttered table": (8, 8),
}


@pytest.fixture(scope="module")
def read():
    """Effect -> how many pictures are right, and how many are sure."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))
        from corpus import measure_effects

        return {row.effect: (row.right, row.sure) for row in measure_effects(PART)}


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
