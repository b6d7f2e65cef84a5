"""Reductions of a tensor along dimensions, as the batch is reduced by trainers.

Each function is called as `reduction(data, dim=None, keepdim=False, **kwargs)`, with one dimension, a tuple of them, or None for all, and
returns the data without these dimensions, or with a size of 1 along them.  Names are those of what is computed, and hide built-ins in
this module.
"""

from __future__ import annotations

import torch
from torch import Tensor

Dimensions = int | tuple[int, ...] | None


def sum(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The sum.

    Parameters are those of `DimensionReduction`.
    """
    return torch.sum(data, dim, keepdim)


def nansum(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The sum of what is not NaN.

    Parameters are those of `DimensionReduction`.
    """
    return torch.nansum(data, dim, keepdim)


def divsum(data: Tensor, dim: Dimensions = None, keepdim: bool = False, *, denom: float | Tensor = 1) -> Tensor:
    """The sum divided by a number, `denom`.

    Parameters are those of `DimensionReduction`.
    """
    return torch.sum(data, dim, keepdim) / denom


def nandivsum(data: Tensor, dim: Dimensions = None, keepdim: bool = False, *, denom: float | Tensor = 1) -> Tensor:
    """The sum of what is not NaN, divided by a number, `denom`.

    Parameters are those of `DimensionReduction`.
    """
    return torch.nansum(data, dim, keepdim) / denom


def min(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The least element; a gradient is shared by all that are.

    Parameters are those of `DimensionReduction`.
    """
    return torch.amin(data, () if dim is None else dim, keepdim)


def max(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The greatest element; a gradient is shared by all that are.

    Parameters are those of `DimensionReduction`.
    """
    return torch.amax(data, () if dim is None else dim, keepdim)


def absmin(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The element that is nearest to 0, with its own sign; the positive one of two that are equally near.

    Parameters are those of `DimensionReduction`.
    """
    return _signed(data, torch.amin(data.abs(), _dimensions(data, dim), keepdim=True), dim, keepdim)


def absmax(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The element that is farthest from 0, with its own sign; the positive one of two that are equally far.

    Parameters are those of `DimensionReduction`.
    """
    return _signed(data, torch.amax(data.abs(), _dimensions(data, dim), keepdim=True), dim, keepdim)


def mean(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The mean; spikes and whole numbers are taken in torch's default type.

    Parameters are those of `DimensionReduction`.
    """
    return torch.mean(_floating(data), dim, keepdim)


def nanmean(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The mean of what is not NaN; spikes and whole numbers are taken in torch's default type.

    Parameters are those of `DimensionReduction`.
    """
    return torch.nanmean(_floating(data), dim, keepdim)


def quantile(
    data: Tensor, dim: Dimensions = None, keepdim: bool = False, *, q: float | Tensor = 0.5, interpolation: str = "linear"
) -> Tensor:
    """The q-quantile; NaN where an element is.

    Parameters
    ----------
    data, dim, keepdim
        As for `DimensionReduction`; spikes and whole numbers are taken in torch's default type.
    q
        Part of the elements below, in [0, 1]; a tensor of several gives a dimension of its size before all others.
    interpolation
        Between the two nearest elements: "linear", "lower", "higher", "midpoint" or "nearest".

    Raises
    ------
    RuntimeError
        By torch, for more than 16 million elements.
    """
    merged = _merged(data, dim)
    return _restored(torch.quantile(merged, q, -1, interpolation=interpolation), data, dim, keepdim)


def nanquantile(
    data: Tensor, dim: Dimensions = None, keepdim: bool = False, *, q: float | Tensor = 0.5, interpolation: str = "linear"
) -> Tensor:
    """The q-quantile of what is not NaN; parameters and errors as for `quantile`.

    Parameters are those of `DimensionReduction`.
    """
    merged = _merged(data, dim)
    return _restored(torch.nanquantile(merged, q, -1, interpolation=interpolation), data, dim, keepdim)


def median(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The median: of an even number of elements, the middle between the two at the middle; NaN where an element is.

    Parameters are those of `DimensionReduction`.
    """
    return quantile(data, dim, keepdim, interpolation="midpoint")


def nanmedian(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The median of what is not NaN: of an even number of elements, the middle between the two at the middle.

    Parameters are those of `DimensionReduction`.
    """
    return nanquantile(data, dim, keepdim, interpolation="midpoint")


def geomean(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The geometric mean, exp(mean(log(data))); NaN where an element is negative.

    Parameters are those of `DimensionReduction`.
    """
    return torch.mean(torch.log(_floating(data)), dim, keepdim).exp()


def nangeomean(data: Tensor, dim: Dimensions = None, keepdim: bool = False) -> Tensor:
    """The geometric mean of what is not NaN; NaN where an element is negative, or all are NaN.

    Parameters are those of `DimensionReduction`.
    """
    values = _floating(data)
    missing = values.isnan()
    # Not the mean of logarithms without NaN, which would leave out negative elements as well.
    total = torch.log(values).masked_fill(missing, 0.0).sum(dim, keepdim)
    return (total / (~missing).sum(dim, keepdim)).exp()


def _signed(data: Tensor, magnitude: Tensor, dim: Dimensions, keepdim: bool) -> Tensor:
    dims = _dimensions(data, dim)
    chosen = torch.where((data == magnitude).any(dims, keepdim=True), magnitude, -magnitude)
    return chosen if keepdim else chosen.squeeze(dims)


def _dimensions(data: Tensor, dim: Dimensions) -> tuple[int, ...]:
    """The dimensions as a tuple in rising order, counted from the first."""
    if dim is None:
        return tuple(range(data.ndim))
    given = (dim,) if isinstance(dim, int) else dim
    return tuple(sorted(d % data.ndim if -data.ndim <= d < data.ndim else d for d in given)) if data.ndim else ()


def _merged(data: Tensor, dim: Dimensions) -> Tensor:
    """The data in floating point with the dimensions to reduce made one, the last.

    Parameters are those of `DimensionReduction`.
    """
    dims = _dimensions(data, dim)
    last = tuple(range(-len(dims), 0))
    values = _floating(data).movedim(dims, last)
    return values.reshape(*values.shape[: data.ndim - len(dims)], -1)


def _restored(reduced: Tensor, data: Tensor, dim: Dimensions, keepdim: bool) -> Tensor:
    if not keepdim:
        return reduced
    dims = _dimensions(data, dim)
    leading = reduced.ndim - (data.ndim - len(dims))
    for d in dims:
        reduced = reduced.unsqueeze(leading + d)
    return reduced


def _floating(data: Tensor) -> Tensor:
    return data if data.is_floating_point() or data.is_complex() else data.to(torch.get_default_dtype())
