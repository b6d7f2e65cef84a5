"""Traces of spikes in one native pass, where it can be had: on the CPU, without gradient, not under a tracer."""

from __future__ import annotations

import ctypes
import importlib.resources
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from inferno.core.pointers import has_memory, is_traced
from inferno.runtime.kernels.generated import load_function

_POINTER, _REAL = ctypes.c_void_p, ctypes.c_double
_SIGNATURE = (ctypes.c_int64, _POINTER, _POINTER, _REAL, _REAL, _POINTER)


@cache
def _cumulative(dtype: torch.dtype) -> Callable[..., None] | None:
    text = (importlib.resources.files("inferno.observe") / "traces.cpp").read_text(encoding="utf-8")
    return load_function(text, "cumulative", dtype, _SIGNATURE)


def cumulative_of_spikes(spikes: Tensor, trace: Tensor, decay: float, amplitude: float) -> Tensor | None:
    """decay * trace + amplitude * spikes, the bits of torch; None where the native pass can't be had.

    Parameters
    ----------
    spikes
        Of bool, of any shape.
    trace
        Of float32 or float64, in the same shape.
    decay, amplitude
        Factor of a step, and what a spike adds.

    Returns
    -------
    Tensor or None
        The trace after the step, in the shape of `trace`.
    """
    if is_traced() or spikes.dtype != torch.bool or spikes.shape != trace.shape or not has_memory(spikes, trace):
        return None
    function = _cumulative(trace.dtype)
    if function is None:
        return None
    after = torch.empty_like(trace)
    function(trace.numel(), spikes.data_ptr(), trace.data_ptr(), decay, amplitude, after.data_ptr())
    return after
