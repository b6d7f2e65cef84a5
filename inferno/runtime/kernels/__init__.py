"""What generated code calls for spikes, plasticity and randomness: one function per operator of namespace `inferno`.

Importing this compiles nothing: the plain-torch twins serve until `use_native()` puts the C++ kernels in front of them on the CPU.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inferno.runtime.kernels.building import NativeStatus, NativeUnavailable, native_available
from inferno.runtime.kernels.operators import KINDS, use_reference
from inferno.runtime.kernels.serving import use_native

__all__ = [
    "KINDS",
    "NativeStatus",
    "NativeUnavailable",
    "draw",
    "event_outer",
    "interval_spikes",
    "native_available",
    "sparse_sum",
    "spike_sum",
    "use_native",
    "use_reference",
]


def spike_sum(spikes: Tensor, weight: Tensor) -> Tensor:
    """Input that spikes bring through a weight matrix: Σᵢ spikes[..., i]·weight[i, :].

    spikes [..., N] bool, or floating for graded events; weight [N, M] → [..., M] in weight's dtype and unit. Zeros cost nothing.
    Summed in float64 in index order and rounded once, so that neither batch split nor thread count changes a bit. Differentiable in
    weight and in floating spikes.
    """
    total: Tensor = torch.ops.inferno.spike_sum.default(spikes, weight)
    return total


def sparse_sum(
    spikes: Tensor, weight: Tensor, indptr: Tensor, targets: Tensor, count: int, delay: Tensor | None = None, past: int = 0, steps: int = -1
) -> Tensor:
    """Input that spikes [R, B, N] bring over rows of synapses: [steps, B, count] in weight's dtype and unit.

    Source i has the synapses indptr[i] … indptr[i + 1] (int64 [N + 1]) with targets int32 [S], weight [S] (or [1], one for all) and
    delay int16 or int32 [S] in steps, by which a row is sorted (None: all 0). Step t takes what is d steps old from spikes[past + t - d];
    d is at most `past`; `steps` -1 takes as many as there are rows. Zeros cost nothing. Summed in float64 in order of age, source and
    synapse and rounded once. Differentiable in weight and in floating spikes.
    """
    asked = spikes.shape[0] - past if steps < 0 else steps
    total: Tensor = torch.ops.inferno.sparse_sum.default(spikes, weight, indptr, targets, delay, past, asked, count)
    return total


def event_outer(left: Tensor, right: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    """Outer product summed over the batch, the shape of a weight change: Σ_b left[b, :] ⊗ right[b, :].

    left [B, N], right [B, M], each bool or floating → [N, M] in `dtype`, or else in that of the floating side (the wider of two).
    Zeros on either side cost nothing. Differentiable in both floating sides. Two bool sides without a dtype raise `TypeError`.
    """
    result_dtype = torch.promote_types(left.dtype, right.dtype) if dtype is None else dtype
    if not result_dtype.is_floating_point:
        raise TypeError(f"event_outer of {left.dtype} and {right.dtype} needs a floating dtype")
    outer: Tensor = torch.ops.inferno.event_outer.default(left, right, result_dtype)
    return outer


def draw(
    kind: str,
    key: Tensor,
    sample: Tensor,
    step: Tensor,
    elements: int,
    where: Tensor | None = None,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Random numbers [B, elements], a pure function of (key, sample, step, element): see `inferno.runtime.philox`.

    kind: "uniform" on (0, 1), "exponential" with mean 1, "normal" with mean 0 and variance 1; computed in float64, rounded to dtype.
    key int64 [] (of `stream_key`), sample int64 [B], step int64 [] (its low 32 bits count). where: bool [B, elements]; only those are
    computed, the others are 0. An unknown kind raises `ValueError`.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown distribution {kind!r}; there are {', '.join(KINDS)}")
    values: Tensor = torch.ops.inferno.draw.default(kind, key, sample, step, elements, where, dtype)
    return values


def interval_spikes(wait: Tensor, drift: Tensor, key: Tensor, sample: Tensor, step: Tensor, steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """Sources whose intervals are exponential, over all time steps at once: spikes bool [T, B, N], the countdowns left [B, N], and how
    often each spiked, int64 [1, B, N].

    wait [B, N] moves by drift [T, B, N] (or [1, B, N], the same in every step); whoever reaches 0 spikes and gets an exponential draw
    of mean 1 added, a function of (key, sample [B], step [] + k, element).
    """
    spikes, left, counts = torch.ops.inferno.interval_spikes.default(wait, drift, key, sample, step, steps)
    return spikes, left, counts
