"""Spike-timing dependent plasticity by triplets of spikes."""

from __future__ import annotations

from typing import Any

import torch

from inferno.core import arguments
from inferno.core.module import Module
from inferno.learn.routing import routed
from inferno.learn.spiketraces import Sight, Trace, add_spikes, add_trace, checked_trace_mode, reduced, seen
from inferno.learn.trainer import IndependentCellTrainer, Unit, over_batch
from inferno.neural.accumulator import Reduction
from inferno.neural.layers.cell import Cell


class TripletState(Module):
    """The parameters with which one cell is trained by triplets of spikes: times in ms, rates without unit."""

    def __init__(
        self,
        *,
        lr_post_pair: float,
        lr_post_triplet: float,
        lr_pre_pair: float,
        lr_pre_triplet: float,
        tc_post_fast: float,
        tc_post_slow: float,
        tc_pre_fast: float,
        tc_pre_slow: float,
        delayed: bool,
        interp_tolerance: float,
        trace_mode: str,
        batch_reduction: Reduction | None,
        step_time: float | None,
    ) -> None:
        super().__init__()
        self.lr_post_pair = arguments.non_zero("lr_post_pair", lr_post_pair)
        self.lr_pre_pair = arguments.non_zero("lr_pre_pair", lr_pre_pair)
        self.lr_post_triplet = abs(arguments.real("lr_post_triplet", lr_post_triplet))
        self.lr_pre_triplet = abs(arguments.real("lr_pre_triplet", lr_pre_triplet))
        self.tc_post_slow, self.tc_pre_slow = (
            arguments.positive("tc_post_slow", tc_post_slow),
            arguments.positive("tc_pre_slow", tc_pre_slow),
        )
        self.tc_post_fast = arguments.positive(
            "tc_post_fast", arguments.less("tc_post_fast", tc_post_fast, "tc_post_slow", self.tc_post_slow)
        )
        self.tc_pre_fast = arguments.positive("tc_pre_fast", arguments.less("tc_pre_fast", tc_pre_fast, "tc_pre_slow", self.tc_pre_slow))
        self.delayed, self.trace_mode = arguments.flag("delayed", delayed), checked_trace_mode(trace_mode)
        self.interp_tolerance = arguments.non_negative("interp_tolerance", interp_tolerance)
        self.batch_reduction = over_batch("batch_reduction", batch_reduction, torch.mean)
        self.step_time = arguments.positive("step_time", step_time) if step_time is not None else None
        self.sight: Sight | None = None


class TripletSTDP(IndependentCellTrainer):
    """Spike-timing dependent plasticity by triplets of spikes.

    With a fast and a slow trace of each side, a postsynaptic spike changes a weight by x_pre,fast (pair + triplet x_post,slow) and a
    presynaptic spike by x_post,fast (pair + triplet x_pre,slow); slow traces are those before the spikes of this step.  The signs of the
    pair rates say whether weights rise or fall.
    Source: Pfister & Gerstner, J. Neuroscience 26:9673 (2006).

    Parameters
    ----------
    lr_post_pair, lr_post_triplet, lr_pre_pair, lr_pre_triplet
        What postsynaptic and presynaptic spikes change, by pairs (not 0) and by triplets (their magnitudes count).
    tc_post_fast, tc_post_slow, tc_pre_fast, tc_pre_slow
        Time constants of the traces in ms, > 0, the slow ones greater than the fast.
    delayed, interp_tolerance, trace_mode, batch_reduction, step_time
        As for `STDP`.
    inplace
        Accepted for compatibility; results don't depend on it.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    hyperparameters = (
        "lr_post_pair", "lr_post_triplet", "lr_pre_pair", "lr_pre_triplet", "tc_post_fast", "tc_post_slow", "tc_pre_fast", "tc_pre_slow",
        "delayed", "interp_tolerance", "trace_mode", "batch_reduction", "step_time",
    )  # fmt: skip

    def __init__(
        self,
        lr_post_pair: float,
        lr_post_triplet: float,
        lr_pre_pair: float,
        lr_pre_triplet: float,
        tc_post_fast: float,
        tc_post_slow: float,
        tc_pre_fast: float,
        tc_pre_slow: float,
        delayed: bool = False,
        interp_tolerance: float = 0.0,
        trace_mode: str = "cumulative",
        batch_reduction: Reduction | None = None,
        inplace: bool = False,
        *,
        step_time: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._expose(
            TripletState(
                lr_post_pair=lr_post_pair,
                lr_post_triplet=lr_post_triplet,
                lr_pre_pair=lr_pre_pair,
                lr_pre_triplet=lr_pre_triplet,
                tc_post_fast=tc_post_fast,
                tc_post_slow=tc_post_slow,
                tc_pre_fast=tc_pre_fast,
                tc_pre_slow=tc_pre_slow,
                delayed=delayed,
                interp_tolerance=interp_tolerance,
                trace_mode=trace_mode,
                batch_reduction=batch_reduction,
                step_time=step_time,
            )
        )

    def register_cell(self, name: str, cell: Cell, /, **kwargs: Any) -> Unit:
        """Train a cell; as `STDP.register_cell`."""
        state = TripletState(**self._with(kwargs))
        self.add_cell(name, cell, state, ("weight",))
        sight = state.sight = Sight.of(cell, state.step_time, state.trace_mode, state.delayed, state.interp_tolerance)
        slow_post = state.lr_post_triplet / abs(state.lr_post_pair)
        slow_pre = state.lr_pre_triplet / abs(state.lr_pre_pair)
        add_spikes(self, name, cell, sight, "post")
        add_spikes(self, name, cell, sight, "pre")
        add_trace(self, name, cell, sight, Trace("trace_post_fast", "post", abs(state.lr_pre_pair), state.tc_post_fast))
        add_trace(self, name, cell, sight, Trace("trace_pre_fast", "pre", abs(state.lr_post_pair), state.tc_pre_fast))
        add_trace(self, name, cell, sight, Trace("trace_post_slow", "post", slow_post, state.tc_post_slow), 1)
        add_trace(self, name, cell, sight, Trace("trace_pre_slow", "pre", slow_pre, state.tc_pre_slow), 1)
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
            if not cell.training or cell.updater is None:
                continue
            assert isinstance(state, TripletState) and state.sight is not None
            sight, reduction = state.sight, state.batch_reduction
            post, pre = (seen(monitors[f"spike_{side}"], cell, sight, side) for side in ("post", "pre"))
            fast_post, fast_pre = (seen(monitors[f"trace_{side}_fast"], cell, sight, side) for side in ("post", "pre"))
            slow_post, slow_pre = (seen(monitors[f"trace_{side}_slow"], cell, sight, side, 1) for side in ("post", "pre"))
            of_post = reduced(cell, post * (1 + slow_post), fast_pre, reduction)
            of_pre = reduced(cell, fast_post, pre * (1 + slow_pre), reduction)
            cell.updater.weight = routed(of_post, of_pre, state.lr_post_pair >= 0, state.lr_pre_pair >= 0)
