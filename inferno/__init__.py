"""Inferno: a compiler for spiking neural networks.  Equations with units in, fast PyTorch out.

`load_network("model.snn")` gives a `torch.nn.Module`; `neural`, `learn`, `functional` and `observe` hold components for models in Python.
Nothing here loads torch before a name needs it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from inferno import errors, types

if TYPE_CHECKING:
    from inferno.compiler.loading import load_network as load_network
    from inferno.core.creation import (
        astensors as astensors,
    )
    from inferno.core.creation import (
        empty as empty,
    )
    from inferno.core.creation import (
        full as full,
    )
    from inferno.core.creation import (
        fullc as fullc,
    )
    from inferno.core.creation import (
        normal as normal,
    )
    from inferno.core.creation import (
        ones as ones,
    )
    from inferno.core.creation import (
        scalar as scalar,
    )
    from inferno.core.creation import (
        uniform as uniform,
    )
    from inferno.core.creation import (
        zeros as zeros,
    )
    from inferno.core.hooks import ContextualHook as ContextualHook
    from inferno.core.hooks import Hook as Hook
    from inferno.core.hooks import StateHook as StateHook
    from inferno.core.mathematics import (
        exp as exp,
    )
    from inferno.core.mathematics import (
        exponential_smoothing as exponential_smoothing,
    )
    from inferno.core.mathematics import (
        holt_linear_smoothing as holt_linear_smoothing,
    )
    from inferno.core.mathematics import (
        normalize as normalize,
    )
    from inferno.core.mathematics import (
        rescale as rescale,
    )
    from inferno.core.mathematics import (
        sqrt as sqrt,
    )
    from inferno.core.module import Module as Module
    from inferno.core.record import RecordTensor as RecordTensor
    from inferno.core.shaped import ShapedTensor as ShapedTensor
    from inferno.core.spiketimes import isi as isi
    from inferno.core.spiketimes import victor_purpura_pair_dist as victor_purpura_pair_dist
    from inferno.core.traces import (
        exp_trace_cumulative as exp_trace_cumulative,
    )
    from inferno.core.traces import (
        exp_trace_nearest as exp_trace_nearest,
    )
    from inferno.core.traces import (
        exprate_trace_cumulative as exprate_trace_cumulative,
    )
    from inferno.core.traces import (
        exprate_trace_nearest as exprate_trace_nearest,
    )
    from inferno.core.traces import (
        trace_cumulative as trace_cumulative,
    )
    from inferno.core.traces import (
        trace_cumulative_scaled as trace_cumulative_scaled,
    )
    from inferno.core.traces import (
        trace_cumulative_value as trace_cumulative_value,
    )
    from inferno.core.traces import (
        trace_nearest as trace_nearest,
    )
    from inferno.core.traces import (
        trace_nearest_scaled as trace_nearest_scaled,
    )
    from inferno.core.virtual import VirtualTensor as VirtualTensor
    from inferno.grammar.diagnostics import SnnError as SnnError
    from inferno.recordings import read_recording as read_recording
    from inferno.runtime.network import Network as Network

__version__ = "0.1.0"

_NAMES = {
    "inferno.compiler.loading": ("load_network",),
    "inferno.core.creation": ("astensors", "empty", "full", "fullc", "normal", "ones", "scalar", "uniform", "zeros"),
    "inferno.core.hooks": ("ContextualHook", "Hook", "StateHook"),
    "inferno.core.mathematics": ("exp", "exponential_smoothing", "holt_linear_smoothing", "normalize", "rescale", "sqrt"),
    "inferno.core.module": ("Module",),
    "inferno.core.record": ("RecordTensor",),
    "inferno.core.shaped": ("ShapedTensor",),
    "inferno.core.spiketimes": ("isi", "victor_purpura_pair_dist"),
    "inferno.core.traces": (
        "exp_trace_cumulative",
        "exp_trace_nearest",
        "exprate_trace_cumulative",
        "exprate_trace_nearest",
        "trace_cumulative",
        "trace_cumulative_scaled",
        "trace_cumulative_value",
        "trace_nearest",
        "trace_nearest_scaled",
    ),
    "inferno.core.virtual": ("VirtualTensor",),
    "inferno.grammar.diagnostics": ("SnnError",),
    "inferno.recordings": ("read_recording",),
    "inferno.runtime.network": ("Network",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = ["errors", "types", *_HOMES]


def __getattr__(name: str) -> object:
    """The public names that need torch, loaded when first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'inferno' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, those not loaded yet included."""
    return sorted({*globals(), *__all__})
