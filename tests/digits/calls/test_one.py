"""read_digits: all that a program may give it, and what comes of the rest."""

import io
import subprocess
import sys
import threading

import cv2
import numpy as np
import pytest
from conftest import PROJECT
from picture_files import make_exif, make_png
from PIL import Image

import digits
from digits import ReadingError, read_digits
from digits.calls import one
from digits.reading import NO_DIGIT
from handwriting import paper
from handwriting.pages import draw_text


def encode(picture):
    """The bytes of a PNG file."""
    return cv2.imencode(".png", picture)[1].tobytes()


def draw(text):
    """The picture of a text: uint8 BGR (H, W, 3)."""
    return paper.put_on_paper(draw_text(text, np.random.default_rng(0)).ink)


PICTURE = draw("2586")
PNG = encode(PICTURE)


def test_read_digits_reads_a_file_with_the_shipped_model(tmp_path):
    path = tmp_path / "zwölf.png"
    path.write_bytes(encode(draw("2586")))
    assert read_digits(path).text == "2586"


def test_read_digits_names_the_file_in_which_it_finds_nothing(tmp_path):
    path = tmp_path / "blank.png"
    path.write_bytes(encode(np.full((80, 80, 3), 200, np.uint8)))
    with pytest.raises(ReadingError) as caught:
        read_digits(path)
    assert str(caught.value) == f"{path}: {NO_DIGIT}"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (MemoryError(), "is too large for this computer's memory; make it smaller"),
        (
            cv2.error("(-215:Assertion failed) !dsize.empty()"),
            "cannot be read: error: (-215:Assertion failed) !dsize.empty(); "
            "please report it, with the picture",
        ),
    ],
)
def test_read_digits_names_the_picture_whatever_fails(tmp_path, monkeypatch, error, text):
    def fail(*_, **__):
        raise error

    (tmp_path / "7.png").write_bytes(encode(draw("7")))
    monkeypatch.setattr("digits.work.jobs.read_picture", fail)
    with pytest.raises(ReadingError) as caught:
        read_digits(tmp_path / "7.png")
    assert str(caught.value) == f"{tmp_path / '7.png'}: {text}"


def test_read_digits_tells_boxes_of_the_whole_picture_where_a_smaller_one_was_read(
    tmp_path, monkeypatch
):
    path = tmp_path / "7.jpg"
    path.write_bytes(cv2.imencode(".jpg", np.kron(draw("7"), np.ones((4, 4, 1), np.uint8)))[1])
    (whole,) = read_digits(path).digits
    data = path.stat().st_size
    monkeypatch.setattr("digits.picture.jpeg.MAX_MEMORY", data + 2_000_000)
    (smaller,) = read_digits(path).digits
    assert np.abs(np.subtract(smaller.box, whole.box)).max() <= 8
    assert smaller.digit == whole.digit


def write(path):
    path.write_bytes(PNG)
    return path


def make_alpha():
    """Dark ink, the paper transparent: uint8 BGRA."""
    ink = 255 - cv2.cvtColor(PICTURE, cv2.COLOR_BGR2GRAY)
    return np.dstack([np.full_like(PICTURE, 30), ink])


GIVEN = {
    "path": lambda path: write(path),
    "name": lambda path: str(write(path)),
    "bytes": lambda path: PNG,
    "bytearray": lambda path: bytearray(PNG),
    "memoryview": lambda path: memoryview(PNG),
    "file in memory": lambda path: io.BytesIO(PNG),
    "grey": lambda path: cv2.cvtColor(PICTURE, cv2.COLOR_BGR2GRAY),
    "grey with an axis": lambda path: cv2.cvtColor(PICTURE, cv2.COLOR_BGR2GRAY)[..., None],
    "BGR": lambda path: PICTURE,
    "BGR, a view": lambda path: PICTURE[::-1, ::-1][::-1, ::-1],
    "alpha": lambda path: make_alpha(),
    "PIL": lambda path: Image.fromarray(PICTURE[..., ::-1]),
    "PIL, a file": lambda path: Image.open(write(path)),
    "PIL, black and white": lambda path: Image.fromarray(PICTURE).convert("1", dither=0),
    "PIL, a palette": lambda path: Image.fromarray(PICTURE).quantize(32),
    "PIL, alpha": lambda path: Image.fromarray(make_alpha()),
    "PIL, 16 bit": lambda path: Image.fromarray(PICTURE[..., 0].astype(np.uint16) << 8),
    "PIL, 32 bit": lambda path: Image.fromarray(PICTURE[..., 0].astype(np.int32)),
    "PIL, float": lambda path: Image.fromarray(PICTURE[..., 0].astype(np.float32)),
    "PIL, CMYK": lambda path: Image.fromarray(PICTURE).convert("CMYK"),
}


@pytest.mark.parametrize("kind", GIVEN)
def test_all_kinds_of_pictures_are_read(kind, tmp_path):
    reading = read_digits(GIVEN[kind](tmp_path / "a.png"))
    assert (reading.text, reading.error, reading.pages) == ("2586", "", 1)


def test_an_open_file_is_read_and_named(tmp_path):
    with open(write(tmp_path / "a.png"), "rb") as file:
        reading = read_digits(file)
    assert (reading.text, reading.source) == ("2586", str(tmp_path / "a.png"))


def test_no_array_is_changed():
    for given in (PICTURE, make_alpha(), PICTURE[..., 0].copy()):
        before = given.copy()
        for rgb in (False, True):
            read_digits(given, rgb=rgb)
        assert np.array_equal(given, before)


def test_rgb_says_in_which_order_the_colours_of_an_array_are(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "digits.work.jobs.read_picture", lambda picture, *_, **__: seen.append(picture)
    )
    red = np.zeros((9, 9, 4), np.uint8)
    red[..., 0] = red[..., 3] = 255
    for given in (red, red[..., :3].copy()):
        with pytest.raises(ReadingError):
            read_digits(given, rgb=True)
    assert [picture[0, 0].tolist() for picture in seen] == [[0, 0, 255]] * 2


def test_a_pil_image_is_turned_as_its_exif_says():
    sideways = Image.fromarray(np.rot90(PICTURE, 1)[..., ::-1])
    file = io.BytesIO()
    sideways.save(file, "PNG", exif=make_exif(6))
    assert read_digits(Image.open(file)).digits[0].box == read_digits(PICTURE).digits[0].box


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (7, "int"),
        (None, "NoneType"),
        ([PICTURE], "list"),
        (io.StringIO("7"), "a file opened as text; open it with 'rb'"),
        (PICTURE.astype(float), "of float64, (210, 501, 3)"),
        (PICTURE[..., :2], "of uint8, (210, 501, 2)"),
        (PICTURE[None], "of uint8, (1, 210, 501, 3)"),
        (np.uint8(7), "uint8"),
        (PICTURE > 100, "of bool, (210, 501, 3)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_anything_else_is_one_clear_type_error(given, told):
    with pytest.raises(TypeError) as caught:
        read_digits(given)
    assert str(caught.value).startswith("a picture must be ")
    assert str(caught.value).endswith(f", not {told}")


def test_a_file_object_of_text_that_hides_it_is_a_type_error(tmp_path):
    (tmp_path / "a.txt").write_text("7")
    with open(tmp_path / "a.txt") as file:
        hidden = type("File", (), {"read": lambda self, size=-1: file.read(size)})()
        with pytest.raises(TypeError, match="opened as text"):
            read_digits(hidden)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (b"", "bytes: is empty; copy or export it again"),
        (PNG[:300], "bytes: is damaged or cut short (PNG); copy or export it again"),
        (io.BytesIO(b"7"), "file: is text, not a picture; give a picture file such as PNG or JPEG"),
        (np.zeros((0, 5), np.uint8), "array: has no pixels; give the picture itself"),
        (np.full((50, 50), 255, np.uint8), f"array: {NO_DIGIT}"),
        (Image.new("L", (50, 50)), f"PIL image: {NO_DIGIT}"),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else "",
)
def test_a_picture_at_fault_is_named_by_its_kind(given, error):
    with pytest.raises(ReadingError) as caught:
        read_digits(given)
    assert str(caught.value) == error


LARGE = "has 20000 x 20000 pixels, over the limit of 120 megapixels; make the picture smaller"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (lambda: make_png(20_000, 20_000), f"bytes: {LARGE}"),
        (lambda: np.broadcast_to(np.uint8(255), (20_000, 20_000)), f"array: {LARGE}"),
        (lambda: Image.open(io.BytesIO(make_png(20_000, 20_000))), f"PIL image: {LARGE}"),
    ],
    ids=["bytes", "array", "PIL image"],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_the_limits_hold_for_all_kinds(given, error, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    with pytest.raises(ReadingError) as caught:
        read_digits(given())
    assert str(caught.value) == error


def test_a_damaged_file_behind_a_pil_image_is_one_line():
    with pytest.raises(ReadingError) as caught:
        read_digits(Image.open(io.BytesIO(PNG[: len(PNG) // 2])))
    error = "is damaged or cut short (PIL image); copy or export it again"
    assert str(caught.value) == f"PIL image: {error}"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"threshold": 1.5}, "threshold must be from 0 to 1, not 1.5"),
        ({"threshold": float("nan")}, "threshold must be from 0 to 1, not nan"),
        ({"page": 0}, "page must be 1 or more, not 0"),
    ],
)
def test_an_argument_out_of_range_is_a_value_error(arguments, error):
    with pytest.raises(ValueError, match=error):
        read_digits(PICTURE, **arguments)


def test_a_page_that_is_not_there_is_an_error():
    with pytest.raises(ReadingError) as caught:
        read_digits(PICTURE, page=2)
    assert str(caught.value) == "array: has 1 page, no page 2"


def make_pages(*texts):
    """A TIFF with a page for each text."""
    first, *others = [Image.fromarray(draw(text)[..., ::-1]) for text in texts]
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=others)
    return file.getvalue()


def test_one_page_of_several_is_read():
    data = make_pages("25", "861")
    first, second = read_digits(data), read_digits(data, page=2)
    assert (first.text, first.page, first.pages) == ("25", 1, 2)
    assert (second.text, second.page, second.pages) == ("861", 2, 2)
    with pytest.raises(ReadingError) as caught:
        read_digits(data, page=3)
    assert str(caught.value) == "bytes: has 2 pages, no page 3"


def test_a_thousand_crops_load_one_model(monkeypatch):
    loaded, load = [], one.load_network
    monkeypatch.setattr(one, "load_network", lambda path: loaded.append(path) or load(path))
    one._load.cache_clear()
    for _ in range(3):
        read_digits(PICTURE)
    assert len(loaded) == 1


def test_a_changed_model_is_loaded_again(tmp_path, model):
    path = tmp_path / "model.h5"
    path.write_bytes(digits.network.DEFAULT_MODEL.read_bytes())
    assert read_digits(PICTURE, model=path).text == "2586"
    path.write_bytes(model.read_bytes())
    assert read_digits(PICTURE, model=path).text == "7777"
    path.unlink()
    with pytest.raises(ReadingError, match="no such model"):
        read_digits(PICTURE, model=path)


def test_threads_may_read_at_the_same_time():
    texts = []
    threads = [threading.Thread(target=lambda: texts.append(read_digits(PNG).text)) for _ in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ["2586"] * 4


def test_there_is_one_error_class_and_tracebacks_name_it_as_it_is_imported():
    code = "import digits; digits.read_digits('none.png')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert last == "digits.ReadingError: none.png: no such file; check the name"
    assert digits.errors.UserError is ReadingError


def test_reading_imports_no_pil_and_no_process():
    code = "import sys, digits; digits.read_digits('input_images/digit_7.png'); "
    code += "print({'PIL', 'concurrent.futures', 'multiprocessing'} & set(sys.modules))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
