"""Memory for series over all steps of a call."""

from __future__ import annotations

import math
import mmap
import sys
from collections.abc import Sequence

import torch
from torch import Tensor

LEAST = 1 << 23
"""Bytes from which on memory is new to a process each time that it is asked for."""


def empty(shape: Sequence[int], dtype: torch.dtype, device: torch.device) -> Tensor:
    """A tensor of any values; a large one on the CPU has all its pages at once.

    Else the system would clear a page whenever a loop comes to the next one, and what the loop needs would leave the nearest caches.
    """
    count = math.prod(shape)
    if device.type != "cpu" or count * dtype.itemsize < LEAST or sys.platform != "linux":
        return torch.empty(tuple(shape), dtype=dtype, device=device)
    try:
        memory = mmap.mmap(-1, count * dtype.itemsize, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)
    except OSError:
        return torch.empty(tuple(shape), dtype=dtype, device=device)  # which says how much memory there was no room for
    return torch.frombuffer(memory, dtype=dtype, count=count).view(tuple(shape))
