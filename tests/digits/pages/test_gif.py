"""Animated GIFs: every frame as a browser shows it."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from digits.pages import gif
from digits.pages.gif import list_frames
from digits.pages.pages import open_pages
from digits.picture.limits import PictureError


def make_film(*, disposal=0, seed=0, frames=4, **options):
    """A GIF in which a square wanders over a screen of noise in few colours, all dark."""
    rng = np.random.default_rng(seed)
    screen = rng.integers(0, 8, (40, 60), dtype=np.uint8)
    images = []
    for number in range(frames):
        screen = screen.copy() if disposal == 0 else np.zeros_like(screen)
        screen[5 + number : 20 + number, 10 * number : 10 * number + 12] = 9 + number
        image = Image.fromarray(screen).convert("P")
        image.putpalette(rng.integers(0, 100, 768, dtype=np.uint8).tobytes())
        images.append(image)
    file = io.BytesIO()
    images[0].save(
        file, "GIF", save_all=True, append_images=images[1:], disposal=disposal, **options
    )
    return file.getvalue()


def show_with_pillow(data):
    """Each frame as Pillow sees it, laid over white: uint8 BGR."""
    for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data))):
        seen = frame.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        yield np.asarray(Image.alpha_composite(white, seen).convert("RGB"))[..., ::-1]


@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"transparency": 0}], ids=["opaque", "transparent"])
def test_every_frame_is_seen_as_pillow_sees_it(disposal, options):
    data = make_film(disposal=disposal, **options)
    pages = open_pages(data)
    assert pages.count == 4
    for number, expected in enumerate(show_with_pillow(data), 1):
        np.testing.assert_array_equal(pages.decode(number)[0], expected)


def test_frames_may_be_asked_for_in_any_order():
    pages = open_pages(make_film())
    last, first, again = (pages.decode(number)[0] for number in (4, 1, 4))
    assert np.array_equal(last, again)
    assert not np.array_equal(first, last)


def test_a_still_gif_has_one_page_and_its_first_frame_is_what_it_was():
    file = io.BytesIO()
    Image.new("P", (30, 20), 3).save(file, "GIF")
    assert open_pages(file.getvalue()).count == 1


def test_a_frame_that_was_cut_off_is_damaged_and_the_others_are_seen():
    data = make_film()
    frames = list_frames(data)
    pages = open_pages(data[: frames[2].content.start + 40])
    assert pages.count == 3
    with pytest.raises(PictureError) as caught:
        pages.decode(3)
    assert str(caught.value).startswith("is GIF, damaged or ")
    assert pages.decode(2)[0].shape == (40, 60, 3)


def test_a_damaged_frame_in_the_middle_is_told_where_it_is():
    data = bytearray(make_film())
    place = list_frames(data)[1].content.start
    data[place + 1 : place + 5] = b"\xff\xff\xff\xff"  # far off the screen
    pages = open_pages(bytes(data))
    with pytest.raises(PictureError, match="is damaged or cut short"):
        pages.decode(2)
    assert pages.decode(3)[0].shape == (40, 60, 3)


@pytest.mark.parametrize(
    ("name", "text"),
    [("MAX_PAGES", "has more than 2 pages"), ("MAX_BLOCKS", "has more than 2 blocks")],
)
def test_too_much_is_refused(monkeypatch, name, text):
    monkeypatch.setattr(gif, name, 2)
    with pytest.raises(PictureError, match=text):
        open_pages(make_film())


def test_a_screen_too_large_for_a_film_is_refused():
    data = bytearray(make_film())
    data[6:10] = b"\x00\x20\x00\x20"  # 8192 x 8192
    with pytest.raises(PictureError, match="MB of memory, over the limit"):
        open_pages(bytes(data))
