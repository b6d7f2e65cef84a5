"""`delay = 1.5 ms`, or a delay for each synapse, with the shortest and the longest that can be drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.dimensions import TIME, quantity
from inferno.grammar.check.ranges import EVERYTHING, INTERVALS, Interval
from inferno.grammar.check.scope import Typed
from inferno.grammar.check.wiring import Network
from inferno.grammar.expression import FUNCTIONS, Apply, Constant, Draw, Expression, Reference

MOST_DELAY_STEPS = 100_000
STANDARD: Mapping[str, Interval] = {"uniform": (0.0, 1.0), "normal": (-8.7, 8.7), "exponential": (0.0, 38.0)}
"""What a standard draw can be: it is made of 53 random bits, so that no normal one is further than 8.7 from 0."""
RISING = ("exp", "log", "sqrt", "expm1", "log1p", "tanh", "sigmoid", "floor", "ceil", "int")


def delay(
    network: Network,
    node: ast.Expr | None,
    local: dict[str, Typed] | None = None,
    ranged: Callable[[Expression], Expression] = lambda time: time,
) -> tuple[int, checked.Delays | None]:
    """A delay in whole steps, rounded half up, at least one where it is not 0; with the delays of the synapses, if they differ.

    It may use `local` names; `ranged` gives an expression of the same range that has draws in their place.
    """
    if node is None:
        return 0, None
    if isinstance(node, ast.Name) and node.id == "from_file":
        # What the file holds is known when it is read.
        return 1, checked.Delays(Reference("file", "delay"), 1, 1)
    typed = network.typer("a delay", draws="allowed", local=local).fit(node, TIME, "a delay")
    if typed.is_lost:
        return 0, None
    low, high = bounds(ranged(typed.expression))
    if not 0 <= low <= high < math.inf:
        return _refuse(network, node, low, high)
    shortest, longest = steps_of(low, network.dt), steps_of(high, network.dt)
    if longest > MOST_DELAY_STEPS:
        label = f"the limit is {MOST_DELAY_STEPS:,} steps of {float(network.dt):g} ms"
        network.findings.error("E0601", "this delay is too long", node.span, label, "is the unit right?")
        return 0, None
    if shortest == longest:
        return shortest, None
    return shortest, checked.Delays(typed.expression, shortest, longest)


def _refuse(network: Network, node: ast.Expr, low: Fraction | float, high: Fraction | float) -> tuple[int, None]:
    message = "a delay is a finite time of at least 0 ms"
    if low == high:
        network.findings.error("E0601", message, node.span, f"this is {quantity(low, TIME)}")
    else:
        found = f"this goes from {quantity(low, TIME)} to {quantity(high, TIME)}"
        help_text = f"cut it, e.g. with `| clip(1 dt, {quantity(high, TIME) if 0 < high < math.inf else '20 ms'})`"
        network.findings.error("E0601", message, node.span, found, help_text)
    return 0, None


def steps_of(time: Fraction | float, dt: Fraction) -> int:
    """A time in whole steps, rounded half up; what is not 0 is at least one step."""
    return 0 if time == 0 else max(1, math.floor(Fraction(time) / dt + Fraction(1, 2)))


def bounds(expression: Expression) -> tuple[Fraction | float, Fraction | float]:
    """The least and the greatest value that draws can give an expression."""
    if isinstance(expression, Constant):
        value = expression.value if isinstance(expression.value, Fraction) else float(expression.value)
        return value, value
    if isinstance(expression, Draw):
        return STANDARD.get(expression.standard, EVERYTHING)
    if not isinstance(expression, Apply):
        return EVERYTHING
    parts = [bounds(argument) for argument in expression.arguments]
    if expression.function in RISING:
        return _rising(FUNCTIONS[expression.function], *parts[0])
    if expression.function == "where":
        return min(parts[1][0], parts[2][0]), max(parts[1][1], parts[2][1])
    if expression.function not in INTERVALS:
        return EVERYTHING
    try:
        low, high = INTERVALS[expression.function](*parts)
        return EVERYTHING if math.isnan(low) or math.isnan(high) else (low, high)
    except OverflowError:
        # A sum of exact numbers that no float holds.
        return EVERYTHING


def _rising(function: Callable[..., Fraction | float | bool], low: Fraction | float, high: Fraction | float) -> Interval:
    try:
        return float(function(low)), float(function(high))
    except (ValueError, OverflowError):
        return EVERYTHING
