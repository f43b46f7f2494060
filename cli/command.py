"""The command `read-digits`, as `pip install .` makes it: predict.py by another name.

In the wheel predict.py and this package lie in the folder digits/program, where they are in
nobody's way; here they are found by their own names, as in a clone.
"""

import importlib
import sys
from pathlib import Path


def main() -> int:
    """The exit status of `read-digits`."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from cli.interrupt import end_at_once

    end_at_once("read-digits")

    if len(sys.argv) == 1:  # there are no sample pictures here to read
        sys.argv.append("--help")
    # By its name: this module starts the script that stands on it, and needs nothing of it.
    return importlib.import_module("predict").main(prog="read-digits")
