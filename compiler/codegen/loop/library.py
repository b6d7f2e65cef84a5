"""The text of a loop library: one function for each region and mode that can be run as a loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.loop import learning
from inferno.compiler.codegen.loop.arrivals import Arriving, added_before, write_arrivals
from inferno.compiler.codegen.loop.blocks import write_each
from inferno.compiler.codegen.loop.countdowns import drawn_in_loop
from inferno.compiler.codegen.loop.gaps import write_gaps, write_starts
from inferno.compiler.codegen.loop.limits import why_not
from inferno.compiler.codegen.loop.links import events_read, linked, links_into
from inferno.compiler.codegen.loop.populations import spikes_of, write_neuron
from inferno.compiler.codegen.loop.projections import write_added_rows, write_delivery, write_impulses, write_rows
from inferno.compiler.codegen.loop.shared import shared_name, shared_sums, write_shared
from inferno.compiler.codegen.loop.sources import Sources, part_text
from inferno.compiler.codegen.loop.traces import Kept, write_modulator, write_traces
from inferno.compiler.codegen.loop.writer import KINDS, Loop
from inferno.compiler.codegen.series import summed_in_loop
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import PopulationNode, ProjectionEdge, Region
from inferno.compiler.plan import has_weight, is_list, node_shape, size, target_shape
from inferno.compiler.report import Report
from inferno.grammar.expression import CLOCK
from inferno.grammar.names import split_name

HEAD = """\
// {title}, compiled by Inferno.  Made from the program: a change belongs there.
//
// Each function runs all time steps of a group of populations that are stepped together.  Arrays are [batch, neurons], weights
// [sources, targets]; numbers are in ms, mV, nA, uS, MOhm, nF, pC, kHz.  It is built for one type, `Number`, and one mode, TRAINING or
// EVALUATION, which are defined before it.

#include "loop.h"

namespace {{

"""


@dataclass(frozen=True, slots=True)
class LoopFunction:
    """A function of the library with the keys of the tensors that it takes, in order.

    With what arrives stands whether it is spikes, with what is emitted the number of its neurons.  `independent` says that no sample
    changes anything for another, `common` which variables all samples then share, `draws` the populations that it steps on the way.
    """

    name: str
    variables: tuple[str, ...]
    arriving: tuple[tuple[str, bool], ...]
    constants: tuple[str, ...]
    emits: tuple[tuple[str, int], ...]
    independent: bool
    common: tuple[str, ...]
    draws: tuple[str, ...]
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
            sources = "" if why else "".join(f", with those of {name}" for name in drawn_in_loop(graph, region, training))
            way = f"as compiled steps: {why}" if why else f"one C++ function for all time steps{sources}"
            report.say(f"region {number} in {mode}: {way}")
            if not why:
                found[region, training] = loop_function(graph, region, training, loop_name(number, training))
    return found


def loop_name(number: int, training: bool) -> str:
    """The name of the function that runs a region, counted from 1, in a mode."""
    return f"loop_{number}_{'training' if training else 'evaluation'}"


def library_text(title: str, functions: list[LoopFunction]) -> str:
    """The text of a library with some functions, of which a build takes those of its mode; nothing for none."""
    if not functions:
        return ""
    entries = [line for f in functions for line in _entry(f.name)]
    return "\n".join([HEAD.format(title=title), *(f.text for f in functions), "}  // namespace\n", *entries, ""])


SIGNATURE = "int64_t steps, int64_t batch, int64_t first_step, void* const* tensors, const int64_t* strides, const int64_t* samples"


def _entry(name: str) -> list[str]:
    """The function as it is called from outside, in the build of its mode."""
    call = f"{name}<Number>(steps, batch, first_step, tensors, strides, samples);"
    return [f"#ifdef {name.rpartition('_')[2].upper()}", f'extern "C" void {name}({SIGNATURE}) {{ {call} }}', "#endif"]


def is_independent(graph: Graph, region: Region, training: bool) -> bool:
    """Whether no sample changes anything for another: nothing is learned, and no state is shared that changes."""
    learning = training and any(e.rule is not None and e.target in region.populations for e in graphs.projections(graph))
    return not learning and not any(shared_sums(_in_mode(graph, name, training), training) for name in region.populations)


def _in_mode(graph: Graph, name: str, training: bool) -> PopulationNode:
    """A population as it is in a mode."""
    node = graphs.population(graph, name)
    return node if training or node.in_evaluation is None else replace(node, dynamics=node.in_evaluation)


class _Region:
    """One region in one mode while its function is written."""

    def __init__(self, graph: Graph, region: Region, training: bool) -> None:
        self.graph, self.region, self.training, self.loop = graph, region, training, Loop()
        self.loop.constant("dt")  # which tells the type of the numbers
        self.sources = Sources(self.loop, graph, region, training)

    def function(self, name: str) -> LoopFunction:
        """The whole function."""
        loop = self.loop
        write_starts(loop, self.graph, self.region)
        for population in self.region.populations:
            self._population(self._node(population))
        if self.training:
            self._learning()
        self.sources.finish()
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
        emits = tuple((k, size(node_shape(self.graph, split_name(k)[0]))) for k in loop.tables["emits"])
        arriving = tuple((k, k in loop.flags) for k in loop.tables["arriving"])
        variables, constants = (tuple(loop.tables[kind]) for kind in ("variables", "constants"))
        independent = is_independent(self.graph, self.region, self.training)
        return LoopFunction(
            name, variables, arriving, constants, emits, independent, self._common(), tuple(self.sources.countdowns), "\n".join(body)
        )

    def _common(self) -> tuple[str, ...]:
        """The variables of which the batch has one."""
        nodes = [self._node(name) for name in self.region.populations]
        shared = {f"{n.name}.{s.name}" for n in nodes for s in n.dynamics.states if s.shared is not None}
        return tuple(k for k in self.loop.tables["variables"] if k in shared)

    def _node(self, name: str) -> PopulationNode:
        """A population as it is in this mode."""
        return _in_mode(self.graph, name, self.training)

    # ---- populations ----------------------------------------------------------------------------

    def _population(self, node: PopulationNode) -> None:
        loop, count = self.loop, size(node.shape)
        edges = [e for e in graphs.projections(self.graph) if e.target == node.name]
        recorded = graphs.observed(self.graph).get(node.name, ())
        loop.write()
        loop.comment(f"{node.origin.file}:{node.origin.line}: {node.origin.text}")
        for edge in edges:
            if summed_in_loop(self.graph, edge, self.training):
                self.sources.find(edge)
        if node.condition is not None:
            loop.write(f"Flag* __restrict const {spikes_of(loop, node)} = {loop.emit(f'{node.name}.spikes', count, 'Flag')};")
        for state in shared_sums(node, self.training):
            loop.prepare(f"std::vector<double> {shared_name(loop, node, state)}({count});")
            loop.write(f"std::fill({shared_name(loop, node, state)}.begin(), {shared_name(loop, node, state)}.end(), 0.0);")
        with loop.block("for (int64_t b = 0; b < batch; ++b)"):
            currents = write_gaps(loop, self.graph, node)
            added = added_before(self.graph, node, edges, currents, self.training)
            arriving: dict[str, list[Arriving]] = {}
            impulses: dict[str, str] = {}
            for edge in edges:
                if edge.port in added:
                    arriving.setdefault(edge.port, []).append(self._arriving(edge, count))
                else:
                    impulse = self._impulse(edge)
                    impulses[edge.name] = self._placed(edge, impulse, count) if edge.target_part else impulse
            node = write_arrivals(loop, node, added, arriving)
            write_each(loop, node, lambda variant, noted: self._neuron(variant, edges, impulses, currents, noted))
        write_shared(loop, node, self.training, recorded)

    def _neuron(
        self, node: PopulationNode, edges: list[ProjectionEdge], impulses: Mapping[str, str], currents: dict[str, list[str]], noted: str
    ) -> None:
        """What a neuron receives over projections of `impulses` and as currents, and its step."""
        loop, recorded = self.loop, graphs.observed(self.graph).get(node.name, ())
        parts: dict[str, list[str]] = {}
        for edge in (e for e in edges if e.name in impulses):
            if not edge.target_part:
                loop.comment(f"{edge.origin.file}:{edge.origin.line}: {edge.origin.text}")
            impulse = impulses[edge.name]
            parts.setdefault(edge.port, []).append(impulse if edge.target_part else write_delivery(loop, edge, impulse))
        for more in (links_into(loop, self.graph, self.region, node), currents):
            for port, texts in more.items():
                parts.setdefault(port, []).extend(texts)
        texts_of = {p: " + ".join(t) for p, t in parts.items()}
        read = events_read(self.graph, self.region, node)
        write_neuron(loop, node, texts_of, self._network_input, self.training, recorded, noted, read)

    def _impulse(self, edge: ProjectionEdge) -> str:
        """What has to stand before the neurons of sample `b`; the text of the impulse on neuron `n`."""
        targets = size(target_shape(self.graph, edge))
        if not summed_in_loop(self.graph, edge, self.training):
            # One number for all targets where all get the same.
            width, at = (1, "b") if edge.kernel == "uniform" else (targets, f"b * {targets} + n")
            return f"{self.loop.arrive(f'{edge.name}.impulse', width, 'T')}[{at}]"
        if is_list(edge):
            arrived = self.sources.arrived(edge).events if self.training and edge.rule is not None and edge.delays is not None else ""
            return write_rows(self.loop, edge, self.sources.known(edge), self._weight(edge), targets, arrived)
        source = self.sources.known(edge)
        assert source is not None
        return write_impulses(self.loop, edge, source, self._weight(edge), targets)

    def _arriving(self, edge: ProjectionEdge, count: int) -> Arriving:
        """What arrives over a projection before the neurons of sample `b` are stepped."""
        if edge.target_part:
            placed = self._placed(edge, self._impulse(edge), count).removesuffix("[n]")
            part = self.loop.names.of(f"{edge.name}.target part")
            return Arriving(f"std::exchange({placed}[n], T(0))", f"for (const int32_t n : {part}.members) {{visit}}(n);")
        self.loop.comment(f"{edge.origin.file}:{edge.origin.line}: {edge.origin.text}")
        source = self.sources.known(edge)
        assert source is not None
        return write_added_rows(self.loop, edge, source, self._weight(edge), size(target_shape(self.graph, edge)))

    def _placed(self, edge: ProjectionEdge, impulse: str, count: int) -> str:
        """The synapse's step of the part of a population on which a projection ends; what neuron `n` of the whole population receives."""
        loop, targets = self.loop, size(target_shape(self.graph, edge))
        whole, part = loop.names.of(f"{edge.name} placed"), loop.names.of(f"{edge.name}.target part")
        loop.prepare(f"std::vector<T> {whole}({count}, T(0));")
        loop.prepare(f"const Part {part} = part_of({part_text(node_shape(self.graph, edge.target), edge.target_part)});")
        loop.comment(f"{edge.origin.file}:{edge.origin.line}: {edge.origin.text}")
        with loop.block(f"for (int64_t n = 0; n < {targets}; ++n)"):
            loop.write(f"[[maybe_unused]] const int64_t i = b * {targets} + n;")
            loop.write(f"{whole}[{part}[n]] = {write_delivery(loop, edge, impulse)};")
        return f"{whole}[n]"

    def _weight(self, edge: ProjectionEdge) -> str:
        key = f"{edge.name}.weight"
        if not has_weight(edge):
            return self.loop.constant(key)
        return self.loop.variable(key) if self.training and edge.rule is not None else self.loop.array(key)

    def _network_input(self, name: str) -> str:
        count = 1 if name == CLOCK.name else size(node_shape(self.graph, name))
        pointer = self.loop.arrive(name, count, "T")
        return f"{pointer}[b]" if count == 1 else f"{pointer}[i]"

    # ---- learning -------------------------------------------------------------------------------

    def _learning(self) -> None:
        done: set[str] = set()
        edges = [e for e in graphs.projections(self.graph) if e.rule is not None and e.target in self.region.populations]
        kept = Kept.of(edges)
        for edge in edges:
            write_traces(self.loop, edge, self.sources.events(edge), self.sources.after(edge), done, kept)
        for edge in edges:
            for use in edge.rule.modulators if edge.rule is not None else ():
                value = linked(self.loop, self.graph, self.region, use.source, use.variable, "n")
                write_modulator(self.loop, edge, use.name, value, self.sources.after(edge).size)
            learning.write_learning(self.loop, edge, self.sources.events(edge), self.sources.after(edge), self._weight(edge))
