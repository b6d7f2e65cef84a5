"""The names that an expression mentions, before anything is resolved."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from inferno.grammar import ast


def nodes_in(node: ast.Node) -> Iterator[ast.Node]:
    """A node and all nodes below it, without recursion."""
    stack: list[object] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, ast.Node):
            yield current
            stack.extend(getattr(current, f.name) for f in dataclasses.fields(current) if f.name not in ("span", "name_span"))
        elif isinstance(current, tuple):
            stack.extend(current)


def split_name(name: str) -> tuple[str, str]:
    """Owner and member of a name such as `block[0].s.v`: an owner's name may have dots of its own; without a dot there is no owner."""
    owner, _, member = name.rpartition(".")
    return owner, member


def names_in(node: ast.Node) -> tuple[str, ...]:
    """Every identifier used as a value or function, once, sorted."""
    return tuple(sorted({n.id for n in nodes_in(node) if isinstance(n, ast.Name)}))
