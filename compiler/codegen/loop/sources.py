"""What arrives in a step: spikes from outside or from within the region, late or not, of a whole population or a part of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.loop.projections import Source, late_name, prepare_late
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.codegen.series import arriving_key
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import ProjectionEdge, Region
from inferno.compiler.plan import internal, line_key, node_shape, size
from inferno.grammar.checked import Ranges, Shape
from inferno.grammar.names import split_name


def part_text(shape: Shape, ranges: Ranges) -> str:
    """A part of a population as C++ text: size, start and end along each axis."""
    return "{" + ", ".join(f"{{{n}, {low}, {high}}}" for n, (low, high) in zip(shape, ranges, strict=True)) + "}"


@dataclass
class Sources:
    """The sources of a region's projections, each written once for all projections that share it.

    `lines` are the rings of spikes under way, by the key of the variable that keeps them between calls.
    """

    loop: Loop
    graph: Graph
    region: Region
    lines: dict[str, str] = field(default_factory=dict)
    _known: dict[str, Source] = field(default_factory=dict)
    _late: list[ProjectionEdge] = field(default_factory=list)

    def __post_init__(self) -> None:
        longest: dict[str, int] = {}
        for edge in graphs.projections(self.graph):
            if edge.longest and edge.source in self.region.populations and internal(self.graph, edge):
                longest[line_key(edge)] = max(longest.get(line_key(edge), 0), edge.longest)
        for key, steps in sorted(longest.items()):
            self.lines[key] = self.loop.names.of(f"{key} ring")
            variable, count = self.loop.variable(key), self._count(split_name(key)[0])
            self.loop.prepare(f"Line {self.lines[key]}({steps}, batch, {count});")
            self.loop.prepare(f"{self.lines[key]}.load({variable});")

    def _count(self, name: str) -> int:
        return size(node_shape(self.graph, name))

    def known(self, edge: ProjectionEdge) -> Source | None:
        """What `find` found, if it is the same for all synapses."""
        return self._known.get(edge.name)

    def events(self, edge: ProjectionEdge) -> Source:
        """The spikes that arrive over a projection."""
        return self._known[edge.name]

    def find(self, edge: ProjectionEdge) -> None:
        """Write what arrives over a projection in this step."""
        if edge.delays is not None:
            self._find_late(edge)
            return
        loop, count = self.loop, self._count(edge.source)
        key, inside = arriving_key(edge), edge.source in self.region.populations
        if edge.source_kind == "real":
            self._known[edge.name] = Source(loop.arrive(key, count, "T"), "", count)
            return
        pointer = loop.names.of(f"{key} now" if edge.delay or not inside else f"{edge.source}.spikes")
        found = self._part(edge.source, edge.source_part, pointer)
        if found not in self._known.values():
            if inside and edge.delay:
                loop.write_once(f"const Flag* const {pointer} = {self.lines[line_key(edge)]}.at(t - {edge.delay});")
            elif not inside:
                loop.write_once(f"const Flag* const {pointer} = {loop.arrive(key, count, 'Flag')};")
            self._write(found, edge.source, edge.source_part, pointer)
        self._known[edge.name] = found

    def after(self, edge: ProjectionEdge) -> Source:
        """The spikes of a learning projection's target in this step."""
        pointer = self.loop.names.of(f"{edge.target}.spikes")
        found = self._part(edge.target, edge.target_part, pointer)
        if found not in self._known.values():
            self._write(found, edge.target, edge.target_part, pointer)
            self._known[f"to {found.pointer}"] = found
        return found

    def finish(self) -> None:
        """Write what has to be kept of this step's spikes, and of the last steps' once all are done."""
        for key, line in self.lines.items():
            owner = split_name(key)[0]
            spikes, count = self.loop.names.of(f"{owner}.spikes"), self._count(owner)
            self.loop.write(f"std::copy({spikes}, {spikes} + batch * {count}, {line}.at(t));")
            self.loop.finish(f"{line}.store({self.loop.variable(key)}, steps);")
        for edge in self._late:
            if edge.delay:
                self._push(edge, self.loop.names.of(f"{edge.source}.spikes"), "t", "0")

    # ---- parts ----------------------------------------------------------------------------------

    def _part(self, owner: str, ranges: Ranges, pointer: str) -> Source:
        """The source that a part of some spikes makes: gathered, where it is a part."""
        if not ranges:
            return Source(pointer, self.loop.names.of(f"{pointer} events"), self._count(owner))
        count = size(tuple(high - low for low, high in ranges))
        gathered = self.loop.names.of(f"{pointer} of {ranges}")
        return Source(f"{gathered}.data()", self.loop.names.of(f"{gathered} events"), count)

    def _write(self, source: Source, owner: str, ranges: Ranges, pointer: str) -> None:
        """Write the gathering of a part and the events of a source."""
        if ranges:
            self._gather(source.pointer.removesuffix(".data()"), owner, ranges, pointer)
        self.loop.prepare(f"Events {source.events};")
        self.loop.write(f"find_events({source.events}, {source.pointer}, batch, {source.size});")

    def _gather(self, gathered: str, owner: str, ranges: Ranges, pointer: str) -> None:
        part = self.loop.names.of(f"{owner} part {ranges}")
        self.loop.prepare(f"const std::vector<int32_t> {part} = part_of({part_text(node_shape(self.graph, owner), ranges)});")
        self.loop.prepare(f"std::vector<Flag> {gathered}(batch * {part}.size());")
        self.loop.write(f"gather({pointer}, batch, {self._count(owner)}, {part}, {gathered}.data());")

    # ---- a delay for each synapse ---------------------------------------------------------------

    def _find_late(self, edge: ProjectionEdge) -> None:
        """Make the events that were under way when the call began; write those of this step where they may arrive at once."""
        prepare_late(self.loop, edge)
        line = self.lines[line_key(edge)]
        self._late.append(edge)
        with self.loop.preparing(f"for (int64_t age = {edge.longest}; age > 0; --age)"):
            self._push(edge, f"{line}.at(-age)", "-age", "age")
        if not edge.delay:
            self._push(edge, self.loop.names.of(f"{edge.source}.spikes"), "t", "0")

    def _push(self, edge: ProjectionEdge, pointer: str, time: str, age: str) -> None:
        """Write that the events of a step are under way."""
        whole = self._count(edge.source)
        if not edge.source_part:
            self.loop.write(f"{late_name(self.loop, edge)}.push({time}, {age}, {pointer}, batch, {whole});")
            return
        gathered = self.loop.names.of(f"{edge.name}.sent")
        self._gather(gathered, edge.source, edge.source_part, pointer)
        count = size(tuple(high - low for low, high in edge.source_part))
        self.loop.write(f"{late_name(self.loop, edge)}.push({time}, {age}, {gathered}.data(), batch, {count});")
