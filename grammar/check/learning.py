"""What a projection says of learning: its rule, its bounds, its normalization."""

from __future__ import annotations

import math
from collections.abc import Mapping

from inferno.grammar import ast, checked
from inferno.grammar.check import instances
from inferno.grammar.check.dimensions import NONE, TIME, Kind, quantity
from inferno.grammar.check.wiring import Network, model_of
from inferno.grammar.check.wording import suggestion
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Constant, Expression, Reference, references, substitute
from inferno.grammar.source import Span

BOUNDS = ("clamp", "multiplicative", "power", "sharp")
REDUCTIONS = ("mean", "sum")
OPTIONS = {"over": ("pre", "post"), "each": ("sample", "step", "batch")}


def plasticity(
    network: Network,
    name: str,
    node: ast.Expr | None,
    source: checked.Population | checked.Input | None,
    target: checked.Population | None,
) -> checked.Instance | None:
    """The rule of a projection with its values."""
    if node is None:
        return None
    use = instances.find(node, network.models, checked.PlasticityModel, network.findings)
    if use is None or not network.afford(use.model, node.span):
        return None
    if isinstance(source, checked.Input) and source.kind != "spikes":
        message, label = "plasticity needs a source that spikes", f"`{source.name}` is an analog input"
        network.findings.error("E0508", message, node.span, label, "encode it in spikes, e.g. with a `Poisson` population")
    if target is not None and model_of(target).spike is None:
        network.findings.error("E0508", "plasticity needs a target that spikes", node.span, f"`{target.name}` never spikes")
    given = network.overridden(name, {p.name for p in use.model.parameters})
    made = instances.instantiate(use, network.typer(f"the plasticity of `{name}`", draws="later"), given)
    if made is not None:
        _check_values(network, made)
    return made.instance if made is not None else None


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
            network.findings.error("E0602", f"the time constant of the trace `{trace.name}` can't be calculated: {problem}", place)
            continue
        if (not isinstance(tau, Constant) or not 0 < tau.value < math.inf) and place not in reported:
            reported.add(place)
            found = f"this is {quantity(tau.value, TIME)}" if isinstance(tau, Constant) else ""
            message = f"the time constant of the trace `{trace.name}` of `{model.name}` must be greater than 0 ms and finite"
            network.findings.error("E0603", message, place, found)
    for handler in model.handlers:
        try:
            substitute(handler.change, values)
        except ValueError as problem:
            message = f"with these values `on {handler.event}` of `{model.name}` can't be calculated: {problem}"
            network.findings.error("E0602", message, made.instance.span)


def batch_reduction(network: Network, node: ast.Expr | None) -> str:
    """`batch = mean` or `sum`."""
    if node is None:
        return "mean"
    if isinstance(node, ast.Name) and node.id in REDUCTIONS:
        return node.id
    message = "`batch` says how the contributions of a batch's samples are reduced"
    network.findings.error("E0507", message, node.span, "", "write `batch = mean` or `batch = sum`")
    return "mean"


def bounds(network: Network, attributes: Mapping[str, ast.Expr], kind: Kind) -> tuple[checked.Bound | None, checked.Bound | None]:
    """`lower = clamp(0)`, `upper = multiplicative(1)`."""
    lower, upper = (_bound(network, attributes.get(side), side, kind) for side in ("lower", "upper"))
    if lower is not None and upper is not None and not lower.limit < upper.limit:
        label = Label(lower.span, "the lower bound")
        network.findings.error("E0601", "the upper bound must lie above the lower one", upper.span, "the upper bound", labels=(label,))
    return lower, upper


def _bound(network: Network, node: ast.Expr | None, side: str, kind: Kind) -> checked.Bound | None:
    if node is None or (isinstance(node, ast.Name) and node.id == "none"):
        return None
    name = node.function.id if isinstance(node, ast.Call) and isinstance(node.function, ast.Name) else ""
    if not isinstance(node, ast.Call) or name not in BOUNDS or len(node.arguments) != (2 if name == "power" else 1):
        known = suggestion(network.findings, name, BOUNDS) if name not in BOUNDS else ""
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
            help_text = "`over` is `pre` or `post`, `each` is `sample`, `step` or `batch`"
            network.findings.error("E0507", "this argument of `l1` does not fit", argument.span, "", help_text)
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
