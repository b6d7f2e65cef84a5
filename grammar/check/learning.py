"""What a projection says of learning: its rule, its bounds, its normalization."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from inferno.grammar import ast, checked
from inferno.grammar.check import instances
from inferno.grammar.check.dimensions import NONE
from inferno.grammar.check.typing import suggestion
from inferno.grammar.expression import Constant
from inferno.grammar.units import Dimension

if TYPE_CHECKING:
    from inferno.grammar.check.wiring import Network

BOUNDS = ("clamp", "multiplicative", "sharp", "none")
REDUCTIONS = ("mean", "sum")
PERIODS = ("sample", "step", "batch")


def plasticity(
    network: Network, name: str, node: ast.Expr | None, dimension: Dimension, source: checked.Population | checked.Input, target: checked.Population
) -> checked.Instance | None:
    """The rule of a projection with its values."""
    if node is None:
        return None
    use = instances.find(node, network.models, checked.PlasticityModel, network.findings)
    if use is None:
        return None
    if isinstance(source, checked.Input) and source.kind != "spikes":
        network.findings.error("E0508", "plasticity needs a source that spikes", node.span, f"`{source.name}` is an analog input")
    model = target.neuron.model
    if isinstance(model, checked.NeuronModel) and model.spike is None:
        network.findings.error("E0508", "plasticity needs a target that spikes", node.span, f"`{target.name}` never spikes")
    given = network.overridden(name, {p.name for p in use.model.parameters})
    instance = instances.instantiate(use, network.typer(f"the plasticity of `{name}`"), given)
    if instance is not None:
        _positive_traces(network, instance, node)
    return instance


def _positive_traces(network: Network, instance: checked.Instance, node: ast.Expr) -> None:
    from inferno.grammar.expression import Reference, substitute

    assert isinstance(instance.model, checked.PlasticityModel)
    values = {Reference("parameter", n): v for n, v in instance.values}
    for trace in instance.model.traces:
        tau = substitute(trace.tau, values)
        if isinstance(tau, Constant) and not tau.value > 0:
            network.findings.error("E0603", f"the time constant of the trace `{trace.name}` must be positive", node.span, f"it is {float(tau.value):g} ms")


def batch_reduction(network: Network, node: ast.Expr | None) -> str:
    """`batch = mean` or `sum`."""
    if node is None:
        return "mean"
    if isinstance(node, ast.Name) and node.id in REDUCTIONS:
        return node.id
    network.findings.error("E0507", "`batch` says how the samples of a batch are reduced", node.span, "", "write `batch = mean` or `batch = sum`")
    return "mean"


def bound(network: Network, node: ast.Expr | None, side: str, dimension: Dimension) -> checked.Bound | None:
    """`lower = clamp(0)`, `upper = multiplicative(1)`."""
    if node is None or (isinstance(node, ast.Name) and node.id == "none"):
        return None
    name = node.function.id if isinstance(node, ast.Call) and isinstance(node.function, ast.Name) else None
    if name == "power":
        network.findings.error("E0801", "the bound `power` is not supported yet", node.span, "", "use `multiplicative`, `sharp` or `clamp`")
        return None
    if not isinstance(node, ast.Call) or name not in BOUNDS or name == "none" or len(node.arguments) != 1:
        hint = suggestion(name or "", BOUNDS) or "write `clamp(0)`, `multiplicative(1)`, `sharp(1)` or `none`"
        network.findings.error("E0507", f"`{side}` is a kind of bound with its limit", node.span, "", hint)
        return None
    limit = network.typer("a bound").expect(node.arguments[0].value, dimension, "a bound")
    if not isinstance(limit, Constant) or not math.isfinite(limit.value):
        network.findings.error("E0609", "a bound is a constant", node.span)
        return None
    return checked.Bound(name, float(limit.value), span=node.span)


def normalization(network: Network, node: ast.Expr | None, dimension: Dimension) -> checked.Normalization | None:
    """`normalize = l1(78.4, over = pre, each = sample)`."""
    if node is None:
        return None
    if not (isinstance(node, ast.Call) and isinstance(node.function, ast.Name) and node.function.id == "l1"):
        network.findings.error("E0507", "`normalize` is a norm", node.span, "", "write `l1(78.4, over = pre, each = sample)`")
        return None
    options = {"over": "pre", "each": "sample"}
    norm: float | None = None
    for argument in node.arguments:
        if argument.name is None and norm is None:
            value = network.typer("a norm").expect(argument.value, dimension, "the norm")
            norm = float(value.value) if isinstance(value, Constant) else math.nan
        elif argument.name in options and isinstance(argument.value, ast.Name) and argument.value.id in (("pre", "post") if argument.name == "over" else PERIODS):
            options[argument.name] = argument.value.id
        else:
            network.findings.error("E0507", "this argument of `l1` does not fit", argument.span, "", "`over` is `pre` or `post`, `each` is `sample`, `step` or `batch`")
            return None
    if norm is None or not norm > 0 or not math.isfinite(norm):
        network.findings.error("E0603", "`l1` needs a positive norm", node.span)
        return None
    return checked.Normalization(norm, options["over"], options["each"], span=node.span)


__all__ = ["NONE", "batch_reduction", "bound", "normalization", "plasticity"]
