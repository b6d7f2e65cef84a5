"""Plasticity of one projection: traces, handlers, bounds, as language.md section 4 and step 4 of section 7 say."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from oracle.formula import Environment, Formula, formula

from inferno.compiler.nodes import ProjectionEdge

Rows = list[list[float]]


class Learning:
    """A rule at a projection with its traces, one per neuron of a side and sample."""

    def __init__(self, edge: ProjectionEdge, dt: float) -> None:
        assert edge.rule is not None
        self.edge, self.rule = edge, edge.rule
        self.constants: Environment = {("parameter", n): formula(v)({}) for n, v in self.rule.parameters}
        self.terms: list[tuple[str, Formula]] = [(event, formula(change)) for event, change in self.rule.handlers]
        self.decay = {t.name: math.exp(-dt / formula(t.tau)(self.constants)) for t in self.rule.traces}
        self.values: dict[str, Rows] = {}

    def start(self, batch: int, sources: int, targets: int) -> None:
        """All traces at 0."""
        self.values = {t.name: [[0.0] * (sources if t.side == "pre" else targets) for _ in range(batch)] for t in self.rule.traces}

    def learn(
        self, weights: Rows, exists: Callable[[int, int], bool], arrived: Sequence[Sequence[float]], fired: Sequence[Sequence[float]]
    ) -> None:
        """Change the weights by the events of this step: spikes that arrive [sample][source], spikes of the target [sample][target]."""
        before, after = self._traces(arrived, fired)
        old = [list(row) for row in weights]
        for i, row in enumerate(old):
            for j, w in enumerate(row):
                if exists(i, j):
                    weights[i][j] = self._bounded(w + self._change(w, i, j, before, after, arrived, fired))
        self.values = after

    def _traces(self, arrived: Sequence[Sequence[float]], fired: Sequence[Sequence[float]]) -> tuple[dict[str, Rows], dict[str, Rows]]:
        before = {name: [[x * self.decay[name] for x in row] for row in rows] for name, rows in self.values.items()}
        after: dict[str, Rows] = {}
        for trace in self.rule.traces:
            events = arrived if trace.side == "pre" else fired
            after[trace.name] = [
                [(1.0 if trace.nearest else x + 1.0) if event else x for x, event in zip(row, happened, strict=True)]
                for row, happened in zip(before[trace.name], events, strict=True)
            ]
        return before, after

    def _change(
        self,
        w: float,
        i: int,
        j: int,
        before: dict[str, Rows],
        after: dict[str, Rows],
        arrived: Sequence[Sequence[float]],
        fired: Sequence[Sequence[float]],
    ) -> float:
        """What is added to a weight: each term reduced over the batch, its sign deciding which bound scales it."""
        total = 0.0
        for event, term in self.terms:
            contribution = 0.0
            for b in range(len(arrived)):
                if arrived[b][i] if event == "pre" else fired[b][j]:
                    env = {**self.constants, ("weight", "w"): w}
                    for trace in self.rule.traces:
                        at = i if trace.side == "pre" else j
                        env[("trace", trace.name)], env[("next", trace.name)] = before[trace.name][b][at], after[trace.name][b][at]
                    contribution += term(env)
            if self.rule.reduction == "mean":
                contribution /= len(arrived)
            total += contribution * self._softness(w, contribution)
        return total

    def _softness(self, w: float, contribution: float) -> float:
        """How much of a change a soft bound lets through."""
        bound = self.edge.upper if contribution > 0 else self.edge.lower
        if bound is None or bound.kind == "clamp":
            return 1.0
        room = bound.limit - w if contribution > 0 else w - bound.limit
        if bound.kind == "power":
            return max(room, 0.0) ** bound.exponent
        return room if bound.kind == "multiplicative" else float(room > 0)

    def _bounded(self, new: float) -> float:
        lower, upper = self.edge.lower, self.edge.upper
        if lower is not None and lower.kind == "clamp":
            new = max(new, lower.limit)
        if upper is not None and upper.kind == "clamp":
            new = min(new, upper.limit)
        return new
