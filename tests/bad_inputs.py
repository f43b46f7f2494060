"""Bad inputs of every kind, made by this script: what people and strangers feed to the commands."""

import gzip
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from bad_files import (
    MODEL_CHANGES,
    change_model,
    cut_pictures,
    make_archive,
    make_bad_pages,
    make_bomb,
    make_idx,
    make_lying_npz,
    make_lying_pictures,
    make_npz,
    make_other_files,
    make_slow_pictures,
)
from conftest import PROJECT
from mutants import make_model

PAGES = {"moving.gif": 2, "pages.tif": 3, "pages.pdf": 2}  # of the pictures with several


class Case(NamedTuple):
    """A command line that cannot succeed."""

    name: str
    command: tuple[str, ...]
    stdin: str = os.devnull  # the file that is standard input
    status: int = 1
    pages: int = 1  # of the picture: each may be at fault or be read


def make_cases(folder: Path) -> list[Case]:
    """Every bad input, its files written into `folder`."""
    cases = []
    for make in (
        cut_pictures,
        make_other_files,
        make_lying_pictures,
        make_slow_pictures,
        make_bad_pages,
    ):
        for name, data in make().items():
            (folder / name).write_bytes(data)
            pages = next((count for part, count in PAGES.items() if part in name), 1)
            cases.append(Case(name, ("predict.py", "--image", str(folder / name)), pages=pages))
    cases += _name_no_pictures(folder)
    cases += _use_standard_input(folder)
    cases += _open_no_window(folder)
    cases += _use_bad_models(folder)
    cases += _use_bad_data(folder)
    cases += _use_bad_labels(folder)
    cases += _compare_in_vain(folder)
    cases += _use_bad_records(folder)
    cases += _train_in_vain(folder)
    cases += _teach_in_vain(folder)
    return cases


def _name_no_pictures(folder: Path) -> list[Case]:
    """Names behind which there is no file to read."""
    (folder / "empty").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "nowhere.png").symlink_to(folder / "gone.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    with open(folder / "sparse.png", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.truncate(10_000_000_000)
    names = {
        "missing": folder / "none.png",
        "a folder without pictures": folder / "empty",
        "a pipe": folder / "pipe.png",
        "a dead link": folder / "nowhere.png",
        "a link to itself": folder / "loop.png",
        "a device": "/dev/zero",
        "a file as folder": folder / "empty.png" / "a.png",
        "a name too long": "a" * 5000 + ".png",
        "a line break in the name": "a\nb.png",
        "no name": "",
        "ten gigabytes of nothing": folder / "sparse.png",
    }
    return [Case(name, ("predict.py", "--image", str(path))) for name, path in names.items()]


def _use_standard_input(folder: Path) -> list[Case]:
    command = ("predict.py", "--image", "-")
    inputs = {"empty": os.devnull, "endless": "/dev/zero", "noise": folder / "noise.png"}
    return [Case(f"{name} standard input", command, str(path)) for name, path in inputs.items()]


def _open_no_window(folder: Path) -> list[Case]:
    """Cameras and videos that are none; and flags that do not go together."""
    (folder / "empty.avi").touch()
    (folder / "noise.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(range(256)) * 100)
    names = ("77", str(folder / "none.avi"), str(folder / "empty.avi"), str(folder / "noise.mp4"))
    names += (str(folder / "empty"), "", "x" * 5000, "http://127.0.0.1:9/x")
    cases = [Case(f"camera {name[-20:]}", ("predict.py", "--camera", name)) for name in names]
    wrong = (("--camera", "0", "--draw"), ("--draw", "a.png"), ("a.png", "--camera"))
    return cases + [Case(f"flags {flags}", ("predict.py", *flags), status=2) for flags in wrong]


def _use_bad_models(folder: Path) -> list[Case]:
    """Model files that are damaged, lie, or are something else."""
    good = make_model()["model.h5"]
    files = {f"cut-{share}.h5": good[: len(good) * share // 100] for share in (1, 10, 50, 99)}
    files |= {
        "empty.h5": b"",
        "noise.h5": np.random.default_rng(1).bytes(100_000),
        "text.h5": b"weights",
        "empty.keras": b"",
        "noise.keras": b"PK\3\4" + np.random.default_rng(2).bytes(1000),
        "archive.keras": make_archive({"config.json": b"{}"}),
    }
    files |= {name: change_model(good, change) for name, change in MODEL_CHANGES.items()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    (folder / "flipped.h5").write_bytes(flipped)
    picture = ("predict.py", "--image", str(PROJECT / "input_images" / "digit_7.png"), "--model")
    names = [*files, "flipped.h5", "no-such.h5", "empty"]
    return [Case(f"model {name}", (*picture, str(folder / name))) for name in names]


def _use_bad_data(folder: Path) -> list[Case]:
    """Data sets that are damaged, lie, or are something else."""
    images, labels = np.zeros((5, 28, 28), np.uint8), np.arange(5, dtype=np.uint8)
    files = {
        "empty.npz": b"",
        "noise.npz": np.random.default_rng(3).bytes(1000),
        "text.npz": b"PK\3\4 no archive",
        "no-members.npz": make_archive({}),
        "empty-members.npz": make_archive({"x_test.npy": b"", "y_test.npy": b""}),
        "objects.npz": make_npz(np.array([{}], object), labels),
        "floats.npz": make_npz(images.astype(float), labels),
        "flat.npz": make_npz(images.reshape(5, 784), labels),
        "none.npz": make_npz(images[:0], labels[:0]),
        "few-labels.npz": make_npz(images, labels[:3]),
        "high-labels.npz": make_npz(images, labels + 7),
        "huge.npz": make_lying_npz((10**9, 28, 28)),
        "negative.npz": make_lying_npz((-5, 28, 28)),
        "bomb.npz": make_archive({"x_test.npy": make_bomb(), "y_test.npy": b""}),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    folders = {
        "idx-cut": make_idx(images)[:-100],
        "idx-lie": make_idx(images).replace(b"\0\0\0\x05", b"\x7f\xff\xff\xff", 1),
        "idx-noise": np.random.default_rng(4).bytes(500),
        "idx-empty": b"",
        "idx-bomb": b"\0\0\x08\x03" + bytes(400_000_000),
    }
    for name, data in folders.items():
        (folder / name).mkdir()
        packed = gzip.compress(data, 1, mtime=0)
        (folder / name / "t10k-images-idx3-ubyte.gz").write_bytes(packed)
        (folder / name / "t10k-labels-idx1-ubyte").write_bytes(make_idx(labels))
    (folder / "idx-gzip").mkdir()
    (folder / "idx-gzip" / "t10k-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b no gzip")
    sources = [
        *map(str, (folder / name for name in (*files, *folders, "idx-gzip", "empty", "no.npz")))
    ]
    sources += ["drawn:x", "drawn:-1", "drawn:10", "drawn:99999999999"]
    output = ("--output", str(folder / "scores"))
    return [
        Case(f"data {Path(source).name}", ("test.py", "--data", source, *output))
        for source in sources
    ]


def _use_bad_labels(folder: Path) -> list[Case]:
    """Folders of labelled pictures whose labels cannot be understood."""
    lists = {
        "labels-none": None,
        "labels-empty": b"",
        "labels-header": b"file,label\n",
        "labels-columns": b"name,digit\na.png,7\n",
        "labels-short": b"file,source,label\na.png,me\n",
        "labels-letters": b"file,label\na.png,seven\n",
        "labels-nameless": b"file,label\n,7\n",
        "labels-bytes": b"file,label\n\xff\xfe.png,7\n",
        "labels-nul": b"file,label\na.png,7\0\n",
        "labels-field": b'file,label\n"a.png,7\n' + b"x" * 200_000,
    }
    for name, data in lists.items():
        (folder / name).mkdir()
        if data is not None:
            (folder / name / "labels.csv").write_bytes(data)
    names = [name for name in lists if name != "labels-missing"]  # that one is scored, as wrong
    return [
        Case(name, ("test.py", "--images", str(folder / name))) for name in (*names, "no-labels")
    ]


def _compare_in_vain(folder: Path) -> list[Case]:
    """Two models side by side where there are not two."""
    models = ("test.py", "--data", "drawn:60", "--model", str(PROJECT / "models" / "model.h5"))
    commands = {
        "a second model that is missing": ("--model", str(folder / "none.h5")),
        "a second model that is damaged": ("--model", str(folder / "noise.h5")),
    }
    cases = [Case(name, (*models, *arguments)) for name, arguments in commands.items()]
    wrong = {
        "three models": ("--model", "b.h5", "--model", "c.h5"),
        "a folder for two models": ("--model", "b.h5", "--output", str(folder / "scores")),
    }
    return cases + [Case(name, (*models, *rest), status=2) for name, rest in wrong.items()]


def _use_bad_records(folder: Path) -> list[Case]:
    """Records of a training that are none."""
    records = {
        "empty.json": b"",
        "noise.json": np.random.default_rng(5).bytes(300),
        "list.json": b"[1, 2]",
        "number.json": b"7",
        "deep.json": b"[" * 100_000,
        "no-history.json": b'{"history": {}}',
        "uneven.json": b'{"history": {"accuracy": [1], "loss": [1, 2]}}',
        "words.json": b'{"history": {"accuracy": ["a"], "loss": ["b"]}}',
        "nested.json": b'{"history": {"accuracy": [[1]], "loss": [[1]]}}',
    }
    for name, data in records.items():
        (folder / name).write_bytes(data)
    names = (*records, "none.json", "empty")
    return [Case(f"record {name}", ("plots.py", str(folder / name))) for name in names]


def _teach_in_vain(folder: Path) -> list[Case]:
    """Pictures from which no hand can be learnt, and models that cannot be taught."""
    picture = (PROJECT / "input_images" / "digit_7.png").read_bytes()
    lists = {
        "hand-one": b"file,label\na.png,7\n",
        "hand-unlabelled": b"file,label\na.png,\nb.png,\n",
    }
    for name, data in lists.items():
        (folder / name).mkdir()
        (folder / name / "labels.csv").write_bytes(data)
        for file in ("a.png", "b.png"):
            (folder / name / file).write_bytes(picture)
    output = ("--output", str(folder / "mine.h5"))
    hand = ("--data", "drawn:60", "--images", str(folder / "hand-one"))
    commands = {
        "a hand of one picture": (*hand, *output),
        "a hand without a digit": (*hand[:3], str(folder / "hand-unlabelled"), *output),
        "a hand without labels": (*hand[:3], str(folder / "labels-empty"), *output),
        "a hand that is missing": (*hand[:3], str(folder / "no-hand"), *output),
        "a hand without data": (*hand[2:], "--data", str(folder / "none.npz"), *output),
        "a missing start": (*hand, *output, "--start", str(folder / "none.h5")),
        "a damaged start": (*hand, *output, "--start", str(folder / "noise.h5")),
        "a folder as taught model": (*hand, "--output", str(folder / "folder.h5")),
    }
    cases = [Case(name, ("train.py", *arguments)) for name, arguments in commands.items()]
    wrong = {
        "--resume and a hand": (*hand, "--resume"),
        "--epochs and a hand": (*hand, "--epochs", "3"),
        "--force without a hand": ("--force",),
        "--start without a hand": ("--start", str(folder / "none.h5")),
    }
    return cases + [Case(name, ("train.py", *rest), status=2) for name, rest in wrong.items()]


def _train_in_vain(folder: Path) -> list[Case]:
    """Trainings that cannot be saved, or have nothing to learn from."""
    (folder / "folder.h5").mkdir()
    output = ("--output", str(folder / "new.h5"))
    small = ("--data", "drawn:60", "--epochs", "1")
    commands = {
        "a model without a suffix": (*small, "--output", str(folder / "model")),
        "a model of an unknown format": (*small, "--output", str(folder / "model.onnx")),
        "a model in a file": (*small, "--output", str(folder / "empty.png" / "model.h5")),
        "a folder as model": (*small, "--output", str(folder / "folder.h5")),
        "no data": ("--data", str(folder / "none.npz"), *output),
        "damaged data": ("--data", str(folder / "noise.npz"), *output),
        "too many held out": (*small, "--validation-size", "60", *output),
        "a missing teacher": (*small, "--teachers", str(folder / "none.h5"), *output),
    }
    cases = [Case(name, ("train.py", *arguments)) for name, arguments in commands.items()]
    wrong = {"--epochs": "0", "--batch-size": "many", "--learning-rate": "2", "--seed": "-1"}
    cases += [
        Case(f"train {flag}", ("train.py", flag, value), status=2) for flag, value in wrong.items()
    ]
    return [*cases, Case("threshold", ("predict.py", "--threshold", "x"), status=2)]
