"""A parsed file becomes one without imports, networks, loops and conditions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from inferno.grammar import ast
from inferno.grammar.diagnostics import Findings
from inferno.grammar.elaborate.expand import Expander
from inferno.grammar.elaborate.imports import Loader
from inferno.grammar.elaborate.members import Members
from inferno.grammar.elaborate.ports import join_ports
from inferno.grammar.modules import Modules


@dataclass(frozen=True, slots=True)
class Elaborated:
    """A file as it is written and with plain declarations alone, and the values given from outside that it leaves.

    `failed` are names of components that could not be imported, which is reported; without `is_whole` something else is missing too.
    """

    written: ast.Module
    module: ast.Module
    given: Mapping[str, ast.Expr]
    failed: frozenset[str]
    is_whole: bool


def elaborate(module: ast.Module, modules: Modules, given: Mapping[str, ast.Expr], findings: Findings) -> Elaborated:
    """The elaborated form of a file; what is wrong with its blocks, loops and imports goes to `findings`."""
    before = findings.errors
    loader = Loader(modules, findings)
    main = loader.main(module)
    members = Members(main, loader, given, findings)
    members.import_all()
    members.drain()
    expander = Expander(members)
    found = expander.file(members.scope)
    items = join_ports(members.items, found, findings)
    is_whole = findings.errors == before and not members.statics.lost
    return Elaborated(module, dataclasses.replace(module, items=tuple(items)), members.given, frozenset(loader.failed), is_whole)
