"""The text of a loop library: one function for each region and mode that can be run as a loop."""

from __future__ import annotations

from dataclasses import dataclass, replace

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.cpp.expressions import FUNCTIONS
from inferno.compiler.codegen.loop import learning
from inferno.compiler.codegen.loop.limits import why_not
from inferno.compiler.codegen.loop.populations import spikes_of, write_neuron
from inferno.compiler.codegen.loop.projections import Source, write_delivery, write_impulses
from inferno.compiler.codegen.loop.shared import shared_name, shared_sums, write_shared
from inferno.compiler.codegen.loop.support import SUPPORT
from inferno.compiler.codegen.loop.writer import KINDS, Loop
from inferno.compiler.codegen.series import arriving_key, recorded_variables, stepwise
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import PopulationNode, ProjectionEdge, Region
from inferno.compiler.plan import has_weight, internal, line_key, node_shape, size
from inferno.compiler.report import Report

HEAD = """\
// {title}, compiled by Inferno.  Made from the program: a change belongs there.
//
// Each function runs all time steps of a group of populations that are stepped together.  Arrays are [batch, neurons], weights
// [sources, targets]; numbers are in ms, mV, nA, uS, MOhm, nF, pC, kHz.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace {{

"""


@dataclass(frozen=True, slots=True)
class LoopFunction:
    """A function of the library with the keys of the tensors that it takes, in order.

    With what arrives stands whether it is spikes, with what is emitted the number of its neurons.
    """

    name: str
    variables: tuple[str, ...]
    arriving: tuple[tuple[str, bool], ...]
    constants: tuple[str, ...]
    emits: tuple[tuple[str, int], ...]
    text: str


def loop_function(graph: Graph, region: Region, training: bool, name: str) -> LoopFunction:
    """The loop over all time steps of a region."""
    writer = _Region(graph, region, training)
    return writer.function(name)


def loop_functions(graph: Graph, report: Report) -> dict[tuple[Region, bool], LoopFunction]:
    """A loop for every region and mode (training or not) that can have one and is not made at once."""
    found: dict[tuple[Region, bool], LoopFunction] = {}
    for number, region in enumerate(graphs.experiment(graph).regions, 1):
        if any(graphs.population(graph, name).kernel == "intervals" for name in region.populations):
            continue
        for training in (False, True):
            mode = "training" if training else "evaluation"
            why = why_not(graph, region, training)
            report.say(f"region {number} in {mode}: {f'as compiled steps: {why}' if why else 'one C++ function for all time steps'}")
            if not why:
                found[region, training] = loop_function(graph, region, training, f"loop_{number}_{mode}")
    return found


def library_text(title: str, functions: list[LoopFunction]) -> str:
    """The text of a library with some functions, each for both number types; nothing for none."""
    if not functions:
        return ""
    entries = [_entry(f.name, kind) for f in functions for kind in ("float", "double")]
    return "\n".join([HEAD.format(title=title), FUNCTIONS, SUPPORT, *(f.text for f in functions), "}  // namespace\n", *entries])


SIGNATURE = "int64_t steps, int64_t batch, int64_t first_step, void* const* tensors, const int64_t* strides, const int64_t* samples"


def _entry(name: str, kind: str) -> str:
    return f'extern "C" void {name}_{kind}({SIGNATURE}) {{ {name}<{kind}>(steps, batch, first_step, tensors, strides, samples); }}'


class _Region:
    """One region in one mode while its function is written."""

    def __init__(self, graph: Graph, region: Region, training: bool) -> None:
        self.graph, self.region, self.training, self.loop = graph, region, training, Loop()
        self.sources: dict[str, Source] = {}
        self.loop.constant("dt")  # which tells the type of the numbers
        self.lines = self._lines()

    def function(self, name: str) -> LoopFunction:
        """The whole function."""
        loop = self.loop
        for population in self.region.populations:
            self._population(graphs.population(self.graph, population))
        if self.training:
            self._learning()
        for key, line in self.lines.items():
            owner = key.rpartition(".")[0]
            spikes, count = loop.names.of(f"{owner}.spikes"), size(node_shape(self.graph, owner))
            loop.write(f"std::copy({spikes}, {spikes} + batch * {count}, {line}.at(t));")
            loop.finish(f"{line}.store({loop.variable(key)}, steps);")
        starts, text = 0, []
        for kind in KINDS:
            text.append(f"  [[maybe_unused]] constexpr int64_t {kind}_at = {starts};")
            starts += len(loop.tables[kind])
        words = ", ".join(self.region.populations)
        mode = "training" if self.training else "evaluation"
        body = [
            f"// All time steps of {words} in {mode}.", "template <typename T>", f"void {name}({SIGNATURE}) {{", *text, *loop.once,
            "  for (int64_t t = 0; t < steps; ++t) {", *loop.body, "  }", *loop.after, "}", "",
        ]  # fmt: skip
        emits = tuple((k, self._width(k)) for k in loop.tables["emits"])
        arriving = tuple((k, k in loop.flags) for k in loop.tables["arriving"])
        return LoopFunction(name, tuple(loop.tables["variables"]), arriving, tuple(loop.tables["constants"]), emits, "\n".join(body))

    def _width(self, key: str) -> int:
        return size(node_shape(self.graph, key.rpartition(".")[0]))

    def _lines(self) -> dict[str, str]:
        """The lines of spikes under way that this region keeps, by key."""
        found: dict[str, str] = {}
        longest: dict[str, int] = {}
        for edge in graphs.projections(self.graph):
            if edge.delay and edge.source in self.region.populations and internal(self.graph, edge):
                longest[line_key(edge)] = max(longest.get(line_key(edge), 0), edge.delay)
        for key, steps in sorted(longest.items()):
            found[key] = self.loop.names.of(f"{key} ring")
            variable, count = self.loop.variable(key), self._width(key)
            self.loop.prepare(f"Line {found[key]}({steps}, batch, {count});")
            self.loop.prepare(f"{found[key]}.load({variable});")
        return found

    # ---- populations ----------------------------------------------------------------------------

    def _population(self, node: PopulationNode) -> None:
        if not self.training and node.in_evaluation is not None:
            node = replace(node, dynamics=node.in_evaluation)
        loop, count = self.loop, size(node.shape)
        edges = [e for e in graphs.projections(self.graph) if e.target == node.name]
        recorded = recorded_variables(self.graph, node.name)
        loop.write()
        loop.comment(f"{node.origin.file}:{node.origin.line}: {node.origin.text}")
        for edge in edges:
            if stepwise(self.graph, edge, self.training):
                self.sources[edge.name] = self._source(edge)
        if node.condition is not None:
            loop.write(f"Flag* __restrict const {spikes_of(loop, node)} = {loop.emit(f'{node.name}.spikes', count, 'Flag')};")
        for state in shared_sums(node, self.training):
            loop.prepare(f"std::vector<double> {shared_name(loop, node, state)}({count});")
            loop.write(f"std::fill({shared_name(loop, node, state)}.begin(), {shared_name(loop, node, state)}.end(), 0.0);")
        with loop.block("for (int64_t b = 0; b < batch; ++b)"):
            impulses = {e.name: self._impulse(e, count) for e in edges}
            loop.write("#pragma GCC ivdep")
            with loop.block(f"for (int64_t n = 0; n < {count}; ++n)"):
                loop.write(f"[[maybe_unused]] const int64_t i = b * {count} + n;")
                parts: dict[str, list[str]] = {}
                for edge in edges:
                    loop.comment(f"{edge.origin.file}:{edge.origin.line}: {edge.origin.text}")
                    parts.setdefault(edge.port, []).append(write_delivery(loop, edge, impulses[edge.name]))
                write_neuron(loop, node, {p: " + ".join(t) for p, t in parts.items()}, self._network_input, self.training, recorded)
        write_shared(loop, node, self.training, recorded)

    def _impulse(self, edge: ProjectionEdge, targets: int) -> str:
        """What has to stand before the neurons of sample `b`; the text of the impulse on neuron `n`."""
        if edge.name not in self.sources:
            # One number for all targets where all get the same.
            width, at = (1, "b") if edge.kernel == "uniform" else (targets, "i")
            return f"{self.loop.arrive(f'{edge.name}.impulse', width, 'T')}[{at}]"
        return write_impulses(self.loop, edge, self.sources[edge.name], self._weight(edge), targets)

    def _weight(self, edge: ProjectionEdge) -> str:
        key = f"{edge.name}.weight"
        if not has_weight(edge):
            return self.loop.constant(key)
        return self.loop.variable(key) if self.training and edge.rule is not None else self.loop.array(key)

    def _network_input(self, name: str) -> str:
        count = size(node_shape(self.graph, name))
        pointer = self.loop.arrive(name, count, "T")
        return f"{pointer}[b]" if count == 1 else f"{pointer}[i]"

    # ---- sources --------------------------------------------------------------------------------

    def _source(self, edge: ProjectionEdge) -> Source:
        """What arrives over a projection in this step, its events found once for all projections that share it."""
        loop, count = self.loop, size(node_shape(self.graph, edge.source))
        key = arriving_key(edge)
        inside = edge.source in self.region.populations
        if edge.source_kind == "real":
            return Source(loop.arrive(key, count, "T"), "", count)
        pointer = loop.names.of(f"{key} now" if edge.delay or not inside else f"{edge.source}.spikes")
        events = loop.names.of(f"{key} events")
        known = Source(pointer, events, count)
        if known in self.sources.values():
            return known
        loop.prepare(f"Events {events};")
        if inside and edge.delay:
            loop.write(f"const Flag* const {pointer} = {self.lines[line_key(edge)]}.at(t - {edge.delay});")
        elif not inside:
            loop.write(f"const Flag* const {pointer} = {loop.arrive(key, count, 'Flag')};")
        loop.write(f"find_events({events}, {pointer}, batch, {count});")
        return known

    # ---- learning -------------------------------------------------------------------------------

    def _learning(self) -> None:
        done: set[str] = set()
        edges = [e for e in graphs.projections(self.graph) if e.rule is not None and e.target in self.region.populations]
        for edge in edges:
            learning.write_traces(self.loop, edge, self.sources[edge.name], self._post(edge), done)
        for edge in edges:
            learning.write_learning(self.loop, edge, self.sources[edge.name], self._post(edge), self._weight(edge))

    def _post(self, edge: ProjectionEdge) -> Source:
        """The spikes of a learning projection's target in this step."""
        loop, count = self.loop, size(node_shape(self.graph, edge.target))
        known = Source(loop.names.of(f"{edge.target}.spikes"), loop.names.of(f"{edge.target}.spikes events"), count)
        if known not in self.sources.values():
            loop.prepare(f"Events {known.events};")
            loop.write(f"find_events({known.events}, {known.pointer}, batch, {count});")
            self.sources[f"to {edge.target}"] = known
        return known
