"""MNIST: found, verified, loaded, and a validation part held out of its training images."""

import gzip
import hashlib
import io
import os
import urllib.error
import urllib.request
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digits.errors import UserError, printable
from digits.files import check_folder, read_file, write_file
from handwriting.drawing import draw_dataset

URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
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
    if source is not None and source.partition(":")[0] == "drawn":
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


def hold_out(split: Split, size: int | None) -> tuple[Split, Split]:
    """`split` without `size` random images (None: a twelfth), and those images, for validation.

    They are the same images for every training, so that trainings can be compared, and so that
    none learns from another (a teacher) that has seen its validation images.

    Raises:
        UserError: `size` leaves nothing to train on.
    """
    count = len(split.images)
    size = count // 12 if size is None else size
    if not 0 <= size < count:
        raise UserError(f"--validation-size {size}: there are {count} images in all")
    order = np.random.default_rng(HOLD_OUT_SEED).permutation(count)
    held, kept = np.sort(order[:size]), np.sort(order[size:])
    return tuple(
        split._replace(images=split.images[chosen], labels=split.labels[chosen])
        for chosen in (kept, held)
    )


def _draw_split(source: str, split: str) -> Split:
    count = source.partition(":")[2] or str(DRAWN_COUNT)
    if not count.isdecimal() or not 60 <= int(count) <= 10_000_000:
        raise UserError(f"--data {printable(source)}: drawn:N takes a number from 60 to 10000000")
    size, seed = (int(count), 0) if split == "train" else (int(count) // 6, 1)
    images, labels = draw_dataset(size, seed)
    return Split(images, labels, f"{size:,} drawn images", _compute_sha256(images, labels), None)


def _find_or_download() -> Path:
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    path = Path(home, "datasets", "mnist.npz")
    if not path.exists():
        data = _download()
        check_folder(path.parent)
        write_file(path, data)
    return path


def _download() -> bytes:
    """The bytes of mnist.npz, checked before any of them is kept."""
    try:
        with urllib.request.urlopen(URL, timeout=20) as response:
            data = response.read()
    except (OSError, urllib.error.URLError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise UserError(f"MNIST cannot be downloaded ({reason}); {HOW_TO_GET_IT}") from None
    for split, expected in CONTENT_SHA256.items():
        images, labels = _read_npz(data, Path(URL), split)
        if _compute_sha256(images, labels) != expected:
            raise UserError(f"the download is not MNIST; {HOW_TO_GET_IT}")
    return data


def _read_arrays(path: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    if path.is_dir():
        return tuple(_read_idx(_find_idx(path, name)) for name in IDX_NAMES[split])
    if not path.exists():
        raise UserError(f"{printable(path)}: no such file or folder; {HOW_TO_GET_IT}")
    return _read_npz(read_file(path), path, split)


def _read_npz(data: bytes, path: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return file[f"x_{split}"], file[f"y_{split}"]
    except KeyError as error:
        raise UserError(f"{printable(path)}: {error.args[0]}; {HOW_TO_GET_IT}") from None
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error):
        raise UserError(f"{printable(path)}: is not a readable .npz; {HOW_TO_GET_IT}") from None


def _find_idx(folder: Path, name: str) -> Path:
    # Some mirrors write a dot before "idx".
    for stem in (name, name.replace("-idx", ".idx")):
        for suffix in ("", ".gz"):
            if (folder / (stem + suffix)).is_file():
                return folder / (stem + suffix)
    raise UserError(f"{printable(folder)}: has no {name} or {name}.gz; {HOW_TO_GET_IT}")


def _read_idx(path: Path) -> np.ndarray:
    """The array in an IDX file (format: yann.lecun.com/exdb/mnist), uint8."""
    data = read_file(path)
    try:
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        dimensions = data[3]
        shape = np.frombuffer(data, ">u4", dimensions, offset=4)
        if data[:3] != b"\0\0\x08" or len(data) != 4 + 4 * dimensions + np.prod(shape, dtype=int):
            raise ValueError
        return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
    except (OSError, EOFError, ValueError, IndexError, zlib.error):
        raise UserError(f"{printable(path)}: is not a whole IDX file; {HOW_TO_GET_IT}") from None


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
