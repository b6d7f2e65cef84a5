"""The standard draws of a program, of torch's random numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def _uniform(size: torch.Size, **kind: Any) -> Tensor:
    """Numbers within (0, 1): a logarithm is taken of some."""
    return torch.rand(size, **kind).clamp_(min=torch.finfo(kind["dtype"]).tiny)


STANDARD: dict[str, Callable[..., Tensor]] = {
    "uniform": _uniform,
    "normal": lambda size, **kind: torch.randn(size, **kind),
    "exponential": lambda size, **kind: -torch.log(_uniform(size, **kind)),
}
"""How the standard draws of a program are made of torch's random numbers."""
