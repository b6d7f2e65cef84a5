"""A region as steps on tensors, compiled or as they stand: every value and every weight that learns is visited in every step."""

from __future__ import annotations

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.series import stepwise
from inferno.compiler.costs.counting import Counting
from inferno.compiler.costs.operations import of_dynamics, of_neuron, operators_of
from inferno.compiler.costs.projections import FLOAT, Sums, at_once, chosen_sums, sums_of, synapse_step
from inferno.compiler.nodes import Dynamics, PopulationNode, ProjectionEdge, Region
from inferno.compiler.plan import has_weight, size
from inferno.machine import Work

CHUNK = 5.0
"""A compiled step's share of entry and exit of its chunk, in calls of an operator."""
KERNEL = 10.0
"""A call of a kernel of this project by generated code, in calls of an operator of torch."""
FUSED = 8.0
"""What compiled code does with a weight for each term of a rule, in operations on values."""
PASS = Work(value=2.0, byte=FLOAT)
"""A pass of an operator over a value of a large tensor, which it reads and writes in memory of its own."""


def compiled_chunk(counting: Counting, region: Region, training: bool) -> Work:
    """Steps compiled by inductor: elementwise work is fused, kernels are called."""
    work = Work(operator=CHUNK)
    for name in region.populations:
        node = graphs.population(counting.graph, name)
        work += of_neuron(node, training).times(size(node.shape) * counting.batch) + _kernels(len(node.dynamics.normals))
        for edge in counting.edges.get(name, ()):
            sums = sums_of(counting.graph, edge, counting.rates, counting.pairs_in_files)
            work += _delivery(counting, edge, sums, training)
            if training and edge.rule is not None:
                terms = len(edge.rule.terms)
                work += _states(edge, sums, counting.batch) + _kernels(terms) + Work(value=FUSED * (terms + 1) * sums.synapses)
    return work


def eager_steps(counting: Counting, region: Region, training: bool) -> Work:
    """The generated torch source as it is: a call, and a pass over its tensors, for each operation."""
    work = Work()
    for name in region.populations:
        node = graphs.population(counting.graph, name)
        operators = float(_of_neuron(node))
        work += (
            Work(operator=operators) + PASS.times(operators * size(node.shape) * counting.batch) + _kernels(1 + len(node.dynamics.normals))
        )
        for edge in counting.edges.get(name, ()):
            sums = sums_of(counting.graph, edge, counting.rates, counting.pairs_in_files)
            work += _delivery(counting, edge, sums, training) + Work(operator=float(_of_synapse(edge)))
            if training and edge.rule is not None:
                passes = _passes(edge)
                work += _states(edge, sums, counting.batch) + _kernels(len(edge.rule.terms))
                work += Work(operator=2.0 * passes) + PASS.times(passes * sums.synapses)
    return work


def _delivery(counting: Counting, edge: ProjectionEdge, sums: Sums, training: bool) -> Work:
    """What a projection brings in a step: a kernel where its weights differ, and the synapse's own step."""
    work = synapse_step(counting.graph, edge).times(counting.batch)
    if not stepwise(counting.graph, edge, training):
        return work + at_once(chosen_sums(edge, sums), sums).times(counting.batch)
    return work + chosen_sums(edge, sums).times(counting.batch) + _kernels(int(has_weight(edge) or edge.pattern == "list"))


def _kernels(count: int) -> Work:
    return Work(operator=KERNEL * count)


def _states(edge: ProjectionEdge, sums: Sums, batch: int) -> Work:
    """What the synapses of a rule remember."""
    dynamics = edge.rule.dynamics if edge.rule is not None else None
    return of_dynamics(dynamics).times(sums.synapses * batch) if dynamics is not None and dynamics.states else Work()


def _passes(edge: ProjectionEdge) -> int:
    """How many operators pass over all weights."""
    assert edge.rule is not None
    bounds = (edge.lower is not None) + (edge.upper is not None)
    return 2 + (3 + bounds) * len(edge.rule.terms) + 2 * bounds + (3 if edge.normalize is not None and edge.normalize[2] == "step" else 0)


def _of_neuron(node: PopulationNode) -> int:
    """How many operators step a population; two for each choice, and some for what is refractory."""
    changes = [a.value for a in node.changes] + [e.condition for e in node.events]
    counted = operators_of([node.condition, *changes]) + _of_dynamics(node.dynamics) + len(node.dynamics.states)
    return 2 * (counted + 2 * len(node.changes) + (6 if node.refractory_steps is not None else 1))


def _of_synapse(edge: ProjectionEdge) -> int:
    if edge.synapse is None:
        return 4
    arriving = [edge.synapse.output, *(a.value for a in edge.synapse.on_impulse)]
    return 4 + 2 * (operators_of(arriving) + _of_dynamics(edge.synapse.dynamics))


def _of_dynamics(dynamics: Dynamics) -> int:
    return operators_of([*(e for u in dynamics.updates for e in (u.free, u.held)), *(e for _, e in dynamics.definitions)])
