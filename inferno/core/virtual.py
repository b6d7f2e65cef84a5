"""Tensors that are calculated when they are read."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from inferno.core import arguments
from inferno.core.module import Module


class VirtualTensor:
    """A derived tensor of a module, calculated whenever it is read.

    An empty buffer `_<name>_ref` of the owner has its type and device, so that `.to()` of the owner reaches them.

    Parameters
    ----------
    owner
        The module; held weakly.
    name
        An identifier.
    materializer
        A method of the owner by name, called as `(dtype, device)`, or a function, called as `(owner, dtype, device)`.
    dtype, device
        Of the tensor; None for torch's defaults.
    persist
        Whether the buffer belongs to the state dict.

    Raises
    ------
    TypeError
        For an owner that is no Module, a name that is no text, or a materializer that is neither a name nor a function.
    ValueError
        For a name that is no identifier.
    """

    def __init__(
        self,
        owner: Module,
        name: str,
        materializer: str | Callable[[Module, torch.dtype, torch.device], Tensor],
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
        persist: bool = False,
    ) -> None:
        arguments.instance("owner", owner, Module, "an inferno Module")
        arguments.identifier("name", name)
        if not isinstance(materializer, str) and not callable(materializer):
            raise TypeError(f"`materializer` must be the name of a method or a function, got {type(materializer).__name__}")
        self._owner = weakref.ref(owner)
        self._name, self._materializer = name, materializer
        owner.register_buffer(self.attributes[0], torch.empty(0, dtype=dtype, device=device), persistent=persist)

    @classmethod
    def create(cls, owner: Module, name: str, *args: Any, **kwargs: Any) -> VirtualTensor:
        """A new one, assigned to `owner.<name>` as well; arguments as for the class."""
        made = cls(owner, name, *args, **kwargs)
        setattr(owner, name, made)
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> VirtualTensor:
        owner = memo.get(id(self.owner))
        if owner is None:
            raise RuntimeError(f"`{self._name}` is copied with the module that owns it, not alone")
        copy = object.__new__(VirtualTensor)
        copy.__dict__.update(self.__dict__)
        copy._owner = weakref.ref(owner)
        memo[id(self)] = copy
        return copy

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_owner": self.owner}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._owner = weakref.ref(state["_owner"])

    @property
    def owner(self) -> Module:
        """The module."""
        owner = self._owner()
        if owner is None:
            raise RuntimeError(f"the module that owns `{self._name}` no longer exists")
        return owner

    @property
    def name(self) -> str:
        """The name that was given."""
        return self._name

    @property
    def attributes(self) -> tuple[str]:
        """The name of the buffer that has its type and device."""
        return (f"_{self._name}_ref",)

    @property
    def _reference(self) -> Tensor:
        found = self.owner._buffers[self.attributes[0]]
        assert found is not None
        return found

    @property
    def value(self) -> Tensor:
        """The tensor, calculated now."""
        owner, like = self.owner, self._reference
        if isinstance(self._materializer, str):
            made: Tensor = getattr(owner, self._materializer)(like.dtype, like.device)
        else:
            made = self._materializer(owner, like.dtype, like.device)
        return made.to(dtype=like.dtype, device=like.device)

    @property
    def dtype(self) -> torch.dtype:
        """The type of the tensor."""
        return self._reference.dtype

    @dtype.setter
    def dtype(self, value: torch.dtype) -> None:
        self.to(dtype=value)

    @property
    def device(self) -> torch.device:
        """The device of the tensor."""
        return self._reference.device

    @device.setter
    def device(self, value: torch.device | str) -> None:
        self.to(device=value)

    def to(self, *args: Any, **kwargs: Any) -> VirtualTensor:
        """Change type or device, as `torch.Tensor.to`."""
        self.owner._buffers[self.attributes[0]] = self._reference.to(*args, **kwargs)
        return self
