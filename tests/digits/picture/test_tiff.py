"""What a TIFF says of itself, and what no scanner writes."""

import io
import struct

import numpy as np
import pytest
from picture_files import make_tiff
from PIL import Image

from digits.picture.headers import read_header
from digits.picture.limits import PictureError
from digits.picture.tiff import list_pages

WIDTH, HEIGHT, BITS, PHOTOMETRIC, SAMPLES, STRIP_ROWS, PLANAR = 256, 257, 258, 262, 277, 278, 284
TILE_WIDTH, TILE_HEIGHT = 322, 323
GREY = {WIDTH: 3000, HEIGHT: 2000, BITS: 8, PHOTOMETRIC: 1, SAMPLES: 1}
COLOUR = GREY | {PHOTOMETRIC: 2, SAMPLES: 3, BITS: (3, struct.pack("<3H", 8, 8, 8))}
DEEP = COLOUR | {BITS: (3, struct.pack("<3H", 16, 16, 16))}
FLOATS = COLOUR | {BITS: (3, struct.pack("<3H", 32, 32, 32))}


def explain(data):
    """The text of the error that reading the header of `data` raises."""
    with pytest.raises(PictureError) as caught:
        read_header(data)
    return str(caught.value)


@pytest.mark.parametrize("order", ["<", ">"], ids=["little-endian", "big-endian"])
@pytest.mark.parametrize("big", [False, True], ids=["TIFF", "BigTIFF"])
def test_size_and_memory_are_read(order, big):
    bits = (3, struct.pack(order + "3H", 16, 16, 16))
    header = read_header(make_tiff(COLOUR | {BITS: bits}, order=order, big=big))
    assert (header.width, header.height, header.memory) == (3000, 2000, 12 * 6_000_000)


@pytest.mark.parametrize("big", [False, True], ids=["TIFF", "BigTIFF"])
def test_a_size_over_the_limit_is_told_the_limit(big):
    assert explain(make_tiff(GREY | {WIDTH: 40000, HEIGHT: 30000}, big=big)) == (
        "has 40000 x 30000 pixels, over the limit of 120 megapixels; make the picture smaller"
    )


def test_a_width_in_one_byte_is_read():
    assert read_header(make_tiff(GREY | {WIDTH: (1, b"\x2a")})).width == 42


def test_a_tiff_that_pillow_writes_is_read():
    file = io.BytesIO()
    Image.fromarray(np.zeros((20, 30, 4), np.uint8)).save(file, "TIFF")
    header = read_header(file.getvalue())
    assert header[:3] == ("TIFF", 30, 20)
    assert header.memory == 8 * 600


@pytest.mark.parametrize(
    ("tags", "bytes_a_pixel"),
    [
        (GREY, 5),
        (GREY | {STRIP_ROWS: 10}, 5),
        (COLOUR, 7),
        (COLOUR | {STRIP_ROWS: 10}, 6),
        (DEEP, 12),
        (FLOATS, 24),
        (COLOUR | {PHOTOMETRIC: 32845}, 24),
    ],
    ids=["grey", "strips", "colour", "colour in strips", "16 bit", "float", "logarithmic"],
)
def test_a_tiff_tells_what_memory_it_takes(tags, bytes_a_pixel):
    assert read_header(make_tiff(tags)).memory == pytest.approx(6_000_000 * bytes_a_pixel, rel=0.01)


def test_a_tile_larger_than_the_picture_counts():
    tags = GREY | {WIDTH: 100, HEIGHT: 100, TILE_WIDTH: 16384, TILE_HEIGHT: 16000}
    assert "would take 1049 MB of memory" in explain(make_tiff(tags))


@pytest.mark.parametrize(
    "tags",
    [
        GREY | {WIDTH: 1, HEIGHT: 300_000, STRIP_ROWS: 1},
        GREY | {WIDTH: 8000, HEIGHT: 8000, TILE_WIDTH: 16, TILE_HEIGHT: 16},
        COLOUR | {WIDTH: 1, HEIGHT: 100_000, STRIP_ROWS: 1, PLANAR: 2},
    ],
    ids=["strips", "tiles", "channels apart"],
)
def test_strips_and_tiles_are_bounded(tags):
    text = "has more than 200,000 strips or tiles (TIFF); export it again"
    assert explain(make_tiff(tags)) == text


def test_pages_are_bounded():
    data = make_tiff(GREY, following=8)  # the page is followed by itself
    assert explain(data) == "has more than 1,000 pages (TIFF); export it again"


def test_tags_of_all_pages_are_bounded():
    page = 2 + 12 * 200 + 4  # bytes of a directory of 200 tags
    tag = struct.pack("<HHII", WIDTH, 4, 1, 3)
    data = b"II*\0" + struct.pack("<I", 8)
    for number in range(300):
        data += struct.pack("<H", 200) + 200 * tag
        data += struct.pack("<I", 8 + page * (number + 1) if number < 299 else 0)
    with pytest.raises(PictureError) as error:
        list_pages(data)
    assert str(error.value) == "has more than 50,000 tags (TIFF); export it again"


def test_a_last_page_that_is_cut_off_does_not_matter():
    assert read_header(make_tiff(GREY, following=5000)).width == 3000


@pytest.mark.parametrize(
    "data",
    [
        make_tiff({}),
        make_tiff({WIDTH: 0, HEIGHT: 20}),
        make_tiff(GREY)[:40],
        b"II*\0\xff\xff\xff\xff",
        b"II+\0\x08\0\0\0" + b"\xff" * 8,
        make_tiff(GREY | dict.fromkeys(range(1000, 2000), 0)),
    ],
    ids=["no tags", "no width", "cut short", "far away", "beyond every file", "too many tags"],
)
def test_a_tiff_without_a_size_is_damaged(data):
    kind = "BigTIFF" if data[2:3] == b"+" else "TIFF"
    assert explain(data) == f"is damaged or cut short ({kind}); copy or export it again"
