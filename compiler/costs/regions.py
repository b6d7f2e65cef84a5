"""A region as a loop in C++, and what comes before it: what the steps of a network cost as they run on the CPU."""

from __future__ import annotations

import math
from collections.abc import Callable

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.loop.countdowns import drawn_in_loop
from inferno.compiler.codegen.loop.limits import why_not
from inferno.compiler.codegen.series import summed_in_loop
from inferno.compiler.costs.counting import Counting
from inferno.compiler.costs.learning import Shared, learning
from inferno.compiler.costs.operations import of_neuron
from inferno.compiler.costs.projections import FLOAT, at_once, chosen_sums, sums_of, synapse_step
from inferno.compiler.costs.rates import of_population
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Region
from inferno.compiler.plan import size
from inferno.machine import Work

Way = Callable[[Counting, Region, bool], Work]
ABREAST = 8
"""Neurons that a loop calculates at the same time: fewer take as long."""
STARTED = 300.0
"""What a population takes in each sample besides its neurons, in operations on values."""


def native_loop(counting: Counting, region: Region, training: bool) -> Shared:
    """A loop in C++: what spikes, and nothing else, is visited."""
    graph = counting.graph
    own, shared = Work(), Work()
    for name in drawn_in_loop(graph, region, training):
        own += _countdown(counting, name)
    for name in region.populations:
        node = graphs.population(graph, name)
        count = size(node.shape)
        own += of_neuron(node, training).times(ABREAST * math.ceil(count / ABREAST)) + Work(value=STARTED)
        for edge in counting.edges.get(name, ()):
            sums = sums_of(graph, edge, counting.rates, counting.pairs_in_files)
            own += synapse_step(graph, edge)
            own += chosen_sums(edge, sums) if summed_in_loop(graph, edge, training) else Work(byte=FLOAT * sums.targets)
            if training and edge.rule is not None:
                learned = learning(edge, sums, of_population(graph, name, counting.rates), counting.batch)
                own, shared = own + learned.of_sample, shared + learned.of_step
    return Shared(own, shared)


def counting_down(counting: Counting, region: Region) -> Work:
    """Sources that only count down, all time steps at once: the state moves, and who spikes draws its next interval."""
    (name,) = region.populations
    return _countdown(counting, name).times(counting.batch)


def _countdown(counting: Counting, name: str) -> Work:
    """What one sample of such a source takes."""
    count = size(graphs.population(counting.graph, name).shape)
    return Work(value=2.5 * count, draw=of_population(counting.graph, name, counting.rates) * count)


def reader(graph: Graph, source: str, training: bool) -> Region | None:
    """The region whose loop steps a source, if one does."""
    found = (r for r in graphs.experiment(graph).regions if source in drawn_in_loop(graph, r, training) and not why_not(graph, r, training))
    return next(found, None)


def made_before(counting: Counting, region: Region, training: bool) -> Work:
    """What arrives in a loop from earlier regions and is summed before it, for all time steps at once."""
    work = Work()
    for name in region.populations:
        for edge in counting.edges.get(name, ()):
            sums = sums_of(counting.graph, edge, counting.rates, counting.pairs_in_files)
            if not summed_in_loop(counting.graph, edge, training):
                work += at_once(chosen_sums(edge, sums), sums).times(counting.batch)
    return work


def is_counting_down(graph: Graph, region: Region) -> bool:
    """Whether all steps of a region are made at once."""
    return all(graphs.population(graph, name).kernel == "intervals" for name in region.populations)


def native_step(counting: Counting, region: Region, training: bool) -> Work:
    """A step of all samples in a loop in C++, with what is made before it."""
    loop = native_loop(counting, region, training)
    return made_before(counting, region, training) + loop.of_sample.times(counting.batch) + loop.of_step


def network_step(counting: Counting, training: bool, way: Way = native_step) -> Work:
    """A step of the whole network of all samples, its regions stepped in one way; what a call takes besides is not in it."""
    work = Work()
    for region in graphs.experiment(counting.graph).regions:
        if not is_counting_down(counting.graph, region):
            work += way(counting, region, training)
        elif way is not native_step or reader(counting.graph, region.populations[0], training) is None:
            work += counting_down(counting, region)
    spiking = sum(size(p.shape) for p in graphs.populations(counting.graph) if p.condition is not None)
    return work + Work(scan=float(spiking * counting.batch))
