"""What payloads hold of equations: states, their dynamics, and the constants made of them."""

from __future__ import annotations

from dataclasses import dataclass

from inferno.grammar.expression import Expression


@dataclass(frozen=True, slots=True)
class Derived:
    """A constant that a pass calculated from parameters; `meaning` is for readers.

    Where it differs from neuron to neuron, `value` is None, and `formula` gives it once the parameters are drawn.
    """

    name: str
    value: float | None
    meaning: str
    formula: Expression | None = None


@dataclass(frozen=True, slots=True)
class Propagator:
    """Constants made of a matrix exponential for each neuron: the entries of `exp(A dt)` and of its integral over a step, by name."""

    rows: tuple[tuple[Expression, ...], ...]
    transition: tuple[tuple[str, ...], ...]
    gain: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Diffusion:
    """Constants made for each neuron of what white noise adds in a step to states `x' = A x + B xi`, by name.

    They are the entries of a lower triangular L, where `L L^T` is the covariance of what is added; an entry without a name is 0.
    """

    rows: tuple[tuple[Expression, ...], ...]
    inputs: tuple[tuple[Expression, ...], ...]
    factor: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a value of each neuron must keep to; `name` is what messages call it, `used` the drawn parameters in it.

    At a projection, `side` says of which end the neurons are, `pre` or `post`; `synapse` is one of each synapse.
    """

    name: str
    value: Expression
    low: Expression | None = None
    high: Expression | None = None
    open_low: bool = False
    unit: str = "1"
    used: tuple[str, ...] = ()
    side: str = ""


@dataclass(frozen=True, slots=True)
class StateVariable:
    """A state; one of a `receptor` starts anew with the synapses.  `low` and `high` are the range to which it is cut in every step."""

    name: str
    initial: Expression
    shared: str | None = None
    persistent: bool = False
    train_only: bool = False
    held: bool = False
    receptor: bool = False
    low: Expression | None = None
    high: Expression | None = None


@dataclass(frozen=True, slots=True)
class Assign:
    """What an event does to a state."""

    target: str
    value: Expression
    accumulate: bool


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a population's own: when it occurs, and what it then does to states.

    The condition may read earlier events of its population and `spike`, as references of the kind `event`.
    """

    name: str
    condition: Expression
    assignments: tuple[Assign, ...]


@dataclass(frozen=True, slots=True)
class Update:
    """A state's value after a step; `held` while its neuron is refractory, None if that makes no difference."""

    state: str
    free: Expression
    held: Expression | None = None


@dataclass(frozen=True, slots=True)
class Dynamics:
    """States with their equations, of a neuron model or a synapse, and once integrated, their updates.

    `definitions` are evaluated in order before the updates; all of them read the values at the start of the step.  `drawn` are parameters
    that differ from neuron to neuron, in the order in which they can be calculated; the propagators and diffusions are, before the derived
    constants.  `normals` are standard normal numbers that are drawn in every step, named by the place and number of their stream.
    """

    parameters: tuple[tuple[str, Expression], ...]
    states: tuple[StateVariable, ...]
    ports: tuple[str, ...]
    equations: tuple[tuple[str, Expression], ...]
    method: str | None = None
    substeps: int = 1
    derived: tuple[Derived, ...] = ()
    definitions: tuple[tuple[str, Expression], ...] = ()
    updates: tuple[Update, ...] = ()
    drawn: tuple[tuple[str, Expression], ...] = ()
    propagators: tuple[Propagator, ...] = ()
    diffusions: tuple[Diffusion, ...] = ()
    normals: tuple[str, ...] = ()

    @property
    def differing(self) -> frozenset[str]:
        """The names of parameters and constants that differ from neuron to neuron."""
        return frozenset(n for n, _ in self.drawn) | {d.name for d in self.derived if d.formula is not None}

    @property
    def moves(self) -> tuple[Expression, ...]:
        """Everything that is calculated to move the states by a step."""
        updated = (e for u in self.updates for e in (u.free, u.held) if e is not None)
        return (*(e for _, e in self.definitions), *updated)

    def state(self, name: str) -> StateVariable:
        """The state of a name."""
        return next(s for s in self.states if s.name == name)
