"""What the interpreter keeps of a population and of a projection."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from oracle.formula import Environment, formula, mentions
from oracle.integration import Integrator
from oracle.learning import Learning
from oracle.stacks import Stack
from oracle.windows import shares

from inferno.compiler.nodes import Gap, PopulationNode, ProjectionEdge

Rows = list[list[Any]]
"""Values as [sample][neuron]."""


@dataclass
class Group:
    """A population with what it keeps between steps."""

    node: PopulationNode
    size: int
    integrator: Integrator
    states: dict[str, Any] = field(default_factory=dict)
    refractory: Rows = field(default_factory=list)

    def __post_init__(self) -> None:
        node = self.node
        self.shared = {s.name: s.shared for s in node.dynamics.states if s.shared is not None}
        self.held = frozenset(s.name for s in node.dynamics.states if s.held)
        self.train_only = frozenset(s.name for s in node.dynamics.states if s.train_only)
        self.parameters = [(name, formula(value), mentions(value, "input")) for name, value in node.dynamics.parameters]
        self.constants = {("parameter", name): value({}) for name, value, varies in self.parameters if not varies}
        self.drawn = [(name, formula(value)) for name, value in node.dynamics.drawn]
        self.own: list[Environment] = [{} for _ in range(self.size)]
        steps = node.refractory_steps
        self.refractory_steps = (lambda env: steps or 0) if isinstance(steps, int | None) else formula(steps)
        self.drive = [(port, formula(value)) for port, value in node.drive]
        self.condition = formula(node.condition) if node.condition is not None else None
        self.arrivals = [(a.target, formula(a.value)) for a in node.arrivals]
        self.events = [(e.name, formula(e.condition)) for e in node.events]
        blocks = [("spike", node.assignments), *((e.name, e.assignments) for e in node.events)]
        self.assignments = [(block, a.target, formula(a.value), a.accumulate) for block, made in blocks for a in made]
        self.occurred: dict[str, Rows] = {}
        self.initial = {s.name: formula(s.initial) for s in node.dynamics.states}
        self.gaps: list[tuple[Gap, dict[int, list[int]]]] = []


@dataclass
class Wiring:
    """A projection with what it keeps between steps: spikes under way, synapse states, traces, weights.

    `sender` is the population whose neurons its sources are, also where it sends an event of theirs.
    """

    edge: ProjectionEdge
    sender: str
    source_places: list[int]
    target_places: list[int]
    integrator: Integrator | None
    learning: Learning | None
    weights: list[list[float]] = field(default_factory=list)
    line: deque[Rows] = field(default_factory=deque)
    states: dict[str, Rows] = field(default_factory=dict)
    arrived: Rows = field(default_factory=list)
    pairs: set[tuple[int, int]] | None = None
    stack: Stack | None = None
    delays: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sources, self.targets = len(self.source_places), len(self.target_places)
        synapse = self.edge.synapse
        self.constants = {("parameter", n): formula(v)({}) for n, v in synapse.dynamics.parameters} if synapse is not None else {}
        self.on_impulse = [(a.target, formula(a.value)) for a in synapse.on_impulse] if synapse is not None else []
        self.output = formula(synapse.output) if synapse is not None else None
        self.initial = {s.name: formula(s.initial) for s in synapse.dynamics.states} if synapse is not None else {}
        self.drawn = [(n, formula(v)) for n, v in synapse.dynamics.drawn] if synapse is not None else []
        self.own: list[Environment] = [dict(self.constants) for _ in range(self.targets)]

        self.shares = shares(self.edge.stages[0]) if self.edge.pattern == "conv" and self.edge.stages is not None else {}

    def number(self, i: int, j: int) -> int:
        """Where a synapse stands in the order of sources and targets, or which of the weights that are shared is its own."""
        if self.shares:
            return self.shares[i, j]
        if self.pairs is not None:
            return sorted(self.pairs).index((i, j))
        return j if self.edge.pattern == "one_to_one" else i * self.targets + j

    def window_number(self, i: int, j: int) -> int:
        """Where a synapse of windows stands in the order of output channels, places of a window and places of the target's plane."""
        assert self.edge.stages is not None
        _, down, across = self.edge.stages[0].given
        return self.shares[i, j] * down * across + j % (down * across)

    def exists(self, i: int, j: int) -> bool:
        """Whether there is a synapse from i to j."""
        if self.shares:
            return (i, j) in self.shares
        if self.pairs is not None:
            return (i, j) in self.pairs
        if self.edge.pattern == "one_to_one":
            return i == j
        return not (self.edge.without_diagonal and i == j)
