"""Whether values lie in the ranges of their parameters, exactly for constants, by interval arithmetic for what inputs vary."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from inferno.grammar import checked
from inferno.grammar.check.dimensions import quantity
from inferno.grammar.check.wording import way_out
from inferno.grammar.diagnostics import Findings
from inferno.grammar.expression import Apply, Constant, Draw, Expression, Reference, is_drawn, leaves, substitute
from inferno.grammar.source import Span

Interval = tuple[float, float]
EVERYTHING: Interval = (-math.inf, math.inf)
DRAWN: Mapping[str, Interval] = {"uniform": (0.0, 1.0), "normal": EVERYTHING, "exponential": (0.0, math.inf)}


def check_range(
    parameter: checked.Parameter,
    value: Expression,
    values: Mapping[str, Expression],
    span: Span,
    findings: Findings,
    inputs: Mapping[str, Interval] | None = None,
) -> bool:
    """Whether a value lies in its parameter's range and is whole where it must be; else a finding says so.

    `values` are those of the parameters that the range may mention, `inputs` the ranges of what varies.
    """
    constant = value.value if isinstance(value, Constant) else None
    is_whole = constant is None or (math.isfinite(constant) and constant == int(constant))
    if parameter.integer and not is_whole:
        findings.error("E0607", f"`{parameter.name}` is a whole number", span, f"this is {quantity(constant or 0, parameter.dimension)}")
        return False
    least = _limit(parameter.low, -math.inf, values, span, parameter, findings)
    most = _limit(parameter.high, math.inf, values, span, parameter, findings)
    if least is None or most is None:
        return False
    low: Fraction | float
    high: Fraction | float
    low, high = (constant, constant) if constant is not None else interval(value, inputs or {})
    # Beyond what is known of a draw, the values themselves are checked when the network is built.
    open_ended = is_drawn(value)
    if (low >= least or (open_ended and math.isinf(low))) and (high <= most or (open_ended and math.isinf(high))):
        return True
    if (low, high) == EVERYTHING:
        return True
    dimension = parameter.dimension
    found = (
        f"this is {quantity(low, dimension)}"
        if low == high
        else f"this goes from {quantity(low, dimension)} to {quantity(high, dimension)}"
    )
    findings.error("E0601", f"`{parameter.name}` is out of range", span, found, _allowed(parameter, least, most))
    return False


def _limit(
    limit: Expression | None,
    unlimited: float,
    values: Mapping[str, Expression],
    span: Span,
    parameter: checked.Parameter,
    findings: Findings,
) -> Fraction | float | None:
    """The value of a limit, `unlimited` where there is none that is known; None where it can't be calculated, which is reported."""
    if limit is None:
        return unlimited
    try:
        bound = substitute(limit, {Reference("parameter", n): v for n, v in values.items()})
    except ValueError as problem:
        findings.error("E0602", f"the range of `{parameter.name}` can't be calculated: {problem}", span, "", way_out(problem))
        return None
    return bound.value if isinstance(bound, Constant) else unlimited


def _allowed(parameter: checked.Parameter, least: Fraction | float, most: Fraction | float) -> str:
    low, high = quantity(least, parameter.dimension), quantity(most, parameter.dimension)
    if math.isfinite(least) and math.isfinite(most):
        return f"it must be between {low} and {high}"
    return f"it must be at least {low}" if math.isfinite(least) else f"it must be at most {high}"


def interval(value: Expression, inputs: Mapping[str, Interval]) -> Interval:
    """The least and the greatest value of an expression, exactly, for each input stands in it once; everything where that is not known."""
    used = [leaf for leaf in leaves(value) if isinstance(leaf, Reference)]
    return _interval(value, inputs) if len(used) == len(set(used)) else EVERYTHING


def _interval(value: Expression, inputs: Mapping[str, Interval]) -> Interval:
    if isinstance(value, Constant):
        return float(value.value), float(value.value)
    if isinstance(value, Draw):
        return DRAWN[value.standard]
    if isinstance(value, Reference):
        return inputs.get(value.name, EVERYTHING) if value.kind == "input" else EVERYTHING
    if not isinstance(value, Apply) or value.function not in INTERVALS:
        return EVERYTHING
    parts = [_interval(argument, inputs) for argument in value.arguments]
    low, high = INTERVALS[value.function](*parts)
    return EVERYTHING if math.isnan(low) or math.isnan(high) else (low, high)


def _add(*parts: Interval) -> Interval:
    return sum(p[0] for p in parts), sum(p[1] for p in parts)


def _multiply(*parts: Interval) -> Interval:
    low = high = 1.0
    for part in parts:
        corners = [a * b for a in (low, high) for b in part]
        low, high = (math.nan, math.nan) if any(math.isnan(c) for c in corners) else (min(corners), max(corners))
    return low, high


def _exp(value: float) -> float:
    return math.exp(value) if value < 709 else math.inf


def _divide(left: Interval, right: Interval) -> Interval:
    if right[0] <= 0 <= right[1]:
        return EVERYTHING
    return _multiply(left, (1 / right[1], 1 / right[0]))


INTERVALS: Mapping[str, Callable[..., Interval]] = {
    "add": _add,
    "multiply": _multiply,
    "divide": _divide,
    "negate": lambda part: (-part[1], -part[0]),
    "min": lambda *parts: (min(p[0] for p in parts), min(p[1] for p in parts)),
    "exp": lambda part: (_exp(part[0]), _exp(part[1])),
    "sigmoid": lambda part: (0.0, 1.0),
    "max": lambda *parts: (max(p[0] for p in parts), max(p[1] for p in parts)),
    "sin": lambda part: (-1.0, 1.0),
    "cos": lambda part: (-1.0, 1.0),
    "tanh": lambda part: (-1.0, 1.0),
    "where": lambda condition, then, otherwise: (min(then[0], otherwise[0]), max(then[1], otherwise[1])),
}
"""Bounds of a function's values from bounds of its arguments."""
