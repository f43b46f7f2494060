"""What --image names, and what the annotated copies are called."""

import io
import os
import types

import pytest

from cli.inputs import (
    Source,
    find_sources,
    list_pictures,
    name_copies,
    name_page_copy,
    read_source,
    shorten_path,
)
from digits import files
from digits.errors import UserError


def make_files(folder, *names):
    """Empty files of these names in the folder."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def test_list_pictures_sorts_and_takes_suffixes_of_any_case(tmp_path):
    make_files(tmp_path, "c.PNG", "a.jpeg", "b.Tiff", "notes.txt", "labels.csv", "png")
    assert [path.name for path in list_pictures(tmp_path)] == ["a.jpeg", "b.Tiff", "c.PNG"]


def test_list_pictures_leaves_out_hidden_files_copies_and_subfolders(tmp_path):
    make_files(tmp_path, "a.png", "._a.png", ".b.png", "a.png.read.png", "A.PNG.READ.PNG")
    make_files(tmp_path / "more.png", "c.png")
    assert list_pictures(tmp_path) == [tmp_path / "a.png"]


def test_list_pictures_leaves_out_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    assert list_pictures(tmp_path) == []


def test_list_pictures_names_the_folder_that_is_missing(tmp_path):
    with pytest.raises(UserError) as caught:
        list_pictures(tmp_path / "none")
    assert str(caught.value) == f"{tmp_path}/none: cannot be listed: No such file or directory"


def test_find_sources_keeps_the_order_given(tmp_path):
    folder = make_files(tmp_path / "folder", "b.png", "a.png")
    make_files(tmp_path, "z.png")
    names = [str(tmp_path / "z.png"), str(folder), "-"]
    assert find_sources(names) == [
        Source(str(tmp_path / "z.png")),
        Source(str(folder / "a.png")),
        Source(str(folder / "b.png")),
        Source("-"),
    ]


def test_find_sources_takes_a_file_of_any_suffix(tmp_path):
    make_files(tmp_path, "picture")
    assert find_sources([str(tmp_path / "picture")]) == [Source(str(tmp_path / "picture"))]


def test_find_sources_tells_what_is_missing(tmp_path):
    assert find_sources([str(tmp_path), "none.png"]) == [
        Source(str(tmp_path), "no pictures in this folder; name one with PNG or JPEG files"),
        Source("none.png", "no such file; check the name"),
    ]


def test_read_source_gives_the_bytes_of_the_file(tmp_path):
    (tmp_path / "a.png").write_bytes(b"bytes")
    assert read_source(Source(str(tmp_path / "a.png"))) == b"bytes"


def test_read_source_tells_that_standard_input_is_closed(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UserError) as caught:
        read_source(Source("-"))
    assert str(caught.value) == "-: standard input is closed; pipe a picture into it"


def test_read_source_ends_standard_input_without_end(monkeypatch):
    stdin = types.SimpleNamespace(buffer=io.BytesIO(bytes(5000)), isatty=lambda: False)
    monkeypatch.setattr("sys.stdin", stdin)
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1000)
    with pytest.raises(UserError) as caught:
        read_source(Source("-"))
    assert str(caught.value) == "-: has more than 0 MB, the limit; name a smaller file"


def test_read_source_tells_that_standard_input_cannot_be_read(monkeypatch):
    def fail(_):
        raise OSError(5, "Input/output error")

    stdin = types.SimpleNamespace(buffer=types.SimpleNamespace(read=fail), isatty=lambda: False)
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(UserError) as caught:
        read_source(Source("-"))
    assert str(caught.value) == "-: standard input cannot be read: Input/output error"


def test_copies_are_called_after_the_whole_name(tmp_path):
    sources = [Source("in/7.png"), Source("in/7.jpg"), Source("-")]
    assert name_copies(sources, tmp_path) == [
        tmp_path / "7.png.read.png",
        tmp_path / "7.jpg.read.png",
        tmp_path / "stdin.read.png",
    ]


def test_copies_of_pictures_with_one_name_are_numbered(tmp_path):
    sources = [Source("a/7.png"), Source("b/7.png"), Source("c/7.PNG")]
    assert name_copies(sources, tmp_path) == [
        tmp_path / "7.png.read.png",
        tmp_path / "7.png.2.read.png",
        tmp_path / "7.PNG.3.read.png",
    ]


def test_a_picture_named_twice_has_one_copy(tmp_path):
    sources = [Source(str(tmp_path / "7.png")), Source(str(tmp_path / "." / "x" / ".." / "7.png"))]
    assert name_copies(sources, tmp_path) == [tmp_path / "7.png.read.png"] * 2


def test_a_copy_never_takes_the_place_of_a_picture(tmp_path):
    sources = [Source(str(tmp_path / "7.png")), Source(str(tmp_path / "7.png.read.png"))]
    assert name_copies(sources, tmp_path) == [
        tmp_path / "7.png.2.read.png",
        tmp_path / "7.png.read.png.read.png",
    ]


def test_a_copy_never_takes_the_place_of_a_picture_behind_a_link(tmp_path):
    make_files(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    sources = [Source("7.png"), Source(str(tmp_path / "real" / "7.png.read.png"))]
    assert name_copies(sources, tmp_path / "link")[0].name == "7.png.2.read.png"


def test_the_copies_of_pages_are_numbered_and_take_no_other_place(tmp_path):
    sources = [Source("a.tif"), Source("a.tif#2"), Source(str(tmp_path / "b.tif#7.read.png"))]
    first, second, _ = name_copies([*sources], tmp_path)
    assert first == tmp_path / "a.tif.read.png"
    assert second == tmp_path / "a.tif#2.2.read.png"
    assert name_page_copy(first, 2, 3) == tmp_path / "a.tif#2.read.png"
    assert name_page_copy(first, 1, 1) == first
    (copy,) = name_copies([Source("b.tif"), sources[2]], tmp_path)[:1]
    assert name_page_copy(copy, 7, 9) == tmp_path / "b.tif.2#7.read.png"


def test_shorten_path_is_relative_below_the_working_directory_only(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert shorten_path(tmp_path / "here" / "in") == "in"
    assert shorten_path(tmp_path / "in") == str(tmp_path / "in")


def test_shorten_path_outlives_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here").rmdir()
    assert shorten_path(tmp_path / "in") == str(tmp_path / "in")


def test_find_sources_expands_a_pattern_that_the_shell_left(tmp_path):
    make_files(tmp_path, "b.png", "a.png", "c.txt")
    names = [str(tmp_path / name) for name in ("a.png", "b.png")]
    assert find_sources([str(tmp_path / "*.png")]) == [Source(name) for name in names]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path):
    make_files(tmp_path, "[a].png", "a.png")
    assert find_sources([str(tmp_path / "[a].png")]) == [Source(str(tmp_path / "[a].png"))]


def test_a_pattern_that_matches_nothing_is_an_error(tmp_path):
    name = str(tmp_path / "*.png")
    assert find_sources([name]) == [Source(name, "no such file; check the name")]


def test_a_folder_of_subfolders_names_the_flag_that_reads_them(tmp_path):
    make_files(tmp_path / "a", "x.png")
    error = "no pictures in this folder, only subfolders; add --recursive"
    assert find_sources([str(tmp_path)]) == [Source(str(tmp_path), error)]


def test_recursive_reads_subfolders_after_the_folder_itself(tmp_path):
    make_files(tmp_path, "z.png")
    make_files(tmp_path / "a", "y.png")
    make_files(tmp_path / "a" / "b", "x.png")
    make_files(tmp_path / ".hidden", "w.png")
    names = ("z.png", "a/y.png", "a/b/x.png")
    expected = [Source(str(tmp_path / name)) for name in names]
    assert find_sources([str(tmp_path)], recursive=True) == expected


def test_recursive_does_not_follow_links_in_circles(tmp_path):
    make_files(tmp_path / "a", "x.png")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    found = find_sources([str(tmp_path)], recursive=True)
    assert found == [Source(str(tmp_path / "a" / "x.png"))]
