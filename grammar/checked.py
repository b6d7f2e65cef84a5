"""A checked program: what a `.snn` file means, with every name resolved and every value in base units.

Its components are in `models.py`, how it runs in `runs.py`; they are named here too, where a reader looks for all of it.
Nothing here can be wrong any more; a later stage that meets a contradiction has found a bug of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from inferno.grammar.expression import Expression
from inferno.grammar.layers import Layer, Mark
from inferno.grammar.models import Assignment as Assignment
from inferno.grammar.models import Checked as Checked
from inferno.grammar.models import Equation as Equation
from inferno.grammar.models import Event as Event
from inferno.grammar.models import Handler as Handler
from inferno.grammar.models import Instance as Instance
from inferno.grammar.models import Model as Model
from inferno.grammar.models import NeuronModel as NeuronModel
from inferno.grammar.models import Parameter as Parameter
from inferno.grammar.models import PlasticityModel as PlasticityModel
from inferno.grammar.models import Port as Port
from inferno.grammar.models import ReadoutModel as ReadoutModel
from inferno.grammar.models import Refractory as Refractory
from inferno.grammar.models import Solver as Solver
from inferno.grammar.models import SpikeRule as SpikeRule
from inferno.grammar.models import State as State
from inferno.grammar.models import Surrogate as Surrogate
from inferno.grammar.models import SynapseModel as SynapseModel
from inferno.grammar.models import Trace as Trace
from inferno.grammar.models import WeightRange as WeightRange
from inferno.grammar.models import WeightUse as WeightUse
from inferno.grammar.places import Grid as Grid
from inferno.grammar.places import Places as Places
from inferno.grammar.places import Scatter as Scatter
from inferno.grammar.runs import Gradient as Gradient
from inferno.grammar.runs import LossTerm as LossTerm
from inferno.grammar.runs import Run as Run
from inferno.grammar.runs import Train as Train
from inferno.grammar.units import Dimension

if TYPE_CHECKING:
    from inferno.grammar.claimed import Expectation

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Input(Checked):
    """`input image : real[28, 28] in [0, 1]`; `kind` is `real` or `spikes`.

    `file` is where its spikes are read from, if they are, and `written` the path that the program names.
    """

    name: str
    kind: str
    shape: Shape
    low: float
    high: float
    default: float | None = None
    file: str = ""
    written: str = ""


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
    places: Places | None = None


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
    """Which pairs are joined: `dense` (perhaps without the diagonal), `one_to_one`, a `list` that the recipe makes, or windows, `conv`."""

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
    """What spikes or values pass on their way, in an edge of the short form; in a projection with settings None, or its one `conv`."""
    event: str = ""
    """Which event of the source it sends; nothing where it sends spikes."""
    value: str = ""
    """Which state of the source it sends as a value, in every step; nothing where it sends spikes, an event or an input."""
    draws: tuple[str, ...] = ()
    """The names of its `draw` lines."""
    sides: tuple[tuple[str, str], ...] = ()
    """Which drawn parameters of its rule are of each neuron of its source (`pre`) or target (`post`), and not of each synapse."""


@dataclass(frozen=True, slots=True)
class GapJunction(Checked):
    """A current `conductance * (x_j - x_i)` between neurons of a population, or of a part of it, that the recipe joins either way.

    With `other`, it flows between neurons of that population, where the recipe has its sources and `other_state` takes part, and of this
    one.  It enters the models of both by the port `name current`.
    """

    name: str
    population: str
    state: str
    conductance: Fraction
    part: Ranges
    recipe: Recipe
    other: str = ""
    other_state: str = ""
    other_part: Ranges = ()


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
