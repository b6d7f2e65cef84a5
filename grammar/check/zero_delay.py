"""A cycle whose delays sum to zero has no order in which its populations could run."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from inferno.grammar import checked
from inferno.grammar.check.wording import listed
from inferno.grammar.diagnostics import Findings, Label

MOST_CYCLES = 10
MOST_LABELS = 5


def check_cycles(projections: Iterable[checked.Projection], findings: Findings) -> None:
    """Report cycles of zero-delay projections, one after the other, by the names on them."""
    immediate: dict[tuple[str, str], checked.Projection] = {}
    for projection in sorted((p for p in projections if p.delay_steps == 0), key=lambda p: p.name):
        immediate.setdefault((projection.source, projection.target), projection)
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


def _report(links: list[checked.Projection], findings: Findings) -> None:
    nodes = [links[0].source, *(p.target for p in links)]
    words = " → ".join(nodes if len(nodes) <= MOST_LABELS + 3 else [*nodes[:MOST_LABELS], "…", *nodes[-2:]])
    names = listed(p.name for p in links)
    label = f"{names} {'have' if len(links) > 1 else 'has'} a delay of 0"
    help_text = f"give one of them a delay, e.g. `delay = 1 dt` in `{links[-1].name}`" if len(links) > 1 else "write `delay = 1 dt`"
    labels = tuple(Label(p.span, "and this one") for p in links[1 : MOST_LABELS + 1])
    findings.error("E0503", f"a cycle without delay: {words}", links[0].span, label, help_text, labels=labels)
