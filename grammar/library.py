"""The standard library: `.snn` files shipped beside this one."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from inferno.grammar import ast
from inferno.grammar.check.inheritance import inherited
from inferno.grammar.check.scope import EXPANSION_LIMIT, Budget
from inferno.grammar.diagnostics import Findings
from inferno.grammar.source import Source
from inferno.grammar.syntax import parse

MODULES = ("losses", "neurons", "plasticity", "readout", "sources", "synapses")


@cache
def module(name: str) -> ast.Module:
    """A parsed module of the standard library, e.g. `neurons`."""
    text = (files("inferno.grammar") / "std" / f"{name}.snn").read_text(encoding="utf-8")
    findings = Findings()
    parsed = parse(Source(f"std/{name}.snn", text), findings)
    findings.raise_errors()
    assert parsed is not None
    return parsed


@cache
def components(name: str) -> dict[str, ast.Component]:
    """The components of a module of the standard library, by name, with what they inherit put in."""
    written = {item.name: item for item in module(name).items if isinstance(item, ast.Component)}
    findings = Findings()
    found = inherited(written, findings, Budget(EXPANSION_LIMIT), lambda name: "")
    findings.raise_errors()
    return {n: component for n, component in found.items() if component is not None}


def is_standard(component: ast.Component) -> bool:
    """Whether a component is one of the standard library's own."""
    return any(component.name in (known := components(name)) and known[component.name].span == component.span for name in MODULES)
