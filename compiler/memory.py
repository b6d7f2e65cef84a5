"""How much memory a network needs, estimated from the graph alone, before anything is allocated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from inferno.compiler import graph as graphs
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import PopulationNode, ProjectionEdge, TraceUse
from inferno.compiler.plan import has_weight, is_list, size, source_shape, synapse_shape, target_shape, variables
from inferno.grammar.checked import Recipe
from inferno.grammar.expression import Constant, Expression

INDEX, SHORT = 4, 2


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes by what they are for."""

    parts: Mapping[str, float]

    @property
    def total(self) -> float:
        """All of them."""
        return sum(self.parts.values())

    @property
    def largest(self) -> str:
        """What needs the most."""
        return max(self.parts, key=lambda name: self.parts[name])


def needed(graph: Graph, item: int, batch: int, pairs_in_files: Mapping[str, int]) -> Need:
    """What a network needs for its synapses and for its states, with numbers of `item` bytes."""
    parts = {
        e.name: synapses(graph, e, pairs_in_files) * bytes_each(e, item, batch) + of_layers(e) * item for e in graphs.projections(graph)
    }
    for edge in graphs.projections(graph):
        parts[edge.name] += _drawn_of_ends(graph, edge) * item
    parts |= {f"the parameters of {p.name}": _drawn_of_neurons(p, item) for p in graphs.populations(graph) if p.dynamics.drawn}
    states: dict[str, float] = {}
    for variable in variables(graph):
        if variable.kind not in ("weight", "synaptic", "common"):
            owner = f"the states of {variable.key.rpartition('.')[0]}"
            states[owner] = states.get(owner, 0.0) + size(variable.shape) * item * (batch if variable.per_sample else 1)
    return Need(parts | states)


def bytes_each(edge: ProjectionEdge, item: int, batch: int) -> int:
    """What a synapse takes, with its states in every sample."""
    common = sum(s.shared is not None for s in edge.rule.states) if edge.rule is not None else 0
    weight = (item if has_weight(edge) else 0) + (_kept(edge) - common) * item * batch + (common + _drawn_of_synapses(edge)) * item
    if not is_list(edge):
        return weight
    late = (SHORT if edge.longest < 2**15 else INDEX) if edge.delays is not None else 0
    number = INDEX if edge.delays is not None and edge.rule is not None and edge.rule.drawn else 0
    return INDEX + weight + late + number + (INDEX if edge.rule is not None else 0) + (INDEX if _is_visited_from_targets(edge) else 0)


def _drawn_of_neurons(node: PopulationNode, item: int) -> int:
    """What the drawn parameters of neurons take, with what is made of them."""
    differing = node.dynamics.differing | (node.in_evaluation.differing if node.in_evaluation is not None else frozenset())
    refractory = INDEX if isinstance(node.refractory_steps, Expression) else 0
    return size(node.shape) * (len(differing) * item + refractory)


def _drawn_of_ends(graph: Graph, edge: ProjectionEdge) -> int:
    """How many numbers a projection has of drawn parameters for each neuron of an end: those of its synapse, and traces."""
    ends = {"pre": size(source_shape(graph, edge)), "post": size(target_shape(graph, edge))}
    synapse = len(edge.synapse.dynamics.differing) * ends["post"] if edge.synapse is not None else 0
    return synapse + sum(ends[t.side] for t in _drawn_traces(edge) if not _is_of_synapses(t, edge))


def _drawn_of_synapses(edge: ProjectionEdge) -> int:
    """How many numbers a synapse has of drawn parameters of its rule."""
    differing = len(edge.rule.differing) if edge.rule is not None else 0
    return differing + sum(_is_of_synapses(t, edge) for t in _drawn_traces(edge))


def _drawn_traces(edge: ProjectionEdge) -> list[TraceUse]:
    return [t for t in edge.rule.traces if not isinstance(t.tau, Constant)] if edge.rule is not None else []


def _is_of_synapses(trace: TraceUse, edge: ProjectionEdge) -> bool:
    """Whether every synapse has a trace, since what arrives differs from one to the next."""
    return trace.side == "pre" and edge.delays is not None


def _is_visited_from_targets(edge: ProjectionEdge) -> bool:
    """Whether loops look for the synapses of a target that spikes, in an index of them."""
    rule = edge.rule
    return rule is not None and "post" in {*(t.event for t in rule.terms), *(c.event for c in rule.state_changes)}


def of_layers(edge: ProjectionEdge) -> int:
    """How many numbers the layers of an edge have."""
    return sum(size(tensor.shape) for layer in edge.stages or () for tensor in layer.tensors)


def _kept(edge: ProjectionEdge) -> int:
    """How many numbers a rule keeps for each synapse and sample."""
    if edge.rule is None:
        return 0
    return len(edge.rule.states) + (sum(t.side == "pre" for t in edge.rule.traces) if edge.delays is not None else 0)


def synapses(graph: Graph, edge: ProjectionEdge, pairs_in_files: Mapping[str, int]) -> float:
    """How many synapses a projection has, or may be expected to have."""
    sources, targets = size(source_shape(graph, edge)), size(target_shape(graph, edge))
    if edge.pattern == "conv":
        return size(synapse_shape(graph, edge))
    if not is_list(edge):
        return sources * targets if edge.kernel == "matrix" else targets
    # Distances are measured on the population's grid; a circle of radius sigma has on an axis sqrt(2 pi) sigma of the pairs.
    axes = len(graph.nodes[edge.source][graphs.PAYLOAD].shape)
    return _expected(edge.recipe, sources, targets, axes, pairs_in_files)


def pairs_looked_at(graph: Graph, pairs_in_files: Mapping[str, int]) -> float:
    """About how many pairs are looked at to make a network's lists: their synapses, and all pairs where distance decides."""
    found = 0.0
    for edge in (e for e in graphs.projections(graph) if is_list(e)):
        everything = float(size(source_shape(graph, edge)) * size(target_shape(graph, edge)))
        found += everything if _is_by_distance(edge.recipe) else synapses(graph, edge, pairs_in_files)
    return found


def _is_by_distance(recipe: Recipe) -> bool:
    if recipe[0] in ("+", "-", "&"):
        return any(_is_by_distance(part) for part in recipe[1:])
    return recipe[0] in ("gaussian", "gaussian_in_space")


def _expected(recipe: Recipe, sources: int, targets: int, axes: int, pairs_in_files: Mapping[str, int]) -> float:
    kind, everything = recipe[0], float(sources * targets)
    if kind in ("+", "-", "&"):
        left, right = (_expected(r, sources, targets, axes, pairs_in_files) for r in recipe[1:])
        return min(everything, left + right) if kind == "+" else left if kind == "-" else min(left, right)
    if kind == "gaussian_in_space":
        return everything * float(recipe[3])
    if kind == "from_file":
        return float(pairs_in_files.get(recipe[2], 0))
    if kind == "matrix":
        return float(sum(1 for row in recipe[2] for entry in row if entry))
    argument = float(recipe[2]) if len(recipe) > 2 else 0.0
    around = min(float(targets), (math.sqrt(2 * math.pi) * argument) ** axes) if kind == "gaussian" else 0.0
    counts = {
        "dense": everything, "random": everything * argument, "fixed_in": targets * argument, "fixed_out": sources * argument,
        "fixed_total": argument, "ring": sources * 2 * argument, "gaussian": sources * around,
    }  # fmt: skip
    return min(everything, float(counts.get(kind, min(sources, targets))))
