"""A cycle whose delays sum to zero has no order in which its populations could run."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from inferno.grammar import checked
from inferno.grammar.check.wording import listed
from inferno.grammar.diagnostics import Findings, Label

MOST_CYCLES = 10
MOST_LABELS = 5


def check_cycles(projections: Iterable[checked.Projection], values: Iterable[checked.Link], findings: Findings) -> None:
    """Report cycles of zero-delay projections and links of values, one after the other, by the names on them.

    A modulator is read when all populations of a step have run, so a link to one closes no cycle.
    """
    immediate: dict[tuple[str, str], checked.Projection | checked.Link] = {}
    for projection in sorted((p for p in projections if p.delay_steps == 0), key=lambda p: p.name):
        immediate.setdefault((projection.source, projection.target), projection)
    for link in sorted((v for v in values if not v.projection), key=lambda v: v.name):
        immediate.setdefault((link.source, link.target), link)
    for _ in range(MOST_CYCLES):
        graph: dict[str, list[str]] = {}
        for source, target in sorted(immediate):
            graph.setdefault(target, []).append(source)
        try:
            list(TopologicalSorter(graph).static_order())
            return
        except CycleError as cycle:
            around = cycle.args[1]
        links = [immediate[pair] for pair in zip(around, around[1:], strict=False)]
        _report(links, findings)
        del immediate[links[0].source, links[0].target]


def _report(links: list[checked.Projection | checked.Link], findings: Findings) -> None:
    nodes = [links[0].source, *(p.target for p in links)]
    words = " → ".join(nodes if len(nodes) <= MOST_LABELS + 3 else [*nodes[:MOST_LABELS], "…", *nodes[-2:]])
    names = listed(p.name for p in links)
    label = f"{names} {'have' if len(links) > 1 else 'has'} a delay of 0"
    labels = tuple(Label(p.span, "and this one") for p in links[1 : MOST_LABELS + 1])
    findings.error("E0503", f"a cycle without delay: {words}", links[0].span, label, _way_out(links), labels=labels)


def _way_out(links: list[checked.Projection | checked.Link]) -> str:
    """Which projection may be given a delay; a link of values has none."""
    delayable = [p.name for p in links if isinstance(p, checked.Projection)]
    if not delayable:
        return "a link has no delay; make one of them a projection, which reads the value of steps before: `delay = 1 dt`"
    return f"give one of them a delay, e.g. `delay = 1 dt` in `{delayable[-1]}`" if len(links) > 1 else "write `delay = 1 dt`"
