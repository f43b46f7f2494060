"""What a user is told, and the chatter of libraries that no user sees."""

import os
import subprocess
import sys

import pytest
from conftest import PROJECT

from digits.errors import LimitError, UserError, blame_file, list_damage, printable, shorten


def run(*lines):
    """What these lines of Python write to standard error."""
    code = "\n".join(("import os, sys", "from digits.errors import hush_libraries", *lines))
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True).stderr


def test_printable_keeps_letters_of_any_script():
    assert printable("数字/zwölf.png") == "数字/zwölf.png"


def test_printable_escapes_bytes_that_are_no_text():
    assert printable(os.fsdecode(b"a\xff.png")) == "a\\udcff.png"


def test_a_hushed_library_lets_python_speak():
    told = run(
        "with hush_libraries():",
        "    os.write(2, b'codec')",
        "    print('python', file=sys.stderr)",
        "print('after', file=sys.stderr)",
    )
    assert told == "python\nafter\n"


@pytest.mark.parametrize(("ending", "told"), [("pass", "after\n"), ("sys.exit(1)", "TFpython\n")])
def test_what_was_held_back_is_shown_only_if_the_block_fails(ending, told):
    assert told == run(
        "with hush_libraries(python_too=True):",
        "    os.write(2, b'TF')",
        "    print('python', file=sys.stderr)",
        f"    {ending}",
        "print('after', file=sys.stderr)",
    )


def test_what_was_held_back_is_not_shown_after_ctrl_c():
    told = run(
        "try:",
        "    with hush_libraries(python_too=True):",
        "        os.write(2, b'TF')",
        "        raise KeyboardInterrupt",
        "except KeyboardInterrupt:",
        "    print('interrupted', file=sys.stderr)",
    )
    assert told == "interrupted\n"


@pytest.mark.parametrize("error", list_damage())
def test_what_a_damaged_file_raises_is_one_line(error):
    with pytest.raises(UserError) as caught, blame_file("a\nb.h5", "is damaged"):
        raise error
    assert str(caught.value) == "a\\nb.h5: is damaged"


def test_a_limit_speaks_for_itself():
    with pytest.raises(UserError) as caught, blame_file("a.h5", "is damaged"):
        raise LimitError("is too long")
    assert str(caught.value) == "a.h5: is too long"


def test_what_is_told_already_is_not_told_otherwise():
    with pytest.raises(UserError) as caught, blame_file("a.h5", "is damaged"):
        raise UserError("b.h5: no such file")
    assert str(caught.value) == "b.h5: no such file"


def test_shorten_keeps_what_is_short_and_cuts_what_is_long():
    assert shorten("a" * 200) == "a" * 200
    assert shorten("a" * 201) == "a" * 199 + "…"
