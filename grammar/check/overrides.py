"""Values given from outside (`--set exc.tau_m=30ms`, `load_network(…, tau_m="30 ms")`) as expressions like any other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from inferno.grammar import ast
from inferno.grammar.diagnostics import Findings
from inferno.grammar.source import Source
from inferno.grammar.syntax import parse_expression


def parse_overrides(overrides: Mapping[str, object], findings: Findings) -> dict[str, ast.Expr]:
    """The expression of each override; what is no expression is reported under the name of the override."""
    found = {}
    for name in sorted(overrides):
        expression = parse_override(name, overrides[name], findings)
        if expression is not None:
            found[name] = expression
    return found


def parse_override(name: str, value: object, findings: Findings) -> ast.Expr | None:
    """The expression that one override's value is."""
    text = _text(value)
    if text is None:
        findings.error("E0605", f"`{name}` can't be set to {value!r:.60}", None, "", 'give a number, or a text such as "30 ms"')
        return None
    own = Findings()
    expression = parse_expression(Source(f"value of {name}", text), own)
    if expression is None:
        findings.error("E0605", f"`{text.strip():.60}` is no value for `{name}`", None, "", "write one quantity, such as `30 ms` or `0.3`")
    return expression


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Fraction):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else {math.inf: "inf", -math.inf: "-inf"}.get(value, "not_a_number")
    return value if isinstance(value, str) else None
