"""The quickstart's simulation as a plain loop over numbers: what one step of its model does, in the order in which it does it.

Written from the semantics of the component library alone: the excitatory group is stepped twice in each step, monitors see the first
time only, refractory neurons hold their voltage, thresholds adapt by the mean over the batch, traces outlive a batch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

Row = list[float]


@dataclass
class Group:
    """A group of neurons, one row of numbers for each sample."""

    rest: float
    reset: float
    threshold: float
    period: float
    tau: float
    samples: int
    count: int
    adapts: bool = False
    tau_adaptation: float = 1.0
    increment: float = 0.0
    theta: Row = field(default_factory=list)

    def __post_init__(self) -> None:
        self.theta = [0.0] * self.count
        self.clear()

    def clear(self) -> None:
        self.voltage = [[self.rest] * self.count for _ in range(self.samples)]
        self.left = [[0.0] * self.count for _ in range(self.samples)]

    def step(self, current: list[Row], training: bool) -> list[list[bool]]:
        spikes = [[False] * self.count for _ in range(self.samples)]
        after = [[0.0] * self.count for _ in range(self.samples)]
        decay, drift = math.exp(-1.0 / self.tau), math.exp(-1.0 / self.tau_adaptation)
        for b in range(self.samples):
            for n in range(self.count):
                self.left[b][n] = max(self.left[b][n] - 1.0, 0.0)
                v, u = self.voltage[b][n], current[b][n]
                if self.left[b][n] == 0.0:
                    v = self.rest + (v - self.rest - u) * decay + u
                    if v >= self.threshold + self.theta[n]:
                        spikes[b][n], v, self.left[b][n] = True, self.reset, self.period
                self.voltage[b][n] = v
                theta = self.theta[n] if self.left[b][n] > 0 else self.theta[n] * drift
                after[b][n] = theta + (self.increment if spikes[b][n] else 0.0)
        if self.adapts and training:
            self.theta = [sum(after[b][n] for b in range(self.samples)) / self.samples for n in range(self.count)]
        return spikes


@dataclass
class Quickstart:
    """The model, its trainer and its hooks; `weight` is [outputs][inputs]."""

    weight: list[Row]
    samples: int
    lr_post: float
    lr_pre: float
    tau_trace: float
    norm: float
    inhibition: float
    excitation: float
    charges: tuple[float, float, float] = (100.0, 100.0, 75.0)

    def __post_init__(self) -> None:
        self.outputs, self.inputs = len(self.weight), len(self.weight[0])
        self.exc = Group(-65.0, -60.0, -52.0, 5.0, 100.0, self.samples, self.outputs, True, 1e7, 0.05)
        self.inh = Group(-60.0, -45.0, -40.0, 2.0, 75.0, self.samples, self.outputs)
        self.pre = [[0.0] * self.inputs for _ in range(self.samples)]
        self.post = [[0.0] * self.outputs for _ in range(self.samples)]

    def normalize(self) -> None:
        for row in self.weight:
            total = max(sum(abs(w) for w in row), 1e-12)
            row[:] = [self.norm * w / total for w in row]

    def run(self, spikes: list[list[list[bool]]], training: bool) -> list[list[list[bool]]]:
        """Spikes [step][sample][output] for spikes [step][sample][input]."""
        found = [self._step(x, training) for x in spikes]
        self.exc.clear()
        self.inh.clear()
        if training:
            self.normalize()
        return found

    def _step(self, x: list[list[bool]], training: bool) -> list[list[bool]]:
        to_exc, lateral, to_inh = self.charges
        outs, ins, batch = range(self.outputs), range(self.inputs), range(self.samples)
        driven = [[sum(self.weight[o][i] * to_exc * x[b][i] for i in ins) for o in outs] for b in batch]
        fired = self.exc.step(driven, training)
        if training:
            self._remember(x, fired)
        answered = self.inh.step([[self.excitation * to_inh * fired[b][o] for o in outs] for b in batch], training)
        inhibited = [[sum(self.inhibition * lateral * answered[b][k] for k in outs if k != o) for o in outs] for b in batch]
        self.exc.step(inhibited, training)
        if training:
            self._learn(x, fired)
        return fired

    def _remember(self, x: list[list[bool]], fired: list[list[bool]]) -> None:
        decay = math.exp(-1.0 / self.tau_trace)
        for b in range(self.samples):
            self.pre[b] = [t * decay + abs(self.lr_post) * s for t, s in zip(self.pre[b], x[b], strict=True)]
            self.post[b] = [t * decay + abs(self.lr_pre) * s for t, s in zip(self.post[b], fired[b], strict=True)]

    def _learn(self, x: list[list[bool]], fired: list[list[bool]]) -> None:
        for o in range(self.outputs):
            for i in range(self.inputs):
                rise = sum(fired[b][o] * self.pre[b][i] for b in range(self.samples)) / self.samples
                fall = sum(self.post[b][o] * x[b][i] for b in range(self.samples)) / self.samples
                weight = self.weight[o][i]
                self.weight[o][i] = max(weight + (1.0 - weight) * rise - fall, 0.0)
