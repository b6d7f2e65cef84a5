"""One call of a network: its regions one after the other, each over all time steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from inferno.runtime.description import Description, RecordingInfo
from inferno.runtime.execution import Engine
from inferno.runtime.parts import uniform_weight
from inferno.runtime.plan import Plan, Region, Tensors
from inferno.runtime.readout import MaxRate
from inferno.runtime.result import Recording, Result


def count_spikes(spikes: Tensor) -> Tensor:
    """How often each neuron spiked [batch, neurons], int64, from booleans [time, batch, neurons].

    Summed as bytes, up to 255 steps at a time: torch's sum over booleans takes thirty times as long.
    """
    parts = [part.sum(0, dtype=torch.uint8) for part in torch.split(spikes.view(torch.uint8), 255)]
    return torch.stack(parts).sum(0, dtype=torch.int64)


@dataclass
class Session:
    """What one call needs and gathers; `first_step` counts the steps of all calls since the last reset."""

    plan: Plan
    description: Description
    engine: Engine
    training: bool
    constants: Tensors
    clock: Tensors
    steps: int
    first_step: int
    series: Tensors = field(default_factory=dict)
    counts: Tensors = field(default_factory=dict)
    weights: dict[str, list[Tensor]] = field(default_factory=dict)
    _before: Tensors = field(default_factory=dict)

    def run(self, state: Tensors, inputs: Tensors) -> Tensors:
        """Run all regions; the state after the last step.  What leaves the regions is in `series` [time, batch, neurons]."""
        self.series = dict(inputs)
        for region in self.plan.regions(self.training):
            state = self._delay(region, state)
            if region.between is not None:
                self.series |= region.between(self.series, _Overlaid(self.constants, state))
            state = self._run_region(region, state)
        self._record_constant_weights(state)
        return state

    def _run_region(self, region: Region, state: Tensors) -> Tensors:
        own = {k: state[k] for k in region.variables}
        arriving = {k: self.series[k] for k in region.arriving}
        constants = {k: _Overlaid(self.constants, state)[k] for k in region.constants}
        kept: dict[str, list[Tensor]] = {k: [] for k in region.emits}
        done = 0
        for length in self._segments(region):
            now = {k: v[done : done + length] for k, v in arriving.items()}
            clock = {**self.clock, "step": self.clock["step"] + done}
            for changed, emitted in self.engine.run(region, own, now, constants, clock, length):
                own = changed
                for key, values in emitted.items():
                    kept[key].append(values)
            done += length
            self._record_weights(region, own, done)
        self.series |= {k: v[0] if len(v) == 1 else torch.cat(v) for k, v in kept.items() if v}
        self.counts |= {k.removesuffix(".spikes"): count_spikes(self.series[k]) for k in region.emits if k.endswith(".spikes")}
        return {**state, **own}

    # ---- delays between regions -------------------------------------------------------------------

    def _delay(self, region: Region, state: Tensors) -> Tensors:
        """Make series such as `enc.spikes after 3`, and keep what is still under way when the call ends."""
        for name, source, line, delay in region.delayed:
            if name in self.series:
                continue
            before = self._before.setdefault(line, state[line]).transpose(0, 1)
            whole = torch.cat((before.to(self.series[source].dtype), self.series[source]))
            kept = before.shape[0]
            self.series[name] = whole[kept - delay : kept - delay + self.steps]
            state = {**state, line: whole[-kept:].transpose(0, 1).contiguous()}
        return state

    # ---- recordings -------------------------------------------------------------------------------

    def _weight_recordings(self) -> list[RecordingInfo]:
        return [
            r
            for r in self.description.recordings
            if r.name.endswith(".weight") and r.name.partition(".")[0] in self.description.projections
        ]

    def _due(self, recording: RecordingInfo) -> list[int]:
        """After how many steps of this call a weight is sampled; its clock runs on from call to call."""
        start = recording.every - self.first_step % recording.every
        return list(range(start, self.steps + 1, recording.every))

    def _segments(self, region: Region) -> Iterator[int]:
        """Lengths of the stretches between the samplings of a weight that this region changes."""
        stops = {self.steps}
        for recording in self._weight_recordings():
            if recording.name in region.variables:
                stops |= set(self._due(recording))
        last = 0
        for stop in sorted(stops):
            yield stop - last
            last = stop

    def _record_weights(self, region: Region, state: Tensors, done: int) -> None:
        for recording in self._weight_recordings():
            if recording.name in region.variables and done in self._due(recording):
                self.weights.setdefault(recording.name, []).append(state[recording.name].clone())

    def _record_constant_weights(self, state: Tensors) -> None:
        """Weights that no region changes in this mode are the same at every sampling."""
        changed = {k for r in self.plan.regions(self.training) for k in r.variables}
        for recording in self._weight_recordings():
            if recording.name not in changed:
                weight = self._constant_weight(recording.name, state)
                self.weights[recording.name] = [weight.clone() for _ in self._due(recording)]

    def _constant_weight(self, name: str, state: Tensors) -> Tensor:
        uniform = self.description.uniform_weights.get(name.partition(".")[0])
        return state[name] if uniform is None else uniform_weight(self.constants[name], *uniform)

    def _recording(self, info: RecordingInfo, batch: int) -> Recording:
        owner = info.name.partition(".")[0]
        if owner in self.description.projections:
            taken = self.weights.get(info.name, [])
            values = torch.stack(taken) if taken else self._empty_weights(info.name)
            return Recording(values, self._times(self._due(info), self.first_step), info.unit)
        shape = self.description.populations[owner]
        steps = list(range(info.every, self.steps + 1, info.every))
        values = self.series[info.name][info.every - 1 :: info.every, :batch].reshape(len(steps), batch, *shape)
        index = (slice(None), slice(None), *(slice(*part) for part in info.index))
        return Recording(values[index].clone(), self._times(steps, 0), info.unit)

    def _empty_weights(self, name: str) -> Tensor:
        uniform = self.description.uniform_weights.get(name.partition(".")[0])
        if uniform is not None:
            return uniform_weight(self.constants[name], *uniform)[None][:0]
        shape = next(v.shape for v in self.plan.variables if v.key == name)
        return torch.zeros(0, *shape, dtype=self.constants["dt"].dtype)

    def _times(self, steps: list[int], offset: int) -> Tensor:
        return torch.tensor([s + offset for s in steps], dtype=torch.float64) * self.description.dt

    # ---- results ----------------------------------------------------------------------------------

    def result(self, batch: int, readouts: Mapping[str, MaxRate]) -> Result:
        """Outputs, recordings and spike counts of the samples."""
        outputs: Tensors = {}
        rates: Tensors = {}
        dtype = self.constants["dt"].dtype
        for info in self.description.outputs:
            shape = self.description.populations[info.population]
            key = f"{info.population}.{info.variable}"
            values = self.counts[info.population] if info.variable == "spikes" else self.series[key].sum(0, dtype=torch.float64)
            mean = (values.double() / self.steps).to(dtype)[:batch].reshape(batch, *shape)
            if info.kind == "mean":
                outputs[info.name] = mean
            elif info.kind == "sum":
                outputs[info.name] = values.to(dtype)[:batch].reshape(batch, *shape)
            else:
                rates[info.name] = mean
                outputs[info.name] = readouts[info.name](mean)
        recordings = {r.name: self._recording(r, batch) for r in self.description.recordings if self._is_recordable(r)}
        counts = {n: c[:batch].reshape(batch, *self.description.populations[n]) for n, c in self.counts.items()}
        return Result(outputs, recordings, counts, rates, self.steps)

    def _is_recordable(self, info: RecordingInfo) -> bool:
        return info.name in self.series or info.name.partition(".")[0] in self.description.projections


class _Overlaid(dict[str, Tensor]):
    """Constants, with the weights of the present state before them."""

    def __init__(self, constants: Tensors, state: Tensors) -> None:
        super().__init__()
        self._constants, self._state = constants, state

    def __missing__(self, key: str) -> Tensor:
        return self._state[key] if key in self._state else self._constants[key]
