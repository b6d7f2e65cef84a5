"""The plain-torch twin of every kernel: what the operators mean, and what runs where no native library does."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from inferno.runtime.philox import Words, key_words, philox4x32, unit_interval


def spike_sum(spikes: Tensor, weight: Tensor) -> Tensor:
    """Σᵢ spikes[..., i]·weight[i, :] in float64, rounded once: [..., N], [N, M] → [..., M] in weight's dtype."""
    return (spikes.to(torch.float64) @ weight.to(torch.float64)).to(weight.dtype)


def event_outer(left: Tensor, right: Tensor, dtype: torch.dtype) -> Tensor:
    """Σ_b left[b, :] ⊗ right[b, :]: [B, N], [B, M] → [N, M] in dtype."""
    # Half precision is summed in float64 and rounded once, as the native kernel does.
    inner = dtype if dtype in (torch.float32, torch.float64) else torch.float64
    return (left.to(inner).T @ right.to(inner)).to(dtype)


def draw(kind: str, key: Tensor, sample: Tensor, step: Tensor, elements: int, where: Tensor | None, dtype: torch.dtype) -> Tensor:
    """Random numbers [B, elements] for int64 key [], sample [B] and step []; 0 where the bool mask [B, elements] is false."""
    element = torch.arange(elements, device=sample.device)
    low, high = key_words(sample[:, None])
    words = philox4x32((element, step & 0xFFFFFFFF, low, high), key_words(key))
    values = _distributed(kind, words).to(dtype)
    return values if where is None else torch.where(where, values, 0)


def interval_spikes(wait: Tensor, drift: Tensor, key: Tensor, sample: Tensor, step: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """Countdowns over all time steps: wait [B, N] moves by drift [T or 1, B, N]; at 0 or below it spikes and is prolonged by a draw.

    Draws are exponential with mean 1, of (key, sample, step, element).  Returns spikes [T, B, N] and what is left [B, N].
    """
    spikes = []
    for k in range(steps):
        wait = wait + drift[0 if drift.shape[0] == 1 else k]
        spikes.append(wait <= 0)
        wait = wait + draw("exponential", key, sample, step + k, wait.shape[1], spikes[-1], wait.dtype)
    return torch.stack(spikes), wait


def _distributed(kind: str, words: Words) -> Tensor:
    """Float64 numbers of a distribution from four random words each."""
    first = unit_interval(words[0], words[1])
    if kind == "uniform":
        return first
    if kind == "exponential":
        return -torch.log(first)
    # Box and Muller (1958); the sine half is thrown away, so that a draw needs no memory of the one before.
    return torch.sqrt(-2 * torch.log(first)) * torch.cos(2 * math.pi * unit_interval(words[2], words[3]))
