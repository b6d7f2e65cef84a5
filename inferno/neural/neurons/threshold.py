"""Leaky integrate-and-fire neurons whose threshold adapts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.neural.neurons.adaptive import AdaptiveNeuron, Components, Reduction, components


class AdaptiveThreshold(AdaptiveNeuron):
    """A neuron whose threshold is `thresh_eq_v` and the sum of adaptations over it, which spikes raise.  Abstract."""

    threshold_adaptation_: Tensor

    @property
    def threshold_adaptation(self) -> Tensor:
        """What is added to the threshold, in mV, [*shape, K]; an assigned tensor may have the batch before it, and is reduced."""
        found: Tensor = self.threshold_adaptation_
        return found

    @threshold_adaptation.setter
    def threshold_adaptation(self, value: Tensor) -> None:
        self._assign_adaptation("threshold_adaptation", value)

    def forward(self, inputs: Tensor, adapt: bool | None = None, refrac_lock: bool = True, **kwargs: Any) -> Tensor:
        """One step.

        The threshold is that before the step; then adaptations decay, those of locked refractory neurons excepted, and rise by a spike.

        Parameters
        ----------
        inputs
            Currents in nA, [batch, *shape].
        adapt
            Whether adaptations change; None for: in training mode.
        refrac_lock
            Whether voltages and adaptations stand still in the refractory period; otherwise they go on without input.

        Returns
        -------
        Tensor
            Spikes, bool [batch, *shape].

        Raises
        ------
        ValueError
            For inputs of another shape.
        """
        inputs = self._received(inputs)
        adapts = self._adapts(adapt)
        theta: Tensor = self._buffers["threshold_adaptation_"]  # type: ignore[assignment]
        done = self._native(inputs, theta, refrac_lock, adapts)
        if done is not None:
            if done[1] is not None:
                self._buffers["threshold_adaptation_"] = self._reduced(done[1], theta)
            return done[0]
        theta = theta.to(inputs.dtype)
        equations = self._equations
        constants = equations.constants
        integrate, fires, reset = equations["integrate_v"], equations["condition"], equations["after_spike_v"]
        total = theta.squeeze(-1) if theta.shape[-1] == 1 else theta.sum(-1)
        spikes = self._step(
            inputs,
            refrac_lock,
            lambda v, current: integrate(total, v, current, constants)[0],
            lambda v: fires(total, v, None, constants),
            lambda v: reset(total, v, None, constants),
        )
        if adapts:
            self.threshold_adaptation_ = self._adapted(theta, spikes, refrac_lock)
        return spikes

    def _adapted(self, theta: Tensor, spikes: Tensor, lock: bool) -> Tensor:
        equations = self._equations
        moved = equations["integrate_theta"](theta, None, None, equations.constants)[0]
        if lock:
            moved = torch.where((self._refrac__data > 0).unsqueeze(-1), theta, moved)
        raised = equations["after_spike_theta"](moved, None, None, equations.constants)
        return self._reduced(torch.where(spikes.unsqueeze(-1), raised, moved), theta)


class ALIF(AdaptiveThreshold):
    """Leaky integrate-and-fire neurons with an adaptive threshold.

    tau dV/dt = -(V - V_rest) + R I, integrated exactly; a spike where V reaches thresh_eq_v + sum theta_k, then V = V_reset;
    tau_k dtheta_k/dt = -theta_k, and a spike adds an increment to each theta_k.
    Source: Diehl & Cook, Frontiers in Computational Neuroscience 9:99 (2015); batch: Hazan et al., arXiv:1909.02549.
    The equations are those of `ALIF` of `std/neurons.snn`.

    Parameters
    ----------
    shape
        Of the group, without the batch.
    step_time
        Length of a step in ms, > 0.
    rest_v, reset_v, thresh_eq_v
        Voltages at rest, after a spike, and of the unadapted threshold, in mV; the first two are below the third.
    refrac_t
        Absolute refractory period in ms, >= 0.
    tc_membrane
        Time constant of the membrane in ms, > 0.
    tc_adaptation
        Time constants of the adaptations in ms, > 0: one or several.
    spike_increment
        What a spike adds to each, in mV: one or several; the last of a shorter list counts for the rest.
    resistance
        Of the membrane in MOhm, not 0.
    batch_size
        Samples in a batch.
    batch_reduction
        Of adaptations over the batch, called as `f(tensor, 0)`; None for the mean.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    model = "ALIF"
    model_parameters = {
        "rest_v": "v_rest", "reset_v": "v_reset", "thresh_eq_v": "v_th", "refrac_t": "t_ref", "tc_membrane": "tau_m", "resistance": "R",
    }  # fmt: skip
    component_parameters = {"tc_adaptation": "tau_theta", "spike_increment": "d_theta"}

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        rest_v: float,
        reset_v: float,
        thresh_eq_v: float,
        refrac_t: float,
        tc_membrane: float,
        tc_adaptation: Components,
        spike_increment: Components,
        resistance: float = 1.0,
        batch_size: int = 1,
        batch_reduction: Reduction | None = None,
    ) -> None:
        super().__init__(
            shape,
            step_time,
            rest_v=rest_v,
            refrac_t=refrac_t,
            batch_size=batch_size,
            kind="threshold",
            adaptations={
                "tc_adaptation": tuple(arguments.positive("tc_adaptation", tc) for tc in components("tc_adaptation", tc_adaptation)),
                "spike_increment": components("spike_increment", spike_increment),
            },
            batch_reduction=batch_reduction,
        )
        self.thresh_eq_v = arguments.real("thresh_eq_v", thresh_eq_v)
        self.reset_v = arguments.less("reset_v", reset_v, "thresh_eq_v", self.thresh_eq_v)
        arguments.less("rest_v", rest_v, "thresh_eq_v", self.thresh_eq_v)
        self.tc_membrane = arguments.positive("tc_membrane", tc_membrane)
        self.resistance = arguments.non_zero("resistance", resistance)
        self._show_components(tc_adaptation="tc_adaptation", adapt_increment="spike_increment")
        self._compile()


class GLIF2(AdaptiveThreshold):
    """Generalised leaky integrate-and-fire neurons, level 2: a reset that remembers the voltage, and an adaptive threshold.

    As `ALIF`, except that a spike sets V = V_rest + reset_v_mul (V - V_rest) - reset_v_add, and that adaptations decay at rates.
    Source: Teeter et al., Nature Communications 9:709 (2018); the equations are those of `GLIF2` of `std/neurons.snn`.

    Parameters
    ----------
    shape, step_time, rest_v, thresh_eq_v, refrac_t, tc_membrane, spike_increment, resistance, batch_size, batch_reduction
        As for `ALIF`.
    reset_v_add
        What a spike takes from the voltage, in mV.
    reset_v_mul
        Share of the voltage over rest that outlives a spike.
    rc_adaptation
        Rates at which the adaptations decay, in 1/ms, > 0: one or several.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    model = "GLIF2"
    model_parameters = {
        "rest_v": "v_rest", "reset_v_add": "delta_v", "reset_v_mul": "f_v", "thresh_eq_v": "v_th", "refrac_t": "t_ref",
        "tc_membrane": "tau_m", "resistance": "R",
    }  # fmt: skip
    component_parameters = {"rc_adaptation": "b_s", "spike_increment": "d_theta"}

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        rest_v: float,
        reset_v_add: float,
        reset_v_mul: float,
        thresh_eq_v: float,
        refrac_t: float,
        tc_membrane: float,
        rc_adaptation: Components,
        spike_increment: Components,
        resistance: float = 1.0,
        batch_size: int = 1,
        batch_reduction: Reduction | None = None,
    ) -> None:
        super().__init__(
            shape,
            step_time,
            rest_v=rest_v,
            refrac_t=refrac_t,
            batch_size=batch_size,
            kind="threshold",
            adaptations={
                "rc_adaptation": tuple(arguments.positive("rc_adaptation", rate) for rate in components("rc_adaptation", rc_adaptation)),
                "spike_increment": components("spike_increment", spike_increment),
            },
            batch_reduction=batch_reduction,
        )
        self.thresh_eq_v = arguments.real("thresh_eq_v", thresh_eq_v)
        arguments.less("rest_v", rest_v, "thresh_eq_v", self.thresh_eq_v)
        self.reset_v_add = arguments.real("reset_v_add", reset_v_add)
        self.reset_v_mul = arguments.real("reset_v_mul", reset_v_mul)
        self.tc_membrane = arguments.positive("tc_membrane", tc_membrane)
        self.resistance = arguments.non_zero("resistance", resistance)
        self._show_components(rc_adaptation="rc_adaptation", adapt_increment="spike_increment")
        self._compile()
