"""What the builder reads from the children of a rule."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

from lark import Token

from inferno.grammar import ast


def unquoted(text: str) -> str:
    """What stands between the quotes of a string."""
    quotes = 3 if text.startswith('"""') else 1
    return text[quotes:-quotes]


def statements(c: list[Any]) -> tuple[Any, ...]:
    """The nodes among the children of a block."""
    return tuple(child for child in c if isinstance(child, ast.Node))


def documentation(c: list[Any]) -> tuple[str | None, tuple[Any, ...]]:
    """The text of a block's leading string, and its nodes."""
    doc = next((child for child in c if isinstance(child, Token) and child.type == "STRING"), None)
    return (None if doc is None else cleandoc(unquoted(doc.value)).strip()), statements(c)


def dotted_name(tokens: list[Token]) -> str:
    """`a.b.c` as text."""
    return ".".join(token.value for token in tokens)


def is_named(expression: Any, name: str) -> bool:
    """Whether an expression is that name."""
    return isinstance(expression, ast.Name) and expression.id == name


def is_differential(name: ast.Name) -> bool:
    """Whether a name can be the `dv` of `dv/dt`."""
    return len(name.id) > 1 and name.id.startswith("d") and not name.id[1].isdigit()
