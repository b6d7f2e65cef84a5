"""What applies accumulated updates to the parameters of a connection."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.module import Module
from inferno.neural.accumulator import Accumulator


class Updater(Module):
    """Accumulators for some parameters of a module, by name: `updater.weight` is one.

    Assigning a pair `(pos, neg)` to one appends both, a single tensor only what raises.  Calling the updater applies all changes, and
    is what hooks such as `Clamping` see; the accumulators keep their parts until they are cleared.

    Parameters
    ----------
    module
        The module whose parameters are updated; held weakly.
    params
        Their names.
    reduction
        How several partial updates become one: `f(stacked, 0)`; None for the sum.

    Raises
    ------
    RuntimeError
        Where the module has no such parameter.
    TypeError
        For something that is no module.
    """

    def __init__(self, module: Module, *params: str, reduction: Callable[[Tensor, int], Tensor] | None = None) -> None:
        super().__init__()
        self.updates_: nn.ModuleDict
        arguments.instance("module", module, nn.Module, "a torch.nn.Module")
        for name in params:
            if not hasattr(module, name):
                raise RuntimeError(f"{type(module).__name__} has no parameter {name!r} to update")
        self.__dict__["_parent"] = weakref.ref(module)
        self.updates_ = nn.ModuleDict({name: Accumulator() for name in params})
        for accumulator in self._accumulators():
            accumulator.reduction(reduction)

    def __deepcopy__(self, memo: dict[int, Any]) -> Updater:
        """One for the copy of the parent, if that is being made, and for the parent itself otherwise."""
        parent = self.__dict__["_parent"]()
        made = object.__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update({name: copy.deepcopy(value, memo) for name, value in self.__dict__.items() if name != "_parent"})
        copied = memo.get(id(parent))
        made.__dict__["_parent"] = self.__dict__["_parent"] if copied is None else weakref.ref(copied)
        return made

    @property
    def parent(self) -> Module:
        """The module whose parameters are updated.

        Raises
        ------
        RuntimeError
            If it is gone.
        """
        found: Module | None = self.__dict__["_parent"]()
        if found is None:
            raise RuntimeError("the module that this updater belongs to no longer exists")
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(self.updates_)

    def _accumulators(self) -> list[Accumulator]:
        return [a for a in self.updates_.values() if isinstance(a, Accumulator)]

    def _accumulator(self, name: str) -> Accumulator | None:
        modules = self.__dict__.get("_modules", {})
        updates = modules.get("updates_")
        return updates._modules.get(name) if updates is not None else None

    def __getattr__(self, name: str) -> Any:
        accumulator = self._accumulator(name)
        return accumulator if accumulator is not None else super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        accumulator = self._accumulator(name)
        if accumulator is None:
            super().__setattr__(name, value)
            return
        parts = value if isinstance(value, tuple) else (value, None)
        if len(parts) != 2:
            raise ValueError(f"`{name}` takes a pair of updates, what raises it and what lowers it, got {len(parts)} of them")
        shape = getattr(self.parent, name).shape
        for side, part in zip(("pos", "neg"), parts, strict=True):
            if isinstance(part, Tensor) and part.shape != shape:
                raise ValueError(f"the `{side}` update of `{name}` must have the shape {list(shape)}, got {list(part.shape)}")
        accumulator.pos, accumulator.neg = parts

    def __delattr__(self, name: str) -> None:
        accumulator = self._accumulator(name)
        if accumulator is None:
            super().__delattr__(name)
        else:
            accumulator.clear()

    def clear(self) -> None:
        """Drop all partial updates."""
        for accumulator in self._accumulators():
            accumulator.clear()

    def forward(self, *params: str, **kwargs: Any) -> None:
        """Apply the changes of the named parameters, or of all.

        Raises
        ------
        RuntimeError
            If the module is gone.
        AttributeError
            For a name without an accumulator.
        """
        parent = self.parent
        for name in params or self.names:
            accumulator = self._accumulator(name)
            if accumulator is None:
                raise AttributeError(f"this updater has no parameter {name!r}; it has {', '.join(self.names)}")
            change = accumulator.update(getattr(parent, name))
            if change is not None:
                setattr(parent, name, getattr(parent, name) + change)
