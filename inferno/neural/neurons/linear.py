"""Leaky integrate-and-fire neurons with a fixed threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from inferno.core import arguments
from inferno.neural.equations import standard_neuron
from inferno.neural.neurons.point import PointNeuron


class PlainNeuron(PointNeuron):
    """A neuron whose only equation is that of its membrane.  Abstract: a subclass names the model and its parameters.

    Parameters
    ----------
    model
        The neuron of `std/neurons.snn` that it is.
    parameters
        Its parameters there by the names of the arguments here.
    """

    model = ""
    model_parameters: Mapping[str, str] = {}

    def _compile(self) -> None:
        self._require_order()
        values = {there: float(getattr(self, here)) for here, there in self.model_parameters.items()}
        self._use(standard_neuron(self.model, self.step_time, values, (("v",),)), 0)

    def forward(self, inputs: Tensor, refrac_lock: bool = True, **kwargs: Any) -> Tensor:
        """One step.

        Parameters
        ----------
        inputs
            Currents in nA, [batch, *shape].
        refrac_lock
            Whether voltages stand still in the refractory period; otherwise they go on without input.

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
        done = self._native(inputs, None, refrac_lock, False)
        if done is not None:
            return done[0]
        equations = self._equations
        constants = equations.constants
        integrate, fires, reset = equations["integrate_v"], equations["condition"], equations["after_spike_v"]
        return self._step(
            inputs,
            refrac_lock,
            lambda v, current: integrate(v, current, constants)[0],
            lambda v: fires(v, None, constants),
            lambda v: reset(v, None, constants),
        )


class LIF(PlainNeuron):
    """Leaky integrate-and-fire neurons.

    tau dV/dt = -(V - V_rest) + R I, integrated exactly; a spike where V reaches the threshold, then V = V_reset.
    Source: Gerstner, Kistler, Naud & Paninski, Neuronal Dynamics (2014), section 1.3; the equation is `LIF` of `std/neurons.snn`.

    Parameters
    ----------
    shape
        Of the group, without the batch.
    step_time
        Length of a step in ms, > 0.
    rest_v, reset_v, thresh_v
        Voltages at rest, after a spike, and of the threshold, in mV; the first two are below the third.
    refrac_t
        Absolute refractory period in ms, >= 0.
    time_constant
        Of the membrane in ms, > 0.
    resistance
        Of the membrane in MOhm, not 0.
    batch_size
        Samples in a batch.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    model = "LIF"
    model_parameters = {
        "rest_v": "v_rest", "reset_v": "v_reset", "thresh_v": "v_th", "refrac_t": "t_ref", "time_constant": "tau_m", "resistance": "R",
    }  # fmt: skip

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        rest_v: float,
        reset_v: float,
        thresh_v: float,
        refrac_t: float,
        time_constant: float,
        resistance: float = 1.0,
        batch_size: int = 1,
    ) -> None:
        super().__init__(shape, step_time, rest_v=rest_v, refrac_t=refrac_t, batch_size=batch_size)
        self.thresh_v = arguments.real("thresh_v", thresh_v)
        self.reset_v = arguments.less("reset_v", reset_v, "thresh_v", self.thresh_v)
        arguments.less("rest_v", rest_v, "thresh_v", self.thresh_v)
        self.time_constant = arguments.positive("time_constant", time_constant)
        self.resistance = arguments.non_zero("resistance", resistance)
        self._compile()


class GLIF1(PlainNeuron):
    """Generalised leaky integrate-and-fire neurons, level 1, which behave as `LIF` and take its arguments.

    Source: Teeter et al., Nature Communications 9:709 (2018); the equation is `GLIF1` of `std/neurons.snn`.
    """

    model = "GLIF1"
    model_parameters = LIF.model_parameters

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        rest_v: float,
        reset_v: float,
        thresh_v: float,
        refrac_t: float,
        time_constant: float,
        resistance: float = 1.0,
        batch_size: int = 1,
    ) -> None:
        super().__init__(shape, step_time, rest_v=rest_v, refrac_t=refrac_t, batch_size=batch_size)
        self.thresh_v = arguments.real("thresh_v", thresh_v)
        self.reset_v = arguments.less("reset_v", reset_v, "thresh_v", self.thresh_v)
        arguments.less("rest_v", rest_v, "thresh_v", self.thresh_v)
        self.time_constant = arguments.positive("time_constant", time_constant)
        self.resistance = arguments.non_zero("resistance", resistance)
        self._compile()
