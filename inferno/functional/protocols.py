"""What functions that are handed to trainers, updaters and records must look like."""

from __future__ import annotations

from typing import Any, Protocol

from torch import Tensor


class HalfBounding(Protocol):
    """A bound of a parameter at one side; see `inferno.functional.bounding`."""

    def __call__(self, param: Tensor, update: Tensor, limit: float | Tensor, /, **kwargs: Any) -> Tensor:
        """What a limit leaves of the magnitude of an update towards it."""
        ...


class FullBounding(Protocol):
    """A bound of a parameter at both sides; see `inferno.functional.bounding`."""

    def __call__(
        self, param: Tensor, pos: Tensor, neg: Tensor, max: float | Tensor | None, min: float | Tensor | None, /, **kwargs: Any
    ) -> Tensor:
        """The update that two limits leave of the magnitudes of an increase and a decrease."""
        ...


class Interpolation(Protocol):
    """A value between two observations; see `inferno.functional.interpolation`."""

    def __call__(self, prev: Tensor, next: Tensor, sample_at: Tensor, step_time: float | Tensor, /, **kwargs: Any) -> Tensor:
        """The value at a time in ms since the older of two observations, which are `step_time` ms apart."""
        ...


class Extrapolation(Protocol):
    """Two observations that hold a sample between them; see `inferno.functional.extrapolation`."""

    def __call__(
        self, sample: Tensor, sample_at: Tensor, prev: Tensor, next: Tensor, step_time: float | Tensor, /, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """What the older and the newer of two observations become for a sample at a time in ms since the older."""
        ...


class DimensionReduction(Protocol):
    """One element for all along some dimensions; see `inferno.functional.reduction`."""

    def __call__(self, data: Tensor, dim: int | tuple[int, ...] | None = None, keepdim: bool = False, /, **kwargs: Any) -> Tensor:
        """The data without these dimensions (None: all), or with a size of 1 along them."""
        ...


class SpikeTimeHalfKernel(Protocol):
    """A window of spike-timing-dependent plasticity at one side; see `inferno.functional.kernels`."""

    def __call__(self, diff: Tensor, /, **kwargs: Any) -> Tensor:
        """The update for differences of spike times, t_post - t_pre, in ms."""
        ...
