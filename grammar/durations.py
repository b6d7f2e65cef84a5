"""Durations given from outside, such as `--duration "1 s"`."""

from __future__ import annotations

from fractions import Fraction

from inferno.grammar.check.overrides import parse_override
from inferno.grammar.check.scope import Scope
from inferno.grammar.check.settings import duration_steps as steps_of
from inferno.grammar.check.typing import Typer
from inferno.grammar.diagnostics import Findings


def duration_steps(duration: object, dt: Fraction) -> int:
    """A duration as whole steps of dt (in ms), rounded half up, at least one.

    Raises
    ------
    SnnError
        Where it is no positive time.
    """
    findings = Findings()
    node = parse_override("duration", duration, findings)
    steps = steps_of(Typer(Scope({}, "a duration", dt=dt), findings), node, dt) if node is not None else 1
    findings.raise_errors()
    return steps
