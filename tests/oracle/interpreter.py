"""A slow interpreter of checked programs, written from language.md section 7 alone: numbers, loops, lists, float64.

It reads the graph as `lower` gives it, before any pass, and shares no code with the passes, the generated code or the runtime.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial
from graphlib import TopologicalSorter
from typing import Any

import numpy as np
from oracle.chance import Chance
from oracle.connectivity import places
from oracle.formula import Environment, has_draw
from oracle.integration import Integrator
from oracle.learning import Learning
from oracle.outcome import Outcome
from oracle.parts import Group, Rows, Wiring

from inferno.compiler import graph as graphs
from inferno.compiler.lower import lower
from inferno.compiler.nodes import ProjectionEdge
from inferno.grammar.checked import Program

REDUCTIONS = {
    "mean": lambda old, new: sum(new) / len(new),
    "sum": lambda old, new: old + sum(x - old for x in new),
    "max": lambda old, new: max(new),
}


class Oracle:
    """A network that is called again and again, as the real one is."""

    def __init__(self, program: Program, seed: int | None = None) -> None:
        graph = lower(program)
        experiment = graphs.experiment(graph)
        self.dt, self.reset_list, self.batch = experiment.dt, experiment.reset, experiment.batch
        self.samples_seen = self.step = 0
        self.inputs = {n.name: n for n in graphs.inputs(graph)}
        self.shapes = {n.name: n.shape for n in (*graphs.inputs(graph), *graphs.populations(graph))}
        self.sizes = {n.name: math.prod(n.shape) for n in (*graphs.inputs(graph), *graphs.populations(graph))}
        self.groups = {n.name: Group(n, self.sizes[n.name], Integrator(n.dynamics, self.dt)) for n in graphs.populations(graph)}
        where = {p.name: p.places for p in program.populations if p.places is not None}
        self.chance = Chance(experiment.seed if seed is None else seed, self.dt, self.shapes, where)
        self.wirings = {e.name: self._wiring(e) for e in graphs.projections(graph)}
        self.links = graphs.links(graph)
        self.defaults = {i.name: (i.default, i.shape) for i in program.inputs if i.default is not None}
        needs = {
            n: {w.edge.source for w in self.wirings.values() if w.edge.target == n and w.edge.delay == 0} & set(self.groups)
            | {v.source for v in self.links if v.target == n and not v.projection}
            for n in self.groups
        }
        self.order = list(TopologicalSorter(needs).static_order())
        for name, group in self.groups.items():
            self.chance.draw_parameters(name, group)
            group.gaps = [(g, self.chance.neighbours(name, g)) for g in group.node.gaps]
        self.chance.draw_weights(self.wirings)
        for name, wiring in self.wirings.items():
            self.chance.draw_edge_parameters(name, wiring)
        self._start(self.batch, everything=True)

    def _wiring(self, edge: ProjectionEdge) -> Wiring:
        integrator = Integrator(edge.synapse.dynamics, self.dt) if edge.synapse is not None else None
        learning = Learning(edge, self.dt) if edge.rule is not None else None
        shapes = self.shapes[edge.source], self.shapes[edge.target]
        group = self.groups.get(edge.source)
        sender = (group.node.relays if group is not None else "") or edge.source
        return Wiring(edge, sender, places(shapes[0], edge.source_part), places(shapes[1], edge.target_part), integrator, learning)

    # ---- beginnings -----------------------------------------------------------------------------

    def reset(self, *, everything: bool = False) -> None:
        """As `Network.reset`."""
        self.samples_seen = 0
        if everything:
            self.chance.draw_weights(self.wirings)
        for name, group in self.groups.items():
            for state in group.node.dynamics.states:
                if everything or not state.persistent:
                    self._start_state(name, state.name)
        self._start_rest(lambda kind: True)
        self._start_synaptic(lambda state, names: everything or not state.persistent)

    def _start_synaptic(self, chosen: Any) -> None:
        """Begin the states of rules anew where `chosen` says so of a state and its names."""
        for name, wiring in self.wirings.items():
            learning = wiring.learning
            for state in learning.rule.states if learning is not None else ():
                if learning is not None and chosen(state, (state.name, f"{name}.{state.name}")):
                    place, shift = f"{name}.{state.name}.initial", -self.samples_seen if state.shared is not None else 0
                    draw = partial(self._synaptic_draw, place, wiring, shift)
                    learning.start_state(state.name, self.batch, wiring.sources, wiring.targets, draw, wiring.exists)
                elif learning is not None and state.shared is not None:
                    learning.states[state.name] = [learning.states[state.name][0]] * self.batch

    def _synaptic_draw(self, place: str, wiring: Wiring, shift: int, b: int, i: int, j: int) -> Any:
        """What gives the random numbers of a synapse; those of a list are numbered by source, delay and target."""
        if wiring.shares:
            number = wiring.window_number(i, j)
        elif wiring.pairs is not None:
            number = sorted(wiring.pairs, key=lambda p: (p[0], wiring.delays.get(p, 0), p[1])).index((i, j))
        else:
            number = j if wiring.edge.pattern == "one_to_one" else i * wiring.targets + j
        return partial(self.chance.random, place, number, 0, self.samples_seen + b + shift)

    def _start_state(self, name: str, state: str) -> None:
        group, make = self.groups[name], self.groups[name].initial[state]

        def value(sample: int, neuron: int) -> float:
            draw = partial(self.chance.random, f"{name}.{state}.initial", neuron, 0, sample)
            return float(make({**group.constants, **group.own[neuron], "draw": draw}))

        if state in group.shared:
            group.states[state] = [value(0, n) for n in range(group.size)]
        else:
            group.states[state] = [[value(self.samples_seen + b, n) for n in range(group.size)] for b in range(self.batch)]

    def _start_rest(self, chosen: Any) -> None:
        if chosen("refractory"):
            for group in self.groups.values():
                group.refractory = [[0] * group.size for _ in range(self.batch)]
        for wiring in self.wirings.values():
            if chosen("synapses"):
                wiring.line = deque([[0.0] * wiring.sources for _ in range(self.batch)] for _ in range(wiring.edge.longest))
                wiring.states = {s: [[make(own) for own in wiring.own] for _ in range(self.batch)] for s, make in wiring.initial.items()}
            if chosen("traces") and wiring.learning is not None:
                wiring.learning.start(self.batch, wiring.sources, wiring.targets)

    def _start(self, batch: int, *, everything: bool = False) -> None:
        """Prepare for new samples: what is not carried over from the ones before begins anew."""
        all_rows = everything or batch != self.batch
        self.batch = batch
        listed = self.reset_list
        for name, group in self.groups.items():
            for state in group.node.dynamics.states:
                named = listed is None or state.name in listed or f"{name}.{state.name}" in listed
                named = named or (state.receptor and "synapses" in (listed or ()))
                fresh = not state.persistent and (named or has_draw(state.initial))
                if everything or fresh or (all_rows and state.shared is None):
                    self._start_state(name, state.name)
        self._start_rest(lambda kind: all_rows or listed is None or kind in listed)
        self._start_synaptic(
            lambda state, names: (
                (all_rows and (everything or state.shared is None))
                or (
                    not state.persistent
                    and (listed is None or any(n in listed for n in names) or (state.shared is None and has_draw(state.initial)))
                )
            )
        )

    # ---- running --------------------------------------------------------------------------------

    def call(self, inputs: Mapping[str, Any] | None = None, *, steps: int, batch: int, training: bool) -> Outcome:
        """Run over one batch of samples; inputs as [batch, *shape] or [time, batch, *shape]."""
        self._start(batch)
        own = {name: np.full((batch, *shape), value) for name, (value, shape) in self.defaults.items()}
        series = {name: self._series(name, value, steps) for name, value in {**own, **(inputs or {})}.items()}
        spikes: dict[str, list[Rows]] = {n: [] for n in self.groups}
        history: dict[str, dict[str, list[Any]]] = {
            n: {s: [] for s in (*g.states, *(e for e, _ in g.events))} for n, g in self.groups.items()
        }
        history.update({n: {s: [] for s in ("weight", *(w.learning.states if w.learning else ()))} for n, w in self.wirings.items()})
        for step in range(steps):
            now = {name: values[step] for name, values in series.items()}
            now["the time"] = [[float(step * Fraction(repr(self.dt)))] for _ in range(batch)]
            emitted = self._step(step, now, training)
            for name, group in self.groups.items():
                spikes[name].append(emitted[name])
                for state, values in group.states.items():
                    history[name][state].append([list(v) if isinstance(v, list) else v for v in values])
                for event, rows in group.occurred.items():
                    history[name][event].append(rows)
            for name, wiring in self.wirings.items():
                history[name]["weight"].append([list(row) for row in wiring.weights])
                for state, rows in wiring.learning.states.items() if wiring.learning is not None else ():
                    kept = [[list(row) for row in matrix] for matrix in rows]
                    history[name][state].append(kept[0] if state in wiring.learning.shared else kept)
        if training:
            for wiring in self.wirings.values():
                if wiring.edge.normalize is not None and wiring.edge.normalize[2] != "step":
                    self.chance.normalize(wiring)
        self.samples_seen += batch
        final = {n: {s: kept[s][-1] for s in self.groups[n].states} for n, kept in history.items() if n in self.groups}
        synaptic = {n: {s: h[-1] for s, h in history[n].items() if s != "weight"} for n in self.wirings}
        weights = {n: [list(row) for row in w.weights] for n, w in self.wirings.items() if w.stack is None}
        return Outcome(spikes, history, final, weights, synaptic)

    def _series(self, name: str, value: Any, steps: int) -> list[Rows]:
        array = np.asarray(value, dtype=float)
        held = array.ndim == 1 + len(self.inputs[name].shape)
        whole = np.broadcast_to(array, (steps, *array.shape)) if held else array
        return whole.reshape(*whole.shape[:2], -1).tolist()  # type: ignore[no-any-return]

    def _step(self, step: int, now: Mapping[str, Rows], training: bool) -> dict[str, Rows]:
        emitted: dict[str, Rows] = dict(now)
        self.step = step
        # Gap junctions read states at the start of the step, whichever population runs first.
        self.started = {name: dict(group.states) for name, group in self.groups.items()}
        for name in self.order:
            ports = {p: [[0.0] * self.groups[name].size for _ in range(self.batch)] for p in self.groups[name].node.dynamics.ports}
            for wiring in self.wirings.values():
                if wiring.edge.target == name:
                    _add(ports[wiring.edge.port], self._deliver(wiring, emitted), wiring.target_places)
            for link in self.links:
                if link.target == name and not link.projection:
                    value, size = self._linked(link.source, link.variable, now), self.groups[name].size
                    _add(ports[link.port], [[value(b, n) for n in range(size)] for b in range(self.batch)], range(size))
            emitted[name] = self._advance(name, ports, now, step, training)
        for wiring in self.wirings.values():
            source = self._sent(wiring, emitted)
            if wiring.edge.longest:
                wiring.line.append([[row[n] for n in wiring.source_places] for row in source])
                if len(wiring.line) > wiring.edge.longest:
                    wiring.line.popleft()
            if training and wiring.learning is not None:
                fired = [[row[n] for n in wiring.target_places] for row in emitted[wiring.edge.target]]
                modulators = {m.name: self._linked(m.source, m.variable, now) for m in wiring.learning.rule.modulators}
                if wiring.shares:
                    wiring.learning.learn_shared(wiring.weights, wiring.shares, wiring.arrived, fired, modulators)
                else:
                    wiring.learning.learn(wiring.weights, wiring.exists, wiring.arrived, fired, modulators)
                if wiring.edge.normalize is not None and wiring.edge.normalize[2] == "step":
                    self.chance.normalize(wiring)
        return emitted

    def _linked(self, source: str, variable: str, now: Mapping[str, Rows]) -> Any:
        """The present value of an input or of a state, by sample and neuron; one value is that of all neurons."""
        if not variable:
            rows = now[source]
        else:
            group = self.groups[source]
            if variable in group.occurred:
                return lambda b, n: group.occurred[variable][b][n]
            rows = [group.states[variable]] * self.batch if variable in group.shared else group.states[variable]
        return lambda b, n: rows[b][n if len(rows[b]) > 1 else 0]

    def _sent(self, wiring: Wiring, emitted: Mapping[str, Rows]) -> Rows:
        """What the source of a projection sends in this step: its spikes, or the values of a state."""
        if not wiring.edge.variable:
            return emitted[wiring.edge.source]
        group, variable = self.groups[wiring.edge.source], wiring.edge.variable
        return [group.states[variable]] * self.batch if variable in group.shared else group.states[variable]

    def _deliver(self, wiring: Wiring, emitted: Mapping[str, Rows]) -> Rows:
        """What a projection gives its target's input in this step, [sample][target]."""
        late = wiring.edge.delays is not None
        now: Rows = []
        if not late and wiring.edge.delay:
            wiring.arrived = wiring.line.popleft()
        elif not late or wiring.edge.delay == 0:
            now = [[row[n] for n in wiring.source_places] for row in self._sent(wiring, emitted)]
            wiring.arrived = now
        result: Rows = []
        if late:
            ages = {0: now, **{len(wiring.line) - k: rows for k, rows in enumerate(wiring.line)}}
            pairs = [(i, j) for i in range(wiring.sources) for j in range(wiring.targets)]
            wiring.arrived = [[ages[wiring.delays[p]][b][p[0]] if p in wiring.delays else 0.0 for p in pairs] for b in range(self.batch)]
            for b in range(self.batch):
                totals = [0.0] * wiring.targets
                for (i, j), delay in sorted(wiring.delays.items(), key=lambda pair: (pair[1], pair[0])):
                    totals[j] += ages[delay][b][i] * wiring.weights[i][j]
                result.append([self._through_synapse(wiring, b, j, total) for j, total in enumerate(totals)])
            return result
        for b, row in enumerate(wiring.stack.through(wiring.arrived) if wiring.stack is not None else ()):
            result.append([self._through_synapse(wiring, b, j, impulse) for j, impulse in enumerate(row)])
        for b, row in enumerate(wiring.arrived if wiring.stack is None else ()):
            impulses = [sum(x * wiring.weights[i][j] for i, x in enumerate(row) if x) for j in range(wiring.targets)]
            result.append([self._through_synapse(wiring, b, j, float(impulse)) for j, impulse in enumerate(impulses)])
        return result

    def _through_synapse(self, wiring: Wiring, b: int, j: int, impulse: float) -> float:
        if wiring.output is None or wiring.integrator is None:
            return impulse if wiring.edge.to_receptor or wiring.edge.variable else impulse / self.dt
        env: Environment = {**wiring.own[j], ("port", "impulse"): impulse, **{("state", s): v[b][j] for s, v in wiring.states.items()}}
        assert wiring.edge.synapse is not None
        for port in wiring.edge.synapse.dynamics.ports:
            env[("port", port)] = impulse
        env["normal"] = self.chance.normals(wiring.edge.name, j, self.step, self.samples_seen + b)
        added = [(target, value(env)) for target, value in wiring.on_impulse]
        for target, value in added:
            env[("state", target)] = wiring.integrator.within(target, env[("state", target)] + value, env)
        output = wiring.output(env)
        after = {**{s: env[("state", s)] for s in wiring.states}, **wiring.integrator.advance(env, frozenset())}
        for state, value in after.items():
            wiring.states[state][b][j] = value
        return float(output)

    def _advance(self, name: str, ports: Mapping[str, Rows], now: Mapping[str, Rows], step: int, training: bool) -> Rows:
        group = self.groups[name]
        after = {s: [[0.0] * group.size for _ in range(self.batch)] for s in group.states}
        spikes: Rows = [[0] * group.size for _ in range(self.batch)]
        occurred: dict[str, Rows] = {e: [[0.0] * group.size for _ in range(self.batch)] for e, _ in group.events}
        group.occurred = occurred
        for b, n in itertools.product(range(self.batch), range(group.size)):
            env = self._environment(group, ports, now, b, n)
            spiked = self._advance_neuron(name, env, b, n, step, training)
            spikes[b][n] = int(spiked)
            for event, _ in group.events:
                occurred[event][b][n] = float(env[("event", event)])
            for state in group.states:
                after[state][b][n] = env[("state", state)]
        for state, values in after.items():
            if state not in group.shared:
                group.states[state] = values
            elif training or state not in group.train_only:
                reduce = REDUCTIONS[group.shared[state] or "mean"]
                group.states[state] = [reduce(old, [row[n] for row in values]) for n, old in enumerate(group.states[state])]
        return spikes

    def _environment(self, group: Group, ports: Mapping[str, Rows], now: Mapping[str, Rows], b: int, n: int) -> Environment:
        env: Environment = {**group.constants, **group.own[n]}
        for name, rows in now.items():
            env[("input", name)] = rows[b][n] if len(rows[b]) == group.size else rows[b][0]
        for name, value, varies in group.parameters:
            if varies:
                env[("parameter", name)] = value(env)
        for port, rows in ports.items():
            env[("port", port)] = rows[b][n]
        for port, value in group.drive:
            env[("port", port)] += value(env)
        for state, values in group.states.items():
            env[("state", state)] = values[n] if state in group.shared else values[b][n]
        for gap, neighbours in group.gaps:
            here = group.states[gap.state][b]
            there = self.started[gap.other][gap.other_state][b] if gap.other else here
            env[("port", gap.port)] += gap.conductance * sum(there[j] - here[n] for j in neighbours.get(n, ()))
        return env

    def _advance_neuron(self, name: str, env: Environment, b: int, n: int, step: int, training: bool) -> bool:
        """Integrate, test, apply; the new states are left in `env`."""
        group = self.groups[name]
        frozen = frozenset() if training else group.train_only
        refractory = group.refractory[b][n] > 0
        if refractory:
            group.refractory[b][n] -= 1
        added = [(target, value(env)) for target, value in group.arrivals]
        for target, value in added:
            env[("state", target)] = group.integrator.within(target, env[("state", target)] + value, env)
        env["normal"] = self.chance.normals(name, n, step, self.samples_seen + b)
        moved = group.integrator.advance(env, frozen | (group.held if refractory else frozenset()))
        env.update({("state", s): value for s, value in moved.items()})
        sample = self.samples_seen + b
        env["draw"] = partial(self.chance.random, f"{name}.spike", n, step, sample)
        spiked = bool(group.condition is not None and not refractory and group.condition(env))
        env[("event", "spike")] = spiked
        for event, condition in group.events:
            env["draw"] = partial(self.chance.random, f"{name}.{event}.event", n, step, sample)
            env[("event", event)] = bool(condition(env))
        new: dict[str, float] = {}
        # What is set comes before what is added to it.
        for block, target, value, accumulate in sorted(group.assignments, key=lambda a: a[3]):
            if env[("event", block)]:
                env["draw"] = partial(self.chance.random, f"{name}.{target}", n, step, sample)
                found = value(env)
                new[target] = new.get(target, env[("state", target)]) + found if accumulate else found
        env.update({("state", s): group.integrator.within(s, x, env) for s, x in new.items() if s not in frozen})
        if spiked:
            group.refractory[b][n] = int(group.refractory_steps(env))
        return spiked


def _add(total: Rows, more: Rows, places: Sequence[int]) -> None:
    for b, row in enumerate(more):
        for n, value in zip(places, row, strict=True):
            total[b][n] += value


def run(
    program: Program,
    inputs: Mapping[str, Any] | None = None,
    *,
    steps: int,
    batch: int,
    training: bool,
    seed: int | None = None,
    calls: int | Sequence[Mapping[str, Any] | None] = 1,
) -> list[Outcome]:
    """The outcomes of one call or several in a row, with the same inputs or one mapping of inputs for each."""
    oracle = Oracle(program, seed)
    given = [inputs] * calls if isinstance(calls, int) else calls
    return [oracle.call(one, steps=steps, batch=batch, training=training) for one in given]
