"""What is watched of a running model, and what is made of it."""

from __future__ import annotations

from inferno.observe.averages import CAReducer, EMAReducer
from inferno.observe.calls import InputMonitor, OutputMonitor
from inferno.observe.differences import DifferenceMonitor
from inferno.observe.events import EventReducer
from inferno.observe.monitors import Monitor, MultiStateMonitor, StateMonitor
from inferno.observe.observable import Observable
from inferno.observe.pool import MonitorPool
from inferno.observe.reducers import (
    CumulativeTraceReducer,
    FoldReducer,
    NearestTraceReducer,
    PassthroughReducer,
    RecordReducer,
    Reducer,
)
from inferno.observe.scaledtraces import (
    ConditionalCumulativeTraceReducer,
    ConditionalNearestTraceReducer,
    ScaledCumulativeTraceReducer,
    ScaledNearestTraceReducer,
)

__all__ = [
    "CAReducer", "ConditionalCumulativeTraceReducer", "ConditionalNearestTraceReducer", "CumulativeTraceReducer", "DifferenceMonitor",
    "EMAReducer", "EventReducer", "FoldReducer", "InputMonitor", "Monitor", "MonitorPool", "MultiStateMonitor", "NearestTraceReducer",
    "Observable", "OutputMonitor", "PassthroughReducer", "RecordReducer", "Reducer", "ScaledCumulativeTraceReducer",
    "ScaledNearestTraceReducer", "StateMonitor",
]  # fmt: skip
