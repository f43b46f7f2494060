"""predict.py on files of several pages: what is printed, copied and shown."""

import io
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import draw
from PIL import Image

import predict
from cli.desk import review
from digits.reading import NO_DIGIT


def draw_pages(path, *texts, kind="TIFF"):
    """A file with a page for each text, all of one size; an empty one is blank."""
    pages = []
    for text in texts:
        page = Image.new("L", (260, 140), 255)
        if text:
            draw("page.png", text)
            page.paste(Image.open(io.BytesIO(Path("page.png").read_bytes())), (0, 10))
        pages.append(page)
    pages[0].save(path, kind, save_all=True, append_images=pages[1:])


def run(capsys, *arguments):
    """Status, standard output and standard error of predict.main."""
    status = predict.main([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


@pytest.fixture(params=["alone", "beside others"])
def others(request, folder, model):
    """Names of further pictures: with many a file is read by one core, alone by all."""
    count = 0 if request.param == "alone" else 9
    for number in range(count):
        draw(f"x{number}.png")
    return [f"x{number}.png" for number in range(count)]


@pytest.mark.parametrize(("name", "kind"), [("a.tif", "TIFF"), ("a.gif", "GIF"), ("a.pdf", "PDF")])
def test_pages_are_told_one_by_one(others, model, capsys, name, kind):
    if kind == "PDF":
        pytest.importorskip("pypdfium2")
    draw_pages(name, "1", "23", kind=kind)
    status, out, err = run(capsys, name, *others, "--model", model)
    assert (status, err) == (0, "")
    assert out.splitlines()[:2] == [f"{name}#1: 7  (90.0%)", f"{name}#2: 77  (90.0%)"]
    assert len(out.splitlines()) == 2 + len(others)


def test_a_page_without_a_digit_is_its_own_error(others, model, capsys):
    draw_pages("a.tif", "1", "", "2")
    status, out, err = run(capsys, "a.tif", *others, "--model", model)
    assert (status, err) == (1, f"predict.py: error: a.tif#2: {NO_DIGIT}\n")
    assert out.splitlines()[:2] == ["a.tif#1: 7  (90.0%)", "a.tif#3: 7  (90.0%)"]


def test_json_and_csv_count_the_pages(folder, model, capsys):
    draw_pages("a.tif", "1", "")
    draw("b.png")
    _, out, _ = run(capsys, "a.tif", "b.png", "--model", model, "--format", "json")
    records = [json.loads(line) for line in out.splitlines()]
    told = [(record["image"], record["page"], record["error"]) for record in records]
    assert told == [("a.tif", 1, None), ("a.tif", 2, NO_DIGIT), ("b.png", 1, None)]
    _, out, _ = run(capsys, "a.tif", "b.png", "--model", model, "--format", "csv")
    assert [line.split(",")[:2] for line in out.splitlines()[1:]] == [
        ["a.tif", "1"],
        ["a.tif", "2"],
        ["b.png", "1"],
    ]


def test_a_file_of_several_pages_may_come_on_standard_input(folder, model, run_script):
    draw_pages("a.tif", "1", "2")
    with open("a.tif", "rb") as file:
        done = run_script("predict.py", "-", "--model", model, stdin=file)
    assert (done.returncode, done.stdout) == (0, "-#1: 7  (90.0%)\n-#2: 7  (90.0%)\n")


def test_every_page_has_its_copy_and_its_place_on_the_page(others, folder, model, capsys):
    draw_pages("a.tif", "1", "", "2")
    run(capsys, "a.tif", *others, "--model", model, "--output", "out")
    names = {path.name for path in (folder / "out").iterdir()}
    copies = {f"a.tif#{page}.read.png" for page in (1, 2, 3)}
    assert names == copies | {f"{name}.read.png" for name in others} | {"index.html"}
    blank = cv2.imread("out/a.tif#2.read.png")
    assert (blank.shape, blank.min()) == ((140, 260, 3), 255)
    text = (folder / "out" / "index.html").read_text(encoding="utf-8")
    rows = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])["pictures"]
    shown = [(row["file"], row["page"], row["pages"], row["picture"]) for row in rows[:3]]
    assert shown == [("a.tif", page, 3, f"a.tif%23{page}.read.png") for page in (1, 2, 3)]


def test_a_tiff_without_a_digit_is_shown_by_a_copy_since_no_browser_shows_it(folder, model, capsys):
    Image.new("L", (90, 60), 255).save("a.tif")
    run(capsys, "a.tif", "--model", model, "--output", "out")
    assert np.all(cv2.imread("out/a.tif.read.png") == 255)
    assert '"picture": "a.tif.read.png"' in (folder / "out" / review.PAGE_NAME).read_text()


def test_test_py_takes_the_pages_of_a_file_for_one_picture(folder, capsys, run_script):
    for name, digits in (("one", "25"), ("two", "8")):
        draw(f"{name}.png", digits)
    pages = [Image.open(f"{name}.png") for name in ("one", "two")]
    pages[0].save("a.tif", save_all=True, append_images=[Image.new("RGB", (90, 60)), pages[1]])
    (folder / "labels.csv").write_text("file,label\na.tif,25|8\n")
    done = run_script("test.py", "--images", folder, "--format", "json")
    scores = json.loads(done.stdout)
    assert (done.returncode, scores["errors"], scores["total"]) == (0, 0, 1)
