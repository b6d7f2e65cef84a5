"""Monitors of several observables, by name, which share those that see the same."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Iterator
from typing import Any

from torch import nn

from inferno.core import arguments
from inferno.core.module import Module
from inferno.observe.monitors import Constructor, Monitor, of_copy
from inferno.observe.observable import Observable


class MonitorPool(Module):
    """Observables and their monitors by name.

    Observables are held weakly, and those that are gone are passed over; monitors belong to the pool.  In evaluation mode monitors are
    detached, and keep what they have seen.

    A copy made by `copy.deepcopy` watches copies of the observables: what they belong to is copied as well, once in a call, so copy both
    together.  Only a pool that is part of that itself has to be attached to it by `train()` again.

    Parameters
    ----------
    kind
        What an observable is called in messages.
    """

    def __init__(self, kind: str = "observable") -> None:
        super().__init__()
        self.kind = kind
        self.__dict__["_observed"] = {}
        self.monitors_ = nn.ModuleDict()

    def __deepcopy__(self, memo: dict[int, Any]) -> MonitorPool:
        made = object.__new__(type(self))
        memo[id(self)] = made
        alive = [observed for known in self._observed.values() if (observed := known()) is not None and observed.belongs]
        # What observables belong to before them, and both before the monitors, which look for them.
        bases = [copy.deepcopy(observed.basis, memo) for observed in alive]
        for observed in alive:
            copy.deepcopy(observed, memo)
        made.__dict__.update({name: copy.deepcopy(value, memo) for name, value in self.__dict__.items() if name != "_observed"})
        made.__dict__["_observed"] = {name: of_copy(known, memo) or known for name, known in self._observed.items()}
        for known in made.__dict__["_observed"].values():
            if (copied_observed := known()) is not None:
                copied_observed.join(made)
        # A module that this pool is part of can't take hooks yet.
        ready = {id(basis) for basis in bases if "_forward_hooks" in basis.__dict__}
        for monitor in self.monitors:
            copied = memo[id(monitor)]
            if monitor.registered and id(copied.module) in ready:
                copied.register()
        return made

    # ---- observables --------------------------------------------------------------------------

    def add_observed(self, name: str, observed: Observable) -> Observable:
        """Add an observable.

        Raises
        ------
        ValueError
            If there is one of that name, or it is no identifier, or one that `torch.nn.ModuleDict` keeps for itself, such as `type`.
        TypeError
            For a name that is no text, or something that is no observable.
        RuntimeError
            If what it belongs to is gone.
        """
        _require_name(name)
        if name in self._observed and name in self.alive:
            raise ValueError(f"`name` must be new, but there is a {self.kind} {name!r}")
        arguments.instance("observed", observed, Observable, "an inferno Observable")
        _ = observed.basis  # raises where it is gone
        if name in self._observed:
            self.del_observed(name)
        self._observed[name] = weakref.ref(observed)
        observed.join(self)
        self.monitors_[name] = nn.ModuleDict()
        return observed

    def get_observed(self, name: str) -> Observable:
        """An observable by name; AttributeError without one."""
        known = self._observed.get(name)
        observed: Observable | None = known() if known is not None else None
        if observed is None:
            gone = "any more: what it belonged to no longer exists"
            raise AttributeError(f"there is no {self.kind} {name!r} {gone}" if known is not None else self._unknown(name))
        return observed

    def _unknown(self, name: str) -> str:
        return f"there is no {self.kind} {name!r}; there is {', '.join(self._observed) or 'none'}"

    def del_observed(self, name: str) -> None:
        """Take an observable and its monitors out; AttributeError without one."""
        for monitor in list(self._monitors_of(name)):
            self.del_monitor(name, monitor)
        del self._observed[name], self.monitors_[name]

    def release(self, observed: Observable, /) -> None:
        """Drop the monitors of an observable that was taken out of its basis; its name stays until it is deleted or given to another."""
        for name in [name for name, known in self._observed.items() if known() is observed]:
            for monitor in list(self._monitors_of(name)):
                self.del_monitor(name, monitor)
            self._observed[name] = _released

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the observables."""
        return tuple(self._observed)

    @property
    def alive(self) -> tuple[str, ...]:
        """The names of the observables that still exist and belong to something."""
        found = []
        for name, known in self._observed.items():
            observed: Observable | None = known()
            if observed is not None and observed.belongs:
                found.append(name)
        return tuple(found)

    @property
    def lost(self) -> tuple[str, ...]:
        """The names of those that are gone without having been taken out."""
        alive = self.alive
        return tuple(name for name, known in self._observed.items() if name not in alive and known is not _released)

    # ---- monitors -----------------------------------------------------------------------------

    def add_monitor(self, observed: str, name: str, attr: str, constructor: Constructor, unique: bool = False, /, **tags: Any) -> Monitor:
        """Monitor an attribute of an observable.

        Observables of one basis share a monitor if its name, the attribute as the basis sees it, and tags are the same, unless it is
        to be `unique`.

        Parameters
        ----------
        observed
            Name of the observable.
        name
            Name of the monitor.
        attr
            Dotted path from the observable.
        constructor
            Called with the path from the basis and the basis; returns the monitor, registered there.
        unique
            Whether the monitor is not shared.
        tags
            What else distinguishes it.

        Raises
        ------
        AttributeError
            Without an observable of that name.
        RuntimeError
            If it has a monitor of that name.
        ValueError, TypeError
            For a name as `add_observed` refuses it.
        """
        _require_name(name)
        found, mine = self.get_observed(observed), self._monitors_of(observed)
        if name in mine:
            raise RuntimeError(f"{self.kind} {observed!r} has a monitor {name!r} already")
        monitor = found.add_monitor(name, attr, constructor, None if unique else self.pool, **tags)
        if not self.training:
            monitor.deregister()
        mine[name] = monitor
        return monitor

    def get_monitor(self, observed: str, name: str) -> Monitor:
        """A monitor by the names of its observable and its own; AttributeError without one."""
        mine = self._monitors_of(observed)
        if name not in mine:
            raise AttributeError(f"{self.kind} {observed!r} has no monitor {name!r}; it has {', '.join(mine) or 'none'}")
        return mine[name]  # type: ignore[return-value]

    def del_monitor(self, observed: str, name: str) -> None:
        """Take a monitor from an observable; it stays with others that share it.  AttributeError without one."""
        monitor = self.get_monitor(observed, name)
        del self._monitors_of(observed)[name]
        if all(monitor is not other for other in self.monitors):
            monitor.deregister()

    def _monitors_of(self, observed: str) -> nn.ModuleDict:
        if observed not in self._observed:
            raise AttributeError(self._unknown(observed))
        return self.monitors_[observed]  # type: ignore[return-value]

    def monitors_of(self, observed: str) -> dict[str, Monitor]:
        """The monitors of an observable by name; AttributeError without it."""
        return self._monitors_of(observed)._modules.copy()  # type: ignore[return-value]

    @property
    def pool(self) -> Iterator[tuple[Observable, dict[str, Monitor]]]:
        """Observables that still exist, and their monitors by name."""
        for name, known in self._observed.items():
            observed = known()
            if observed is not None:
                yield observed, self.monitors_of(name)

    @property
    def monitors(self) -> Iterator[Monitor]:
        """All monitors, each once."""
        yield from {id(monitor): monitor for _, monitor in self.named_monitors}.values()

    @property
    def named_monitors(self) -> Iterator[tuple[tuple[str, str], Monitor]]:
        """Names of observable and monitor, and monitors."""
        yield from (((of, name), monitor) for of in self._observed for name, monitor in self.monitors_of(of).items())

    def named_monitors_of(self, observed: str) -> Iterator[tuple[str, Monitor]]:
        """Names and monitors of an observable; AttributeError without it."""
        yield from self.monitors_of(observed).items()

    # ---- what it does -------------------------------------------------------------------------

    def train(self, mode: bool = True) -> MonitorPool:
        """Attach all monitors, or with `mode` False detach them; what they have seen stays."""
        super().train(mode)
        for monitor in self.monitors:
            if not mode:
                monitor.deregister()
            elif monitor.module is not None:  # otherwise what it watched is gone
                monitor.register()
        return self

    def clear(self, **kwargs: Any) -> None:
        """Forget what all monitors have seen."""
        for monitor in self.monitors:
            monitor.clear(**kwargs)


def _released() -> None:
    """Stands for the reference to an observable that was taken out of its basis."""


def _require_name(name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f"`name` must be a string, got {type(name).__name__}")
    if not name.isidentifier():
        raise ValueError(f"`name` must be an identifier, got {name!r}")
    if hasattr(nn.ModuleDict, name) or name == "training":
        raise ValueError(f"`name` must not be the name of an attribute of torch.nn.ModuleDict, got {name!r}")
