"""Expressions as written."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from inferno.grammar.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything that was written somewhere."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """`10`, `0.3`, `10 ms`: the exact decimal as written, and its unit's text (`"nS/ms"`, `"dt"`) or None."""

    value: Fraction
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A string."""

    value: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """An identifier."""

    id: str


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    """`exc.spikes`."""

    value: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """`lower:upper` inside brackets; either may be missing."""

    lower: Expr | None
    upper: Expr | None


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`all[:5]`, `block[i, j]`."""

    value: Expr
    items: tuple[Expr | Slice, ...]


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """One argument of a call: `0.3`, or `tau_m = 20 ms`."""

    name: str | None
    value: Expr


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`uniform(0, 0.3)`, `std.LIF(tau_m = 20 ms)`."""

    function: Expr
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x`, `+x`, `not x`; `operator` is one of `-`, `+`, `not`."""

    operator: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """`a + b - c`: at least two terms, each with its sign, `+` or `-` (the first always `+`)."""

    terms: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Product(Node):
    """`a * b / c % d`: at least two factors, each with its operator (the first always `*`), applied left to right."""

    factors: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Power(Node):
    """`base ^ exponent`, right-associative."""

    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`a < b <= c`: a chain, each link with its operator."""

    first: Expr
    rest: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """`a and b and c`, the same with `or`, or with `&` (both connectivities); that word is `operator`."""

    operator: str
    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """`then if condition else otherwise`."""

    then: Expr
    condition: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Pipe(Node):
    """`lognormal(…) | clip(0, 1)`: at least two stages."""

    stages: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Derivative(Node):
    """`v'`, also written `dv/dt`."""

    name: str


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """`[v, refractory, synapses]`."""

    items: tuple[Expr, ...]


Expr = (
    Number
    | Text
    | Name
    | Attribute
    | Index
    | Call
    | Unary
    | Sum
    | Product
    | Power
    | Compare
    | Logical
    | Conditional
    | Pipe
    | Derivative
    | ListLiteral
)
