"""What arrives in a step: spikes or values from outside or from within the region, late or not, of a whole population or a part of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.loop.countdowns import drawn_in_loop, write_countdown
from inferno.compiler.codegen.loop.projections import Source, late_name, prepare_late
from inferno.compiler.codegen.loop.writer import Loop
from inferno.compiler.codegen.series import arriving_key, series_key
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import ProjectionEdge, Region
from inferno.compiler.plan import has_own_line, internal, line_key, node_shape, own_line_key, size, source_shape
from inferno.grammar.checked import Ranges, Shape


def part_text(shape: Shape, ranges: Ranges) -> str:
    """A part of a population as C++ text: size, start and end along each axis."""
    return "{" + ", ".join(f"{{{n}, {low}, {high}}}" for n, (low, high) in zip(shape, ranges, strict=True)) + "}"


@dataclass(frozen=True, slots=True)
class Ring:
    """The ring of a line, the pointer to the spikes (or values) that enter it in a step, and how many neurons send them."""

    name: str
    spikes: str
    count: int


@dataclass
class Sources:
    """The sources of a region's projections, each written once for all projections that share it.

    `lines` are the rings of spikes under way, by the key of the variable that keeps them between calls, `countdowns` the spikes of
    populations that are stepped here.
    """

    loop: Loop
    graph: Graph
    region: Region
    training: bool
    lines: dict[str, Ring] = field(default_factory=dict)
    countdowns: dict[str, Source] = field(default_factory=dict)
    _known: dict[str, Source] = field(default_factory=dict)
    _late: list[ProjectionEdge] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in drawn_in_loop(self.graph, self.region, self.training):
            self.countdowns[name] = write_countdown(self.loop, graphs.population(self.graph, name))
        longest: dict[str, ProjectionEdge] = {}
        for edge in graphs.projections(self.graph):
            if edge.longest and edge.source in self.region.populations and internal(self.graph, edge):
                known = longest.setdefault(line_key(edge), edge)
                longest[line_key(edge)] = max(known, edge, key=lambda e: e.longest)
        for key, edge in sorted(longest.items()):
            self._make_line(key, edge.longest, edge.source, self._sent(edge), "T" if edge.variable else "Flag")
        for edge in graphs.projections(self.graph):
            if edge.target in self.region.populations and has_own_line(self.graph, edge):
                spikes = self.loop.arrive(series_key(edge), self._count(edge.source), "Flag")
                self._make_line(own_line_key(edge), edge.longest, edge.source, spikes)

    def _sent(self, edge: ProjectionEdge) -> str:
        """The pointer to what a source within the region has made in this step: its spikes, or the state that a projection sends."""
        if edge.variable:
            return self.loop.variable(f"{edge.source}.{edge.variable}")
        return self.loop.names.of(f"{edge.source}.spikes")

    def _make_line(self, key: str, steps: int, owner: str, spikes: str, kind: str = "Flag") -> None:
        """Make the ring of a line, which is filled with the spikes (or values) of each step."""
        ring, count, variable = self.loop.names.of(f"{key} ring"), self._count(owner), self.loop.variable(key)
        self.lines[key] = Ring(ring, spikes, count)
        self.loop.prepare(f"Line<{kind}> {ring}({steps}, batch, {count});")
        self.loop.prepare(f"{ring}.load({variable});")

    def _line_of(self, edge: ProjectionEdge) -> Ring:
        return self.lines[own_line_key(edge) if has_own_line(self.graph, edge) else line_key(edge)]

    def _count(self, name: str) -> int:
        return size(node_shape(self.graph, name))

    def arrived(self, edge: ProjectionEdge) -> Source:
        """The synapses, which differ in delay, over which something arrives in this step; the size is that of the sources."""
        events = self.loop.names.of(f"{edge.name} arrived")
        return Source("", events, size(source_shape(self.graph, edge)))

    def known(self, edge: ProjectionEdge) -> Source | None:
        """What `find` found, if it is the same for all synapses."""
        return self._known.get(edge.name)

    def events(self, edge: ProjectionEdge) -> Source:
        """The spikes that arrive over a projection."""
        return self._known[edge.name] if edge.delays is None else self.arrived(edge)

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
        if edge.variable:
            self._known[edge.name] = self._values(edge)
            return
        pointer = loop.names.of(f"{key} now") if edge.delay or not inside else self._sent(edge)
        if edge.source in self.countdowns:
            pointer, inside = self.countdowns[edge.source].pointer, True
        found = self._part(edge.source, edge.source_part, pointer)
        if found not in self._known.values():
            if inside and edge.delay:
                loop.write_once(f"const Flag* const {pointer} = {self._line_of(edge).name}.at(t - {edge.delay});")
            elif not inside:
                loop.write_once(f"const Flag* const {pointer} = {loop.arrive(key, count, 'Flag')};")
            if found not in self.countdowns.values():
                self._write(found, edge.source, edge.source_part, pointer)
        self._known[edge.name] = found

    def _values(self, edge: ProjectionEdge) -> Source:
        """Write what values of a state arrive in this step, of a source within the region."""
        loop, pointer = self.loop, self._sent(edge)
        if edge.delay:
            pointer = loop.names.of(f"{arriving_key(edge)} now")
            loop.write_once(f"const T* const {pointer} = {self._line_of(edge).name}.at(t - {edge.delay});")
        if not edge.source_part:
            return Source(pointer, "", self._count(edge.source))
        gathered = loop.names.of(f"{pointer} of {edge.source_part}")
        count = size(source_shape(self.graph, edge))
        found = Source(f"{gathered}.data()", "", count)
        if found not in self._known.values():
            self._gather(gathered, edge.source, edge.source_part, pointer, "T")
        return found

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
            self.loop.write(f"std::copy({line.spikes}, {line.spikes} + batch * {line.count}, {line.name}.at(t));")
            self.loop.finish(f"{line.name}.store({self.loop.variable(key)}, steps);")
        for edge in self._late:
            if edge.delay:
                self._push(edge, self._line_of(edge).spikes, "t", "0")

    # ---- parts ----------------------------------------------------------------------------------

    def _part(self, owner: str, ranges: Ranges, pointer: str) -> Source:
        """The source that a part of some spikes makes: gathered, where it is a part."""
        if not ranges and owner in self.countdowns:
            return self.countdowns[owner]
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

    def _gather(self, gathered: str, owner: str, ranges: Ranges, pointer: str, kind: str = "Flag") -> None:
        part = self.loop.names.of(f"{owner} part {ranges}")
        self.loop.prepare(f"const Part {part} = part_of({part_text(node_shape(self.graph, owner), ranges)});")
        self.loop.prepare(f"std::vector<{kind}> {gathered}(batch * {part}.size());")
        self.loop.write(f"gather({pointer}, batch, {self._count(owner)}, {part}, {gathered}.data());")

    # ---- a delay for each synapse ---------------------------------------------------------------

    def _find_late(self, edge: ProjectionEdge) -> None:
        """Make the events that were under way when the call began; write those of this step where they may arrive at once."""
        prepare_late(self.loop, edge)
        line = self._line_of(edge)
        self._late.append(edge)
        with self.loop.preparing(f"for (int64_t age = {edge.longest}; age > 0; --age)"):
            self._push(edge, f"{line.name}.at(-age)", "-age", "age")
        if not edge.delay:
            self._push(edge, line.spikes, "t", "0")
        if self.training and edge.rule is not None:
            self.loop.prepare(f"Events {self.arrived(edge).events};")
            self.loop.write(f"{self.arrived(edge).events}.clear(batch);")

    def _push(self, edge: ProjectionEdge, pointer: str, time: str, age: str) -> None:
        """Write that the events of a step are under way."""
        whole = self._count(edge.source)
        if not edge.source_part:
            self.loop.write(f"{late_name(self.loop, edge)}.push({time}, {age}, {pointer}, batch, {whole});")
            return
        gathered = self.loop.names.of(f"{edge.name} sent")
        self._gather(gathered, edge.source, edge.source_part, pointer)
        count = size(tuple(high - low for low, high in edge.source_part))
        self.loop.write(f"{late_name(self.loop, edge)}.push({time}, {age}, {gathered}.data(), batch, {count});")
