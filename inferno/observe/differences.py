"""Monitors of how calls change a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.hooks import Callback
from inferno.observe.monitors import Constructor, Filter, Map, Monitor, Observation, chosen, found, path
from inferno.observe.reducers import Reducer


class DifferenceMonitor(Monitor):
    """Observes how a call changes an attribute of the module: its value after less its value before.

    Parameters
    ----------
    reducer, module, train_update, eval_update, prepend
        As for `Monitor`.
    attr
        Dotted path; properties on the way count.
    filter_
        Which differences are observed; None for all that are not None, as they are where the attribute was or is None.
    map_
        Makes a tuple of observations of the difference; None for the difference alone.
    op_
        Called with the value after and the one before, returns the difference; None to subtract, spikes as 0 and 1.
    """

    def __init__(
        self,
        reducer: Reducer,
        attr: str,
        module: nn.Module | None = None,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
        filter_: Filter | None = None,
        map_: Map | None = None,
        op_: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        for name, function in (("filter_", filter_), ("map_", map_), ("op_", op_)):
            arguments.function(name, function)
        state = self.__dict__
        state["_path"], state["_filter"], state["_map"], state["_operation"] = path("attr", attr), filter_, map_, op_ or _less
        state["_before"] = None
        super().__init__(reducer, module, train_update=train_update, eval_update=eval_update, prepend=prepend)

    @classmethod
    def partialconstructor(
        cls,
        reducer: Reducer,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
        filter_: Filter | None = None,
        map_: Map | None = None,
        op_: Callable[[Any, Any], Any] | None = None,
    ) -> Constructor:
        """A function of a dotted path and a module that makes a monitor of that attribute of the module."""
        return lambda attr, module: cls(reducer, attr, module, train_update, eval_update, prepend, filter_, map_, op_)

    def _callbacks(self) -> tuple[Callback | None, Callback | None]:
        return self._remember, self._see_after

    def _remember(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        value = found(module, self.__dict__["_path"])
        # The call may change it in place.
        self.__dict__["_before"] = value.clone() if isinstance(value, Tensor) else value

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Observation | None:
        """The difference."""
        state = self.__dict__
        before, state["_before"] = state["_before"], None
        after = found(module, state["_path"])
        difference = None if before is None or after is None else state["_operation"](after, before)
        return chosen(difference, state["_filter"], state["_map"])


def _less(after: Any, before: Any) -> Any:
    if isinstance(after, Tensor) and after.dtype == torch.bool:
        return after.to(torch.get_default_dtype()) - before.to(torch.get_default_dtype())
    return after - before
