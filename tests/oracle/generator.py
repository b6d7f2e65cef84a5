"""Random valid `.snn` programs that spike, with stimuli: all a pure function of a seed."""

from __future__ import annotations

import functools
import math
import random
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from oracle import edges, graded, models, noisy, stacks, third_factor
from oracle.interpreter import Oracle
from oracle.outcome import Outcome

from inferno.grammar import check_text
from inferno.grammar.checked import Program

CALLS = 2
LARGEST = 1e6
"""Programs whose states or weights exceed this are thrown away: they are on their way to infinity."""


@dataclass(frozen=True)
class Case:
    """A program, how it is called, and what the oracle says of it, in evaluation and in training."""

    seed: int
    text: str
    program: Program
    stimuli: tuple[dict[str, np.ndarray], ...]
    steps: int
    batch: int
    outcomes: dict[bool, list[Outcome]]


def program(seed: int) -> str:
    """The text of a random program."""
    return case(seed).text


def candidate(seed: str) -> str:
    """A random program, which may turn out to be silent or to grow without limit."""
    return _Sketch(*(random.Random(f"{seed}{suffix}") for suffix in ("", " more", " latest"))).text()


@functools.lru_cache(maxsize=8)
def case(seed: int) -> Case:
    """A random program that is valid, spikes and stays finite; candidates are tried in order until one does."""
    for attempt in range(1000):
        found = judged(candidate(f"{seed} {attempt}"), seed, f"{seed} {attempt}")
        if found is not None and all(_is_lively(found.program, outcomes) for outcomes in found.outcomes.values()):
            return found
    raise AssertionError(f"no lively program for seed {seed}")


def judged(text: str, seed: int, stimulus_seed: str) -> Case | None:
    """A program's text with stimuli and what the oracle says; None if it is not valid or does not stay finite."""
    checked = _checked(text)
    if checked is None or checked.run.steps is None:
        return None
    steps, batch = checked.run.steps, checked.run.batch
    stimuli = tuple(_stimulus(checked, steps, batch, f"{stimulus_seed} {call}") for call in range(CALLS))
    outcomes: dict[bool, list[Outcome]] = {}
    for training in (False, True):
        found = _outcomes(checked, stimuli, steps, batch, training)
        if found is None:
            return None
        outcomes[training] = found
    return Case(seed, text, checked, stimuli, steps, batch, outcomes)


def _checked(text: str) -> Program | None:
    try:
        return check_text(text.encode(), "generated.snn", {})
    except Exception as problem:  # noqa: BLE001
        if type(problem).__name__ != "SnnError":
            raise
        # Some mixtures are rightly refused: a condition that holds right after the reset, say.
        return None


def _outcomes(program: Program, stimuli: tuple[dict[str, np.ndarray], ...], steps: int, batch: int, training: bool) -> list[Outcome] | None:
    oracle = Oracle(program)
    try:
        return [oracle.call(s, steps=steps, batch=batch, training=training) for s in stimuli]
    except (OverflowError, ZeroDivisionError, ValueError):
        return None


def _is_lively(program: Program, outcomes: list[Outcome]) -> bool:
    spiking = [p.name for p in program.populations if p.neuron.model.spike is not None]  # type: ignore[union-attr]
    counts = {n: int(np.sum(outcomes[0].spikes[n])) for n in spiking}
    values = [np.abs(np.asarray(x)) for o in outcomes for x in (*(v for s in o.states.values() for v in s.values()), *o.weights.values())]
    finite = all(bool((v < LARGEST).all()) for v in values)
    return finite and sum(counts.values()) >= 6 and sum(c > 0 for c in counts.values()) * 3 >= 2 * len(counts)


def _stimulus(program: Program, steps: int, batch: int, seed: str) -> dict[str, np.ndarray]:
    """Inputs of a call: spikes at random, analog values held or changing."""
    chance = random.Random(seed)
    found: dict[str, np.ndarray] = {}
    for entry in (i for i in program.inputs if i.default is None):
        lead = (steps, batch) if entry.kind == "spikes" or chance.random() < 0.5 else (batch,)
        count = math.prod((*lead, *entry.shape))
        values: list[Any] = [
            chance.random() < 0.3 if entry.kind == "spikes" else chance.uniform(entry.low, entry.high) for _ in range(count)
        ]
        found[entry.name] = np.array(values).reshape(*lead, *entry.shape)
    return found


@dataclass
class _Part:
    """A population or spike input as projections see it; `order` says which comes first within a step."""

    name: str
    size: int
    order: int
    spikes: bool
    ports: tuple[models.Port, ...] = ()
    shape: tuple[int, ...] = ()
    events: tuple[str, ...] = ()
    axes: int = 0

    def sends(self, chance: random.Random) -> str:
        """What may follow its name where a projection begins."""
        return f".{chance.choice(self.events)}" if self.events and chance.random() < 0.5 else ""


class _Sketch:
    """One candidate."""

    def __init__(self, chance: random.Random, more: random.Random, latest: random.Random) -> None:
        self.chance, self.more, self.latest = chance, more, latest
        self.dt = chance.choice(["1 ms", "1 ms", "0.5 ms", "0.25 ms"])
        self.components: list[str] = []
        self.imports: set[tuple[str, str]] = set()
        self.body: list[str] = []
        self.tail: list[str] = []
        self.states: list[str] = []
        self.analog: list[tuple[str, str]] = []
        self.gaps: list[str] = []
        self.values: list[tuple[str, int]] = []
        self.coupled: list[tuple[str, str, list[str]]] = []

    def text(self) -> str:
        """The whole program."""
        chance = self.chance
        parts = self._inputs()
        names = chance.sample(["ant", "bee", "cat", "dog", "elk"], k=chance.choice([1, 2, 2, 3, 3, 4]))
        for position, name in enumerate(names):
            parts.append(self._population(name, position))
        self._projections(parts)
        self._links(parts)
        self._graded(parts)
        self._observation(parts)
        run = [
            "run:",
            f"    dt = {self.dt}",
            f"    steps = {chance.randint(20, 40)}",
            f"    batch = {chance.randint(1, 3)}",
            f"    seed = {chance.randint(0, 9999)}",
        ]
        if chance.random() < 0.35:
            known = [*self.states, "refractory", "synapses", "traces"]
            run.append(f"    reset = [{', '.join(sorted(chance.sample(known, k=chance.randint(1, len(known)))))}]")
        imports = [f"from {module} import {name}" for module, name in sorted(self.imports)]
        blocks = ["snn 1", *imports, "param gain = 0.8", *self.components, *self.body, *self.gaps, *self.tail, *run]
        return "\n".join(blocks) + "\n"

    def _inputs(self) -> list[_Part]:
        chance = self.chance
        parts: list[_Part] = []
        for name in ("sight", "sound"):
            if chance.random() < 0.4:
                size = chance.choice([0, 2, 3, 4, 6])
                shape = "" if not size else f"[{size}]" if size < 6 else "[2, 3]"
                self.body.append(f"input {name} : real{shape} in [0, 1]")
                self.analog.append((name, shape))
                self.values.append((name, size or 1))
                if size and chance.random() < 0.4:
                    parts.append(_Part(name, size, -1, spikes=False))
        if chance.random() < 0.5:
            size = chance.randint(2, 5)
            self.body.append(f"input taps : spikes[{size}]")
            parts.append(_Part("taps", size, -1, spikes=True))
        return parts

    def _population(self, name: str, position: int) -> _Part:
        chance = self.chance
        shape = chance.choice(["[2]", "[3]", "[3]", "[4]", "[2, 3]", "[5]"])
        fitting = [n for n, s in self.analog if s in ("", shape)]
        first = position == 0 and not any(n == "taps" for n in self.imports)
        called = f"{name.capitalize()}Cell"
        if chance.random() < 0.15:
            made = noisy.neuron(chance, called, fitting)
        else:
            made = models.neuron(chance, called, fitting, source=first and chance.random() < 0.5)
        self.imports |= made.imports
        self.components += made.definition
        self.states += [*made.states, *(f"{name}.{s}" for s in made.states)]
        axes, places = edges.places(self.latest, shape)
        line = f"population {name}{shape} = {made.use}{places}"
        self.body += [line] if not made.initial else [f"{line}:", *(f"    init {i}" for i in made.initial)]
        size = math.prod(int(x) for x in shape.strip("[]").split(","))
        moving = [s for s in made.states if any(f"{s}'" in line or f"d{s}/dt" in line for line in made.definition)]
        if moving and chance.random() < 0.3:
            part = chance.choice(["", "[:2]", "[1:]"])
            pairs = chance.choice(["ring(1)", "dense", "random(0.5)", "gaussian(1) - diagonal"])
            # A candidate with the wrong unit is no program and is not taken.
            unit = chance.choice(["", "", " nS"])
            state = chance.choice(moving)
            conductance = f"{chance.choice([0.02, 0.1])}{unit}"
            ends = f"{name}{part} <-> {name}{part}.{state}"
            self.gaps.append(f"projection gap_{name}: {ends} = gap_junction(g = {conductance}, connect = {pairs})")
        here = (name, shape, moving)
        if moving and self.coupled and chance.random() < 0.4:
            other, other_shape, others = chance.choice(self.coupled)
            pairs = chance.choice(["dense", "random(0.5)", *(["ring(1)", "one_to_one", "gaussian(1)"] if shape == other_shape else [])])
            unit, part_of = chance.choice(["", " nS"]), chance.choice(["", "[:2]"])
            start = f"{other}{part_of}.{chance.choice(others)}"
            end = f"{name}.{chance.choice(moving)}"
            if not part_of or pairs in ("dense", "random(0.5)"):
                value = f"gap_junction(g = {chance.choice([0.02, 0.1])}{unit}, connect = {pairs})"
                self.gaps.append(f"projection pair_{other}_{name}: {start} <-> {end} = {value}")
        self.coupled += [here] if moving else []
        events = tuple(e for e in ("burst", "peak") if any(f"on {e}" in line for line in made.definition))
        # Those of neurons whose voltages are plain numbers.
        self.values += [(f"{name}.{s}", size) for s in (*made.states, *events) if all(port.unit == "1" for port in made.ports)]
        part = _Part(name, size, position, made.spikes, made.ports, tuple(int(x) for x in shape.strip("[]").split(",")), events, axes)
        self.tail += [f"record {name}.{e}" for e in events if chance.random() < 0.6]
        if chance.random() < 0.85 and made.spikes:
            self.tail.append(f"record {name}.spikes")
        for state in made.states:
            if chance.random() < 0.6:
                self.tail.append(f"record {name}.{state}" + chance.choice(["", "", " every 3"]))
        return part

    def _projections(self, parts: list[_Part]) -> None:
        chance = self.chance
        sources = [p for p in parts if p.spikes or p.order < 0]
        targets = [(p, port) for p in parts for port in p.ports]
        if not sources or not targets:
            return
        pairs = [(s, t, port) for s in sources for t, port in targets]
        chance.shuffle(pairs)
        for number, (source, target, port) in enumerate(pairs[: chance.randint(1, 5)]):
            self._projection(f"path{number}", source, target, port)

    def _projection(self, name: str, source: _Part, target: _Part, port: models.Port) -> None:
        chance = self.chance
        same = source.size == target.size
        if self.more.random() < 0.15 and source.order < target.order and not port.receptor:
            layers = stacks.stack(self.more, source.shape)
            self.body.append(f"{source.name} -[{layers}]-> {target.name}.{port.name}")
            return
        if chance.random() < 0.5:
            self._sparse_projection(name, source, target, port)
            return
        connect = chance.choice(["dense", "dense", *(["one_to_one", "dense - diagonal"] if same else [])])
        is_window = len(source.shape) == 2 and source.shape == target.shape and chance.random() < 0.5
        if is_window:
            connect = chance.choice(["conv(kernel = 2, padding = same)", "conv(1, kernel = 3, padding = 1)", "conv(kernel = 1)"])
        fan_in = 1 if connect == "one_to_one" else source.size
        synapse = edges.synapse(chance, f"{name.capitalize()}Synapse", port)
        self.components += synapse.definition
        self.imports |= synapse.imports
        scale = synapse.scale / (fan_in * 0.4)
        if chance.random() < 0.25 and source.order >= 0:
            scale = -scale
        sent = f"{source.name}{source.sends(chance)}"
        cut = len(target.shape) == 1 and target.size > 2 and connect == "dense" and self.more.random() < 0.25
        part = self.more.choice(["[:2]", "[1:]", "[1:2]"]) if cut else ""
        lines = [f"projection {name}: {sent} -> {target.name}{part}.{port.name}:", f"    connect = {connect}"]
        lines += [f"    synapse = {synapse.use}"] if synapse.use else []
        lines.append(f"    weight = {edges.weight(chance, scale, synapse.unit)}")
        needs_delay = source.order >= target.order
        delay = chance.choice([1, 1, 2, 3, 5] if needs_delay else [0, 0, 0, 1, 2, 5])
        if delay or chance.random() < 0.3:
            lines.append(f"    delay = {delay} dt")
        if source.spikes and target.spikes and chance.random() < 0.6:
            lines += self._learning(name, target, scale, synapse.unit, remembers=not is_window)
        if chance.random() < 0.2 and scale > 0 and not is_window:
            each, over = chance.choice(["sample", "step", "batch"]), chance.choice(["pre", "post"])
            lines.append(f"    normalize = l1({models.quantity(abs(scale) * 1.7, synapse.unit)}, over = {over}, each = {each})")
        if chance.random() < 0.4:
            self.tail.append(f"record {name}.weight every {chance.choice([1, 7])}")
        self.body += self._shared(lines)

    def _learning(self, name: str, target: _Part, scale: float, unit: str, *, remembers: bool = True) -> list[str]:
        """The settings of a projection that learns, perhaps by a rule whose synapses remember something."""
        chance, more = self.chance, self.more
        rule = edges.plasticity(chance, f"{name.capitalize()}Rule", abs(scale))
        if remembers and more.random() < 0.35:
            factors = [v for v, size in self.values if size in (1, target.size)]
            rule = third_factor.rule(more, name.capitalize(), abs(scale), modulated=bool(factors) and more.random() < 0.7)
            self.gaps += [f"{more.choice(factors)} -> {name}.{modulator}" for modulator in rule.states]
        self.components += rule.definition
        self.imports |= rule.imports
        return [f"    plasticity = {rule.use}", *edges.bounds(chance, scale, unit)]

    def _links(self, parts: list[_Part]) -> None:
        """Values that populations read from others or from inputs."""
        for target in (p for p in parts if p.order >= 0):
            ports = [port.name for port in target.ports if port.unit == "1" and not port.receptor]
            fitting = [v for v, size in self.values if size in (1, target.size) and not v.startswith(f"{target.name}.")]
            if ports and fitting and self.more.random() < 0.15:
                self.gaps.append(f"{self.more.choice(fitting)} -> {target.name}.{self.more.choice(ports)}")

    def _graded(self, parts: list[_Part]) -> None:
        """Projections of states."""
        known = {p.name: p for p in parts}
        sent = [(v, known[v.split(".")[0]]) for v, _ in self.values if "." in v and v.split(".")[1] not in ("burst", "peak")]
        targets = [(p, port) for p in parts for port in p.ports if p.order >= 0 and not port.receptor]
        for number in range(2 if sent and targets and self.latest.random() < 0.4 else 0):
            (value, source), (target, port) = self.latest.choice(sent), self.latest.choice(targets)
            made = graded.projection(
                self.latest, f"graded{number}", value, f"{target.name}.{port.name}", (source.size, target.size), port,
                needs_delay=source.order >= target.order, recurrent=source.name == target.name, dt=float(self.dt.split()[0]),
            )  # fmt: skip
            self.components += made.definition
            self.gaps += made.initial

    def _shared(self, lines: list[str]) -> list[str]:
        """A projection's lines, with the draw that some of them share."""
        if self.chance.random() < 0.15:
            lines = [f"{line} * shared" if line.startswith("    weight") and "|" not in line else line for line in lines]
        if self.chance.random() < 0.1:
            lines = [f"{line} + 1 dt * floor(2*shared)" if line.startswith("    delay") else line for line in lines]
        return [lines[0], "    draw shared = uniform(0.5, 1.4)", *lines[1:]] if any("shared" in line for line in lines) else lines

    def _sparse_projection(self, name: str, source: _Part, target: _Part, port: models.Port) -> None:
        """A projection over a list of synapses, perhaps between parts, perhaps with a delay for each."""
        chance = self.chance
        ends, sizes = [], []
        for part in (source, target):
            words, size = part.name, part.size
            if part.shape and chance.random() < 0.4:
                low = chance.randint(0, part.shape[0] - 1)
                high = chance.randint(low + 1, part.shape[0])
                words, size = f"{part.name}[{low}:{high}]", part.size // part.shape[0] * (high - low)
                if chance.random() < 0.4:
                    self.body.append(f"view {name}_{part.order + 1} = {words}")
                    words = f"{name}_{part.order + 1}"
            ends.append(words)
            sizes.append(size)
        connect = edges.connectivity(chance, sizes[0], sizes[1], source.name == target.name, source.shape == target.shape)
        synapse = edges.synapse(chance, f"{name.capitalize()}Synapse", port)
        self.components += synapse.definition
        self.imports |= synapse.imports
        scale = synapse.scale / (sizes[0] * 0.3)
        ends[0] += source.sends(chance)
        lines = [f"projection {name}: {ends[0]} -> {ends[1]}.{port.name}:", f"    connect = {connect}"]
        lines += [f"    synapse = {synapse.use}"] if synapse.use else []
        lines.append(f"    weight = {edges.weight(chance, scale, synapse.unit)}")
        if source.axes and source.axes == target.axes:
            lines = edges.in_space(self.latest, lines)
        needs_delay = source.order >= target.order
        late = chance.random() < 0.5
        if late:
            dt = float(self.dt.split()[0])
            lines.append(f"    delay = uniform({dt * chance.choice([1, 1.2] if needs_delay else [0, 0.4, 1])} ms, {dt * 5} ms)")
        else:
            lines.append(f"    delay = {chance.choice([1, 2, 4] if needs_delay else [0, 1, 3])} dt")
        if source.spikes and target.spikes and (self.more.random() < 0.4 if late else chance.random() < 0.5):
            whole = target if ends[1] == target.name else replace(target, size=sizes[1])
            lines += self._learning(name, whole, scale, synapse.unit)
        if chance.random() < 0.2:
            each, over = chance.choice(["sample", "step", "batch"]), chance.choice(["pre", "post"])
            lines.append(f"    normalize = l1({models.quantity(scale * 1.7, synapse.unit)}, over = {over}, each = {each})")
        if chance.random() < 0.4:
            self.tail.append(f"record {name}.weight every {chance.choice([1, 7])}")
        self.body += self._shared(lines)

    def _observation(self, parts: list[_Part]) -> None:
        for part in parts:
            if part.order >= 0 and part.spikes and self.chance.random() < 0.3:
                kind = self.chance.choice(["mean", "sum"])
                words = f"{part.name}[{self.chance.choice(['1:', ':1', '-1'])}]" if self.chance.random() < 0.3 else part.name
                self.tail.append(f"output of_{part.name} = {kind}({words}.spikes, over = time)")
