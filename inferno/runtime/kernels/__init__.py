"""What generated code calls for spikes, plasticity and randomness: one function per operator of namespace `inferno`.

Importing this compiles nothing: the plain-torch twins serve until `use_native()` puts the C++ kernels in front of them on the CPU.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inferno.runtime.kernels.building import NativeStatus, NativeUnavailable, native_available
from inferno.runtime.kernels.operators import KINDS, use_reference
from inferno.runtime.kernels.pairs import are_pairs_built, build_pairs_meanwhile
from inferno.runtime.kernels.serving import use_native, use_native_pairs

__all__ = [
    "KINDS",
    "NativeStatus",
    "NativeUnavailable",
    "are_pairs_built",
    "build_pairs_meanwhile",
    "choose",
    "choose_sources",
    "columns",
    "draw",
    "event_outer",
    "interval_spikes",
    "jump",
    "native_available",
    "near",
    "sort_rows",
    "sparse_sum",
    "spike_sum",
    "use_native",
    "use_native_pairs",
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
    first: int = 0,
) -> Tensor:
    """Random numbers [B, elements], those from element `first` on, functions of (key, sample, step, element): see `inferno.runtime.philox`.

    kind: "uniform" on (0, 1), "exponential" with mean 1, "normal" with mean 0 and variance 1; computed in float64, rounded to dtype.
    key int64 [] (of `stream_key`), sample int64 [B], step int64 [] (its low 32 bits count). where: bool [B, elements]; only those are
    computed, the others are 0. An unknown kind raises `ValueError`.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown distribution {kind!r}; there are {', '.join(KINDS)}")
    values: Tensor = torch.ops.inferno.draw.default(kind, key, sample, step, elements, where, dtype, first)
    return values


def interval_spikes(wait: Tensor, drift: Tensor, key: Tensor, sample: Tensor, step: Tensor, steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """Sources whose intervals are exponential, over all time steps at once: spikes bool [T, B, N], the countdowns left [B, N], and how
    often each spiked, int64 [1, B, N].

    wait [B, N] moves by drift [T, B, N] (or [1, B, N], the same in every step); whoever reaches 0 spikes and gets an exponential draw
    of mean 1 added, a function of (key, sample [B], step [] + k, element).
    """
    spikes, left, counts = torch.ops.inferno.interval_spikes.default(wait, drift, key, sample, step, steps)
    return spikes, left, counts


def choose(key: Tensor, rows: Tensor, barred: Tensor, count: int, among: int) -> Tensor:
    """Different numbers below `among`, as many for each of the rows, ascending: int32 [rows, count], a function of (key, row).

    rows int64 [rows]; barred int64 [rows], a number that the row does not choose, or -1. `ValueError` where there are not so many.
    """
    _require_enough(count, among, barred)
    chosen: Tensor = torch.ops.inferno.choose.default(key, rows, barred, count, among)
    return chosen


def choose_sources(key: Tensor, barred: Tensor, count: int, sources: int) -> tuple[Tensor, Tensor]:
    """As `choose`, with a row for each target, the other way round: where the row of each source starts, int64 [sources + 1], and the
    targets that chose it, int32, ascending."""
    _require_enough(count, sources, barred)
    starts, targets = torch.ops.inferno.choose_sources.default(key, barred, count, sources)
    return starts, targets


def _require_enough(count: int, among: int, barred: Tensor) -> None:
    highest = int(barred.max()) if len(barred) else -1
    if highest >= among or count > among - (highest >= 0):
        raise ValueError(f"{count} different numbers below {among} can't be chosen{f' without {highest}' if highest >= 0 else ''}")


def jump(key: Tensor, rows: int, width: int, chance: float) -> tuple[Tensor, Tensor]:
    """Each pair of a row and a number below `width` with the same chance between 0 and 1: where rows start, int64 [rows + 1], and their
    numbers, int32, ascending, a function of (key, row)."""
    starts, targets = torch.ops.inferno.jump.default(key, rows, width, chance)
    return starts, targets


def near(key: Tensor, rows: Tensor, sources: Tensor, targets: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """Each pair with probability exp(-d^2/(2 sigma^2)), d the distance of two places: how many targets each row has, int64, and these,
    int32, ascending, functions of (key, row, target).

    rows int64 [rows] at `sources` [rows, axes]; `targets` [targets, axes].
    """
    lengths, joined = torch.ops.inferno.near.default(key, rows, sources, targets, sigma)
    return lengths, joined


def sort_rows(starts: Tensor, values: Tensor) -> Tensor:
    """The order, int64, that puts values in ascending order within rows, those from starts[i] to starts[i + 1], equal ones as they are.

    starts int64 [rows + 1]; values int64, none below 0.
    """
    order: Tensor = torch.ops.inferno.sort_rows.default(starts, values)
    return order


def columns(targets: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Synapses by their targets: those of target j are synapses[starts[j] : starts[j + 1]], ascending; int64 [count + 1], int32 [synapses].

    There are less than 2^31 synapses.
    """
    starts, synapses = torch.ops.inferno.columns.default(targets, count)
    return starts, synapses
