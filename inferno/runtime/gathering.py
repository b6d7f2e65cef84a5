"""What a call keeps of its stretches of time: spike counts, sums for outputs, and what is recorded, nothing else."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from inferno.runtime.claims import Claims
from inferno.runtime.description import Description, OutputInfo, RecordingInfo
from inferno.runtime.parts import uniform_weight
from inferno.runtime.plan import Plan, Tensors
from inferno.runtime.readout import MaxRate
from inferno.runtime.result import Recording, Result

BLOCK = 100
"""Steps whose values are summed together, so that sums over time do not depend on where a call is divided."""


def count_spikes(spikes: Tensor) -> Tensor:
    """How often each neuron spiked [batch, neurons], int64, from booleans [time, batch, neurons].

    Summed as bytes, up to 255 steps at a time: torch's sum over booleans takes thirty times as long.
    """
    parts = [part.sum(0, dtype=torch.uint8) for part in torch.split(spikes.view(torch.uint8), 255)]
    return parts[0].long() if len(parts) == 1 else torch.stack(parts).sum(0, dtype=torch.int64)


def _is_most(part: int, whole: int) -> bool:
    """Whether a part of a series is worth keeping all of it, in place of a copy of the part."""
    return 2 * part >= whole


def _counted(series: Tensors, key: str) -> Tensor:
    """The counts of spikes, which a region that ran all steps at once has made already, part by part [parts, batch, neurons]."""
    made = series.get(f"{key} counted")
    return count_spikes(series[key]) if made is None else made.sum(0)


@dataclass
class Gathering:
    """Gathers over the stretches of a call; `changing` are the variables that steps change."""

    plan: Plan
    description: Description
    constants: Tensors
    steps: int
    first_step: int
    changing: Collection[str]
    counts: Tensors = field(default_factory=dict)
    sums: Tensors = field(default_factory=dict)
    sampled: Tensors = field(default_factory=dict)
    taken: dict[str, list[Tensor]] = field(default_factory=dict)
    claims: Claims | None = None

    # ---- stretch by stretch -----------------------------------------------------------------------

    def take(self, series: Tensors, state: Tensors, start: int, steps: int) -> None:
        """Keep what is wanted of a stretch's series [time, batch, neurons]."""
        for name in self.description.spiking:
            counted = _counted(series, f"{name}.spikes")
            self.counts[name] = self.counts[name] + counted if name in self.counts else counted
        for key in {_key(info) for info in self.description.outputs if info.variable != "spikes"}:
            for block in torch.split(series[key], BLOCK):
                summed = block.sum(0, dtype=torch.float64)
                self.sums[key] = self.sums[key] + summed if key in self.sums else summed
        if self.claims is not None:
            self.claims.take(series, start)
        for recording in self.description.recordings:
            if recording.owner in self.description.populations:
                self._sample(recording, series, start)
            elif self._synaptic(recording) not in self.changing:
                value = self._constant_value(recording, state)
                self.taken.setdefault(recording.name, []).extend(value.clone() for _ in self._due(recording, start, start + steps))

    def kept(self) -> frozenset[str]:
        """The series of which all steps and most neurons are recorded: these stay as they are made, if nothing divides a stretch."""
        shapes, found = self.description.populations, set()
        for recording in self.description.recordings:
            if recording.owner not in shapes:
                return frozenset()
            chosen = torch.empty((), device="meta").expand(shapes[recording.owner])[tuple(slice(*part) for part in recording.index)]
            if recording.every == 1 and _is_most(chosen.numel(), math.prod(shapes[recording.owner])):
                found.add(f"{recording.owner}.{recording.variable}")
        return frozenset(found)

    def _sample(self, recording: RecordingInfo, series: Tensors, start: int) -> None:
        """Keep the sampled steps and neurons of a stretch: [time, batch, *shape]."""
        values = series[f"{recording.owner}.{recording.variable}"][(recording.every - 1 - start) % recording.every :: recording.every]
        shaped = values.reshape(*values.shape[:2], *self.description.populations[recording.owner])
        chosen = shaped[(slice(None), slice(None), *(slice(*part) for part in recording.index))]
        if len(chosen) == self.steps and _is_most(chosen.numel(), values.numel()):
            # All steps there are, with little else that it would keep alive, need no copy.
            self.sampled[recording.name] = chosen
            return
        if recording.name not in self.sampled:
            self.sampled[recording.name] = chosen.new_empty(self.steps // recording.every, *chosen.shape[1:])
        done = start // recording.every
        self.sampled[recording.name][done : done + len(chosen)] = chosen

    # ---- weights and states of synapses ----------------------------------------------------------------------------------

    def synaptic_stops(self, variables: Iterable[str], start: int, end: int) -> list[int]:
        """After how many steps of the call what belongs to synapses, among these variables, is sampled, from `start` to `end`."""
        return sorted({stop for recording in self._of_synapses(variables) for stop in self._due(recording, start, end)})

    def take_synaptic(self, variables: Iterable[str], state: Tensors, done: int) -> None:
        """Keep the weights and states of synapses that are sampled after so many steps."""
        for recording in self._of_synapses(variables):
            if done in self._due(recording, done - 1, done):
                self.taken.setdefault(recording.name, []).append(state[self._synaptic(recording)].clone())

    def _of_synapses(self, variables: Iterable[str]) -> Iterator[RecordingInfo]:
        known = set(variables)
        return (r for r in self.description.recordings if r.owner in self.description.projections and self._synaptic(r) in known)

    def _synaptic(self, recording: RecordingInfo) -> str:
        return f"{recording.owner}.{recording.variable}"

    def _is_per_sample(self, recording: RecordingInfo) -> bool:
        return any(v.key == self._synaptic(recording) and v.per_sample for v in self.plan.variables)

    def _earlier(self, recording: RecordingInfo) -> int:
        """The steps before this call that count: a weight's clock runs on from call to call, that of what samples have begins anew."""
        return 0 if self._is_per_sample(recording) else self.first_step

    def _due(self, recording: RecordingInfo, start: int, end: int) -> range:
        """After how many steps of this call it is sampled, in (start, end]."""
        first = start + recording.every - (self._earlier(recording) + start) % recording.every
        return range(first, end + 1, recording.every)

    def _constant_value(self, recording: RecordingInfo, state: Tensors) -> Tensor:
        uniform, key = self.description.uniform_weights.get(recording.owner), self._synaptic(recording)
        if uniform is not None:
            return uniform_weight(self.constants[key], *uniform)
        weight = state[key] if key in state else self.constants[key]
        return weight if weight.dim() else weight.expand(self.constants[f"{recording.owner}.targets"].shape[0])

    # ---- the result -------------------------------------------------------------------------------

    def result(self, batch: int, readouts: Mapping[str, MaxRate]) -> Result:
        """Outputs, recordings and spike counts of the samples."""
        outputs: Tensors = {}
        rates: Tensors = {}
        dtype = self.constants["dt"].dtype
        for info in self.description.outputs:
            shape = self.description.populations[info.population]
            values = self.counts[info.population] if info.variable == "spikes" else self.sums[_key(info)]
            mean = (values.double() / self.steps).to(dtype)[:batch].reshape(batch, *shape)
            chosen = (slice(None), *(slice(low, high) for low, high in info.part))
            if info.kind == "mean":
                outputs[info.name] = mean[chosen]
            elif info.kind == "sum":
                outputs[info.name] = values.to(dtype)[:batch].reshape(batch, *shape)[chosen]
            else:
                rates[info.name] = mean[chosen]
                outputs[info.name] = readouts[info.name](mean[chosen])
        recordings = {r.name: self._recording(r, batch) for r in self.description.recordings}
        counts = {n: c[:batch].reshape(batch, *self.description.populations[n]) for n, c in self.counts.items()}
        claims = self.claims.judged(batch) if self.claims is not None else ()
        return Result(outputs, recordings, counts, rates, self.steps, claims)

    def _recording(self, info: RecordingInfo, batch: int) -> Recording:
        if info.owner in self.description.projections:
            taken = self.taken.get(info.name, [])
            values = torch.stack(taken) if taken else self._empty(info, batch)
            values = values[:, :batch] if self._is_per_sample(info) else values
            return Recording(values, self._times(self._due(info, 0, self.steps), self._earlier(info)), info.unit)
        return Recording(self.sampled[info.name][:, :batch], self._times(range(info.every, self.steps + 1, info.every), 0), info.unit)

    def _empty(self, info: RecordingInfo, batch: int) -> Tensor:
        if self._is_per_sample(info):
            shape = next(v.shape for v in self.plan.variables if v.key == self._synaptic(info))
            count = self.constants[f"{info.owner}.targets"].shape[0] if -1 in shape else 0
            return torch.zeros(0, batch, *(count if n == -1 else n for n in shape), dtype=self.constants["dt"].dtype)
        return self._constant_value(info, {})[None][:0]

    def _times(self, steps: range, offset: int) -> Tensor:
        first = steps.start + offset
        whole = torch.arange(first, first + steps.step * len(steps), steps.step, dtype=torch.float64)
        return whole * self.description.dt


def _key(info: OutputInfo) -> str:
    return f"{info.population}.{info.variable}"
