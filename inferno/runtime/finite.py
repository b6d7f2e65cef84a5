"""Finds where a variable stopped being finite."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from inferno.runtime.execution import make_chunk
from inferno.runtime.plan import Tensors, Variable

if TYPE_CHECKING:
    from inferno.runtime.session import Session


@dataclass(frozen=True, slots=True)
class Problem:
    """A variable that holds NaN or infinity after a run, though it did not before."""

    key: str


def _bad(value: Tensor) -> Tensor:
    return ~torch.isfinite(value)


def is_finite(value: Tensor) -> bool:
    """Whether all values are finite."""
    # A finite sum has finite terms only, and is one pass; finite terms whose sum overflows are looked at one by one.
    return math.isfinite(float(value.sum())) or not bool(_bad(value).any())


def first_problem(after: Tensors, before: Tensors, variables: Mapping[str, Variable]) -> Problem | None:
    """The first changed variable that is not finite, if there is one."""
    for key in sorted(after):
        value = after[key]
        if value is before.get(key) or not value.is_floating_point() or is_finite(value):
            continue
        if is_finite(before[key]):
            return Problem(key)
    return None


def explain(problem: Problem, session: Session, state: Tensors, variables: Mapping[str, Variable], steps: range) -> str:
    """A line that names the population, the variable, the neuron and the first step; these steps are repeated one by one to find it."""
    dt = session.description.dt
    for region in session.plan.regions(session.training):
        if region.step is None or problem.key not in region.variables:
            continue
        own = {k: state[k] for k in region.variables}
        one = make_chunk(region.step, 1)
        constants = {k: session.constants[k] for k in region.constants}
        series = session.for_steps(region, state, steps.start)
        for index, step in enumerate(steps):
            now = {k: values[index : index + 1].to(session.constants["dt"].dtype) for k, values in series.items()}
            changed, _ = one(own, now, constants, {**session.clock, "step": session.clock["step"] + step})
            own = {**own, **changed}
            if bool(_bad(own[problem.key]).any()):
                return _words(problem.key, own[problem.key], variables[problem.key], step, dt)
    return f"`{problem.key}` is not finite after the run"


def _words(key: str, value: Tensor, variable: Variable, step: int, dt: float) -> str:
    place = [int(i) for i in _bad(value).nonzero()[0]]
    sample = f" of sample {place.pop(0)}" if variable.per_sample else ""
    found = value[_bad(value)][0].item()
    what = "synapse" if variable.kind in ("weight", "synaptic", "common") else "neuron"
    where = place if variable.kind in ("weight", "synaptic", "common") else _coordinates(place[-1], variable.shape)
    return f"`{key}` became {found} in step {step} (at {step * dt:g} ms), {what} {list(where)}{sample}"


def _coordinates(flat: int, shape: tuple[int, ...]) -> list[int]:
    found: list[int] = []
    for size in reversed(shape):
        found.insert(0, flat % size)
        flat //= size
    return found
