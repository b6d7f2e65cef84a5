"""The dimension that a type annotation names."""

from __future__ import annotations

from inferno.grammar import ast
from inferno.grammar.check.dimensions import NONE, UNKNOWN, Kind
from inferno.grammar.check.wording import suggestion
from inferno.grammar.diagnostics import Edit, Findings
from inferno.grammar.source import Span
from inferno.grammar.unit_names import spelled_units
from inferno.grammar.units import UNITS, parse_unit


def declared_dimension(type_name: ast.TypeName | None, findings: Findings, *, conditions: bool = False) -> tuple[Kind, bool]:
    """The dimension of `: mV`, `: 1`, `: int` (and whether it is an integer); unknown where nothing is written.

    Where there may be conditions, `: bool` is one without unit.
    """
    if type_name is None:
        return UNKNOWN, False
    if type_name.name == "bool" and not conditions:
        refuse_condition(type_name.span, findings)
        return UNKNOWN, False
    if type_name.name in ("1", "real", "int", "bool"):
        return NONE, type_name.name == "int"
    try:
        return parse_unit(type_name.name).dimension, False
    except (KeyError, ValueError):
        _unknown(type_name, findings)
        return UNKNOWN, False


def refuse_condition(span: Span, findings: Findings) -> None:
    """Report something of a component that should be true or false."""
    help_text = "take a number, `param adapting = 1`, and ask for it where it counts: `a if adapting == 1 else b`"
    findings.error("E0207", "what a component declares is a number, not true or false", span, "", help_text)


def _unknown(type_name: ast.TypeName, findings: Findings) -> None:
    """Report a unit that does not exist, with the one that its words write out or that it is like."""
    name, span = type_name.name, type_name.span
    meant = spelled_units(name) or spelled_units(name.replace("cm", "mm"))
    hint = (
        f"did you mean `{meant}`?"
        if meant
        else suggestion(findings, name, UNITS) or "units are `mV`, `ms`, `nA`, `nS/ms`, say; `1` is none"
    )
    if name.lower() in ("float", "double", "number", "scalar"):
        hint = "a number without unit is `real`, and may be left without a type"
    edit = Edit(span, meant) if meant and span.text == name else None
    findings.error("E0201", f"unknown unit `{name}`", span, "", hint, edit=edit)
