"""`connect = conv(kernel = 5)`: every target neuron is joined to a window of the source, with weights that all windows share."""

from __future__ import annotations

from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check.ends import Ends
from inferno.grammar.check.layers import MAKERS, stage_of
from inferno.grammar.check.wiring import Network
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import Expression, is_drawn
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


def with_weight(layer: Layer, weight: Expression, mark: Mark | None) -> Layer:
    """The layer with one weight for each place of a window, input and output channel."""
    (outline,) = layer.tensors
    return Layer(layer.kind, layer.taken, layer.given, layer.options, (LayerTensor("weight", outline.shape, weight, mark),))


def check_shared(network: Network, projection: checked.Projection, places: dict[str, Span]) -> None:
    """Report what weights that are shared can't do; `places` says where each setting stands."""

    def refuse(setting: str, message: str, help_text: str) -> None:
        network.findings.error("E0801", message, places.get(setting, projection.span), "", help_text)

    name = projection.name
    if projection.delays is not None:
        refuse("delay", f"a delay for each synapse of `{name}`, whose weights are shared, is not supported", "give one delay")
    if projection.normalize is not None and projection.normalize.over == "post":
        message = f"`normalize` over the targets of a source, where weights are shared (`{name}`), has no meaning"
        help_text = "write `over = pre`: each target's window is brought to the norm"
        network.findings.error("E0507", message, places["normalize"], "which windows a source is in depends on where it lies", help_text)
    if projection.draws:
        refuse("draw", f"`draw` at `{name}`, whose weights are shared, is not supported", "draw where the value is used")
    if projection.plasticity is None:
        return
    rule = projection.plasticity
    if any(is_drawn(value) for _, value in rule.values):
        refuse("plasticity", f"a draw in the rule of `{name}`, whose weights are shared, is not supported", "give constants")
