"""Why a region can't be a loop.

A loop reads the payloads that it knows, field by field; a graph that says more than that is left to the compiled steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import (
    Dynamics,
    Event,
    Gap,
    ModulatorUse,
    PopulationNode,
    ProjectionEdge,
    Region,
    Rule,
    StateChange,
    StateVariable,
    Synapse,
    Term,
    TraceUse,
    Update,
)
from inferno.compiler.plan import has_own_line, internal
from inferno.grammar.expression import functions

KERNELS = ("matrix", "vector", "scaled", "uniform", "uniform_no_self", "list", "list_uniform")
KNOWN: dict[type, frozenset[str]] = {
    PopulationNode: frozenset({
        "name", "shape", "model", "dynamics", "drive", "condition", "assignments", "refractory_steps", "surrogate", "origin",
        "in_evaluation", "kernel", "arrivals", "limits", "gaps", "events", "relays",
    }),
    Event: frozenset({"name", "condition", "assignments"}),
    Dynamics: frozenset({
        "parameters", "states", "ports", "equations", "method", "substeps", "derived", "definitions", "updates", "drawn", "propagators",
        "diffusions", "normals",
    }),
    StateVariable: frozenset({"name", "initial", "shared", "persistent", "train_only", "held", "receptor", "low", "high"}),
    Update: frozenset({"state", "free", "held"}),
    ProjectionEdge: frozenset({
        "name", "source", "source_kind", "target", "port", "pattern", "without_diagonal", "weight", "delay", "synapse", "rule", "lower",
        "upper", "normalize", "origin", "kernel", "stages", "trainable", "to_receptor", "recipe", "source_part", "target_part", "delays",
        "variable",
    }),
    Synapse: frozenset({"model", "dynamics", "on_impulse", "output", "limits"}),
    Rule: frozenset({
        "model", "parameters", "traces", "handlers", "reduction", "derived", "terms", "drawn", "sides", "limits", "dynamics",
        "state_changes", "modulators",
    }),
    StateChange: frozenset({"event", "target", "operation", "value"}),
    ModulatorUse: frozenset({"name", "source", "variable"}),
    Gap: frozenset({"name", "port", "state", "conductance", "part", "recipe", "other", "other_state", "other_part", "stream"}),
    Term: frozenset({"statement", "event", "pre", "post", "synapse", "separable"}),
    TraceUse: frozenset({"name", "side", "tau", "nearest", "key"}),
}  # fmt: skip


def why_not(graph: Graph, region: Region, training: bool) -> str:
    """Why a region can't be run as a loop in a mode, or nothing."""
    payloads: list[PopulationNode | ProjectionEdge] = [graphs.population(graph, name) for name in region.populations]
    payloads += [e for e in graphs.projections(graph) if e.target in region.populations or e.source in region.populations]
    for payload in payloads:
        for part in _parts(payload):
            if unknown := _unknown(part):
                return f"{payload.name} has {unknown.replace('_', ' ')}"
    for node in (graphs.population(graph, name) for name in region.populations):
        if why := _functions(node):
            return why
    for edge in graphs.projections(graph):
        if edge.target not in region.populations:
            continue
        if why := _edge(graph, edge, training) if edge.stages is None else _layers(graph, edge, training):
            return why
    return ""


def _parts(payload: Any) -> Iterator[Any]:
    """A payload and all payloads in it."""
    if isinstance(payload, tuple):
        for item in payload:
            yield from _parts(item)
    elif type(payload) in KNOWN:
        yield payload
        for field in dataclasses.fields(payload):
            yield from _parts(getattr(payload, field.name))


def _unknown(part: Any) -> str:
    """The first field that says something a loop does not know of."""
    fields = dataclasses.fields(part)
    said = (f for f in fields if f.name not in KNOWN[type(part)])
    return next((f.name for f in said if getattr(part, f.name) != f.default and getattr(part, f.name)), "")


def _functions(node: PopulationNode) -> str:
    """A function that only the compiled steps have, if the population's events call one."""
    expressions = [a.value for a in node.changes] + [e.condition for e in node.events]
    expressions += [node.condition] if node.condition is not None else []
    drawn = any("log_gamma_variate" in functions(e) for e in expressions)
    return f"{node.name} draws of a gamma or beta distribution in every step" if drawn else ""


def _layers(graph: Graph, edge: ProjectionEdge, training: bool) -> str:
    """What a loop can't do of layers that end within it; what arrives from others that run before is made for all steps at once."""
    if internal(graph, edge):
        return f"{edge.name} has layers within the loop"
    if has_own_line(graph, edge):
        return f"{edge.name} has layers within the loop, since its weights learn over delays that differ"
    if training and edge.rule is not None:
        return f"the rule of {edge.name} changes weights that are shared"
    return ""


def _values(graph: Graph, edge: ProjectionEdge) -> str:
    """What a loop can't do of a projection of values within it."""
    if not edge.variable or not internal(graph, edge):
        return ""
    if edge.delays is not None:
        return f"{edge.name} sends values with a delay for each synapse"
    if graphs.population(graph, edge.source).dynamics.state(edge.variable).shared is not None:
        return f"{edge.name} sends a state that samples share"
    return ""


def _edge(graph: Graph, edge: ProjectionEdge, training: bool) -> str:
    """What a loop can't do of a projection without layers that ends within it."""
    if why := _values(graph, edge):
        return why
    if edge.kernel not in KERNELS:
        return f"{edge.name} is no kernel of the loops: {edge.kernel}"
    if edge.rule is None or not training:
        return ""
    if any(s.low is not None or s.high is not None for s in edge.rule.states):
        return f"the rule of {edge.name} keeps a state within a range"
    if any(s.shared is not None for s in edge.rule.states):
        return f"the rule of {edge.name} has a state that samples share"
    if edge.source_kind == "real":
        return f"the rule of {edge.name} has a source that does not spike"
    return ""
