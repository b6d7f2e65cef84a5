"""Tensors of a module with their history: circular buffers that are read at any time between two steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.module import Module
from inferno.core.place import Place, Snapshot, settled
from inferno.core.recall import Extrapolation, Interpolation, insert_at, selected
from inferno.core.shaped import Data, ShapedTensor, ignored, required
from inferno.core.slots import fitting, observation, overwrite, places, record_size, replaced, rolled
from inferno.functional import extrap_nearest, interp_nearest


class RecordTensor(ShapedTensor):
    """The last R observations of a tensor, in a circular buffer [R, *observation].

    R = max(ceil(duration/step_time) + (1 if inclusive else 0), 1).  The pointer is the place that is overwritten next, an extra
    `_<name>_pointer` of the owner; offset k is the place k before it, so that offset 1 is the newest observation and 0 the oldest.

    Parameters
    ----------
    owner, name, persist_data, persist_constraints, strict, live
        As for `ShapedTensor`.
    step_time
        Time between two observations in ms, > 0.
    duration
        For how long observations are kept, in ms, >= 0.
    value
        One observation, which fills the whole record, or an ignored value.
    constraints
        Sizes of an observation by dimension.
    persist_temporal
        Whether `_<name>_dt`, `_<name>_duration` and `_<name>_inclusive` belong to the state dict.
    inclusive
        Whether both ends of the duration count.

    Raises
    ------
    RuntimeError
        If the value does not have the sizes.
    ValueError, TypeError
        For times out of their ranges, and as `ShapedTensor`.
    """

    def __init__(
        self,
        owner: Module,
        name: str,
        step_time: float,
        duration: float,
        value: Data,
        constraints: Mapping[int, int] | None = None,
        persist_data: bool = True,
        persist_constraints: bool = False,
        persist_temporal: bool = False,
        strict: bool = True,
        live: bool = False,
        inclusive: bool = False,
    ) -> None:
        step, length = arguments.positive("step_time", step_time), arguments.non_negative("duration", duration)
        size = record_size(step, length, inclusive)
        required(value, constraints)
        if value is not None and not ignored(value):
            filled = value.detach().unsqueeze(0).repeat(size, *([1] * value.ndim))
            value = nn.Parameter(filled, value.requires_grad) if isinstance(value, nn.Parameter) else filled
        shifted = {d + 1 if d >= 0 else d: s for d, s in (constraints or {}).items()}
        super().__init__(owner, name, value, {0: size, **shifted}, persist_data, persist_constraints, strict, live)
        for part, found in (("dt", step), ("duration", length), ("inclusive", arguments.flag("inclusive", inclusive))):
            if persist_temporal:
                owner.register_extra(f"_{name}_{part}", found)
            else:
                owner.__dict__[f"_{name}_{part}"] = found
        owner.register_extra(f"_{name}_pointer", 0)
        self._keys = (f"_{name}_pointer", f"_{name}_place")
        owner.__dict__[self._keys[1]] = Place()
        Snapshot(name).attach(owner)

    def _owned(self) -> tuple[str, ...]:
        return (*self.attributes, *(f"_{self._name}_{part}" for part in ("dt", "duration", "inclusive", "pointer", "place")))

    # ---- time ---------------------------------------------------------------------------------

    @property
    def dt(self) -> float:
        """The time between two observations in ms; setting it resizes the record, which keeps what is newest."""
        found: float = getattr(self.owner, f"_{self._name}_dt")
        return found

    @dt.setter
    def dt(self, value: float) -> None:
        self._set("dt", arguments.positive("dt", value))

    @property
    def duration(self) -> float:
        """For how long observations are kept, in ms; setting it resizes the record, which keeps what is newest."""
        found: float = getattr(self.owner, f"_{self._name}_duration")
        return found

    @duration.setter
    def duration(self, value: float) -> None:
        self._set("duration", arguments.non_negative("duration", value))

    @property
    def inclusive(self) -> bool:
        """Whether both ends of the duration count; setting it resizes the record, which keeps what is newest."""
        found: bool = getattr(self.owner, f"_{self._name}_inclusive")
        return found

    @inclusive.setter
    def inclusive(self, value: bool) -> None:
        self._set("inclusive", arguments.flag("inclusive", value))

    def _set(self, part: str, value: float | bool) -> None:
        setattr(self.owner, f"_{self._name}_{part}", value)
        size = record_size(self.dt, self.duration, self.inclusive)
        if size == self.recordsz:
            return
        if not self.ignored:
            self.align(0)
        self.reconstrain(0, size)

    @property
    def recordsz(self) -> int:
        """R, the number of observations kept."""
        size: int = getattr(self.owner, self.attributes.constraints)[0]
        return size

    @property
    def pointer(self) -> int:
        """The place that is overwritten next; a tensor while `torch.compile` traces, unless there is one place only."""
        owner, (key, of_place) = self.owner, self._keys
        place: Place = owner.__dict__[of_place]
        if torch.compiler.is_compiling():
            return 0 if self.recordsz == 1 else place.twin  # type: ignore[return-value]
        number: int = owner._extras[key]
        return number if place.twin is place.made.get(number) else settled(owner, key, place)

    @pointer.setter
    def pointer(self, value: int) -> None:
        size, place = self.recordsz, self._place
        if torch.compiler.is_compiling():
            if size > 1:
                place.twin = value % size if isinstance(value, Tensor) else torch.full((), value % size, device="cpu")
            return
        number = (value if type(value) is int else arguments.count("pointer", value, None)) % size
        self.owner._extras[self._keys[0]] = number
        place.twin = place.of(number)

    @property
    def _place(self) -> Place:
        found: Place = self.owner.__dict__[self._keys[1]]
        return found

    def incr(self, pos: int = 1) -> int:
        """Move the pointer on; its new place."""
        self.pointer = self.pointer + pos
        return self.pointer

    def decr(self, pos: int = 1) -> int:
        """Move the pointer back; its new place."""
        return self.incr(-pos)

    # ---- single observations ------------------------------------------------------------------

    @property
    def latest(self) -> Tensor | None:
        """The newest observation; assigning pushes another, deleting moves the pointer back."""
        return self.peek()

    @latest.setter
    def latest(self, value: Tensor) -> None:
        self.push(value)

    @latest.deleter
    def latest(self) -> None:
        self.decr()

    def peek(self) -> Tensor | None:
        """The newest observation, or None before the first."""
        return None if self.ignored else self.read()

    def pop(self) -> Tensor | None:
        """The newest observation, which is given up but not overwritten; None before the first."""
        if self.ignored:
            return None
        self.decr()
        return self.read(0)

    def push(self, obs: Tensor, inplace: bool = False) -> None:
        """Add an observation in the storage's type; the first one makes the storage."""
        if self.ignored:
            arguments.instance("obs", obs, Tensor, "a tensor")
            value = self.value
            self.initialize(obs.shape, obs.device, value.dtype if value is not None else None)
        place = self.pointer
        self._put(fitting(obs, self._storage()), place, inplace)
        self.pointer = place + 1

    def read(self, offset: int = 1) -> Tensor:
        """The observation at an offset.

        Raises
        ------
        RuntimeError
            Before the first observation.
        """
        return observation(self._storage(), self._slot(offset))

    def _slot(self, offset: int) -> int:
        whole = offset if type(offset) is int else arguments.count("offset", offset, None)
        return (self.pointer - whole) % self.recordsz

    def write(self, obs: Tensor, offset: int = 0, inplace: bool = False) -> None:
        """Replace the observation at an offset; in place without gradient, or in a new storage.

        Raises
        ------
        RuntimeError
            Before the first observation.
        ValueError
            For an observation of another shape.
        """
        self._put(fitting(obs, self._storage()), self._slot(offset), inplace)

    def _put(self, obs: Tensor, place: int, inplace: bool) -> None:
        storage = self._changeable() if inplace else self._storage()
        if inplace:
            with torch.no_grad():
                overwrite(storage, place, obs)
            return
        row = obs.unsqueeze(0)
        # A copy also of a single row, as the observation may be changed in place later.
        self._assign(row.clone() if storage.shape[0] == 1 else replaced(storage, place, row))

    def _changeable(self) -> Tensor:
        """The storage, to be written in place: a copy where a state dict holds it, or where it was made in inference mode."""
        storage, place = self._storage(), self._place
        if place.is_shared or (not torch.compiler.is_compiling() and storage.is_inference() and not torch.is_inference_mode_enabled()):
            self._assign(storage.clone())
            place.is_shared = False
        return self._storage()

    def _storage(self) -> Tensor:
        value = self.value
        if value is None or ignored(value):
            raise RuntimeError(f"the record `{self._name}` has no observations yet: push one, or call `initialize`")
        return value

    # ---- ranges -------------------------------------------------------------------------------

    def readrange(self, length: int, offset: int | Tensor = 1, forward: bool = False) -> Tensor:
        """Observations in the order of time, [*observation, length].

        Backward from offset + length - 1 down to offset; `forward` from offset down to offset - length + 1.  Offsets may be a tensor of
        whole numbers in an observation's shape.
        """
        storage = self._storage()
        return torch.gather(storage, 0, places(storage, self.pointer, length, offset, forward)).movedim(0, -1)

    def writerange(self, obs: Tensor, offset: int | Tensor = 0, forward: bool = False, inplace: bool = False) -> None:
        """The inverse of `readrange` for observations [*observation, length].

        Raises
        ------
        ValueError
            For more observations than the record holds, or others of another shape.
        """
        storage = self._storage()
        arguments.instance("obs", obs, Tensor, "a tensor")
        length = obs.shape[-1] if obs.ndim else 0
        if length > self.recordsz or obs.shape[:-1] != storage.shape[1:]:
            expected = f"{list(storage.shape[1:])} and at most {self.recordsz} observations last"
            raise ValueError(f"`obs` must have the shape {expected}, got {list(obs.shape)}")
        rows = obs.movedim(-1, 0).to(storage.dtype)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not inplace):
            target = self._changeable() if inplace else storage.clone()
            target.scatter_(0, places(storage, self.pointer, length, offset, forward), rows)
        if not inplace:
            self._assign(target)

    # ---- any time -----------------------------------------------------------------------------

    def select(
        self,
        time: float | Tensor,
        interp: Interpolation | None = None,
        *,
        tolerance: float = 1e-6,
        offset: int = 1,
        interp_kwargs: Mapping[str, Any] | None = None,
    ) -> Tensor:
        """The value as of some time ago.

        Parameters
        ----------
        time
            In ms before the newest observation (before that at `offset`): a number, a tensor in an observation's shape, or one with a
            dimension more at its end, which the result then has.
        interp
            Called as `interp(older, newer, time since the older, dt)` between two observations; None for the nearest.
        tolerance
            Difference in ms within which a time is one of an observation.

        Raises
        ------
        ValueError
            For a time outside the record, or of another shape.
        RuntimeError
            Before the first observation.
        """
        return selected(self._storage(), self.pointer, self.dt, time, interp or interp_nearest, tolerance, offset, interp_kwargs or {})

    def insert(
        self,
        obs: Tensor,
        time: float | Tensor,
        extrap: Extrapolation | None = None,
        *,
        tolerance: float = 1e-6,
        offset: int = 0,
        inplace: bool = False,
        extrap_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a value as of some time ago: the inverse of `select`.

        `extrap(obs, time since the older, older, newer, dt)` gives what the two observations around the time become; None for the
        nearest of them.  A time of an observation overwrites that one alone.
        """
        storage = self._storage()
        target = self._changeable() if inplace else storage.clone()
        with torch.set_grad_enabled(torch.is_grad_enabled() and not inplace):
            insert_at(target, self.pointer, self.dt, obs, time, extrap or extrap_nearest, tolerance, offset, extrap_kwargs or {})
        if not inplace:
            self._assign(target)

    # ---- the whole record ---------------------------------------------------------------------

    def align(self, index: int = 0) -> None:
        """Turn the record so that the oldest observation stands at an index, where the pointer then is.

        Raises
        ------
        RuntimeError
            Before the first observation.
        """
        storage = self._storage()
        place = arguments.count("index", index, 0) % self.recordsz
        self._assign(rolled(storage, place - self.pointer))
        self.pointer = place

    def reset(self, fill: float | None = 0) -> None:
        """Fill the record and bring the pointer to 0; None only aligns it."""
        if fill is None:
            self.align(0)
            return
        value = self.value
        if value is not None and not ignored(value):
            self._assign(torch.full_like(value, fill))
        self.pointer = 0

    def initialize(
        self,
        shape: tuple[int, ...] | torch.Size,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
        fill: float = 0,
    ) -> None:
        """Make the storage for observations of a shape."""
        known = self.value
        where = device if device is not None else (known.device if known is not None else None)
        kind = dtype if dtype is not None else (known.dtype if known is not None else None)
        made = torch.full((self.recordsz, *shape), fill, device=where, dtype=kind or torch.get_default_dtype())
        if not self.compatible(made):
            raise ValueError(f"`shape` must have the sizes {self.constraints} by dimension of the record, got {list(made.shape)}")
        self._assign(made)
        self.pointer = 0

    def deinitialize(self, use_uninitialized: bool = False) -> None:
        """Give up the storage; type and device stay."""
        known = self.value
        if isinstance(known, nn.Parameter):
            known.data = known.new_empty(0)
        elif known is not None:
            made: Callable[..., Tensor] = nn.parameter.UninitializedBuffer if use_uninitialized else _empty
            self._assign(made(dtype=known.dtype, device=known.device))
        self.pointer = 0


def _empty(dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.empty(0, dtype=dtype, device=device)
