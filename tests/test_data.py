"""MNIST is found where people keep it, and never taken for what it is not."""

import gzip
import hashlib
import io
import os
import re
import struct
import urllib.error
import urllib.request
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import data
from data import CONTENT_SHA256, HOW_TO_GET_IT, hold_out, load_split
from digits.errors import UserError


def make_arrays(count=120):
    rng = np.random.default_rng(0)
    arrays = {}
    for split in ("train", "test"):
        arrays[f"x_{split}"] = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        arrays[f"y_{split}"] = (np.arange(count) % 10).astype(np.uint8)
    return arrays


def save_small_npz():
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **make_arrays(10))
    return buffer.getvalue()


def write_idx(path, array, *, compress=False):
    content = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    content += array.tobytes()
    path.write_bytes(gzip.compress(content) if compress else content)


def expect(text):
    return pytest.raises(UserError, match="^" + re.escape(text) + "$")


@pytest.fixture
def npz(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, **make_arrays())
    return path


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("split", ["train", "test"])
def test_an_npz_gives_the_half_asked_for(save, split, tmp_path):
    save(tmp_path / "mnist.npz", **make_arrays())
    loaded = load_split(str(tmp_path / "mnist.npz"), split)
    np.testing.assert_array_equal(loaded.images, make_arrays()[f"x_{split}"])
    np.testing.assert_array_equal(loaded.labels, make_arrays()[f"y_{split}"])


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("dot", ["-", "."])
def test_idx_files_give_the_same(compress, dot, tmp_path):
    suffix = ".gz" if compress else ""
    arrays = make_arrays()
    images = tmp_path / f"train-images{dot}idx3-ubyte{suffix}"
    labels = tmp_path / f"train-labels{dot}idx1-ubyte{suffix}"
    write_idx(images, arrays["x_train"], compress=compress)
    write_idx(labels, arrays["y_train"], compress=compress)
    loaded = load_split(str(tmp_path), "train")
    np.testing.assert_array_equal(loaded.images, arrays["x_train"])
    np.testing.assert_array_equal(loaded.labels, arrays["y_train"])


def test_training_never_opens_the_test_half(tmp_path):
    arrays = make_arrays()
    np.savez(tmp_path / "mnist.npz", x_train=arrays["x_train"], y_train=arrays["y_train"])
    assert len(load_split(str(tmp_path / "mnist.npz"), "train").images) == 120


def test_a_named_file_that_is_not_mnist_gets_a_note(npz):
    assert load_split(str(npz), "test").note == (
        f"{npz}: not the original MNIST test images (content differs)"
    )


def test_mnist_path_is_used_before_the_cache(npz, monkeypatch):
    monkeypatch.setenv("MNIST_PATH", str(npz))
    assert load_split(None, "train").name == f"120 images from {npz}"


def test_a_cached_file_that_is_not_mnist_is_refused_and_kept(npz, monkeypatch, tmp_path):
    cache = tmp_path / "home" / "datasets"
    cache.mkdir(parents=True)
    npz.rename(cache / "mnist.npz")
    monkeypatch.delenv("MNIST_PATH", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    with expect(
        f"{cache / 'mnist.npz'}: not the original MNIST train images (content differs); "
        "delete it and run again to download it afresh"
    ):
        load_split(None, "train")
    assert (cache / "mnist.npz").exists()


def test_offline_with_nothing_cached_says_what_to_do(monkeypatch, tmp_path, no_network):
    monkeypatch.delenv("MNIST_PATH", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with expect(f"MNIST cannot be downloaded (no network); {HOW_TO_GET_IT}"):
        load_split(None, "train")
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_is_not_mnist_is_not_kept(npz, monkeypatch, tmp_path):
    monkeypatch.delenv("MNIST_PATH", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    content = npz.read_bytes()
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: io.BytesIO(content))
    with expect(f"the download is not MNIST; {HOW_TO_GET_IT}"):
        load_split(None, "train")
    assert not (tmp_path / "home").exists()


def test_a_download_is_cached_where_keras_looks(npz, monkeypatch, tmp_path):
    monkeypatch.delenv("MNIST_PATH", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    content, arrays = npz.read_bytes(), make_arrays()
    for split in ("train", "test"):
        digest = hashlib.sha256(arrays[f"x_{split}"].tobytes() + arrays[f"y_{split}"].tobytes())
        monkeypatch.setitem(data.CONTENT_SHA256, split, digest.hexdigest())
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: io.BytesIO(content))
    load_split(None, "train")
    assert (tmp_path / "home" / "datasets" / "mnist.npz").read_bytes() == content


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (
            {"x_train": np.zeros((5, 28, 28))},
            "images are float64 (5, 28, 28), not uint8 (N, 28, 28)",
        ),
        (
            {"x_train": np.zeros((5, 784), np.uint8)},
            "images are uint8 (5, 784), not uint8 (N, 28, 28)",
        ),
        ({"y_train": np.zeros(7, np.uint8)}, "labels are uint8 (7,), not one integer an image"),
        ({"y_train": np.full(120, 10)}, "labels run from 10 to 10, not from 0 to 9"),
    ],
)
def test_another_structure_is_an_error(change, wrong, tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, **{**make_arrays(), **change})
    with expect(f"{path}: {wrong}; {HOW_TO_GET_IT}"):
        load_split(str(path), "train")


@pytest.mark.parametrize("content", [b"", b"PK\3\4 no zip", "half"])
def test_a_damaged_npz_is_an_error_and_kept(content, npz):
    whole = npz.read_bytes()
    spoilt = whole[: len(whole) // 2] if content == "half" else content
    npz.write_bytes(spoilt)
    with expect(f"{npz}: is not a readable .npz; {HOW_TO_GET_IT}"):
        load_split(str(npz), "train")
    assert npz.read_bytes() == spoilt


def test_a_cut_off_idx_file_is_an_error(tmp_path):
    arrays = make_arrays()
    path = tmp_path / "train-images-idx3-ubyte"
    write_idx(path, arrays["x_train"])
    path.write_bytes(path.read_bytes()[:-1])
    with expect(f"{path}: is not a whole IDX file; {HOW_TO_GET_IT}"):
        load_split(str(tmp_path), "train")


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_an_idx_file_says_how_large_it_is_before_it_is_read(compress, tmp_path):
    header = struct.pack(">HBB3I", 0, 8, 3, 2**31, 28, 28)
    path = tmp_path / ("train-images-idx3-ubyte" + (".gz" if compress else ""))
    path.write_bytes(gzip.compress(header + bytes(100)) if compress else header + bytes(100))
    with expect(f"{path}: holds more than 200 MB; name a smaller one"):
        load_split(str(tmp_path), "train")


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\0\x08\3", b"\0\0\x08\1\0\0\0\2ab" + b"more", b"\0\0\x09\1\0\0\0\2ab"],
    ids=["empty", "header alone", "more than it says", "no bytes"],
)
@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_a_damaged_idx_file_is_an_error(content, compress, tmp_path):
    path = tmp_path / ("train-images-idx3-ubyte" + (".gz" if compress else ""))
    path.write_bytes(gzip.compress(content) if compress else content)
    with expect(f"{path}: is not a whole IDX file; {HOW_TO_GET_IT}"):
        load_split(str(tmp_path), "train")


def test_a_damaged_gzip_file_is_an_error(tmp_path):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    write_idx(path, make_arrays()["x_train"], compress=True)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1  # of the checksum
    path.write_bytes(data)
    with expect(f"{path}: is not a whole IDX file; {HOW_TO_GET_IT}"):
        load_split(str(tmp_path), "train")


def test_an_npz_says_how_large_it_is_before_it_is_read(tmp_path):
    path = tmp_path / "mnist.npz"
    header = io.BytesIO()
    huge = {"descr": "|u1", "fortran_order": False, "shape": (10**9, 28, 28)}
    np.lib.format.write_array_header_1_0(header, huge)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", header.getvalue() + bytes(10**6))
        archive.writestr("y_train.npy", b"")
    with expect(f"{path}: holds more than 200 MB; name a smaller one"):
        load_split(str(path), "train")


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "mnist.npz"
    path.touch()
    os.truncate(path, 200_000_001)
    with expect(f"{path}: has more than 200 MB, the limit; name a smaller file"):
        load_split(str(path), "train")


def test_an_npz_without_an_array_is_an_error(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=make_arrays()["x_train"])
    with expect(f"{path}: y_train is not a file in the archive; {HOW_TO_GET_IT}"):
        load_split(str(path), "train")


SMALL_NPZ = save_small_npz()


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(changes=st.dictionaries(st.integers(0, 10**4), st.integers(0, 255), max_size=8))
def test_any_changed_bytes_of_an_npz_give_the_arrays_or_one_line(changes, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "changed.npz"
    data = bytearray(SMALL_NPZ)
    for place, value in changes.items():
        data[-1 - place % len(data)] = value  # from the end, where the directory is
    path.write_bytes(data)
    try:
        answer = load_split(str(path), "train").sha256
    except UserError as error:
        answer = str(error)
    whole = make_arrays(10)
    digest = hashlib.sha256(whole["x_train"].tobytes() + whole["y_train"].tobytes())
    assert answer == digest.hexdigest() or answer.startswith(f"{path}: ")


def test_a_folder_without_mnist_is_an_error(tmp_path):
    with expect(
        f"{tmp_path}: has no train-images-idx3-ubyte or train-images-idx3-ubyte.gz; {HOW_TO_GET_IT}"
    ):
        load_split(str(tmp_path), "train")


@pytest.mark.parametrize("source", ["drawn:59", "drawn:many", "drawn:-1"])
def test_a_wrong_number_of_drawings_is_an_error(source):
    with expect(f"--data {source}: drawn:N takes a number from 60 to 10000000"):
        load_split(source, "train")


def test_drawn_digits_come_as_training_and_a_sixth_as_test():
    assert len(load_split("drawn:120", "train").images) == 120
    assert len(load_split("drawn:120", "test").images) == 20


def test_the_two_halves_of_drawn_digits_differ():
    train, test = load_split("drawn:60", "train"), load_split("drawn:60", "test")
    assert not any((image == other).all() for image in test.images for other in train.images)


def test_held_out_images_are_not_learnt_from():
    split = load_split("drawn:120", "train")
    training, validation = (
        {image.tobytes() for image in part.images} for part in hold_out(split, 30)
    )
    assert (len(training), len(validation), len(training & validation)) == (90, 30, 0)
    assert training | validation == {image.tobytes() for image in split.images}


def test_each_part_has_the_sha256_of_its_own_images_and_labels():
    for part in hold_out(load_split("drawn:120", "train"), 30):
        content = part.images.tobytes() + part.labels.tobytes()
        assert part.sha256 == hashlib.sha256(content).hexdigest()


def test_the_same_images_are_held_out_every_time():
    split = load_split("drawn:120", "train")
    np.testing.assert_array_equal(hold_out(split, 30)[1].images, hold_out(split, 30)[1].images)


def test_holding_out_everything_is_an_error():
    with expect("--validation-size 60: there are 60 images in all"):
        hold_out(load_split("drawn:60", "train"), 60)


def test_mnist_is_known_by_its_content(mnist_path):
    """Against the published facts: IDX hash, mean and standard deviation of the training pixels."""
    split = load_split(mnist_path, "train")
    header = struct.pack(">HBB3I", 0, 8, 3, *split.images.shape)
    assert hashlib.sha256(header + split.images.tobytes()).hexdigest() == (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    )
    assert split.images.mean() / 255 == pytest.approx(0.13066, abs=1e-5)
    assert split.images.std() / 255 == pytest.approx(0.30811, abs=1e-5)
    assert split.sha256 == CONTENT_SHA256["train"]
    assert split.note is None
