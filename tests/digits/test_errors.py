"""What a user is told, and the chatter of libraries that no user sees."""

import os
import subprocess
import sys

import pytest
from conftest import PROJECT

from digits.errors import printable


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
