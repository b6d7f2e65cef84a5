"""One call of a network: stretches of time, and in each the regions one after the other, each over all steps of the stretch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import torch
from torch import Tensor

from inferno.errors import RunError, UsageError
from inferno.runtime import finite
from inferno.runtime.claims import Claims
from inferno.runtime.description import Description
from inferno.runtime.execution import Engine
from inferno.runtime.gathering import BLOCK, Gathering
from inferno.runtime.kernels import NativeUnavailable
from inferno.runtime.plan import Plan, Region, Tensors, split_key
from inferno.runtime.readout import MaxRate
from inferno.runtime.result import Result

TIME = "the time"
"""The series that `t` of the language reads."""
STRETCH_BYTES = 1 << 23
"""About how much of what leaves the regions is kept at a time; a longer call is made in several stretches, with the same results.

Memory that was used before is near; the first touch of a page of new memory takes longer than the loops that write it.
"""


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
    gathering: Gathering = field(init=False)
    _before: Tensors = field(default_factory=dict)

    def __post_init__(self) -> None:
        changed = {k for r in self.plan.regions(self.training) for k in r.variables}
        self.gathering = Gathering(self.plan, self.description, self.constants, self.steps, self.first_step, changed)
        if self.description.claims and not self.training:
            self.gathering.claims = Claims.of(self.description, self.steps, BLOCK)

    @property
    def _as_loops(self) -> bool:
        """Whether regions run as loops, where they can."""
        return bool(self.engine.loops)

    def _drawn_in_loops(self) -> set[str]:
        """The regions of sources that are stepped by the loops of others."""
        regions = self.plan.regions(self.training) if self._as_loops else ()
        return {name for region in regions if region.loop is not None for name in region.loop.draws}

    def for_steps(self, region: Region, state: Tensors, start: int) -> Tensors:
        """What arrives in a region in the last stretch [time, batch, neurons] as its steps take it, though a loop may have made it."""
        series, known, drawn = dict(self.series), Overlaid(self.constants, state), self._drawn_in_loops()
        for source in self.plan.regions(self.training):
            if source.name in drawn and source.whole is not None:
                steps = self.series[f"{source.name}.drift"].shape[0]
                series |= source.whole(state, series, known, {**self.clock, "step": self.clock["step"] + start}, steps)[1]
        series |= region.between(series, known) if region.between is not None else {}
        return {k: series[k] for k in region.arriving}

    def run(self, state: Tensors, inputs: Tensors) -> Tensors:
        """Run all steps; the state after the last one.

        Raises
        ------
        RunError
            Where a variable stops being finite.
        UsageError
            Where a kernel that is built when it is first called can't be.
        """
        variables = {v.key: v for v in self.plan.variables}
        done = 0
        for length in self._stretches():
            try:
                after = self._run_stretch(state, {k: v[done : done + length] for k, v in inputs.items()}, done, length)
            except NativeUnavailable as missing:
                raise UsageError(str(missing), "use --backend eager") from missing
            problem = finite.first_problem(after, state, variables)
            if problem is not None:
                raise RunError(finite.explain(problem, self, state, variables, range(done, done + length)))
            state, done = after, done + length
        return state

    def _stretches(self) -> Iterator[int]:
        """Lengths of the stretches: multiples of the compiled chunks and of the blocks in which sums are made."""
        unit = math.lcm(self.engine.length, BLOCK)
        longest = max(1, STRETCH_BYTES // (unit * self._bytes_of_step())) * unit
        for done in range(0, self.steps, longest):
            yield min(longest, self.steps - done)

    def _bytes_of_step(self) -> int:
        """About what a step leaves behind for a while: spikes and states, impulses, and copies of these that are late.

        What loops make for a recording stays anyway, what they draw themselves is never there, and what they draw it from is no larger
        than an input.
        """
        item, drawn = self.constants["dt"].element_size(), self._drawn_in_loops()
        found = 1
        for region in self.plan.regions(self.training):
            if region.name in drawn:
                continue
            kept = self.gathering.kept() if self._as_loops and region.loop is not None else frozenset()
            widths = [self._width(key) for key in region.emits]
            made = [(key, width) for key, width in zip(region.emits, widths, strict=True) if key not in kept]
            found += sum(width * (1 if ".spikes" in key else item) for key, width in made)
            # What projections bring is made for as many neurons as the region has.
            widest = max(widths, default=0)
            taken = [key for key in region.takes(as_loop=self._as_loops) if not key.endswith(".drift")]
            found += sum(self._width(key, widest) * (1 if ".spikes" in key else item) for key in taken)
            found += sum(self._width(source, widest) for _, source, _, _, _ in region.delayed)
            found += widest * item if region.whole else 0
        return found * int(self.clock["sample"].shape[0])

    def _width(self, key: str, otherwise: int = 0) -> int:
        """How many neurons a series has."""
        owner = split_key(key)[0]
        return math.prod(self.description.populations[owner]) if owner in self.description.populations else otherwise

    def _run_stretch(self, state: Tensors, inputs: Tensors, done: int, length: int) -> Tensors:
        """The state after a stretch.  What leaves the regions in it is in `series` [time, batch, neurons]."""
        self.series, self._before = dict(inputs), {}
        if any(TIME in region.arriving for region in self.plan.regions(self.training)):
            self.series[TIME] = self._times(done, length)
        for name, train in self.description.trains.items():
            spikes = train.between(done, done + length).to(self.constants["dt"].device)
            self.series[name] = spikes.expand(-1, self.clock["sample"].shape[0], -1)
        drawn = self._drawn_in_loops()
        for region in self.plan.regions(self.training):
            if region.name in drawn and region.drift is not None:
                drift = region.drift(state, {k: self.series[k] for k in region.arriving}, Overlaid(self.constants, state))
                self.series[f"{region.name}.drift"] = drift.expand(length, *drift.shape[1:])
                continue
            state = self._delay(region, state, length)
            between = region.before(as_loop=self._as_loops)
            if between is not None:
                made = between(self.series, Overlaid(self.constants, state))
                state = {**state, **{key[4:]: value for key, value in made.items() if key.startswith("new ")}}
                self.series |= {key: value for key, value in made.items() if not key.startswith("new ")}
            state = self._run_region(region, state, done, length)
        self.gathering.take(self.series, state, done, length)
        return state

    def _times(self, done: int, length: int) -> Tensor:
        """The start of each step in ms [time, batch, 1], rounded from its exact value as the constants of a program are."""
        step, pattern = torch.arange(done, done + length, dtype=torch.float64), self.constants["dt"]
        dt = Fraction(repr(self.description.dt))
        times = (step * dt.numerator / dt.denominator).to(pattern.dtype).to(pattern.device)
        return times[:, None, None].expand(-1, self.clock["sample"].shape[0], 1)

    def _run_region(self, region: Region, state: Tensors, start: int, steps: int) -> Tensors:
        own = {k: state[k] for k in region.holds(as_loop=self._as_loops)}
        arriving = {k: self.series[k] for k in region.takes(as_loop=self._as_loops)}
        known = Overlaid(self.constants, state)
        constants = {k: known[k] for k in region.reads(as_loop=self._as_loops)}
        kept: dict[str, list[Tensor]] = {}
        done = 0
        for length in self._segments(region, start, steps):
            now = {k: v[done : done + length] for k, v in arriving.items()}
            clock = {**self.clock, "step": self.clock["step"] + start + done}
            for changed, emitted in self.engine.run(region, own, now, constants, clock, length):
                own = changed
                for key, values in emitted.items():
                    kept.setdefault(key, []).append(values)
            done += length
            self.gathering.take_synaptic(region.variables, own, start + done)
        self.series |= {k: v[0] if len(v) == 1 else torch.cat(v) for k, v in kept.items()}
        return {**state, **own}

    def _segments(self, region: Region, start: int, steps: int) -> Iterator[int]:
        """Lengths of the parts of a stretch between the samplings of a weight that this region changes."""
        last = start
        for stop in [*self.gathering.synaptic_stops(region.variables, start, start + steps), start + steps]:
            if stop > last:
                yield stop - last
                last = stop

    def _delay(self, region: Region, state: Tensors, steps: int) -> Tensors:
        """Make series such as `enc.spikes after 3`, and keep what is still under way when the stretch ends."""
        for name, source, line, delay, with_past in region.delayed:
            if name in self.series:
                continue
            before = self._before.setdefault(line, state[line]).transpose(0, 1)
            whole = torch.cat((before.to(self.series[source].dtype), self.series[source]))
            kept = before.shape[0]
            self.series[name] = whole[kept - delay : (kept if with_past else kept - delay) + steps]
            state = {**state, line: whole[-kept:].transpose(0, 1).contiguous()}
        return state

    def result(self, batch: int, readouts: Mapping[str, MaxRate]) -> Result:
        """Outputs, recordings and spike counts of the samples."""
        return self.gathering.result(batch, readouts)


class Overlaid(dict[str, Tensor]):
    """Constants, with the weights of the present state before them."""

    def __init__(self, constants: Tensors, state: Tensors) -> None:
        super().__init__()
        self._constants, self._state = constants, state

    def __missing__(self, key: str) -> Tensor:
        return self._state[key] if key in self._state else self._constants[key]
