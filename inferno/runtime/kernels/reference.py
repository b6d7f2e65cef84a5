"""The plain-torch twin of every kernel: what the operators mean, and what runs where no native library does."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from inferno.runtime.philox import Words, key_words, philox4x32, unit_interval


def spike_sum(spikes: Tensor, weight: Tensor) -> Tensor:
    """Σᵢ spikes[..., i]·weight[i, :] in float64, rounded once: [..., N], [N, M] → [..., M] in weight's dtype."""
    return (spikes.to(torch.float64) @ weight.to(torch.float64)).to(weight.dtype)


def sparse_sum(
    spikes: Tensor, weight: Tensor, indptr: Tensor, targets: Tensor, delay: Tensor | None, past: int, steps: int, count: int
) -> Tensor:
    """What spikes bring over rows of synapses: spikes [R, B, N] → [steps, B, count] in weight's dtype.

    Source i has the synapses indptr[i] … indptr[i + 1] (int64 [N + 1]), each with its target (int32 [S]), its weight [S] (or one for
    all, [1]) and its delay in steps (int [S], rows sorted by it; None is 0).  Step t takes the spike that is d steps old from row
    past + t - d.  Summed in float64 in order of age, source and synapse, and rounded once.
    """
    batch = spikes.shape[1]
    sums = torch.zeros(steps * batch * count, dtype=torch.float64, device=spikes.device)
    # The newest row first: for each step, that is the order of age.
    row, sample, source = torch.nonzero(spikes.flip(0), as_tuple=True)
    row = spikes.shape[0] - 1 - row
    lengths = indptr[source + 1] - indptr[source]
    for chosen in _in_pieces(lengths):
        synapse = _expanded(indptr[source[chosen]], lengths[chosen])
        event = torch.repeat_interleave(torch.arange(len(lengths), device=spikes.device)[chosen], lengths[chosen])
        age = delay[synapse].to(torch.int64) if delay is not None else torch.zeros_like(synapse)
        step = row[event] + age - past
        valid = (step >= 0) & (step < steps) & (age <= past)
        synapse, event, step = synapse[valid], event[valid], step[valid]
        size = spikes[row[event], sample[event], source[event]].to(torch.float64)
        if weight.shape[0] != 1:
            size = size * weight[synapse].to(torch.float64)
        _add_in_order(sums, (step * batch + sample[event]) * count + targets[synapse], size)
    if weight.shape[0] == 1:
        sums = sums * weight.to(torch.float64)
    return sums.to(weight.dtype).reshape(steps, batch, count)


def _in_pieces(lengths: Tensor, most: int = 1 << 22) -> list[slice]:
    """Stretches of rows with at most so many synapses together, or one row."""
    pieces, start = [], 0
    ends = torch.cumsum(lengths, 0)
    while start < len(lengths):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(torch.searchsorted(ends, before + most, right=True)))
        pieces.append(slice(start, stop))
        start = stop
    return pieces


def _expanded(starts: Tensor, lengths: Tensor) -> Tensor:
    """The numbers start, start + 1, … of every stretch, one stretch after the other."""
    first = torch.cumsum(lengths, 0) - lengths
    return torch.repeat_interleave(starts - first, lengths) + torch.arange(int(lengths.sum()), device=starts.device)


def _add_in_order(sums: Tensor, places: Tensor, values: Tensor) -> None:
    """Add values to the sums at their places, one after the other."""
    if sums.device.type == "cpu":
        sums.index_add_(0, places, values)
    else:
        # The accelerator's index_add_ has no order; this sorts first.
        sums.index_put_((places,), values, accumulate=True)


def event_outer(left: Tensor, right: Tensor, dtype: torch.dtype) -> Tensor:
    """Σ_b left[b, :] ⊗ right[b, :]: [B, N], [B, M] → [N, M] in dtype."""
    # Half precision is summed in float64 and rounded once, as the native kernel does.
    inner = dtype if dtype in (torch.float32, torch.float64) else torch.float64
    return (left.to(inner).T @ right.to(inner)).to(dtype)


def draw(
    kind: str, key: Tensor, sample: Tensor, step: Tensor, elements: int, where: Tensor | None, dtype: torch.dtype, first: int = 0
) -> Tensor:
    """Random numbers [B, elements], from element `first` on, for int64 key [], sample [B] and step []; 0 where the mask is false."""
    element = torch.arange(first, first + elements, device=sample.device)
    low, high = key_words(sample[:, None])
    words = philox4x32((element, step & 0xFFFFFFFF, low, high), key_words(key))
    values = _distributed(kind, words).to(dtype)
    return values if where is None else torch.where(where, values, 0)


def interval_spikes(wait: Tensor, drift: Tensor, key: Tensor, sample: Tensor, step: Tensor, steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """Countdowns over all time steps: wait [B, N] moves by drift [T or 1, B, N]; at 0 or below it spikes and is prolonged by a draw.

    Draws are exponential with mean 1, of (key, sample, step, element).  Returns spikes [T, B, N], what is left [B, N],
    and how often each spiked [1, B, N].
    """
    spikes, counts = [], torch.zeros((1, *wait.shape), dtype=torch.int64, device=wait.device)
    for k in range(steps):
        wait = wait + drift[0 if drift.shape[0] == 1 else k]
        spikes.append(wait <= 0)
        counts += spikes[-1]
        wait = wait + draw("exponential", key, sample, step + k, wait.shape[1], spikes[-1], wait.dtype)
    return torch.stack(spikes), wait, counts


def _distributed(kind: str, words: Words) -> Tensor:
    """Float64 numbers of a distribution from four random words each."""
    first = unit_interval(words[0], words[1])
    if kind == "uniform":
        return first
    if kind == "exponential":
        return -torch.log(first)
    # Box and Muller (1958); the sine half is thrown away, so that a draw needs no memory of the one before.
    return torch.sqrt(-2 * torch.log(first)) * torch.cos(2 * math.pi * unit_interval(words[2], words[3]))
