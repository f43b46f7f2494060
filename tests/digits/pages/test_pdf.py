"""PDF: its pages drawn as they are seen, and what a hostile one cannot do."""

import io
import sys

import numpy as np
import pytest
from picture_files import make_pdf, make_pdf_stream
from PIL import Image

from digits.pages import pdf
from digits.pages.pages import open_pages
from digits.picture.limits import PictureError

pytest.importorskip("pypdfium2", reason="needs pypdfium2: pip install -r requirements-optional.txt")

LINE = b"10 w 50 150 m 250 150 l S"


def tell(data, page=1):
    """What is told of a file that cannot be drawn."""
    with pytest.raises(PictureError) as caught:
        open_pages(data).decode(page)
    return str(caught.value)


def test_pages_are_drawn_with_200_dots_an_inch():
    pages = open_pages(make_pdf(LINE, b""))
    first, scale = pages.decode(1)
    assert (pages.count, first.shape, first.dtype, scale) == (2, (556, 834, 3), np.uint8, 1.0)
    assert first[139, 417].tolist() == [0, 0, 0]
    assert first[10, 10].tolist() == [255, 255, 255]
    assert pages.decode(2)[0].min() == 255


def test_colours_are_in_the_order_of_opencv():
    (picture, _) = open_pages(make_pdf(b"1 0 0 rg 0 0 300 200 re f")).decode(1)
    assert picture[300, 300].tolist() == [0, 0, 255]


def test_a_large_sheet_is_drawn_with_fewer_dots():
    (picture, _) = open_pages(make_pdf(LINE, box="0 0 14400 200")).decode(1)
    assert picture.shape == (42, 3000, 3)


def test_a_scanned_page_is_the_scan():
    scan = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60), np.uint8))
    scan = scan.resize((600, 400))
    file = io.BytesIO()
    scan.save(file, "PDF", resolution=200, quality=95)
    (picture, _) = open_pages(file.getvalue()).decode(1)
    assert picture.shape == (400, 600, 3)
    assert np.abs(picture[..., 0].astype(int) - np.asarray(scan)).mean() < 5


def test_a_page_that_is_missing_is_damaged_and_the_others_are_drawn():
    data = make_pdf(LINE, LINE).replace(b"/Count 2", b"/Count 9")
    pages = open_pages(data)
    assert pages.count == 3
    assert pages.decode(2)[0].min() == 0
    assert tell(data, 3) == "is damaged or cut short (PDF); copy or export it again"


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF",
        b"%PDF-1.7\n" + np.random.default_rng(0).bytes(5000),
        make_pdf(),
        make_pdf(LINE).replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]"),
        make_pdf(LINE).replace(b"/Type/Catalog", b"/Type/Catalog/X " + b"<</A " * 100_000),
    ],
    ids=["signature", "noise", "no pages", "pages in a circle", "a thousand depths"],
)
def test_a_damaged_file_is_one_line(data):
    assert tell(data) == "is damaged or cut short (PDF); copy or export it again"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has all the limits")
@pytest.mark.parametrize(
    "data",
    [
        make_pdf(b"0 0 m 300 200 0 0 100 5 c 5 5 9 9 4 4 c B\n" * 300_000, pack=True),
        make_pdf(b"q " * 5_000_000, pack=True),
        make_pdf(
            b"/X3 Do",
            objects=[
                make_pdf_stream(
                    b"/X3 Do " * 10,
                    b"/Type/XObject/Subtype/Form/BBox[0 0 300 200]"
                    b"/Resources<</XObject<</X3 3 0 R>>>>",
                )
            ],
        ),
    ],
    ids=["time", "memory", "a form in itself"],
)
def test_what_takes_too_much_is_ended(data):
    assert tell(data) == pdf.HEAVY


def test_a_locked_file_says_so():
    keys = b"/Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>" % (b"00" * 32, b"11" * 32)
    root = b"/Root 1 0 R"
    assert tell(make_pdf(LINE).replace(root, root + b"/ID[<00><00>]/Encrypt<<%s>>" % keys)) == (
        "is locked with a password (PDF); save it without one"
    )


def test_too_many_pages_are_refused(monkeypatch):
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    assert tell(make_pdf(LINE, LINE, LINE)) == "has more than 2 pages (PDF); export it again"


def test_what_takes_too_long_by_the_clock_is_ended_too(monkeypatch):
    monkeypatch.setattr(pdf, "PATIENCE", 0.001)
    assert tell(make_pdf(LINE)) == pdf.HEAVY


def test_without_the_package_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(pdf, "find_spec", lambda name: None)
    assert tell(make_pdf(LINE)) == pdf.NO_PDFIUM
