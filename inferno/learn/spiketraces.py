"""Traces and spikes of both sides of a cell, as pair rules read them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.pointers import has_memory, is_traced
from inferno.learn.trainer import CellTrainer, observed
from inferno.neural.layers.cell import Cell
from inferno.observe.monitors import Constructor, Monitor, StateMonitor
from inferno.observe.reducers import CumulativeTraceReducer, FoldReducer, NearestTraceReducer, PassthroughReducer

TRACES = {"cumulative": CumulativeTraceReducer, "nearest": NearestTraceReducer}


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace to monitor: its name, whose spikes, what a spike adds, and its time constant in ms."""

    name: str
    side: str
    amplitude: float
    time_constant: float


@dataclass(frozen=True, slots=True)
class Sight:
    """How a cell is observed: at which step, in which way traces add up, and whether delays are applied when they are read.

    With `delayed`, a connection's raw spikes are recorded as far back as its delays reach, and read there at each update; otherwise
    spikes are recorded as they arrive.
    """

    step_time: float
    mode: str
    delayed: bool
    tolerance: float

    @classmethod
    def of(cls, cell: Cell, step_time: float | None, mode: str, delayed: bool, tolerance: float) -> Sight:
        """How a cell is observed; the step is the connection's unless it is given, and delays are read where there are any."""
        has_delays = delayed and bool(cell.connection.delayedby)
        return cls(cell.connection.dt if step_time is None else step_time, mode, has_delays, tolerance)

    def attribute(self, side: str) -> str:
        """The path from a cell to the spikes of one side."""
        if side == "post":
            return "postspike"
        return "synapse.spike" if self.delayed else "prespike"

    def duration(self, cell: Cell, side: str, steps_before: int = 0) -> float:
        """For how long observations of one side are kept, in ms."""
        longest = cell.connection.delayedby if self.delayed and side == "pre" else 0.0
        return (longest or 0.0) + steps_before * self.step_time

    def tags(self, cell: Cell, **more: object) -> dict[str, object]:
        """What distinguishes a monitor from others of its name."""
        return {"dt": self.step_time, "mode": self.mode, "delayed": self.delayed, "tolerance": self.tolerance, **more}


def monitored(reducer: FoldReducer) -> Constructor:
    """A constructor of monitors that see calls of a layer in training mode before other hooks do."""

    def construct(path: str, layer: nn.Module) -> Monitor:
        return StateMonitor(reducer, path, layer, train_update=True, eval_update=False, prepend=True)

    return construct


def add_trace(trainer: CellTrainer, name: str, cell: Cell, sight: Sight, trace: Trace, steps_before: int = 0) -> None:
    """Monitor a trace of one side of a cell; `steps_before` steps of it are kept beside what delays need."""
    reducer = TRACES[sight.mode](
        sight.step_time,
        trace.time_constant,
        trace.amplitude,
        True,
        duration=sight.duration(cell, trace.side, steps_before),
        inclusive=True,
    )
    tags = sight.tags(cell, amplitude=trace.amplitude, time_constant=trace.time_constant, steps_before=steps_before)
    trainer.add_monitor(name, trace.name, sight.attribute(trace.side), monitored(reducer), False, **tags)


def add_spikes(trainer: CellTrainer, name: str, cell: Cell, sight: Sight, side: str) -> None:
    """Monitor the spikes of one side of a cell."""
    reducer = PassthroughReducer(sight.step_time, sight.duration(cell, side), inclusive=True)
    trainer.add_monitor(name, f"spike_{side}", sight.attribute(side), monitored(reducer), False, **sight.tags(cell))


def seen(monitor: Monitor, cell: Cell, sight: Sight, side: str, steps_before: int = 0) -> Tensor:
    """What a monitor has of one side: as of now, or with delays as it arrives now; `steps_before` reads earlier values.

    [batch, *synapse] and with delays [batch, *synapse, D] for the presynaptic side, [batch, *neurons] for the other.

    Raises
    ------
    ValueError
        For a delay outside of the history that is kept; compiled code takes the nearest inside.
    """
    present = observed(monitor)
    if sight.delayed and side == "pre":
        selector = cell.connection.selector
        assert selector is not None
        if torch.compiler.is_compiling():
            selector = selector.clamp(0.0, sight.duration(cell, side))
        try:
            found = monitor.view(selector + steps_before * sight.step_time, max(sight.tolerance, 1e-6))
        except ValueError as error:
            raise ValueError(f"`delay` must lie within the history where it is applied at updates: {error}") from error
        assert found is not None
        return found
    if not steps_before:
        return present
    assert isinstance(monitor.reducer, FoldReducer)
    return monitor.reducer.data_.read(1 + steps_before)


def checked_trace_mode(value: str) -> str:
    """A way for traces to add up: `cumulative` or `nearest`; errors as `arguments.choice`."""
    return arguments.choice("trace_mode", value, TRACES)


def per_sample(cell: Cell, post: Tensor, pre: Tensor) -> Tensor:
    """The product of both sides for each sample, summed over the places that share a weight: [batch, *weight]."""
    connection = cell.connection
    return (connection.postsyn_receptive(post) * connection.presyn_receptive(pre)).sum(-1)


def reduced(cell: Cell, post: Tensor, pre: Tensor, reduction: object) -> Tensor:
    """The product of both sides, reduced over the batch, [*weight]: mean and sum without a tensor per sample."""
    if reduction is torch.mean or reduction is torch.sum:
        if not is_traced() and has_memory(post) and not post.any():
            return torch.zeros_like(cell.connection.weight)
        return cell.connection.correlate(post * (1.0 / post.shape[0]) if reduction is torch.mean else post, pre)
    return reduction(per_sample(cell, post, pre), 0)  # type: ignore[operator,no-any-return]
