"""MNIST: found, verified, loaded, and a validation part held out of its training images."""

import gzip
import hashlib
import http.client
import io
import math
import os
import threading
import urllib.request
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digits.arrays import MOST_BYTES, TOO_LARGE, read_npz
from digits.errors import LimitError, UserError, blame_file, printable
from digits.files import check_folder, read_file, write_file
from handwriting.drawing import draw_dataset
from handwriting.shapes.hands import TAUGHT_ALONE

URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MOST_DOWNLOADED = 50_000_000  # bytes; it is 11 MB
MOST_SECONDS = 300  # for the download
DRAWN_COUNT = 60_000  # as many as MNIST has
HOLD_OUT_SEED = 2026
# SHA-256 of images then labels, as uint8 in C order.
CONTENT_SHA256 = {
    "train": "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b",
    "test": "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b",
}
IDX_NAMES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
HOW_TO_GET_IT = (
    f"download {URL} and name it with --data, or use --data drawn, which needs no download"
)


class Split(NamedTuple):
    """Half of a data set: its training or its test images."""

    images: np.ndarray  # uint8 (N, 28, 28), 0 to 255, white ink on black
    labels: np.ndarray  # uint8 (N,), 0 to 9
    name: str  # where they come from, for people
    sha256: str  # of the bytes of images, then labels
    note: str | None  # what the user should know about them


def is_drawn(source: str | None) -> bool:
    """Whether a data set is `drawn` or `drawn:N`: made by this program, of no real digit."""
    return source is not None and source.partition(":")[0] == "drawn"


def load_split(source: str | None, split: str) -> Split:
    """The "train" or the "test" images of a data set, checked; the other half stays unread.

    Args:
        source: an mnist.npz, a folder of IDX files, `drawn` or `drawn:N`. None looks at the
            environment variable MNIST_PATH, then into Keras' cache, then downloads to there.
        split: "train" or "test".

    Raises:
        UserError: nothing there, damaged, of another structure; or a cached or downloaded file
            that is not MNIST.
    """
    if is_drawn(source):
        return _draw_split(source, split)
    named = source or os.environ.get("MNIST_PATH")
    path = Path(named) if named else _find_or_download()
    images, labels = _read_arrays(path, split)
    _check_structure(images, labels, path)
    labels = labels.astype(np.uint8)
    digest = _compute_sha256(images, labels)
    note = None
    if digest != CONTENT_SHA256[split]:
        note = f"{printable(path)}: not the original MNIST {split} images (content differs)"
        if not named:
            raise UserError(f"{note}; delete it and run again to download it afresh")
    return Split(images, labels, f"{len(images):,} images from {printable(path)}", digest, note)


def hold_out(training_set: Split, size: int | None) -> tuple[Split, Split]:
    """The images to learn from, and `size` random ones (None: a twelfth) for validation.

    They are the same images for every training, so that trainings can be compared, and so that
    none learns from another (a teacher) that has seen its validation images.

    Raises:
        UserError: `size` leaves nothing to train on.
    """
    count = len(training_set.images)
    size = count // 12 if size is None else size
    if not 0 <= size < count:
        raise UserError(f"--validation-size {size}: there are {count} images in all")
    order = np.random.default_rng(HOLD_OUT_SEED).permutation(count)
    return (
        _choose_images(training_set, np.sort(order[size:])),
        _choose_images(training_set, np.sort(order[:size])),
    )


def _choose_images(split: Split, chosen: np.ndarray) -> Split:
    images, labels = split.images[chosen], split.labels[chosen]
    return split._replace(images=images, labels=labels, sha256=_compute_sha256(images, labels))


def _draw_split(source: str, split: str) -> Split:
    count = source.partition(":")[2] or str(DRAWN_COUNT)
    if not count.isdecimal() or not 60 <= int(count) <= 10_000_000:
        raise UserError(f"--data {printable(source)}: drawn:N takes a number from 60 to 10000000")
    size, seed = (int(count), 0) if split == "train" else (int(count) // 6, 1)
    images, labels = draw_dataset(size, seed, table=TAUGHT_ALONE, leaning=True)
    return Split(images, labels, f"{size:,} drawn images", _compute_sha256(images, labels), None)


def _find_or_download() -> Path:
    try:
        home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    except RuntimeError:  # no HOME, and a user whom the system does not know
        raise UserError(f"there is no home folder to look for MNIST in; {HOW_TO_GET_IT}") from None
    path = Path(home, "datasets", "mnist.npz")
    if not path.exists():
        data = _download()
        check_folder(path.parent)
        write_file(path, data)
    return path


def _download() -> bytes:
    """The bytes of mnist.npz, checked before any of them is kept."""
    told: list[bytes | str] = []
    # In a thread: a socket does not time out while a server drips one byte after another.
    thread = threading.Thread(target=lambda: told.append(_fetch()), daemon=True)
    thread.start()
    thread.join(MOST_SECONDS)
    data = told[0] if told else f"not finished after {MOST_SECONDS} seconds"
    if isinstance(data, str):
        raise UserError(f"MNIST cannot be downloaded ({printable(data)}); {HOW_TO_GET_IT}")
    for split, expected in CONTENT_SHA256.items():
        images, labels = _read_npz(data, URL, split)
        if _compute_sha256(images, labels) != expected:
            raise UserError(f"the download is not MNIST; {HOW_TO_GET_IT}")
    return data


def _fetch() -> bytes | str:
    """What is at URL, or why it is not to be had."""
    try:
        with urllib.request.urlopen(URL, timeout=20) as response:
            data = response.read(MOST_DOWNLOADED + 1)
            missing = getattr(response, "length", 0)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", error)).strip() or type(error).__name__
    if len(data) > MOST_DOWNLOADED:
        return f"more than {MOST_DOWNLOADED / 1e6:.0f} MB came"
    return "cut short" if missing else data


def _read_arrays(path: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    if path.is_dir():
        return tuple(_read_idx(_find_idx(path, name)) for name in IDX_NAMES[split])
    if not path.exists():
        raise UserError(f"{printable(path)}: no such file or folder; {HOW_TO_GET_IT}")
    return _read_npz(read_file(path), path, split)


def _read_npz(data: bytes, path: str | Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    names = (f"x_{split}", f"y_{split}")
    with blame_file(path, f"is not a readable .npz; {HOW_TO_GET_IT}"):
        arrays = read_npz(data, names)
    for name in names:
        if name not in arrays:
            raise UserError(
                f"{printable(path)}: {name} is not a file in the archive; {HOW_TO_GET_IT}"
            )
    return tuple(arrays[name] for name in names)


def _find_idx(folder: Path, name: str) -> Path:
    # Some mirrors write a dot before "idx".
    for stem in (name, name.replace("-idx", ".idx")):
        for suffix in ("", ".gz"):
            if (folder / (stem + suffix)).is_file():
                return folder / (stem + suffix)
    raise UserError(f"{printable(folder)}: has no {name} or {name}.gz; {HOW_TO_GET_IT}")


def _read_idx(path: Path) -> np.ndarray:
    """The array in an IDX file (format: yann.lecun.com/exdb/mnist), uint8."""
    data = io.BytesIO(read_file(path))
    with (
        blame_file(path, f"is not a whole IDX file; {HOW_TO_GET_IT}"),
        gzip.open(data) if path.suffix == ".gz" else data as file,
    ):
        magic = file.read(4)
        shape = np.frombuffer(file.read(4 * magic[3]), ">u4").tolist()
        size = math.prod(shape)
        if size > MOST_BYTES:
            raise LimitError(TOO_LARGE)
        values = file.read(size + 1)
        if magic[:3] != b"\0\0\x08" or len(shape) != magic[3]:
            raise ValueError
        return np.frombuffer(values, np.uint8).reshape(shape)


def _check_structure(images: np.ndarray, labels: np.ndarray, path: Path) -> None:
    wrong = None
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28) or len(images) == 0:
        wrong = f"images are {images.dtype} {images.shape}, not uint8 (N, 28, 28)"
    elif not np.issubdtype(labels.dtype, np.integer) or labels.shape != images.shape[:1]:
        wrong = f"labels are {labels.dtype} {labels.shape}, not one integer an image"
    elif labels.min() < 0 or labels.max() > 9:
        wrong = f"labels run from {labels.min()} to {labels.max()}, not from 0 to 9"
    if wrong:
        raise UserError(f"{printable(path)}: {wrong}; {HOW_TO_GET_IT}")


def _compute_sha256(images: np.ndarray, labels: np.ndarray) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(images))
    digest.update(np.ascontiguousarray(labels, dtype=np.uint8))
    return digest.hexdigest()
