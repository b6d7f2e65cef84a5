"""Modules whose parameters an updater changes."""

from __future__ import annotations

from typing import Any

from inferno.core import arguments
from inferno.core.module import Module
from inferno.neural.updater import Updater


class Updatable(Module):
    """A module whose parameters an updater changes.  Abstract: `defaultupdater` is missing.

    State: the updater `updater_`, once it is attached.
    """

    @property
    def updater(self) -> Updater | None:
        """What applies updates, or None; deleting takes it off.

        Raises
        ------
        TypeError
            Where something else is assigned.
        """
        return self._modules.get("updater_")  # type: ignore[return-value]

    @updater.setter
    def updater(self, value: Updater | None) -> None:
        if value is None:
            self._modules.pop("updater_", None)
            return
        arguments.instance("updater", value, Updater, "an inferno Updater")
        self.add_module("updater_", value)

    @updater.deleter
    def updater(self) -> None:
        self._modules.pop("updater_", None)

    @property
    def updatable(self) -> bool:
        """Whether there is an updater."""
        return self.updater is not None

    def defaultupdater(self, *includes: str) -> Updater:
        """An updater for what is usually trained, and for further parameters by name; it is not attached."""
        raise RuntimeError(f"{type(self).__name__} must define `defaultupdater`")

    def update(self, clear: bool = True, **kwargs: Any) -> None:
        """Apply what the updater has accumulated, and with `clear` forget it; nothing happens without an updater."""
        updater = self.updater
        if updater is not None:
            updater(**kwargs)
            if clear:
                updater.clear()

    def updatesome(self, *params: str, clear: bool = True, **kwargs: Any) -> None:
        """As `update`, for the named parameters."""
        updater = self.updater
        if updater is not None and params:
            updater(*params, **kwargs)
            if clear:
                for name in params:
                    delattr(updater, name)

    def clear(self, **kwargs: Any) -> None:
        """Forget pending updates."""
        if self.updater is not None:
            self.updater.clear()
