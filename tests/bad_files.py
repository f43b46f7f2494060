"""The bytes of files that are damaged, lie, or are something else; no binaries are kept."""

import gzip
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable

import h5py
import numpy as np
from conftest import PROJECT
from picture_files import make_pdf, make_pdf_stream
from PIL import Image

sys.path.insert(0, str(PROJECT / "benchmarks"))

from mutants import make_model, make_pictures


def cut_pictures() -> dict[str, bytes]:
    """Pictures of all formats of which only a beginning is left."""
    pictures = make_pictures()
    return {
        f"cut-{share}-{name}": data[: max(12, len(data) * share // 100)]
        for name, data in pictures.items()
        for share in (0, 10, 50, 90)
    }


def make_other_files() -> dict[str, bytes]:
    """Files that are no picture."""
    noise = np.random.default_rng(0).bytes(5000)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("word/document.xml", "<w:document/>")
    return {
        "empty.png": b"",
        "one-byte.jpg": b"\xff",
        "zeros.png": bytes(5000),
        "ones.jpg": b"\xff" * 5000,
        "noise.png": noise,
        "noise.tif": b"II*\0" + noise,
        "text.png": b"This is a letter to my aunt.\n" * 20,
        "page.html.png": b"<!DOCTYPE html><html><body>404</body></html>",
        "drawing.svg.png": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        "script.png": b"#!/bin/sh\necho 7\n",
        "paper.pdf.png": b"%PDF-1.7\n" + noise,
        "page.ps.png": b"%!PS-Adobe-3.0\n",
        "layers.psd.png": b"8BPS\0\1" + bytes(100),
        "layers.xcf.png": b"gimp xcf v011" + bytes(100),
        "small.jxl.png": b"\xff\x0a" + noise[:200],
        "document.docx.png": archive.getvalue(),
        "film.mp4.jpg": b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + noise,
        "sound.mp3.jpg": b"ID3\4\0\0\0\0\0\0" + noise,
        "program.png": b"\x7fELF\2\1\1" + bytes(200),
        "archive.gz.png": gzip.compress(b"7" * 1000, mtime=0),
        "model.h5.png": make_model()["model.h5"][:3000],
        "thumbs.db.jpg": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
    }


def make_lying_pictures() -> dict[str, bytes]:
    """Pictures whose headers say what is not so, or more than anyone can hold."""
    good = make_pictures()
    png, jpeg, bmp = good["grey.png"], good["baseline.jpg"], good["colour.bmp"]
    data = png.index(b"IDAT") - 4
    return {
        "huge.png": _make_png(100_000, 100_000, b""),
        "wide.png": _make_png(2**31 - 1, 1, b""),
        "no-height.png": _make_png(100, 0, b""),
        "no-pixels.png": _make_png(100, 100, b""),
        "few-pixels.png": _make_png(100, 100, zlib.compress(bytes(300))),
        "no-zlib.png": _make_png(100, 100, bytes(300)),
        "no-data.png": png[:data] + _make_chunk(b"IEND", b""),
        "no-end.png": png[:-12],
        "bad-sum.png": png[:-20] + bytes([png[-20] ^ 255]) + png[-19:],
        "lying-length.png": png[:data] + struct.pack(">I", 2**31 - 1) + png[data + 4 :],
        "bomb.png": _make_png(100, 100, zlib.compress(bytes(300_000_000), 9)),
        "huge.jpg": _set_jpeg_size(jpeg, 65_500, 65_500),
        "no-size.jpg": _set_jpeg_size(jpeg, 0, 0),
        "no-frame.jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9",
        "lying-segment.jpg": b"\xff\xd8\xff\xe1\xff\xff" + bytes(100),
        "huge.gif": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x08\1\0\0;",
        "huge.bmp": bmp[:18] + struct.pack("<ii", 100_000, 100_000) + bmp[26:],
        "odd-depth.bmp": bmp[:28] + struct.pack("<H", 7) + bmp[30:],
        "huge.pgm": b"P5 100000 100000 255\n" + bytes(100),
        "endless.pgm": b"P5 " + b"9" * 5000 + b" 1 255\n",
        "comment.pgm": b"P5 #" + b"a" * 100_000,
        "huge.tif": _make_tiff({256: 100_000, 257: 100_000, 258: 8, 259: 1, 273: 8, 279: 10}),
        "circle.tif": b"II*\0\x08\0\0\0\0\0\x08\0\0\0" + bytes(100),
        "no-directory.tif": b"MM\0*\xff\xff\xff\xff" + bytes(100),
        "huge.webp": b"RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f" + b"\xff\xff\xff\x0f" + bytes(13),
        "no-chunk.webp": b"RIFF\x04\0\0\0WEBP",
        "huge.jp2": _set_jp2_size(good["colour.jp2"], 2**31 - 1, 2**31 - 1),
        "boxes.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(300),
        "boxes.avif": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\xff" * 300,
    }


def make_slow_pictures() -> dict[str, bytes]:
    """Small files that once took seconds or gigabytes."""
    progressive = make_pictures()["progressive.jpg"]
    last = progressive.rindex(b"\xff\xda")
    return {
        "fill.jpg": b"\xff\xd8" + b"\xff" * 30_000_000,
        "scans.jpg": progressive[:-2] + progressive[last:-2] * 3000 + b"\xff\xd9",
        "chunks.png": _make_png(100, 100, b"")[:-12] + bytes(12_000_000),
        "wide16.png": _make_png(10_000, 11_000, b"", depth=16, colour=6),
    }


def make_bad_pages() -> dict[str, bytes]:
    """Files of several pages that are damaged, lie, or take more than a page should."""
    white = Image.new("1", (9000, 9000), 1)
    tiff, gif = make_pictures()["pages.tif"], make_pictures()["moving.gif"]
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X3 3 0 R/X4 4 0 R>>>>"
    fan = [make_pdf_stream(b"/X4 Do " * 1000, form), make_pdf_stream(b"0 0 m 9 9 l S " * 999, form)]
    empty = make_pdf(b"")
    return {
        "circle-pages.tif": tiff[:8] + tiff[8:].replace(bytes(4), tiff[4:8]),
        "white-pages.tif": _save_pages(white, 40, "TIFF", compression="group4"),
        "white-pages.gif": _save_pages(white.resize((2000, 2000)), 40, "GIF"),
        "thousands.gif": gif[:-1] + gif[gif.index(b"!\xf9") : -1] * 1000 + b";",
        "blocks.gif": gif[:-1] + b"!\xfe" + b"\1a" * 3_000_000 + b"\0;",
        "empty.pdf": b"%PDF-1.7\n",
        "no-pages.pdf": make_pdf(),
        "circle.pdf": empty.replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]"),
        "deep.pdf": empty.replace(b"/Type/Catalog", b"/Type/Catalog/X " + b"<</A " * 100_000),
        "brackets.pdf": b"%PDF-1.7\n1 0 obj\n" + b"[" * 5_000_000,
        "objects.pdf": b"%PDF-1.7\n" + b"1 0 obj<<>>endobj\n" * 1_000_000,
        "bomb.pdf": make_pdf(b" " * 400_000_000, pack=True),
        "lines.pdf": make_pdf(b"0 0 m 300 200 l S\n" * 2_000_000, pack=True),
        "curves.pdf": make_pdf(b"0 0 m 300 200 0 0 99 5 c 5 5 9 9 4 4 c B\n" * 300_000, pack=True),
        "stack.pdf": make_pdf(b"q " * 5_000_000, pack=True),
        "fan.pdf": make_pdf(b"/X3 Do " * 1000, objects=fan),
        "in-itself.pdf": make_pdf(b"/X3 Do", objects=[make_pdf_stream(b"/X3 Do " * 10, form)]),
        "huge-image.pdf": make_pdf(b"300 0 0 200 0 0 cm /X3 Do ", objects=[_make_huge_image()]),
        "wide.pdf": make_pdf(b"", box="0 0 1e9 0.001"),
        "locked.pdf": empty.replace(
            b"/Root 1 0 R",
            b"/Root 1 0 R/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4"
            b"/O<" + b"00" * 32 + b">/U<" + b"11" * 32 + b">>>",
        ),
    }


def _save_pages(picture: Image.Image, count: int, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    others = [picture.rotate(90) for _ in range(count - 1)]
    for number, other in enumerate(others):  # GIF leaves out a frame like the one before
        other.putpixel((number, 0), 0)
    picture.save(buffer, kind, save_all=True, append_images=others, **options)
    return buffer.getvalue()


def _make_huge_image() -> bytes:
    size = b"/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceGray"
    return make_pdf_stream(bytes(300_000_000), b"/Type/XObject/Subtype/Image" + size, pack=True)


def _make_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _make_png(width: int, height: int, data: bytes, *, depth: int = 8, colour: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_make_chunk(*chunk) for chunk in chunks)


def _set_jpeg_size(jpeg: bytes, width: int, height: int) -> bytes:
    place = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:place] + struct.pack(">HH", height, width) + jpeg[place + 4 :]


def _set_jp2_size(data: bytes, width: int, height: int) -> bytes:
    boxes = data.index(b"ihdr") + 4
    place = data.index(b"\xff\x51") + 6
    data = data[:boxes] + struct.pack(">II", height, width) + data[boxes + 8 :]
    return data[:place] + struct.pack(">II", width, height) + data[place + 8 :]


def _make_tiff(tags: dict[int, int]) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + bytes(100)


def make_archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


def make_npz(images: np.ndarray, labels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, x_test=images, y_test=labels)
    return buffer.getvalue()


def _make_header(shape: tuple[int, ...]) -> bytes:
    text = (
        f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117)
        + b"\n"
    )
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text


def make_lying_npz(shape: tuple[int, ...]) -> bytes:
    members = {
        "x_test.npy": _make_header(shape) + bytes(100),
        "y_test.npy": _make_header((5,)) + bytes(5),
    }
    return make_archive(members)


def make_bomb() -> bytes:
    """A member that is as large as its header says: 400 MB of zeros."""
    return _make_header((510_000, 28, 28)) + bytes(510_000 * 784)


def make_idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def change_model(good: bytes, change: Callable[[h5py.File], None]) -> bytes:
    """The model with something in it changed by h5py."""
    buffer = io.BytesIO(good)
    with h5py.File(buffer, "r+") as file:
        change(file)
    return buffer.getvalue()


def _replace(file: h5py.File, path: str, **dataset) -> None:
    if path in file:
        del file[path]
    file.create_dataset(path, **dataset)


def _link(file: h5py.File, link: h5py.SoftLink | h5py.ExternalLink) -> None:
    del file[_KERNEL]
    file[_KERNEL] = link


_KERNEL = "model_weights/output/digit_cnn/output/kernel"
MODEL_CHANGES = {
    "no-weight.h5": lambda file: file.__delitem__(_KERNEL),
    "no-layer.h5": lambda file: file.__delitem__("model_weights/conv2"),
    "no-number.h5": lambda file: file[_KERNEL].__setitem__(0, np.nan),
    "infinite.h5": lambda file: file[_KERNEL].__setitem__(0, np.inf),
    "doubles.h5": lambda file: _replace(file, _KERNEL, data=np.zeros((128, 10))),
    "packed.h5": lambda file: _replace(
        file, _KERNEL, data=np.zeros((128, 10), "f4"), compression=9
    ),
    "bomb.h5": lambda file: _replace(
        file, _KERNEL, shape=(2**14, 2**14), dtype="f4", chunks=(2**14, 2**10), compression=9
    ),
    "group.h5": lambda file: _link(file, h5py.SoftLink("/model_weights")),
    "soft.h5": lambda file: (
        file.__delitem__(_KERNEL),
        file.__setitem__(_KERNEL, h5py.SoftLink("/x")),
    ),
    "external.h5": lambda file: _link(file, h5py.ExternalLink("/etc/passwd", "/x")),
    "number-text.h5": lambda file: _replace(file, "architecture", data=7),
    "long-text.h5": lambda file: _replace(file, "architecture", data=np.bytes_(b"a" * 60_000)),
    "many-texts.h5": lambda file: _replace(file, "architecture", shape=(10**9,), dtype="S8"),
}
