"""`reset = subtract` and `surrogate = fast_sigmoid(25)`: what a population may change of its neuron's clauses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from inferno.grammar import ast, checked
from inferno.grammar.check import clauses
from inferno.grammar.check.dimensions import same
from inferno.grammar.check.trainable import unwrap
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.wording import near_or_all, short
from inferno.grammar.diagnostics import Findings
from inferno.grammar.expression import Apply, Expression, Reference, apply

OPTIONS = ("reset", "surrogate")
RESETS = ("value", "subtract")
RISING = {"greater_equal": 0, "greater": 0, "less_equal": 1, "less": 1}
"""On which side of a comparison stands what rises to the threshold."""


def options_of(model: checked.NeuronModel) -> frozenset[str]:
    """The options that a model's uses may have: those that are no names of its own."""
    taken = {p.name for p in model.parameters} | {p.name for p in model.ports}
    return frozenset(o for o in OPTIONS if o not in taken)


def form_for(model: checked.NeuronModel, written: Mapping[str, ast.Expr], typer: Typer) -> checked.NeuronModel:
    """The first form of a model that all written values fit, by their names and units; the model itself where none does."""
    return next((form for form in (model, *model.forms) if _fits(form, written, Typer(typer.scope, Findings()))), model)


def _fits(model: checked.NeuronModel, written: Mapping[str, ast.Expr], typer: Typer) -> bool:
    wanted = {p.name: p.dimension for p in model.parameters} | {p.name: p.dimension for p in model.ports}
    names = {n for n in written if n not in options_of(model)}
    if not names <= wanted.keys():
        return False
    return all(same(typer.type(unwrap(typer, written[n], wanted[n])[0]).dimension, wanted[n]) for n in sorted(names))


def with_options(model: checked.NeuronModel, given: Mapping[str, ast.Expr], typer: Typer) -> checked.NeuronModel:
    """The model with the options that are given; as it is where a mistake is reported."""
    for name, node in given.items():
        if model.spike is None:
            typer.findings.error("E0511", f"`{model.name}` never spikes", node.span, f"it has no use for `{name}`")
            return model
    if "surrogate" in given:
        value = given["surrogate"]
        model = replace(model, surrogate=clauses.surrogate(typer, ast.Surrogate(value, span=value.span)) or model.surrogate)
    return _with_reset(model, given["reset"], typer.findings) if "reset" in given else model


def _with_reset(model: checked.NeuronModel, node: ast.Expr, findings: Findings) -> checked.NeuronModel:
    words = node.id if isinstance(node, ast.Name) else short(node.span)
    if not isinstance(node, ast.Name) or words not in RESETS:
        findings.error("E0431", f"unknown reset `{words}`", node.span, "", near_or_all(findings, words, RESETS))
        return model
    if words == "value":
        return model
    assert model.spike is not None
    found = _threshold(model.spike)
    if found is None:
        help_text = "it needs `spike when v >= threshold:` with a line `v = value`"
        findings.error("E0431", f"`{model.name}` has no threshold to subtract", node.span, "", help_text)
        return model
    reset, threshold = found
    drop = apply("add", reset.value, apply("negate", threshold))
    changed = replace(reset, value=drop, accumulate=True)
    assignments = tuple(changed if a is reset else a for a in model.spike.assignments)
    return replace(model, spike=replace(model.spike, assignments=assignments))


def _threshold(spike: checked.SpikeRule) -> tuple[checked.Assignment, Expression] | None:
    """The line that resets the state that crosses a threshold, and the threshold."""
    condition = spike.condition
    if not isinstance(condition, Apply) or condition.function not in RISING:
        return None
    side = RISING[condition.function]
    crossing, threshold = condition.arguments[side], condition.arguments[1 - side]
    for assignment in spike.assignments:
        if crossing == Reference("state", assignment.target) and not assignment.accumulate:
            return assignment, threshold
    return None
