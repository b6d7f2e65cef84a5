"""Linear maps of values most of which are zero, as currents of spikes are."""

from __future__ import annotations

import ctypes
import importlib.resources
from collections.abc import Callable
from functools import cache

import torch
import torch.nn.functional as nn_functional
from torch import Tensor

from inferno.core.pointers import has_memory, is_traced
from inferno.runtime.kernels.generated import load_function

MOST = 0.025
"""Share of values other than zero up to which picking them out is faster than the whole product."""
MOST_PRODUCTS = 0.04
"""Share of products of single elements up to which a correlation is faster that leaves out those with zeros."""
LEAST_WORK = 100_000
"""Products below which nothing is gained."""

_INTEGER, _POINTER = ctypes.c_int64, ctypes.c_void_p
_SIGNATURE = (_INTEGER, _INTEGER, _INTEGER, _POINTER, _POINTER, _INTEGER, _POINTER)


@cache
def _native(name: str, dtype: torch.dtype) -> Callable[..., int] | None:
    text = (importlib.resources.files("inferno.neural") / "sparse_linear.cpp").read_text(encoding="utf-8")
    return load_function(text, name, dtype, _SIGNATURE, _INTEGER)


def _product(name: str, a: Tensor, b: Tensor, dim: int, work: int) -> Callable[..., int] | None:
    """The native product of two matrices that is summed over a dimension of both; None where it can't be had or isn't worth it."""
    if is_traced() or a.dtype != b.dtype or a.shape[dim] != b.shape[dim] or work < LEAST_WORK or not has_memory(a, b):
        return None
    return _native(name, a.dtype)


def linear(values: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """`torch.nn.functional.linear`, which on the CPU and without gradient skips zeros where there are many.

    Sums of few terms are made in another order than those of the whole product, so the last bits may differ; and what is infinite or
    NaN is not seen where it meets a zero.

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
    multiply = _product("multiply", values, weight, 1, values.numel() * weight.shape[0])
    if multiply is not None and (bias is None or bias.dtype == values.dtype):
        (samples, inputs), outputs = values.shape, weight.shape[0]
        out = values.new_empty(samples, outputs)
        if multiply(samples, inputs, outputs, values.data_ptr(), weight.data_ptr(), int(MOST * values.numel()), out.data_ptr()):
            return out if bias is None else out.add_(bias)
    return nn_functional.linear(values, weight, bias)


def correlated(post: Tensor, pre: Tensor) -> Tensor:
    """post^T pre, the sum over the batch of the products of both sides, which on the CPU and without gradient skips zeros as `linear`.

    Parameters
    ----------
    post
        [batch, outputs].
    pre
        [batch, inputs].

    Returns
    -------
    Tensor
        [outputs, inputs].
    """
    (samples, outputs), inputs = post.shape, pre.shape[1]
    work = samples * outputs * inputs
    correlate = _product("correlate", post, pre, 0, work)
    if correlate is not None:
        out = pre.new_empty(outputs, inputs)
        if correlate(samples, outputs, inputs, post.data_ptr(), pre.data_ptr(), int(MOST_PRODUCTS * work), out.data_ptr()):
            return out
    return post.t() @ pre
