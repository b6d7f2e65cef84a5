"""`connect = conv(kernel = 5)`: every target neuron is joined to a window of the source, with weights that all windows share."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.ends import Ends
from inferno.grammar.check.layers import MAKERS, stage_of
from inferno.grammar.check.wiring import Network
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Draw, Expression, leaves, references
from inferno.grammar.layers import Layer, LayerTensor, Mark
from inferno.grammar.source import Span

SETTINGS = ("weight", "delay", "bias")
EXAMPLE = "write, say, `connect = conv(kernel = 5, padding = same)`"


def is_window(node: ast.Expr | None) -> bool:
    """Whether a `connect` is a convolution by itself."""
    called = node.function if isinstance(node, ast.Call) else node
    return isinstance(called, ast.Name) and called.id == "conv"


def window(network: Network, node: ast.Expr, ends: Ends) -> Layer | None:
    """The windows of a projection as a layer without its weights; None for a mistake, which is reported."""
    findings = network.findings
    for argument in node.arguments if isinstance(node, ast.Call) else ():
        if argument.name in SETTINGS:
            help_text = EXAMPLE if argument.name == "bias" else f"write `{argument.name} = …` on a line of its own"
            message = f"the `conv` of a projection has no `{argument.name}`"
            findings.error("E0303", message, argument.span, "", help_text)
            return None
    before = findings.errors
    stage = stage_of(network, node)
    if stage is None or findings.errors != before or ends.source is None or ends.target is None:
        return None
    source = checked.part_shape(ends.source.shape, ends.source_part)
    target = checked.part_shape(ends.target.shape, ends.target_part)
    # As many channels as the target has.
    channels = target[0] if len(target) == 3 else 1
    stage.arguments.setdefault("channels", ast.Number(Fraction(channels), span=node.span))
    stage.is_outline = True
    layer = MAKERS["conv"](stage, source)
    if layer is None:
        return None
    if layer.given != target and layer.given != (1, *target):
        words = f"`conv` gives {list(layer.given)} of {list(source)}, and `{ends.target.name}` takes {list(target)}"
        findings.error("E0502", words, node.span, "", labels=(Label(ends.target.span, f"has the shape {list(target)}"),))
        return None
    return layer


def with_tensors(layer: Layer, projection: checked.Projection, marks: Mapping[str, Mark]) -> Layer:
    """The layer with one weight, and where they differ one delay, for each place of a window, input and output channel."""
    (outline,) = layer.tensors
    tensors = [LayerTensor("weight", outline.shape, projection.weight, marks.get("weight"))]
    if projection.delays is not None:
        tensors.append(LayerTensor("delay", outline.shape, projection.delays.time, marks.get("delay")))
    return Layer(layer.kind, layer.taken, layer.given, layer.options, tuple(tensors))


def check_shared(network: Network, projection: checked.Projection, places: dict[str, Span]) -> None:
    """Report what weights that are shared can't do; `places` says where each setting stands."""

    def refuse(setting: str, message: str, help_text: str) -> None:
        network.findings.error("E0801", message, places.get(setting, projection.span), "", help_text)

    name = projection.name
    if projection.delays is not None and _is_of_neurons(projection.delays.time):
        message = f"a delay of `{name}`, which windows share, has no neuron whose `draw` it could use"
        refuse("delay", message, "draw twice: once for the delays, once for the neurons")
    if projection.normalize is not None and projection.normalize.over == "post":
        message = f"`normalize` over the targets of a source, where weights are shared (`{name}`), has no meaning"
        help_text = "write `over = pre`: each target's window is brought to the norm"
        network.findings.error("E0507", message, places["normalize"], "which windows a source is in depends on where it lies", help_text)
    if _is_of_neurons(projection.weight):
        message = f"a weight of `{name}`, which windows share, has no neuron whose `draw` it could use"
        refuse("weight", message, "draw twice: once for the weights, once for the neurons")
    if projection.plasticity is not None:
        _check_rule(network, projection, projection.plasticity, places)


def _is_of_neurons(value: Expression) -> bool:
    """Whether a value is drawn for each neuron of an end."""
    return any(isinstance(leaf, Draw) and leaf.side for leaf in leaves(value))


def _check_rule(network: Network, projection: checked.Projection, rule: checked.Instance, places: dict[str, Span]) -> None:
    """Report what a rule draws for each neuron and reads for each weight, which belongs to many."""
    model = rule.model
    assert isinstance(model, checked.PlasticityModel)
    of_neurons = {name for name, _ in projection.sides}
    readers = [h.change for h in model.handlers] + [e.rate for e in model.equations] + [s.initial for s in model.states]
    readers += [value for name, value in rule.values if name not in of_neurons]
    wrong = {r.name for e in readers for r in references(e, "parameter")} & of_neurons
    if wrong or any(_is_of_neurons(e) for e in readers):
        what = f"`{sorted(wrong)[0]}`" if wrong else "a `draw`"
        message = f"{what} of the rule of `{projection.name}` is drawn for each neuron and read for each weight, which windows share"
        help_text = "give the time constant of the trace a draw, or a parameter, of its own"
        network.findings.error("E0801", message, places["plasticity"], "", help_text)
