"""A checked program: what a `.snn` file means, with every name resolved and every value in base units.

Nothing here can be wrong any more; a later stage that meets a contradiction has found a bug of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from inferno.grammar.expression import Expression
from inferno.grammar.layers import Layer, Mark
from inferno.grammar.runs import Gradient as Gradient
from inferno.grammar.runs import LossTerm as LossTerm
from inferno.grammar.runs import Run as Run
from inferno.grammar.runs import Train as Train
from inferno.grammar.source import Span
from inferno.grammar.units import Dimension

if TYPE_CHECKING:
    from inferno.grammar.claimed import Expectation

Shape = tuple[int, ...]


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
    """An input of a component; what arrives is summed.  Into a `receptor` arrive weights, whose dimension it has."""

    name: str
    dimension: Dimension
    receptor: bool = False


@dataclass(frozen=True, slots=True)
class State(Checked):
    """A state variable: per sample, unless `shared` names how one value for the whole batch is made (`mean`, `sum`, `max`).

    `receptor` says that it belongs to a receptor: it never stands still, and starts anew with the synapses.
    """

    name: str
    dimension: Dimension
    initial: Expression
    shared: str | None = None
    persistent: bool = False
    train_only: bool = False
    receptor: bool = False


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
    """A `neuron` component; `arrivals` are what arrivals over receptors add to its states at the start of a step."""

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


@dataclass(frozen=True, slots=True)
class Input(Checked):
    """`input image : real[28, 28] in [0, 1]`; `kind` is `real` or `spikes`, `file` where its spikes are read from, if they are."""

    name: str
    kind: str
    shape: Shape
    low: float
    high: float
    default: float | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Population(Checked):
    """A population of one neuron model; `drive` are expressions given for the model's inputs.

    A value with a draw differs from neuron to neuron; `draws` are such values by names of their own, to which the others refer as to
    parameters.  Nor is a parameter that is drawn put into the others: they refer to it.
    """

    name: str
    shape: Shape
    neuron: Instance
    drive: tuple[tuple[str, Expression], ...] = ()
    initial: tuple[tuple[str, Expression], ...] = ()
    draws: tuple[tuple[str, Expression], ...] = ()


Ranges = tuple[tuple[int, int], ...]
"""For each axis of a population from where to where; empty for the whole of it."""
Recipe = tuple[Any, ...]
"""How pairs are made: `("random", 1, 0.1)`, a connectivity with its number and argument, or `("-", left, right)`; also `+` and `&`.

The number counts the connectivities of a recipe from 1, and tells their random numbers apart."""


def part_shape(shape: Shape, ranges: Ranges) -> Shape:
    """The shape of a part."""
    return tuple(high - low for low, high in ranges) if ranges else shape


@dataclass(frozen=True, slots=True)
class View(Checked):
    """`view E = all[:80]`: a part of a population or input."""

    name: str
    owner: str
    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Connectivity(Checked):
    """Which pairs are joined: `dense` (perhaps without the diagonal), `one_to_one`, or a `list` that the recipe makes."""

    pattern: str
    without_diagonal: bool = False
    recipe: Recipe = ("dense", 1)


@dataclass(frozen=True, slots=True)
class Delays:
    """A delay in ms for each synapse, an expression of constants and draws; the shortest and the longest it can be, in steps."""

    time: Expression
    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class Bound(Checked):
    """A bound of the weight: `kind` is `clamp`, `multiplicative`, `power` (of `exponent`) or `sharp`."""

    kind: str
    limit: float
    exponent: float = 1.0


@dataclass(frozen=True, slots=True)
class Normalization(Checked):
    """`l1(norm, over = pre, each = sample)`: the sum of |w| over all synapses `over` that side is kept at `norm`."""

    norm: float
    over: str
    each: str


@dataclass(frozen=True, slots=True)
class Projection(Checked):
    """A projection; its weight is an expression of constants and draws, its delay whole steps (the shortest, if they differ)."""

    name: str
    source: str
    target: str
    port: str
    connectivity: Connectivity
    synapse: Instance | None
    weight: Expression
    weight_dimension: Dimension
    delay_steps: int
    plasticity: Instance | None
    batch_reduction: str
    lower: Bound | None
    upper: Bound | None
    normalize: Normalization | None
    source_part: Ranges = ()
    target_part: Ranges = ()
    delays: Delays | None = None
    trainable: tuple[tuple[str, Mark], ...] = ()
    """Which of `weight` and `delay` gradients may change."""
    layers: tuple[Layer, ...] | None = None
    """What spikes or values pass on their way, in an edge of the short form; None in a projection with settings."""


@dataclass(frozen=True, slots=True)
class GapJunction(Checked):
    """A current `conductance * (x_j - x_i)` between neurons of a population, or of a part of it, that the recipe joins either way.

    It enters the population's model by the port `name current`.
    """

    name: str
    population: str
    state: str
    conductance: Fraction
    part: Ranges
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Link(Checked):
    """A value that is read in the step in which it is made.

    It comes from a state (`variable`) of a population, or from an input (where `variable` is empty), and goes to an input (`port`) of a
    population, or with `projection` to the modulator `port` of that projection's rule; `target` is then the projection's target.
    """

    source: str
    variable: str
    target: str
    port: str
    projection: str = ""

    @property
    def name(self) -> str:
        """Its ends, as an author writes them."""
        start = f"{self.source}.{self.variable}" if self.variable else self.source
        return f"{start} -> {self.projection or self.target}.{self.port}"


@dataclass(frozen=True, slots=True)
class Output(Checked):
    """`mean` or `sum` over time of a population's variable, or a readout of its spike rates."""

    name: str
    kind: str
    population: str
    variable: str
    readout: Instance | None = None
    part: Ranges = ()


@dataclass(frozen=True, slots=True)
class Recording(Checked):
    """What is sampled at the end of every `every`-th step; `index` selects neurons (start, stop, step per axis).

    `name` is the key under which a result holds it: `exc.v`, `exc[:5].v`, or, where that is recorded more than once, `exc.v every 5 ms`.
    """

    name: str
    owner: str
    variable: str
    every: int
    index: tuple[tuple[int | None, int | None, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """A whole checked file; declarations sorted by name, so that their order in the file never matters."""

    name: str
    doc: str
    parameters: tuple[tuple[str, Expression], ...]
    inputs: tuple[Input, ...]
    populations: tuple[Population, ...]
    projections: tuple[Projection, ...]
    outputs: tuple[Output, ...]
    recordings: tuple[Recording, ...]
    run: Run
    train: Train | None
    views: tuple[View, ...] = ()
    gaps: tuple[GapJunction, ...] = ()
    links: tuple[Link, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    trains: tuple[Input, ...] = ()
