"""Imports run one way, without circles; Keras and matplotlib stay in the rooms made for them."""

import ast
import subprocess
import sys

import pytest
from conftest import PACKAGES, PROJECT

# A module imports from its own row and from those above it.
ROWS = (
    ("digits",),
    ("model",),
    ("cli",),
    ("handwriting", "scoring"),
    ("data",),
    ("training", "exports"),
    ("plots",),
    ("train", "test", "predict"),
)
RANKS = {name: rank for rank, row in enumerate(ROWS) for name in row}


def find_modules():
    """Dotted name -> path of every module of the project, benchmarks and tests left out."""
    paths = [path for folder in (".", *PACKAGES) for path in (PROJECT / folder).glob("*.py")]
    return {name_module(path): path for path in paths}


def name_module(path):
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def is_left_out(node):
    """Whether a block runs for a type checker only, or only where its module is a script."""
    return isinstance(node, ast.If) and ast.unparse(node.test) in (
        "TYPE_CHECKING",
        "__name__ == '__main__'",
    )


def list_imports(node):
    """Dotted names of what a syntax tree imports, at any depth: modules, and names in them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif not is_left_out(child):
            yield from list_imports(child)


def resolve(name, modules):
    """The module of the project that an imported name lies in; None: it is of another package."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


MODULES = find_modules()
IMPORTED = {
    name: list(list_imports(ast.parse(path.read_text(encoding="utf-8"))))
    for name, path in MODULES.items()
}
LINKS = {
    name: {resolve(target, MODULES) for target in targets} - {None, name}
    for name, targets in IMPORTED.items()
}


def rank(module):
    return RANKS[module.partition(".")[0]]


def is_allowed(module, target):
    same_room = module.partition(".")[0] == target.partition(".")[0]
    return same_room or rank(target) < rank(module)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_from_rooms_before_its_own(module):
    assert [target for target in LINKS[module] if not is_allowed(module, target)] == []


def test_imports_run_in_no_circle():
    remaining = {name: links & MODULES.keys() for name, links in LINKS.items()}
    while free := [name for name, links in remaining.items() if not links & remaining.keys()]:
        for name in free:
            del remaining[name]
    # A package's __init__ may offer what a module under it has; that module never imports it back.
    assert sorted(remaining) == []


def find_importers(package):
    """The rooms in which a package is imported."""
    return {
        module.partition(".")[0]
        for module, targets in IMPORTED.items()
        if any(target.partition(".")[0] == package for target in targets)
    }


@pytest.mark.parametrize(
    ("package", "rooms"),
    [
        ("keras", {"model", "training"}),
        ("tensorflow", {"exports"}),
        ("onnx", {"exports"}),
        ("matplotlib", {"plots"}),
    ],
)
def test_a_heavy_package_is_imported_only_in_its_room(package, rooms):
    assert find_importers(package) <= rooms


def test_links_are_found_at_any_depth():
    """The tests above would pass on an empty list."""
    assert "digits.network" in LINKS["cli.classifier"]
    assert "scoring.labels" in LINKS["test"]  # in a function
    assert find_importers("keras") == {"model"}


def test_one_picture_waits_for_no_module_that_it_does_not_need():
    program = (
        "import sys, predict\n"
        "status = predict.main(['--image', 'input_images/digit_7.png'])\n"
        "others = {'tempfile', 'zipfile', 'json', 'csv', 'concurrent.futures', 'multiprocessing'}\n"
        "print(status, sorted(others & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True)
    assert done.stdout.decode().splitlines()[-1] == "0 []"


def test_every_room_can_be_taken_in_at_a_glance():
    packages = [[*(PROJECT / package).glob("*.py")] for package in PACKAGES]
    assert max(map(len, packages)) <= 10
    modules = [path for package in packages for path in package]
    assert max(len(path.read_text(encoding="utf-8").splitlines()) for path in modules) <= 350
