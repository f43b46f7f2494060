"""What a picture file says of itself, and what is said of files that are no picture."""

import io
import struct

import numpy as np
import pytest
from picture_files import encode, make_chunk, make_heif, make_png, make_size_box
from PIL import Image

from digits.picture.headers import read_header
from digits.picture.limits import PictureError

IEND = make_chunk(b"IEND")
DAMAGED = "is damaged or cut short ({}); copy or export it again"


def tell(data):
    """Format, width, height and orientation of the picture in `data`."""
    return read_header(data)[:4]


def explain(data):
    """The text of the error that reading the header of `data` raises."""
    with pytest.raises(PictureError) as caught:
        read_header(data)
    return str(caught.value)


@pytest.mark.parametrize(
    ("pillow_format", "kind"),
    [(kind, kind) for kind in ("JPEG", "PNG", "GIF", "BMP", "TIFF")] + [("WEBP", "WebP")],
)
def test_read_header_tells_format_and_size(pillow_format, kind):
    assert tell(encode(pillow_format)) == (kind, 30, 20, 1)


@pytest.mark.parametrize("options", [{"lossless": True}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}])
def test_read_header_tells_the_size_of_every_kind_of_webp(options):
    header = read_header(encode("WEBP", **options))
    assert (header.width, header.height) == (30, 20)


def test_read_header_tells_the_size_of_a_progressive_jpeg():
    assert tell(encode("JPEG", progressive=True)) == ("JPEG", 30, 20, 1)


def test_read_header_finds_the_size_behind_a_large_preview():
    preview = encode("JPEG", size=(160, 120))
    segment = b"\xff\xe1" + struct.pack(">H", len(preview) + 8) + b"Exif\0\0" + preview
    data = encode("JPEG")
    assert tell(data[:2] + segment + data[2:]) == ("JPEG", 30, 20, 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_cut_short_is_damaged(kind, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, kind)
    data = file.getvalue()
    name = "WebP" if kind == "WEBP" else kind
    assert explain(data[: int(len(data) * share)]) == DAMAGED.format(name)


def test_a_jpeg_cut_short_is_damaged_though_its_preview_is_whole():
    preview = encode("JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(preview) + 8) + b"Exif\0\0" + preview
    data = encode("JPEG", size=(300, 300))
    assert explain((data[:2] + segment + data[2:])[:-2]) == DAMAGED.format("JPEG")


def test_what_follows_the_end_of_a_jpeg_is_ignored():
    assert read_header(encode("JPEG") + b"maker's data" * 100).kind == "JPEG"


def test_a_png_whose_chunk_length_lies_is_damaged():
    data = bytearray(make_png(30, 20))
    data[33:37] = b"\xff\xff\xff\x00"  # the length of IDAT
    assert explain(bytes(data)) == DAMAGED.format("PNG")


def test_a_png_without_an_end_is_damaged():
    assert explain(make_png(30, 20)[:-12]) == DAMAGED.format("PNG")


def test_a_picture_over_the_limit_is_told_the_limit():
    assert explain(make_png(20000, 20000)) == (
        "has 20000 x 20000 pixels, over the limit of 120 megapixels; make the picture smaller"
    )


def test_a_side_over_the_limit_is_told_the_limit():
    assert explain(make_png(1, 1_000_001)) == (
        "has 1 x 1000001 pixels, over the limit of 1,000,000 a side; make the picture smaller"
    )


def test_a_picture_over_the_limit_of_memory_is_told_the_limit():
    data = make_png(6000, 5000, depth=16, colour=6)
    assert explain(data) == (
        "has 6000 x 5000 pixels, which would take 481 MB of memory, over the limit of 420 MB; "
        "make the picture smaller"
    )


def test_the_memory_of_the_file_itself_counts():
    data = make_png(5000, 5000, depth=16, colour=6)
    assert read_header(data).memory == 400_000_000
    assert "would take 421 MB" in explain(
        data[:-12] + make_chunk(b"zzZz", bytes(20_000_000)) + IEND
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "is empty; copy or export it again"),
        (b"seven\n", "is text, not a picture; give a picture file such as PNG or JPEG"),
        (b"BMW 7\n" * 9, "is text, not a picture; give a picture file such as PNG or JPEG"),
        (b"P2P\n", "is text, not a picture; give a picture file such as PNG or JPEG"),
        (
            "sieben, Übung\n".encode("utf-16"),
            "is text, not a picture; give a picture file such as PNG or JPEG",
        ),
        (
            b"<!DOCTYPE html>\n<html><body>404</body></html>",
            "is a web page, not a picture; save the picture itself as PNG or JPEG",
        ),
        (
            b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
            "is an SVG drawing, lines instead of pixels; export it as PNG or JPEG",
        ),
        (b"%PDF-1.7\n", "is a PDF document, not a picture; export it as PNG or JPEG"),
        (b"8BPS\0\1", "is a Photoshop document; export it as PNG or JPEG"),
        (b"PK\x03\x04\x14", "is an archive or an office document; take the picture out of it"),
        (
            b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
            "is a video, not a picture; give one frame of it as PNG or JPEG",
        ),
        (bytes(64), "is not a picture in a known format; give it as PNG or JPEG"),
    ],
    ids=[
        "empty",
        "text",
        "BMW",
        "P2P",
        "utf-16",
        "html",
        "svg",
        "pdf",
        "psd",
        "zip",
        "video",
        "zeros",
    ],
)
def test_a_file_that_is_no_picture_is_named(data, text):
    assert explain(data) == text


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_heic_is_known_by_its_brand(brand):
    assert read_header(b"\0\0\0\x14ftyp" + brand + b"\0\0\0\0heic").kind == "HEIC"


def test_avif_is_known_by_a_compatible_brand():
    data = make_heif(b"mif1", make_size_box(30, 20)).replace(b"mif1mif1", b"miafavif")
    assert tell(data) == ("AVIF", 30, 20, 1)


def count_lines(data):
    """How many lines tell what is wrong with these bytes; 0 where nothing is."""
    try:
        read_header(data)
    except PictureError as error:
        return len(str(error).splitlines())
    return 0


def test_the_first_bytes_of_a_picture_are_a_header_or_one_line():
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"):
        data = encode(kind)
        lines = [count_lines(data[:length]) for length in range(1, min(len(data), 200))]
        assert lines[0] == 1
        assert max(lines) == 1


def test_flipped_bytes_are_a_header_or_one_line():
    rng = np.random.default_rng(0)
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"):
        options = {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\1"} if kind == "WEBP" else {}
        for _ in range(200):
            data = bytearray(encode(kind, **options))
            for place in rng.integers(0, len(data), 8):
                data[place] = rng.integers(0, 256)
            assert count_lines(bytes(data)) <= 1
