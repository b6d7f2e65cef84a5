"""Synapses whose current outlasts the spike; their equations are those of `std/synapses.snn`."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from inferno.core import arguments
from inferno.core.casting import as_floats
from inferno.core.record import RecordTensor
from inferno.functional import interp_expdecay
from inferno.neural.compiled import SYNAPSE_CHECKS, Compiled
from inferno.neural.equations import Equations, standard_synapse
from inferno.neural.synapses.synapse import InfernoSynapse, SynapseConstructor, interpolation


class SingleExponentialCurrent(Compiled, InfernoSynapse):
    """Synapses whose current jumps at a spike and decays: dI/dt = -I/tau, and a spike adds Q/tau.

    Source: Gerstner, Kistler, Naud & Paninski, Neuronal Dynamics (2014), section 3.1; `Exponential` of `std/synapses.snn`.

    Parameters
    ----------
    shape, step_time, delay, batch_size, inplace
        As for `DeltaCurrent`.
    spike_charge
        Charge Q of a spike in pC, not 0.
    time_constant
        Of the decay in ms, > 0.
    spike_interp_mode
        `previous` or `nearest`: how spikes between two steps are read; currents decay between them.
    interp_tol
        Difference in ms within which a time is one of a step, >= 0.
    current_overbound, spike_overbound
        What is read beyond the history; None for its edge.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    RuntimeError
        For another `spike_interp_mode`.
    """

    checks = {**InfernoSynapse.checks, **SYNAPSE_CHECKS}

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        spike_charge: float,
        time_constant: float,
        delay: float = 0.0,
        spike_interp_mode: str = "previous",
        interp_tol: float = 0.0,
        current_overbound: float | None = 0.0,
        spike_overbound: bool | None = False,
        batch_size: int = 1,
        inplace: bool = False,
    ) -> None:
        super().__init__(
            shape,
            step_time,
            delay=delay,
            interp_mode=interpolation("spike_interp_mode", spike_interp_mode),
            interp_tol=interp_tol,
            spike_overbound=spike_overbound,
            batch_size=batch_size,
            inplace=inplace,
        )
        self.spike_charge = arguments.non_zero("spike_charge", spike_charge)
        self.time_constant = arguments.positive("time_constant", time_constant)
        self.current_overbound = current_overbound
        self.current_: RecordTensor = self._record("current_")
        self._compile()

    @classmethod
    def partialconstructor(
        cls,
        spike_charge: float,
        time_constant: float,
        spike_interp_mode: str = "previous",
        interp_tol: float = 0.0,
        current_overbound: float | None = 0.0,
        spike_overbound: bool | None = False,
        inplace: bool = False,
    ) -> SynapseConstructor:
        """A constructor `(shape, step_time, delay, batch_size) -> synapse`; arguments as for the class."""

        def construct(shape: tuple[int, ...], step_time: float, delay: float, batch_size: int) -> SingleExponentialCurrent:
            return cls(
                shape,
                step_time,
                spike_charge=spike_charge,
                time_constant=time_constant,
                delay=delay,
                spike_interp_mode=spike_interp_mode,
                interp_tol=interp_tol,
                current_overbound=current_overbound,
                spike_overbound=spike_overbound,
                batch_size=batch_size,
                inplace=inplace,
            )

        return construct

    def _compile(self) -> None:
        values = {"q": self.spike_charge, "tau": self.time_constant}
        self._equations: Equations = standard_synapse("Exponential", self._step_time, values)

    def _resize(self) -> None:
        self._compile()
        super()._resize()

    @property
    def current(self) -> Tensor:
        """The present currents in nA, [batch, *shape]."""
        return self._newest("current_")

    @current.setter
    def current(self, value: Tensor) -> None:
        self._replace("current", value)

    def current_at(self, selector: Tensor) -> Tensor:
        """Currents as of `selector` ms ago, in nA, in the selector's shape: [batch, *shape] or [batch, *shape, D]."""
        time_constant = self.time_constant
        return self._at(self.current_, self.current, selector, interp_expdecay, self.current_overbound, time_constant=time_constant)

    def forward(self, *inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step.

        Parameters
        ----------
        inputs
            Spikes, [batch, *shape]; only the first counts, and its values scale the charge.

        Returns
        -------
        Tensor
            Currents in nA, [batch, *shape].
        """
        self._push("spike_", self._spikes_of(inputs))
        equations, known = self._equations, self.current
        [decayed] = equations["integrate"](known, None, equations.constants)
        current = equations["on_impulse_i"](decayed, as_floats(inputs[0], known.dtype), equations.constants)
        self._push("current_", current)
        return current


class DoubleExponentialCurrent(Compiled, InfernoSynapse):
    """Synapses whose current rises and then decays: the difference of two exponentials of equal charge.

    I = Q/(tau_decay - tau_rise) (exp(-t/tau_decay) - exp(-t/tau_rise)) after a spike, so 0 in its step.
    Source: Gerstner, Kistler, Naud & Paninski, Neuronal Dynamics (2014), section 3.1; `DoubleExponential` of `std/synapses.snn`.

    Parameters
    ----------
    shape, step_time, delay, spike_interp_mode, interp_tol, current_overbound, spike_overbound, batch_size, inplace
        As for `SingleExponentialCurrent`.
    spike_charge
        Charge Q of a spike in pC, not 0.
    tc_decay, tc_rise
        Time constants of decay and rise in ms: tc_decay > tc_rise > 0.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    RuntimeError
        For another `spike_interp_mode`.
    """

    checks = {**InfernoSynapse.checks, **SYNAPSE_CHECKS}

    def __init__(
        self,
        shape: int | tuple[int, ...],
        step_time: float,
        *,
        spike_charge: float,
        tc_decay: float,
        tc_rise: float,
        delay: float = 0.0,
        spike_interp_mode: str = "previous",
        interp_tol: float = 0.0,
        current_overbound: float | None = 0.0,
        spike_overbound: bool | None = False,
        batch_size: int = 1,
        inplace: bool = False,
    ) -> None:
        super().__init__(
            shape,
            step_time,
            delay=delay,
            interp_mode=interpolation("spike_interp_mode", spike_interp_mode),
            interp_tol=interp_tol,
            spike_overbound=spike_overbound,
            batch_size=batch_size,
            inplace=inplace,
        )
        self.spike_charge = arguments.non_zero("spike_charge", spike_charge)
        self.tc_decay = arguments.positive("tc_decay", tc_decay)
        self.tc_rise = arguments.positive("tc_rise", arguments.less("tc_rise", tc_rise, "tc_decay", self.tc_decay))
        self.current_overbound = current_overbound
        self.pos_current_: RecordTensor = self._record("pos_current_")
        self.neg_current_: RecordTensor = self._record("neg_current_")
        self._compile()

    @classmethod
    def partialconstructor(
        cls,
        spike_charge: float,
        tc_decay: float,
        tc_rise: float,
        spike_interp_mode: str = "previous",
        interp_tol: float = 0.0,
        current_overbound: float | None = 0.0,
        spike_overbound: bool | None = False,
        inplace: bool = False,
    ) -> SynapseConstructor:
        """A constructor `(shape, step_time, delay, batch_size) -> synapse`; arguments as for the class."""

        def construct(shape: tuple[int, ...], step_time: float, delay: float, batch_size: int) -> DoubleExponentialCurrent:
            return cls(
                shape,
                step_time,
                spike_charge=spike_charge,
                tc_decay=tc_decay,
                tc_rise=tc_rise,
                delay=delay,
                spike_interp_mode=spike_interp_mode,
                interp_tol=interp_tol,
                current_overbound=current_overbound,
                spike_overbound=spike_overbound,
                batch_size=batch_size,
                inplace=inplace,
            )

        return construct

    def _compile(self) -> None:
        arguments.less("tc_rise", self.tc_rise, "tc_decay", self.tc_decay)
        values = {"q": self.spike_charge, "tau_decay": self.tc_decay, "tau_rise": self.tc_rise}
        self._equations: Equations = standard_synapse("DoubleExponential", self._step_time, values)

    def _resize(self) -> None:
        self._compile()
        super()._resize()

    @property
    def pos_current(self) -> Tensor:
        """The part that decays slowly, in nA, [batch, *shape]."""
        return self._newest("pos_current_")

    @property
    def neg_current(self) -> Tensor:
        """The part that is taken off, in nA, [batch, *shape]."""
        return self._newest("neg_current_")

    @property
    def current(self) -> Tensor:
        """The present currents in nA, [batch, *shape]; assigning changes nothing, since they are a difference of two parts."""
        return self.pos_current - self.neg_current

    @current.setter
    def current(self, value: Tensor) -> None:
        return

    def pos_current_at(self, selector: Tensor) -> Tensor:
        """The part that decays slowly, as of `selector` ms ago, in nA, in the selector's shape."""
        return self._at(self.pos_current_, self.pos_current, selector, interp_expdecay, self.current_overbound, time_constant=self.tc_decay)

    def neg_current_at(self, selector: Tensor) -> Tensor:
        """The part that is taken off, as of `selector` ms ago, in nA, in the selector's shape."""
        return self._at(self.neg_current_, self.neg_current, selector, interp_expdecay, self.current_overbound, time_constant=self.tc_rise)

    def current_at(self, selector: Tensor) -> Tensor:
        """Currents as of `selector` ms ago, in nA, in the selector's shape: [batch, *shape] or [batch, *shape, D]."""
        decaying = self._at(self.pos_current_, self.pos_current, selector, interp_expdecay, None, time_constant=self.tc_decay)
        rising = self._at(self.neg_current_, self.neg_current, selector, interp_expdecay, None, time_constant=self.tc_rise)
        return self._bounded(decaying - rising, selector, self.current_overbound)

    def forward(self, *inputs: Tensor, **kwargs: Any) -> Tensor:
        """One step.

        Parameters
        ----------
        inputs
            Spikes, [batch, *shape]; only the first counts, and its values scale the charge.

        Returns
        -------
        Tensor
            Currents in nA, [batch, *shape].
        """
        self._push("spike_", self._spikes_of(inputs))
        equations, known = self._equations, self.pos_current
        constants, impulse = equations.constants, as_floats(inputs[0], known.dtype)
        decayed, risen = equations["integrate"](known, self.neg_current, None, constants)
        decaying = equations["on_impulse_decaying"](decayed, None, impulse, constants)
        rising = equations["on_impulse_rising"](None, risen, impulse, constants)
        self._push("pos_current_", decaying)
        self._push("neg_current_", rising)
        output: Tensor = equations["output"](decaying, rising, None, constants)
        return output
