"""Hooks that keep parameters normalized or within bounds."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.hooks import StateHook
from inferno.core.mathematics import normalize


class Attribute:
    """An attribute by its dotted path from a module, such as `feedfwd.connection.weight`; properties and numbers of lists count."""

    def __init__(self, path: str) -> None:
        if not isinstance(path, str):
            raise TypeError(f"`attr` must be a string, got {type(path).__name__}")
        if not all(part.isidentifier() or part.isdecimal() for part in path.split(".")):
            raise ValueError(f"`attr` must be names with dots between them, got {path!r}")
        *self.owners, self.name = path.split(".")

    def _owner(self, module: object) -> object:
        for name in self.owners:
            module = getattr(module, name)
        return module

    def change(self, module: nn.Module, function: Callable[[Tensor], Tensor]) -> None:
        """Replace the attribute by a function of it."""
        owner = self._owner(module)
        changed = function(getattr(owner, self.name))
        own = owner._parameters.get(self.name) if isinstance(owner, nn.Module) else None
        if own is None:
            setattr(owner, self.name, changed)
        else:  # torch refuses a tensor in the place of a parameter
            own.data = changed.detach()


class Normalization(StateHook):
    """Keeps an attribute normalized: scale * x / max(||x||_order over dim, epsilon).

    Parameters
    ----------
    module
        Whose calls are hooked, and where the path begins.
    attr
        Dotted path to a tensor.
    order
        Of the norm, not 0.
    scale
        What the norm becomes, not 0.
    dim
        Dimensions over which the norm is taken; None for all.
    epsilon
        The least norm that is divided by, > 0.
    train_update, eval_update, as_prehook, prepend, always_call
        As for `StateHook`.

    Raises
    ------
    ValueError, TypeError
        For an argument out of its range, or of another kind.
    """

    def __init__(
        self,
        module: nn.Module,
        attr: str,
        order: int | float,
        scale: float,
        dim: int | tuple[int, ...] | None,
        epsilon: float = 1e-12,
        *,
        train_update: bool = True,
        eval_update: bool = True,
        as_prehook: bool = False,
        prepend: bool = False,
        always_call: bool = False,
    ) -> None:
        super().__init__(module, train_update, eval_update, as_prehook=as_prehook, prepend=prepend, always_call=always_call)
        self._attribute = Attribute(attr)
        self.order = float(order) if order in (float("inf"), -float("inf")) else arguments.non_zero("order", order)
        self.scale, self.epsilon = arguments.non_zero("scale", scale), arguments.positive("epsilon", epsilon)
        self.dim = _dimensions(dim)

    def hook(self, module: nn.Module) -> None:
        """Normalize."""
        self._attribute.change(module, lambda x: normalize(x, self.order, self.scale, self.dim, self.epsilon))


class Clamping(StateHook):
    """Keeps an attribute within bounds.

    Parameters
    ----------
    module
        Whose calls are hooked, and where the path begins.
    attr
        Dotted path to a tensor.
    min, max
        Bounds; None for none, but not both.
    train_update, eval_update, as_prehook, prepend, always_call
        As for `StateHook`.

    Raises
    ------
    RuntimeError
        Without a bound.
    ValueError, TypeError
        For bounds that leave nothing between them, or are no numbers.
    """

    def __init__(
        self,
        module: nn.Module,
        attr: str,
        min: float | None = None,
        max: float | None = None,
        *,
        train_update: bool = True,
        eval_update: bool = True,
        as_prehook: bool = False,
        prepend: bool = False,
        always_call: bool = False,
    ) -> None:
        super().__init__(module, train_update, eval_update, as_prehook=as_prehook, prepend=prepend, always_call=always_call)
        if min is None and max is None:
            raise RuntimeError("a clamping needs at least one of `min` and `max`, got None for both")
        self._attribute = Attribute(attr)
        self.min = arguments.real("min", min) if min is not None else None
        self.max = arguments.real("max", max) if max is not None else None
        if self.min is not None and self.max is not None and not self.max > self.min:
            raise ValueError(f"`max` must be greater than `min` ({self.min:g}), got {max!r}")

    def hook(self, module: nn.Module) -> None:
        """Clamp."""
        self._attribute.change(module, self._clamped)

    def _clamped(self, value: Tensor) -> Tensor:
        return torch.clamp(value, min=self.min, max=self.max)


def _dimensions(dim: object) -> int | tuple[int, ...] | None:
    if dim is None or (isinstance(dim, int) and not isinstance(dim, bool)):
        return dim
    if isinstance(dim, tuple | list) and all(isinstance(d, int) and not isinstance(d, bool) for d in dim):
        return tuple(dim)
    raise TypeError(f"`dim` must be a whole number, a tuple of them, or None, got {dim!r}")
