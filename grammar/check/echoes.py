"""What is said of a name that a component lacks is said where the component misses it, and not again where others use it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from inferno.grammar import ast
from inferno.grammar.diagnostics import Diagnostic
from inferno.grammar.source import Span

MISSED = frozenset({"E0301", "E0403", "E0406"})
"""What a component says that misses a name."""

USED = frozenset({"E0303", "E0405", "E0501", "E0703"})
"""What is said of a use of a name that its owner does not have."""


def without_echoes(found: tuple[Diagnostic, ...], module: ast.Module) -> tuple[Diagnostic, ...]:
    """The diagnostics without those that only say again what the components of a file say of themselves."""
    components = [item.span for item in module.items if isinstance(item, ast.Component)]
    missed = {_words(d.span)[0] for d in found if d.code in MISSED and d.span is not None and _lies_in(d.span, components)}
    if not missed:
        return found
    return tuple(d for d in found if not _is_echo(d, missed, components))


def _is_echo(diagnostic: Diagnostic, missed: set[str], components: list[Span]) -> bool:
    """Whether a use misses what its component misses, or an input where a component misses something."""
    if diagnostic.span is None or _lies_in(diagnostic.span, components):
        return False
    if diagnostic.code not in USED:
        return diagnostic.code == "E0505"
    name = _words(diagnostic.span)[-1]
    # States of a receptor `g` are called `g_…`.
    return any(name == other or name.startswith(f"{other}_") for other in missed)


def _words(span: Span) -> list[str]:
    """The names in a place, at least one: those of `cells.v` are two, that of `v'` is one."""
    return re.findall(r"\w+", span.source.text[span.start : span.end]) or [""]


def _lies_in(span: Span, around: Iterable[Span]) -> bool:
    return any(span.lies_in(other) for other in around)
