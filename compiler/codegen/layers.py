"""What passes layers on its way, as text."""

from __future__ import annotations

import math

from inferno.compiler.codegen.writer import Function
from inferno.compiler.nodes import ProjectionEdge
from inferno.grammar.layers import Layer


def has_statistics(edge: ProjectionEdge) -> bool:
    """Whether an edge does something else while the network trains: it normalizes by what passes, and keeps its statistics."""
    return any(layer.kind == "batchnorm" for layer in edge.stages or ())


def layered(function: Function, edge: ProjectionEdge, source: str, training: bool) -> str:
    """The text of what is left of a source's spikes or values behind an edge's layers; what must stand before it is written.

    Where each synapse has a delay of its own, the source is a series that begins as many steps earlier as the longest of them.
    """
    assert edge.stages is not None
    late = edge.stages[-1:] if edge.delays is not None else ()
    stages = edge.stages[: len(edge.stages) - len(late)]
    made = [_layer(function, edge, layer, training) for layer in stages if layer.kind != "flatten"]
    widest = max((math.prod(shape) for layer in stages for shape in (layer.taken, layer.given)), default=1)
    whole = ", whole=True" if training and has_statistics(edge) else ""
    inner = ", ".join(made) + ("," if len(made) == 1 else "")
    text = f"through({source}, {function.constant('dt')}, ({inner}), {widest}{whole})"
    for layer in late:
        learned = function.variable if training and edge.rule is not None else function.constant
        texts = {t.name: (learned if t.name == "weight" else function.constant)(f"{edge.name}.{t.name}") for t in layer.tensors}
        weight, *rest = texts.values()
        bias = rest[0] if len(rest) > 1 else None
        late_text = f"{text}, {weight}, {bias}, {rest[-1]}, {function.constant('dt')}, {edge.longest}"
        text = f"late_conv({late_text}, {layer.taken!r}, {_options(layer)})" if layer.kind == "conv" else f"late_dense({late_text})"
    return text


def statistics(function: Function, edge: ProjectionEdge) -> list[tuple[str, str]]:
    """The running statistics after training on what passed: keys, and texts that are valid behind `layered`."""
    return [
        (f"{edge.name}.{tensor.name}", f"{_norm(function, edge, layer)}.{'mean' if tensor.name.startswith('mean') else 'variance'}")
        for layer in edge.stages or ()
        if layer.kind == "batchnorm"
        for tensor in layer.tensors
        if tensor.mark is None
    ]


def _norm(function: Function, edge: ProjectionEdge, layer: Layer) -> str:
    return function.names.of(f"{edge.name}.{layer.tensors[0].name} normalization")


def _layer(function: Function, edge: ProjectionEdge, layer: Layer, training: bool) -> str:
    # Weights that a rule changes are variables of the step.
    read = function.variable if training and edge.rule is not None else function.constant
    tensors = [read(f"{edge.name}.{t.name}") for t in layer.tensors]
    if layer.kind == "batchnorm":
        if not training:
            return f"batchnorm({', '.join(tensors)})"
        name = _norm(function, edge, layer)
        function.write(f"{name} = BatchNormalization({', '.join(tensors)})")
        return name
    if layer.kind == "dense":
        return f"dense({tensors[0]}, {tensors[1] if len(tensors) > 1 else None})"
    if layer.kind == "conv":
        return f"conv({tensors[0]}, {tensors[1] if len(tensors) > 1 else None}, {layer.taken!r}, {_options(layer)})"
    return f"{layer.kind}({layer.taken!r}, {layer.option('kernel')}, {layer.option('stride')})"


def _options(layer: Layer) -> str:
    """The stride of a convolution and the zeros before and after its planes."""
    return ", ".join(str(layer.option(name)) for name in ("stride", "before", "after"))
