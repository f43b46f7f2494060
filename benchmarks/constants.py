"""The numbers that decide what is read: found in the reader's modules, and changed for a while."""

import ast
import contextlib
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import machine  # noqa: F401 - lets the project's own modules be found

import digits.ink
import digits.layout
import digits.segment

MODULES = ("digits.reading", "digits.picture.trimming")
PACKAGES = (digits.ink, digits.layout, digits.segment)
FORMATS = frozenset({"ALTERNATIVES", "BOX_SIZE", "FRAME_SIZE"})  # these decide no reading

Value = int | float | tuple[int | float, ...]


class Constant(NamedTuple):
    """A number, or several in a tuple, and where it is defined."""

    module: str
    name: str
    value: Value

    def __str__(self) -> str:
        return f"{self.module.removeprefix('digits.')}.{self.name}"


def find_constants(names: Sequence[str] = ()) -> list[Constant]:
    """The constants called by one of the names, such as GAP_COST or blobs.DUST; all without names.

    Raises:
        ValueError: no constant is called so.
    """
    constants = [constant for module in _find_modules() for constant in _list_constants(module)]
    for name in names:
        if not any(_is_called(constant, name) for constant in constants):
            raise ValueError(f"{name}: no such constant")
    return [c for c in constants if not names or any(_is_called(c, name) for name in names)]


def scale_value(value: Value, factor: float) -> Value:
    """The value times the factor, as far as it can be.

    A share stays at most 1. A whole number stays whole and changes by one at least; an odd one
    stays odd, since it may be a window, which has a middle.
    """
    if isinstance(value, tuple):
        return tuple(scale_value(one, factor) for one in value)
    if isinstance(value, float):
        return min(1.0, value * factor) if value <= 1 else value * factor
    step = 2 if value % 2 else 1
    steps = round(value * (factor - 1) / step)
    return value + step * (steps or (1 if factor > 1 else -1))


@contextlib.contextmanager
def change_constant(constant: Constant, value: Value) -> Iterator[None]:
    """The constant has another value, in its module and wherever it was imported from there."""
    name = constant.name
    original = getattr(importlib.import_module(constant.module), name)
    others = {other.module for other in find_constants([name])} - {constant.module}
    places = [
        module
        for module in map(importlib.import_module, _find_modules())
        if module.__name__ not in others and vars(module).get(name) is original
    ]
    for module in places:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module in places:
            setattr(module, name, original)


def _find_modules() -> list[str]:
    """The names of the modules whose constants decide what is read."""
    found = [
        f"{package.__name__}.{info.name}"
        for package in PACKAGES
        for info in pkgutil.iter_modules(package.__path__)
    ]
    return [*MODULES, *found]


def _list_constants(module_name: str) -> list[Constant]:
    """The constants that a module defines at its top level."""
    module = importlib.import_module(module_name)
    targets = [
        target.id
        for statement in ast.parse(inspect.getsource(module)).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    return [
        Constant(module_name, name, getattr(module, name))
        for name in targets
        if name.isupper() and name[0] != "_" and name not in FORMATS
        if _is_number(getattr(module, name))
    ]


def _is_number(value: object) -> bool:
    numbers = value if isinstance(value, tuple) else (value,)
    return all(type(number) in (int, float) for number in numbers)


def _is_called(constant: Constant, name: str) -> bool:
    return f".{constant}".endswith(f".{name}")
