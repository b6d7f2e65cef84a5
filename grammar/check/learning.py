"""What a projection says of learning: its rule, its bounds, its normalization."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from inferno.grammar import ast, checked
from inferno.grammar.check import instances
from inferno.grammar.check.dimensions import NONE, TIME, Kind, describe, noun, quantity, same
from inferno.grammar.check.ranges import interval
from inferno.grammar.check.scope import Typed
from inferno.grammar.check.solving import check_solver
from inferno.grammar.check.soundness import check_scales, check_values
from inferno.grammar.check.starts import begun_alone
from inferno.grammar.check.stepping import check_step
from inferno.grammar.check.wiring import Network, model_of
from inferno.grammar.check.wording import listed, short, suggestion, way_out
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant, Expression, Reference, number, references, substitute
from inferno.grammar.source import Span

BOUNDS = ("clamp", "multiplicative", "power", "sharp")
IN_RULES = {"hard": "clamp", "soft": "multiplicative"}
REDUCTIONS = ("mean", "sum")
OPTIONS = {"over": ("pre", "post"), "each": ("sample", "step", "batch")}


def plasticity(
    network: Network,
    name: str,
    node: ast.Expr | None,
    source: checked.Population | checked.Input | None,
    target: checked.Population | None,
    local: dict[str, Typed],
) -> checked.Instance | None:
    """The rule of a projection with its values, which may use its `local` draws."""
    if node is None:
        return None
    use = instances.find(node, network.models, checked.PlasticityModel, network.findings)
    if use is None or not network.afford(use.model, node.span):
        network.faulty_rules.add(name)
        return None
    assert isinstance(use.model, checked.PlasticityModel)
    use = replace(use, model=begun_alone(use.model))
    if isinstance(source, checked.Input) and source.kind != "spikes":
        message, label = "plasticity needs a source that spikes", f"`{source.name}` is an analog input"
        network.findings.error("E0508", message, node.span, label, "encode it in spikes, e.g. with a `Poisson` population")
    if target is not None and model_of(target).spike is None:
        network.findings.error("E0508", "plasticity needs a target that spikes", node.span, f"`{target.name}` never spikes")
    given = network.overridden(name, {p.name for p in use.model.parameters})
    made = instances.instantiate(use, network.typer(f"the plasticity of `{name}`", draws="allowed", local=local), given)
    if network.is_faulty(use.model):
        network.faulty_rules.add(name)
        return None
    if made is not None:
        _check_values(network, made)
    return made.instance if made is not None else None


def check_fit(network: Network, name: str, rule: checked.Instance | None, synapse: checked.Instance | None, kind: Kind) -> None:
    """Report a rule that takes the weight for something of another unit, or has a name that the synapse has too."""
    if rule is None:
        return
    model = rule.model
    assert isinstance(model, checked.PlasticityModel)
    wrong = next((u for u in model.weight_uses if not same(u.dimension, kind)), None)
    if wrong is not None:
        message = f"`{model.name}` takes the weight for {noun(wrong.dimension)}, but that of `{name}` is {noun(kind)}"
        labels = (Label(wrong.span, f"this is {describe(wrong.dimension)}"),)
        network.findings.error("E0202", message, rule.span, f"the weight is {describe(kind)}", labels=labels)
    if synapse is not None and isinstance(synapse.model, checked.SynapseModel):
        own = {n.name: (word, n.span) for word, names in _named(synapse.model) for n in names}
        for both in sorted(own.keys() & {s.name for s in model.states}):
            word, span = own[both]
            message = f"`{both}` is a {word} of the synapse `{synapse.model.name}` and a state of the rule `{model.name}`"
            others = listed(s.name for s in model.states)
            help_text = f"`{name}.{both}` could mean either; call the synapse's otherwise, and not {others}, as the rule calls its own"
            network.findings.error("E0302", message, rule.span, "", help_text, labels=(Label(span, "of the synapse"),))


def _named(model: checked.SynapseModel) -> tuple[tuple[str, tuple[checked.State | checked.Parameter, ...]], ...]:
    return ("parameter", model.parameters), ("state", model.states)


def _check_values(network: Network, made: instances.Made) -> None:
    """Report time constants that are not positive, and changes that can't be calculated."""
    model = made.instance.model
    assert isinstance(model, checked.PlasticityModel)
    values: dict[Reference, Expression] = {Reference("parameter", n): v for n, v in made.instance.values}
    reported: set[Span] = set()
    for trace in model.traces:
        place = next((made.places[r.name] for r in references(trace.tau, "parameter") if r.name in made.places), made.instance.span)
        try:
            tau = substitute(trace.tau, values)
        except ValueError as problem:
            message = f"the time constant of the trace `{trace.name}` can't be calculated: {problem}"
            network.findings.error("E0602", message, place, "", way_out(problem))
            continue
        low, high = (tau.value, tau.value) if isinstance(tau, Constant) else interval(tau, {})
        # Of a draw without a known end the values themselves are checked when the network is built.
        open_ended = not isinstance(tau, Constant)
        fits = (low > 0 or (open_ended and low in (0, -math.inf))) and (0 < high < math.inf or (open_ended and high == math.inf))
        if not fits and place not in reported:
            reported.add(place)
            found = f"this is {quantity(low, TIME)}" if low == high else f"this goes from {quantity(low, TIME)} to {quantity(high, TIME)}"
            message = f"the time constant of the trace `{trace.name}` of `{model.name}` must be greater than 0 ms and finite"
            network.findings.error("E0603", message, place, found)
    before = network.findings.errors
    check_scales(model.equations, values, model, made.places, made.instance.span, network.findings)
    check_solver(model, dict(made.instance.values), network.findings)
    if network.findings.errors != before:
        return
    changes = [(f"`on {h.event}`", h.change) for h in model.handlers]
    check_values(changes, model, values, made.places, made.instance.span, network.findings)
    if network.findings.errors == before:
        check_step(model, values, made.places, made.instance.span, network.dt, network.findings)


def batch_reduction(network: Network, node: ast.Expr | None) -> str:
    """`batch = mean` or `sum`."""
    if node is None:
        return "mean"
    if isinstance(node, ast.Name) and node.id in REDUCTIONS:
        return node.id
    message = "`batch` says how the contributions of a batch's samples are reduced"
    network.findings.error("E0507", message, node.span, "", "write `batch = mean` or `batch = sum`")
    return "mean"


def bounds(
    network: Network, attributes: Mapping[str, ast.Expr], kind: Kind, rule: checked.Instance | None
) -> tuple[checked.Bound | None, checked.Bound | None]:
    """`lower = clamp(0)`, `upper = multiplicative(1)`; a side that the projection does not mention is bounded as its rule says."""
    own = _own_bounds(network, rule)
    lower, upper = (
        _bound(network, attributes[side], side, kind) if side in attributes else brought
        for side, brought in zip(("lower", "upper"), own, strict=True)
    )
    if lower is not None and upper is not None and not lower.limit < upper.limit:
        apart = lower.span != upper.span
        labels = (Label(lower.span, "the lower bound"),) if apart else ()
        place = "the upper bound" if apart else f"from {lower.limit:g} to {upper.limit:g}"
        network.findings.error("E0601", "the upper bound must lie above the lower one", upper.span, place, labels=labels)
    return lower, upper


def _own_bounds(network: Network, rule: checked.Instance | None) -> tuple[checked.Bound | None, checked.Bound | None]:
    """The bounds that a rule brings along, with its values."""
    if rule is None or not isinstance(rule.model, checked.PlasticityModel) or rule.model.bound is None:
        return None, None
    bound, known = rule.model.bound, {Reference("parameter", n): v for n, v in rule.values}
    found: list[checked.Bound | None] = []
    for limit in (bound.low, bound.high):
        try:
            put_in = substitute(limit, known)
            if not isinstance(put_in, Constant):
                network.findings.error("E0609", f"the bounds of `{rule.model.name}` must be constant", rule.span, "this is drawn")
                return None, None
            value = number(put_in)
        except ValueError as problem:
            message = f"with these values a bound of `{rule.model.name}` can't be calculated: {problem}"
            network.findings.error("E0602", message, rule.span, "", way_out(problem))
            return None, None
        found.append(checked.Bound(bound.kind, value, bound.exponent, span=rule.span) if math.isfinite(value) else None)
    return found[0], found[1]


def _bound(network: Network, node: ast.Expr, side: str, kind: Kind) -> checked.Bound | None:
    if isinstance(node, ast.Name) and node.id == "none":
        return None
    name = node.function.id if isinstance(node, ast.Call) and isinstance(node.function, ast.Name) else ""
    if not isinstance(node, ast.Call) or name not in BOUNDS or len(node.arguments) != (2 if name == "power" else 1):
        known = suggestion(network.findings, name, BOUNDS) if name not in BOUNDS else ""
        if name in IN_RULES and isinstance(node, ast.Call) and len(node.arguments) == 1:
            known = f"a projection calls it `{IN_RULES[name]}`: write `{side} = {IN_RULES[name]}({short(node.arguments[0].span)})`"
        if isinstance(node, ast.Number):
            words = short(node.span)
            known = (
                f"write `{side} = clamp({words})`; other kinds are `multiplicative({words})`, `power({words}, 0.5)` and `sharp({words})`"
            )
        help_text = known or "write `clamp(0)`, `multiplicative(1)`, `power(1, 0.5)`, `sharp(1)` or `none`"
        network.findings.error("E0507", f"`{side}` is a kind of bound with its limit", node.span, "", help_text)
        return None
    argument = node.arguments[0].value
    limit = network.typer("a bound").constant(argument, kind, "a bound")
    if limit is None:
        return None
    if not math.isfinite(limit):
        network.findings.error("E0601", "a bound must be finite", argument.span, "this is infinite", f"write `{side} = none` for no bound")
        return None
    exponent = _exponent(network, node.arguments[1]) if name == "power" else 1.0
    return checked.Bound(name, float(limit), exponent, span=node.span) if exponent is not None else None


def _exponent(network: Network, argument: ast.Argument) -> float | None:
    """The p of `power(limit, p)`."""
    if argument.name not in (None, "p"):
        network.findings.error("E0507", f"`power` has no `{argument.name}`", argument.span, "", "write `power(1, p = 0.5)`, say")
        return None
    value = network.typer("an exponent").constant(argument.value, NONE, "the exponent of a bound")
    if value is not None and not 0 < value < math.inf:
        message = "the exponent of a bound must be greater than 0 and finite"
        network.findings.error("E0603", message, argument.span, f"this is {float(value):g}")
        return None
    return float(value) if value is not None else None


def _no_option(findings: Findings, argument: ast.Argument) -> None:
    """Say that an argument of `l1` is none of its options, or has none of their values."""
    name, value = argument.name or "", argument.value
    span, near = argument.span, ""
    if name not in OPTIONS:
        span = Span(span.source, span.start, span.start + len(name))
        near = suggestion(findings, name, OPTIONS)
    elif isinstance(value, ast.Name):
        span = value.span
        near = suggestion(findings, value.id, OPTIONS[name])
    help_text = near or "`over` is `pre` or `post`, `each` is `sample`, `step` or `batch`"
    findings.error("E0507", "this argument of `l1` does not fit", span, "", help_text)


def normalization(network: Network, node: ast.Expr | None, kind: Kind) -> checked.Normalization | None:
    """`normalize = l1(78.4, over = pre, each = sample)`."""
    if node is None:
        return None
    if not (isinstance(node, ast.Call) and isinstance(node.function, ast.Name) and node.function.id == "l1"):
        network.findings.error("E0507", "`normalize` is a norm", node.span, "", "write `l1(78.4, over = pre, each = sample)`")
        return None
    options = {"over": "pre", "each": "sample"}
    norms: list[ast.Expr] = []
    for argument in node.arguments:
        value, name = argument.value, argument.name
        if name is None:
            norms.append(value)
        elif name in OPTIONS and isinstance(value, ast.Name) and value.id in OPTIONS[name]:
            options[name] = value.id
        else:
            _no_option(network.findings, argument)
            return None
    if len(norms) != 1:
        message = "`l1` takes one norm" if norms else "`l1` needs a norm"
        network.findings.error("E0507", message, node.span, f"{len(norms)} given", "write `l1(78.4, over = pre, each = sample)`")
        return None
    norm = network.typer("a norm").constant(norms[0], kind, "the norm")
    if norm is None:
        return None
    if not 0 < norm < math.inf:
        network.findings.error("E0603", "a norm must be greater than 0 and finite", norms[0].span, f"this is {float(norm):g}")
        return None
    return checked.Normalization(float(norm), options["over"], options["each"], span=node.span)
