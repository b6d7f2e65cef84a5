"""What a generated module says about itself: its variables, and its regions in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from inferno.runtime.drawn import Limit

Tensors = dict[str, Tensor]
Step = Callable[[Mapping[str, Tensor], Mapping[str, Tensor], Mapping[str, Tensor], Mapping[str, Tensor]], tuple[Tensors, Tensors]]
Between = Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], Tensors]
Whole = Callable[[Mapping[str, Tensor], Mapping[str, Tensor], Mapping[str, Tensor], Mapping[str, Tensor], int], tuple[Tensors, Tensors]]
DrawnConstants = Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], tuple[Tensors, list[Limit]]]
Drift = Callable[[Mapping[str, Tensor], Mapping[str, Tensor], Mapping[str, Tensor]], Tensor]
Initial = Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], Tensors]


def split_key(key: str) -> tuple[str, str]:
    """Owner and variable of a key such as `block[0].s.v`: an owner's name may have dots of its own."""
    owner, _, name = key.rpartition(".")
    return owner, name


@dataclass(frozen=True, slots=True)
class Variable:
    """A tensor that a network keeps between steps.

    `kind` is `state`, `shared`, `weight`, `synaptic`, `common` (of a synapse, for all samples), `refractory`, `trace` or `line`; shapes are
    without the batch, and -1 stands for the number of synapses.  `fresh` ones start anew with every sample; `persistent` ones survive
    `reset()`.
    """

    key: str
    kind: str
    shape: tuple[int, ...]
    fresh: bool
    persistent: bool

    @property
    def per_sample(self) -> bool:
        """Whether the tensor's first dimension is the batch."""
        return self.kind not in ("shared", "weight", "common")

    @property
    def flat(self) -> tuple[int, ...]:
        """The shape in which steps see it: neurons in one dimension."""
        if self.kind in ("line", "synaptic", "weight", "common"):
            return self.shape
        count = 1
        for size in self.shape:
            count *= size
        return (count,)


@dataclass(frozen=True, slots=True)
class Loop:
    """A function of the loop library with the keys of the tensors that it takes, in order.

    With what arrives stands whether it is spikes, with what is emitted the number of its neurons.  `between` makes what it does not sum
    itself, for all steps at once.  `independent` says that no sample changes anything for another, `common` which variables all samples
    then share, `draws` the regions of sources that it steps on the way.  The function's name ends with its mode.
    """

    function: str
    variables: tuple[str, ...]
    arriving: tuple[tuple[str, bool], ...]
    constants: tuple[str, ...]
    emits: tuple[tuple[str, int], ...]
    between: Between | None = None
    independent: bool = False
    common: tuple[str, ...] = ()
    draws: tuple[str, ...] = ()

    @property
    def mode(self) -> str:
        """`training` or `evaluation`."""
        return self.function.rpartition("_")[2]


@dataclass(frozen=True, slots=True)
class Region:
    """Populations that are stepped together: the step, what comes before it for all steps at once, and the keys they use.

    `whole`, where there is one, runs all steps at once in place of the step; so does `loop`, where there is a library for it.  `drift`
    makes what a step adds to countdowns, for sources that the loop of another region steps.
    `delayed` lists series to make first: name, source series, the variable that keeps what is under way, steps, and whether the
    series begins that many steps before the call.
    """

    name: str
    step: Step | None
    between: Between | None
    variables: tuple[str, ...]
    arriving: tuple[str, ...]
    constants: tuple[str, ...]
    emits: tuple[str, ...]
    delayed: tuple[tuple[str, str, str, int, bool], ...] = ()
    whole: Whole | None = None
    drift: Drift | None = None
    loop: Loop | None = None

    def reads(self, *, as_loop: bool) -> tuple[str, ...]:
        """The keys of the constants that it reads, run as a loop or not."""
        return self.loop.constants if as_loop and self.loop is not None else self.constants

    def holds(self, *, as_loop: bool) -> tuple[str, ...]:
        """The keys of the variables that it reads or changes."""
        return tuple({*self.variables, *self.loop.variables}) if as_loop and self.loop is not None else self.variables

    def takes(self, *, as_loop: bool) -> tuple[str, ...]:
        """The keys of the series that it takes, run as a loop or not."""
        return tuple(key for key, _ in self.loop.arriving) if as_loop and self.loop is not None else self.arriving

    def before(self, *, as_loop: bool) -> Between | None:
        """What makes some of these series for all steps at once."""
        return self.loop.between if as_loop and self.loop is not None else self.between


Drawn = Callable[..., Tensor]
Stretch = Callable[[Mapping[str, Tensor], Drawn], Tensor | float]


@dataclass(frozen=True, slots=True)
class Synapses:
    """A projection that is stored as rows of synapses.

    `weight` and `delay` (in ms) give the values of a stretch of synapses; None for one constant weight, and for one delay.  `norm` is
    the side over which initial weights are normalized; what `learns` keeps the source of each synapse, and what `draws` its number.
    """

    name: str
    weight: Stretch | None
    delay: Stretch | None
    norm: str | None
    learns: bool
    draws: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the runtime needs to drive a generated module.

    `normalized` lists weights with the key of the norm to which training brings them back after each sample, and the side (`pre` or
    `post`).
    """

    variables: tuple[Variable, ...]
    evaluation: tuple[Region, ...]
    training: tuple[Region, ...]
    normalized: tuple[tuple[str, str, str], ...]
    initial_values: Initial
    initial_weights: Initial
    lists: tuple[Synapses, ...] = ()
    drawn_constants: DrawnConstants | None = None

    def regions(self, training: bool) -> tuple[Region, ...]:
        """The regions of a mode, in order."""
        return self.training if training else self.evaluation
