"""Good files of every kind that the project reads, and seeded mutants of them."""

import functools
import gzip
import importlib.util
import io
import json
import struct
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from machine import ROOT
from PIL import Image

from handwriting.pages import draw_text
from handwriting.paper import add_grain, put_on_paper

MOST_EDITS = 6
MOST_INSERTED = 4096  # bytes that one edit puts in
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


class Edit(NamedTuple):
    """`removed` bytes from `place` on are replaced by `data`."""

    place: int
    removed: int
    data: bytes


def apply_edits(good: bytes, edits: list[Edit]) -> bytes:
    """The good file with the edits made, one after the other."""
    data = bytearray(good)
    for place, removed, new in edits:
        data[place : place + removed] = new
    return bytes(data)


def make_edits(good: bytes, rng: np.random.Generator) -> list[Edit]:
    """One to MOST_EDITS random edits: bits, bytes, numbers, and runs cut out, doubled or filled."""
    makers = (_flip_bit, _set_byte, _set_number, _cut_run, _double_run, _fill_run, _truncate)
    shares = (0.25, 0.2, 0.25, 0.1, 0.08, 0.07, 0.05)
    count = 1 + int(rng.integers(MOST_EDITS))
    return [makers[i](good, rng) for i in rng.choice(len(makers), count, p=shares)]


def make_flip(good: bytes, rng: np.random.Generator) -> list[Edit]:
    """A single bit turned round."""
    return [_flip_bit(good, rng)]


@functools.cache
def make_pictures() -> dict[str, bytes]:
    """A small picture of a number in each format that can be written here, by name."""
    paper = put_on_paper(draw_text("42", np.random.default_rng(0), height=50, margin=0.4).ink)
    colour = Image.fromarray(add_grain(paper, np.random.default_rng(1))[..., ::-1])
    grey, palette = colour.convert("L"), colour.quantize(64)
    alpha = colour.copy()
    alpha.putalpha(grey.point(lambda level: 255 - level))
    exif = Image.Exif()
    exif[0x0112] = 6
    deep = np.asarray(grey).astype(np.uint16) << 8
    pictures = {
        "grey.png": _save(grey, "PNG"),
        "colour.png": _save(colour, "PNG"),
        "palette.png": _save(palette, "PNG", transparency=0),
        "alpha.png": _save(alpha, "PNG"),
        "deep.png": _encode(deep, ".png"),
        "baseline.jpg": _save(colour, "JPEG", exif=exif),
        "progressive.jpg": _save(colour, "JPEG", progressive=True),
        "restart.jpg": _save(grey, "JPEG", restart_marker_blocks=3),
        "still.gif": _save(palette, "GIF"),
        "moving.gif": _save(palette, "GIF", save_all=True, append_images=[palette.rotate(180)]),
        "colour.bmp": _save(colour, "BMP"),
        "palette.bmp": _save(palette, "BMP"),
        "raw.tif": _save(colour, "TIFF"),
        "lzw.tif": _save(colour, "TIFF", compression="tiff_lzw"),
        "deflate.tif": _save(alpha, "TIFF", compression="tiff_adobe_deflate"),
        "jpeg.tif": _save(colour, "TIFF", compression="jpeg"),
        "fax.tif": _save(grey.convert("1"), "TIFF", compression="group4"),
        "lossy.webp": _save(colour, "WEBP"),
        "lossless.webp": _save(alpha, "WEBP", lossless=True),
        "pages.tif": _save(
            colour.copy(), "TIFF", save_all=True, append_images=[grey.copy(), palette.copy()]
        ),
        "grey.pgm": _encode(np.asarray(grey), ".pgm"),
        "colour.ppm": _encode(np.asarray(colour), ".ppm"),
    }
    for name, kind in (
        ("colour.jp2", "JPEG2000"),
        ("colour.avif", "AVIF"),
        ("colour.heic", "HEIF"),
    ):
        if _can_write(kind):
            pictures[name] = _save(colour, kind)
    if importlib.util.find_spec("pypdfium2"):
        pictures["pages.pdf"] = _save(
            colour.copy(), "PDF", save_all=True, append_images=[grey.copy()]
        )
    return pictures


@functools.cache
def make_model() -> dict[str, bytes]:
    """The shipped model."""
    return {"model.h5": (ROOT / "models" / "model.h5").read_bytes()}


@functools.cache
def make_data() -> dict[str, bytes]:
    """A small data set as .npz, stored and deflated, and as an IDX file, gzipped."""
    rng = np.random.default_rng(2)
    images, labels = (
        rng.integers(0, 256, (20, 28, 28), np.uint8),
        np.arange(20, dtype=np.uint8) % 10,
    )
    arrays = {
        f"{letter}_{half}": array
        for half in ("train", "test")
        for letter, array in (("x", images), ("y", labels))
    }
    return {
        "stored.npz": _write_npz(np.savez, arrays),
        "deflated.npz": _write_npz(np.savez_compressed, arrays),
        "images.idx.gz": gzip.compress(
            struct.pack(">HBB3I", 0, 8, 3, *images.shape) + images.tobytes(), mtime=0
        ),
    }


@functools.cache
def make_checkpoints() -> dict[str, bytes]:
    """What a training of a small model goes on from."""
    rng = np.random.default_rng(3)
    history = {name: [0.5, 0.7] for name in ("accuracy", "loss")}
    told = {"training": {"--epochs": 4}, "epoch": 2, "history": history, "seconds": 3.5}
    arrays = {f"{i:03}": rng.normal(size=(30, 20)).astype(np.float32) for i in range(4)}
    return {"model.h5.checkpoint": _write_npz(np.savez, {"facts": json.dumps(told), **arrays})}


@functools.cache
def make_texts() -> dict[str, bytes]:
    """A list of labels, and the record of a training."""
    history = {name: [0.5, 0.7] for name in ("accuracy", "loss", "val_accuracy", "val_loss")}
    return {
        "labels.csv": b'file,label,source\na.png,7,me\n"b, c.png",12|34,you\nd.png,,\n',
        "model.json": json.dumps({"arguments": {"augment": True}, "history": history}).encode(),
    }


@functools.cache
def make_arguments() -> dict[str, bytes]:
    """What make_argument makes a picture of that can be read: a grey array."""
    return {"array": bytes(12)}


def make_argument(data: bytes) -> tuple[object, dict[str, object]]:
    """A picture as a program may give it to read_digits, and its other arguments.

    Of each byte hangs one thing: what it is, its numbers, its shape, how it lies in memory.
    """
    kind, dtype, shape, order, size, page, threshold, rgb, *rest = data.ljust(12, b"\0")
    picture = np.asarray(Image.open(io.BytesIO(make_pictures()["grey.png"])))
    more = {"page": (1, 2, 0, -1)[page % 4], "threshold": (0.85, 0, 1, 2, -1)[threshold % 5]}
    more["rgb"] = bool(rgb % 2)
    picture = picture.astype(("u1", "u2", "f4", "i8", "?", "c8")[dtype % 6])
    colours = np.dstack([picture] * (3, 4, 2, 5)[shape // 4 % 4])
    picture = (picture, colours, picture[..., None], picture[None])[shape % 4]
    picture = (picture, picture[::-1, ::-1], picture.T, np.asfortranarray(picture))[order % 4]
    picture = (picture, picture[:1], picture[:, :0], picture[:7, ::9], picture[:0])[size % 5]
    mode = ("L", "1", "P", "RGB", "RGBA", "LA", "CMYK", "I", "F", "YCbCr")[rest[0] % 10]
    image = Image.open(io.BytesIO(make_pictures()["alpha.png"])).convert(mode)
    stored = make_pictures()["pages.tif"]
    stored = stored[: len(stored) - 256 * rest[1]]
    makers = (
        lambda: picture,
        lambda: image,
        lambda: stored,
        lambda: io.BytesIO(stored),
        lambda: memoryview(stored)[::2],
        lambda: io.StringIO("7"),
        lambda: picture.tolist(),
        lambda: "none.png",
        lambda: None,
        lambda: image.crop((0, 0, rest[2] % 3, 9)),
    )
    return makers[kind % len(makers)](), more


def _write_npz(write: Callable[..., None], arrays: dict[str, object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer, **arrays)
    return buffer.getvalue()


def _save(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _encode(array: np.ndarray, suffix: str) -> bytes:
    return cv2.imencode(suffix, array)[1].tobytes()


def _can_write(kind: str) -> bool:
    """Whether Pillow, with pillow-heif where that is installed, writes this format."""
    if kind == "HEIF":
        try:
            import pillow_heif
        except ImportError:
            return False
        pillow_heif.register_heif_opener()
    Image.init()
    return kind in Image.SAVE


def _pick_place(good: bytes, rng: np.random.Generator) -> int:
    """A place in the file; every second time in its first 512 bytes, where its structure stands."""
    end = min(len(good), 512) if rng.random() < 0.5 else len(good)
    return int(rng.integers(end))


def _pick_run(good: bytes, rng: np.random.Generator) -> tuple[int, int]:
    """A place, and a length from 1 to MOST_INSERTED, short ones more often."""
    return _pick_place(good, rng), int(MOST_INSERTED ** rng.random())


def _flip_bit(good: bytes, rng: np.random.Generator) -> Edit:
    place = int(rng.integers(len(good)))
    return Edit(place, 1, bytes([good[place] ^ (1 << int(rng.integers(8)))]))


def _set_byte(good: bytes, rng: np.random.Generator) -> Edit:
    return Edit(_pick_place(good, rng), 1, bytes([int(rng.integers(256))]))


def _set_number(good: bytes, rng: np.random.Generator) -> Edit:
    size, order = int(rng.choice([2, 4, 8])), str(rng.choice(["little", "big"]))
    value = int(rng.choice(NUMBERS)) % 256**size
    return Edit(_pick_place(good, rng), size, value.to_bytes(size, order))


def _cut_run(good: bytes, rng: np.random.Generator) -> Edit:
    return Edit(*_pick_run(good, rng), b"")


def _double_run(good: bytes, rng: np.random.Generator) -> Edit:
    place, length = _pick_run(good, rng)
    return Edit(place, 0, good[place : place + length])


def _fill_run(good: bytes, rng: np.random.Generator) -> Edit:
    place, length = _pick_run(good, rng)
    return Edit(place, length, bytes([int(rng.choice([0, 0x20, 0xFF]))]) * length)


def _truncate(good: bytes, rng: np.random.Generator) -> Edit:
    return Edit(_pick_place(good, rng), len(good), b"")
