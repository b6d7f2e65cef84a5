"""Numbers of a program's text beside tensors of a type that may not hold them."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def within_type(value: float, pattern: Tensor) -> float:
    """A number beside a tensor: infinite where it is beyond the tensor's type, as sums and products have it and `torch.where` has not."""
    if not pattern.is_floating_point() or abs(value) <= torch.finfo(pattern.dtype).max:
        return value
    return math.copysign(math.inf, value)


def chosen(condition: Tensor, then: Tensor | float, otherwise: Tensor | float, pattern: Tensor | None) -> Tensor:
    """`torch.where` of tensors and numbers; of two numbers in the type of the pattern."""
    if isinstance(then, Tensor):
        return torch.where(condition, then, otherwise if isinstance(otherwise, Tensor) else within_type(otherwise, then))
    if isinstance(otherwise, Tensor):
        return torch.where(condition, within_type(then, otherwise), otherwise)
    if pattern is None:
        return torch.where(condition, then, otherwise)
    return torch.where(condition, torch.full_like(pattern, within_type(then, pattern)), within_type(otherwise, pattern))
