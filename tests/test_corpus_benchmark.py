"""What the corpus tells, and what a constant is worth."""

import json
import math
import pickle

import numpy as np
import pytest
from conftest import PROJECT

import digits.ink.ink
import digits.segment.grouping
from digits.layout import orientation
from digits.reading import read_picture


@pytest.fixture(autouse=True)
def _benchmarks_on_path(monkeypatch):
    """Benchmarks import one another as scripts do: from their own folder."""
    monkeypatch.syspath_prepend(str(PROJECT / "benchmarks"))


def test_constants_of_the_reader_are_found_by_themselves():
    from constants import find_constants

    found = {str(constant): constant.value for constant in find_constants()}
    assert found["segment.grouping.GAP_COST"] == digits.segment.grouping.GAP_COST
    assert found["ink.ink.GROUND_WINDOWS"] == digits.ink.ink.GROUND_WINDOWS  # a tuple
    assert "reading.DEFAULT_THRESHOLD" in found
    assert not [name for name in found if name.endswith(("BOX_SIZE", "ALTERNATIVES", "NO_DIGIT"))]


def test_constants_are_called_by_their_name_with_or_without_the_module():
    from constants import find_constants

    names = [str(constant) for constant in find_constants(["cutting.WIDEST", "DUST"])]
    assert names == ["segment.blobs.DUST", "segment.cutting.WIDEST"]
    with pytest.raises(ValueError, match=r"^DOST: no such constant$"):
        find_constants(["DUST", "DOST"])


def test_a_constant_is_changed_wherever_it_was_imported_and_changed_back():
    from constants import change_constant, find_constants

    from digits.segment import cutting, grouping

    (constant,) = pickle.loads(pickle.dumps(find_constants(["CUT_COST"])))  # as a worker gets it
    with change_constant(constant, 99.0):
        assert cutting.CUT_COST == grouping.CUT_COST == 99.0
    assert cutting.CUT_COST == grouping.CUT_COST == constant.value


def test_a_constant_of_the_same_name_in_another_module_stays():
    from constants import change_constant, find_constants

    from digits.doubt import trust
    from digits.segment import cutting, grouping

    (constant,) = find_constants(["cutting.WIDEST"])
    others = [grouping.WIDEST, trust.WIDEST]
    with change_constant(constant, 99.0):
        assert cutting.WIDEST == 99.0
        assert others == [grouping.WIDEST, trust.WIDEST]


@pytest.mark.parametrize(
    ("value", "factor", "scaled"),
    [
        (3.0, 0.8, 2.4),
        (0.5, 1.25, 0.625),
        (0.9, 1.25, 1.0),  # a share
        (200, 1.25, 250),
        (2, 0.8, 1),  # changes by one at least
        (5, 0.8, 3),  # stays odd
        (5, 1.25, 7),
        ((0.5, 4), 0.6, (0.3, 2)),
    ],
)
def test_a_value_is_scaled_as_far_as_it_can_be(value, factor, scaled):
    from constants import scale_value

    assert scale_value(value, factor) == pytest.approx(scaled)
    assert type(scale_value(value, factor)) is type(value)


def test_the_interval_of_a_difference_holds_the_truth_about_95_times_in_100():
    from corpus import paired_interval

    rng, total, gain, loss = np.random.default_rng(0), 300, 0.02, 0.06
    counts = rng.multinomial(total, (gain, loss, 1 - gain - loss), 2000)
    held = [
        low <= total * (gain - loss) <= high
        for low, high in (paired_interval(*map(int, row[:2]), total) for row in counts)
    ]
    assert 0.94 < np.mean(held) < 0.97


def test_the_interval_of_no_change_has_a_width():
    from corpus import paired_interval

    # By hand: 98 * 1.96 * sqrt((1/100 + 1/100) / 100) = 2.716
    assert paired_interval(0, 0, 98) == pytest.approx((-2.716, 2.716), abs=0.001)


@pytest.fixture
def _two_effects(monkeypatch):
    """Only the first two effects of the corpus, and no worker processes."""
    import corpus

    two = dict(list(corpus.EFFECTS.items())[:2])
    monkeypatch.setattr(corpus, "EFFECTS", two)
    monkeypatch.setattr("handwriting.corpus.EFFECTS", two)

    class Here:
        def __init__(self, _, *, mp_context, initializer, initargs):
            initializer(*initargs)

        __enter__, map = lambda self: self, staticmethod(map)

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(corpus, "ProcessPoolExecutor", Here)


@pytest.mark.usefixtures("_two_effects")
def test_corpus_tells_how_each_effect_and_all_are_read(capsys):
    import corpus

    assert corpus.main(["--share", "0.1"]) == 0
    assert capsys.readouterr().out.splitlines()[3:] == [
        "effect           right  of   share  (95%)               sure  silent  turned",
        "plain                2  2   100.0%  (34.2% to 100.0%)     2       0       0",
        "uneven light         2  2   100.0%  (34.2% to 100.0%)     2       0       0",
        "all                  4  4   100.0%  (51.0% to 100.0%)     4       0       0",
        "",
        "right as it stands, and turned: 0",
    ]


@pytest.mark.usefixtures("_two_effects")
def test_corpus_measures_more_pictures_of_one_effect(capsys):
    import corpus

    assert corpus.main(["--effects", "plain", "--share", "1.1"]) == 0
    _, plain, whole, *_ = capsys.readouterr().out.splitlines()[3:]
    assert plain.split()[:3] == ["plain", "22", "22"]
    assert whole.split()[:3] == ["all", "22", "22"]


@pytest.mark.usefixtures("_two_effects")
def test_corpus_names_an_effect_that_it_does_not_have(capsys):
    import corpus

    with pytest.raises(SystemExit):
        corpus.main(["--effects", "plain", "rain"])
    assert "no such effect: rain; there are: plain, uneven light" in capsys.readouterr().err


@pytest.mark.usefixtures("_two_effects")
def test_corpus_counts_upright_pictures_that_were_turned(capsys, monkeypatch):
    import corpus

    def turn_clear_evidence(*arguments, **options):
        found = read_picture(*arguments, **options)
        if math.isinf(orientation.TURN_EVIDENCE):
            return found
        return found._replace(text="5", written="5", turned=180)

    monkeypatch.setattr(corpus.reading, "read_picture", turn_clear_evidence)
    monkeypatch.setattr(corpus, "TURNED", "uneven light")  # not upright: may be turned
    corpus.main(["--share", "0.1"])
    plain, turned, _, _, last = capsys.readouterr().out.splitlines()[4:]
    assert plain.split()[-3:] == ["0", "2", "2"]
    assert turned.split()[-1] == "0"
    assert last == "right as it stands, and turned: 2"


@pytest.mark.usefixtures("_two_effects")
def test_corpus_tells_what_a_constant_changes(capsys):
    import corpus

    arguments = ["--share", "0.1", "--constants", "DEFAULT_THRESHOLD", "--factors", "2"]
    corpus.main(arguments)
    header, line = capsys.readouterr().out.splitlines()[10:]
    assert " ".join(header.split()) == "constant value times right (95%) sure (95%) seconds"
    assert line.startswith(
        "reading.DEFAULT_THRESHOLD            0.85     2     +0  (-2 to +2)       -4  (-5 to +0) "
    )
    corpus.main([*arguments, "--json"])
    (change,) = json.loads(capsys.readouterr().out)["constants"]
    assert (change["value"], change["changed_to"]) == (0.85, 1.0)
    assert (change["sure"]["gained"], change["sure"]["lost"]) == (0, 4)


@pytest.mark.usefixtures("_two_effects")
def test_corpus_tells_that_nothing_can_be_read_with_a_value(capsys):
    import corpus

    corpus.main(["--share", "0.05", "--constants", "SEEN_SIDE", "--factors", "0"])
    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .startswith(
            "picture.trimming.SEEN_SIDE            500     0  cannot be 0: ZeroDivisionError: "
        )
    )
