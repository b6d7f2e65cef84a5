"""Nonlinear integrate-and-fire neurons with an adaptation current, by the Euler method."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.neural.neurons.adaptive import AdaptiveNeuron, Components, Reduction, components
from inferno.neural.neurons.point import ordered


class AdaptiveCurrent(AdaptiveNeuron):
    """A neuron from whose input adaptation currents are taken, which follow the voltage and which spikes raise.  Abstract."""

    current_adaptation_: Tensor

    @property
    def current_adaptation(self) -> Tensor:
        """The adaptation currents in nA, [*shape, K]; an assigned tensor may have the batch before it, and is reduced."""
        found: Tensor = self.current_adaptation_
        return found

    @current_adaptation.setter
    def current_adaptation(self, value: Tensor) -> None:
        self._assign_adaptation("current_adaptation", value)

    def forward(self, inputs: Tensor, adapt: bool | None = None, refrac_lock: bool = True, **kwargs: Any) -> Tensor:
        """One step.

        The membrane takes the adaptation currents from before the step; then these follow the voltage as it is after a reset, those of
        locked refractory neurons excepted, and rise by a spike.

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
        w: Tensor = self._buffers["current_adaptation_"]  # type: ignore[assignment]
        done = self._native(inputs, w, refrac_lock, adapts)
        if done is not None:
            if done[1] is not None:
                self._buffers["current_adaptation_"] = self._reduced(done[1], w)
            return done[0]
        w = w.to(inputs.dtype)
        equations = self._equations
        constants = equations.constants
        integrate, fires, reset = equations["integrate_v"], equations["condition"], equations["after_spike_v"]
        total = w.squeeze(-1) if w.shape[-1] == 1 else w.sum(-1)
        # What a refractory neuron does not receive includes its adaptation current.
        spikes = self._step(
            inputs - total,
            refrac_lock,
            lambda v, current: integrate(v, 0.0, current, constants)[0],
            lambda v: fires(v, None, None, constants),
            lambda v: reset(v, None, None, constants),
        )
        if adapts:
            self.current_adaptation_ = self._adapted(w, spikes, refrac_lock)
        return spikes

    def _adapted(self, w: Tensor, spikes: Tensor, lock: bool) -> Tensor:
        equations = self._equations
        moved = equations["integrate_w"](self._voltage__data.unsqueeze(-1), w, None, equations.constants)[0]
        if lock:
            moved = torch.where((self._refrac__data > 0).unsqueeze(-1), w, moved)
        raised = equations["after_spike_w"](None, moved, None, equations.constants)
        return self._reduced(torch.where(spikes.unsqueeze(-1), raised, moved), w)


class Izhikevich(AdaptiveCurrent):
    """Quadratic integrate-and-fire neurons with adaptation currents.

    tau dV/dt = a (V - V_rest)(V - V_crit) + R (I - sum w_k);  tau_k dw_k/dt = b_k (V - V_rest) - w_k,
    by Euler steps; a spike where V reaches the threshold sets V = V_reset and adds an increment to each w_k.
    Source: Izhikevich, IEEE Trans. Neural Networks 14:1569 (2003), in the form of Neuronal Dynamics (2014), section 6.1; the
    equations are those of `Izhikevich` of `std/neurons.snn`.

    Parameters
    ----------
    shape
        Of the group, without the batch.
    step_time
        Length of a step in ms, > 0.
    rest_v, crit_v, reset_v, thresh_v
        Voltages at rest, beyond which it runs away, after a spike, and where it is cut, in mV: rest_v < crit_v <= thresh_v,
        reset_v < thresh_v.
    affinity
        Sharpness a of the parabola in 1/mV, > 0.
    refrac_t
        Absolute refractory period in ms, >= 0.
    tc_membrane
        Time constant of the membrane in ms, > 0.
    tc_adaptation
        Time constants of the adaptations in ms, > 0: one or several.
    voltage_coupling
        What a mV over rest adds to each, in uS: one or several; the last of a shorter list counts for the rest.
    spike_increment
        What a spike adds to each, in nA: likewise.
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

    model = "Izhikevich"
    model_parameters = {
        "rest_v": "v_rest", "crit_v": "v_crit", "affinity": "k", "reset_v": "v_reset", "thresh_v": "v_th", "refrac_t": "t_ref",
        "tc_membrane": "tau_m", "resistance": "R",
    }  # fmt: skip
    component_parameters = {"tc_adaptation": "tau_w", "voltage_coupling": "a", "spike_increment": "b"}

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        rest_v: float,
        crit_v: float,
        affinity: float,
        reset_v: float,
        thresh_v: float,
        refrac_t: float,
        tc_membrane: float,
        tc_adaptation: Components,
        voltage_coupling: Components,
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
            kind="current",
            adaptations={
                "tc_adaptation": tuple(arguments.positive("tc_adaptation", tc) for tc in components("tc_adaptation", tc_adaptation)),
                "voltage_coupling": components("voltage_coupling", voltage_coupling),
                "spike_increment": components("spike_increment", spike_increment),
            },
            batch_reduction=batch_reduction,
        )
        self.crit_v, self.thresh_v = ordered("crit_v", rest_v, crit_v, thresh_v)
        self.affinity = arguments.positive("affinity", affinity)
        self.reset_v = arguments.less("reset_v", reset_v, "thresh_v", self.thresh_v)
        self.tc_membrane = arguments.positive("tc_membrane", tc_membrane)
        self.resistance = arguments.non_zero("resistance", resistance)
        self._show_components(tc_adaptation="tc_adaptation", adapt_vc_coupling="voltage_coupling", adapt_increment="spike_increment")
        self._compile()


class AdEx(AdaptiveCurrent):
    """Adaptive exponential integrate-and-fire neurons.

    tau dV/dt = -(V - V_rest) + D exp((V - V_rh)/D) + R (I - sum w_k);  tau_k dw_k/dt = b_k (V - V_rest) - w_k,
    by Euler steps; a spike where V reaches the threshold sets V = V_reset and adds an increment to each w_k.
    Source: Brette & Gerstner, J. Neurophysiology 94:3637 (2005), in the form of Neuronal Dynamics (2014), section 6.1; the
    equations are those of `AdEx` of `std/neurons.snn`.

    Parameters
    ----------
    shape
        Of the group, without the batch.
    step_time
        Length of a step in ms, > 0.
    rest_v, rheobase_v, reset_v, thresh_v
        Voltages at rest, of the upstroke, after a spike, and where it is cut, in mV: rest_v < rheobase_v <= thresh_v,
        reset_v < thresh_v.
    sharpness
        D, in mV, > 0.
    refrac_t
        Absolute refractory period in ms, >= 0.
    tc_membrane
        Time constant of the membrane in ms, > 0.
    tc_adaptation
        Time constants of the adaptations in ms, > 0: one or several.
    voltage_coupling
        What a mV over rest adds to each, in uS: one or several; the last of a shorter list counts for the rest.
    spike_increment
        What a spike adds to each, in nA: likewise.
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

    model = "AdEx"
    model_parameters = {
        "rest_v": "v_rest", "rheobase_v": "v_rh", "sharpness": "Delta", "reset_v": "v_reset", "thresh_v": "v_th", "refrac_t": "t_ref",
        "tc_membrane": "tau_m", "resistance": "R",
    }  # fmt: skip
    component_parameters = {"tc_adaptation": "tau_w", "voltage_coupling": "a", "spike_increment": "b"}

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        rest_v: float,
        rheobase_v: float,
        sharpness: float,
        reset_v: float,
        thresh_v: float,
        refrac_t: float,
        tc_membrane: float,
        tc_adaptation: Components,
        voltage_coupling: Components,
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
            kind="current",
            adaptations={
                "tc_adaptation": tuple(arguments.positive("tc_adaptation", tc) for tc in components("tc_adaptation", tc_adaptation)),
                "voltage_coupling": components("voltage_coupling", voltage_coupling),
                "spike_increment": components("spike_increment", spike_increment),
            },
            batch_reduction=batch_reduction,
        )
        self.rheobase_v, self.thresh_v = ordered("rheobase_v", rest_v, rheobase_v, thresh_v)
        self.sharpness = arguments.positive("sharpness", sharpness)
        self.reset_v = arguments.less("reset_v", reset_v, "thresh_v", self.thresh_v)
        self.tc_membrane = arguments.positive("tc_membrane", tc_membrane)
        self.resistance = arguments.non_zero("resistance", resistance)
        self._show_components(tc_adaptation="tc_adaptation", adapt_vc_coupling="voltage_coupling", adapt_increment="spike_increment")
        self._compile()
