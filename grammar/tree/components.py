"""Bodies of components."""

from __future__ import annotations

from dataclasses import dataclass, field

from inferno.grammar.source import Span
from inferno.grammar.tree.declarations import Declaration, Function, InputDecl, Interval, Let, OutputDecl, Params, TypeName
from inferno.grammar.tree.expressions import Argument, Expr, Name, Node


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
    """`neuron`, `synapse`, `plasticity` or `readout` (that word is `kind`) with its body.

    `neuron B as A:` is a form of A (`form_of`), and stands among the `forms` of A once the file is read.
    """

    kind: str
    name: str
    name_span: Span = field(compare=False, repr=False)
    extends: Name | None = None
    doc: str | None = None
    body: tuple[ComponentStatement, ...] = ()
    form_of: Name | None = None
    forms: tuple[Component, ...] = ()
