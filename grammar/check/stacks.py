"""Edges of the short form: `x -> y`, `x -[dense]-> y`; and the shapes that populations take from the layers that end on them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from inferno.grammar import ast, checked
from inferno.grammar.check import wiring
from inferno.grammar.check.delays import MOST_DELAY_STEPS, steps_of
from inferno.grammar.check.delays import delay as checked_delay
from inferno.grammar.check.dimensions import NONE, TIME, Kind, is_plain, product
from inferno.grammar.check.ends import find_ends
from inferno.grammar.check.layers import Stage, chain, shapes_in_words, stages_of
from inferno.grammar.check.projections import name_of
from inferno.grammar.check.trainable import unwrap
from inferno.grammar.check.wiring import Network
from inferno.grammar.check.wording import short
from inferno.grammar.diagnostics import Findings, Label
from inferno.grammar.expression import Constant
from inferno.grammar.layers import Layer, LayerTensor, Mark, Shape
from inferno.grammar.source import Span

WEIGHTED = ("conv", "dense")


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge of a chain of the short form."""

    link: ast.Link
    source: ast.Expr
    target: ast.Expr
    stage: ast.Expr | None
    name: str | None

    @property
    def span(self) -> Span:
        """From end to end."""
        return self.link.span if len(self.link.stages) == 1 else self.source.span.to(self.target.span)

    @property
    def declaration(self) -> ast.ProjectionDecl:
        """The edge as a projection without settings."""
        return ast.ProjectionDecl(self.name, self.span, self.source, "->", self.target, span=self.span)


def edges_of(items: Iterable[ast.Item]) -> list[Edge]:
    """All edges of the short form in a file."""
    return [
        Edge(item, source, target, stage, name)
        for item in items
        if isinstance(item, ast.Link)
        for source, target, stage, name in zip(item.ends, item.ends[1:], item.stages, item.names, strict=False)
    ]


def is_stack(edge: Edge, network: Network) -> bool:
    """Whether spikes or values pass layers, or go on as they are: not a link of one value to another."""
    return edge.stage is not None or (_root(edge.source) in network.spiking and _owner(edge.target) in network.spiking)


def _root(node: ast.Expr) -> str:
    """The population or input of an end that is a whole one, or its spikes."""
    if isinstance(node, ast.Attribute) and node.name == "spikes":
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _owner(node: ast.Expr) -> str:
    while isinstance(node, ast.Attribute | ast.Index):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


# ---- shapes of populations ------------------------------------------------------------------------------


def infer_shapes(network: Network, items: Iterable[ast.Item]) -> None:
    """Give populations without a written shape that of the layers that end on them."""
    statements = list(items)
    populations = {i.name: i for i in statements if isinstance(i, ast.PopulationDecl)}
    network.spiking = {*populations, *(i.name for i in network.inputs.values() if i.kind == "spikes")}
    shapeless = {name for name, item in populations.items() if item.shape is None}
    edges = [e for e in edges_of(statements) if e.stage is not None and _owner(e.target) in shapeless]
    waiting = {_owner(e.target) for e in edges}
    shapes: dict[str, Shape | None] = {name: entry.shape for name, entry in network.inputs.items()}
    for name, item in populations.items():
        if name not in waiting:
            shapes[name] = wiring.shape(network, item.shape, item.name_span, f"population `{name}`")
    leading: dict[str, list[Edge]] = {}
    for edge in edges:
        leading.setdefault(_root(edge.source), []).append(edge)
    known = [*shapes, *(name for name in leading if name not in populations)]
    while known:
        for edge in leading.pop(known.pop(0), []):
            is_new = _owner(edge.target) not in shapes
            _infer(network, edge, shapes)
            if is_new:
                known.append(_owner(edge.target))
    for edge in (e for found in leading.values() for e in found):
        if _owner(edge.target) not in shapes:
            _report_ring(network, edge, populations[_owner(edge.target)])
            shapes[_owner(edge.target)] = None
    network.inferred = {name: shapes.get(name) for name in waiting}


def _infer(network: Network, edge: Edge, shapes: dict[str, Shape | None]) -> None:
    name, source = _owner(edge.target), shapes.get(_root(edge.source))
    if source is None or shapes.get(name) is not None:
        shapes.setdefault(name, None)
        return
    # What is wrong with it is reported when the edge itself is checked.
    whole, network.findings = network.findings, Findings()
    stages = stages_of(network, edge.stage)
    for stage in stages or ():
        stage.is_outline = True
    layers = chain(stages, source, None) if stages is not None else None
    network.findings = whole
    shapes[name] = None if layers is None else layers[-1].given if layers else source


def _report_ring(network: Network, edge: Edge, population: ast.PopulationDecl) -> None:
    message = f"the shape of `{population.name}` hangs on itself"
    help_text = f"write it: `population {population.name}[…] = …`"
    labels = (Label(population.name_span, "declared without a shape"),)
    network.findings.error("E0515", message, edge.span, "this edge would give it", help_text, labels=labels)


# ---- edges ----------------------------------------------------------------------------------------------


def check_stack(network: Network, edge: Edge) -> None:
    """An edge of the short form becomes a projection with layers."""
    findings, before = network.findings, network.findings.errors
    name = name_of(edge.declaration)
    ends = find_ends(network, edge.declaration)
    source, target, port = ends.source, ends.target, ends.port
    if ends.source_part or ends.target_part:
        message = "layers pass whole populations"
        findings.error("E0515", message, edge.span, "an end is a part of one", "write a `projection` for parts")
        return
    if ends.value is not None:
        message = f"layers pass spikes and inputs, and `{short(edge.source.span)}` is a value"
        help_text = "write a `projection` with `connect` and `weight`, which takes values"
        findings.error("E0515", message, edge.source.span, "", help_text)
        return
    stages = stages_of(network, edge.stage)
    if source is None or stages is None or name is None:
        return
    kind: Kind = NONE
    if port is not None:
        kind = product(port.dimension, TIME)
    last = next((s for s in reversed(stages) if s.kind in (*WEIGHTED, "batchnorm")), None)
    if last is not None and last.kind in WEIGHTED:
        last.kind_of_weight = kind
    # Of a population that could not be checked for another reason, the size does not matter.
    size = target.shape if target is not None else None if _owner(edge.target) in network.inferred else (1,)
    layers = chain(stages, source.shape, size)
    if layers is None or target is None or port is None or findings.errors != before:
        return
    if not _fits(network, edge, source, target, layers):
        return
    delay, delays, trainable = _delay(network, stages)
    if findings.errors != before:
        return
    if delays is not None:
        shape = layers[-1].tensors[0].shape
        late = LayerTensor("delay", shape, delays.time, dict(trainable).get("delay"))
        layers[-1] = replace(layers[-1], tensors=(*layers[-1].tensors, late))
    weight_kind = kind if is_plain(kind) else NONE
    network.projections[name] = checked.Projection(
        name, source.name, target.name, port.name,
        checked.Connectivity("dense", span=edge.span), None, Constant(Fraction(0)), weight_kind, delay, None, "mean", None, None, None,
        delays=delays, trainable=trainable, layers=tuple(layers), span=edge.span,
    )  # fmt: skip


def _delay(network: Network, stages: list[Stage]) -> tuple[int, checked.Delays | None, tuple[tuple[str, Mark], ...]]:
    """The delay of an edge in steps, which stands at its last layer; behind `dense` each synapse may have one of its own."""
    for stage in stages[:-1]:
        if "delay" in stage.arguments:
            span = stage.arguments["delay"].span
            network.findings.error("E0515", "the delay of an edge stands at its last layer", span, "this is not the last")
    node = stages[-1].arguments.get("delay") if stages else None
    if node is None:
        return 0, None, ()
    inner, mark = unwrap(network.typer("a delay"), node, TIME)
    steps, delays = checked_delay(network, inner)
    if delays is not None and stages[-1].kind != "dense":
        network.findings.error("E0515", "only behind `dense` each synapse may have a delay of its own", node.span, "", "give one delay")
    if delays is not None and mark is not None:
        longest = delays.longest if mark.high is None else min(steps_of(Fraction(mark.high), network.dt), MOST_DELAY_STEPS)
        delays = replace(delays, longest=max(longest, delays.longest))
    return steps, delays, ((("delay", mark),) if mark is not None else ())


def _fits(
    network: Network, edge: Edge, source: checked.Population | checked.Input, target: checked.Population, layers: list[Layer]
) -> bool:
    """Whether what the layers give is what the target takes; a list of values fits whatever shape has as many neurons."""
    given = layers[-1].given if layers else source.shape
    if given == target.shape or (len(given) == 1 and given[0] == math.prod(target.shape)):
        return True
    words = f"the layers give {list(given)}, and" if layers else f"`{source.name}` has the shape {list(given)}, and"
    labels = (Label(target.span, f"has the shape {list(target.shape)}"),)
    notes = (shapes_in_words(source.shape, layers),) if layers else ()
    end = "" if layers else "write `-[dense]->`, or give both the same shape"
    message = f"{words} `{target.name}` takes {list(target.shape)}"
    network.findings.error("E0502", message, edge.span, "", end, labels=labels, notes=notes)
    return False
