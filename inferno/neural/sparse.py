"""Linear maps of values most of which are zero, as currents of spikes are."""

from __future__ import annotations

import ctypes
import importlib.resources
from collections.abc import Callable
from functools import cache

import torch
import torch.nn.functional as nn_functional
from torch import Tensor

from inferno.runtime.kernels.building import NativeUnavailable
from inferno.runtime.kernels.generated import load_generated

SUFFIXES = {torch.float32: "float", torch.float64: "double"}
MOST = 0.025
"""Share of values other than zero up to which picking them out is faster than the whole product."""
LEAST_WORK = 100_000
"""Products below which nothing is gained."""


@cache
def _multiply(dtype: torch.dtype) -> Callable[..., int] | None:
    text = (importlib.resources.files("inferno.neural") / "sparse_linear.cpp").read_text(encoding="utf-8")
    try:
        function = getattr(load_generated(text), f"multiply_{SUFFIXES[dtype]}")
    except NativeUnavailable:
        return None
    integer, pointer = ctypes.c_int64, ctypes.c_void_p
    function.argtypes, function.restype = [integer, integer, integer, pointer, pointer, integer, pointer], integer
    return function  # type: ignore[no-any-return]


def linear(values: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """`torch.nn.functional.linear`, which on the CPU and without gradient skips zeros where there are many.

    Sums of few terms are made in another order than those of the whole product, so the last bits may differ.

    Parameters
    ----------
    values
        [batch, inputs].
    weight
        [outputs, inputs].
    bias
        [outputs], or None.

    Returns
    -------
    Tensor
        [batch, outputs].
    """
    if (
        torch.compiler.is_compiling()
        or not values.is_cpu
        or values.dtype not in SUFFIXES
        or values.dtype != weight.dtype
        or values.numel() * weight.shape[0] < LEAST_WORK
        or (torch.is_grad_enabled() and (values.requires_grad or weight.requires_grad))
        or not (values.is_contiguous() and weight.is_contiguous())
    ):
        return nn_functional.linear(values, weight, bias)
    multiply = _multiply(values.dtype)
    if multiply is not None:
        (samples, inputs), outputs = values.shape, weight.shape[0]
        out = values.new_empty(samples, outputs)
        if multiply(samples, inputs, outputs, values.data_ptr(), weight.data_ptr(), int(MOST * values.numel()), out.data_ptr()):
            return out if bias is None else out.add_(bias)
    return nn_functional.linear(values, weight, bias)
