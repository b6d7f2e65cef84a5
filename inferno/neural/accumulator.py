"""What is to be added to a parameter and what is to be taken from it, until both are applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from inferno.core import arguments

Reduction = Callable[[Tensor, int], Tensor]


class Accumulator(nn.Module):
    """Partial updates of one parameter: magnitudes that raise it (`pos`) and that lower it (`neg`).

    The change is pos - neg, each scaled by a bound if there is one: see `upperbound`, `lowerbound` and `fullbound`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pos: list[Tensor] = []
        self._neg: list[Tensor] = []
        self._reduction: Reduction = torch.sum
        self._upper: Callable[[Tensor, Tensor], Tensor] | None = None
        self._lower: Callable[[Tensor, Tensor], Tensor] | None = None
        self._full: Callable[[Tensor, Tensor, Tensor], Tensor] | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("pos", "neg"):
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    @property
    def pos(self) -> Tensor | None:
        """The sum (or other reduction) of the raising updates, in the parameter's shape; None without any.  Assigning appends."""
        return self._reduced(self._pos)

    @pos.setter
    def pos(self, value: Tensor | None) -> None:
        if value is not None:
            arguments.instance("pos", value, Tensor, "a tensor or None")
            self._pos.append(value)

    @pos.deleter
    def pos(self) -> None:
        self._pos = []

    @property
    def neg(self) -> Tensor | None:
        """The sum (or other reduction) of the lowering updates, in the parameter's shape; None without any.  Assigning appends."""
        return self._reduced(self._neg)

    @neg.setter
    def neg(self, value: Tensor | None) -> None:
        if value is not None:
            arguments.instance("neg", value, Tensor, "a tensor or None")
            self._neg.append(value)

    @neg.deleter
    def neg(self) -> None:
        self._neg = []

    def _reduced(self, parts: list[Tensor]) -> Tensor | None:
        if not parts:
            return None
        if len(parts) == 1 and self._reduction is torch.sum:
            return parts[0]
        return self._reduction(torch.stack(parts), 0)

    def reduction(self, fn: Reduction | None = None) -> None:
        """Set how several partial updates become one: `fn(stacked, 0)`; None for the sum.

        Raises
        ------
        TypeError
            For something that can't be called.
        """
        _require_callable("fn", fn)
        self._reduction = fn if fn is not None else torch.sum

    def clear(self) -> None:
        """Drop all partial updates."""
        self._pos, self._neg = [], []

    def upperbound(self, bound: Callable[..., Tensor] | None, max: float | Tensor | None = None, /, **kwargs: Any) -> None:
        """Scale what raises the parameter by `bound(param, pos, max, **kwargs)`; None removes the bound.  A full bound is dropped."""
        _require_callable("bound", bound)
        self._full = None
        self._upper = (lambda param, update: bound(param, update, max, **kwargs)) if bound is not None else None

    def lowerbound(self, bound: Callable[..., Tensor] | None, min: float | Tensor | None = None, /, **kwargs: Any) -> None:
        """Scale what lowers the parameter by `bound(param, neg, min, **kwargs)`; None removes the bound.  A full bound is dropped."""
        _require_callable("bound", bound)
        self._full = None
        self._lower = (lambda param, update: bound(param, update, min, **kwargs)) if bound is not None else None

    def fullbound(
        self, bound: Callable[..., Tensor] | None, max: float | Tensor | None = None, min: float | Tensor | None = None, /, **kwargs: Any
    ) -> None:
        """Make the change `bound(param, pos, neg, max, min, **kwargs)`; None removes the bound.  Half bounds are dropped."""
        _require_callable("bound", bound)
        self._upper = self._lower = None
        self._full = (lambda param, pos, neg: bound(param, pos, neg, max, min, **kwargs)) if bound is not None else None

    def update(self, param: Tensor) -> Tensor | None:
        """The change of a parameter, in its shape; None where nothing was accumulated."""
        pos, neg = self.pos, self.neg
        if pos is None and neg is None:
            return None
        if self._full is not None:
            return self._full(param, _or_zeros(pos, param), _or_zeros(neg, param))
        if pos is not None and self._upper is not None:
            pos = self._upper(param, pos)
        if neg is not None and self._lower is not None:
            neg = self._lower(param, neg)
        if pos is None:
            assert neg is not None
            return -neg
        return pos if neg is None else pos - neg

    def forward(self, param: Tensor) -> Tensor:
        """The parameter with the change."""
        change = self.update(param)
        return param if change is None else param + change


def _or_zeros(update: Tensor | None, param: Tensor) -> Tensor:
    return torch.zeros_like(param) if update is None else update


def _require_callable(name: str, value: object) -> None:
    if value is not None and not callable(value):
        raise TypeError(f"`{name}` must be callable or None, got {type(value).__name__}")
