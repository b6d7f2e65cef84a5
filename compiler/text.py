"""The graph and its expressions as text: for people (Mermaid, DOT) and for machines (JSON)."""

from __future__ import annotations

import json
import math

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import InputNode, PopulationNode, ProjectionEdge, ReadoutNode
from inferno.grammar.expression import Apply, Constant, Draw, Expression

INFIX = {
    "add": " + ", "multiply": "*", "divide": "/", "power": "^", "modulo": " % ", "less": " < ", "less_equal": " <= ", "greater": " > ",
    "greater_equal": " >= ", "equal": " == ", "not_equal": " != ", "and": " and ", "or": " or ",
}  # fmt: skip


def expression_text(expression: Expression) -> str:
    """An expression as its author might write it, numbers in base units."""
    if isinstance(expression, Constant):
        value = expression.value
        return str(value).lower() if isinstance(value, bool) else f"{float(value):.12g}"
    if isinstance(expression, Draw):
        return f"draw_{expression.standard}_{expression.number}"
    if not isinstance(expression, Apply):
        return f"next({expression.name})" if expression.kind == "next" else expression.name
    parts = [expression_text(a) for a in expression.arguments]
    if expression.function in INFIX:
        return "(" + INFIX[expression.function].join(parts) + ")"
    if expression.function == "negate":
        return f"-{parts[0]}"
    return f"{expression.function}({', '.join(parts)})"


def to_json(graph: Graph) -> str:
    """The graph with all its payloads, as JSON."""
    data = {
        "format": "inferno-graph",
        "version": 1,
        "experiment": graphs.as_data(graphs.experiment(graph)),
        "nodes": [{"kind": _kind(n), **_plain(n)} for n in (*graphs.inputs(graph), *graphs.populations(graph), *graphs.readouts(graph))],
        "edges": [{"kind": "projection", **_plain(e)} for e in graphs.projections(graph)]
        + [{"kind": "value", **_plain(e)} for e in graphs.value_edges(graph)]
        + [{"kind": "link", **_plain(e)} for e in graphs.links(graph)],
    }
    return json.dumps(_finite(data), indent=2)


def _plain(payload: object) -> dict[str, object]:
    data = graphs.as_data(payload)
    assert isinstance(data, dict)
    return data


def _kind(node: object) -> str:
    return {InputNode: "input", PopulationNode: "population", ReadoutNode: "output"}[type(node)]


def _finite(value: object) -> object:
    """JSON has no infinity: a text stands for it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, list) else value


def _size(shape: tuple[int, ...]) -> str:
    return "×".join(str(n) for n in shape) or "1"


def _label(edge: ProjectionEdge) -> str:
    pattern = edge.pattern.replace("_", " ") + (" - diagonal" if edge.without_diagonal else "")
    if edge.stages is not None:
        pattern = ", ".join(layer.kind for layer in edge.stages) or "as it is"
    words = [edge.name, *([f"the values of {edge.variable}"] if edge.variable else []), pattern]
    words += [f"{edge.delay} dt"] if edge.delay else []
    return ", ".join(words + ([edge.rule.model] if edge.rule is not None else []))


def _boxes(graph: Graph) -> list[tuple[str, str, str]]:
    boxes = [("input", n.name, f"{n.name} : {n.kind}[{_size(n.shape)}]") for n in graphs.inputs(graph)]
    boxes += [("population", n.name, f"{n.name}[{_size(n.shape)}] = {n.model}") for n in graphs.populations(graph)]
    return boxes + [("output", f"output {n.name}", f"{n.name} = {n.kind}") for n in graphs.readouts(graph)]


def _arrows(graph: Graph) -> list[tuple[str, str, str, bool]]:
    arrows = [(e.source, e.target, _label(e), False) for e in graphs.projections(graph)]
    arrows += [(e.source, e.target, "", True) for e in graphs.value_edges(graph)]
    return arrows + [(e.source, e.target, e.name, True) for e in graphs.links(graph)]


def to_mermaid(graph: Graph) -> str:
    """The graph as a Mermaid flow chart."""
    names = {name: f"n{i}" for i, (_, name, _) in enumerate(_boxes(graph))}
    shapes = {"input": ("[/", "/]"), "population": ("([", "])"), "output": ("[[", "]]")}
    lines = ["flowchart LR"]
    lines += [f'    {names[name]}{shapes[kind][0]}"{label}"{shapes[kind][1]}' for kind, name, label in _boxes(graph)]
    for source, target, label, dotted in _arrows(graph):
        arrow = "-.->" if dotted else "-->"
        lines.append(f"    {names[source]} {arrow}{f'|{json.dumps(label, ensure_ascii=False)}|' if label else ''} {names[target]}")
    return "\n".join(lines) + "\n"


def to_dot(graph: Graph) -> str:
    """The graph in Graphviz' language."""
    shapes = {"input": "parallelogram", "population": "ellipse", "output": "box"}
    lines = ["digraph network {", "    rankdir=LR;"]
    lines += [
        f"    {json.dumps(name)} [label={json.dumps(label, ensure_ascii=False)}, shape={shapes[kind]}];"
        for kind, name, label in _boxes(graph)
    ]
    for source, target, label, dotted in _arrows(graph):
        style = ", style=dashed" if dotted else ""
        lines.append(f"    {json.dumps(source)} -> {json.dumps(target)} [label={json.dumps(label, ensure_ascii=False)}{style}];")
    return "\n".join([*lines, "}"]) + "\n"
