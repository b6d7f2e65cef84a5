"""Spike-timing dependent plasticity that a reward modulates."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.traces import trace_cumulative_value
from inferno.functional import interp_expdecay
from inferno.learn.routing import routed
from inferno.learn.spiketraces import per_sample, reduced
from inferno.learn.stdp import PAIR, PairState, monitor_pair, pair_sides
from inferno.learn.trainer import IndependentCellTrainer, Unit, observed
from inferno.neural.accumulator import Reduction
from inferno.neural.layers.cell import Cell
from inferno.observe.monitors import Constructor, Monitor, of_copy
from inferno.observe.reducers import FoldReducer, require_shape


def chosen(trainer: IndependentCellTrainer, cells: Iterable[str] | None) -> Iterable[Unit]:
    """The units of the named cells, or all, that are in training mode and have an updater."""
    units = trainer if cells is None else [trainer.get_unit(name) for name in cells]
    return [u for u in units if u.cell.training and u.cell.updater is not None]


def checked_signal(signal: float | Tensor, batch: int) -> float | Tensor:
    """A reward: a number, or one for each sample.

    Raises
    ------
    ValueError, TypeError
        For another shape, or something else.
    """
    if isinstance(signal, Tensor) and signal.ndim:
        if signal.shape != (batch,):
            raise ValueError(f"`signal` must be a number or have the shape [{batch}] (one for each sample), got {list(signal.shape)}")
        return signal
    return arguments.real("signal", signal)


class MSTDP(IndependentCellTrainer):
    """Spike-timing dependent plasticity modulated by a reward.

    The changes of `STDP` at this step, times the reward: `trainer(signal)`.  Samples of a batch are reduced, by default to their sum.
    Source: Florian, Neural Computation 19:1468 (2007).

    Parameters
    ----------
    lr_post, lr_pre, tc_post, tc_pre, delayed, interp_tolerance, trace_mode, step_time
        As for `STDP`.
    batch_reduction
        Of samples, called as `f(tensor, 0)`; None for the sum.

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
                default_reduction=torch.sum,
            )
        )

    def register_cell(self, name: str, cell: Cell, /, **kwargs: Any) -> Unit:
        """Train a cell; as `STDP.register_cell`."""
        state = PairState(**self._with(kwargs), default_reduction=torch.sum)
        self.add_cell(name, cell, state, ("weight",))
        monitor_pair(self, name, cell, state)
        return self.get_unit(name)

    def forward(self, signal: float | Tensor, scale: float = 1.0, cells: Iterable[str] | None = None) -> None:
        """Append the updates of this step to the updaters of cells that are in training mode.

        Parameters
        ----------
        signal
            The reward, a number or one for each sample, [batch].
        scale
            A factor of the reward; its sign does not count.
        cells
            Names of the cells to train; None for all.

        Raises
        ------
        RuntimeError
            Before the first step of the model.
        ValueError, TypeError
            For a signal of another shape or kind.
        """
        if not self.training:
            return
        scale = arguments.real("scale", scale)
        for cell, state, monitors in chosen(self, cells):
            assert isinstance(state, PairState) and cell.updater is not None
            spike_post, trace_pre, trace_post, spike_pre = pair_sides(cell, state, monitors)
            reward = checked_signal(signal, spike_post.shape[0])
            if isinstance(reward, Tensor):
                post, pre = per_sample(cell, spike_post, trace_pre), per_sample(cell, trace_post, spike_pre)
                cell.updater.weight = _by_sample(post, pre, reward, scale, state)
                continue
            amount = abs(reward * scale)
            post = reduced(cell, spike_post, trace_pre, state.batch_reduction) * amount
            pre = reduced(cell, trace_post, spike_pre, state.batch_reduction) * amount
            cell.updater.weight = routed(post, pre, state.lr_post * reward >= 0, state.lr_pre * reward >= 0)


class ValueTraceReducer(FoldReducer):
    """A trace of values, x decaying and taking value/time_constant at each observation.

    Parameters
    ----------
    step_time
        Time between two observations in ms, > 0.
    time_constant
        Of the decay in ms, > 0.
    """

    def __init__(self, step_time: float, time_constant: float) -> None:
        super().__init__(step_time, 0.0, inclusive=True)
        self.time_constant = time_constant
        self._decay = math.exp(-step_time / time_constant)

    def fold(self, *inputs: Tensor, state: Tensor | None) -> Tensor:
        """The trace after an observation."""
        require_shape(inputs[0], state)
        return trace_cumulative_value(inputs[0], state, decay=self._decay, scale=1 / self.time_constant)

    def interpolate(self, prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float) -> Tensor:
        """The older result, decayed."""
        return interp_expdecay(prev, next, sample_at, step_time, time_constant=self.time_constant)


class EligibilityMonitor(Monitor):
    """Observes the product of two other monitors' results for each sample and weight, [batch, *weight].

    Parameters
    ----------
    reducer
        What takes the products.
    cell
        Whose connection says which values meet; held weakly.
    post, pre
        Monitors of the neurons and of the synapse, which see a call of the layer before this one.
    """

    def __init__(self, reducer: FoldReducer, cell: Cell, post: Monitor, pre: Monitor) -> None:
        super().__init__(reducer, cell.layer, train_update=True, eval_update=False)
        self.__dict__["_cell"] = weakref.ref(cell)
        # Not submodules: the trainer has them.
        self.__dict__["_sides"] = (post, pre)

    def __deepcopy__(self, memo: dict[int, Any]) -> Monitor:
        """One for the copy of the cell, if that has been made; as for `Monitor`."""
        made = super().__deepcopy__(memo)
        made.__dict__["_cell"] = of_copy(self.__dict__["_cell"], memo) or self.__dict__["_cell"]
        return made

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> tuple[Tensor, ...] | None:
        """The products, if both sides have been observed."""
        cell = self.__dict__["_cell"]()
        post, pre = (monitor.peek() for monitor in self.__dict__["_sides"])
        return None if cell is None or post is None or pre is None else (per_sample(cell, post, pre),)


class EligibilityState(PairState):
    """As `PairState`, with the time constant of the eligibilities in ms."""

    def __init__(self, *, tc_eligibility: float, **pair: Any) -> None:
        super().__init__(**pair, delayed=False, default_reduction=torch.sum)
        self.tc_eligibility = arguments.positive("tc_eligibility", tc_eligibility)


class MSTDPET(IndependentCellTrainer):
    """Spike-timing dependent plasticity modulated by a reward, with an eligibility trace.

    What `STDP` would change is kept in eligibilities dz/dt = -z/tc_eligibility + change/tc_eligibility for each sample and weight, and a
    reward changes weights by reward * z.  Samples of a batch are reduced, by default to their sum.
    Source: Florian, Neural Computation 19:1468 (2007).

    Parameters
    ----------
    lr_post, lr_pre, tc_post, tc_pre, interp_tolerance, trace_mode, step_time
        As for `STDP`.
    tc_eligibility
        Time constant of the eligibilities in ms, > 0.
    batch_reduction
        Of samples, called as `f(tensor, 0)`; None for the sum.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    hyperparameters = (*(name for name in PAIR if name != "delayed"), "tc_eligibility")

    def __init__(
        self,
        lr_post: float,
        lr_pre: float,
        tc_post: float,
        tc_pre: float,
        tc_eligibility: float,
        interp_tolerance: float = 0.0,
        trace_mode: str = "cumulative",
        batch_reduction: Reduction | None = None,
        *,
        step_time: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._expose(
            EligibilityState(
                tc_eligibility=tc_eligibility,
                lr_post=lr_post,
                lr_pre=lr_pre,
                tc_post=tc_post,
                tc_pre=tc_pre,
                interp_tolerance=interp_tolerance,
                trace_mode=trace_mode,
                batch_reduction=batch_reduction,
                step_time=step_time,
            )
        )

    def register_cell(self, name: str, cell: Cell, /, **kwargs: Any) -> Unit:
        """Train a cell; as `STDP.register_cell`."""
        state = EligibilityState(**self._with(kwargs))
        self.add_cell(name, cell, state, ("weight",))
        monitor_pair(self, name, cell, state)
        assert state.sight is not None
        for eligibility, post, pre in (("elig_post", "spike_post", "trace_pre"), ("elig_pre", "trace_post", "spike_pre")):
            reducer = ValueTraceReducer(state.sight.step_time, state.tc_eligibility)
            monitor = EligibilityMonitor(reducer, cell, self.get_monitor(name, post), self.get_monitor(name, pre))
            self.add_monitor(name, eligibility, "", _made(monitor), True)
        return self.get_unit(name)

    def forward(self, signal: float | Tensor, scale: float = 1.0, cells: Iterable[str] | None = None) -> None:
        """Append the updates of this step to the updaters of cells that are in training mode; as `MSTDP.forward`."""
        if not self.training:
            return
        scale = arguments.real("scale", scale)
        for cell, state, monitors in chosen(self, cells):
            assert isinstance(state, PairState) and cell.updater is not None
            post, pre = observed(monitors["elig_post"]), observed(monitors["elig_pre"])
            reward = checked_signal(signal, post.shape[0])
            if isinstance(reward, Tensor):
                cell.updater.weight = _by_sample(post, pre, reward, scale, state)
                continue
            amount = abs(reward * scale)
            of_post, of_pre = (state.batch_reduction(z, 0) * amount for z in (post, pre))
            cell.updater.weight = routed(of_post, of_pre, state.lr_post * reward >= 0, state.lr_pre * reward >= 0)


def _made(monitor: Monitor) -> Constructor:
    """A constructor that hands over a monitor made before."""
    return lambda path, layer: monitor


def _by_sample(post: Tensor, pre: Tensor, reward: Tensor, scale: float, state: PairState) -> tuple[Tensor | None, Tensor | None]:
    """The raising and lowering part where each sample has a reward of its own: those with a negative one swap sides.

    Samples that don't belong to a part count as zeros in it, so that a mean divides by the number of samples; a reduction such as
    the maximum sees these zeros too.
    """
    amount = (reward * scale).abs().reshape(-1, *([1] * (post.ndim - 1)))
    is_reward = (reward >= 0).reshape(amount.shape)
    post, pre = post * amount, pre * amount
    reduce = state.batch_reduction
    kept = [reduce(torch.where(is_reward, term, 0.0), 0) for term in (post, pre)]
    swapped = [reduce(torch.where(is_reward, 0.0, term), 0) for term in (post, pre)]
    raises = (state.lr_post >= 0, state.lr_pre >= 0)
    with_reward, without = routed(kept[0], kept[1], *raises), routed(swapped[0], swapped[1], not raises[0], not raises[1])
    pos, neg = ([t for t in terms if t is not None] for terms in zip(with_reward, without, strict=True))
    return sum(pos[1:], start=pos[0]) if pos else None, sum(neg[1:], start=neg[0]) if neg else None
