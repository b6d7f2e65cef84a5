"""Tensors that tests of the kernels begin with, always the same."""

import torch
from torch import Tensor

from inferno.runtime.philox import stream_key

FLOATS = [torch.float32, torch.float64]

SAMPLE = torch.tensor([0, 7, 2**35, -1, 12])
STEP = torch.tensor(123)


def numbers(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def events(*shape: int, dtype: torch.dtype = torch.bool, density: float = 0.1) -> Tensor:
    chosen = torch.rand(*shape, generator=torch.Generator().manual_seed(1)) < density
    return chosen if dtype is torch.bool else numbers(*shape, dtype=dtype, seed=2) * chosen


def key(stream: str = "test") -> Tensor:
    return torch.tensor(stream_key(5, stream))
