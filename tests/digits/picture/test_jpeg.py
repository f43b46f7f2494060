"""What a JPEG says of itself, and what no camera writes."""

import io
import struct
import time

import numpy as np
import pytest
from picture_files import (
    claim_size,
    encode,
    make_exif,
    make_segment,
    put_first,
    repeat_last_scan,
)
from PIL import Image

from digits.picture import jpeg
from digits.picture.decoding import decode_to_scale
from digits.picture.headers import read_header
from digits.picture.jpeg import read_jpeg
from digits.picture.limits import PictureError

DAMAGED = "is damaged or cut short (JPEG); copy or export it again"


def explain(data):
    """The text of the error that reading the header of `data` raises."""
    with pytest.raises(PictureError) as caught:
        read_header(data)
    return str(caught.value)


def test_fill_bytes_take_no_time():
    data = put_first(encode("JPEG"), b"\xff" * 20_000_000)
    start = time.process_time()
    assert read_jpeg(data)[:3] == ("JPEG", 30, 20)
    assert time.process_time() - start < 0.5  # 3 s where they are stepped through


def test_zeros_between_segments_are_bounded():
    assert explain(put_first(encode("JPEG"), b"\xff\0" * 10_000)) == (
        "has more than 10,000 segments (JPEG); export it again"
    )


def test_segments_are_bounded():
    comment = make_segment(0xFE)
    assert read_jpeg(put_first(encode("JPEG"), comment * 9_000)).width == 30
    assert explain(put_first(encode("JPEG"), comment * 10_000)) == (
        "has more than 10,000 segments (JPEG); export it again"
    )


def test_segments_between_scans_are_bounded():
    data = encode("JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    data = data[:last] + make_segment(0xFE) * 10_000 + data[last:]
    assert explain(data) == "has more than 10,000 segments (JPEG); export it again"


def test_scans_are_bounded():
    data = encode("JPEG", progressive=True)
    scans = data.count(b"\xff\xda")
    assert read_jpeg(repeat_last_scan(data, 100 - scans)).width == 30
    assert explain(repeat_last_scan(data, 101 - scans)) == (
        "has 101 scans or more (JPEG), too many; export it again"
    )


def test_a_large_picture_may_have_fewer_scans():
    data = claim_size(encode("JPEG", progressive=True), 8000, 6000)
    scans = data.count(b"\xff\xda")
    assert read_jpeg(repeat_last_scan(data, 26 - scans)).width == 8000
    assert explain(repeat_last_scan(data, 27 - scans)) == (
        "has 27 scans or more (JPEG), too many; export it again"
    )


def test_a_mark_of_the_end_in_a_comment_ends_no_scan():
    data = encode("JPEG", progressive=True)
    first = data.index(b"\xff\xda")
    second = data.index(b"\xff\xc4", first)
    data = data[:second] + make_segment(0xFE, b"\xff\xd9") + data[second:]
    assert explain(repeat_last_scan(data, 101)).startswith("has 101 scans or more")


@pytest.mark.parametrize("cut", [2, 10])
def test_a_progressive_jpeg_without_an_end_is_damaged(cut):
    assert explain(encode("JPEG", progressive=True)[:-cut]) == DAMAGED


def test_a_jpeg_without_a_frame_is_damaged():
    data = encode("JPEG")
    assert explain(data.replace(b"\xff\xc0", b"\xff\xfe")) == DAMAGED


def test_a_jpeg_without_a_side_is_damaged():
    assert explain(claim_size(encode("JPEG"), 0, 20)) == DAMAGED


def test_the_first_of_two_orientations_counts():
    exif = make_segment(0xE1, make_exif(6)) + make_segment(0xE1, make_exif(3))
    assert read_jpeg(put_first(encode("JPEG"), exif)).orientation == 6


def test_exif_data_are_read_once():
    entries = struct.pack("<HHII", 1, 4, 1, 0) * 5_000
    exif = make_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 5_000) + entries)
    data = put_first(encode("JPEG"), exif * 500)
    start = time.process_time()
    assert read_jpeg(data).orientation == 1
    assert time.process_time() - start < 0.2  # 0.5 s where each is read


@pytest.mark.parametrize(
    ("size", "options", "reduced"),
    [
        ((9000, 7000), {}, 1),
        ((12000, 9000), {}, 2),
        ((8160, 6120), {"progressive": True}, 1),
        ((8160, 6120), {"progressive": True, "subsampling": 0}, 2),
        ((12000, 10000), {"progressive": True}, 4),
        ((10000, 9000), {"mode": "L"}, 2),
    ],
    ids=["63 MP", "108 MP", "progressive", "full colour", "120 MP progressive", "grey"],
)
def test_a_jpeg_is_reduced_until_it_fits_in_memory(size, options, reduced, monkeypatch):
    monkeypatch.setattr(jpeg, "ENOUGH", 100_000)
    header = read_jpeg(claim_size(encode("JPEG", **options), *size))
    assert header.reduced == reduced
    assert header.memory <= jpeg.MAX_MEMORY


@pytest.mark.parametrize(
    ("side", "reduced"), [(3999, 1), (4000, 2), (7999, 2), (8000, 4), (16000, 8), (40000, 8)]
)
def test_a_jpeg_is_decoded_no_larger_than_twice_what_is_enough(side, reduced):
    assert read_jpeg(claim_size(encode("JPEG"), 1000, side)).reduced == reduced


def draw_jpeg(mode):
    """A picture whose quarters have four grey levels, 48 x 32 pixels."""
    quarters = np.kron(np.array([[0, 80], [160, 240]], np.uint8), np.ones((16, 24), np.uint8))
    file = io.BytesIO()
    Image.fromarray(quarters).convert(mode).save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue()


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("grey", [False, True], ids=["colour", "grey"])
def test_a_jpeg_too_large_for_memory_is_decoded_smaller(monkeypatch, orientation, grey):
    data = put_first(draw_jpeg("L" if grey else "RGB"), make_segment(0xE1, make_exif(orientation)))
    whole, once = decode_to_scale(data)
    monkeypatch.setattr("digits.picture.jpeg.MAX_MEMORY", len(data) + 6 * 32 * 48 // 4)
    half, twice = decode_to_scale(data)
    assert (once, twice) == (1, 2)
    assert half.shape == (whole.shape[0] // 2, whole.shape[1] // 2, 3)
    assert np.abs(half[4:-4:8, 4:-4:8].astype(int) - whole[8:-8:16, 8:-8:16]).max() <= 12


def test_the_scale_never_leads_out_of_the_picture(monkeypatch):
    data = encode("JPEG", size=(49, 33))
    monkeypatch.setattr("digits.picture.jpeg.MAX_MEMORY", len(data) + 6 * 33 * 49 // 4)
    picture, scale = decode_to_scale(data)
    assert picture.shape == (17, 25, 3)
    assert 17 * scale <= 33
    assert 25 * scale <= 49
