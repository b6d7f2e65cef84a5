"""Monitors of what goes into calls of a module, and what comes out of them."""

from __future__ import annotations

from typing import Any

from torch import nn

from inferno.core import arguments
from inferno.observe.monitors import Constructor, Filter, Map, Monitor, Observation, chosen, found, path
from inferno.observe.reducers import Reducer


class CallMonitor(Monitor):
    """Observes what goes into calls of a module, or comes out of them.  Abstract: `observation` is missing.

    Parameters are those of `InputMonitor`, and `as_prehook` as for `Monitor`.
    """

    def __init__(
        self,
        reducer: Reducer,
        module: nn.Module | None,
        as_prehook: bool,
        train_update: bool,
        eval_update: bool,
        prepend: bool,
        filter_: Filter | None,
        map_: Map | None,
    ) -> None:
        arguments.function("filter_", filter_)
        arguments.function("map_", map_)
        self.__dict__["_filter"], self.__dict__["_map"] = filter_, map_
        super().__init__(reducer, module, as_prehook=as_prehook, train_update=train_update, eval_update=eval_update, prepend=prepend)

    @classmethod
    def partialconstructor(
        cls,
        reducer: Reducer,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
        filter_: Filter | None = None,
        map_: Map | None = None,
    ) -> Constructor:
        """A function of a dotted path and a module that makes a monitor of the module found at the path."""

        def construct(attr: str, module: nn.Module) -> Monitor:
            target = found(module, path("attr", attr)) if attr != "" else module
            options: dict[str, Any] = {"train_update": train_update, "eval_update": eval_update, "prepend": prepend}
            return cls(reducer, target, **options, filter_=filter_, map_=map_)

        return construct


class InputMonitor(CallMonitor):
    """Observes the positional arguments of calls, together.

    Parameters
    ----------
    reducer, module, train_update, eval_update, prepend
        As for `Monitor`.
    filter_
        Whether the tuple of arguments, or for `OutputMonitor` the output, is observed; None for all that are not missing.
    map_
        Makes a tuple of observations of them; None for themselves.
    """

    def __init__(
        self,
        reducer: Reducer,
        module: nn.Module | None = None,
        *,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
        filter_: Filter | None = None,
        map_: Map | None = None,
    ) -> None:
        super().__init__(reducer, module, True, train_update, eval_update, prepend, filter_, map_)

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Observation | None:
        """The arguments, if there are any."""
        return chosen(inputs or None, self.__dict__["_filter"], self.__dict__["_map"] or _all)


class OutputMonitor(CallMonitor):
    """Observes what calls return, the parts of a tuple being one observation; parameters as for `InputMonitor`."""

    def __init__(
        self,
        reducer: Reducer,
        module: nn.Module | None = None,
        *,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
        filter_: Filter | None = None,
        map_: Map | None = None,
    ) -> None:
        super().__init__(reducer, module, False, train_update, eval_update, prepend, filter_, map_)

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Observation | None:
        """The output, if there is one."""
        return chosen(output, self.__dict__["_filter"], self.__dict__["_map"] or _all)


def _all(value: Any) -> Observation:
    return value if isinstance(value, tuple) else (value,)
