"""The ways in which a region can run, each with its work in one step of all samples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.series import stepwise
from inferno.compiler.costs.learning import Shared, dense_learning, learning
from inferno.compiler.costs.operations import of_neuron, operators_of
from inferno.compiler.costs.projections import FLOAT, chosen_sums, sums_of, synapse_step
from inferno.compiler.costs.rates import Rates, of_population
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import PopulationNode, ProjectionEdge, Region
from inferno.compiler.plan import size
from inferno.machine import Work

ABREAST = 8
"""Neurons that a loop calculates at the same time: fewer take as long."""
STARTED = 300.0
"""What a population takes in each sample besides its neurons, in operations on values."""
CHUNK_OPERATORS = 12.0
"""Entry and exit of a compiled step, in calls of an operator."""


@dataclass(frozen=True, slots=True)
class Counting:
    """What the work of steps is counted from."""

    graph: Graph
    rates: Rates
    batch: int
    pairs_in_files: Mapping[str, int]
    edges: Mapping[str, tuple[ProjectionEdge, ...]]


def counted(graph: Graph, rates: Rates, batch: int, pairs_in_files: Mapping[str, int]) -> Counting:
    """What the work of a graph's steps is counted from."""
    edges: dict[str, list[ProjectionEdge]] = {}
    for edge in graphs.projections(graph):
        edges.setdefault(edge.target, []).append(edge)
    return Counting(graph, rates, batch, pairs_in_files, {name: tuple(found) for name, found in edges.items()})


def native_loop(counting: Counting, region: Region, training: bool) -> Shared:
    """A loop in C++: what spikes, and nothing else, is visited."""
    graph = counting.graph
    own, shared = Work(), Work()
    for name in region.populations:
        node = graphs.population(graph, name)
        count = size(node.shape)
        own += of_neuron(node, training).times(ABREAST * math.ceil(count / ABREAST)) + Work(value=STARTED)
        for edge in counting.edges.get(name, ()):
            sums = sums_of(graph, edge, counting.rates, counting.pairs_in_files)
            own += synapse_step(graph, edge)
            own += chosen_sums(edge, sums) if stepwise(graph, edge, training) else Work(byte=FLOAT * sums.targets)
            if training and edge.rule is not None:
                learned = learning(edge, sums, of_population(graph, name, counting.rates), counting.batch)
                own, shared = own + learned.of_sample, shared + learned.of_step
    return Shared(own, shared)


def counting_down(counting: Counting, region: Region) -> Work:
    """Sources that only count down, all time steps at once: the state moves, and who spikes draws its next interval."""
    (name,) = region.populations
    count = size(graphs.population(counting.graph, name).shape) * counting.batch
    return Work(value=2.5 * count, draw=of_population(counting.graph, name, counting.rates) * count)


def made_before(counting: Counting, region: Region, training: bool) -> Work:
    """What arrives in a region from earlier ones, summed for all time steps at once."""
    work = Work()
    for name in region.populations:
        for edge in counting.edges.get(name, ()):
            sums = sums_of(counting.graph, edge, counting.rates, counting.pairs_in_files)
            if not stepwise(counting.graph, edge, training):
                work += (chosen_sums(edge, sums) + Work(byte=FLOAT * sums.targets)).times(counting.batch)
    return work


def is_counting_down(graph: Graph, region: Region) -> bool:
    """Whether all steps of a region are made at once."""
    return all(graphs.population(graph, name).kernel == "intervals" for name in region.populations)


def fastest_step(counting: Counting, training: bool) -> Work:
    """A step of the whole network of all samples, on the CPU with native loops; what a call takes besides is not in it."""
    work = Work()
    for region in graphs.experiment(counting.graph).regions:
        if is_counting_down(counting.graph, region):
            work += counting_down(counting, region)
            continue
        loop = native_loop(counting, region, training)
        work += made_before(counting, region, training) + loop.of_sample.times(counting.batch) + loop.of_step
    spiking = sum(size(p.shape) for p in graphs.populations(counting.graph) if p.condition is not None)
    return work + Work(scan=float(spiking * counting.batch))


def compiled_chunk(counting: Counting, region: Region, training: bool) -> Work:
    """Steps compiled by inductor: elementwise work fused, a call for each kernel, and every weight that learns visited."""
    work = Work(operator=CHUNK_OPERATORS)
    for name in region.populations:
        node = graphs.population(counting.graph, name)
        work += of_neuron(node, training).times(size(node.shape) * counting.batch)
        for edge in counting.edges.get(name, ()):
            work += _dense_edge(counting, edge, training) + Work(operator=1.0)
    return work


def eager_steps(counting: Counting, region: Region, training: bool) -> Work:
    """The generated torch source as it is: a call and a pass over memory for each operation."""
    work = Work()
    for name in region.populations:
        node = graphs.population(counting.graph, name)
        operators = _operators(node)
        work += Work(operator=operators, value=float(operators * size(node.shape) * counting.batch))
        for edge in counting.edges.get(name, ()):
            count = 4 + _operators_of_synapse(edge) + (0 if edge.rule is None or not training else _operators_of_rule(edge))
            work += _dense_edge(counting, edge, training) + Work(operator=float(count))
    return work


def _dense_edge(counting: Counting, edge: ProjectionEdge, training: bool) -> Work:
    """A projection whose sums are a kernel of their own, and whose weights are all visited where they learn."""
    sums = sums_of(counting.graph, edge, counting.rates, counting.pairs_in_files)
    work = synapse_step(counting.graph, edge).times(counting.batch)
    if stepwise(counting.graph, edge, training):
        work += chosen_sums(edge, sums).times(counting.batch)
    return work + dense_learning(edge, sums, counting.batch) if training and edge.rule is not None else work


def _operators(node: PopulationNode) -> int:
    dynamics = node.dynamics
    texts = [*(e for u in dynamics.updates for e in (u.free, u.held)), *(e for _, e in dynamics.definitions), node.condition]
    texts += [a.value for a in node.changes] + [e.condition for e in node.events]
    return operators_of(texts) + len(dynamics.states) + 2 * len(node.changes) + (6 if node.refractory_steps is not None else 1)


def _operators_of_synapse(edge: ProjectionEdge) -> int:
    if edge.synapse is None:
        return 1
    updates = [e for u in edge.synapse.dynamics.updates for e in (u.free, u.held)]
    return 1 + operators_of([edge.synapse.output, *(a.value for a in edge.synapse.on_impulse), *updates])


def _operators_of_rule(edge: ProjectionEdge) -> int:
    assert edge.rule is not None
    sides = [e for t in edge.rule.terms for e in (t.pre, t.post, t.synapse)]
    return operators_of(sides) + 3 * len(edge.rule.traces) + 4 * len(edge.rule.terms) + 6
