"""What white noise adds to linear states in a step, where the constants of their equations differ from neuron to neuron."""

from __future__ import annotations

import torch
from torch import Tensor

from inferno.runtime.drawn import product

TERMS = 16
"""Of the series below: the norm of a part of the step is at most 1/4, so that what is left out is lost in rounding."""
NEGLIGIBLE = 1e-13
"""A variance that is left of one so much larger is the rounding of 0."""

Rows = tuple[tuple[Tensor | float, ...], ...]


def noise_factor(rows: Rows, inputs: Rows, dt: Tensor) -> Tensor:
    """The lower triangular `L` [neurons, n, n] of `L L^T = Q`, the covariance of what `x' = A x + B xi` gains from noise in a step.

    `Q` is the integral of `exp(A s) B B^T exp(A^T s)`: over a part of the step by its Taylor series, then doubled,
    `Q(2h) = Q(h) + P(h) Q(h) P(h)^T`, sums in which nothing cancels.  Every sum is in the order of its index.
    """
    a, b = _stacked(rows, dt), _stacked(inputs, dt)
    norm = torch.maximum(a.abs().sum(-1).amax(-1), a.abs().sum(-2).amax(-1)) * dt
    doublings = (torch.ceil(torch.log2(norm)) + 2).clamp(min=0).nan_to_num(0, 0, 0)
    part = (dt * torch.exp2(-doublings))[..., None, None]
    term = product(b, b.mT) * part
    power = torch.eye(len(rows), dtype=torch.float64, device=dt.device).expand_as(a)
    total, across = term, power
    for order in range(1, TERMS + 1):
        term = (product(a, term) + product(term, a.mT)) * (part / (order + 1))
        power = product(a, power) * (part / order)
        total, across = total + term, across + power
    for done in range(int(doublings.max())):
        wanted = (doublings > done)[..., None, None]
        total = torch.where(wanted, total + product(product(across, total), across.mT), total)
        across = torch.where(wanted, product(across, across), across)
    return _factor(total)


def _stacked(rows: Rows, dt: Tensor) -> Tensor:
    """A matrix of each neuron, float64 [neurons, rows, columns] (or [rows, columns], where all are the same)."""
    entries = [torch.as_tensor(x, dtype=torch.float64, device=dt.device) for row in rows for x in row]
    shape = max((e.shape for e in entries), key=len)
    stacked = torch.stack([e.expand(shape) for e in entries], -1)
    return stacked.reshape(*stacked.shape[:-1], len(rows), len(rows[0]))


def _factor(variances: Tensor) -> Tensor:
    """The triangular factor, with a column of zeros where a state has no noise that others do not have."""
    lower = torch.zeros_like(variances)
    for column in range(variances.shape[-1]):
        whole = variances[..., column, column]
        left = whole - (lower[..., column, :] * lower[..., column, :]).sum(-1)
        present = left > NEGLIGIBLE * whole
        pivot = torch.where(present, left, 1.0).sqrt()
        lower[..., column, column] = torch.where(present, pivot, 0.0)
        for row in range(column + 1, variances.shape[-1]):
            known = (lower[..., row, :] * lower[..., column, :]).sum(-1)
            lower[..., row, column] = torch.where(present, (variances[..., row, column] - known) / pivot, 0.0)
    return lower
