"""Files of several pages: how many there are, what is on each, and what is too much."""

import io
import struct

import cv2
import numpy as np
import pytest
from picture_files import encode, make_tiff
from PIL import Image

from digits.pages.pages import open_pages
from digits.picture import limits, tiff
from digits.picture.limits import PictureError


def make_pages(kind="TIFF", levels=(50, 100, 200), size=(40, 30), **options):
    """A file with a plain grey page of each level."""
    first, *others = [Image.new("L", size, level) for level in levels]
    file = io.BytesIO()
    first.save(file, kind, save_all=True, append_images=others, **options)
    return file.getvalue()


def see(data):
    """The level of each page."""
    pages = open_pages(data)
    return [round(float(pages.decode(number)[0].mean())) for number in range(1, pages.count + 1)]


@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}, {"big_tiff": True}],
    ids=["plain", "lzw", "jpeg", "BigTIFF"],
)
def test_all_pages_of_a_tiff_are_seen(options):
    assert see(make_pages(**options)) == [50, 100, 200]


def make_grey_tiff(level, *, order="<", more=None):
    """A TIFF of 4 x 4 pixels of this level; its strip stands at its end."""
    tags = {256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 273: 0, 277: 1, 278: 4, 279: 16, **(more or {})}
    place = len(make_tiff(tags, order=order))
    return make_tiff({**tags, 273: place}, order=order) + bytes([level]) * 16


def join_tiffs(*tiffs):
    """One file with the page of each, in this order; all of one order of bytes."""
    order = "<" if tiffs[0][:2] == b"II" else ">"
    joined = b""
    link = 0  # where the place of the next directory is written
    for data in tiffs:
        data, offset = bytearray(data), len(joined)
        (count,) = struct.unpack_from(order + "H", data, 8)
        for entry in range(10, 10 + 12 * count, 12):
            tag, _, _, value = struct.unpack_from(order + "HHII", data, entry)
            if tag == 273:
                struct.pack_into(order + "I", data, entry + 8, value + offset)
        joined = bytearray(joined + data)
        if offset:
            struct.pack_into(order + "I", joined, link, offset + 8)
        link = offset + 10 + 12 * count
    return bytes(joined)


@pytest.mark.parametrize("order", "<>")
def test_the_order_of_bytes_is_no_matter(order):
    assert see(join_tiffs(*(make_grey_tiff(level, order=order) for level in (50, 200)))) == [
        50,
        200,
    ]


@pytest.mark.parametrize("tags", [{254: 1}, {254: 4}, {255: 2}], ids=str)
def test_a_small_copy_of_a_page_and_a_mask_are_no_pages(tags):
    small = make_grey_tiff(100, more=tags)
    assert see(join_tiffs(make_grey_tiff(50), small, make_grey_tiff(200))) == [50, 200]


def test_a_damaged_page_leaves_the_others():
    data = bytearray(join_tiffs(*map(make_grey_tiff, (50, 100, 200))))
    second = len(data) // 3 + 8
    struct.pack_into("<H", data, second + 2, 999)  # no width any more
    pages = open_pages(bytes(data))
    assert pages.decode(3)[0].mean() == 200
    assert pages.decode(1)[0].mean() == 50
    with pytest.raises(PictureError) as caught:
        pages.decode(2)
    assert str(caught.value) == "is damaged or cut short (TIFF); copy or export it again"


def test_a_page_that_was_cut_off_is_missed():
    data = join_tiffs(*map(make_grey_tiff, (50, 100)))
    pages = open_pages(data[: len(data) // 2])
    assert pages.count == 2
    assert pages.decode(1)[0].mean() == 50
    with pytest.raises(PictureError):
        pages.decode(2)


def test_no_bytes_of_the_caller_are_changed():
    data = make_pages()
    before = bytes(bytearray(data))
    see(data)
    assert data == before


def test_too_many_pages_are_refused(monkeypatch):
    monkeypatch.setattr(tiff, "MAX_PAGES", 2)
    with pytest.raises(PictureError) as caught:
        open_pages(make_pages())
    assert str(caught.value) == "has more than 2 pages (TIFF); export it again"


def test_a_tiff_whose_pages_go_in_a_circle_is_refused():
    with pytest.raises(PictureError, match="has more than 1,000 pages"):
        open_pages(make_tiff({256: 5, 257: 5}, following=8))


def test_many_white_pages_in_a_small_file_are_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_PIXELS", 2_000_000)
    monkeypatch.setattr(limits, "MAX_PACKED", 1)
    for kind in ("TIFF", "GIF"):
        with pytest.raises(PictureError) as caught:
            open_pages(make_pages(kind, size=(1000, 1000), compression="tiff_deflate"))
        text = "has pages of 3 megapixels in all, too many for so small a file"
        assert str(caught.value) == f"{text} ({kind}); export it again, or split it"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP"])
def test_a_picture_has_one_page(kind):
    pages = open_pages(encode(kind))
    assert pages.count == 1
    assert pages.decode(1)[0].shape == (20, 30, 3)


def test_a_large_photo_tells_its_scale_as_a_page_too(monkeypatch):
    data = cv2.imencode(".jpg", np.full((400, 400, 3), 255, np.uint8))[1].tobytes()
    monkeypatch.setattr("digits.picture.jpeg.MAX_MEMORY", len(data) + 500_000)
    picture, scale = open_pages(data).decode(1)
    assert (picture.shape, scale) == ((200, 200, 3), 2.0)
