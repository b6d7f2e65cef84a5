"""Hooks that hand what they see of a module to a reducer."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import reduce
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from inferno.core.hooks import attach
from inferno.core.module import Module
from inferno.observe.reducers import Reducer

Observation = tuple[Tensor, ...]


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
    """

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
        if not isinstance(reducer, Reducer):
            raise TypeError(f"`reducer` must be an inferno Reducer, got {type(reducer).__name__}")
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

    def register(self, module: nn.Module | None = None) -> None:
        """Watch a module; None for the one watched before.

        Raises
        ------
        RuntimeError
            If a module is watched already and another is given, or if there is none.
        """
        if self.registered:
            if module is not None:
                raise RuntimeError("this monitor is registered already: call `deregister()` first")
            return
        known: weakref.ref[nn.Module] | None = self.__dict__["_target"]
        target = module if module is not None else (known() if known is not None else None)
        if target is None:
            raise RuntimeError("there is no module to register with, or it no longer exists: give one")
        self.__dict__["_target"] = weakref.ref(target)
        before, after = (self._see_before, None) if self._as_prehook else (None, self._see_after)
        options = {"prepend": self._prepend}
        handles: list[RemovableHandle] = attach(self, target, before, after, options, options)
        self.__dict__["_handles"] = handles

    def deregister(self) -> None:
        """Stop watching; what was observed stays."""
        for handle in self.__dict__["_handles"]:
            handle.remove()
        self.__dict__["_handles"] = []

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


class InputMonitor(Monitor):
    """Observes the positional arguments of calls; parameters as for `Monitor`."""

    def __init__(
        self,
        reducer: Reducer,
        module: nn.Module | None = None,
        *,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
    ) -> None:
        super().__init__(reducer, module, as_prehook=True, train_update=train_update, eval_update=eval_update, prepend=prepend)

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Observation | None:
        """The arguments, if there are any."""
        return inputs or None


class OutputMonitor(Monitor):
    """Observes what calls return; parameters as for `Monitor`."""

    def __init__(
        self,
        reducer: Reducer,
        module: nn.Module | None = None,
        *,
        train_update: bool = True,
        eval_update: bool = True,
        prepend: bool = False,
    ) -> None:
        super().__init__(reducer, module, train_update=train_update, eval_update=eval_update, prepend=prepend)

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Observation | None:
        """The output, if there is one."""
        if output is None:
            return None
        return output if isinstance(output, tuple) else (output,)


class StateMonitor(Monitor):
    """Observes an attribute of the module, by its dotted path; None is no observation.

    Parameters
    ----------
    reducer, module, as_prehook, train_update, eval_update, prepend
        As for `Monitor`.
    attr
        Dotted path; properties on the way count.
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
        map_: Callable[[Any], Observation] | None = None,
    ) -> None:
        self.__dict__["_path"] = _path("attr", attr)
        self.__dict__["_map"] = map_
        super().__init__(reducer, module, as_prehook=as_prehook, train_update=train_update, eval_update=eval_update, prepend=prepend)

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Observation | None:
        """The attribute."""
        value: Any = module
        for name in self.__dict__["_path"]:
            value = getattr(value, name)
        if value is None:
            return None
        change = self.__dict__["_map"]
        return (value,) if change is None else change(value)


class MultiStateMonitor(Monitor):
    """Observes several attributes below one path together; parameters as for `StateMonitor`, `subattrs` being their paths from there."""

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
    ) -> None:
        base = _path("attr", attr) if attr else ()
        self.__dict__["_paths"] = tuple((*base, *_path(f"subattrs[{i}]", one)) for i, one in enumerate(subattrs))
        super().__init__(reducer, module, as_prehook=as_prehook, train_update=train_update, eval_update=eval_update, prepend=prepend)

    def observation(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> Observation | None:
        """The attributes, if all of them are there."""
        values = tuple(reduce(getattr, path, module) for path in self.__dict__["_paths"])
        return None if any(v is None for v in values) else values  # type: ignore[return-value]


def _path(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, str):
        raise TypeError(f"`{name}` must be a string, got {type(value).__name__}")
    if not all(part.isidentifier() for part in value.split(".")):
        raise ValueError(f"`{name}` must be names with dots between them, got {value!r}")
    return tuple(value.split("."))
