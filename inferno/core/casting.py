"""Spikes as numbers."""

from __future__ import annotations

import torch
from torch import Tensor


def as_floats(spikes: Tensor, dtype: torch.dtype) -> Tensor:
    """Spikes as 0 and 1, other values as they are, in a type of floats."""
    # On the CPU torch converts bytes three times as fast as bools.
    return spikes.view(torch.uint8).to(dtype) if spikes.dtype == torch.bool else spikes.to(dtype)
