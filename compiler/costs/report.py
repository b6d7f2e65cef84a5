"""What the steps of a compiled network are expected to cost on the CPU, for `--explain`: each choice, and the others' costs."""

from __future__ import annotations

import math

from inferno.compiler import graph as graphs
from inferno.compiler.codegen.loop.library import is_independent, loop_name
from inferno.compiler.codegen.loop.limits import why_not
from inferno.compiler.codegen.series import is_summed_once, stepwise, summed_in_loop
from inferno.compiler.costs.candidates import Candidate, candidates
from inferno.compiler.costs.counting import Counting, counted
from inferno.compiler.costs.projections import at_once, chosen_sums, sums_of
from inferno.compiler.costs.rates import UNSAID, expected_rates
from inferno.compiler.costs.regions import counting_down, is_counting_down, native_loop, native_step, reader
from inferno.compiler.costs.tensors import compiled_chunk, eager_steps
from inferno.compiler.nodes import ProjectionEdge, Region
from inferno.compiler.pipeline import Compiled
from inferno.compiler.report import Report
from inferno.machine import Machine, Work, nanoseconds, worth_a_thread

FREE = "the same bits"


def counting_of(compiled: Compiled) -> Counting:
    """What the work of a compiled program is counted from."""
    graph, program = compiled.graph, compiled.program
    pairs = {path: len(found.source) for files in compiled.files.values() for path, found in files.items()}
    return counted(graph, expected_rates(graph, program.expectations), program.run.batch, pairs)


def step_work(compiled: Compiled) -> dict[str, Work]:
    """The work of a step of one sample in each loop, by the loop's name; what is learned is not in it."""
    counting = counting_of(compiled)
    return {
        loop_name(number, training): native_loop(counting, region, training).of_sample
        for number, region in enumerate(graphs.experiment(compiled.graph).regions, 1)
        for training in (False, True)
        if not is_counting_down(compiled.graph, region)
    }


def explain_costs(compiled: Compiled, machine: Machine) -> str:
    """The section on costs that stands below what the passes did."""
    report, counting = Report(), counting_of(compiled)
    batch = counting.batch
    report.begin(f"costs on the CPU, estimated: a step of {batch} sample{'s' * (batch != 1)} on one thread")
    report.say(f"by the numbers {'measured on this machine' if machine.measured else machine.origin}; `inferno doctor` shows them")
    for number, region in enumerate(graphs.experiment(compiled.graph).regions, 1):
        for name in region.populations:
            for edge in counting.edges.get(name, ()):
                _say(report, f"{edge.name}: {_ends(counting, edge)}", _ways(counting, edge), machine)
        if is_counting_down(compiled.graph, region):
            _say(report, f"region {number}", (_countdowns(counting, region),), machine)
            continue
        told = [_told(counting, region, training, machine) for training in (False, True)]
        if told[0] == told[1]:
            _say(report, f"region {number}", told[0][0], machine, told[0][1])
            continue
        for mode, (runs, threads) in zip(("evaluation", "training"), told, strict=True):
            _say(report, f"region {number} in {mode}", runs, machine, threads)
    return report.text


def _ways(counting: Counting, edge: ProjectionEdge) -> tuple[Candidate, ...]:
    """How a projection's sums could be made in a step of the batch, and when."""
    sums = sums_of(counting.graph, edge, counting.rates, counting.pairs_in_files)
    found = [Candidate(c.name, c.work.times(counting.batch) if c.work else None, c.why_not) for c in candidates(edge, sums)]
    if not stepwise(counting.graph, edge, training=False):
        chosen = chosen_sums(edge, sums)
        held = ", and one sum for all where the input is held" if is_summed_once(edge, training=False) else ""
        early = Candidate(f"{found[0].name} for all time steps at once{held}", at_once(chosen, sums).times(counting.batch), FREE)
        late = Candidate(f"{found[0].name} step by step in the loop", chosen.times(counting.batch), FREE)
        found = [*((late, early) if _in_loop(counting, edge) else (early, late)), *found[1:]]
    return tuple(found)


def _countdowns(counting: Counting, region: Region) -> Candidate:
    """Where sources that count down are stepped: in the loop that reads them, if one does, or else before all others."""
    loop = reader(counting.graph, region.populations[0], training=False)
    where = f"in the loop of region {graphs.experiment(counting.graph).regions.index(loop) + 1}" if loop else "all time steps at once"
    return Candidate(where, counting_down(counting, region))


def _in_loop(counting: Counting, edge: ProjectionEdge) -> bool:
    """Whether the loop of its target makes a projection's sums where nothing learns."""
    region = next(r for r in graphs.experiment(counting.graph).regions if edge.target in r.populations)
    return summed_in_loop(counting.graph, edge, training=False) and not why_not(counting.graph, region, training=False)


def _told(counting: Counting, region: Region, training: bool, machine: Machine) -> tuple[tuple[Candidate, ...], str]:
    """How a region could run, and on how many threads it does."""
    why = why_not(counting.graph, region, training)
    native = Candidate("native loop", None if why else native_step(counting, region, training), why)
    early = _drawn_before(counting, region, training)
    chunk = Candidate("compiled chunk", early + compiled_chunk(counting, region, training), "" if why else "`--backend inductor` takes it")
    eager = Candidate("eager", early + eager_steps(counting, region, training), "`--backend eager` takes it")
    if why:
        return (chunk, native, eager), "as many threads as torch takes for each operator"
    return (native, chunk, eager), _threads(counting, region, training, machine)


def _drawn_before(counting: Counting, region: Region, training: bool) -> Work:
    """What sources take before the steps of a region that its loop would step itself."""
    work = Work()
    for source in graphs.experiment(counting.graph).regions:
        if reader(counting.graph, source.populations[0], training) == region:
            work += counting_down(counting, source)
    return work


def _threads(counting: Counting, region: Region, training: bool, machine: Machine) -> str:
    """When a second thread of a loop pays."""
    if not is_independent(counting.graph, region, training):
        return "one thread: its samples meet in every step"
    if counting.batch == 1:
        return "one thread: there is one sample"
    steps = math.ceil(worth_a_thread(machine) / max(1.0, nanoseconds(native_step(counting, region, training), machine)))
    return f"samples on threads of their own: a second one pays in calls of {steps:,} step{'s' * (steps != 1)} or more"


def _ends(counting: Counting, edge: ProjectionEdge) -> str:
    sums = sums_of(counting.graph, edge, counting.rates, counting.pairs_in_files)
    said = "" if edge.source in counting.rates else " (the program does not say it)"
    rate = "analog" if edge.source_kind != "spikes" else f"at {1e3 * counting.rates.get(edge.source, UNSAID):.3g} Hz{said}"
    return f"{sums.sources:,} {rate} -> {sums.targets:,}"


def _say(report: Report, title: str, found: tuple[Candidate, ...], machine: Machine, more: str = "") -> None:
    """A title, what was chosen, below it what was not, and a further line."""
    chosen, *others = found
    report.say(title)
    report.say(f"  {chosen.name}: {_time(chosen.work, machine)}")
    for other in others:
        report.say(f"    not {other.name}{': ' + _time(other.work, machine) if other.work is not None else ''} ({other.why_not})")
    if more:
        report.say(f"    {more}")


def _time(work: Work | None, machine: Machine) -> str:
    if work is None:
        return "no work"
    time = nanoseconds(work, machine) / 1e3
    return f"{time:,.0f} us" if time >= 100 else f"{time:.3g} us"
