"""The vocabulary of generated code: small functions on tensors, none of which changes its arguments.

Sums over neurons or samples are made in float64 and rounded once, so that they do not depend on their order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from inferno.runtime.kernels import draw, event_outer, interval_spikes, sparse_sum, spike_sum
from inferno.runtime.literals import chosen, within_type
from inferno.runtime.surrogate import fire, happens, when
from inferno.runtime.variates import log_gamma_variate

__all__ = [
    "arrivals", "at", "batch_max", "batch_mean", "batch_sum", "coupled", "coupled_to", "draw", "event_outer", "fire", "happens", "held",
    "history", "interval_spikes", "late_series", "late_sum", "like", "log_gamma_variate", "maximum", "mean_over_batch", "minimum",
    "normalize_l1", "normalize_rows", "over_samples", "part", "phi1", "placed", "repeated", "rows_sum", "shifted", "spike_sum",
    "sum_over_batch", "summed", "total", "when", "where", "without_diagonal",
]  # fmt: skip


def total(values: Tensor, weight: Tensor) -> Tensor:
    """The sum over the last dimension, kept as a dimension of size 1, in the type of the weight."""
    return values.sum(-1, keepdim=True, dtype=torch.float64).to(weight.dtype)


def held(series: Tensor) -> Tensor:
    """A series [time, batch, neurons] without its repetitions: [1, batch, neurons] where it is the same at all times."""
    return series[:1] if series.stride(0) == 0 else series


def repeated(values: Tensor, series: Tensor) -> Tensor:
    """What was made of a series without its repetitions, [1, batch, neurons], at all times of the series."""
    return values.expand(series.shape[0], *values.shape[1:]) if values.shape[0] != series.shape[0] else values


def like(value: Tensor, pattern: Tensor) -> Tensor:
    """A value in the shape and type of the variable that it becomes."""
    return value.to(pattern.dtype).expand(pattern.shape) if value.shape != pattern.shape else value.to(pattern.dtype)


def occurs(condition: Tensor | bool, sample: Tensor, neurons: int) -> Tensor:
    """Where an event occurs, [batch, neurons], of a condition that may be the same for some or all of them."""
    return torch.as_tensor(condition, device=sample.device).expand(sample.shape[0], neurons)


def where(condition: Tensor | bool, then: Tensor | float, otherwise: Tensor | float, pattern: Tensor | None = None) -> Tensor | float:
    """`then` where the condition holds, `otherwise` elsewhere; of two numbers in the type of the pattern."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    return chosen(condition, then, otherwise, pattern)


def _cut(value: Tensor, limit: Tensor | float, low: bool) -> Tensor:
    if isinstance(limit, Tensor):
        return torch.minimum(value, limit) if low else torch.maximum(value, limit)
    held = within_type(limit, value)
    return value.clamp(max=held) if low else value.clamp(min=held)


def _limited(values: tuple[Tensor | float, ...], low: bool) -> Tensor | float:
    result = values[0]
    for value in values[1:]:
        if isinstance(result, Tensor):
            result = _cut(result, value, low)
        elif isinstance(value, Tensor):
            result = _cut(value, result, low)
        else:
            result = min(result, value) if low else max(result, value)
    return result


def minimum(*values: Tensor | float) -> Tensor | float:
    """The smallest of tensors and numbers, element by element."""
    return _limited(values, True)


def maximum(*values: Tensor | float) -> Tensor | float:
    """The largest of tensors and numbers, element by element."""
    return _limited(values, False)


def phi1(exponent: Tensor) -> Tensor:
    """`(exp(x) - 1)/x`, 1 at 0."""
    safe = torch.where(exponent == 0, 1.0, exponent)
    return torch.where(exponent == 0, 1.0, torch.expm1(safe) / safe)


def shifted(line: Tensor, newest: Tensor) -> Tensor:
    """Spikes under way, [batch, steps, neurons], a step later."""
    last = newest.to(line.dtype).unsqueeze(1)
    return last if line.shape[1] == 1 else torch.cat((line[:, 1:], last), 1)


def history(line: Tensor, longest: int, newest: Tensor | None = None) -> Tensor:
    """Spikes under way [batch, steps, neurons] with time first, as far back as is needed; with those of this step behind them."""
    kept = line[:, -longest:].transpose(0, 1)
    return kept if newest is None else torch.cat((kept, newest.to(line.dtype).unsqueeze(0)))


def arrivals(history: Tensor, pre: Tensor, delay: Tensor, longest: int) -> Tensor:
    """The spikes that reach each synapse in this step, [batch, synapses], of spikes [steps, batch, neurons] as `history` gives them."""
    return history[longest - delay.to(torch.int64), :, pre.to(torch.int64)].T


def rows_sum(spikes: Tensor, weight: Tensor, indptr: Tensor, targets: Tensor, count: int) -> Tensor:
    """What spikes [..., neurons] bring over rows of synapses without delays: [..., count]."""
    flat = spikes.reshape(1, -1, spikes.shape[-1])
    return sparse_sum(flat, weight, indptr, targets, count).reshape(*spikes.shape[:-1], count)


def late_sum(history: Tensor, weight: Tensor, indptr: Tensor, targets: Tensor, delay: Tensor, longest: int, count: int) -> Tensor:
    """What reaches the targets in this step of spikes [steps, batch, neurons], each synapse with a delay of its own: [batch, count]."""
    return sparse_sum(history, weight, indptr, targets, count, delay, past=longest, steps=1)[0]


def late_series(series: Tensor, weight: Tensor, indptr: Tensor, targets: Tensor, delay: Tensor, longest: int, count: int) -> Tensor:
    """As `late_sum` for all time steps: [time, batch, count] of a series that begins `longest` steps earlier."""
    return sparse_sum(series, weight, indptr, targets, count, delay, past=longest)


def coupled(values: Tensor, conductance: Tensor, indptr: Tensor, targets: Tensor) -> Tensor:
    """Currents conductance * sum over neighbours j of (x_j - x_i) for values x [batch, neurons]; each is its neighbours' neighbour."""
    wide, one = values.to(torch.float64), torch.ones(1, dtype=torch.float64, device=values.device)
    around = rows_sum(wide, one, indptr, targets, values.shape[-1])
    return (conductance.to(torch.float64) * (around - indptr.diff() * wide)).to(values.dtype)


def coupled_to(there: Tensor, here: Tensor, conductance: Tensor, indptr: Tensor, targets: Tensor) -> Tensor:
    """Currents conductance * sum over neighbours j of (y_j - x_i) into neurons of values x [batch, here] from others, y [batch, there]."""
    wide, one = here.to(torch.float64), torch.ones(1, dtype=torch.float64, device=here.device)
    around = rows_sum(there.to(torch.float64), one, indptr, targets, here.shape[-1])
    neighbours = rows_sum(torch.ones_like(there[:1], dtype=torch.float64), one, indptr, targets, here.shape[-1])
    return (conductance.to(torch.float64) * (around - neighbours * wide)).to(here.dtype)


def part(values: Tensor, shape: tuple[int, ...], ranges: tuple[tuple[int, int], ...]) -> Tensor:
    """The values [..., neurons] of a part of a population of a shape."""
    grid = values.reshape(*values.shape[:-1], *shape)
    for axis, (low, high) in enumerate(ranges):
        grid = grid.narrow(axis - len(shape), low, high - low)
    return grid.reshape(*values.shape[:-1], -1)


def placed(values: Tensor, shape: tuple[int, ...], ranges: tuple[tuple[int, int], ...]) -> Tensor:
    """Values [..., part], or [..., 1] for all of the part, as those of a whole population of a shape, 0 elsewhere."""
    lengths = tuple(high - low for low, high in ranges)
    grid = values.expand(*values.shape[:-1], math.prod(lengths)).reshape(*values.shape[:-1], *lengths)
    margins = [m for (low, high), n in zip(reversed(ranges), reversed(shape), strict=True) for m in (low, n - high)]
    return torch.nn.functional.pad(grid, margins).reshape(*values.shape[:-1], -1)


def batch_mean(value: Tensor, before: Tensor, clock: Mapping[str, Tensor]) -> Tensor:
    """One value for the batch: the mean of what each sample makes of it."""
    return value if value.dim() == before.dim() else value.mean(0, dtype=torch.float64).to(before.dtype)


def batch_sum(value: Tensor, before: Tensor, clock: Mapping[str, Tensor]) -> Tensor:
    """One value for the batch: the value before and the changes of all samples."""
    if value.dim() == before.dim():
        return value
    changes = (value.double() - before.double()).sum(0) * clock["share"]
    return (before.double() + changes).to(before.dtype)


def batch_max(value: Tensor, before: Tensor, clock: Mapping[str, Tensor]) -> Tensor:
    """One value for the batch: the largest of what each sample makes of it."""
    return value if value.dim() == before.dim() else value.amax(0)


def summed(values: Tensor) -> Tensor:
    """The sum over the batch, which is the first dimension: in float64, rounded once."""
    return values.sum(0, dtype=torch.float64).to(values.dtype)


def mean_over_batch(summed: Tensor, samples: Tensor) -> Tensor:
    """A sum over the batch as a mean; `samples` has the batch as its first dimension."""
    return summed / samples.shape[0]


def sum_over_batch(summed: Tensor, clock: Mapping[str, Tensor]) -> Tensor:
    """A sum over the rows as the sum over the samples, of which each may be there more than once."""
    return summed * clock["share"].to(summed.dtype)


def over_samples(change: Tensor, weight: Tensor, clock: Mapping[str, Tensor], reduction: str) -> Tensor:
    """A change [batch, *weights] as its `mean` or `sum` over the samples; without the first dimension it is that of every sample."""
    if change.dim() <= weight.dim():
        return change if reduction == "mean" else change * (clock["sample"].shape[0] * clock["share"]).to(weight.dtype)
    summed = change.sum(0, dtype=torch.float64)
    return (summed / change.shape[0] if reduction == "mean" else summed * clock["share"]).to(weight.dtype)


def without_diagonal(weight: Tensor) -> Tensor:
    """The matrix, or the matrices of all samples, with zeros on the diagonal."""
    return weight * (1.0 - torch.eye(weight.shape[-2], weight.shape[-1], dtype=weight.dtype, device=weight.device))


def at(values: Tensor, neurons: Tensor) -> Tensor:
    """The values [..., neurons] of those that each synapse belongs to: [..., synapses]."""
    return values.index_select(-1, neurons)


def normalize_rows(weight: Tensor, norm: Tensor, side: Tensor, count: int) -> Tensor:
    """Weights of synapses whose sums of absolute values, one for each neuron of `side`, are `norm`; sums of zero stay."""
    single = torch.arange(weight.shape[0] + 1, device=weight.device)
    one = torch.ones(1, dtype=torch.float64, device=weight.device)
    sums = sparse_sum(weight.abs().reshape(1, 1, -1), one, single, side, count)[0, 0]
    factor = torch.where(sums > 0, norm / sums.clamp(min=torch.finfo(torch.float64).tiny), 1.0)
    return weight * at(factor, side).to(weight.dtype)


def normalize_l1(weight: Tensor, norm: Tensor, over: str) -> Tensor:
    """Weights [sources, targets] whose sum of absolute values over one side is `norm`; sums of zero stay.

    Of weights that windows share, [out, in, kernel, kernel], it is that of each window, for all that it gives to one output channel.
    """
    dimensions = (1, 2, 3) if weight.dim() == 4 else (0,) if over == "pre" else (-1,)
    if weight.dim() == 1:
        sums = weight.abs().double()
    else:
        sums = weight.abs().sum(dimensions, keepdim=True, dtype=torch.float64)
    factor = torch.where(sums > 0, norm / sums.clamp(min=torch.finfo(torch.float64).tiny), 1.0)
    return weight * factor.to(weight.dtype)
