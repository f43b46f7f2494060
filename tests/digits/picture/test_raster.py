"""What PNG, WebP, GIF, BMP and portable maps say of themselves, and what no program writes."""

import io
import struct
import time
import zlib

import cv2
import numpy as np
import pytest
from picture_files import encode, make_chunk, make_exif, make_png
from PIL import Image

from digits.picture.headers import read_header
from digits.picture.limits import PictureError

PLAIN = np.full((200, 300, 3), 255, np.uint8)


def explain(data):
    """The text of the error that reading the header of `data` raises."""
    with pytest.raises(PictureError) as caught:
        read_header(data)
    return str(caught.value)


def cost(data):
    """Bytes of memory that a pixel is said to take."""
    header = read_header(data)
    return header.memory / (header.width * header.height)


@pytest.mark.parametrize("suffix", ["pbm", "pgm", "ppm", "pnm", "pam", "ras", "hdr", "bmp", "jp2"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_size_of_every_format_that_opencv_writes_is_read(suffix, depth):
    grey = suffix in ("pbm", "pgm")
    if suffix in ("pbm", "ras", "bmp", "pam"):  # OpenCV cannot read the PAM of 16 bits it writes
        depth = np.uint8
    picture = (PLAIN[..., 0] if grey else PLAIN).astype(np.float32 if suffix == "hdr" else depth)
    data = cv2.imencode(f".{suffix}", picture)[1].tobytes()
    header = read_header(data)
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (header.width, header.height) == (300, 200)
    assert header.memory >= 2 * decoded.nbytes


def test_zeros_behind_a_png_are_no_chunks():
    data = make_png(30, 20)[:-12] + bytes(20_000_000)
    start = time.process_time()
    assert explain(data) == "is damaged or cut short (PNG); copy or export it again"
    assert time.process_time() - start < 0.5  # 1.5 s where they are stepped through


def test_chunks_are_bounded():
    data = make_png(30, 20, before=make_chunk(b"zzZz") * 100_000)
    assert explain(data) == "has more than 100,000 chunks (PNG); export it again"


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt"])
def test_packed_text_is_bounded(name):
    text = make_chunk(name, b"word\0\1\0\0\0" + bytes(50_000))
    assert read_header(make_png(30, 20, before=text)).width == 30
    assert explain(make_png(30, 20, before=text * 2)) == (
        "has more than 100,000 bytes of packed text (PNG); export it again"
    )


def test_plain_text_is_not_bounded():
    text = make_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + bytes(300_000))
    assert read_header(make_png(30, 20, before=text)).width == 30


def test_the_first_of_two_orientations_of_a_png_counts():
    exif = b"".join(make_chunk(b"eXIf", make_exif(number)[6:]) for number in (6, 3))
    assert read_header(make_png(30, 20, before=exif)).orientation == 6


@pytest.mark.parametrize(
    ("options", "bytes_a_pixel"),
    [
        ({"colour": 0}, 5),
        ({"colour": 2}, 6),
        ({"colour": 2, "before": make_chunk(b"tRNS", bytes(6))}, 8),
        ({"colour": 6}, 8),
        ({"colour": 6, "depth": 16}, 16),
        ({"colour": 6, "before": make_chunk(b"acTL", struct.pack(">II", 2, 0))}, 16),
    ],
    ids=["grey", "colour", "a transparent colour", "alpha", "16 bit", "animated"],
)
def test_a_png_tells_what_memory_it_takes(options, bytes_a_pixel):
    assert cost(make_png(30, 20, **options)) == bytes_a_pixel


def test_a_webp_tells_what_memory_it_takes():
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    assert cost(file.getvalue()) == 12
    assert cost(encode("WEBP", mode="RGBA", colour=(0, 0, 0, 9))) == 8
    assert cost(encode("WEBP")) == 6


def test_chunks_of_a_webp_are_bounded():
    data = encode("WEBP") + b"zzZz\0\0\0\0" * 100_000
    data = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    assert explain(data) == "has more than 100,000 chunks (WebP); export it again"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"P5\n# 1 1 255\n40000 # width\n30000\n255\n", "PNM"),
        (b"P1 0000000000000040000 30000 ", "PNM"),
        (b"P7\nWIDTH 1\nHEIGHT 30000\nWIDTH 40000\nDEPTH 1\nMAXVAL 255\nENDHDR\n", "PNM"),
        (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 30000 +X 40000\n", "Radiance"),
        (struct.pack(">8I", 0x59A66A95, 40000, 30000, 24, 0, 1, 0, 0), "Sun raster"),
        (b"BM" + struct.pack("<IIIIiiHH", 0, 0, 54, 40, 40000, -30000, 1, 24), "BMP"),
        (b"GIF89a" + struct.pack("<HH", 40000, 30000), "GIF"),
    ],
    ids=["PGM", "PBM", "PAM", "Radiance", "Sun raster", "BMP", "GIF"],
)
def test_a_size_over_the_limit_is_told_the_limit(data, kind):
    assert explain(data) == (
        "has 40000 x 30000 pixels, over the limit of 120 megapixels; make the picture smaller"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"P5\n#" + b" " * 4085 + b"\n10000 1 255\n",
        b"P5\n#" + b" " * 5000 + b"\n1 1 255\n",
        b"P7\nWIDTH 1\n#" + b" " * 5000 + b"\nENDHDR\n",
        b"P6\n30\n",
        b"P6\nwide 20 255\n",
    ],
    ids=["a number cut by the limit", "a long comment", "no end", "no height", "no number"],
)
def test_a_portable_map_whose_numbers_are_not_found_is_damaged(data):
    assert explain(data) == "is damaged or cut short (PNM); copy or export it again"


@pytest.mark.parametrize(
    "lines",
    [
        b"FORMAT=32-bit_rle_rgbe\n\n-Y  9 +X 9\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n",
        b"FORMAT=32-bit_rle_xyze\n\n-Y 1 +X 1\n",
        b"-Y 1 +X 1\n",
    ],
    ids=["two formats", "another format", "no format"],
)
def test_a_radiance_picture_whose_size_is_not_where_opencv_reads_it_is_damaged(lines):
    text = "is damaged or cut short (Radiance); copy or export it again"
    assert explain(b"#?RADIANCE\n" + lines) == text


@pytest.mark.parametrize(("packed", "doubt"), [(200_000, False), (300_000, True)])
def test_a_png_with_many_packed_bytes_is_doubtful(packed, doubt):
    noise = np.random.default_rng(0).integers(0, 256, packed, np.uint8).tobytes()
    assert read_header(make_png(3000, 100, pixels=zlib.compress(noise))).doubt is doubt
