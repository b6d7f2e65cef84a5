"""The layers of the short form `x -[conv(12, kernel = 5) | batchnorm]-> s`: their arguments, shapes and tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from inferno.grammar import ast
from inferno.grammar.check.dimensions import BOOLEAN, NONE, Kind
from inferno.grammar.check.soundness import has_infinity
from inferno.grammar.check.trainable import check_mark, unwrap
from inferno.grammar.check.wiring import SIZE_LIMIT, Network
from inferno.grammar.check.wording import listed, near_or_all, short
from inferno.grammar.diagnostics import Label
from inferno.grammar.expression import ONE, ZERO, Constant, Draw, Expression, apply
from inferno.grammar.layers import Layer, LayerTensor, Mark, Shape

# What each layer takes: its first argument without a name, and the others.
SIGNATURES: dict[str, tuple[str, tuple[str, ...]]] = {
    "conv": ("channels", ("kernel", "stride", "padding", "bias", "weight", "delay")),
    "dense": ("size", ("bias", "weight", "delay")),
    "maxpool": ("size", ("stride",)),
    "avgpool": ("size", ("stride",)),
    "batchnorm": ("", ()),
    "flatten": ("", ()),
}


@dataclass
class Stage:
    """A layer as it is written."""

    network: Network
    kind: str
    node: ast.Expr
    arguments: dict[str, ast.Expr]
    kind_of_weight: Kind = NONE
    target: Shape | None = None
    is_outline: bool = False
    """Whether shapes alone are asked for."""

    def whole(self, name: str, default: int, low: int = 1) -> int | None:
        """An argument that is a whole number; None for a mistake, which is reported."""
        node = self.arguments.get(name)
        if node is None:
            return default
        value = self.network.typer(f"a layer `{self.kind}`").constant(node, NONE, f"`{name}`")
        if value is None:
            return None
        if not (low <= value <= 10**6 and value == int(value)):
            message = f"`{name}` of `{self.kind}` is a whole number of at least {low}"
            self.network.findings.error("E0607", message, node.span, f"this is {float(value):g}")
            return None
        return int(value)

    def flag(self, name: str) -> bool:
        """An argument that is true or false; false without it."""
        node = self.arguments.get(name)
        if node is None:
            return False
        typed = self.network.typer(f"a layer `{self.kind}`").fit(node, BOOLEAN, f"`{name}`", "E0207")
        return not typed.is_lost and isinstance(typed.expression, Constant) and bool(typed.expression.value)

    def drawn(self, name: str, fan_in: int, kind: Kind) -> tuple[Expression, Mark | None]:
        """The initial values of a tensor: as given, or uniform within 1/sqrt(fan_in) on both sides."""
        node = self.arguments.get(name)
        if self.is_outline:
            return ZERO, None
        if node is None:
            bound = Fraction(repr(1 / math.sqrt(fan_in)))
            return apply("add", Constant(-bound), apply("multiply", Constant(2 * bound), Draw("uniform", 1))), None
        typer = self.network.typer(f"`{name}` of `{self.kind}`", draws="allowed")
        inner, mark = unwrap(typer, node, kind)
        typed = typer.fit(inner, kind, f"`{name}` of `{self.kind}`")
        check_mark(typer, mark, typed.expression, inner.span, kind)
        if not typed.is_lost and has_infinity(typed.expression):
            self.network.findings.error("E0601", f"`{name}` must be finite", node.span, "this is infinite")
        return typed.expression, mark

    def misfit(self, message: str, taken: Shape, help_text: str = "") -> None:
        """Report a shape that the layer can't take."""
        self.network.findings.error("E0515", message, self.node.span, f"this gets {list(taken)}", help_text)


def stages_of(network: Network, node: ast.Expr | None) -> list[Stage] | None:
    """The layers between the brackets, with their arguments by name; None where a mistake is reported."""
    if node is None:
        return []
    before = network.findings.errors
    found = [stage_of(network, part) for part in (node.stages if isinstance(node, ast.Pipe) else (node,))]
    return None if network.findings.errors != before else [s for s in found if s is not None]


def stage_of(network: Network, node: ast.Expr) -> Stage | None:
    """A layer with its arguments by name; None where a mistake is reported."""
    findings = network.findings
    called = node.function if isinstance(node, ast.Call) else node
    if not isinstance(called, ast.Name) or called.id not in SIGNATURES:
        words = called.id if isinstance(called, ast.Name) else short(called.span)
        hint = near_or_all(findings, words, SIGNATURES, "there are")
        findings.error("E0516", f"unknown layer `{words}`", called.span, "", hint)
        return None
    kind = called.id
    first, others = SIGNATURES[kind]
    bound: dict[str, ast.Expr] = {}
    for position, argument in enumerate(node.arguments if isinstance(node, ast.Call) else ()):
        name = argument.name or (first if position == 0 else "")
        known = [*([first] if first else []), *others]
        if name not in known:
            takes = f"it takes {listed(known)}" if known else "it takes nothing"
            words = f"has no argument `{name}`" if argument.name else f"takes {'one argument' if first else 'no argument'} without a name"
            code = "E0303" if argument.name else "E0305"
            findings.error(code, f"`{kind}` {words}", argument.span, "", near_or_all(findings, name, known) if name else takes)
        elif name in bound:
            labels = (Label(bound[name].span, "first here"),)
            findings.error("E0302", f"`{name}` is given twice", argument.span, "again here", labels=labels)
        else:
            bound[name] = argument.value
    return Stage(network, kind, node, bound)


# ---- shapes ---------------------------------------------------------------------------------------------


def chain(stages: list[Stage], source: Shape, target: Shape | None) -> list[Layer] | None:
    """The layers with their shapes, from a source on; None for a shape that doesn't fit, which is reported.

    `target` is the shape of the population at the end, if it is known.
    """
    layers: list[Layer] = []
    shape = source
    for number, stage in enumerate(stages):
        stage.target = target if number == len(stages) - 1 else None
        layer = MAKERS[stage.kind](stage, shape)
        if layer is None:
            return None
        if math.prod(layer.given) > SIZE_LIMIT:
            stage.misfit(f"`{stage.kind}` gives too many values: {list(layer.given)}", shape)
            return None
        layers.append(layer)
        shape = layer.given
    return _numbered(layers)


def _numbered(layers: list[Layer]) -> list[Layer]:
    """Tensors with names of their own: `weight`, or `weight_1`, `weight_2` where there are several."""
    counts: dict[str, int] = {}
    for layer in layers:
        for tensor in layer.tensors:
            counts[tensor.name] = counts.get(tensor.name, 0) + 1
    used: dict[str, int] = {}
    named = []
    for layer in layers:
        tensors = []
        for tensor in layer.tensors:
            used[tensor.name] = used.get(tensor.name, 0) + 1
            tensors.append(replace(tensor, name=f"{tensor.name}_{used[tensor.name]}") if counts[tensor.name] > 1 else tensor)
        named.append(replace(layer, tensors=tuple(tensors)))
    return named


def _planes(stage: Stage, shape: Shape) -> tuple[int, int, int] | None:
    """Channels, height and width of what arrives."""
    if len(shape) == 2:
        return 1, shape[0], shape[1]
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    stage.misfit(f"`{stage.kind}` takes [channels, height, width] or [height, width]", shape)
    return None


def _conv(stage: Stage, shape: Shape) -> Layer | None:
    planes = _planes(stage, shape)
    for name in ("channels", "kernel"):
        if name not in stage.arguments:
            help_text = "write, say, `conv(12, kernel = 5)`"
            stage.network.findings.error("E0304", f"`conv` needs a value for `{name}`", stage.node.span, "", help_text)
            return None
    channels, kernel, stride = stage.whole("channels", 1), stage.whole("kernel", 1), stage.whole("stride", 1)
    if planes is None or channels is None or kernel is None or stride is None:
        return None
    padding = _padding(stage, kernel, stride)
    if padding is None:
        return None
    size = _slid(stage, shape, planes[1:], kernel, stride, *padding)
    if size is None:
        return None
    fan_in = planes[0] * kernel * kernel
    weight, mark = stage.drawn("weight", fan_in, stage.kind_of_weight)
    tensors = [LayerTensor("weight", (channels, planes[0], kernel, kernel), weight, mark or Mark())]
    if stage.flag("bias"):
        tensors.append(LayerTensor("bias", (channels,), ZERO, Mark()))
    options = (("kernel", kernel), ("stride", stride), ("before", padding[0]), ("after", padding[1]))
    return Layer("conv", planes, (channels, *size), options, tuple(tensors))


def _padding(stage: Stage, kernel: int, stride: int) -> tuple[int, int] | None:
    """Zeros before and after; `same` keeps the size, with the odd one behind."""
    node = stage.arguments.get("padding")
    if isinstance(node, ast.Name) and node.id == "same":
        if stride != 1:
            stage.network.findings.error("E0515", "`padding = same` keeps the size, so it needs `stride = 1`", node.span)
            return None
        return (kernel - 1) // 2, kernel // 2
    padding = stage.whole("padding", 0, 0)
    return None if padding is None else (padding, padding)


def _slid(
    stage: Stage, shape: Shape, plane: tuple[int, int], kernel: int, stride: int, before: int = 0, after: int = 0
) -> tuple[int, int] | None:
    """Height and width after a window has been slid over a plane."""
    height, width = (size + before + after for size in plane)
    if kernel > min(height, width):
        window = f"its window of {kernel}×{kernel} is larger than {height}×{width}"
        stage.misfit(f"`{stage.kind}` finds too small a plane: {window}", shape)
        return None
    return (height - kernel) // stride + 1, (width - kernel) // stride + 1


def _pool(stage: Stage, shape: Shape) -> Layer | None:
    planes = _planes(stage, shape)
    if "size" not in stage.arguments:
        stage.network.findings.error("E0304", f"`{stage.kind}` needs a size", stage.node.span, "", f"write, say, `{stage.kind}(2)`")
        return None
    size = stage.whole("size", 2)
    stride = stage.whole("stride", size or 1)
    if planes is None or size is None or stride is None:
        return None
    found = _slid(stage, shape, planes[1:], size, stride)
    return None if found is None else Layer(stage.kind, planes, (planes[0], *found), (("kernel", size), ("stride", stride)))


def _batchnorm(stage: Stage, shape: Shape) -> Layer:
    channels = (shape[0] if len(shape) == 3 else math.prod(shape) if len(shape) == 1 else 1,)
    tensors = (
        LayerTensor("scale", channels, ONE, Mark()),
        LayerTensor("shift", channels, ZERO, Mark()),
        LayerTensor("mean", channels, ZERO),
        LayerTensor("variance", channels, ONE),
    )
    return Layer("batchnorm", shape, shape, (), tensors)


def _flatten(stage: Stage, shape: Shape) -> Layer:
    return Layer("flatten", shape, (math.prod(shape),))


def _dense(stage: Stage, shape: Shape) -> Layer | None:
    count = stage.whole("size", 0) if "size" in stage.arguments else math.prod(stage.target) if stage.target is not None else None
    if count is None:
        if "size" not in stage.arguments:
            message, help_text = "how many values does this `dense` give?", "write `dense(100)`, say, or the shape of the population"
            stage.network.findings.error("E0515", message, stage.node.span, "", help_text)
        return None
    sources = math.prod(shape)
    weight, mark = stage.drawn("weight", sources, stage.kind_of_weight)
    tensors = [LayerTensor("weight", (sources, count), weight, mark or Mark())]
    if stage.flag("bias"):
        tensors.append(LayerTensor("bias", (count,), ZERO, Mark()))
    return Layer("dense", shape, (count,), (), tuple(tensors))


MAKERS: dict[str, Callable[[Stage, Shape], Layer | None]] = {
    "conv": _conv,
    "dense": _dense,
    "maxpool": _pool,
    "avgpool": _pool,
    "batchnorm": _batchnorm,
    "flatten": _flatten,
}


def shapes_in_words(source: Shape, layers: list[Layer]) -> str:
    """`[2, 34, 34] → conv → [12, 34, 34]`."""
    words = [str(list(source))]
    for layer in layers:
        words += [layer.kind, str(list(layer.given))]
    return " → ".join(words)
