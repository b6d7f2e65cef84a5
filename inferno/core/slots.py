"""Where in a circular buffer [R, *observation] an observation stands: k steps before the pointer stands offset k, 1 being the newest.

A place is a number, or while `torch.compile` traces a tensor without dimensions, so that graphs are for all places.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from inferno.core import arguments


def record_size(step_time: float, duration: float, inclusive: bool) -> int:
    """The number of observations that cover a duration; whole multiples of a step are not spoiled by rounding."""
    steps = duration / step_time
    whole = round(steps)
    return max((whole if math.isclose(steps, whole, rel_tol=1e-9) else math.ceil(steps)) + bool(inclusive), 1)


def rounding(times: Tensor, longest: float) -> float:
    """What rounding does to times as long as the longest: 100.3 ms is no multiple of 0.1 ms in single precision.

    Times in double precision may have been in single precision before.
    """
    return 4 * max(torch.finfo(times.dtype).eps, torch.finfo(torch.float32).eps) * longest


def steps_ago(times: Tensor, dt: float, tolerance: float, longest: float) -> tuple[Tensor, Tensor]:
    """Times in steps, whole where they are within the tolerance of a step, or what rounding does; and which are."""
    within = max(tolerance, rounding(times, longest))
    shift = times / dt
    nearest = shift.round()
    exact = (nearest * dt - times).abs() <= within
    return torch.where(exact, nearest, shift), exact


Slot = int | Tensor


def fitting(obs: Tensor, storage: Tensor) -> Tensor:
    """An observation in the type and on the device of the storage.

    Raises
    ------
    TypeError, ValueError
        For something that is no tensor, or one of another shape.
    """
    if not isinstance(obs, Tensor):
        raise TypeError(f"`obs` must be a tensor, got {type(obs).__name__}")
    if obs.shape != storage.shape[1:]:
        raise ValueError(f"`obs` must have the shape {list(storage.shape[1:])}, got {list(obs.shape)}")
    return obs.to(dtype=storage.dtype, device=storage.device)


def _index(storage: Tensor, place: Tensor) -> Tensor:
    return place.reshape(1).to(storage.device)


def observation(storage: Tensor, place: Slot) -> Tensor:
    """The observation at a place."""
    return storage.index_select(0, _index(storage, place)).squeeze(0) if isinstance(place, Tensor) else storage[place]


def replaced(storage: Tensor, place: Slot, row: Tensor) -> Tensor:
    """A buffer with another observation, [1, *observation], at a place."""
    if isinstance(place, Tensor):
        return storage.index_copy(0, _index(storage, place), row)
    return torch.cat([storage[:place], row, storage[place + 1 :]])


def overwrite(storage: Tensor, place: Slot, obs: Tensor) -> None:
    """Put an observation at a place in the buffer itself."""
    if isinstance(place, Tensor):
        storage.index_copy_(0, _index(storage, place), obs.unsqueeze(0))
    else:
        storage[place] = obs


def rolled(storage: Tensor, shift: Slot) -> Tensor:
    """A buffer turned on by some places."""
    if isinstance(shift, Tensor):
        size = storage.shape[0]
        return storage.index_select(0, (torch.arange(size, device="cpu") - shift).remainder(size).to(storage.device))
    return storage.roll(shift, 0)


def gathered(storage: Tensor, pointer: Slot, steps: Tensor, extra: bool) -> Tensor:
    """Observations at offsets: one for all, in an observation's shape, or with `extra` in that and one dimension more."""
    slots = (pointer - steps) % storage.shape[0]
    if steps.ndim == 0:
        return observation(storage, slots if torch.compiler.is_compiling() else int(slots))
    if not extra:
        return torch.gather(storage, 0, slots.unsqueeze(0)).squeeze(0)
    return torch.gather(storage, 0, slots.movedim(-1, 0)).movedim(0, -1)


def places(storage: Tensor, pointer: Slot, length: int, offset: int | Tensor, forward: bool) -> Tensor:
    """The slots of a range of observations in the order of time, [length, *observation].

    Raises
    ------
    ValueError
        For a length beyond the record, an offset that is not whole, or offsets of another shape.
    TypeError
        For something that is no number.
    """
    size = storage.shape[0]
    count = arguments.count("length", length)
    if count > size:
        raise ValueError(f"`length` must be at most {size}, the size of the record, got {length}")
    if isinstance(offset, Tensor):
        if offset.is_floating_point():
            raise TypeError(f"`offset` must be a whole number or a tensor of them, got {offset.dtype}")
        if offset.shape != storage.shape[1:]:
            raise ValueError(f"`offset` must be a number or have the shape {list(storage.shape[1:])}, got {list(offset.shape)}")
    else:
        offset = arguments.count("offset", offset, None)
    ages = torch.arange(count, device=storage.device).flip(0) - (count - 1 if forward else 0)
    first = offset if isinstance(offset, Tensor) else torch.full(storage.shape[1:], offset, device=storage.device)
    return (pointer - (first.unsqueeze(0) + ages.reshape(-1, *([1] * first.ndim)))) % size
