"""The step of a group of neurons as one native loop, where it can be had: on the CPU, without gradient, not under a tracer."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import torch
from torch import Tensor

from inferno.core.pointers import has_memory, is_traced
from inferno.neural.equations import Equations
from inferno.runtime.kernels.generated import load_function

_INTEGER, _POINTER, _REAL = ctypes.c_int64, ctypes.c_void_p, ctypes.c_double
_SIGNATURE = [*[_INTEGER] * 3, *[_POINTER] * 6, *[_REAL] * 3, *[_INTEGER] * 2, *[_POINTER] * 4]


class NativeStep:
    """The native steps of a model with its constants, one per type of floats; made at the first step that can use it.

    Parameters
    ----------
    equations
        Of the model.
    parts
        Components of its adaptation, 0 without one.
    dt, residue, period
        Length of a step, refractory time below which it is over, and refractory period, in ms.
    """

    def __init__(self, equations: Equations, parts: int, dt: float, residue: float, period: float) -> None:
        self._equations, self._parts = equations, parts
        self._times = (dt, residue, period)
        self._made: dict[torch.dtype, tuple[Callable[..., None], Tensor, Tensor] | None] = {}

    def __deepcopy__(self, memo: dict[int, object]) -> NativeStep:
        return NativeStep(self._equations, self._parts, *self._times)

    def __reduce__(self) -> tuple[type[NativeStep], tuple[Equations, int, float, float, float]]:
        return NativeStep, (self._equations, self._parts, *self._times)

    def _of(self, dtype: torch.dtype) -> tuple[Callable[..., None], Tensor, Tensor] | None:
        if dtype not in self._made:
            self._made[dtype] = self._make(dtype)
        return self._made[dtype]

    def _make(self, dtype: torch.dtype) -> tuple[Callable[..., None], Tensor, Tensor] | None:
        text = getattr(self._equations.code, "native", "")
        function = load_function(text, "step", dtype, _SIGNATURE) if text else None
        if function is None:
            return None
        values = [torch.as_tensor(v, dtype=torch.float64).cpu().expand(max(self._parts, 1)) for v in self._equations.exact.values()]
        of_parts = torch.stack(values, 1).to(dtype).contiguous()
        return function, of_parts[0].contiguous(), of_parts

    def __call__(
        self,
        voltage: Tensor,
        refrac: Tensor,
        inputs: Tensor,
        adaptation: Tensor | None,
        lock: bool,
        adapts: bool,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor | None] | None:
        """Voltages, refractory times, spikes and each sample's adaptation after a step; None where the native step can't be had.

        [batch, *shape] each; adaptations are [*shape, K] and [batch, *shape, K].  State of another shape or type than the voltages is
        left to torch, and so is an adaptation of which a gradient is wanted.
        """
        dtype, shape = voltage.dtype, voltage.shape
        if is_traced() or inputs.dtype != dtype or refrac.dtype != dtype or not has_memory(voltage, inputs, refrac):
            return None
        if inputs.shape != shape or refrac.shape != shape:
            return None
        known = adaptation if adaptation is None or adaptation.is_contiguous() else adaptation.contiguous()
        if known is not None and (known.dtype != dtype or known.shape != (*shape[1:], self._parts) or not has_memory(known)):
            return None
        made = self._of(dtype)
        if made is None:
            return None
        function, constants, of_parts = made
        voltage_after, refrac_after = torch.empty_like(voltage), torch.empty_like(voltage)
        spikes = torch.empty_like(voltage, dtype=torch.bool)
        samples = shape[0]
        after: Tensor | None = None
        if adaptation is not None and adapts:
            after = adaptation.new_empty((samples, *adaptation.shape))
        function(
            samples,
            voltage.numel() // samples,
            self._parts,
            voltage.data_ptr(),
            refrac.data_ptr(),
            inputs.data_ptr(),
            0 if known is None else known.data_ptr(),
            constants.data_ptr(),
            of_parts.data_ptr(),
            *self._times,
            lock,
            after is not None,
            voltage_after.data_ptr(),
            refrac_after.data_ptr(),
            spikes.data_ptr(),
            0 if after is None else after.data_ptr(),
        )
        return voltage_after, refrac_after, spikes, after
