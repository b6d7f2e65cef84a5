"""Modules that check what is assigned to their parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from inferno.core.module import Module

Check = Callable[[str, object], Any]


class Checked(Module):
    """A module whose parameters are numbers or words that are checked whenever they are assigned.  Abstract."""

    checks: Mapping[str, Check] = {}
    """What makes a parameter's value of what is assigned, by the parameter's name."""

    def __setattr__(self, name: str, value: Any) -> None:
        check = self.checks.get(name)
        if check is None:
            super().__setattr__(name, value)
            return
        known = self.__dict__.get(name)
        self.__dict__[name] = check(name, value)
        self._changed(name, known)

    def _changed(self, name: str, known: object) -> None:
        """What follows from a new value in the place of a known one."""
