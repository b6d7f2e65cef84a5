"""Traces of events: one step of variables that jump at each event and decay exponentially between events.

Every function takes the latest observation and the trace so far, and returns the trace now; None as the trace stands for the first
observation.  Traces are floating-point: in the type of the observation if that is one, or else, for spikes and counts, in torch's
default type.  Numbers may be tensors that broadcast with the observation.

References
----------
Morrison, Diesmann & Gerstner (2008), "Phenomenological models of synaptic plasticity based on spike timing", section 4.1 (all-to-all
interaction: cumulative; nearest neighbours: nearest), doi:10.1007/s00422-008-0233-1; Neuronal Dynamics, section 19.2.2.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from inferno.core.casting import as_floats
from inferno.core.mathematics import exp

Scalar = float | Tensor
Target = bool | int | float | Tensor


def trace_nearest(
    obs: Tensor, trace: Tensor | None, *, decay: Scalar, amplitude: Scalar, target: Target, tolerance: Scalar | None = None
) -> Tensor:
    """The trace of the nearest event: `amplitude` at an event, else decay * trace.

    Parameters
    ----------
    obs
        Latest observation, of any shape.
    trace
        Trace so far, in the same shape; None for the first observation.
    decay
        Factor by which the trace falls in a step.
    amplitude
        Value that the trace has at an event.
    target
        Value of an observation that is an event.
    tolerance
        Difference from the target up to which it is one; None for equality.

    References
    ----------
    Morrison, Diesmann & Gerstner (2008), section 4.1, doi:10.1007/s00422-008-0233-1
    """
    mask = _events(obs, target, tolerance)
    if trace is None:
        return _first(obs, mask) * amplitude
    return torch.where(mask, amplitude, decay * trace)


def trace_cumulative(
    obs: Tensor, trace: Tensor | None, *, decay: Scalar, amplitude: Scalar, target: Target, tolerance: Scalar | None = None
) -> Tensor:
    """The trace of all events: decay * trace, and `amplitude` more at an event; parameters and source as for `trace_nearest`."""
    mask = _events(obs, target, tolerance)
    if trace is None:
        return _first(obs, mask) * amplitude
    return _plus(decay * trace, mask, amplitude)


def trace_nearest_scaled(
    obs: Tensor,
    trace: Tensor | None,
    *,
    decay: Scalar,
    amplitude: Scalar,
    scale: Scalar,
    matchfn: Callable[[Tensor], Tensor],
) -> Tensor:
    """The trace of the nearest event with its size: scale * obs + amplitude at an event, else decay * trace.

    Parameters
    ----------
    obs
        Latest observation, of any shape.
    trace
        Trace so far, in the same shape; None for the first observation.
    decay
        Factor by which the trace falls in a step.
    amplitude
        Part of an event that does not depend on its size.
    scale
        Factor of the observation.
    matchfn
        Which elements of an observation are events: called with it, returns a boolean tensor in its shape.
    """
    mask = matchfn(obs)
    return torch.where(mask, scale * _floating(obs) + amplitude, 0.0 if trace is None else decay * trace)


def trace_cumulative_scaled(
    obs: Tensor,
    trace: Tensor | None,
    *,
    decay: Scalar,
    amplitude: Scalar,
    scale: Scalar,
    matchfn: Callable[[Tensor], Tensor],
) -> Tensor:
    """The trace of all events with their sizes: decay * trace, and scale * obs + amplitude more at an event.

    Parameters are those of `trace_nearest_scaled`.
    """
    # Not a product with the mask: what is no event may be infinite or NaN.
    jump = torch.where(matchfn(obs), scale * _floating(obs) + amplitude, 0.0)
    return jump if trace is None else decay * trace + jump


def trace_cumulative_value(obs: Tensor, trace: Tensor | None, *, decay: Scalar, scale: Scalar) -> Tensor:
    """The trace of all that is observed, decay * trace + scale * obs; parameters as for `trace_nearest_scaled`."""
    if trace is None:
        return scale * _floating(obs)
    return _plus(decay * trace, obs, scale)


def exp_trace_nearest(
    obs: Tensor,
    trace: Tensor | None,
    *,
    step_time: Scalar,
    time_constant: Scalar,
    amplitude: Scalar,
    target: Target,
    tolerance: Scalar | None = None,
) -> Tensor:
    """`trace_nearest` with the decay exp(-step_time / time_constant).

    Parameters
    ----------
    obs, trace, amplitude, target, tolerance
        As for `trace_nearest`.
    step_time
        Length of a step in ms, > 0.
    time_constant
        Time in ms in which the trace falls to 1/e, > 0.

    Raises
    ------
    ValueError
        For a time that is not greater than 0; elements of tensors are not looked at.
    """
    decay = _decay_of_time(step_time, time_constant)
    return trace_nearest(obs, trace, decay=decay, amplitude=amplitude, target=target, tolerance=tolerance)


def exp_trace_cumulative(
    obs: Tensor,
    trace: Tensor | None,
    *,
    step_time: Scalar,
    time_constant: Scalar,
    amplitude: Scalar,
    target: Target,
    tolerance: Scalar | None = None,
) -> Tensor:
    """`trace_cumulative` with the decay exp(-step_time / time_constant); parameters and errors as for `exp_trace_nearest`."""
    decay = _decay_of_time(step_time, time_constant)
    return trace_cumulative(obs, trace, decay=decay, amplitude=amplitude, target=target, tolerance=tolerance)


def exprate_trace_nearest(
    obs: Tensor,
    trace: Tensor | None,
    *,
    step_time: Scalar,
    rate_constant: Scalar,
    amplitude: Scalar,
    target: Target,
    tolerance: Scalar | None = None,
) -> Tensor:
    """`trace_nearest` with the decay exp(-rate_constant * step_time).

    Parameters
    ----------
    obs, trace, amplitude, target, tolerance
        As for `trace_nearest`.
    step_time
        Length of a step in ms, > 0.
    rate_constant
        Part of the trace that is lost per ms, in 1/ms, > 0.

    Raises
    ------
    ValueError
        For a number that is not greater than 0; elements of tensors are not looked at.
    """
    decay = _decay_of_rate(step_time, rate_constant)
    return trace_nearest(obs, trace, decay=decay, amplitude=amplitude, target=target, tolerance=tolerance)


def exprate_trace_cumulative(
    obs: Tensor,
    trace: Tensor | None,
    *,
    step_time: Scalar,
    rate_constant: Scalar,
    amplitude: Scalar,
    target: Target,
    tolerance: Scalar | None = None,
) -> Tensor:
    """`trace_cumulative` with the decay exp(-rate_constant * step_time); parameters and errors as for `exprate_trace_nearest`."""
    decay = _decay_of_rate(step_time, rate_constant)
    return trace_cumulative(obs, trace, decay=decay, amplitude=amplitude, target=target, tolerance=tolerance)


def _events(obs: Tensor, target: Target, tolerance: Scalar | None) -> Tensor:
    if tolerance is None:
        # Spikes are their own mask, which saves the comparison in every step of a simulation.
        return obs if target is True and obs.dtype == torch.bool else obs == target
    # torch subtracts neither booleans from booleans nor whole numbers without wrapping round.
    center = _floating(target) if isinstance(target, Tensor) else float(target)
    return (_floating(obs) - center).abs() <= tolerance


def _first(obs: Tensor, mask: Tensor) -> Tensor:
    return as_floats(mask, obs.dtype if obs.is_floating_point() else torch.get_default_dtype())


def _floating(data: Tensor) -> Tensor:
    return data if data.is_floating_point() else data.to(torch.get_default_dtype())


def _plus(base: Tensor, part: Tensor, factor: Scalar) -> Tensor:
    """base + factor * part, in one operation where the factor is a number."""
    if isinstance(factor, Tensor):
        return base + factor * part
    return torch.add(base, as_floats(part, base.dtype), alpha=factor)


def _decay_of_time(step_time: Scalar, time_constant: Scalar) -> Scalar:
    _require_positive("step_time", step_time)
    _require_positive("time_constant", time_constant)
    return exp(-step_time / time_constant)


def _decay_of_rate(step_time: Scalar, rate_constant: Scalar) -> Scalar:
    _require_positive("step_time", step_time)
    _require_positive("rate_constant", rate_constant)
    return exp(-rate_constant * step_time)


def _require_positive(name: str, value: Scalar) -> None:
    # Plain comparisons, as compiled steps come through here.
    if not isinstance(value, Tensor) and not value > 0:
        raise ValueError(f"`{name}` must be greater than 0, got {value!r}")
