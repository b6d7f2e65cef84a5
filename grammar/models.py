"""Checked components: what neurons, synapses, plasticity rules and readouts say, with every name resolved and every value in base units."""

from __future__ import annotations

from dataclasses import dataclass, field

from inferno.grammar.expression import Expression
from inferno.grammar.layers import Mark
from inferno.grammar.source import Span
from inferno.grammar.units import Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Anything that stands at a place of a file."""

    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter(Checked):
    """A component's parameter; a default of None must be given by the user of the component.  Range limits may be infinite."""

    name: str
    dimension: Dimension
    default: Expression | None
    low: Expression | None = None
    high: Expression | None = None
    integer: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Port(Checked):
    """An input of a component; what arrives is summed.  Into a `receptor` arrive weights, whose dimension it has.

    `default`, of parameters, is added to what arrives where a population gives the input no other value.
    """

    name: str
    dimension: Dimension
    receptor: bool = False
    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class State(Checked):
    """A state variable: per sample, unless `shared` names how one value for the whole batch is made (`mean`, `sum`, `max`).

    `receptor` says that it belongs to a receptor: it never stands still, and starts anew with the synapses.  `low` and `high` are the range
    to which it is cut in every step.
    """

    name: str
    dimension: Dimension
    initial: Expression
    shared: str | None = None
    persistent: bool = False
    train_only: bool = False
    receptor: bool = False
    low: Expression | None = None
    high: Expression | None = None


@dataclass(frozen=True, slots=True)
class Equation(Checked):
    """`state' = rate`, in units of the state per ms; `scale` is what stood before the derivative (must be positive).

    `driven` is the dimension of the right side as it was written, where that is known.
    """

    state: str
    rate: Expression
    scale: Expression
    driven: Dimension | None = None


@dataclass(frozen=True, slots=True)
class Assignment(Checked):
    """`target = value`, or with `accumulate` `target += value`; read with the values before the block."""

    target: str
    value: Expression
    accumulate: bool


@dataclass(frozen=True, slots=True)
class SpikeRule(Checked):
    """When a neuron spikes, and what then happens to its states."""

    condition: Expression
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Event(Checked):
    """An event of a neuron's own: when it occurs, and what then happens to the states.

    Conditions may refer to events (`Reference("event", name)`) that come before in their model, and to its spike, `spike`.
    """

    name: str
    condition: Expression
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class Refractory(Checked):
    """After a spike the held states stand still, and no spike occurs, for this long."""

    duration: Expression
    hold: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Solver(Checked):
    """How equations are integrated when the author says so: `euler`, `exponential_euler`, `rk2`, `rk4` or `exact`."""

    method: str
    substeps: int = 1


@dataclass(frozen=True, slots=True)
class Surrogate(Checked):
    """The derivative that a spike has for autograd."""

    function: str
    slope: float


@dataclass(frozen=True, slots=True)
class NeuronModel(Checked):
    """A `neuron` component; `arrivals` are what arrivals over receptors add to its states at the start of a step.

    `events` stand in an order in which each comes after those by which it is emitted.
    """

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    ports: tuple[Port, ...]
    states: tuple[State, ...]
    equations: tuple[Equation, ...]
    spike: SpikeRule | None
    refractory: Refractory | None
    surrogate: Surrogate | None
    solver: Solver | None
    arrivals: tuple[Assignment, ...] = ()
    forms: tuple[NeuronModel, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class SynapseModel(Checked):
    """A `synapse` component: one set of states per target neuron, driven by the summed weights of the arriving spikes.

    `on_impulse` assignments apply in the step of arrival, before the states are integrated; `output` is what the target receives.
    """

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    impulse_name: str
    impulse: Dimension
    states: tuple[State, ...]
    equations: tuple[Equation, ...]
    on_impulse: tuple[Assignment, ...]
    output: Expression
    output_dimension: Dimension
    solver: Solver | None = None


@dataclass(frozen=True, slots=True)
class Trace(Checked):
    """A decaying trace of a neuron's spikes; `side` is `pre` or `post`."""

    name: str
    side: str
    tau: Expression
    nearest: bool


@dataclass(frozen=True, slots=True)
class Handler(Checked):
    """What a plasticity rule does on a `pre` or `post` event.

    `operation` is what the author wrote: `add`, `scale` (`*=`) or `set` (`=`).  For the weight `w`, `change` is what that adds to it in
    all three cases; for a state it is what is added, the factor, or the new value.
    """

    event: str
    change: Expression
    target: str = "w"
    operation: str = "add"


@dataclass(frozen=True, slots=True)
class WeightRange(Checked):
    """`bound w in [low, high] hard`: the bounds that a rule brings along; a limit may be infinite."""

    low: Expression
    high: Expression
    kind: str = "clamp"
    exponent: float = 1.0


@dataclass(frozen=True, slots=True)
class WeightUse(Checked):
    """A place of a rule that says of what unit the weight is."""

    dimension: Dimension


@dataclass(frozen=True, slots=True)
class PlasticityModel(Checked):
    """A `plasticity` component; its states are one per synapse, `equations` may hold one for the weight `w`."""

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    traces: tuple[Trace, ...]
    handlers: tuple[Handler, ...]
    states: tuple[State, ...] = ()
    equations: tuple[Equation, ...] = ()
    modulators: tuple[Port, ...] = ()
    bound: WeightRange | None = None
    solver: Solver | None = None
    weight_uses: tuple[WeightUse, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadoutModel(Checked):
    """A `readout` component: its parameters; the runtime has the algorithm of that name."""

    name: str
    doc: str
    parameters: tuple[Parameter, ...]


Model = NeuronModel | SynapseModel | PlasticityModel | ReadoutModel


@dataclass(frozen=True, slots=True)
class Instance(Checked):
    """A component with a value for each of its parameters: a constant, or an expression over the network's inputs."""

    model: Model
    values: tuple[tuple[str, Expression], ...]
    trainable: tuple[tuple[str, Mark], ...] = ()

    def value(self, name: str) -> Expression:
        """The value of a parameter."""
        return dict(self.values)[name]
