"""Hooks that hand what they see of a module to a reducer."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.hooks import Callback, attach
from inferno.core.module import Module
from inferno.observe.reducers import Reducer

Observation = tuple[Tensor, ...]
Filter = Callable[[Any], bool]
Map = Callable[[Any], Observation]
Constructor = Callable[[str, nn.Module], "Monitor"]
"""Makes a monitor of an attribute, by its dotted path from a module, and registers it there."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What monitors of one module that share a name see: an attribute by its dotted path, and what else distinguishes them."""

    path: str
    tags: Mapping[str, object]


class Monitor(Module):
    """Watches calls of a module and hands observations to a reducer.  Abstract: what is observed is missing.

    Parameters
    ----------
    reducer
        What takes the observations.
    module
        The module to register with at once, or None.
    as_prehook
        Whether to observe before `forward` in place of after it.
    train_update, eval_update
        Whether to observe while the module is in training mode, and otherwise.
    prepend
        Whether to run before the hooks that are there.

    Raises
    ------
    TypeError
        For something that is no reducer, or no module.
    """

    origin: Origin | None = None
    """What a monitor of a pool sees; None for one that is not shared."""

    def __init__(
        self,
        reducer: Reducer,
        module: nn.Module | None = None,
        *,
        as_prehook: bool = False,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
    ) -> None:
        super().__init__()
        arguments.instance("reducer", reducer, Reducer, "an inferno Reducer")
        self.reducer = reducer
        self.trainexec, self.evalexec = train_update, eval_update
        self._as_prehook, self._prepend = as_prehook, prepend
        self.__dict__["_handles"] = []
        self.__dict__["_target"] = None
        if module is not None:
            self.register(module)

    @property
    def registered(self) -> bool:
        """Whether the monitor watches a module."""
        return bool(self.__dict__["_handles"])

    @property
    def module(self) -> nn.Module | None:
        """The module that is watched, or was at last; None without one, or if it no longer exists."""
        known: weakref.ref[nn.Module] | None = self.__dict__["_target"]
        return known() if known is not None else None

    def register(self, module: nn.Module | None = None) -> None:
        """Watch a module; None for the one watched before.

        Raises
        ------
        RuntimeError
            If a module is watched already and another is given, or if there is none.
        TypeError
            For something that is no module.
        """
        if self.registered:
            if module is not None:
                raise RuntimeError("this monitor is registered already: call `deregister()` first")
            return
        target = module if module is not None else self.module
        if target is None:
            raise RuntimeError("there is no module to register with, or it no longer exists: give one")
        arguments.instance("module", target, nn.Module, "a torch.nn.Module")
        self.__dict__["_target"] = weakref.ref(target)
        before, after = self._callbacks()
        options = {"prepend": self._prepend}
        self.__dict__["_handles"] = attach(self, target, before, after, options, options)

    def _callbacks(self) -> tuple[Callback | None, Callback | None]:
        return (self._see_before, None) if self._as_prehook else (None, self._see_after)

    def deregister(self) -> None:
        """Stop watching; what was observed stays."""
        for remove in self.__dict__["_handles"]:
            remove()
        self.__dict__["_handles"] = []

    def __getstate__(self) -> dict[str, Any]:
        # A copy watches nothing until it is registered.
        return {**self.__dict__, "_handles": [], "_target": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> Monitor:
        """One that is not registered; the module to register with is the copy of this one's, if that has been made."""
        made = object.__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update({name: copy.deepcopy(value, memo) for name, value in self.__getstate__().items()})
        made.__dict__["_target"] = of_copy(self.__dict__["_target"], memo)
        return made

    def runs(self, module: nn.Module) -> bool:
        """Whether calls are observed in the module's mode."""
        return bool(self.trainexec if module.training else self.evalexec)

    def _see_before(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        self._take(self.observation(module, inputs, None))

    def _see_after(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        self._take(self.observation(module, inputs, output))

    def _take(self, observation: Observation | None) -> None:
        if observation is not None:
            self.reducer.forward(*observation)

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Observation | None:
        """What of a call is handed to the reducer; None for nothing."""
        raise NotImplementedError(f"{type(self).__name__} must define `observation`")

    @property
    def latest(self) -> Tensor | None:
        """The newest result, or None before the first observation."""
        return self.reducer.peek()

    def peek(self) -> Tensor | None:
        """The newest result, or None before the first observation."""
        return self.reducer.peek()

    def view(self, time: float | Tensor, tolerance: float = 1e-7) -> Tensor | None:
        """The result as of `time` ms ago, or None before the first observation."""
        return self.reducer.view(time, tolerance)

    def dump(self) -> Tensor | None:
        """All results kept, the newest first, or None before the first observation."""
        return self.reducer.dump()

    def clear(self, **kwargs: Any) -> None:
        """Forget what was observed."""
        self.reducer.clear(**kwargs)


class StateMonitor(Monitor):
    """Observes an attribute of the module, by its dotted path.

    Parameters
    ----------
    reducer, module, as_prehook, train_update, eval_update, prepend
        As for `Monitor`.
    attr
        Dotted path; properties on the way count.
    filter_
        Which values are observed; None for all that are not None.
    map_
        Makes a tuple of observations of the attribute; None for the attribute alone.
    """

    def __init__(
        self,
        reducer: Reducer,
        attr: str,
        module: nn.Module | None = None,
        as_prehook: bool = False,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
        filter_: Filter | None = None,
        map_: Map | None = None,
    ) -> None:
        self.__dict__["_path"] = path("attr", attr)
        arguments.function("filter_", filter_)
        arguments.function("map_", map_)
        self.__dict__["_filter"], self.__dict__["_map"] = filter_, map_
        super().__init__(reducer, module, as_prehook=as_prehook, train_update=train_update, eval_update=eval_update, prepend=prepend)

    @classmethod
    def partialconstructor(
        cls,
        reducer: Reducer,
        as_prehook: bool = False,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
        filter_: Filter | None = None,
        map_: Map | None = None,
    ) -> Constructor:
        """A function of a dotted path and a module that makes a monitor of that attribute of the module."""
        return lambda attr, module: cls(reducer, attr, module, as_prehook, train_update, eval_update, prepend, filter_, map_)

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Observation | None:
        """The attribute."""
        state = self.__dict__
        return chosen(found(module, state["_path"]), state["_filter"], state["_map"])


class MultiStateMonitor(Monitor):
    """Observes several attributes together.

    Parameters
    ----------
    reducer, module, as_prehook, train_update, eval_update, prepend
        As for `Monitor`.
    attr
        Dotted path to where the attributes are; empty for the module itself.
    subattrs
        Dotted paths from there; their values are one observation, in this order.
    filter_
        Which tuples of values are observed; None for those without None.
    map_
        Makes a tuple of observations of the tuple of values; None for that itself.
    """

    def __init__(
        self,
        reducer: Reducer,
        attr: str,
        subattrs: tuple[str, ...],
        module: nn.Module | None = None,
        as_prehook: bool = False,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
        filter_: Filter | None = None,
        map_: Map | None = None,
    ) -> None:
        if isinstance(subattrs, str) or not isinstance(subattrs, Sequence):
            raise TypeError(f"`subattrs` must be a sequence of strings, got {subattrs!r}")
        arguments.function("filter_", filter_)
        arguments.function("map_", map_)
        if not subattrs:
            raise ValueError("`subattrs` must have at least one path, got none")
        base = path("attr", attr) if attr != "" else ()
        self.__dict__["_paths"] = tuple((*base, *path(f"subattrs[{i}]", one)) for i, one in enumerate(subattrs))
        self.__dict__["_filter"], self.__dict__["_map"] = filter_ or _complete, map_ or tuple
        super().__init__(reducer, module, as_prehook=as_prehook, train_update=train_update, eval_update=eval_update, prepend=prepend)

    @classmethod
    def partialconstructor(
        cls,
        reducer: Reducer,
        subattrs: tuple[str, ...],
        as_prehook: bool = False,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
        filter_: Filter | None = None,
        map_: Map | None = None,
    ) -> Constructor:
        """A function of a dotted path and a module that makes a monitor of the attributes below that path."""
        return lambda attr, module: cls(reducer, attr, subattrs, module, as_prehook, train_update, eval_update, prepend, filter_, map_)

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Observation | None:
        """The attributes, if all of them are there."""
        state = self.__dict__
        return chosen(tuple(found(module, names) for names in state["_paths"]), state["_filter"], state["_map"])


def of_copy(reference: weakref.ref[Any] | None, memo: dict[int, Any]) -> weakref.ref[Any] | None:
    """A reference to the copy of what is referred to, in the `memo` of `copy.deepcopy`; None if there is no copy."""
    made = None if reference is None or reference() is None else memo.get(id(reference()))
    return None if made is None else weakref.ref(made)


def path(name: str, value: object) -> tuple[str, ...]:
    """The names of a dotted path, which may be numbers, as those of parts of a `torch.nn.Sequential`.

    Raises
    ------
    TypeError
        For something that is no text.
    ValueError
        For other characters.
    """
    if not isinstance(value, str):
        raise TypeError(f"`{name}` must be a string, got {type(value).__name__}")
    if not all(part.isidentifier() or part.isdecimal() for part in value.split(".")):
        raise ValueError(f"`{name}` must be names with dots between them, got {value!r}")
    return tuple(value.split("."))


def found(start: object, names: tuple[str, ...]) -> Any:
    """The attribute at a path."""
    for name in names:
        start = getattr(start, name)
    return start


def chosen(value: Any, filter_: Filter | None, map_: Map | None) -> Observation | None:
    """What of a value is observed: None where it is filtered, and without a filter where it is missing."""
    if (value is None) if filter_ is None else not filter_(value):
        return None
    if map_ is None:
        return (value,)
    made = map_(value)
    if not isinstance(made, tuple):
        # A tensor would be taken apart, and its first row observed.
        raise TypeError(f"`map_` must return a tuple of observations, got {type(made).__name__}")
    return made


def _complete(values: tuple[Any, ...]) -> bool:
    return all(value is not None for value in values)
