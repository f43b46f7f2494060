"""Picture files of every make -> upright, opaque, 8-bit BGR."""

import io
import struct
import sys
import types
from pathlib import Path

import cv2
import numpy as np
import pytest
from picture_files import make_exif, make_heif, make_size_box
from PIL import Image, ImageOps

from digits.errors import hush_libraries
from digits.picture import decoding
from digits.picture.decoding import decode_picture
from digits.picture.limits import PictureError

ROOT = Path(__file__).resolve().parent.parent
# Four grey levels, one per quarter: no two ways to turn it look alike.
QUARTERS = np.kron(np.array([[0, 80], [160, 240]], np.uint8), np.ones((16, 24), np.uint8))
COLOURS = np.dstack([QUARTERS, 255 - QUARTERS, QUARTERS // 2])  # RGB


def save(picture, kind, **options):
    """The bytes of a Pillow picture (or an array) as a file of this format."""
    file = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(file, kind, **options)
    return file.getvalue()


def need_opencv_to_read(kind):
    """Skip the test where this build of OpenCV lacks the format: GIF came with 4.11."""
    data = np.frombuffer(save(Image.new("L", (8, 8)), kind), np.uint8)
    if kind == "GIF" and cv2.imdecode(data, cv2.IMREAD_COLOR) is None:
        pytest.skip("this OpenCV reads no GIF")


def add_exif(jpeg, exif):
    """The JPEG with an APP1 segment behind its first segment."""
    first = 4 + struct.unpack_from(">H", jpeg, 4)[0]
    segment = b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif
    return jpeg[:first] + segment + jpeg[first:]


def turn(picture, orientation):
    """What Pillow makes of a picture with this orientation."""
    image = Image.fromarray(picture)
    image.getexif()[0x0112] = orientation
    return np.asarray(ImageOps.exif_transpose(image))


def draw_stroke(*, ink, background=(0, 0, 0)):
    """RGBA: a bar of this colour, opaque, on nothing."""
    picture = np.zeros((40, 60, 4), np.uint8)
    picture[..., :3] = background
    picture[10:30, 20:40] = (*ink, 255)
    return picture


def assert_same(decoded, rgb, *, within=0):
    """`decoded` BGR equals the RGB or grey picture, up to `within` grey levels."""
    expected = np.dstack([rgb] * 3) if rgb.ndim == 2 else rgb
    assert decoded.dtype == np.uint8
    assert decoded.shape == expected.shape
    assert np.abs(decoded[..., ::-1].astype(int) - expected).max() <= within


@pytest.mark.parametrize("order", ["<", ">"], ids=["little-endian", "big-endian"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_jpeg_is_turned_upright(orientation, order):
    data = add_exif(save(QUARTERS, "JPEG", quality=95), make_exif(orientation, order))
    assert_same(decode_picture(data), turn(QUARTERS, orientation), within=3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_other_formats_are_turned_upright(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"WEBP": {"lossless": True}, "TIFF": {"tiffinfo": {0x0112: orientation}}}
    data = save(COLOURS, kind, **({"exif": exif} | options.get(kind, {})))
    if kind == "TIFF":
        data = save(COLOURS, kind, tiffinfo={0x0112: orientation})
    assert_same(decode_picture(data), turn(COLOURS, orientation))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_transparent_png_is_turned_upright(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    alpha = np.dstack([np.zeros_like(COLOURS), 255 - QUARTERS])
    data = save(alpha, "PNG", exif=exif)
    assert_same(decode_picture(data), turn(QUARTERS, orientation), within=1)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_unknown_orientation_turns_nothing(orientation):
    data = add_exif(save(QUARTERS, "JPEG", quality=95), make_exif(orientation, "<"))
    assert_same(decode_picture(data), QUARTERS, within=3)


def test_broken_exif_turns_nothing():
    data = add_exif(save(QUARTERS, "JPEG", quality=95), b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert_same(decode_picture(data), QUARTERS, within=3)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "GIF"])
def test_colours_come_as_bgr(kind):
    need_opencv_to_read(kind)
    picture = Image.fromarray(COLOURS)
    if kind == "GIF":
        picture = picture.quantize()
    assert_same(decode_picture(save(picture, kind)), COLOURS, within=2)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_one_bit_becomes_black_and_white(kind):
    two = np.where(QUARTERS > 100, 255, 0).astype(np.uint8)
    assert_same(decode_picture(save(Image.fromarray(two).convert("1"), kind)), two)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_palette_is_looked_up(kind):
    need_opencv_to_read(kind)
    picture = Image.fromarray(COLOURS).quantize(4)
    assert_same(decode_picture(save(picture, kind)), COLOURS, within=2)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_transparent_colour_of_a_palette_becomes_paper(kind):
    need_opencv_to_read(kind)
    indices = np.zeros((20, 30), np.uint8)
    indices[5:15, 10:20] = 1
    picture = Image.fromarray(indices, "P")
    picture.putpalette([10, 10, 10, 20, 20, 20])
    expected = np.where(indices == 0, 255, 20)
    assert_same(decode_picture(save(picture, kind, transparency=0)), expected, within=1)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_to_eight(kind):
    data = save(QUARTERS.astype(np.uint16) * 257, kind)
    assert_same(decode_picture(data), QUARTERS)


def test_twelve_bits_stored_in_sixteen_are_not_black():
    picture = QUARTERS.astype(np.uint16) * 16
    assert_same(decode_picture(save(picture, "PNG")), QUARTERS)


def test_sixteen_bits_with_alpha_are_composed():
    picture = np.zeros((8, 8, 4), np.uint16)
    picture[2:4, 2:4, 3] = 65535
    data = cv2.imencode(".png", picture)[1].tobytes()
    assert_same(decode_picture(data), np.where(picture[..., 3], 0, 255))


def test_float_values_are_scaled_by_their_largest():
    data = save((QUARTERS / 240).astype(np.float32), "TIFF")
    assert_same(decode_picture(data), QUARTERS / 240 * 255, within=1)


def test_values_that_are_no_number_become_black():
    picture = np.ones((8, 8), np.float32)
    picture[0] = np.nan
    picture[1] = np.inf
    assert_same(decode_picture(save(picture, "TIFF")), np.where(picture == 1, 255, 0))


def test_a_cmyk_jpeg_has_its_colours():
    grey = np.dstack([np.zeros((*QUARTERS.shape, 3), np.uint8), 255 - QUARTERS])
    data = save(Image.fromarray(grey, "CMYK"), "JPEG", quality=95)
    assert_same(decode_picture(data), QUARTERS, within=4)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_dark_ink_lies_on_white_paper(kind):
    picture = draw_stroke(ink=(30, 20, 10))
    options = {"lossless": True} if kind == "WEBP" else {}
    expected = np.where(picture[..., 3:] == 255, picture[..., :3], 255)
    assert_same(decode_picture(save(picture, kind, **options)), expected)


def test_white_ink_lies_on_black_paper():
    picture = draw_stroke(ink=(250, 250, 250), background=(255, 255, 255))
    assert_same(decode_picture(save(picture, "PNG")), np.where(picture[..., 3], 250, 0))


def test_white_ink_with_soft_dark_edges_lies_on_black_paper():
    picture = draw_stroke(ink=(250, 250, 250))
    picture[10:30, 19] = picture[10:30, 40] = (0, 0, 0, 120)
    assert decode_picture(save(picture, "PNG"))[0, 0].tolist() == [0, 0, 0]


def test_a_light_paper_cut_out_with_dark_ink_lies_on_white():
    picture = draw_stroke(ink=(240, 240, 240))
    picture[15:25, 29:31, :3] = 20
    assert decode_picture(save(picture, "PNG"))[0, 0].tolist() == [255, 255, 255]


def test_half_transparent_ink_is_mixed_with_the_paper():
    picture = draw_stroke(ink=(0, 0, 0))
    picture[10:30, 20:40, 3] = 128
    assert_same(decode_picture(save(picture, "PNG")), 255 - picture[..., 3], within=1)


def test_grey_with_alpha_is_composed():
    picture = draw_stroke(ink=(0, 0, 0))
    data = save(Image.fromarray(picture).convert("LA"), "PNG")
    assert_same(decode_picture(data), np.where(picture[..., 3], 0, 255))


def test_an_unused_fourth_byte_of_a_bitmap_is_not_transparency():
    bgrx = np.dstack([COLOURS[..., ::-1], np.zeros_like(QUARTERS)])
    assert_same(decode_picture(cv2.imencode(".bmp", bgrx)[1].tobytes()), COLOURS)


def test_of_an_animation_the_first_frame_is_taken():
    need_opencv_to_read("GIF")
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    data = save(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert_same(decode_picture(data), np.asarray(frames[0]))


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "GIF"])
def test_other_formats_cut_short_are_an_error(kind):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = save(Image.fromarray(noise).quantize() if kind == "GIF" else noise, kind)
    with pytest.raises(PictureError, match=kind):
        decode_picture(data[: len(data) // 2])


def test_a_png_with_broken_pixels_is_an_error(capfd):
    data = bytearray(save(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8), "PNG"))
    data[len(data) // 2] ^= 0xFF
    with hush_libraries(), pytest.raises(PictureError) as caught:
        decode_picture(bytes(data))
    assert str(caught.value) == "is damaged or cut short (PNG); copy or export it again"
    assert capfd.readouterr().err == ""


def test_a_png_chunk_length_that_lies_never_reaches_opencv(monkeypatch):
    data = bytearray(save(QUARTERS, "PNG"))
    place = data.index(b"IDAT")
    data[place - 4 : place] = b"\x7f\xff\xff\xff"
    monkeypatch.setattr(decoding.cv2, "imdecode", None)  # it would ask for 4 GB
    with pytest.raises(PictureError):
        decode_picture(bytes(data))


def test_heic_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PictureError) as caught:
        decode_picture(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    assert str(caught.value) == (
        "is HEIC, which needs one more package (pip install pillow-heif); or export it as JPEG"
    )


def test_heic_comes_as_its_package_gives_it(monkeypatch):
    class Picture:
        """What pillow_heif.open_heif returns, as far as it is asked."""

        size = COLOURS.shape[1::-1]

        def __init__(self, file, bgr_mode=False):
            self.pixels = COLOURS[..., ::-1] if bgr_mode else COLOURS

        def __array__(self, dtype=None, copy=None):
            return self.pixels

    monkeypatch.setitem(sys.modules, "pillow_heif", types.SimpleNamespace(open_heif=Picture))
    data = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    assert_same(decode_picture(data), COLOURS)


def test_heic_is_read_with_its_package():
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(COLOURS)).save(file, quality=100)
    assert_same(decode_picture(file.getvalue()), COLOURS, within=12)


def test_heic_over_the_limit_is_told_the_limit(monkeypatch):
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(COLOURS)).save(file)
    monkeypatch.setattr("digits.picture.limits.MAX_PIXELS", 1000)
    with pytest.raises(PictureError, match="over the limit of 0 megapixels"):
        decode_picture(file.getvalue())


def test_damaged_heic_is_an_error():
    pytest.importorskip("pillow_heif")
    with pytest.raises(PictureError) as caught:
        decode_picture(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    assert str(caught.value) == "is damaged or cut short (HEIC); copy or export it again"


@pytest.mark.parametrize(
    "error", [MemoryError(), cv2.error("(-4:Insufficient memory) Failed to allocate 9 bytes")]
)
def test_too_little_memory_is_told_as_such(monkeypatch, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(decoding.cv2, "imdecode", fail)
    with pytest.raises(PictureError) as caught:
        decode_picture(save(QUARTERS, "PNG"))
    assert str(caught.value) == "is too large for this computer's memory; make it smaller"


@pytest.mark.parametrize(
    "error", [ValueError, RuntimeError, SyntaxError, OSError, EOFError, IndexError, KeyError]
)
def test_whatever_the_reader_of_heic_raises_is_damage(monkeypatch, error):
    def fail(*_, **__):
        raise error("broken")

    monkeypatch.setitem(sys.modules, "pillow_heif", types.SimpleNamespace(open_heif=fail))
    with pytest.raises(PictureError) as caught:
        decode_picture(make_heif(b"heic", make_size_box(30, 20)))
    assert str(caught.value) == "is damaged or cut short (HEIC); copy or export it again"


def test_the_alpha_of_a_bigtiff_is_multiplied_in_already():
    picture = draw_stroke(ink=(0, 0, 0))
    picture[10:30, 20:40, 3] = 128
    options = {"big_tiff": True, "tiffinfo": {338: 1}}
    assert_same(decode_picture(save(picture, "TIFF", **options)), 255 - picture[..., 3], within=1)


def test_decode_picture_decodes_once(monkeypatch):
    calls = []
    decode = cv2.imdecode
    monkeypatch.setattr(decoding.cv2, "imdecode", lambda *args: calls.append(1) or decode(*args))
    decode_picture(add_exif(save(QUARTERS, "JPEG"), make_exif(6, "<")))
    assert calls == [1]
