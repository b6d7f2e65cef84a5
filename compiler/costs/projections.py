"""The work of what a projection delivers to its targets in one step of one sample, in each way in which it could be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inferno.compiler.costs.operations import of_dynamics, of_expressions
from inferno.compiler.costs.rates import Rates, in_a_step
from inferno.compiler.graph import Graph
from inferno.compiler.memory import synapses
from inferno.compiler.nodes import ProjectionEdge
from inferno.compiler.plan import is_list, is_uniform, size, source_shape, target_shape
from inferno.grammar.layers import Layer
from inferno.machine import Work

FLOAT = 4
"""Bytes of a number."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What decides the cost of a projection's sums: its ends, its synapses, and the share of sources with an event in a step."""

    sources: int
    targets: int
    synapses: float
    events: float


def sums_of(graph: Graph, edge: ProjectionEdge, rates: Rates, pairs_in_files: Mapping[str, int]) -> Sums:
    """The sizes of a projection and how much arrives over it."""
    sources, targets = size(source_shape(graph, edge)), size(target_shape(graph, edge))
    count = float(sources * targets) if edge.kernel in ("uniform", "uniform_no_self") else synapses(graph, edge, pairs_in_files)
    return Sums(sources, targets, count, in_a_step(graph, edge, rates))


def row_gather(sums: Sums) -> Work:
    """Rows of a matrix, added for the sources with an event."""
    return Work(scan=sums.sources, row=sums.events * sums.sources * sums.targets, value=sums.targets)


def matrix_product(sums: Sums) -> Work:
    """All rows of a matrix, zeros or not."""
    return Work(product=sums.sources * sums.targets, value=2.0 * (sums.sources + sums.targets))


def synapse_rows(sums: Sums) -> Work:
    """Rows of a list of synapses, added for the sources with an event."""
    return Work(scan=sums.sources, synapse=sums.events * sums.synapses, value=2.0 * sums.targets)


def one_sum(sums: Sums) -> Work:
    """One sum of all sources, which one constant weight multiplies for each target."""
    return Work(scan=sums.sources, value=2.0 * sums.targets)


def element_by_element(sums: Sums) -> Work:
    """Each source to its own target."""
    return Work(value=2.0 * sums.targets)


def at_once(work: Work, sums: Sums) -> Work:
    """The same for all time steps before the loop, which reads the results from memory."""
    return work + Work(byte=FLOAT * sums.targets)


def chosen_sums(edge: ProjectionEdge, sums: Sums) -> Work:
    """The work of the kernel that `select_kernels` chose."""
    if edge.stages is not None:
        return layers(edge.stages)
    if edge.kernel == "matrix":
        return row_gather(sums)
    if is_list(edge):
        return synapse_rows(sums)
    return one_sum(sums) if is_uniform(edge) and edge.kernel != "scaled" else element_by_element(sums)


def layers(stages: tuple[Layer, ...]) -> Work:
    """Layers as products of matrices in float64."""
    work = Work()
    for layer in stages:
        taken, given = size(layer.taken), size(layer.given)
        if layer.kind == "dense":
            work += Work(product=float(taken * given))
        elif layer.kind == "conv":
            work += Work(product=float(given * layer.taken[0] * layer.option("kernel") ** 2))
        else:
            work += Work(value=2.0 * (taken + given))
    return work


def synapse_step(graph: Graph, edge: ProjectionEdge) -> Work:
    """The synapse's own step for all of its targets."""
    targets = size(target_shape(graph, edge))
    if edge.synapse is None:
        return Work(value=0.5 * targets)
    arriving = of_expressions([edge.synapse.output, *(a.value for a in edge.synapse.on_impulse)])
    return (of_dynamics(edge.synapse.dynamics) + arriving).times(targets)
