"""Times that are counted in steps: rounded half up, and a warning where that changes them."""

from __future__ import annotations

import math
from fractions import Fraction

from inferno.grammar.check.dimensions import TIME, quantity
from inferno.grammar.diagnostics import Findings
from inferno.grammar.source import Span

EQUAL = Fraction(1, 10**9)
"""What may be lacking to a whole number of steps, as a part of it: what is written is exact, what a function made is a float."""


def nearest(steps: Fraction, low: int = 1) -> int:
    """The whole number of steps that counts for a time, rounded half up."""
    return max(low, math.floor(steps + Fraction(1, 2)))


def whole_steps(findings: Findings, what: str, steps: Fraction, dt: Fraction, span: Span, *, in_steps: bool = False, low: int = 1) -> int:
    """A time as whole steps, with a warning where it is no multiple of dt; `in_steps` if it was written as a number of them."""
    whole = nearest(steps, low)
    # Where something is wrong already, it may be dt.
    if abs(steps - whole) > EQUAL * whole and not findings.has_errors:
        meant = quantity(whole * dt, TIME)
        number = f"{whole:,} {'step' if whole == 1 else 'steps'}"
        if in_steps:
            message, label, advice = f"{what} is no whole number of steps", f"rounded to {number}", f"write `{whole}`"
        else:
            message = f"{what}, {quantity(steps * dt, TIME)}, is no multiple of dt = {quantity(dt, TIME)}"
            label, advice = f"rounded to {meant}, {number}", f"write `{whole} dt`, or choose a `dt` of which it is a multiple"
        findings.error("W0902", message, span, label, advice)
    return whole
