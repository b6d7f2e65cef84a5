"""Observations of a circular buffer [R, *observation] at any time between two of them: read, and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.core.slots import Slot, fitting, gathered, rounding, steps_ago

Interpolation = Callable[..., Tensor]
Extrapolation = Callable[..., tuple[Tensor, Tensor]]


def selected(
    storage: Tensor,
    pointer: Slot,
    dt: float,
    time: float | Tensor,
    interpolation: Interpolation,
    tolerance: float,
    offset: int,
    options: Mapping[str, Any],
) -> Tensor:
    """The value as of some time ago; parameters and errors as for `RecordTensor.select`."""
    times, shape = _times(storage, time), storage.shape[1:]
    extra = times.ndim == len(shape) + 1 and times.shape[:-1] == shape
    if times.ndim and not extra and times.shape != shape:
        raise ValueError(
            f"`time` must be a number or have the shape {list(shape)}, perhaps with one dimension more, got {list(times.shape)}"
        )
    longest = dt * (storage.shape[0] - 1)
    _require_inside(times, longest, tolerance)
    shift, exact = steps_ago(times, dt, tolerance, longest)
    older, newer = (gathered(storage, pointer, offset + f(shift).long(), extra) for f in (torch.ceil, torch.floor))
    since = dt - dt * (shift - shift.floor())
    since = since if times.ndim else since.to(_kind(storage)).expand(shape)
    return torch.where(exact, newer, interpolation(older, newer, since, dt, **options))


def insert_at(
    storage: Tensor,
    pointer: Slot,
    dt: float,
    obs: Tensor,
    time: float | Tensor,
    extrapolation: Extrapolation,
    tolerance: float,
    offset: int,
    options: Mapping[str, Any],
) -> None:
    """Write a value as of some time ago into the buffer itself; parameters and errors as for `RecordTensor.insert`."""
    shape = storage.shape[1:]
    value = fitting(obs, storage)
    times = _times(storage, time)
    if times.ndim and times.shape != shape:
        raise ValueError(f"`time` must be a number or have the shape {list(shape)}, got {list(times.shape)}")
    longest = dt * (storage.shape[0] - 1)
    _require_inside(times, longest, tolerance)
    shift, exact = (t.expand(shape) for t in steps_ago(times, dt, tolerance, longest))
    before, after = offset + shift.ceil().long(), offset + shift.floor().long()
    older, newer = gathered(storage, pointer, before, False), gathered(storage, pointer, after, False)
    since = dt - dt * (shift - shift.floor())
    made = extrapolation(value, since if times.ndim else since.to(_kind(storage)), older, newer, dt, **options)
    for steps, part in ((before, made[0]), (after, made[1])):
        chosen = torch.where(exact, value, part.to(storage.dtype))
        storage.scatter_(0, ((pointer - steps) % storage.shape[0]).unsqueeze(0), chosen.unsqueeze(0))


def _kind(storage: Tensor) -> torch.dtype:
    return storage.dtype if storage.is_floating_point() else torch.get_default_dtype()


def _times(storage: Tensor, time: float | Tensor) -> Tensor:
    if isinstance(time, Tensor):
        return time if time.is_floating_point() else time.to(_kind(storage))
    return torch.tensor(arguments.real("time", time), dtype=torch.float64 if storage.device.type == "cpu" else None, device=storage.device)


def _require_inside(times: Tensor, longest: float, tolerance: float) -> None:
    if torch.compiler.is_compiling() or times.numel() == 0:
        return
    low, high = (float(t) for t in times.aminmax())
    slack = max(tolerance, rounding(times, longest))
    if not (low >= -slack and high <= longest + slack):
        raise ValueError(f"`time` must be in [0, {longest:g}] ms, the length of the record, got values in [{low:g}, {high:g}]")
