"""What the oracle tells of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from oracle.parts import Rows


@dataclass
class Outcome:
    """What a call gives: spikes and states by population, weights by projection.

    `spikes[population][step][sample][neuron]`; `history[population][state]` likewise, and `history[projection]["weight"][step]`;
    `states[population][state]` after the last step
    [sample][neuron], shared ones [neuron]; `weights[projection][source][target]`; `synaptic[projection][state][sample][source][target]`,
    with their history beside that of the weight.
    """

    spikes: dict[str, list[Rows]]
    history: dict[str, dict[str, list[Any]]]
    states: dict[str, dict[str, Any]]
    weights: dict[str, list[list[float]]]
    synaptic: dict[str, dict[str, Any]]
