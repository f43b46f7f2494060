"""Folders of labelled pictures."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digits.errors import UserError
from scoring.labels import find_labelled

KNOWN = "digits, the signs - + × ÷ = ( ) / . , : and | between lines"


def write_list(folder, text):
    """labels.csv with this content, text or bytes."""
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "labels.csv").write_bytes(data)
    return folder


def list_labels(folder):
    """(file, label) of every picture found."""
    return [(picture.file, picture.label) for picture in find_labelled(folder)]


def test_labels_csv_names_files_labels_and_sources(tmp_path):
    write_list(tmp_path, "file,label,source,notes\nb.png,7,me,thin\na.png,12,you,\n")
    pictures = find_labelled(tmp_path)
    assert [tuple(picture) for picture in pictures] == [
        ("b.png", tmp_path / "b.png", "7", "me"),
        ("a.png", tmp_path / "a.png", "12", "you"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\ufefffile;label\r\na.png;5\r\n",
        "label,file\n5,a.png\n",
        "File, Label\na.png, 5\n\n",
        'file,label\n"a.png","5"\n',
        "file;label;notes\na.png;5;one, two\n;;\n",
        "file,label\na.png,5,,\n",
    ],
    ids=["bom", "columns swapped", "capitals and spaces", "quotes", "empty rows", "empty fields"],
)
def test_labels_csv_is_read_as_spreadsheets_write_it(tmp_path, text):
    assert list_labels(write_list(tmp_path, text)) == [("a.png", "5")]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        *[("12|34", "12\n34"), ("", ""), ("555 1234", "5551234"), ("|12|", "12")],
        *[('"1\n2"', "1\n2"), ("(1+2)×3÷4=9/4-0.5:6", "(1+2)×3÷4=9/4-0.5:6")],
        *[('"1,250.00"', "1,250.00"), ("12 - 5 = 7", "12-5=7")],
    ],
)
def test_a_label_holds_digits_and_marks_in_lines(tmp_path, label, expected):
    assert list_labels(write_list(tmp_path, f"file,label\na.png,{label}\n")) == [
        ("a.png", expected)
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "has no column 'file'; its first line must name them"),
        ("file,text\na.png,5\n", "has no column 'label'; its first line must name them"),
        ("file,label\n", "lists no picture"),
        ("file,label\na.png\n", "line 2 has no label; a picture without a digit has an empty one"),
        ("file,label\na.png,1\n,5\n", "line 3 names no file"),
        ("label,file\n5\n", "line 2 names no file"),
        ("file,label\na.png,x5\n", f"line 2: label 'x5' has more in it than {KNOWN}"),
        ("file,label\na.png,²\n", f"line 2: label '²' has more in it than {KNOWN}"),
        ("file,label\na.png,6*7\n", f"line 2: label '6*7' has more in it than {KNOWN}"),
        (
            "file,label\na.png,1,250\n",
            "line 2 has too many fields; a label with a comma needs quotes",
        ),
        (b"file,label\n\xe4.png,5\n", "is not UTF-8; save it as 'CSV UTF-8'"),
    ],
)
def test_find_labelled_says_what_is_wrong_with_the_list(tmp_path, text, complaint):
    with pytest.raises(UserError) as caught:
        find_labelled(write_list(tmp_path, text))
    assert str(caught.value) == f"{tmp_path / 'labels.csv'}: {complaint}"


def test_find_labelled_says_that_a_field_is_too_long(tmp_path):
    with pytest.raises(UserError) as caught:
        find_labelled(write_list(tmp_path, f"file,label\n{'a' * 200_000},5\n"))
    assert str(caught.value) == (
        f"{tmp_path / 'labels.csv'}: line 2 is not CSV: field larger than field limit (131072)"
    )


def test_find_labelled_cuts_a_long_label(tmp_path):
    with pytest.raises(UserError) as caught:
        find_labelled(write_list(tmp_path, f"file,label\na.png,{'x' * 100_000}\n"))
    assert str(caught.value) == (
        f"{tmp_path / 'labels.csv'}: line 2: label '{'x' * 199}…' has more in it than {KNOWN}"
    )


def test_a_huge_list_is_not_read(tmp_path):
    with pytest.raises(UserError) as caught:
        find_labelled(write_list(tmp_path, b"file,label\n" + b"\n" * 10_000_000))
    assert str(caught.value) == (
        f"{tmp_path / 'labels.csv'}: has more than 10 MB, the limit; name a smaller file"
    )


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(
    rows=st.lists(
        st.lists(
            st.sampled_from(["file", "label", "source", "a.png", "5", "1|2", "", '"', "\ufeff"])
            | st.text(max_size=5),
            max_size=4,
        ),
        max_size=5,
    ),
    separator=st.sampled_from(",;"),
)
def test_any_list_names_pictures_or_is_refused_in_one_line(rows, separator, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    text = "\n".join(separator.join(row) for row in [["file", "label"], *rows])
    write_list(folder, text.encode("utf-8", "surrogatepass"))
    try:
        pictures = find_labelled(folder)
    except UserError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most lists name pictures
    else:
        assert all(picture.file for picture in pictures)
        assert {c for picture in pictures for c in picture.label} <= set("0123456789-+×÷=()/.,:\n")


def test_class_folders_label_the_pictures_in_them(tmp_path):
    for name in ("7/b.PNG", "7/a.jpg", "7/notes.txt", "0/z.png", "10/c.png", "other/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list_labels(tmp_path) == [("0/z.png", "0"), ("7/a.jpg", "7"), ("7/b.PNG", "7")]


def test_labels_csv_goes_before_class_folders(tmp_path):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "a.png").touch()
    assert list_labels(write_list(tmp_path, "file,label\n7/a.png,1\n")) == [("7/a.png", "1")]


def test_find_labelled_says_how_to_label(tmp_path):
    with pytest.raises(UserError) as caught:
        find_labelled(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: has no labels.csv (columns file,label) and no pictures in folders 0 to 9"
    )


def test_find_labelled_names_the_missing_folder(tmp_path):
    with pytest.raises(UserError) as caught:
        find_labelled(tmp_path / "nowhere")
    assert str(caught.value) == f"{tmp_path / 'nowhere'}: no such folder"


def test_find_labelled_asks_for_the_folder_of_a_file(tmp_path):
    (tmp_path / "a.png").touch()
    with pytest.raises(UserError) as caught:
        find_labelled(tmp_path / "a.png")
    assert str(caught.value) == f"{tmp_path / 'a.png'}: is a file; name the folder it is in"
