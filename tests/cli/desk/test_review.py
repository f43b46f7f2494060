"""The rows of the page, where it goes, and what it must not replace."""

import json
import re

import numpy as np
import pytest

from cli.desk.review import find_folder, make_row, plan_copies, write_page
from cli.inputs import Source
from cli.output import Outcome
from digits.errors import UserError
from digits.reading import Digit, make_reading


def make_digit(digit, confidence, line=0):
    image = np.zeros((28, 28), np.uint8)
    return Digit(digit, confidence, confidence >= 0.85, (0, 0, 9, 9), line, [], image)


def row_of(name, tmp_path, *, folder, confidences=(0.99, 0.5)):
    digits = [make_digit(7, confidence, line) for line, confidence in enumerate(confidences)]
    outcome = Outcome(name, make_reading(digits))
    return make_row(outcome, Source(name), tmp_path / "x.png.read.png", folder=folder)


def read_data(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text)[1])


def test_a_row_has_the_lines_the_lowest_confidence_and_the_doubt(tmp_path):
    row = row_of("scans/x.png", tmp_path, folder="scans")
    assert (row.written, row.confidence, row.percent, row.sure) == ("7|7", 0.5, "50.0%", False)


def test_a_label_is_named_as_seen_from_the_folder_of_the_pictures(tmp_path):
    assert row_of("scans/a/x.png", tmp_path, folder="scans").label == "a/x.png"


def test_standard_input_has_no_name_in_a_list(tmp_path):
    assert row_of("-", tmp_path, folder=".").label == ""


def test_a_copy_is_addressed_so_that_a_browser_finds_it(tmp_path):
    outcome = Outcome("50% #1.png", make_reading([make_digit(7, 0.9)]))
    copy = tmp_path / "50% #1.png.read.png"
    row = make_row(outcome, Source("50% #1.png"), copy, folder=".")
    assert row.picture == "50%25%20%231.png.read.png"


def test_a_picture_without_a_copy_is_shown_itself(tmp_path):
    name = str(tmp_path / "scans" / "x.png")
    outcome = Outcome(name, None, "no digit found")
    row = make_row(outcome, Source(name), tmp_path / "checked" / "x.png.read.png", folder="")
    assert (row.picture, row.error, row.sure) == ("../scans/x.png", "no digit found", False)


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        (["x.png"], "."),
        (["scans/a/x.png", "scans/b/y.png"], "scans"),
        (["scans/a/x.png", "-"], "scans/a"),
        (["-"], "."),
        (["/a/x.png", "y.png"], "."),
    ],
)
def test_the_folder_is_the_deepest_that_holds_all(names, folder):
    assert find_folder([Source(name) for name in names]) == folder


def test_no_name_can_end_the_script(tmp_path):
    row = row_of("</script><b>.png", tmp_path, folder=".")
    write_page(tmp_path / "index.html", [row], folder=".")
    data = read_data(tmp_path / "index.html")
    assert data["pictures"][0]["file"] == "</script><b>.png"


def test_a_page_made_here_is_replaced(tmp_path):
    write_page(tmp_path / "index.html", [], folder=".")
    assert plan_copies([], str(tmp_path)) == []


def test_a_page_of_another_program_is_not_replaced(tmp_path):
    (tmp_path / "index.html").write_text("<h1>mine</h1>")
    with pytest.raises(UserError) as error:
        plan_copies([], str(tmp_path))
    path = tmp_path / "index.html"
    assert str(error.value) == f"{path}: is another program's page; name another folder"
