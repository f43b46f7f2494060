"""Whatever is in a file, it is a picture or an error of one line, within the limits."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digits.errors import hush_libraries
from digits.picture import limits
from digits.picture.decoding import decode_picture
from digits.picture.limits import PictureError

TURNED = Image.Exif()
TURNED[0x0112] = 6


def draw_picture():
    """RGB with alpha: a grey stroke on a slope of colours."""
    picture = np.zeros((24, 32, 4), np.uint8)
    picture[..., 0] = np.arange(32) * 8
    picture[..., 1] = np.arange(24)[:, None] * 10
    picture[8:16, 4:28] = (90, 90, 90, 200)
    return picture


def encode(kind, mode, **options):
    """The picture in a format of Pillow."""
    file = io.BytesIO()
    Image.fromarray(draw_picture()).convert(mode).save(file, kind, **options)
    return file.getvalue()


FILES = {
    "jpeg": encode("JPEG", "RGB", exif=TURNED),
    "progressive": encode("JPEG", "RGB", progressive=True),
    "png": encode("PNG", "RGBA", exif=TURNED),
    "palette": encode("PNG", "P", bits=4),
    "gif": encode("GIF", "P"),
    "bmp": encode("BMP", "RGB"),
    "tiff": encode("TIFF", "RGB", compression="tiff_lzw"),
    "raw tiff": encode("TIFF", "L"),
    "webp": encode("WEBP", "RGB", exif=TURNED),
    "lossless": encode("WEBP", "RGBA", lossless=True),
    "ppm": encode("PPM", "RGB"),
    "jpeg 2000": cv2.imencode(".jp2", np.dstack([draw_picture()[..., 0]] * 3).repeat(4, 0))[1],
}


@st.composite
def draw_damage(draw, data):
    """The file with bytes changed, cut out or put in."""
    damaged = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(damaged) - 1))
        match draw(st.sampled_from(["change", "change", "flip", "cut", "put", "end"])):
            case "change":
                damaged[place] = draw(st.integers(0, 255))
            case "flip":
                damaged[place] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del damaged[place : place + draw(st.integers(1, 40))]
            case "put":
                damaged[place:place] = draw(st.binary(max_size=40))
            case "end":
                del damaged[place + 1 :]
        if not damaged:
            break
    return bytes(damaged)


def assert_picture_or_error(data):
    """`data` decode to a picture, or raise an error of one line."""
    try:
        with hush_libraries():
            picture = decode_picture(data)
    except PictureError as error:
        text = str(error)
    else:
        text = ""
        assert picture.dtype == np.uint8
        assert picture.ndim == 3
        assert picture.shape[2] == 3
        assert picture.size > 0
    assert "\n" not in text


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_a_picture_or_an_error(monkeypatch, name):
    monkeypatch.setattr(limits, "MAX_PIXELS", 300_000)  # of those that claim to be large

    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    @given(draw_damage(bytes(FILES[name])))
    def check(data):
        assert_picture_or_error(data)

    check()


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.sampled_from([file[:16] for file in map(bytes, FILES.values())]), st.binary(max_size=200))
def test_any_bytes_behind_a_good_start_are_a_picture_or_an_error(start, rest):
    assert_picture_or_error(start + rest)
