"""Modules with extras: values beside tensors that belong to the state dict."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn

EXTRA_KEY = "_extra_state"
"""Where torch puts extras in a state dict, after the prefix of the module."""

_DESCRIPTORS: dict[type, frozenset[str]] = {}


def _data_descriptors(kind: type) -> frozenset[str]:
    """Names under which a class defines something that takes assignments, such as a property with a setter."""
    known = _DESCRIPTORS.get(kind)
    if known is None:
        names = {name for base in kind.__mro__ if base not in nn.Module.__mro__ for name in vars(base)}
        known = frozenset(n for n in names if hasattr(type(_class_attribute(kind, n)), "__set__"))
        _DESCRIPTORS[kind] = known
    return known


def _class_attribute(kind: type, name: str) -> object:
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


class Module(nn.Module):
    """A `torch.nn.Module` with two additions.

    Extras are values that are neither tensors nor modules and belong to the state dict: see `register_extra`.  And an assignment to a
    name that the class defines as a property reaches that property, also when a parameter or module is assigned.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.__dict__["_extras"] = OrderedDict()

    def register_extra(self, name: str, value: object) -> None:
        """Add a value to the state dict; it reads, writes and deletes as an attribute.

        Raises
        ------
        TypeError
            For a name that is no text, or a value that is a tensor or a module.
        KeyError
            For an empty name, one with a dot, or one that another attribute has.
        """
        if not isinstance(name, str):
            raise TypeError(f"`name` must be a string, got {type(name).__name__}")
        if "." in name or not name:
            raise KeyError(f"`name` must be a name without a dot, got {name!r}")
        if name not in self._extras and hasattr(self, name):
            raise KeyError(f"`name` must be new, but {type(self).__name__} has an attribute {name!r}")
        if isinstance(value, Tensor | nn.Module):
            raise TypeError(
                f"`value` must be neither a tensor nor a module (register those as buffer or submodule), got {type(value).__name__}"
            )
        self._extras[name] = value

    def get_extra(self, target: str) -> object:
        """The extra at a dotted path, such as `layer.neuron.count`.

        Raises
        ------
        AttributeError
            Where the path leads to no extra.
        """
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if not isinstance(owner, Module):
            raise AttributeError(f"`{path}` is no inferno Module, so it has no extras")
        if name not in owner._extras:
            raise AttributeError(f"{type(owner).__name__} has no extra {name!r}")
        found: object = owner._extras[name]
        return found

    def get_extra_state(self) -> OrderedDict[str, object]:
        """The extras by name, for the state dict."""
        found: OrderedDict[str, object] = self._extras
        return found

    def set_extra_state(self, state: dict[str, object]) -> None:
        """Take extras from a state dict; others stay."""
        self._extras.update(state)

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """A state dict holds the extras of its moment: a later step changes the pointer of a record, but makes new data."""
        super()._save_to_state_dict(destination, prefix, keep_vars)
        key = prefix + EXTRA_KEY
        if isinstance(destination.get(key), OrderedDict):
            destination[key] = destination[key].copy()

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        """What was made in inference mode can't be changed outside of it, so something else is loaded into."""
        if not torch.is_inference_mode_enabled():
            for name, buffer in self._buffers.items():
                if buffer is not None and buffer.is_inference():
                    self._buffers[name] = buffer.clone()
            for parameter in self._parameters.values():
                if parameter is not None and parameter.is_inference():
                    parameter.data = parameter.data.clone()
        super()._load_from_state_dict(*args, **kwargs)

    def __dir__(self) -> list[str]:
        names: list[str] = super().__dir__()  # type: ignore[no-untyped-call]
        return sorted({*names, *self.__dict__.get("_extras", ())})

    def __getattr__(self, name: str) -> Any:
        # As in torch, without its calls: components read their state at every step.
        places = self.__dict__
        for place in ("_buffers", "_modules", "_parameters", "_extras"):
            found = places.get(place)
            if found is not None and name in found:
                return found[name]
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        places = self.__dict__
        buffers = places.get("_buffers")
        if buffers is not None and name in buffers and type(value) is Tensor:
            buffers[name] = value
            return
        if name in _data_descriptors(type(self)):
            object.__setattr__(self, name, value)
            return
        extras = places.get("_extras")
        if extras is not None and name in extras:
            if isinstance(value, Tensor | nn.Module):
                raise TypeError(f"the extra {name!r} can't become a {type(value).__name__}")
            extras[name] = value
            return
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        if name in self.__dict__.get("_extras", ()):
            del self._extras[name]
            return
        if name in _data_descriptors(type(self)):
            object.__delattr__(self, name)
            return
        super().__delattr__(name)
