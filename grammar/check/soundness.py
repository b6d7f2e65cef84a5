"""What a model's values must satisfy beyond their ranges: positive time constants, a threshold above the reset."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from inferno.grammar import checked
from inferno.grammar.diagnostics import Findings
from inferno.grammar.expression import Constant, Expression, Reference, leaves, substitute
from inferno.grammar.source import Span


def check_neuron(population: checked.Population, findings: Findings) -> None:
    """Report values with which a neuron model makes no sense."""
    model = population.neuron.model
    assert isinstance(model, checked.NeuronModel)
    values = dict(population.neuron.values)
    span = population.neuron.span
    check_scales(model.equations, values, model.name, span, findings)
    _check_decay(model, values, span, findings)
    known = {Reference("parameter", n): v for n, v in values.items()}
    if model.refractory is not None:
        duration = _put_in(model.refractory.duration, known)
        if duration is None or (isinstance(duration, Constant) and (duration.value < 0 or not math.isfinite(duration.value))):
            findings.error("E0601", f"the refractory period of `{model.name}` must be at least 0 and finite", span)
        elif not isinstance(duration, Constant):
            findings.error("E0609", f"the refractory period of `{model.name}` must be constant", span)
    _check_threshold(population, model, known, span, findings)


def _put_in(expression: Expression, known: Mapping[Reference, Expression]) -> Expression | None:
    try:
        return substitute(expression, known)
    except ValueError:
        return None


def check_scales(equations: Sequence[checked.Equation], values: Mapping[str, Expression], model: str, span: Span, findings: Findings) -> None:
    """What stands before a derivative must be positive."""
    known = {Reference("parameter", n): v for n, v in values.items()}
    for equation in equations:
        scale = _put_in(equation.scale, known)
        if scale is None or (isinstance(scale, Constant) and (not scale.value > 0 or not math.isfinite(scale.value))):
            names = ", ".join(f"`{r.name}`" for r in dict.fromkeys(leaves(equation.scale)) if isinstance(r, Reference))
            found = f"it is {float(scale.value):g}" if isinstance(scale, Constant) else ""
            findings.error("E0603", f"{names or 'the factor'} before `{equation.state}'` of `{model}` must be positive and finite", span, found)


def _check_decay(model: checked.NeuronModel, values: Mapping[str, Expression], span: Span, findings: Findings) -> None:
    """A right side that can't be calculated (a division by zero, say) is told by parameter."""
    known = {Reference("parameter", n): v for n, v in values.items()}
    conditions = [model.spike.condition] if model.spike is not None else []
    initials = [s.initial for s in model.states]
    for expression in (*(e.rate for e in model.equations), *conditions, *initials):
        try:
            result = substitute(expression, known)
        except ValueError as problem:
            if not any(d.code == "E0603" and d.span == span for d in findings.all):
                findings.error("E0602", f"with these values `{model.name}` can't be calculated: {problem}", span)
            return
        if any(isinstance(leaf, Constant) and isinstance(leaf.value, float) and math.isnan(leaf.value) for leaf in leaves(result)):
            findings.error("E0602", f"with these values `{model.name}` can't be calculated", span)
            return


def _check_threshold(population: checked.Population, model: checked.NeuronModel, known: Mapping[Reference, Expression], span: Span, findings: Findings) -> None:
    """A neuron whose condition holds right after its reset would spike for ever."""
    if model.spike is None or not model.spike.assignments:
        return
    states: dict[Reference, Expression] = {}
    for state in model.states:
        initial = _put_in(dict(population.initial).get(state.name, state.initial), known)
        states[Reference("state", state.name)] = initial if initial is not None else Reference("state", state.name)
    for assignment in model.spike.assignments:
        reset = None if assignment.accumulate else _put_in(assignment.value, {**known, **states})
        states[Reference("state", assignment.target)] = reset if isinstance(reset, Constant) else Reference("state", assignment.target)
    resets = [a for a in model.spike.assignments if not a.accumulate]
    condition = _put_in(model.spike.condition, {**known, **states})
    if resets and isinstance(condition, Constant) and condition.value is True:
        findings.error(
            "E0606",
            f"`{model.name}` would spike for ever: its condition holds right after the reset",
            span,
            "",
            "raise the threshold above the reset value",
            notes=(f"the condition is `{' '.join(model.spike.span.text.splitlines()[0].split())}`",),
        )
