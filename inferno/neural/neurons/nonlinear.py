"""Quadratic and exponential integrate-and-fire neurons, by the Euler method."""

from __future__ import annotations

from inferno.core import arguments
from inferno.neural.neurons.linear import PlainNeuron
from inferno.neural.neurons.point import ordered


class QIF(PlainNeuron):
    """Quadratic integrate-and-fire neurons.

    tau dV/dt = a (V - V_rest)(V - V_crit) + R I, by one Euler step; a spike where V reaches the threshold, then V = V_reset.
    Source: Gerstner, Kistler, Naud & Paninski, Neuronal Dynamics (2014), section 5.3; the equation is `QIF` of `std/neurons.snn`.

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

    model = "QIF"
    model_parameters = {
        "rest_v": "v_rest", "crit_v": "v_crit", "affinity": "a", "reset_v": "v_reset", "thresh_v": "v_th", "refrac_t": "t_ref",
        "time_constant": "tau_m", "resistance": "R",
    }  # fmt: skip

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
        time_constant: float,
        resistance: float = 1.0,
        batch_size: int = 1,
    ) -> None:
        super().__init__(shape, step_time, rest_v=rest_v, refrac_t=refrac_t, batch_size=batch_size)
        self.crit_v, self.thresh_v = ordered("crit_v", rest_v, crit_v, thresh_v)
        self.affinity = arguments.positive("affinity", affinity)
        self.reset_v = arguments.less("reset_v", reset_v, "thresh_v", self.thresh_v)
        self.time_constant = arguments.positive("time_constant", time_constant)
        self.resistance = arguments.non_zero("resistance", resistance)
        self._compile()


class EIF(PlainNeuron):
    """Exponential integrate-and-fire neurons.

    tau dV/dt = -(V - V_rest) + D exp((V - V_rh)/D) + R I, by one Euler step; a spike where V reaches the threshold, then V = V_reset.
    Source: Fourcaud-Trocme, Hansel, van Vreeswijk & Brunel, J. Neuroscience 23:11628 (2003); the equation is `EIF` of
    `std/neurons.snn`.

    Parameters
    ----------
    shape, step_time, refrac_t, time_constant, resistance, batch_size
        As for `QIF`.
    rest_v, rheobase_v, reset_v, thresh_v
        Voltages at rest, of the upstroke, after a spike, and where it is cut, in mV: rest_v < rheobase_v <= thresh_v,
        reset_v < thresh_v.
    sharpness
        D, in mV, > 0.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    model = "EIF"
    model_parameters = {
        "rest_v": "v_rest", "rheobase_v": "v_rh", "sharpness": "Delta", "reset_v": "v_reset", "thresh_v": "v_th", "refrac_t": "t_ref",
        "time_constant": "tau_m", "resistance": "R",
    }  # fmt: skip

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
        time_constant: float,
        resistance: float = 1.0,
        batch_size: int = 1,
    ) -> None:
        super().__init__(shape, step_time, rest_v=rest_v, refrac_t=refrac_t, batch_size=batch_size)
        self.rheobase_v, self.thresh_v = ordered("rheobase_v", rest_v, rheobase_v, thresh_v)
        self.sharpness = arguments.positive("sharpness", sharpness)
        self.reset_v = arguments.less("reset_v", reset_v, "thresh_v", self.thresh_v)
        self.time_constant = arguments.positive("time_constant", time_constant)
        self.resistance = arguments.non_zero("resistance", resistance)
        self._compile()
