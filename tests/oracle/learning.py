"""Plasticity of one projection: traces, states, handlers, bounds, as language.md section 4 and step 4 of section 7 say."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from oracle.formula import Environment, Formula, formula
from oracle.integration import Integrator

from inferno.compiler.nodes import ProjectionEdge, TraceUse

Rows = list[list[float]]
Events = Sequence[Sequence[float]]


class Learning:
    """A rule at a projection: traces, one per neuron of a side and sample, and states, one per synapse and sample."""

    def __init__(self, edge: ProjectionEdge, dt: float) -> None:
        assert edge.rule is not None
        self.edge, self.rule = edge, edge.rule
        self.constants: Environment = {("parameter", n): formula(v)({}) for n, v in self.rule.parameters}
        self.terms: list[tuple[str, Formula]] = [(event, formula(change)) for event, change in self.rule.handlers]
        self.changes = [(c.event, c.target, c.operation, formula(c.value)) for c in self.rule.state_changes]
        self.dt = dt
        self.tau = {t.name: formula(t.tau) for t in self.rule.traces}
        self.drawn = [(n, formula(v)) for n, v in self.rule.drawn]
        # Of each synapse; a value of a neuron is that of all of its synapses.
        self.own: dict[tuple[int, int], Environment] = {}
        # What is left of a trace after a step, at each of its places; a neuron without synapses has none that anybody reads.
        self.decay: dict[str, dict[int, float]] = {t.name: {} for t in self.rule.traces}
        self.values: dict[str, Rows] = {}
        self.integrator = Integrator(self.rule.dynamics, dt) if self.rule.dynamics is not None else None
        self.initial = {s.name: formula(s.initial) for s in self.rule.states}
        self.states: dict[str, list[Rows]] = {}
        self.shared = {s.name: s.shared for s in self.rule.states if s.shared is not None}
        # Where each synapse has a delay of its own, arrivals and traces of them are numbered by source and target.
        self.late, self.targets = edge.delays is not None, 0

    def draw_parameters(self, i: int, j: int, draw: Callable[[str], object]) -> None:
        """The parameters of a synapse that differ from synapse to synapse; `draw` gives the random numbers of a place."""
        own = self.own.setdefault((i, j), dict(self.constants))
        for name, value in self.drawn:
            own["draw"] = draw(f"rule {name}.parameter")
            own[("parameter", name)] = value(own)

    def _decay(self, trace: TraceUse) -> dict[int, float]:
        found = {}
        for (i, j), own in self.own.items():
            found[self._source_place(i, j) if trace.side == "pre" else j] = math.exp(-self.dt / self.tau[trace.name](own))
        return found

    def start(self, batch: int, sources: int, targets: int) -> None:
        """All traces at 0."""
        self.targets = targets
        self.decay = {t.name: self._decay(t) for t in self.rule.traces}
        sizes = {"pre": sources * targets if self.late else sources, "post": targets}
        self.values = {t.name: [[0.0] * sizes[t.side] for _ in range(batch)] for t in self.rule.traces}

    def _source_place(self, i: int, j: int) -> int:
        return i * self.targets + j if self.late else i

    def start_state(
        self, name: str, batch: int, sources: int, targets: int, draw: Callable[[int, int, int], object], exists: Callable[[int, int], bool]
    ) -> None:
        """A state at its initial value, [sample][source][target]; `draw` gives the random numbers of a synapse of a sample."""

        def value(b: int, i: int, j: int) -> float:
            return float(self.initial[name]({**self.own[i, j], "draw": draw(b, i, j)})) if exists(i, j) else 0.0

        one = self.shared.get(name) is not None
        self.states[name] = [[[value(0 if one else b, i, j) for j in range(targets)] for i in range(sources)] for b in range(batch)]

    def learn(
        self,
        weights: Rows,
        exists: Callable[[int, int], bool],
        arrived: Events,
        fired: Events,
        modulators: Mapping[str, Callable[[int, int], float]],
    ) -> None:
        """Change the weights by this step: spikes that arrive [sample][source] (or of each synapse), spikes of the target [sample][target].

        `modulators` give their value for a sample and target.
        """
        for name in self.shared:
            # A batch of another size has the same values.
            self.states[name] = [[list(row) for row in self.states[name][0]] for _ in arrived]
        start, (before, after) = self.values, self._traces(arrived, fired)
        for i, row in enumerate(weights):
            for j, w in enumerate(row):
                if not exists(i, j):
                    continue
                fixed = [{**self.own[i, j], **{("port", n): value(b, j) for n, value in modulators.items()}} for b in range(len(arrived))]
                self.common = {s: self.states[s][0][i][j] for s in self.shared}
                w = self._between_events(w, i, j, [{**env, **self._trace_values("trace", start, b, i, j)} for b, env in enumerate(fixed)])
                here = [
                    {
                        **env,
                        **self._trace_values("trace", before, b, i, j),
                        **self._trace_values("next", after, b, i, j),
                        ("weight", "w"): w,
                        **{("state", s): rows[b][i][j] for s, rows in self.states.items()},
                    }
                    for b, env in enumerate(fixed)
                ]
                happened = [{"pre": bool(arrived[b][self._source_place(i, j)]), "post": bool(fired[b][j])} for b in range(len(arrived))]
                old = {s: self.common[s] for s in self.shared}
                self._change_states(i, j, here, happened)
                self._share(i, j, old)
                weights[i][j] = self._bounded(w + self._change(w, here, happened)) if self.terms else w
        self.values = after

    def learn_shared(
        self,
        weights: Rows,
        shares: Mapping[tuple[int, int], int],
        arrived: Events,
        fired: Events,
        modulators: Mapping[str, Callable[[int, int], float]],
    ) -> None:
        """As `learn`, where several synapses have one weight: what a statement adds to each of them is added up."""
        for name in self.shared:
            self.states[name] = [[list(row) for row in self.states[name][0]] for _ in arrived]
        start, (before, after) = self.values, self._traces(arrived, fired)
        samples = range(len(arrived))

        def fixed(b: int, i: int, j: int) -> Environment:
            return {**self.own[i, j], **{("port", n): value(b, j) for n, value in modulators.items()}}

        # Between events all states move, and what they bring to a weight is added up.
        moved: dict[int, float] = {}
        gains: dict[int, float] = {}
        was: dict[tuple[int, int], dict[str, float]] = {}
        for (i, j), share in shares.items():
            moved[share], was[i, j] = weights[i][j], {s: self.states[s][0][i][j] for s in self.shared}
            found = self._gains(weights[i][j], i, j, [{**fixed(b, i, j), **self._trace_values("trace", start, b, i, j)} for b in samples])
            gains[share] = gains.get(share, 0.0) + sum(found)
        if self.integrator is not None and "w" in self.integrator.rates:
            for share, gain in gains.items():
                reduced = self._reduced(gain, len(arrived))
                moved[share] = self._bounded(moved[share] + reduced * self._softness(moved[share], reduced))
        totals: dict[int, list[float]] = {share: [0.0] * len(self.terms) for share in moved}
        for (i, j), share in shares.items():
            here = [
                {
                    **fixed(b, i, j),
                    **self._trace_values("trace", before, b, i, j),
                    **self._trace_values("next", after, b, i, j),
                    ("weight", "w"): moved[share],
                    **{("state", s): rows[b][i][j] for s, rows in self.states.items()},
                }
                for b in samples
            ]
            happened = [{"pre": bool(arrived[b][self._source_place(i, j)]), "post": bool(fired[b][j])} for b in samples]
            for number, (event, term) in enumerate(self.terms):
                totals[share][number] += sum(term(env) for env, events in zip(here, happened, strict=True) if events[event])
            self._change_states(i, j, here, happened)
            self._share(i, j, was[i, j])
        for (i, j), share in shares.items():
            changes = [self._reduced(total, len(arrived)) for total in totals[share]]
            changed = moved[share] + sum(c * self._softness(moved[share], c) for c in changes)
            weights[i][j] = self._bounded(changed) if self.terms else moved[share]
        self.values = after

    def _trace_values(self, kind: str, values: dict[str, Rows], b: int, i: int, j: int) -> Environment:
        return {(kind, t.name): values[t.name][b][self._source_place(i, j) if t.side == "pre" else j] for t in self.rule.traces}

    def _traces(self, arrived: Events, fired: Events) -> tuple[dict[str, Rows], dict[str, Rows]]:
        before = {
            name: [[x * self.decay[name].get(k, 0.0) for k, x in enumerate(row)] for row in rows] for name, rows in self.values.items()
        }
        after: dict[str, Rows] = {}
        for trace in self.rule.traces:
            events = arrived if trace.side == "pre" else fired
            after[trace.name] = [
                [(1.0 if trace.nearest else x + 1.0) if event else x for x, event in zip(row, happened, strict=True)]
                for row, happened in zip(before[trace.name], events, strict=True)
            ]
        return before, after

    def _between_events(self, w: float, i: int, j: int, here: list[Environment]) -> float:
        """Integrate the states of a synapse in every sample, and the weight, which all of them move."""
        gains = self._gains(w, i, j, here)
        if self.integrator is None or "w" not in self.integrator.rates:
            return w
        gain = self._reduced(sum(gains), len(here))
        return self._bounded(w + gain * self._softness(w, gain))

    def _gains(self, w: float, i: int, j: int, here: list[Environment]) -> list[float]:
        """Integrate the states of a synapse in every sample; what its weight would gain in each."""
        gains = []
        for b, env in enumerate(here if self.integrator is not None else ()):
            env = {**env, ("state", "w"): w, **{("state", s): rows[b][i][j] for s, rows in self.states.items()}}
            assert self.integrator is not None
            moved = self.integrator.advance(env, frozenset())
            for state in self.states:
                self.states[state][b][i][j] = moved.get(state, self.states[state][b][i][j])
            gains.append(moved.get("w", w) - w)
        return gains

    def _change_states(self, i: int, j: int, here: list[Environment], happened: list[dict[str, bool]]) -> None:
        for b, env in enumerate(here):
            for state in self.states:
                mine = [(operation, value(env)) for e, t, operation, value in self.changes if t == state and happened[b][e]]
                new = env[("state", state)]
                for operation, value in mine:
                    new *= value if operation == "scale" else 1.0
                for operation, value in mine:
                    new = value if operation == "set" else new
                new += sum(value for operation, value in mine if operation == "add")
                self.states[state][b][i][j] = self.integrator.within(state, new, env) if self.integrator is not None and mine else new

    def _share(self, i: int, j: int, old: Mapping[str, float]) -> None:
        """What the samples make of a state that they share becomes one value, within its range."""
        for state, how in self.shared.items():
            made = [rows[i][j] for rows in self.states[state]]
            one = {"mean": sum(made) / len(made), "max": max(made), "sum": old[state] + sum(x - old[state] for x in made)}[how]
            assert self.integrator is not None
            one = self.integrator.within(state, one, self.own[i, j])
            for rows in self.states[state]:
                rows[i][j] = one

    def _change(self, w: float, here: list[Environment], happened: list[dict[str, bool]]) -> float:
        """What is added to a weight: each term reduced over the batch, its sign deciding which bound scales it."""
        total = 0.0
        for event, term in self.terms:
            contribution = self._reduced(sum(term(env) for env, events in zip(here, happened, strict=True) if events[event]), len(here))
            total += contribution * self._softness(w, contribution)
        return total

    def _reduced(self, total: float, samples: int) -> float:
        return total / samples if self.rule.reduction == "mean" else total

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
