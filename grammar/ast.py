"""What a `.snn` text says, as parsed: nothing is resolved or checked yet.

Every node is frozen; `span` never takes part in equality.  Sums and products are flat, so that a chain of
10^5 terms is one node and the depth of a tree is the nesting its author wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from inferno.grammar.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything that was written somewhere."""

    span: Span = field(compare=False, repr=False)


# ---- expressions ---------------------------------------------------------------------------------


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


# ---- declarations shared by files and components ----------------------------------------------------


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


# ---- component bodies ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Annotation(Node):
    """`@shared(mean)`, `@persistent`."""

    name: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class States(Node):
    """`state v : mV = v_rest @persistent`; the annotations hold for all its declarations."""

    declarations: tuple[Declaration, ...]
    annotations: tuple[Annotation, ...] = ()
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Receptor(Node):
    """`receptor ge : nS = exponential(5 ms)`."""

    declaration: Declaration


@dataclass(frozen=True, slots=True)
class Traces(Node):
    """`trace x = pre(tau_pre), y = post(tau_post)`: name and right side of each."""

    definitions: tuple[Let, ...]


@dataclass(frozen=True, slots=True)
class Modulator(Node):
    """`modulator D : 1`."""

    name: str
    type: TypeName | None = None


@dataclass(frozen=True, slots=True)
class Equation(Node):
    """`left = right`; the left side holds one derivative."""

    left: Expr
    right: Expr
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Refractory(Node):
    """`refractory t_ref hold v, theta`."""

    duration: Expr
    hold: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Solve(Node):
    """`solve rk2 substeps 2`."""

    method: str
    substeps: Expr | None = None


@dataclass(frozen=True, slots=True)
class Surrogate(Node):
    """`surrogate fast_sigmoid(25)`."""

    value: Expr


@dataclass(frozen=True, slots=True)
class BoundDecl(Node):
    """`bound w in [0 nS, w_max] hard`."""

    name: str
    range: Interval
    kind: Expr | None = None


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """`target op value` inside a block; `operator` is `=`, `+=`, `-=`, `*=` or `/=`."""

    target: Expr
    operator: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Emit(Node):
    """`emit name`."""

    name: str


@dataclass(frozen=True, slots=True)
class IfBlock(Node):
    """`if condition:` inside an event block."""

    condition: Expr
    then: tuple[BlockStatement, ...]
    otherwise: tuple[BlockStatement, ...] = ()


BlockStatement = Assign | Emit | IfBlock


@dataclass(frozen=True, slots=True)
class SpikeWhen(Node):
    """`spike when condition:` and its block."""

    condition: Expr
    block: tuple[BlockStatement, ...]


@dataclass(frozen=True, slots=True)
class OnEvent(Node):
    """`on pre:`, `on post:`, `on name when condition:`."""

    name: str
    condition: Expr | None
    block: tuple[BlockStatement, ...]


ComponentStatement = (
    Params
    | Let
    | Function
    | InputDecl
    | OutputDecl
    | States
    | Receptor
    | Traces
    | Modulator
    | Equation
    | Refractory
    | Solve
    | Surrogate
    | BoundDecl
    | SpikeWhen
    | OnEvent
)


@dataclass(frozen=True, slots=True)
class Component(Node):
    """`neuron`, `synapse`, `plasticity` or `readout` (that word is `kind`) with its body."""

    kind: str
    name: str
    name_span: Span = field(compare=False, repr=False)
    extends: Name | None = None
    doc: str | None = None
    body: tuple[ComponentStatement, ...] = ()


# ---- network ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Import(Node):
    """`import a.b as c` (`names` is None) or `from a.b import x, y`."""

    module: str
    names: tuple[Name, ...] | None = None
    alias: str | None = None


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
