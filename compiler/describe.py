"""A compiled program as far as running it needs: what the runtime knows of it besides the generated module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from inferno.compiler import graph as graphs
from inferno.compiler import spike_trains
from inferno.compiler.codegen.drawn import owners
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import Gap, PopulationNode, ProjectionEdge
from inferno.compiler.pipeline import Compiled
from inferno.compiler.plan import is_list, is_uniform, node_shape, size, source_shape, target_shape, variables
from inferno.compiler.synapse_files import Pairs
from inferno.compiler.trainable import trainable_values
from inferno.grammar.checked import Grid, Input, NeuronModel, PlasticityModel, Program, Ranges, Scatter
from inferno.grammar.claimed import Expectation
from inferno.grammar.expression import Constant, Reference, number, substitute
from inferno.grammar.units import base_unit
from inferno.runtime.connectivity import Rows
from inferno.runtime.description import (
    ClaimInfo,
    Description,
    InputInfo,
    OutputInfo,
    RecordingInfo,
    SpikeTrainInfo,
    StatisticInfo,
    TrainableInfo,
)
from inferno.runtime.places import End, Places
from inferno.runtime.synapses import FilePairs, ListInfo

TENSORS_OF_LISTS = ("weight", "delay", "pre", "post", "indptr", "targets", "steps", "number")


def describe(compiled: Compiled) -> Description:
    """A compiled program as far as running it needs."""
    program, graph = compiled.program, compiled.graph
    uniform = {
        e.name: (e.kernel, size(source_shape(graph, e)), size(target_shape(graph, e)))
        for e in graphs.projections(graph)
        if is_uniform(e) and not is_list(e)
    }
    places = {p.name: _places(p.places) for p in program.populations if p.places is not None}
    gaps = [(p, g) for p in graphs.populations(graph) for g in p.gaps]
    lists = {e.name: _list_info(graph, e, compiled.files.get(e.name, {}), places) for e in graphs.projections(graph) if is_list(e)}
    lists |= {g.name: _gap_info(graph, p, g, places) for p, g in gaps}
    return Description(
        program.name,
        float(program.run.dt),
        program.run.steps,
        program.run.batch,
        program.run.seed,
        tuple(InputInfo(i.name, i.kind, i.shape, i.low, i.high, i.default) for i in program.inputs),
        {p.name: p.shape for p in graphs.populations(graph)},
        tuple(p.name for p in graphs.populations(graph) if p.condition is not None),
        (*(p.name for p in program.projections), *(g.name for _, g in gaps)),
        uniform,
        tuple(OutputInfo(n.name, n.kind, n.population, n.variable, dict(n.options), n.part) for n in graphs.readouts(graph)),
        tuple(
            RecordingInfo(r.name, r.owner, r.variable, r.every, r.index, _unit(program, r.owner, r.variable)) for r in program.recordings
        ),
        lists,
        {v.name: (v.owner, v.ranges) for v in program.views},
        {t.key: TrainableInfo(t.key, t.low, t.high, t.value, t.unit) for t in trainable_values(program)},
        _drawn(graph),
        tuple(_claim(expectation) for expectation in program.expectations),
        {train.name: _train(train, float(program.run.dt)) for train in program.trains},
        places,
    )


def _drawn(graph: Graph) -> dict[str, tuple[str, str, tuple[int, ...] | None]]:
    """The parameters that differ by the keys of their constants: whose they are, their name, and the shape in which they are shown."""
    found: dict[str, tuple[str, str, tuple[int, ...] | None]] = {}
    # A parameter that has the name of a variable, or of a parameter of the synapse beside the rule, is not shown.
    taken = {v.key for v in variables(graph)}
    for owner in owners(graph):
        listed = owner.edge is not None and owner.edge.pattern == "list"
        taken |= {f"{owner.name}.{n}" for n in TENSORS_OF_LISTS} if owner.edge is not None else set()
        for name in (n for n, _ in owner.drawn if n.isidentifier() and f"{owner.name}.{n}" not in taken):
            taken.add(f"{owner.name}.{name}")
            as_it_is = listed or (owner.edge is not None and owner.edge.pattern == "conv" and name in owner.sides)
            found[owner.prefix + name] = owner.name, name, None if as_it_is else owner.shape
    return found


def _places(places: Grid | Scatter) -> Places:
    """Where neurons are, for the runtime."""
    return Places(float(places.spacing)) if isinstance(places, Grid) else Places(sides=tuple(map(float, places.sides)))


def _gap_info(graph: Graph, node: PopulationNode, gap: Gap, places: Mapping[str, Places]) -> ListInfo:
    """What makes the pairs of gap junctions."""

    def end(name: str, part: Ranges) -> End:
        shape = node_shape(graph, name)
        return End(name, shape, part or tuple((0, n) for n in shape), places.get(name, Places()))

    target = end(node.name, gap.part)
    source = end(gap.other, gap.other_part) if gap.other else target
    return ListInfo(source, target, gap.recipe, 0, 0, stream=gap.stream)


def _list_info(graph: Graph, edge: ProjectionEdge, files: Mapping[str, Pairs], places: Mapping[str, Places]) -> ListInfo:
    """What makes the synapses of a projection."""

    def end(name: str, part: Ranges) -> End:
        shape = node_shape(graph, name)
        node = graph.nodes[name][graphs.PAYLOAD]
        sender = node.relays if isinstance(node, PopulationNode) and node.relays else name
        return End(sender, shape, part or tuple((0, n) for n in shape), places.get(sender, Places()))

    source, target = end(edge.source, edge.source_part), end(edge.target, edge.target_part)
    found = {path: _file_pairs(pairs, source.count) for path, pairs in files.items()}
    return ListInfo(source, target, edge.recipe, edge.delay, edge.longest, found)


def _file_pairs(pairs: Pairs, sources: int) -> FilePairs:
    """The pairs of a file as rows."""
    lengths = torch.bincount(torch.from_numpy(pairs.source), minlength=sources)
    indptr = torch.cat((torch.zeros(1, dtype=torch.int64), torch.cumsum(lengths, 0)))
    rows = Rows(indptr, torch.from_numpy(pairs.target).to(torch.int32))
    return FilePairs(rows, {n: torch.from_numpy(v) for n, v in pairs.values.items()})


def _train(given: Input, dt: float) -> SpikeTrainInfo:
    """The spikes of a file."""
    found = spike_trains.read(Path(given.file), size(given.shape), dt)
    return SpikeTrainInfo(size(given.shape), torch.from_numpy(found.step), torch.from_numpy(found.index))


def _claim(expectation: Expectation) -> ClaimInfo:
    """A claim as the runtime checks it."""

    def value(statistics: Sequence[float]) -> float:
        known = {Reference("statistic", str(n)): Constant(found) for n, found in enumerate(statistics)}
        return number(substitute(expectation.value, known))

    found = tuple(StatisticInfo(s.kind, s.reduction, s.population, s.variable, s.index, s.start, s.window) for s in expectation.statistics)
    return ClaimInfo(expectation.text, found, value, expectation.low, expectation.high, expectation.unit, expectation.factor)


def _unit(program: Program, owner: str, variable: str) -> str:
    """The base unit of a recorded variable."""
    for projection in program.projections:
        if projection.name == owner:
            rule = projection.plasticity.model if projection.plasticity is not None else None
            states = rule.states if isinstance(rule, PlasticityModel) else ()
            return base_unit(next((s.dimension for s in states if s.name == variable), projection.weight_dimension))
    model = next(p.neuron.model for p in program.populations if p.name == owner)
    assert isinstance(model, NeuronModel)
    return next((base_unit(s.dimension) for s in model.states if s.name == variable), "1")
