"""Convert a model between the formats .h5, .keras and .pth.

python model.py models/model.h5 models/model.keras
"""

import argparse
from collections.abc import Sequence

from cli.script import build_base_parser, run_script
from digits.errors import printable
from model import check_suffix, load_model, save_model


def build_parser() -> argparse.ArgumentParser:
    """The command line of `python model.py`."""
    parser = build_base_parser("model.py", __doc__)
    parser.add_argument("source", metavar="FROM", help="a model: .h5, .keras or .pth")
    parser.add_argument("target", metavar="TO", help="the same model in the format of this suffix")
    return parser


def run(args: argparse.Namespace) -> int:
    """Convert one model file to another format."""
    check_suffix(args.target)
    save_model(load_model(args.source), args.target)
    print(f"{printable(args.source)} -> {printable(args.target)}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status of `python model.py FROM TO`."""
    return run_script(run, build_parser(), argv)
