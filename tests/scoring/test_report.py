"""The scores as people read them."""

import json

import numpy as np
import pytest

from scoring.metrics import score_probabilities
from scoring.pictures import PictureResult, score_pictures
from scoring.report import describe_mistake, format_json, format_mistakes, format_scores


def list_wrong(count):
    """As many pictures of a 7 that were read as 1."""
    return [PictureResult(f"{number}.png", "7", "", "1") for number in range(count)]


def test_format_scores_of_one_mistake_in_two_images():
    probabilities = np.eye(10)[[4, 9]]
    text = format_scores(score_probabilities(probabilities, np.array([4, 4])))
    assert text.splitlines() == [
        "accuracy            50.00%  1 error of 2 images",
        "95% interval         9.45%  to 90.55%",
        "loss                8.0590  cross-entropy",
        "calibration error   50.00%  between confidence and truth",
        "",
        "digit  precision   recall       F1  support",
        "    0          -        -        -        0",
        "    1          -        -        -        0",
        "    2          -        -        -        0",
        "    3          -        -        -        0",
        "    4    100.00%   50.00%   66.67%        2",
        "    5          -        -        -        0",
        "    6          -        -        -        0",
        "    7          -        -        -        0",
        "    8          -        -        -        0",
        "    9          -        -        -        0",
        "",
        "most confused      4 as 9 (1)",
    ]


def test_format_scores_of_pictures_leaves_out_what_there_is_none_of():
    text = format_scores(score_pictures([PictureResult("a.png", "", "", "")]))
    assert text.splitlines() == [
        "accuracy           100.00%  0 errors of 1 picture",
        "95% interval        20.65%  to 100.00%",
        "believed             0.00%  of the pictures without a digit",
    ]


def test_format_scores_has_a_table_of_sources():
    results = [PictureResult("a.png", "7", "ann", "1"), PictureResult("b.png", "", "bob", "")]
    assert format_scores(score_pictures(results)).splitlines()[-3:] == [
        "source  accuracy  errors  pictures",
        "ann        0.00%       1         1",
        "bob      100.00%       0         1",
    ]


IMAGE_KEYS = ["accuracy", "errors", "total", "interval", "loss", "ece", "per_digit", "confusion"]
PICTURE_KEYS = ["missed", "extra", "digit_accuracy", "doubted", "believed", "silent", "per_source"]


def test_format_json_has_the_promised_keys_in_their_order():
    scores = json.loads(format_json(score_probabilities(np.eye(10)[[4, 9]], np.array([4, 4]))))
    assert list(scores) == IMAGE_KEYS
    assert list(scores["per_digit"][0]) == ["digit", "precision", "recall", "f1", "support"]
    assert scores["interval"] == pytest.approx([0.0945, 0.9055], abs=1e-4)


def test_format_json_of_pictures_names_each_of_them():
    result = PictureResult("a.png", "7", "me", "1", written="-1", sure=True)
    scores = json.loads(format_json(score_pictures([result])))
    assert list(scores) == [*IMAGE_KEYS, *PICTURE_KEYS, "pictures"]
    assert scores["loss"] is None
    assert list(scores["per_source"][0]) == ["source", *IMAGE_KEYS[:4]]
    told = {"file": "a.png", "label": "7", "text": "1", "source": "me"}
    assert scores["pictures"] == [told | {"written": "-1", "sure": True}]


def test_describe_mistake_writes_lines_as_labels_csv_does():
    result = PictureResult("a.png", "12\n34", "", "1234\n5")
    assert describe_mistake(result) == "is 12|34, read 1234|5"


def test_describe_mistake_tells_marks_where_the_label_has_some():
    result = PictureResult("a.png", "-12", "", "12", written="1 2.")
    assert describe_mistake(result) == "is -12, read 12."
    assert describe_mistake(result._replace(label="13")) == "is 13, read 12"


def test_errors_that_nothing_warned_of_are_told():
    results = [PictureResult("a.png", "7", "", "1", sure=sure) for sure in (True, False)]
    lines = format_scores(score_pictures(results)).splitlines()
    assert "silent errors            1  wrong pictures in which nothing is in doubt" in lines


def test_describe_mistake_names_what_is_not_there():
    assert describe_mistake(PictureResult("a.png", "7", "", "")) == "is 7, read no digit"
    assert describe_mistake(PictureResult("a.png", "", "", "7")) == "is no digit, read 7"
    assert describe_mistake(PictureResult("a.png", "7", "", None)) == "is 7, could not be read"


def test_format_mistakes_is_empty_without_any():
    assert format_mistakes([PictureResult("a.png", "7", "", "7")]) == ""


def test_format_mistakes_stops_at_twenty():
    lines = format_mistakes(list_wrong(23)).splitlines()
    assert lines[:2] == ["wrong pictures", "  0.png   is 7, read 1"]
    assert lines[-1] == "  and 3 more: --format json names them all"
    assert len(lines) == 22
