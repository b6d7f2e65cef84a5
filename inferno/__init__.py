"""Inferno: a compiler for spiking neural networks.  Equations with units in, fast PyTorch out.

`load_network("model.snn")` gives a `torch.nn.Module`.  Nothing here loads torch before a name needs it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from inferno import errors

if TYPE_CHECKING:
    from inferno.compiler.loading import load_network as load_network
    from inferno.runtime.network import Network as Network

__version__ = "0.1.0"
_HOMES = {"load_network": "inferno.compiler.loading", "Network": "inferno.runtime.network"}
_HOMES |= {"Module": "inferno.core.module", "ShapedTensor": "inferno.core.shaped", "RecordTensor": "inferno.core.record"}
_HOMES |= {"VirtualTensor": "inferno.core.virtual"} | dict.fromkeys(("Hook", "ContextualHook", "StateHook"), "inferno.core.hooks")
_HOMES |= dict.fromkeys(("zeros", "ones", "empty", "full", "fullc", "uniform", "normal", "scalar", "astensors"), "inferno.core.creation")
_HOMES |= dict.fromkeys(
    ("exp", "sqrt", "normalize", "rescale", "exponential_smoothing", "holt_linear_smoothing"), "inferno.core.mathematics"
)
_HOMES |= dict.fromkeys(
    (
        "trace_nearest", "trace_cumulative", "trace_nearest_scaled", "trace_cumulative_scaled", "trace_cumulative_value",
        "exp_trace_nearest", "exp_trace_cumulative", "exprate_trace_nearest", "exprate_trace_cumulative",
    ),
    "inferno.core.traces",
)  # fmt: skip

__all__ = ["errors", *_HOMES]


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
