"""Networks and whole files."""

from __future__ import annotations

from dataclasses import dataclass, field

from inferno.grammar.source import Span
from inferno.grammar.tree.components import Component
from inferno.grammar.tree.declarations import Declaration, Function, InputDecl, Interval, Let, OutputDecl, Params
from inferno.grammar.tree.expressions import Expr, Name, Node


@dataclass(frozen=True, slots=True)
class Import(Node):
    """`import a.b as c` (`names` is None) or `from a.b import x, y`."""

    module: str
    names: tuple[Name, ...] | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Imported(Node):
    """A component of another file under the name that it has here: what an import becomes; the span is that of the import."""

    name: str
    component: Component


@dataclass(frozen=True, slots=True)
class Attr(Node):
    """`name = value` in an attribute block; `kind` is `""`, `"init"` or `"draw"`."""

    name: str
    value: Expr
    kind: str = ""
    name_span: Span = field(compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class PopulationDecl(Node):
    """`population exc[10, 10] = ALIF(…) at …:`; `shape` is None without brackets."""

    name: str
    name_span: Span = field(compare=False, repr=False)
    shape: tuple[Expr, ...] | None
    value: Expr
    at: Expr | None = None
    attributes: tuple[Attr, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectionDecl(Node):
    """`projection ff: enc -> exc:` with attributes, or `projection gap: out <-> out.v = expr`."""

    name: str | None
    name_span: Span = field(compare=False, repr=False)
    source: Expr
    arrow: str
    target: Expr
    value: Expr | None = None
    attributes: tuple[Attr, ...] = ()


@dataclass(frozen=True, slots=True)
class Link(Node):
    """`x -[conv(12)]-> c1`: `stages[i]` joins `ends[i]` to `ends[i + 1]`; a plain `->` has the stage None."""

    ends: tuple[Expr, ...]
    stages: tuple[Expr | None, ...]
    names: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class View(Node):
    """`view E = all[:ne]`."""

    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Use(Node):
    """`use block[i] = ConvBlock(…)`."""

    name: str
    index: Expr | None
    value: Expr


@dataclass(frozen=True, slots=True)
class Port(Node):
    """`port inp`."""

    name: str


@dataclass(frozen=True, slots=True)
class Export(Node):
    """`export s, t`."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record(Node):
    """`record exc.spikes, exc.v every 1 ms`."""

    items: tuple[Expr, ...]
    every: Expr | None = None


@dataclass(frozen=True, slots=True)
class Expect(Node):
    """`expect mean_rate(E) in [5 Hz, 20 Hz]`."""

    value: Expr
    range: Interval


@dataclass(frozen=True, slots=True)
class Settings(Node):
    """A `run:` or `train:` block (that word is `kind`), perhaps named."""

    kind: str
    name: str | None
    attributes: tuple[Attr, ...] = ()


@dataclass(frozen=True, slots=True)
class Network(Node):
    """`network Block(ch : int, k = 5):`."""

    name: str
    name_span: Span = field(compare=False, repr=False)
    parameters: tuple[Declaration, ...]
    body: tuple[Item, ...]
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class ForBlock(Node):
    """`for i in low .. high:`."""

    variable: str
    low: Expr
    high: Expr
    body: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class IfItem(Node):
    """`if condition:` around declarations."""

    condition: Expr
    then: tuple[Item, ...]
    otherwise: tuple[Item, ...] = ()


Item = (
    Import
    | Imported
    | Params
    | Let
    | Function
    | InputDecl
    | Component
    | PopulationDecl
    | ProjectionDecl
    | Link
    | View
    | Use
    | Port
    | Export
    | OutputDecl
    | Record
    | Expect
    | Settings
    | Network
    | ForBlock
    | IfItem
)


@dataclass(frozen=True, slots=True)
class Module(Node):
    """A whole file."""

    edition: int | None
    doc: str | None
    items: tuple[Item, ...]
