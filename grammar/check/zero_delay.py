"""A cycle whose delays sum to zero has no order in which its populations could run."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from inferno.grammar import checked
from inferno.grammar.diagnostics import Findings, Label


def check_cycles(projections: Iterable[checked.Projection], findings: Findings) -> None:
    """Report every cycle of zero-delay projections, one after the other, by the names on it."""
    immediate = sorted((p for p in projections if p.delay_steps == 0), key=lambda p: p.name)
    while True:
        graph: dict[str, set[str]] = {}
        for projection in immediate:
            graph.setdefault(projection.target, set()).add(projection.source)
        try:
            list(TopologicalSorter({n: sorted(graph[n]) for n in sorted(graph)}).static_order())
            return
        except CycleError as cycle:
            ring = cycle.args[1]
        links = [next(p for p in immediate if (p.source, p.target) == pair) for pair in zip(ring, ring[1:], strict=False)]
        words = " → ".join([links[0].source, *(p.target for p in links)])
        names = ", ".join(f"`{p.name}`" for p in links)
        findings.error(
            "E0503", f"a cycle without delay: {words}", links[0].span, f"{names} {'all have' if len(links) > 1 else 'has'} a delay of 0",
            f"give one of them a delay, e.g. `delay = 1 dt` in `{links[-1].name}`",
            labels=tuple(Label(p.span, "and this one") for p in links[1:]),
        )  # fmt: skip
        immediate.remove(links[0])
