"""Ranges of states: what a state is whose new value lies beyond one."""

from __future__ import annotations

import math

from inferno.compiler.nodes import Dynamics, PopulationNode
from inferno.grammar.expression import Constant, Expression, apply


def within(dynamics: Dynamics, state: str, value: Expression) -> Expression:
    """The value cut to the state's range, if it has one; an infinite limit is none."""
    found = dynamics.state(state)
    for function, limit in (("max", found.low), ("min", found.high)):
        if limit is not None and not (isinstance(limit, Constant) and math.isinf(limit.value)):
            value = apply(function, value, limit)
    return value


def has_range(dynamics: Dynamics, state: str) -> bool:
    """Whether a state has a range."""
    found = dynamics.state(state)
    return found.low is not None or found.high is not None


def comes_together(node: PopulationNode) -> bool:
    """Whether what spikes and events do to a state is put together before it becomes the state: of several blocks, or cut to a range."""
    return bool(node.events) or any(has_range(node.dynamics, a.target) for a in node.assignments)
