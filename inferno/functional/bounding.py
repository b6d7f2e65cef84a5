"""Bounds of a parameter, as factors of its updates.

A half bound is called as `bound(param, update, limit, **kwargs)` with the magnitude of an update towards its limit, and returns what is
left of it.  A full bound is called as `bound(param, pos, neg, max, min, **kwargs)` with the magnitudes of the increase and the decrease,
and returns the update, bounded increase - bounded decrease; a limit of None leaves its side unbounded.

Shape: the updates are in the parameter's shape; limits, powers and ranges are numbers, or tensors that broadcast with it.  Nothing is
clamped: beyond its limit a parameter is pulled back by the multiplicative bounds, and left where it is by the sharp ones.

References
----------
Gutig, Aharonov, Rotter & Sompolinsky (2003), "Learning input correlations through nonlinear temporally asymmetric Hebbian plasticity",
doi:10.1523/JNEUROSCI.23-09-03697.2003 (power); Morrison, Diesmann & Gerstner (2008), section 4.2, doi:10.1007/s00422-008-0233-1
(multiplicative and additive); Neuronal Dynamics, section 19.2.1 (soft and hard bounds).
"""

from __future__ import annotations

import torch
from torch import Tensor

Scalar = float | Tensor


def bound_upper_multiplicative(param: Tensor, update: Tensor, limit: Scalar) -> Tensor:
    """The increase under a soft upper bound, (limit - param) * update.

    Shapes are those of `HalfBounding`, sources those of the module.
    """
    return (limit - param) * update


def bound_lower_multiplicative(param: Tensor, update: Tensor, limit: Scalar) -> Tensor:
    """The decrease over a soft lower bound, (param - limit) * update.

    Shapes are those of `HalfBounding`, sources those of the module.
    """
    return (param - limit) * update


def bound_upper_power(param: Tensor, update: Tensor, limit: Scalar, *, power: Scalar) -> Tensor:
    """The increase under a power bound, (limit - param)^power * update; NaN beyond the limit if the power is a fraction.

    Shapes are those of `HalfBounding`, sources those of the module.
    """
    return (limit - param) ** power * update


def bound_lower_power(param: Tensor, update: Tensor, limit: Scalar, *, power: Scalar) -> Tensor:
    """The decrease over a power bound, (param - limit)^power * update; NaN beyond the limit if the power is a fraction.

    Shapes are those of `HalfBounding`, sources those of the module.
    """
    return (param - limit) ** power * update


def bound_upper_scaled_multiplicative(param: Tensor, update: Tensor, limit: Scalar, range: Scalar) -> Tensor:
    """The increase under a soft upper bound in parts of a range, (limit - param) / range * update.

    Shapes are those of `HalfBounding`, sources those of the module.
    """
    return (limit - param) / range * update


def bound_lower_scaled_multiplicative(param: Tensor, update: Tensor, limit: Scalar, range: Scalar) -> Tensor:
    """The decrease over a soft lower bound in parts of a range, (param - limit) / range * update.

    Shapes are those of `HalfBounding`, sources those of the module.
    """
    return (param - limit) / range * update


def bound_upper_scaled_power(param: Tensor, update: Tensor, limit: Scalar, *, power: Scalar, range: Scalar) -> Tensor:
    """The increase under a power bound in parts of a range, ((limit - param) / range)^power * update; NaN as `bound_upper_power`.

    Shapes are those of `HalfBounding`, sources those of the module.
    """
    return ((limit - param) / range) ** power * update


def bound_lower_scaled_power(param: Tensor, update: Tensor, limit: Scalar, *, power: Scalar, range: Scalar) -> Tensor:
    """The decrease over a power bound in parts of a range, ((param - limit) / range)^power * update; NaN as `bound_lower_power`.

    Shapes are those of `HalfBounding`, sources those of the module.
    """
    return ((param - limit) / range) ** power * update


def bound_upper_sharp(param: Tensor, update: Tensor, limit: Scalar) -> Tensor:
    """The increase under a hard upper bound: the update up to and at the limit, 0 beyond it, step(limit - param) with step(0) = 1.

    Shapes are those of `HalfBounding`, sources those of the module.
    """
    return torch.where(param <= limit, update, 0)


def bound_lower_sharp(param: Tensor, update: Tensor, limit: Scalar) -> Tensor:
    """The decrease over a hard lower bound: the update down to and at the limit, 0 beyond it, step(param - limit) with step(0) = 1.

    Shapes are those of `HalfBounding`, sources those of the module.
    """
    return torch.where(param >= limit, update, 0)


def bound_multiplicative(param: Tensor, pos: Tensor, neg: Tensor, max: Scalar | None, min: Scalar | None) -> Tensor:
    """The update between soft bounds, (max - param) * pos - (param - min) * neg.

    Parameters
    ----------
    param
        What is updated.
    pos, neg
        Magnitudes of the increase and the decrease.
    max, min
        Greatest and least value; None for a side without.
    """
    upper = pos if max is None else bound_upper_multiplicative(param, pos, max)
    return upper - (neg if min is None else bound_lower_multiplicative(param, neg, min))


def bound_sharp(param: Tensor, pos: Tensor, neg: Tensor, max: Scalar | None, min: Scalar | None) -> Tensor:
    """The update between hard bounds, step(max - param) * pos - step(param - min) * neg with step(0) = 1.

    Parameters are those of `bound_multiplicative`.
    """
    upper = pos if max is None else bound_upper_sharp(param, pos, max)
    return upper - (neg if min is None else bound_lower_sharp(param, neg, min))


def bound_power(
    param: Tensor, pos: Tensor, neg: Tensor, max: Scalar | None, min: Scalar | None, *, upper_power: Scalar = 1.0, lower_power: Scalar = 1.0
) -> Tensor:
    """The update between power bounds, (max - param)^upper_power * pos - (param - min)^lower_power * neg.

    Parameters
    ----------
    param, pos, neg, max, min
        As for `bound_multiplicative`.
    upper_power, lower_power
        Exponents at either side; that of a side without a limit is not used.
    """
    upper = pos if max is None else bound_upper_power(param, pos, max, power=upper_power)
    return upper - (neg if min is None else bound_lower_power(param, neg, min, power=lower_power))


def bound_scaled_multiplicative(
    param: Tensor, pos: Tensor, neg: Tensor, max: Scalar | None, min: Scalar | None, *, range: Scalar | None = None
) -> Tensor:
    """The update between soft bounds in parts of their range, ((max - param) * pos - (param - min) * neg) / range.

    Parameters
    ----------
    param, pos, neg, max, min
        As for `bound_multiplicative`.
    range
        Distance at which a bound leaves an update as it is; None for max - min, or for 1 if only one of the two is given.

    Raises
    ------
    ValueError
        If the range is not greater than 0; elements of tensors are not looked at.
    """
    width = _range(max, min, range)
    upper = pos if max is None else bound_upper_scaled_multiplicative(param, pos, max, width)
    return upper - (neg if min is None else bound_lower_scaled_multiplicative(param, neg, min, width))


def bound_scaled_power(
    param: Tensor,
    pos: Tensor,
    neg: Tensor,
    max: Scalar | None,
    min: Scalar | None,
    *,
    upper_power: Scalar = 1.0,
    lower_power: Scalar = 1.0,
    range: Scalar | None = None,
) -> Tensor:
    """The update between power bounds in parts of their range.

    ((max - param) / range)^upper_power * pos - ((param - min) / range)^lower_power * neg

    Parameters
    ----------
    param, pos, neg, max, min, range
        As for `bound_scaled_multiplicative`.
    upper_power, lower_power
        Exponents at either side; that of a side without a limit is not used.

    Raises
    ------
    ValueError
        If the range is not greater than 0; elements of tensors are not looked at.
    """
    width = _range(max, min, range)
    upper = pos if max is None else bound_upper_scaled_power(param, pos, max, power=upper_power, range=width)
    return upper - (neg if min is None else bound_lower_scaled_power(param, neg, min, power=lower_power, range=width))


def _range(max: Scalar | None, min: Scalar | None, range: Scalar | None) -> Scalar:
    if range is None:
        range = 1.0 if max is None or min is None else max - min
        words = f"`max` must be greater than `min` ({min!r}), got {max!r}"
    else:
        words = f"`range` must be greater than 0, got {range!r}"
    if not isinstance(range, Tensor) and not range > 0:
        raise ValueError(words)
    return range
