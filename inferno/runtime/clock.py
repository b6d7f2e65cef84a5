"""Where a call stands: the numbers of its samples and of its first step, from which random numbers are made."""

from __future__ import annotations

import torch
from torch import Tensor

from inferno.runtime.plan import Tensors


def clock_of(first: int, batch: int, device: torch.device) -> Tensors:
    """The clock of so many samples from a number on: `sample` int64 [batch], `step` 0, and the `share` of the rows that count."""
    return {
        "sample": torch.arange(first, first + batch, device=device, dtype=torch.int64),
        "no sample": torch.zeros(1, dtype=torch.int64, device=device),
        "step": torch.zeros((), dtype=torch.int64, device=device),
        "share": torch.ones((), dtype=torch.float64, device=device),
    }


def for_rows(clock: Tensors, rows: int) -> Tensors:
    """The clock of a batch that runs as so many rows, the first of which are its own."""
    share = torch.full_like(clock["share"], clock["sample"].shape[0] / rows)
    return {**clock, "sample": widened(clock["sample"], rows, True), "share": share}


def widened(value: Tensor, rows: int, per_sample: bool) -> Tensor:
    """A value of one sample for each of so many rows; one that has them already, or is of the whole batch, stays."""
    return value.expand(rows, *value.shape[1:]).contiguous() if per_sample and value.shape[0] != rows else value
