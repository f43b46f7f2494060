"""Pictures made to keep a decoder busy for minutes."""

import io
import threading
import time
import zlib

import numpy as np
import pytest
from picture_files import make_chunk, make_gif, make_png, pack_codes
from PIL import Image

from digits.picture import decoding
from digits.picture.bombs import check_unpacked
from digits.picture.decoding import decode_picture
from digits.picture.headers import read_header
from digits.picture.limits import PictureError, damaged

BOMB = "has far more packed into it than its pixels ({}); export it again"
ZEROS = zlib.compress(bytes(10_000_000), 9)
CLEAR, EXIT = 4, 5  # the codes of a GIF of two bits a pixel


def look(data):
    """The text of the error that a closer look at a picture raises, or nothing."""
    try:
        check_unpacked(data, read_header(data))
    except PictureError as error:
        return str(error)
    return ""


def save(picture, kind, **options):
    """The picture in this format of Pillow."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **options)
    return file.getvalue()


def draw_noise(*size):
    """Noise, which takes as many bytes packed as not."""
    return np.random.default_rng(0).integers(0, 256, size, np.uint8)


def test_a_png_that_unpacks_to_far_more_than_its_pixels_is_a_bomb():
    assert look(make_png(30, 20, pixels=ZEROS)) == BOMB.format("PNG")


def test_a_png_packed_in_several_chunks_is_a_bomb():
    chunks = b"".join(make_chunk(b"IDAT", ZEROS[at : at + 999]) for at in range(0, len(ZEROS), 999))
    assert look(make_png(30, 20, before=chunks, pixels=b"")) == BOMB.format("PNG")


@pytest.mark.parametrize("shape", [(300, 400), (300, 400, 3), (300, 400, 4)])
def test_a_good_png_is_none(shape):
    assert look(save(draw_noise(*shape), "PNG")) == ""


@pytest.mark.parametrize(
    ("options", "unpacked"),
    [
        ({"depth": 8, "colour": 0}, 1000 * 3001),
        ({"depth": 1, "colour": 3}, 1000 * 376),
        ({"depth": 16, "colour": 6}, 1000 * 24001),
        ({"depth": 8, "colour": 0, "interlaced": 1}, 3_000_000 + 125 * 2 + 125 + 250 * 2 + 250 * 5),
    ],
    ids=["grey", "palette", "16 bit", "interlaced"],
)
def test_so_much_and_a_little_more_may_be_packed(options, unpacked):
    for surplus, text in ((900_000, ""), (1_100_000, BOMB.format("PNG"))):
        pixels = zlib.compress(bytes(unpacked + surplus), 1)
        assert look(make_png(3000, 1000, pixels=pixels, **options)) == text


@pytest.mark.parametrize("pixels", [b"", b"no zlib", ZEROS[:99]], ids=["none", "damaged", "cut"])
def test_a_damaged_png_is_left_to_the_decoder(pixels):
    assert look(make_png(30, 20, pixels=pixels)) == ""


@pytest.mark.parametrize("code", [CLEAR, EXIT])
def test_a_gif_that_starts_anew_all_the_time_is_a_bomb(code):
    packed = pack_codes([code] * 4000, 3)
    assert look(make_gif(30, 20, packed)) == BOMB.format("GIF")


def test_a_gif_that_starts_anew_at_every_second_code_is_a_bomb():
    packed = pack_codes([CLEAR, 0] * 4000, 3)
    assert look(make_gif(30, 20, packed)) == BOMB.format("GIF")


def test_a_gif_of_too_many_blocks_is_a_bomb():
    data = make_gif(30, 20, b"")
    place = data.index(b",")
    data = data[:place] + b"!\xfe" + b"\x01x" * 300_001 + b"\0" + data[place:]
    assert look(data) == "has more than 300,000 blocks (GIF); export it again"


@pytest.mark.parametrize("shape", [(1500, 1400), (40, 60)])
def test_a_good_gif_is_none(shape):
    assert look(save(draw_noise(*shape), "GIF")) == ""


def test_a_gif_cut_short_is_left_to_the_decoder():
    assert look(make_gif(30, 20, pack_codes([CLEAR] * 4000, 3))[:500]) == ""


@pytest.fixture
def busy(monkeypatch):
    """Decoding takes until this event, and patience no time."""
    done = threading.Event()
    monkeypatch.setattr(decoding, "PATIENCE", 0.05)
    monkeypatch.setattr(
        decoding, "_decode_at_once", lambda *_: (done.wait(20), np.zeros((2, 2), np.uint8))[1]
    )
    yield done
    done.set()
    while any(thread.name == decoding.ABANDONED for thread in threading.enumerate()):
        time.sleep(0.01)


def make_doubtful(*, bomb):
    """A PNG whose packed pixels are many."""
    noise = draw_noise(600, 600).tobytes()
    pixels = zlib.compress(noise + bytes(5_000_000 if bomb else 0))
    return make_png(600, 600, pixels=pixels)


def test_a_bomb_is_not_waited_for(busy):
    with pytest.raises(PictureError) as caught:
        decode_picture(make_doubtful(bomb=True))
    assert str(caught.value) == BOMB.format("PNG")


def test_beside_a_bomb_the_next_is_looked_at_first(busy, monkeypatch):
    with pytest.raises(PictureError):
        decode_picture(make_doubtful(bomb=True))
    before = threading.active_count()
    with pytest.raises(PictureError):
        decode_picture(make_doubtful(bomb=True))
    assert threading.active_count() == before


def test_a_good_picture_is_waited_for(busy):
    threading.Timer(0.3, busy.set).start()
    assert decode_picture(make_doubtful(bomb=False)).shape == (2, 2, 3)


def test_an_error_after_patience_is_told(monkeypatch):
    monkeypatch.setattr(decoding, "_decode_at_once", lambda *_: damaged("PNG"))
    with pytest.raises(PictureError, match="is damaged"):
        decode_picture(make_doubtful(bomb=False))
