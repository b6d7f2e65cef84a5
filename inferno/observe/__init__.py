"""What is watched of a running model, and what is made of it."""

from __future__ import annotations

from inferno.observe.monitors import InputMonitor, Monitor, MultiStateMonitor, OutputMonitor, StateMonitor
from inferno.observe.reducers import CumulativeTraceReducer, FoldReducer, NearestTraceReducer, PassthroughReducer, Reducer

__all__ = [
    "CumulativeTraceReducer", "FoldReducer", "InputMonitor", "Monitor", "MultiStateMonitor", "NearestTraceReducer", "OutputMonitor",
    "PassthroughReducer", "Reducer", "StateMonitor",
]  # fmt: skip
