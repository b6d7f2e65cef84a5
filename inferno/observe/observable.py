"""What monitors watch from a module that it belongs to, by attributes of its own."""

from __future__ import annotations

import copy
import weakref
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from torch import nn

from inferno.core import arguments
from inferno.core.module import Module
from inferno.observe.monitors import Constructor, Monitor, Origin, of_copy


class Pool(Protocol):
    """What has monitors of observables."""

    def release(self, observed: Observable, /) -> None:
        """Drop the monitors of an observable."""
        ...


class Observable(Module):
    """A module that is watched at the calls of another, its basis.  Abstract: `realign_attribute` is missing.

    A copy belongs to the copy of the basis if that is copied as well, and otherwise to the same basis.

    Parameters
    ----------
    basis
        The module whose calls monitors see; held weakly.

    Raises
    ------
    TypeError
        For something that is no module.
    """

    def __init__(self, basis: nn.Module) -> None:
        super().__init__()
        arguments.instance("basis", basis, nn.Module, "a torch.nn.Module")
        self.__dict__["_basis"] = weakref.ref(basis)
        self.__dict__["_monitors"] = weakref.WeakValueDictionary()
        self.__dict__["_pools"], self.__dict__["_is_released"] = weakref.WeakSet(), False

    def __deepcopy__(self, memo: dict[int, Any]) -> Observable:
        made = object.__new__(type(self))
        memo[id(self)] = made
        own = {"_basis", "_monitors", "_pools"}
        made.__dict__.update({name: copy.deepcopy(value, memo) for name, value in self.__dict__.items() if name not in own})
        made.__dict__["_basis"] = of_copy(self._basis, memo) or self._basis
        made.__dict__["_monitors"], made.__dict__["_pools"] = weakref.WeakValueDictionary(), weakref.WeakSet()
        return made

    @property
    def basis(self) -> nn.Module:
        """The module whose calls monitors see.

        Raises
        ------
        RuntimeError
            If it is gone.
        """
        found: nn.Module | None = self._basis()
        if found is None:
            raise RuntimeError(f"the module that this {type(self).__name__} belongs to no longer exists")
        return found

    @property
    def belongs(self) -> bool:
        """Whether it still is a part of its basis, which exists."""
        return not self._is_released and self._basis() is not None

    def join(self, pool: Pool) -> None:
        """Note a pool, held weakly, that is to know when this is taken out of its basis."""
        self._pools.add(pool)

    def release(self) -> None:
        """Take this out of its basis: pools drop their monitors of it, as what they see is gone."""
        self.__dict__["_is_released"] = True
        for pool in list(self._pools):
            pool.release(self)

    @abstractmethod
    def realign_attribute(self, attr: str) -> str:
        """The dotted path of an attribute as the basis sees it."""
        raise NotImplementedError(f"{type(self).__name__} must define `realign_attribute`")

    @property
    def monitors(self) -> dict[str, Monitor]:
        """By name the monitors that were added and still exist, of several with one name the last."""
        return dict(self._monitors)

    def add_monitor(
        self,
        name: str,
        attr: str,
        constructor: Constructor,
        pool: Iterable[tuple[Observable, Mapping[str, Monitor]]] | None,
        /,
        **tags: Any,
    ) -> Monitor:
        """A monitor of an attribute, which the caller holds: one of the pool that sees the same, or a new one.

        Parameters
        ----------
        name
            Name of the monitor.
        attr
            Dotted path from here.
        constructor
            Called with the path from the basis and the basis; returns the monitor, registered there.
        pool
            Observables with their monitors by name, such as `MonitorPool.pool`.  One of the same basis, name, path and tags is shared.
            None for a monitor that is not shared, and never will be.
        tags
            What else distinguishes it.
        """
        basis, path = self.basis, self.realign_attribute(attr)
        origin = Origin(path, tags)
        known = [of[name] for other, of in pool or () if name in of and other._basis() is basis and of[name].origin == origin]
        monitor = known[0] if known else constructor(path, basis)
        if pool is not None:
            monitor.origin = origin
        self._monitors[name] = monitor
        return monitor
