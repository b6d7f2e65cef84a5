"""Values given from outside (`--set exc.tau_m=30ms`, `load_network(…, tau_m="30 ms")`) as expressions like any other.

Each is read from a text of its own, `exc.tau_m = 30ms`, so that what is wrong with it can be shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from numbers import Integral, Real

from inferno.grammar import ast
from inferno.grammar.diagnostics import Findings
from inferno.grammar.source import Source, Span
from inferno.grammar.syntax import parse_expression

SOURCE = "override"
LONGEST_TEXT = 10_000
LARGEST = Fraction(10) ** 308

_PART = r"[A-Za-z_][A-Za-z0-9_]*(\[[0-9]+\])*"
_NAME = re.compile(rf"{_PART}(\.{_PART})*")


def parse_overrides(overrides: Mapping[str, object], findings: Findings) -> dict[str, ast.Expr]:
    """The expression of each override; what is no name or no expression is reported."""
    found = {}
    for name in sorted(overrides, key=str):
        expression = parse_override(name, overrides[name], findings)
        if expression is not None:
            found[name] = expression
    return found


def parse_override(name: str, value: object, findings: Findings) -> ast.Expr | None:
    """The expression that one override's value is; None where a mistake is reported."""
    if not isinstance(name, str) or len(name) > 200 or not _NAME.fullmatch(name):
        message = f"`{str(name):.60}` is not the name of something that can be set"
        findings.error("E0604", message, None, "", "write `name=value` or `population.parameter=value`")
        return None
    if (problem := _unusable(value)) is not None:
        findings.error("E0605", f"`{name}` can't be set to {problem}", None, "", 'give a number, or a text such as "30 ms"')
        return None
    text = _text(value)
    shown = f"{name} = {text.strip()}" if text.isprintable() else f"{name} = {text!r}"
    source = Source(SOURCE, shown)
    own = Findings()
    start = len(name) + 3
    expression = parse_expression(source, own, start)
    if expression is not None and not isinstance(expression, ast.Text):
        return expression
    where = Span(source, min(start, len(shown)), max(len(shown), start))
    detail = own.all[0].message if own.all and text.strip() else ""
    findings.error("E0605", f"this is no value for `{name}`", where, detail, "write one quantity, such as `30 ms` or `0.3`")
    return None


def name_place(node: ast.Expr, name: str) -> Span:
    """The place of an override's name before its value."""
    return Span(node.span.source, 0, len(name)) if node.span.source.name == SOURCE else node.span


def _unusable(value: object) -> str | None:
    """What a value that can't be used is, in words; None for one that can."""
    if isinstance(value, str):
        return "a text that long" if len(value) > LONGEST_TEXT else None
    if isinstance(value, list | tuple):
        return next((problem for item in value if (problem := _unusable(item)) is not None), None)
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral | Fraction):
        exact = Fraction(value) if isinstance(value, Fraction) else Fraction(int(value))
        return "a number that large" if abs(exact) > LARGEST or exact.denominator > LARGEST else None
    if isinstance(value, Real):
        return "NaN" if math.isnan(float(value)) else None
    return "None" if value is None else f"a value of the type `{type(value).__name__}`"


def _text(value: object) -> str:
    """A usable value as it would be written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Fraction):
        return str(value)
    assert isinstance(value, Real)
    return repr(float(value))
