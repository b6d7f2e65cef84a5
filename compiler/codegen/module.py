"""The generated module: one step function per region and mode, on tensors, state in and state out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.drawn import DRAWN_DOC, has_drawn, write_drawn
from inferno.compiler.codegen.gaps import gap_current
from inferno.compiler.codegen.initial import write_initial_values, write_initial_weights, write_synapses
from inferno.compiler.codegen.intervals import write_drift, write_intervals
from inferno.compiler.codegen.layers import has_statistics, layered, statistics
from inferno.compiler.codegen.loop.library import LoopFunction
from inferno.compiler.codegen.naming import Names
from inferno.compiler.codegen.populations import write_population
from inferno.compiler.codegen.projections import impulse, write_delivery, write_learning
from inferno.compiler.codegen.series import arriving_key, is_summed_once, series_key, stepwise, summed_in_loop
from inferno.compiler.codegen.synaptic import arrivals
from inferno.compiler.codegen.writer import Function
from inferno.compiler.graph import Graph
from inferno.compiler.nodes import PopulationNode, ProjectionEdge, Region
from inferno.compiler.plan import (
    has_own_line,
    has_weight,
    internal,
    is_list,
    line_key,
    node_shape,
    own_line_key,
    sent_key,
    size,
    source_shape,
    target_shape,
    variables,
)

HEADER = '''"""{title}, compiled by Inferno.  Made from the program: a change belongs there.

A step takes the state at the start of a time step and returns the state at its end and what leaves the region.  Tensors are
[batch, neurons]; numbers are in ms, mV, nA, uS, MOhm, nF, pC, kHz.  `c` holds constants and weights by name.
"""

import math

import torch

{drawn}from inferno.runtime.layers import BatchNormalization, avgpool, batchnorm, conv, dense, late_conv, late_dense, maxpool, through
from inferno.runtime.plan import Loop, Plan, Region, Synapses, Variable
from inferno.runtime.primitives import (
    arrivals, at, batch_max, batch_mean, batch_sum, coupled, coupled_to, draw, event_outer, fire, happens, held, history, interval_spikes,
    late_series, late_sum, like, log_gamma_variate, maximum, mean_over_batch, minimum, normalize_l1, normalize_rows, occurs, over_samples,
    part, phi1, placed, repeated, rows_sum, shifted, spike_sum, sum_over_batch, summed, total, when, where, without_diagonal,
)
{windows}'''  # fmt: skip


WINDOWS_IMPORT = """from inferno.runtime.windows import (
    window_arrivals, window_gain, window_inside, window_outer, window_sources, window_sum, window_targets, window_weights,
)
"""
Loops = Mapping[tuple[Region, bool], LoopFunction]
DRAWN_IMPORT = """from inferno.runtime.diffusion import noise_factor
from inferno.runtime.drawn import Limit, drawn_of_synapses, of_synapses, per_neuron, propagators, whole_steps
"""


@dataclass(frozen=True, slots=True)
class Step:
    """A written step of one region in one mode."""

    region: Region
    function: str
    body: Function
    batched: str
    whole: str = "None"
    before_loop: str = "None"
    drift: str = "None"


def generate(graph: Graph, loops: Loops) -> str:
    """The text of the module for a network; `loops` are the regions that a loop library can run."""
    title = graphs.experiment(graph).name
    functions: list[str] = []
    plans: dict[str, list[Step]] = {}
    learns = _differs_in_training(graph)
    for mode in ("evaluation", "training") if learns else ("evaluation",):
        for number, region in enumerate(graphs.experiment(graph).regions, 1):
            training = mode == "training"
            earlier = next((s for s in plans.get("evaluation", []) if s.region == region and not _region_differs(graph, region)), None)
            if training and earlier is not None:
                plans.setdefault(mode, []).append(earlier)
                continue
            suffix = f"{number}_{mode}" if learns and _region_differs(graph, region) else f"{number}"
            source = _interval_source(graph, region)
            if source is not None:
                drift, body = Function(Names()), Function(Names())
                write_drift(drift, source)
                write_intervals(body, source, f"drift_{suffix}")
                doc = f"What a step adds to the countdowns of {source.name}."
                functions.append(_function_text(f"drift_{suffix}", "state, arriving, c", doc, drift))
                functions.append(
                    _function_text(f"whole_{suffix}", "state, arriving, c, clock, steps", f"All steps of {source.name}.", body)
                )
                body.calls(drift)
                plans.setdefault(mode, []).append(Step(region, "None", body, "None", f"whole_{suffix}", drift=f"drift_{suffix}"))
                continue
            edges = [e for e in graphs.projections(graph) if e.target in region.populations]
            for_steps = [e for e in edges if not stepwise(graph, e, training)]
            for_loop = [e for e in for_steps if not summed_in_loop(graph, e, training)] if (region, training) in loops else for_steps
            between = f"between_{suffix}" if for_steps else "None"
            before_loop = between if for_loop == for_steps else f"before_loop_{suffix}" if for_loop else "None"
            for name, made in {between: for_steps, before_loop: for_loop}.items():
                functions += [_batched_text(graph, region, made, training, name)] if made else []
            body = _step_body(graph, region, training)
            functions.append(_step_text(graph, region, body, suffix, training))
            plans.setdefault(mode, []).append(Step(region, f"step_{suffix}", body, between, before_loop=before_loop))
    functions += [_function_text("initial_values", "c, clock", "States that do not start at zero.", _initial(graph, values=True))]
    lists = [e for e in graphs.projections(graph) if is_list(e)]
    functions += [t for n, e in enumerate(lists, 1) for t in write_synapses(e, n)]
    if has_drawn(graph):
        body = Function()
        write_drawn(graph, body)
        functions += [_function_text("drawn_constants", "c, clock", DRAWN_DOC, body)]
    functions += [_function_text("initial_weights", "c, clock", "Weights before learning.", _initial(graph, values=False))]
    learns_windows = any(e.pattern == "conv" and e.rule is not None for e in graphs.projections(graph))
    header = HEADER.format(
        title=_safe(title), drawn=DRAWN_IMPORT if has_drawn(graph) else "", windows=WINDOWS_IMPORT if learns_windows else ""
    )
    return "\n\n".join([header, *functions, _plan_text(graph, plans, loops)]) + "\n"


def _interval_source(graph: Graph, region: Region) -> PopulationNode | None:
    """The only population of a region, if all its steps are made at once."""
    node = graphs.population(graph, region.populations[0])
    return node if len(region.populations) == 1 and node.kernel == "intervals" else None


def _safe(text: str) -> str:
    return "".join(ch if ch.isalnum() or ch in " ._-" else "_" for ch in text) or "network"


def _region_differs(graph: Graph, region: Region) -> bool:
    """Whether a region runs differently while the network trains."""
    nodes = [graphs.population(graph, name) for name in region.populations]
    return any(s.train_only for n in nodes for s in n.dynamics.states) or any(
        (e.rule is not None or has_statistics(e)) and e.target in region.populations for e in graphs.projections(graph)
    )


def _differs_in_training(graph: Graph) -> bool:
    return any(_region_differs(graph, region) for region in graphs.experiment(graph).regions)


def _delayed(graph: Graph, region: Region) -> tuple[tuple[str, str, str, int, bool], ...]:
    """The series of earlier regions and inputs that reach a region late: name, source, line, steps, and whether with what came before."""
    late = [e for e in graphs.projections(graph) if e.target in region.populations and e.longest and not internal(graph, e)]
    late = [e for e in late if not has_own_line(graph, e)]
    return tuple(sorted({(arriving_key(e), series_key(e), sent_key(e), e.longest, e.delays is not None) for e in late}))


def _batched_text(graph: Graph, region: Region, edges: list[ProjectionEdge], training: bool, name: str) -> str:
    """The function that makes the impulses of some projections into a region for all time steps at once."""
    body = Function()
    lines = []
    for edge in edges:
        series = f"series[{arriving_key(edge)!r}]"
        once = is_summed_once(edge, training)
        source = _part(graph, edge, f"held({series})" if once else series)
        if edge.stages is not None:
            text = layered(body, edge, source, training)
        else:
            text = impulse(body, edge, source, body.constant(edge.name + ".weight"), size(target_shape(graph, edge)), series=True)
        lines.append(f"        {edge.name + '.impulse'!r}: {f'repeated({text}, {series})' if once else text},")
        lines += [f"        {'new ' + key!r}: {text}," for key, text in statistics(body, edge)] if training else []
    doc = f"Impulses into {', '.join(region.populations)}, for all time steps at once: [time, batch, neurons]."
    return "\n".join([f"def {name}(series, c):", f'    """{doc}"""', *body.lines, "    return {", *lines, "    }", ""])


def _step_body(graph: Graph, region: Region, training: bool) -> Function:
    function = Function(Names())
    function.constant("dt")
    sources: dict[str, str] = {}
    values: dict[tuple[str, str], str] = {}
    for name in region.populations:
        node = graphs.population(graph, name)
        ports = _ports(graph, function, region, node, training, sources, values)
        final = write_population(function, node, ports, training, graphs.observed(graph).get(name, ()))
        values |= {(name, state): text for state, text in final.items()}
    if training:
        traces: dict[str, tuple[str, str]] = {}
        for edge in graphs.projections(graph):
            if edge.rule is not None and edge.target in region.populations:
                pre = sources[edge.name]
                if edge.delays is not None:
                    pre = function.names.of(f"{edge.name} arrivals")
                    function.write(f"{pre} = {arrivals(function, edge, sources[edge.name])}")
                post = function.names.of(f"{edge.target}.spikes")
                if edge.target_part:
                    spikes, post = post, function.names.of(f"{edge.name} post")
                    function.write(f"{post} = part({spikes}, {node_shape(graph, edge.target)!r}, {edge.target_part!r})")
                counts = {"pre": size(target_shape(graph, edge)), "post": size(source_shape(graph, edge))}
                read = {m.name: _linked(function, m.source, m.variable, values) for m in edge.rule.modulators}
                write_learning(function, edge, pre, post, traces, counts, read)
    lines = {line_key(e): e for e in graphs.projections(graph) if e.longest and e.source in region.populations and internal(graph, e)}
    for key, edge in sorted(lines.items()):
        newest = _value(graph, function, edge, values) if edge.variable else function.names.of(f"{edge.source}.spikes")
        function.change(key, f"shifted({function.variable(key)}, {newest})")
    return function


def _value(graph: Graph, function: Function, edge: ProjectionEdge, values: dict[tuple[str, str], str]) -> str:
    """The text of the values that a projection sends of a state made in this step, [batch, neurons]."""
    text = f"like({values[edge.source, edge.variable]}, {function.variable(f'{edge.source}.{edge.variable}')})"
    node = graphs.population(graph, edge.source)
    shared = node.dynamics.state(edge.variable).shared is not None
    return f"{text}.expand(clock['sample'].shape[0], {size(node.shape)})" if shared else text


def _linked(function: Function, source: str, variable: str, values: dict[tuple[str, str], str]) -> str:
    """The text of a linked value: a state made in this step of the region, or what comes from an earlier region or an input."""
    if (source, variable) in values:
        return values[source, variable]
    return function.arrive(f"{source}.{variable}" if variable else source)


def _ports(
    graph: Graph,
    function: Function,
    region: Region,
    node: PopulationNode,
    training: bool,
    sources: dict[str, str],
    values: dict[tuple[str, str], str],
) -> dict[str, str]:
    """What each input of a population receives; `sources` collects the spikes that arrive over each stepped projection.

    `values` are the states made before in this step.
    """
    ports: dict[str, list[str]] = {}
    for edge in graphs.projections(graph):
        if edge.target != node.name:
            continue
        targets = size(target_shape(graph, edge))
        if stepwise(graph, edge, training):
            sources[edge.name] = _source_text(graph, function, region, edge, values)
            if edge.stages is not None:
                text = layered(function, edge, sources[edge.name], training) + ("[0]" if edge.delays is not None else "")
                ports.setdefault(edge.port, []).append(_delivered(node, edge, write_delivery(function, edge, text, targets)))
                for key, new in statistics(function, edge) if training else ():
                    function.variable(key)
                    function.change(key, new)
                continue
            weight_key = f"{edge.name}.weight"
            weight = function.variable(weight_key) if training and edge.rule is not None else function.constant(weight_key)
            text = impulse(function, edge, sources[edge.name], weight, targets)
        else:
            text = function.arrive(f"{edge.name}.impulse")
        ports.setdefault(edge.port, []).append(_delivered(node, edge, write_delivery(function, edge, text, targets)))
    for link in graphs.links(graph):
        if link.target == node.name and not link.projection:
            ports.setdefault(link.port, []).append(_linked(function, link.source, link.variable, values))
    for gap in node.gaps:
        ports.setdefault(gap.port, []).append(gap_current(graph, function, node, gap))
    return {port: " + ".join(parts) for port, parts in ports.items()}


def _delivered(node: PopulationNode, edge: ProjectionEdge, text: str) -> str:
    """The text of what a projection delivers to all neurons of a population."""
    return f"placed({text}, {node.shape!r}, {edge.target_part!r})" if edge.target_part else text


def _source_text(graph: Graph, function: Function, region: Region, edge: ProjectionEdge, values: dict[tuple[str, str], str]) -> str:
    """The name of the spikes (or values) that arrive over a stepped projection; of those under way, where each synapse has a delay."""
    name = function.names.of(f"{edge.name} arriving")
    if has_own_line(graph, edge):
        line, newest = function.variable(own_line_key(edge)), function.arrive(series_key(edge))
        text = f"history({line}, {edge.longest}{f', {newest}' if edge.delay == 0 else ''})"
        function.write(f"{name} = {_part(graph, edge, text)}")
        function.change(own_line_key(edge), f"shifted({line}, {newest})")
        return name
    if edge.source not in region.populations:
        function.write(f"{name} = {_part(graph, edge, function.arrive(arriving_key(edge)))}")
        return name
    spikes = function.names.of(f"{edge.source}.spikes") if not edge.delay else ""
    if edge.variable and not edge.delay:
        spikes = function.names.of(f"{edge.source}.{edge.variable} sent")
        function.write(f"{spikes} = {_value(graph, function, edge, values)}")
    if edge.delays is not None:
        line = function.variable(line_key(edge))
        newest = f", {spikes}" if edge.delay == 0 else ""
        function.write(f"{name} = {_part(graph, edge, f'history({line}, {edge.longest}{newest})')}")
        return name
    if edge.delay:
        line = function.variable(line_key(edge))
        spikes = function.names.of(f"{edge.source}.{edge.variable or 'spikes'} after {edge.delay}")
        function.write(f"{spikes} = {line}[:, -{edge.delay}]")
    if not edge.source_part:
        return spikes
    function.write(f"{name} = {_part(graph, edge, spikes)}")
    return name


def _part(graph: Graph, edge: ProjectionEdge, spikes: str) -> str:
    """The text of those spikes that the projection's sources send."""
    return f"part({spikes}, {node_shape(graph, edge.source)!r}, {edge.source_part!r})" if edge.source_part else spikes


def _step_text(graph: Graph, region: Region, body: Function, suffix: str, training: bool) -> str:
    words = ", ".join(region.populations)
    only = f" in {'training' if training else 'evaluation'}" if _region_differs(graph, region) else ""
    lines = [f"def step_{suffix}(state, arriving, c, clock):", f'    """One step of {words}{only}."""', *body.lines, "    new = {"]
    lines += [f"        {key!r}: {text}," for key, text in body.changed.items() if not key.startswith("emit ")]
    lines += ["    }", "    emitted = {"]
    lines += [f"        {key[5:]!r}: {text}," for key, text in body.changed.items() if key.startswith("emit ")]
    return "\n".join([*lines, "    }", "    return new, emitted", ""])


def _loop_text(loop: LoopFunction | None, before: str) -> str:
    if loop is None:
        return "None"
    keys = f"{loop.variables!r}, {loop.arriving!r}, {loop.constants!r}, {loop.emits!r}"
    return f"Loop({loop.name!r}, {keys}, between={before}, independent={loop.independent}, common={loop.common!r}, draws={loop.draws!r})"


def _initial(graph: Graph, *, values: bool) -> Function:
    body = Function()
    (write_initial_values if values else write_initial_weights)(graph, body)
    return body


def _function_text(name: str, arguments: str, doc: str, body: Function) -> str:
    return "\n".join([f"def {name}({arguments}):", f'    """{doc}"""', *body.lines, ""])


def _plan_text(graph: Graph, plans: dict[str, list[Step]], loops: Loops) -> str:
    """The tables by which the runtime drives the functions."""
    lines = ["PLAN = Plan(", "    variables=("]
    lines += [
        f"        Variable({v.key!r}, {v.kind!r}, {v.shape!r}, fresh={v.fresh}, persistent={v.persistent})," for v in variables(graph)
    ]
    lines += ["    ),"]
    for mode in ("evaluation", "training"):
        lines.append(f"    {mode}=(")
        for step in plans.get(mode, plans.get("evaluation", ())):
            words, body = ", ".join(step.region.populations), step.body
            lines += [
                f"        Region({words!r}, {step.function}, {step.batched},",
                f"               variables={tuple(sorted(body.variables))!r},",
                f"               arriving={tuple(sorted(body.arriving))!r},",
                f"               constants={tuple(sorted(body.constants))!r},",
                f"               emits={tuple(sorted(body.emits))!r},",
                f"               delayed={_delayed(graph, step.region)!r},",
                f"               whole={step.whole},",
                f"               drift={step.drift},",
                f"               loop={_loop_text(loops.get((step.region, mode == 'training')), step.before_loop)}),",
            ]
        lines.append("    ),")
    normalized = [(e.name, e.normalize) for e in graphs.projections(graph) if e.normalize is not None and e.normalize[2] != "step"]
    lines.append(f"    normalized={tuple((f'{n}.weight', f'{n}.norm', v[1]) for n, v in normalized)!r},")
    lines += ["    initial_values=initial_values,", "    initial_weights=initial_weights,", "    lists=("]
    for number, edge in enumerate((e for e in graphs.projections(graph) if is_list(e)), 1):
        weight, delay = (f"{n}_{number}" if there else "None" for n, there in (("weight", has_weight(edge)), ("delay", edge.delays)))
        options = f"norm={edge.normalize and edge.normalize[1]!r}, learns={edge.rule is not None}"
        options += ", draws=True" if edge.rule is not None and edge.rule.drawn else ""
        lines.append(f"        Synapses({edge.name!r}, weight={weight}, delay={delay}, {options}),")
    for name in (g.name for p in graphs.populations(graph) for g in p.gaps):
        lines.append(f"        Synapses({name!r}, weight=None, delay=None, norm=None, learns=False),")
    lines += ["    ),"]
    lines += ["    drawn_constants=drawn_constants,", ")"] if has_drawn(graph) else [")"]
    return "\n".join(lines)


__all__ = ["generate", "has_weight"]
