"""What HEIC, AVIF and JPEG 2000 say of themselves."""

import io
import struct

import cv2
import numpy as np
import pytest
from picture_files import make_box, make_heif, make_size_box
from PIL import Image

from digits.picture.headers import read_header
from digits.picture.limits import PictureError

PLAIN = np.full((96, 128, 3), 255, np.uint8)
SIGNATURE = make_box(b"jP  ", b"\r\n\x87\n")
SIZE = b"\xff\x4f\xff\x51" + struct.pack(">HH8IH", 47, 0, 1030, 220, 1000, 200, 30, 20, 0, 0, 3)


def explain(data):
    """The text of the error that reading the header of `data` raises."""
    with pytest.raises(PictureError) as caught:
        read_header(data)
    return str(caught.value)


def tell(data):
    """Format, width and height of the picture in `data`."""
    return read_header(data)[:3]


def test_the_size_of_a_heic_is_read():
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(PLAIN)).save(file)
    assert tell(file.getvalue()) == ("HEIC", 128, 96)


def test_the_size_of_an_avif_is_read():
    if not cv2.haveImageWriter(".avif"):
        pytest.skip("this OpenCV writes no AVIF")
    assert tell(cv2.imencode(".avif", PLAIN)[1].tobytes()) == ("AVIF", 128, 96)


@pytest.mark.parametrize("brand", [b"heic", b"avif"])
def test_the_largest_size_counts(brand):
    data = make_heif(brand, make_size_box(512, 512), make_size_box(4032, 3024), make_size_box(9, 9))
    assert tell(data)[1:] == (4032, 3024)


@pytest.mark.parametrize("brand", [b"heic", b"avif"])
def test_a_size_over_the_limit_is_told_the_limit(brand):
    assert explain(make_heif(brand, make_size_box(40000, 30000))) == (
        "has 40000 x 30000 pixels, over the limit of 120 megapixels; make the picture smaller"
    )


def test_a_phones_48_megapixels_are_within_the_limit():
    assert tell(make_heif(b"heic", make_size_box(8064, 6048))) == ("HEIC", 8064, 6048)


@pytest.mark.parametrize(
    "more",
    [make_box(b"av1C", b"\x81\x10\x4c\0"), make_box(b"auxC", bytes(9))],
    ids=["10 bit", "alpha"],
)
def test_an_avif_of_many_bits_or_with_alpha_takes_more_memory(more):
    size = make_size_box(4000, 3000)
    assert read_header(make_heif(b"avif", size)).memory == 18 * 12_000_000
    assert "would take 529 MB of memory" in explain(make_heif(b"avif", size, more))


def test_an_avif_animation_is_named():
    data = make_heif(b"avif", make_size_box(30, 20), more=make_box(b"moov"))
    assert explain(data) == "is an AVIF animation; give one frame of it as PNG or JPEG"


def test_an_avif_without_a_size_is_damaged():
    assert explain(make_heif(b"avif")) == "is damaged or cut short (AVIF); copy or export it again"


def test_boxes_are_bounded():
    data = make_heif(b"heic", make_box(b"free") * 20_000)
    assert explain(data) == "has more than 10,000 boxes (HEIC, AVIF or JPEG 2000); export it again"


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"", "codestream"),
        (make_box(b"jP  ", b"\r\n\x87\n") + struct.pack(">I4s", 0, b"jp2c"), "box"),
    ],
)
def test_the_size_of_a_jpeg_2000_is_read(start, name):
    header = read_header(start + SIZE)
    assert header[:3] == ("JPEG 2000", 30, 20)
    assert header.memory == 6 * 3 * 600


def test_a_jpeg_2000_over_the_limit_is_told_the_limit():
    data = SIZE[:8] + struct.pack(">4I", 41000, 30200, 1000, 200) + SIZE[24:]
    assert explain(data) == (
        "has 40000 x 30000 pixels, over the limit of 120 megapixels; make the picture smaller"
    )


def test_a_jpeg_2000_without_its_size_is_damaged():
    data = SIGNATURE + make_box(b"jp2c", b"\xff\x4f\xff\x52")
    assert explain(data) == "is damaged or cut short (JPEG 2000); copy or export it again"
