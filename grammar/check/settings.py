"""`run:` and `train:`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check import training
from inferno.grammar.check.dimensions import NONE, TIME, quantity
from inferno.grammar.check.elsewhere import own_setting
from inferno.grammar.check.rounding import nearest, whole_steps
from inferno.grammar.check.scope import Scope, Typed
from inferno.grammar.check.typing import Typer
from inferno.grammar.check.wiring import Network, model_of
from inferno.grammar.check.wording import listed, near_or_all, short, suggestion
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.names import split_name

RUN = ("dt", "steps", "duration", "batch", "seed", "reset")
TRAIN = ("method", "epochs", "loss", "optimizer", "schedule", "precision")
RESET_GROUPS = ("refractory", "synapses", "traces")
STEP_LIMIT = 10**9


def attributes(
    block: ast.Settings | None,
    known: tuple[str, ...],
    overrides: Mapping[str, ast.Expr],
    findings: Findings,
) -> dict[str, ast.Expr]:
    """The settings of a block by name, overrides first."""
    found: dict[str, ast.Attr] = {}
    for attribute in block.attributes if block is not None else ():
        if attribute.kind or attribute.name not in known:
            kind = block.kind if block is not None else ""
            hint = own_setting(attribute.name, known) or near_or_all(findings, attribute.name, known)
            findings.error("E0701", f"no setting `{attribute.name}` in `{kind}:`", attribute.name_span, "", hint)
        elif attribute.name in found:
            label = Label(found[attribute.name].span, "first here")
            findings.error("E0302", f"`{attribute.name}` is given twice", attribute.name_span, "again here", labels=(label,))
        else:
            found[attribute.name] = attribute
    return {n: a.value for n, a in found.items()} | dict(overrides)


def time_step(node: ast.Expr | None, names: dict[str, Typed], findings: Findings) -> Fraction | None:
    """dt in ms; None where it hangs on something that is not known."""
    if node is None:
        return Fraction(1)
    before = findings.errors
    value = Typer(Scope(names, "the time step"), findings).constant(node, TIME, "`dt`")
    if value is None:
        return Fraction(1) if findings.errors != before else None
    if not 0 < value < math.inf:
        findings.error("E0603", "`dt` must be greater than 0 ms and finite", node.span, f"this is {quantity(value, TIME)}")
        return Fraction(1)
    return Fraction(value)


def _whole(typer: Typer, node: ast.Expr | None, what: str, low: int, high: int, default: int) -> int:
    if node is None:
        return default
    number = typer.constant(node, NONE, what)
    if number is None:
        return default
    if not (low <= number <= high and number == int(number)):
        typer.findings.error("E0607", f"{what} is a whole number from {low:,} to {high:,}", node.span, f"this is {float(number):g}")
        return default
    return int(number)


def check_run(network: Network, settings: Mapping[str, ast.Expr]) -> checked.Run:
    """The `run:` block."""
    typer, findings = network.typer("`run:`"), network.findings
    steps: int | None = None
    if "steps" in settings and "duration" in settings:
        first, second = sorted((settings["steps"], settings["duration"]), key=lambda n: n.span.start)
        labels = (Label(first.span, "here"),)
        findings.error("E0704", "`run:` has both `steps` and `duration`", second.span, "and here", "keep one of them", labels=labels)
    elif "steps" in settings:
        steps = _whole(typer, settings["steps"], "`steps`", 1, STEP_LIMIT, 1)
    elif "duration" in settings:
        steps = duration_steps(typer, settings["duration"], network.dt)
    batch = _whole(typer, settings.get("batch"), "`batch`", 1, 10**6, 1)
    seed = _whole(typer, settings.get("seed"), "`seed`", 0, 2**63 - 1, 0)
    return checked.Run(network.dt, steps, batch, seed, _reset(network, settings.get("reset")))


def duration_steps(typer: Typer, node: ast.Expr, dt: Fraction) -> int:
    """A duration in whole steps, rounded half up, at least one; 1 for a mistake, which is reported."""
    value = typer.constant(node, TIME, "a duration")
    if value is None:
        return 1
    if not 0 < value < math.inf:
        typer.findings.error("E0603", "a duration must be greater than 0 ms and finite", node.span, f"this is {quantity(value, TIME)}")
        return 1
    steps = Fraction(value) / dt
    if nearest(steps) > STEP_LIMIT:
        label = f"the limit is {STEP_LIMIT:,} steps of {float(dt):g} ms"
        typer.findings.error("E0607", "this duration is too long", node.span, label, "is the unit right?")
        return 1
    return whole_steps(typer.findings, "the duration", steps, dt, node.span)


def _reset(network: Network, node: ast.Expr | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    items = node.items if isinstance(node, ast.ListLiteral) else (node,)
    states = sorted({s.name for p in network.populations.values() for s in model_of(p).states}.union(*_rule_states(network).values()))
    # A population that could not be checked may well have the state.
    is_complete = len(network.populations) + len(network.inputs) == len(network.declared)
    known = {*states, *RESET_GROUPS}
    found = []
    for item in items:
        name, owner = _reset_name(item)
        population = network.populations.get(owner)
        if name in known or (population is not None and split_name(name)[1] in {s.name for s in model_of(population).states}):
            found.append(name)
        elif is_complete and owner not in network.projected:
            names = (*states, *RESET_GROUPS)
            hint = suggestion(network.findings, name, names) or f"known are {listed(names)}"
            message = f"`reset` takes states and {', '.join(f'`{g}`' for g in RESET_GROUPS)}"
            network.findings.error("E0704", message, item.span, f"`{short(item.span)}` is neither", hint)
        elif name.partition(".")[2] in _rule_states(network).get(owner, ()):
            found.append(name)
        elif owner in network.projected:
            message = f"of projections only all synapses, all traces and states of rules can be reset, not `{short(item.span)}`"
            network.findings.error("E0704", message, item.span, "", "write `synapses` or `traces`")
    return tuple(sorted(set(found)))


def _rule_states(network: Network) -> dict[str, set[str]]:
    """The states of each projection's rule."""
    rules = {name: p.plasticity.model for name, p in network.projections.items() if p.plasticity is not None}
    return {name: {s.name for s in model.states} for name, model in rules.items() if isinstance(model, checked.PlasticityModel)}


def _reset_name(item: ast.Expr) -> tuple[str, str]:
    """`v` or `exc.v`, and what stands before the point."""
    if isinstance(item, ast.Name):
        return item.id, ""
    if isinstance(item, ast.Attribute) and isinstance(item.value, ast.Name):
        return f"{item.value.id}.{item.name}", item.value.id
    return "", ""


def check_train(network: Network, block: ast.Settings | None, settings: Mapping[str, ast.Expr]) -> checked.Train | None:
    """The `train:` block."""
    gradient = None
    is_gradient = training.is_gradient(network, settings)
    if is_gradient and block is not None:
        gradient = training.check_gradient(network, block, settings)
    elif block is not None:
        training.refuse_gradient_settings(network, settings)
    default = training.default_epochs(gradient) if gradient is not None else 1
    epochs = _whole(network.typer("`train:`"), settings.get("epochs"), "`epochs`", 1, 10**6, default)
    return checked.Train("bptt" if is_gradient else "local", epochs, gradient) if block is not None else None
