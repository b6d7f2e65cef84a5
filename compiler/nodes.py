"""What nodes and edges of the graph carry: one frozen payload each; their equations are in `dynamics.py`.

Expressions refer to names of their own payload: `parameter`, `state`, `port`, `constant` (made by a pass, see `Derived`),
`local` (a definition of the same payload), `noise` (in equations), `normal` (in what is made of them), and to the network's inputs
(`input`).
"""

from __future__ import annotations

from dataclasses import dataclass

from inferno.compiler.dynamics import Assign as Assign
from inferno.compiler.dynamics import Derived as Derived
from inferno.compiler.dynamics import Diffusion as Diffusion
from inferno.compiler.dynamics import Dynamics as Dynamics
from inferno.compiler.dynamics import Event as Event
from inferno.compiler.dynamics import Limit as Limit
from inferno.compiler.dynamics import Propagator as Propagator
from inferno.compiler.dynamics import StateVariable as StateVariable
from inferno.compiler.dynamics import Update as Update
from inferno.grammar.checked import Ranges, Recipe, Shape
from inferno.grammar.expression import Expression
from inferno.grammar.layers import Layer


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the author wrote it, for the comments of generated code."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class InputNode:
    """A network input; `kind` is `real` or `spikes`."""

    name: str
    kind: str
    shape: Shape
    low: float
    high: float
    origin: Origin


@dataclass(frozen=True, slots=True)
class Gap:
    """A current through gap junctions into a port: `conductance * (x_j - x_i)`, x the state at the start of a step.

    The neighbours' values are of the same part, or with `other` those of the state `other_state` of that part of that population, which
    is the recipe's source.  `stream` is what the random numbers of the recipe belong to.
    """

    name: str
    port: str
    state: str
    conductance: float
    part: Ranges
    recipe: Recipe
    other: str = ""
    other_state: str = ""
    other_part: Ranges = ()
    stream: str = ""


@dataclass(frozen=True, slots=True)
class PopulationNode:
    """A population of neurons.

    `arrivals` are what arrivals over a port add to states before these are integrated: each adds, and reads the states before all of them.
    `in_evaluation` are the dynamics for evaluation where they differ: with frozen states that others depend on.  `kernel` is `intervals`
    where all steps can be made at once, else empty.  One that `relays` another sends an event of it as its spikes.
    """

    name: str
    shape: Shape
    model: str
    dynamics: Dynamics
    drive: tuple[tuple[str, Expression], ...]
    condition: Expression | None
    assignments: tuple[Assign, ...]
    refractory_steps: int | Expression | None
    surrogate: tuple[str, float]
    origin: Origin
    in_evaluation: Dynamics | None = None
    kernel: str = ""
    arrivals: tuple[Assign, ...] = ()
    limits: tuple[Limit, ...] = ()
    gaps: tuple[Gap, ...] = ()
    events: tuple[Event, ...] = ()
    relays: str = ""

    @property
    def changes(self) -> tuple[Assign, ...]:
        """Everything that spikes and events do to states."""
        return (*self.assignments, *(a for e in self.events for a in e.assignments))


@dataclass(frozen=True, slots=True)
class ReadoutNode:
    """An output: `mean` or `sum` of a variable over time, or a named readout of spike rates with its options."""

    name: str
    kind: str
    population: str
    variable: str
    options: tuple[tuple[str, float], ...]
    origin: Origin
    part: Ranges = ()


@dataclass(frozen=True, slots=True)
class Synapse:
    """Dynamics per target neuron, driven by the port `impulse`."""

    model: str
    dynamics: Dynamics
    on_impulse: tuple[Assign, ...]
    output: Expression
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceUse:
    """A trace that a rule reads; `key` names the state that holds it, shared by all rules that need the same."""

    name: str
    side: str
    tau: Expression
    nearest: bool
    key: str


@dataclass(frozen=True, slots=True)
class Term:
    """One summand of a weight change: `pre(i) * post(j) * synapse(i, j)` where `event` happens.

    A change that is no such product is kept whole in `synapse`, with `separable` False.  `statement` counts the author's statements:
    the terms of one are summed before they count as potentiating or depressing.
    """

    statement: int
    event: str
    pre: Expression
    post: Expression
    synapse: Expression
    separable: bool = True


@dataclass(frozen=True, slots=True)
class StateChange:
    """What an event does to a state of a rule; `operation` is `add`, `scale` or `set`."""

    event: str
    target: str
    operation: str
    value: Expression


@dataclass(frozen=True, slots=True)
class ModulatorUse:
    """A value that a rule reads as the port `name`: a state of a population, or an input, where `variable` is empty."""

    name: str
    source: str
    variable: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A plasticity rule; `handlers` are what it adds to the weight, as `terms` once they are factored.

    `dynamics` are its states, one per synapse and sample, and their equations, where there are any; a state `w` in them is the weight
    itself, which all samples share.  `drawn` are parameters that differ from synapse to synapse, in the order in which they can be
    calculated; those that `sides` names are of each neuron of the source (`pre`) or the target (`post`).
    """

    model: str
    parameters: tuple[tuple[str, Expression], ...]
    traces: tuple[TraceUse, ...]
    handlers: tuple[tuple[str, Expression], ...]
    reduction: str
    derived: tuple[Derived, ...] = ()
    terms: tuple[Term, ...] = ()
    dynamics: Dynamics | None = None
    state_changes: tuple[StateChange, ...] = ()
    modulators: tuple[ModulatorUse, ...] = ()
    drawn: tuple[tuple[str, Expression], ...] = ()
    sides: tuple[tuple[str, str], ...] = ()
    limits: tuple[Limit, ...] = ()

    @property
    def differing(self) -> frozenset[str]:
        """The names of parameters and constants that differ from synapse to synapse."""
        made = (*self.derived, *(self.dynamics.derived if self.dynamics is not None else ()))
        return frozenset(n for n, _ in self.drawn) | {d.name for d in made if d.formula is not None}

    @property
    def states(self) -> tuple[StateVariable, ...]:
        """The states that every synapse has in every sample."""
        return tuple(s for s in self.dynamics.states if s.name != "w") if self.dynamics is not None else ()


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound of the weight; `kind` is `clamp`, `multiplicative`, `power` or `sharp`."""

    kind: str
    limit: float
    exponent: float = 1.0


@dataclass(frozen=True, slots=True)
class Delays:
    """A delay in ms for each synapse, an expression of constants and draws, and the longest that it can be, in steps."""

    time: Expression
    longest: int


@dataclass(frozen=True, slots=True)
class ProjectionEdge:
    """A projection.

    `pattern` is `dense`, `one_to_one`, or `list` where `recipe` makes the pairs, or each has a delay of its own (`delay` is then the
    shortest).  `kernel` is how its sums are made: `matrix`, `vector`, `uniform`, `uniform_no_self`, `scaled`, or over rows of synapses
    `list` and, with one constant weight, `list_uniform`.  Parts are empty where an end is a whole population.

    `stages` are the layers that an edge of the short form has (`kernel` is then `layers`), None for a projection with settings, unless its
    pattern is `conv`: windows with shared weights, which are one layer;
    `trainable` names what of weight and delay gradients may change.
    One to a receptor (`to_receptor`) delivers the summed weights themselves, as does one of a value, another without synapse these divided
    by dt.  `source_kind` is `spikes`, `real` for an input's values, or `value` for those of the state `variable` of the source.
    """

    name: str
    source: str
    source_kind: str
    target: str
    port: str
    pattern: str
    without_diagonal: bool
    weight: Expression
    delay: int
    synapse: Synapse | None
    rule: Rule | None
    lower: Bound | None
    upper: Bound | None
    normalize: tuple[float, str, str] | None
    origin: Origin
    kernel: str = ""
    recipe: Recipe = ("dense", 1)
    source_part: Ranges = ()
    target_part: Ranges = ()
    delays: Delays | None = None
    stages: tuple[Layer, ...] | None = None
    trainable: tuple[str, ...] = ()
    to_receptor: bool = False
    variable: str = ""

    @property
    def is_impulse(self) -> bool:
        """Whether it delivers charges, so to speak, which arrive within a step, and not what is there all the time."""
        return self.synapse is None and not self.to_receptor and not self.variable

    @property
    def longest(self) -> int:
        """The longest delay in steps."""
        return self.delays.longest if self.delays is not None else self.delay


@dataclass(frozen=True, slots=True)
class ValueEdge:
    """An input's values enter a population's parameters or drive."""

    name: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class LinkEdge:
    """A value that is read in the step in which it is made.

    It is a state of a population, or an input, where `variable` is empty; it enters the input `port` of the target, or with `projection`
    is read by the rule of that projection onto the target, as its modulator `port`, once all populations of the step have run.
    """

    name: str
    source: str
    variable: str
    target: str
    port: str
    projection: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A variable that is sampled at the end of every `every`-th step; `name` is its key in a result."""

    name: str
    owner: str
    variable: str
    every: int
    index: tuple[tuple[int | None, int | None, int | None], ...]


@dataclass(frozen=True, slots=True)
class Region:
    """Populations that are stepped together, in the order in which they run within a step."""

    populations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Experiment:
    """What belongs to the whole network.

    `reset` None resets all that is not persistent; `measured` are the owners and variables that claims read.
    """

    name: str
    dt: float
    steps: int | None
    batch: int
    seed: int
    reset: tuple[str, ...] | None
    recorded: tuple[Recorded, ...]
    measured: tuple[tuple[str, str], ...] = ()
    regions: tuple[Region, ...] = ()


Payload = InputNode | PopulationNode | ReadoutNode
Edge = ProjectionEdge | ValueEdge | LinkEdge
