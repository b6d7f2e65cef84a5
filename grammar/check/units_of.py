"""The dimension that a type annotation names."""

from __future__ import annotations

from inferno.grammar import ast
from inferno.grammar.check.dimensions import NONE, UNKNOWN, Kind
from inferno.grammar.check.wording import suggestion
from inferno.grammar.diagnostics import Findings
from inferno.grammar.units import UNITS, parse_unit


def declared_dimension(type_name: ast.TypeName | None, findings: Findings) -> tuple[Kind, bool]:
    """The dimension of `: mV`, `: 1`, `: int` (and whether it is an integer); unknown where nothing is written."""
    if type_name is None:
        return UNKNOWN, False
    if type_name.name in ("1", "real", "int", "bool"):
        return NONE, type_name.name == "int"
    try:
        return parse_unit(type_name.name).dimension, False
    except (KeyError, ValueError):
        findings.error("E0201", f"unknown unit `{type_name.name}`", type_name.span, "", suggestion(findings, type_name.name, UNITS))
        return UNKNOWN, False
