"""Declarations that files and components share."""

from __future__ import annotations

from dataclasses import dataclass, field

from inferno.grammar.source import Span
from inferno.grammar.tree.expressions import Expr, Node


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """`[low, high]`."""

    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """What stands behind a colon: `mV`, `nS/ms`, `1`, `int`, `real[28, 28]`; `shape` is None without brackets."""

    name: str
    shape: tuple[Expr, ...] | None = None


@dataclass(frozen=True, slots=True)
class Declaration(Node):
    """`name [: type] [= default] [in [low, high]]`; `name_span` covers the name alone."""

    name: str
    name_span: Span = field(compare=False, repr=False)
    type: TypeName | None = None
    default: Expr | None = None
    range: Interval | None = None
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Params(Node):
    """`param a = 1, b : mV = 2 mV in [0 mV, inf]`."""

    declarations: tuple[Declaration, ...]


@dataclass(frozen=True, slots=True)
class Let(Node):
    """`let x = expr`."""

    name: str
    value: Expr
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Function(Node):
    """`fn f(x, y) = expr`."""

    name: str
    parameters: tuple[str, ...]
    value: Expr


@dataclass(frozen=True, slots=True)
class InputDecl(Node):
    """`input I : nA`, `input image : real[28, 28] in [0, 1]`."""

    declaration: Declaration


@dataclass(frozen=True, slots=True)
class OutputDecl(Node):
    """`output rates = mean(exc.spikes, over = time)`; in a synapse `output I : nA = expr`."""

    name: str
    type: TypeName | None
    value: Expr
    doc: str | None = None
