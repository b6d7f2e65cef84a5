"""Prints frozen dataclasses as an indented tree, for `--emit ast`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from fractions import Fraction

WIDTH = 100


def to_text(value: object) -> str:
    """A tree of dataclasses and tuples, one field a line; places in the source are left out."""
    return "\n".join(_lines(value, "", 0))


def _lines(value: object, title: str, depth: int) -> Iterator[str]:
    indent = "  " * depth
    short = _short(value)
    if len(short) + len(indent) + len(title) <= WIDTH or not _parts(value):
        yield f"{indent}{title}{short}"
        return
    yield f"{indent}{title}{type(value).__name__ if dataclasses.is_dataclass(value) else ''}".rstrip()
    for name, part in _parts(value):
        yield from _lines(part, name, depth + 1)


def _parts(value: object) -> list[tuple[str, object]]:
    if isinstance(value, tuple):
        return [("- ", part) for part in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(f"{field.name}: ", getattr(value, field.name)) for field in dataclasses.fields(value) if field.repr]
    return []


def _short(value: object) -> str:
    """One line for any value."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, tuple):
        return f"({', '.join(_short(part) for part in value)})"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return f"{type(value).__name__}({', '.join(name.replace(': ', '=') + _short(part) for name, part in _parts(value))})"
    return repr(value)
