"""Signs beside digits: by form, by place, and strokes by the hand that wrote the digits."""

import numpy as np
import pytest
from conftest import write

from digits.layout.signs import find_signs
from digits.network import SIGN_KINDS
from digits.reading import read_picture
from digits.segment.blobs import Blob
from digits.segment.candidates import Candidate, Grouping, View
from digits.strokes.brackets import pair_brackets
from handwriting import paper
from handwriting.pages import draw_text


def read(text, classify, seed=0, **look):
    """What is written on a drawn page, without spaces, and the reading."""
    ink = draw_text(text, np.random.default_rng(seed), neatness=0.8, **look).ink
    reading = read_picture(paper.put_on_paper(ink), classify)
    return reading.written.replace(" ", ""), reading


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("text", ["3+4", "8-5", "6×7", "9÷3", "2=2", "12:45", "2.5", "3,14"])
def test_a_sign_between_digits_is_told(classify, text, seed):
    written, reading = read(text, classify, seed)
    assert written == text
    assert [mark.mark for mark in reading.marks] == [c for c in text if not c.isdecimal()]


@pytest.mark.parametrize("seed", range(6))
def test_a_slash_is_told_or_the_one_is_not_sure(classify, seed):
    written, reading = read("5/8", classify, seed)
    assert written == "5/8" or not reading.sure


def test_brackets_are_told_by_each_other(classify):
    assert read("(3+5)×2", classify, 1)[0] == "(3+5)×2"


@pytest.mark.parametrize("text", ["-42", "+42"])
def test_a_sign_before_a_number_is_told(classify, text):
    assert read(text, classify)[0] == text


def test_a_dot_at_half_height_multiplies(classify):
    assert read("4·6", classify, 2)[0] == "4×6"


def test_text_holds_the_digits_alone(classify):
    _, reading = read("12:45", classify)
    assert (reading.text, len(reading.digits)) == ("1245", 4)


@pytest.mark.parametrize("digits", ["1111", "1717", "1"])
def test_ones_are_no_slashes_and_brackets(classify, digits):
    written, _ = read(digits, classify, 4)
    assert written == digits


def test_a_dash_without_digits_is_no_mark(classify):
    far = np.zeros((200, 900), np.uint8)
    digit = write("3", height=60, margin=0)
    far[60 : 60 + digit.shape[0], 40 : 40 + digit.shape[1]] = digit
    far[95:101, 700:740] = 255
    assert read_picture(paper.put_on_paper(far), classify).marks == []


def test_many_specks_are_no_full_stops(classify):
    ink = write("2586", height=150)
    rng = np.random.default_rng(0)
    dusty = paper.scatter_specks(ink, rng, count=60, size=9)
    assert len(read_picture(paper.put_on_paper(dusty), classify).marks) <= 1


def test_a_model_without_signs_tells_no_marks(classify):
    without = lambda images: classify(images)._replace(signs=None)  # noqa: E731
    ink = draw_text("3+4", np.random.default_rng(0)).ink
    assert read_picture(paper.put_on_paper(ink), without).marks == []


@pytest.mark.parametrize(
    ("strokes", "pair"),
    [
        ({0: ("(", -1.0), 3: (")", 5.0)}, {0, 3}),  # one alone is unlikely
        ({0: ("(", -3.0), 3: (")", 5.0)}, set()),  # so likely a digit
        ({0: ("(", 8.0), 1: ("(", 1.0), 3: (")", 5.0)}, {0, 3}),  # the likelier one
        ({0: ("(", 5.0), 1: (")", 5.0)}, set()),  # nothing between
        ({0: (")", 5.0), 3: ("(", 5.0)}, set()),
    ],
)
def test_brackets_are_paired(strokes, pair):
    kinds = {i: kind for i, (kind, _) in strokes.items()}
    odds = {i: {kind: weight} for i, (kind, weight) in strokes.items()}
    weights = pair_brackets([0, 1, 2, 3], kinds, odds)
    assert {i for i, weight in weights.items() if weight > 0} == pair


@pytest.mark.parametrize(("left", "marks"), [(10, ["+"]), (45, [])])
def test_nothing_that_stands_over_a_digit_is_a_plus(left, marks):
    def place(x, width, kind):
        blob = Blob(x, 20, np.ones((40, width), bool))
        signs = np.eye(len(SIGN_KINDS))[SIGN_KINDS.index(kind)]
        return Candidate(blob, np.zeros((28, 28), np.uint8), np.eye(10)[1], signs)

    found = Grouping((place(60, 10, "digit"),), 0.0, (place(left, 40, "+"),))
    view = View(np.zeros((80, 120), np.float32), 40, None)
    assert [sign.kind for sign in find_signs(found, [[0]], view).signs] == marks


NAMES = {"dash": "-", "dot": ".", "comma": ","}


def _place(x, y, width, height, **chances):
    """Ink at a place, and how likely the second head finds each kind of sign."""
    signs = np.zeros(len(SIGN_KINDS))
    for kind, chance in chances.items():
        signs[SIGN_KINDS.index(NAMES.get(kind, kind))] = chance
    blob = Blob(x, y, np.ones((height, width), bool))
    return Candidate(blob, np.zeros((28, 28), np.uint8), np.eye(10)[1], signs)


def _find(digits, dropped=()):
    """The signs of a row of digits, and of what is no digit; some digits are as low as commas."""
    seen = [*dropped, *(digit for digit in digits if digit.blob.y > 20)]
    signs = np.array([piece.signs for piece in seen])
    view = View(
        np.zeros((60, 120), np.float32), 40, lambda _: (np.full((len(seen), 10), 0.1), signs)
    )
    found = Grouping(tuple(digits), 0.0, (), tuple(piece.blob for piece in dropped))
    return find_signs(found, [list(range(len(digits)))], view)


@pytest.mark.parametrize(("last", "doubted"), [(")", True), ("(", False)])
def test_a_one_that_may_be_a_bracket_with_a_counterpart_is_doubted(last, doubted):
    digits = [
        _place(0, 0, 8, 40, **{"digit": 0.5, "(": 0.5}),
        _place(30, 0, 8, 40, digit=1.0),
        _place(60, 0, 8, 40, **{"digit": 0.5, last: 0.5}),
    ]
    found = _find(digits)
    assert not found.signs
    assert (min(found.chances[0], found.chances[2]) > 0.2) == doubted


def test_a_low_stroke_that_was_read_as_a_one_is_a_comma():
    digits = [
        _place(10, 0, 8, 40, digit=1.0),
        _place(30, 32, 4, 18, digit=0.4, comma=0.6),
        _place(50, 0, 8, 40, digit=1.0),
    ]
    found = _find(digits)
    assert [sign.kind for sign in found.signs] == [","]
    assert found.chances == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(("thick", "marks"), [(6, ["-"]), (1, [])])
def test_a_dash_far_finer_than_the_pen_is_what_is_left_of_a_rule(thick, marks):
    digits = [_place(40, 0, 8, 40, digit=1.0), _place(60, 0, 8, 40, digit=1.0)]
    dash = _place(5, 18, 24, thick, dash=1.0)
    assert [sign.kind for sign in _find(digits, [dash]).signs] == marks


@pytest.mark.parametrize(("x", "kind"), [(10, "-"), (48, "×")])
def test_a_short_dash_before_a_number_is_a_minus(x, kind):
    digits = [_place(30, 0, 8, 40, digit=1.0), _place(70, 0, 8, 40, digit=1.0)]
    short = _place(x, 16, 12, 8, dash=0.4, dot=0.6)
    assert [sign.kind for sign in _find(digits, [short]).signs] == [kind]


@pytest.mark.parametrize(("pen", "marks"), [(10, ["×"]), (5, [])])
def test_a_dot_that_multiplies_is_as_large_as_the_pen_is_fat(pen, marks):
    digits = [_place(x, 0, pen, 40, digit=1.0) for x in (10, 90)]
    dot = _place(48, 13, 14, 14, dot=1.0)
    assert [sign.kind for sign in _find(digits, [dot]).signs] == marks


@pytest.mark.parametrize(("height", "kind"), [(8, "."), (14, ",")])
def test_a_comma_is_higher_than_a_full_stop(height, kind):
    digits = [_place(x, 0, 8, 40, digit=1.0) for x in (30, 70)]
    point = _place(48, 41 - height, 8, height, comma=0.3, dot=0.6)
    assert [sign.kind for sign in _find(digits, [point]).signs] == [kind]


def test_a_dot_that_multiplies_may_be_a_short_dash():
    digits = [_place(x, 0, 8, 40, digit=1.0) for x in (30, 70)]
    (sign,) = _find(digits, [_place(48, 16, 12, 8, dash=0.6, dot=0.4)]).signs
    assert (sign.kind, sign.confidence) == ("-", pytest.approx(0.6))


@pytest.mark.parametrize(
    ("kind", "chance", "read"), [("÷", 0.7, "÷"), ("=", 0.7, "="), ("÷", 0.4, "-")]
)
def test_a_flat_sign_whose_strokes_touch_is_no_dash(kind, chance, read):
    digits = [_place(10, 0, 8, 40, digit=1.0), _place(70, 0, 8, 40, digit=1.0)]
    flat = _place(30, 14, 28, 14, **{kind: chance, "dash": 0.1, "other": 0.9 - chance})
    assert [sign.kind for sign in _find(digits, [flat]).signs] == [read]


def _lean(x, lean, **chances):
    """A stroke of 40 rows that leans to the right by so many columns a row."""
    stroke = _place(x, 0, 30, 40, **chances)
    rows, columns = np.indices((40, 30))
    mask = np.abs(columns - 14.5 - lean * (19.5 - rows)) < 3
    return stroke._replace(blob=Blob(x, 0, mask))


@pytest.mark.parametrize(
    ("first", "last", "marks"),
    [
        (0.0, 0.0, ["/"]),
        (0.25, 0.0, []),  # at the edge of the line: a 1 however far it leans
        (0.25, 0.25, []),
    ],
)
def test_a_slash_leans_more_than_every_one_of_its_line(first, last, marks):
    middle = {"digit": 0.7, "/": 0.2}
    edge = {"digit": 0.55, "/": 0.4}
    digits = [_lean(0, first, **edge), _lean(35, 0.3, **middle), _lean(70, last, **edge)]
    assert [sign.kind for sign in _find(digits).signs] == marks


def test_a_seven_that_leans_more_than_the_ones_is_no_slash():
    digits = [_lean(0, 0.0, digit=1.0), _lean(35, 0.6, digit=0.7, **{"/": 0.01})]
    digits.append(_lean(70, 0.0, digit=1.0))
    assert [sign.kind for sign in _find(digits).signs] == ["/"]
    digits[1] = digits[1]._replace(probabilities=np.eye(10)[7])
    assert not _find(digits).signs


def test_a_stroke_that_leans_like_the_ones_of_other_lines_is_no_slash():
    slash = _lean(35, 0.6, digit=0.4, **{"/": 0.6})
    edges = [_place(x, 0, 30, 40, digit=1.0) for x in (0, 70)]
    three = [digit._replace(probabilities=np.eye(10)[3]) for digit in edges]
    below = _lean(0, 0.6, digit=1.0)
    below = below._replace(blob=below.blob._replace(y=100))
    row = (three[0], slash, three[1])
    view = View(np.zeros((160, 120), np.float32), 40, None)
    (sign,) = find_signs(Grouping(row, 0.0), [[0, 1, 2]], view).signs
    assert sign.kind == "/"
    assert not find_signs(Grouping((*row, below), 0.0), [[0, 1, 2], [3]], view).signs


def test_a_slash_that_may_be_no_sign_at_all_is_doubted():
    digits = [_place(0, 0, 20, 40, digit=1.0), _lean(35, 0.6, digit=0.01, **{"/": 0.09})]
    digits.append(_place(70, 0, 20, 40, digit=1.0))
    digits[1].signs[SIGN_KINDS.index("other")] = 0.9
    (sign,) = _find(digits).signs
    assert sign.kind == "/"
    assert sign.confidence < 0.2


@pytest.mark.parametrize(
    ("inside", "behind", "marks"),
    [("dash", None, "()-/"), ("digit", None, "()"), ("dash", "dash", "()--")],
)
def test_behind_brackets_around_a_sum_stands_a_sign(inside, behind, marks):
    digits = [
        _place(0, 0, 8, 40, **{"(": 1.0}),
        _place(16, 0, 8, 40, digit=1.0),
        _place(58, 0, 8, 40, **{")": 1.0}),
        _lean(92, 0.15, **{"digit": 0.7, "/": 0.3}),
        _place(126, 0, 8, 40, digit=1.0),
    ]
    if inside == "digit":
        digits.insert(2, _place(36, 0, 8, 40, digit=1.0))
    kinds = {30: inside, 74: behind}
    dashes = [_place(x, 18, 18, 6, dash=1.0) for x, kind in kinds.items() if kind == "dash"]
    assert sorted(sign.kind for sign in _find(digits, dashes).signs) == sorted(marks)


def test_pieces_that_begin_at_the_same_place_are_kept_apart():
    def place(x, y, width, height, kind):
        signs = np.eye(len(SIGN_KINDS))[SIGN_KINDS.index(kind)]
        blob = Blob(x, y, np.ones((height, width), bool))
        return Candidate(blob, np.zeros((28, 28), np.uint8), np.eye(10)[1], signs)

    digits = (place(10, 0, 6, 40, "digit"), place(64, 0, 6, 40, "digit"))
    dots = tuple(place(38, y, *size, ".").blob for y in (8, 28) for size in ((4, 4), (5, 5)))
    found = Grouping(digits, 0.0, (), dots)
    is_dot = np.eye(len(SIGN_KINDS))[[SIGN_KINDS.index(".")] * len(dots)]
    view = View(
        np.zeros((40, 80), np.float32), 40, lambda _: (np.full((len(dots), 10), 0.1), is_dot)
    )
    assert len(find_signs(found, [[0, 1]], view).signs) <= 2
