"""What a network is claimed to do, and whether a run bears it out: statistics of spikes and states."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from inferno.runtime.description import Claim, ClaimInfo, Description, StatisticInfo
from inferno.runtime.plan import Tensors

FEWEST_INTERVALS = 2


@dataclass
class Moments:
    """Count, sum, sum of squares, least and largest of values, for each row of the batch, in float64.

    Values are taken relative to the first one, so that the variance of large numbers keeps its digits.
    """

    count: int = 0
    shift: Tensor | None = None
    sums: Tensor | None = None
    squares: Tensor | None = None
    low: Tensor | None = None
    high: Tensor | None = None

    def take(self, values: Tensor) -> None:
        """Values [time, batch, neurons]."""
        values = values.double()
        if self.shift is None or self.sums is None or self.squares is None or self.low is None or self.high is None:
            self.shift = values[0, 0, 0].clone()
            rows = values.new_zeros(values.shape[1])
            self.sums, self.squares, self.low, self.high = rows, rows, rows + math.inf, rows - math.inf
        moved = values - self.shift
        self.count += values.shape[0] * values.shape[2]
        self.sums = self.sums + moved.sum((0, 2))
        self.squares = self.squares + (moved * moved).sum((0, 2))
        self.low = torch.minimum(self.low, values.amin((0, 2)))
        self.high = torch.maximum(self.high, values.amax((0, 2)))

    def reduced(self, reduction: str, batch: int) -> float:
        """The mean, std, … of the values of the first rows; NaN without values."""
        if self.shift is None or self.sums is None or self.squares is None or self.low is None or self.high is None:
            return math.nan
        count, shift = self.count * batch, float(self.shift)
        mean = float(self.sums[:batch].sum()) / count
        match reduction:
            case "min":
                return float(self.low[:batch].min())
            case "max":
                return float(self.high[:batch].max())
            case "std":
                return math.sqrt(max(0.0, float(self.squares[:batch].sum()) / count - mean * mean))
            case "sum":
                return (mean + shift) * count
        return mean + shift


@dataclass
class Measuring:
    """One statistic, gathered over the stretches of a call of so many steps: moments of values, or the spikes as a list."""

    info: StatisticInfo
    shape: tuple[int, ...]
    steps: int
    dt: float
    block: int
    moments: Moments = field(default_factory=Moments)
    events: list[Tensor] = field(default_factory=list)
    rows: int = 0

    def take(self, series: Tensors, start: int) -> None:
        """Keep what counts of a stretch's series [time, batch, neurons] that begins at step `start`."""
        first = max(0, self.info.start - start)
        values = series[f"{self.info.population}.{self.info.variable}"]
        chosen = values.reshape(*values.shape[:2], *self.shape)[(slice(None), slice(None), *(slice(*part) for part in self.info.index))]
        chosen = chosen.reshape(*values.shape[:2], -1)
        self.rows = chosen.shape[1]
        if self.info.kind == "value":
            for done in range(0, chosen.shape[0], self.block):
                part = chosen[max(first, done) : done + self.block]
                if part.shape[0]:
                    self.moments.take(part)
            return
        events = chosen[first:].nonzero()
        events[:, 0] += first + start - self.info.start
        self.events.append(events.to(torch.int32))

    def value(self, batch: int) -> tuple[float, str]:
        """The statistic over the first rows, and if it has no value, why."""
        info, steps = self.info, self.steps - self.info.start
        if steps <= 0:
            return math.nan, "the run ends before `from`"
        if info.kind == "value":
            return self.moments.reduced(info.reduction, batch), ""
        neurons = len(torch.zeros(1).expand(self.shape)[tuple(slice(*part) for part in info.index)].reshape(-1)) if self.shape else 1
        events = torch.cat(self.events).cpu().long()
        step, row, neuron = events[events[:, 1] < batch].unbind(1)
        train = row * neurons + neuron
        match info.kind:
            case "mean_rate":
                return len(step) / (batch * neurons * steps * self.dt), ""
            case "rate":
                found, why = torch.bincount(train, minlength=batch * neurons).double() / (steps * self.dt), ""
            case "cv_isi":
                found, why = cv_isi(step, train, batch * neurons), f"no neuron has {FEWEST_INTERVALS + 1} spikes"
            case _:
                if steps // info.window < 2:
                    return math.nan, "the run has fewer than two windows"
                counts = window_counts(step, train, batch * neurons, steps, info.window)
                if info.kind == "correlation":
                    return correlation(counts.reshape(batch, neurons, -1)), "fewer than two neurons spike in some windows and not in others"
                found, why = fano(counts), "no neuron spikes"
        return _reduced(found[~found.isnan()], info.reduction), why


def cv_isi(step: Tensor, train: Tensor, trains: int) -> Tensor:
    """The standard deviation of each spike train's intervals over their mean; NaN for a train of fewer than three spikes."""
    order = torch.argsort(train * (int(step.max()) + 1 if len(step) else 1) + step)
    step, train = step[order].double(), train[order]
    within = train[1:] == train[:-1]
    intervals, owner = (step[1:] - step[:-1])[within], train[1:][within]
    count = torch.bincount(owner, minlength=trains).double()
    mean = torch.bincount(owner, intervals, trains) / count
    variance = torch.bincount(owner, (intervals - mean[owner]) ** 2, trains) / count
    return torch.where(count >= FEWEST_INTERVALS, variance.sqrt() / mean, math.nan)


def window_counts(step: Tensor, train: Tensor, trains: int, steps: int, window: int) -> Tensor:
    """How many spikes each train has in consecutive windows [trains, windows]; a last one that is not whole is left out."""
    windows = steps // window
    place = step // window
    inside = place < windows
    return torch.bincount(train[inside] * windows + place[inside], minlength=trains * windows).reshape(trains, windows).double()


def fano(counts: Tensor) -> Tensor:
    """The variance of each train's counts [trains, windows] over their mean; NaN for one that never spikes."""
    return counts.var(1, correction=0) / torch.where(counts.sum(1) > 0, counts.mean(1), math.nan)


def correlation(counts: Tensor) -> float:
    """The mean of Pearson's correlation over all pairs of neurons of a sample, of counts [batch, neurons, windows].

    Neurons whose counts are all the same have no correlation and are left out; NaN if no pair is left.
    """
    total, pairs = 0.0, 0
    for sample in counts:
        spread = sample.std(1, correction=0)
        kept = sample[spread > 0]
        scaled = (kept - kept.mean(1, keepdim=True)) / spread[spread > 0].unsqueeze(1)
        number = kept.shape[0]
        # The sum over pairs is what the variance of the summed trains has beyond that of each.
        total += float((scaled.sum(0) ** 2).mean()) - number
        pairs += number * (number - 1)
    return total / pairs if pairs else math.nan


def _reduced(values: Tensor, reduction: str) -> float:
    if not len(values):
        return math.nan
    match reduction:
        case "min":
            return float(values.min())
        case "max":
            return float(values.max())
        case "std":
            return float(values.double().std(correction=0))
        case "sum":
            return float(values.double().sum())
    return float(values.double().mean())


@dataclass
class Claims:
    """The claims of a network, measured over one call."""

    claims: Sequence[ClaimInfo]
    measured: Sequence[Sequence[Measuring]]

    @staticmethod
    def of(description: Description, steps: int, block: int) -> Claims:
        """The claims of a network, nothing measured yet."""
        make: Callable[[StatisticInfo], Measuring] = lambda s: Measuring(  # noqa: E731
            s, description.populations[s.population], steps, description.dt, block
        )
        return Claims(description.claims, [[make(s) for s in claim.statistics] for claim in description.claims])

    def take(self, series: Tensors, start: int) -> None:
        """Measure a stretch's series."""
        for statistics in self.measured:
            for statistic in statistics:
                statistic.take(series, start)

    def judged(self, batch: int) -> tuple[Claim, ...]:
        """Each claim with its value and whether it holds."""
        return tuple(_judged(info, [s.value(batch) for s in found]) for info, found in zip(self.claims, self.measured, strict=True))


def _judged(info: ClaimInfo, found: list[tuple[float, str]]) -> Claim:
    why = next((words for value, words in found if math.isnan(value)), "")
    value = math.nan
    if not why:
        try:
            value = info.value([value for value, _ in found])
        except ValueError as problem:
            why = str(problem)
    shown = value / info.factor
    return Claim(info.text, shown, info.low / info.factor, info.high / info.factor, info.unit, info.low <= value <= info.high, why)
