"""Spike-timing dependent plasticity by pairs of spikes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.core.module import Module
from inferno.learn.routing import routed
from inferno.learn.spiketraces import Sight, Trace, add_spikes, add_trace, checked_trace_mode, reduced, seen
from inferno.learn.trainer import IndependentCellTrainer, Unit, over_batch
from inferno.neural.accumulator import Reduction
from inferno.neural.layers.cell import Cell

PAIR = ("lr_post", "lr_pre", "tc_post", "tc_pre", "delayed", "interp_tolerance", "trace_mode", "batch_reduction", "step_time")


class PairState(Module):
    """The parameters with which one cell is trained by pairs of spikes: times in ms, rates without unit."""

    def __init__(
        self,
        *,
        lr_post: float,
        lr_pre: float,
        tc_post: float,
        tc_pre: float,
        delayed: bool,
        interp_tolerance: float,
        trace_mode: str,
        batch_reduction: Reduction | None,
        step_time: float | None,
        default_reduction: Reduction,
    ) -> None:
        super().__init__()
        self.lr_post, self.lr_pre = arguments.real("lr_post", lr_post), arguments.real("lr_pre", lr_pre)
        self.tc_post, self.tc_pre = arguments.positive("tc_post", tc_post), arguments.positive("tc_pre", tc_pre)
        self.delayed, self.trace_mode = arguments.flag("delayed", delayed), checked_trace_mode(trace_mode)
        self.interp_tolerance = arguments.non_negative("interp_tolerance", interp_tolerance)
        self.batch_reduction = over_batch("batch_reduction", batch_reduction, default_reduction)
        self.step_time = arguments.positive("step_time", step_time) if step_time is not None else None
        self.sight: Sight | None = None


class STDP(IndependentCellTrainer):
    """Pair-based spike-timing dependent plasticity.

    With traces dx/dt = -x/tc of the spikes of both sides, a postsynaptic spike changes a weight by lr_post x_pre and a presynaptic spike
    by lr_pre x_post; spikes of the same step count both ways.  Call the trainer after each step of the model: it appends to the updaters,
    which change weights when they are applied.  Samples of a batch are reduced, by default to their mean.
    Source: Morrison, Diesmann & Gerstner, Biological Cybernetics 98:459 (2008); `STDP` of `std/plasticity.snn`.

    Parameters
    ----------
    lr_post, lr_pre
        What a postsynaptic and a presynaptic spike changes; the signs say whether weights rise or fall.
    tc_post, tc_pre
        Time constants of the traces of postsynaptic and of presynaptic spikes in ms, > 0.
    delayed
        Whether the delays of a connection are applied when an update is made, and not when spikes arrive; for delays that are trained.
        Calls then raise ValueError where a delay lies outside of the history.
    interp_tolerance
        Difference in ms within which a delay is one of a step, >= 0.
    trace_mode
        `cumulative`, or `nearest`: only the nearest spike counts.
    batch_reduction
        Of samples, called as `f(tensor, 0)`; None for the mean.
    step_time
        Length of a step in ms, > 0; None for that of each connection when its cell is registered.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    hyperparameters = PAIR

    def __init__(
        self,
        lr_post: float,
        lr_pre: float,
        tc_post: float,
        tc_pre: float,
        delayed: bool = False,
        interp_tolerance: float = 0.0,
        trace_mode: str = "cumulative",
        batch_reduction: Reduction | None = None,
        *,
        step_time: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._expose(
            PairState(
                lr_post=lr_post,
                lr_pre=lr_pre,
                tc_post=tc_post,
                tc_pre=tc_pre,
                delayed=delayed,
                interp_tolerance=interp_tolerance,
                trace_mode=trace_mode,
                batch_reduction=batch_reduction,
                step_time=step_time,
                default_reduction=torch.mean,
            )
        )

    def register_cell(self, name: str, cell: Cell, /, **kwargs: Any) -> Unit:
        """Train a cell.

        Parameters
        ----------
        name
            An identifier, new to the trainer.
        cell
            Of a layer, its connection with an updater of `weight`.
        kwargs
            Parameters of the trainer that are others for this cell.

        Raises
        ------
        ValueError, TypeError, RuntimeError
            As the class and `add_cell`.
        """
        state = PairState(**self._with(kwargs), default_reduction=torch.mean)
        self.add_cell(name, cell, state, ("weight",))
        monitor_pair(self, name, cell, state)
        return self.get_unit(name)

    def forward(self) -> None:
        """Append the updates of this step to the updaters of all cells that are in training mode.

        Raises
        ------
        RuntimeError
            Before the first step of the model.
        """
        if not self.training:
            return
        for cell, state, monitors in self:
            updater = cell.updater
            if cell.training and updater is not None:
                assert isinstance(state, PairState)
                post, pre = pair_terms(cell, state, monitors)
                updater.weight = routed(post, pre, state.lr_post >= 0, state.lr_pre >= 0)


def monitor_pair(trainer: IndependentCellTrainer, name: str, cell: Cell, state: PairState) -> None:
    """Monitor spikes and traces of both sides of a cell."""
    sight = Sight.of(cell, state.step_time, state.trace_mode, state.delayed, state.interp_tolerance)
    state.sight = sight
    add_trace(trainer, name, cell, sight, Trace("trace_post", "post", abs(state.lr_pre), state.tc_post))
    add_spikes(trainer, name, cell, sight, "post")
    add_trace(trainer, name, cell, sight, Trace("trace_pre", "pre", abs(state.lr_post), state.tc_pre))
    add_spikes(trainer, name, cell, sight, "pre")


def pair_sides(cell: Cell, state: PairState, monitors: dict[str, Any]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Postsynaptic spikes and presynaptic trace, postsynaptic trace and presynaptic spikes."""
    assert state.sight is not None
    return (
        seen(monitors["spike_post"], cell, state.sight, "post"),
        seen(monitors["trace_pre"], cell, state.sight, "pre"),
        seen(monitors["trace_post"], cell, state.sight, "post"),
        seen(monitors["spike_pre"], cell, state.sight, "pre"),
    )


def pair_terms(cell: Cell, state: PairState, monitors: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """The terms of postsynaptic and of presynaptic spikes as magnitudes, reduced over the batch, [*weight]."""
    spike_post, trace_pre, trace_post, spike_pre = pair_sides(cell, state, monitors)
    post = reduced(cell, spike_post, trace_pre, state.batch_reduction)
    return post, reduced(cell, trace_post, spike_pre, state.batch_reduction)
