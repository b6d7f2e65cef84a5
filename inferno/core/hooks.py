"""Forward hooks that run in training, in evaluation, or both."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn
from torch.utils.hooks import RemovableHandle

from inferno.core import arguments
from inferno.core.module import Module

Callback = Callable[..., Any]
Removal = Callable[[], object]


class Hook:
    """Functions that run before and after a module's `forward`, in the modes that are asked for.

    What they return is passed on, so it may replace inputs or outputs.  A module keeps its hooks weakly: one that is dropped is gone.
    A copy of a hook is not registered.

    Parameters
    ----------
    prehook, posthook
        As for `torch.nn.Module.register_forward_pre_hook` and `register_forward_hook`; at least one.
    prehook_kwargs, posthook_kwargs
        Options of those registrations, such as `prepend` and `always_call`.
    train_update, eval_update
        Whether to run while the module is in training mode, and otherwise.

    Raises
    ------
    RuntimeError
        Without a function.
    TypeError
        For something that can't be called, or options that are no dict.
    """

    def __init__(
        self,
        prehook: Callback | None = None,
        posthook: Callback | None = None,
        *,
        prehook_kwargs: Mapping[str, Any] | None = None,
        posthook_kwargs: Mapping[str, Any] | None = None,
        train_update: bool = True,
        eval_update: bool = True,
    ) -> None:
        if prehook is None and posthook is None:
            raise RuntimeError("a hook needs at least one of `prehook` and `posthook`, got None for both")
        arguments.function("prehook", prehook)
        arguments.function("posthook", posthook)
        for name, options in (("prehook_kwargs", prehook_kwargs), ("posthook_kwargs", posthook_kwargs)):
            arguments.instance(name, options, Mapping | None, "a dict of options, or None")
        self._prehook, self._posthook = prehook, posthook
        self._prehook_kwargs, self._posthook_kwargs = dict(prehook_kwargs or {}), dict(posthook_kwargs or {})
        self.trainexec, self.evalexec = train_update, eval_update
        self._handles: Sequence[Removal] = []

    @property
    def registered(self) -> bool:
        """Whether the hook is on a module."""
        return bool(self._handles)

    def register(self, module: nn.Module) -> None:
        """Put the hook on a module.

        Raises
        ------
        TypeError
            For something that is no module.
        RuntimeError
            If the hook is on one already.
        """
        if self.registered:
            raise RuntimeError("this hook is registered already: call `deregister()` first")
        if not isinstance(module, nn.Module):
            raise TypeError(f"`module` must be a torch.nn.Module, got {type(module).__name__}")
        before, after = self._callbacks()
        self._handles = attach(self, module, before, after, self._prehook_kwargs, self._posthook_kwargs)

    def _callbacks(self) -> tuple[Callback | None, Callback | None]:
        return self._prehook, self._posthook

    def deregister(self) -> None:
        """Take the hook off its module, if it is on one."""
        for remove in self._handles:
            remove()
        self._handles = []

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_handles": []}

    def runs(self, module: nn.Module) -> bool:
        """Whether the hook runs in the module's mode."""
        return self.trainexec if module.training else self.evalexec


def attach(
    owner: Any,
    module: nn.Module,
    prehook: Callback | None,
    posthook: Callback | None,
    prehook_kwargs: Mapping[str, Any],
    posthook_kwargs: Mapping[str, Any],
) -> Sequence[Removal]:
    """Register functions on a module for as long as their owner, whose `runs(module)` says when, is alive.

    What is returned removes one function each, when it is called; that happens by itself when the owner goes.
    """
    alive, home = weakref.ref(owner), weakref.ref(module)
    handles: list[RemovableHandle] = []

    def guarded(function: Callback) -> Callback:
        # A bound method would keep its owner alive.
        method = getattr(function, "__func__", None) if getattr(function, "__self__", None) is owner else None
        free = function if method is None else None

        def run(target: nn.Module, *args: Any) -> Any:
            hook = alive()
            # A copy of a module has its hooks as well, but they belong to the original.
            if hook is None or home() is not target or not hook.runs(target):
                return None
            return method(hook, target, *args) if method is not None else free(target, *args)  # type: ignore[misc]

        return run

    try:
        if prehook is not None:
            handles.append(module.register_forward_pre_hook(guarded(prehook), **prehook_kwargs))
        if posthook is not None:
            handles.append(module.register_forward_hook(guarded(posthook), **posthook_kwargs))
    except BaseException:
        for handle in handles:
            handle.remove()
        raise
    removals = [weakref.finalize(owner, handle.remove) for handle in handles]
    for removal in removals:
        removal.atexit = False
    return removals


def _nothing(*args: Any) -> None:
    """Stands for a method that is looked up when the hook is registered."""


class ContextualHook(Hook):
    """A hook whose functions are methods of the subclass, by name; what they return is dropped.

    Parameters
    ----------
    prehook, posthook
        Names of methods; at least one.
    prehook_kwargs, posthook_kwargs, train_update, eval_update
        As for `Hook`.

    Raises
    ------
    RuntimeError
        Without a name.
    """

    def __init__(
        self,
        prehook: str | None = None,
        posthook: str | None = None,
        *,
        prehook_kwargs: Mapping[str, Any] | None = None,
        posthook_kwargs: Mapping[str, Any] | None = None,
        train_update: bool = True,
        eval_update: bool = True,
    ) -> None:
        # Its own bound methods, if it kept them, would keep it alive.
        super().__init__(
            _nothing if prehook is not None else None,
            _nothing if posthook is not None else None,
            prehook_kwargs=prehook_kwargs,
            posthook_kwargs=posthook_kwargs,
            train_update=train_update,
            eval_update=eval_update,
        )
        self._before, self._after = prehook or "", posthook or ""

    def _callbacks(self) -> tuple[Callback | None, Callback | None]:
        return (self._run_before if self._before else None, self._run_after if self._after else None)

    def _run_before(self, module: nn.Module, *args: Any) -> None:
        getattr(self, self._before)(module, *args)

    def _run_after(self, module: nn.Module, *args: Any) -> None:
        getattr(self, self._after)(module, *args)


class StateHook(Module):
    """A hook that is bound to one module and changes or reads its state.  Abstract: a subclass defines `hook(module)`.

    A copy of a model with the hook inside has a hook for the copied module, which is not registered.

    Parameters
    ----------
    module
        The module that it belongs to.
    train_update, eval_update
        Whether to run while the module is in training mode, and otherwise.
    as_prehook
        Whether to run before `forward` in place of after it.
    prepend
        Whether to run before the hooks that are there.
    always_call
        Whether to run also when `forward` raises; for a hook that runs after it.

    Raises
    ------
    TypeError
        For something that is no module.
    """

    def __init__(
        self,
        module: nn.Module,
        train_update: bool = True,
        eval_update: bool = True,
        *,
        as_prehook: bool = False,
        prepend: bool = False,
        always_call: bool = False,
    ) -> None:
        super().__init__()
        if not isinstance(module, nn.Module):
            raise TypeError(f"`module` must be a torch.nn.Module, got {type(module).__name__}")
        # Not a submodule: the target's tensors are not this hook's.
        self.__dict__["_target"] = module
        self.trainexec, self.evalexec = train_update, eval_update
        self._as_prehook = as_prehook
        self._options: dict[str, Any] = {"prepend": prepend} if as_prehook else {"prepend": prepend, "always_call": always_call}
        self.__dict__["_handles"] = []

    @property
    def module(self) -> nn.Module:
        """The module that the hook belongs to."""
        found: nn.Module = self.__dict__["_target"]
        return found

    @property
    def registered(self) -> bool:
        """Whether the hook is on its module."""
        return bool(self.__dict__["_handles"])

    def register(self) -> None:
        """Put the hook on its module; nothing happens if it is there."""
        if self.registered:
            return
        before, after = (self._run, None) if self._as_prehook else (None, self._run)
        self.__dict__["_handles"] = attach(self, self.module, before, after, self._options, self._options)

    def deregister(self) -> None:
        """Take the hook off its module, if it is on it."""
        for remove in self.__dict__["_handles"]:
            remove()
        self.__dict__["_handles"] = []

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_handles": []}

    def runs(self, module: nn.Module) -> bool:
        """Whether the hook runs in the module's mode."""
        return bool(self.trainexec if module.training else self.evalexec)

    def _run(self, module: nn.Module, *args: Any) -> None:
        self.hook(module)

    def hook(self, module: nn.Module) -> None:
        """What the hook does to its module."""
        raise NotImplementedError(f"{type(self).__name__} must define `hook`")

    def forward(self, force: bool = False, ignore_mode: bool = False) -> None:
        """Run the hook now, if it is registered (or with `force`) and its module is in a mode for it (or with `ignore_mode`)."""
        if (force or self.registered) and (ignore_mode or self.runs(self.module)):
            self.hook(self.module)
