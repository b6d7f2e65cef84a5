"""Tensors of a module some of whose dimensions have fixed sizes."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from inferno.core import arguments
from inferno.core.module import Module

Self = TypeVar("Self", bound="ShapedTensor")
Data = Tensor | nn.Parameter | None
_NUMBERS = itertools.count()
UNINITIALISED = (nn.parameter.UninitializedBuffer, nn.parameter.UninitializedParameter)


class Attributes(NamedTuple):
    """Names under which the owner holds the data and the constraints."""

    data: str
    constraints: str


class ShapedTensor:
    """A tensor attribute of a module, some of whose dimensions have fixed sizes.

    The data are the owner's buffer (or parameter, where `value` is one) `_<name>_data`, the sizes by dimension its attribute
    `_<name>_constraints`.  The owner is held weakly, and when this object goes, both attributes go.  Ignored are None, an uninitialised
    tensor, and a tensor without elements of at most one dimension: no size is demanded of them.

    Parameters
    ----------
    owner
        The module that holds the data.
    name
        An identifier.
    value
        The first data, or None.
    constraints
        Sizes by dimension, which may be negative.
    persist_data, persist_constraints
        Whether the data, and the constraints, belong to the state dict.
    strict
        Whether each constrained dimension must be another one: -1 and 0 then need two dimensions.
    live
        Whether each assigned value is checked.

    Raises
    ------
    RuntimeError
        If the value does not have those sizes.
    TypeError, ValueError
        For a value that is no tensor, an owner that is no Module, sizes that are not by dimension, or a name that is no identifier.
    """

    def __init__(
        self,
        owner: Module,
        name: str,
        value: Data,
        constraints: Mapping[int, int] | None = None,
        persist_data: bool = True,
        persist_constraints: bool = False,
        strict: bool = True,
        live: bool = False,
    ) -> None:
        arguments.instance("owner", owner, Module, "an inferno Module")
        arguments.identifier("name", name)
        required(value, constraints)
        self._owner = weakref.ref(owner)
        self._name = name
        self._strict, self.live = arguments.flag("strict", strict), arguments.flag("live", live)
        self._number = next(_NUMBERS)
        self._persist_data, self._persist_constraints = persist_data, persist_constraints
        sizes = {int(d): arguments.count(f"constraints[{d}]", s, 0) for d, s in (constraints or {}).items()}
        if value is not None and not ignored(value) and not _compatible(value, sizes, self._strict):
            raise RuntimeError(f"`value` must have the sizes {sizes} by dimension, got the shape {list(value.shape)}")
        if isinstance(value, nn.Parameter):
            owner.register_parameter(self.attributes.data, value)
        else:
            owner.register_buffer(self.attributes.data, value, persistent=persist_data)
        if persist_constraints:
            owner.register_extra(self.attributes.constraints, sizes)
        else:
            owner.__dict__[self.attributes.constraints] = sizes
        owner.__dict__[self._stamp] = self._number
        owner.register_load_state_dict_pre_hook(_Adoption(name, self._number))  # type: ignore[no-untyped-call]
        self._watch()

    @classmethod
    def create(cls: type[Self], owner: Module, name: str, *args: Any, **kwargs: Any) -> Self:
        """A new one, assigned to `owner.<name>` as well; arguments as for the class."""
        made = cls(owner, name, *args, **kwargs)
        setattr(owner, name, made)
        return made

    def _watch(self) -> None:
        weakref.finalize(self, _forget, self._owner, self._stamp, self._number, self._owned()).atexit = False

    @property
    def _stamp(self) -> str:
        """Where the owner notes which object of this name is the latest."""
        return f"_{self._name}_number"

    def _owned(self) -> tuple[str, ...]:
        return tuple(self.attributes)

    def __deepcopy__(self: Self, memo: dict[int, Any]) -> Self:
        """One for the copy of the owner, which is being made; the data are copied there."""
        owner = memo.get(id(self.owner))
        if owner is None:
            raise RuntimeError(f"`{self._name}` is copied with the module that owns it, not alone")
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._owner = weakref.ref(owner)
        copy._watch()
        memo[id(self)] = copy
        return copy

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_owner": self.owner}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._owner = weakref.ref(state["_owner"])
        self._watch()

    @property
    def owner(self) -> Module:
        """The module that holds the data.

        Raises
        ------
        RuntimeError
            If it is gone.
        """
        owner = self._owner()
        if owner is None:
            raise RuntimeError(f"the module that owns `{self._name}` no longer exists")
        return owner

    @property
    def name(self) -> str:
        """The name that was given."""
        return self._name

    @property
    def attributes(self) -> Attributes:
        """Names under which the owner holds the data and the constraints."""
        return Attributes(f"_{self._name}_data", f"_{self._name}_constraints")

    @property
    def constraints(self) -> dict[int, int]:
        """Sizes by dimension, a copy."""
        return dict(getattr(self.owner, self.attributes.constraints))

    @property
    def value(self) -> Data:
        """The data; a plain tensor assigned to a parameter replaces its data.

        Raises
        ------
        ValueError
            With `live`, for a value of other sizes.
        RuntimeError
            For None in place of a parameter.
        """
        found: Data = getattr(self.owner, self.attributes.data)
        return found

    @value.setter
    def value(self, value: Data) -> None:
        if value is not None:
            arguments.instance("value", value, Tensor, "a tensor or None")
        if self.live and value is not None and not ignored(value) and not self.compatible(value):
            raise ValueError(f"`value` must have the sizes {self.constraints} by dimension, got the shape {list(value.shape)}")
        owner, key = self.owner, self.attributes.data
        if isinstance(value, nn.Parameter) and key in owner._buffers:
            del owner._buffers[key]
            owner.register_parameter(key, value)
        else:
            self._assign(value)

    def _assign(self, value: Data) -> None:
        owner, key = self.owner, self.attributes.data
        known = owner._parameters.get(key)
        if known is None:
            owner._buffers[key] = value
        elif value is None:
            raise RuntimeError(f"`{self._name}` is a parameter and can't become None")
        elif isinstance(value, nn.Parameter):
            owner._parameters[key] = value
        else:
            known.data = value

    @property
    def ignored(self) -> bool:
        """Whether the value is one of which no size is demanded."""
        return ignored(self.value)

    @property
    def strict(self) -> bool:
        """Whether each constrained dimension must be another one."""
        return self._strict

    @property
    def valid(self) -> bool:
        """Whether the value is ignored or has the sizes."""
        value = self.value
        return value is None or ignored(value) or self.compatible(value)

    @property
    def dimensionality(self) -> int:
        """The least number of dimensions that the constraints need."""
        return _dimensions(self.constraints, self._strict)

    def compatible(self, tensor: Tensor) -> bool:
        """Whether a tensor has the sizes."""
        return _compatible(tensor, self.constraints, self._strict)

    @staticmethod
    def resize(value: Tensor, dim: int, size: int, preserve_tail: bool = True, fill: float = 0) -> Tensor:
        """A tensor with another size of one dimension: cut or filled at its start, or with `preserve_tail` False at its end.

        A parameter is changed in place and returned.

        Raises
        ------
        ValueError
            For a dimension that the tensor does not have, or a size that is no whole number of at least 0.
        """
        arguments.instance("value", value, Tensor, "a tensor")
        size, dim = arguments.count("size", size, 0), arguments.count("dim", dim, None)
        if not -value.ndim <= dim < value.ndim:
            raise ValueError(f"`dim` must be one of the {value.ndim} dimensions of `value`, got {dim}")
        known = value.shape[dim]
        if size <= known:
            made = value.detach().narrow(dim, known - size if preserve_tail else 0, size)
        else:
            shape = list(value.shape)
            shape[dim] = size - known
            filling = torch.full(shape, fill, dtype=value.dtype, device=value.device)
            made = torch.cat([filling, value.detach()] if preserve_tail else [value.detach(), filling], dim)
        if isinstance(value, nn.Parameter):
            value.data = made.clone()
            return value
        return made.clone()

    def reconstrain(self, dim: int, size: int | None) -> Data:
        """Change a constraint, and with it the data: None removes it, another size resizes, keeping what is last.

        Raises
        ------
        ValueError
            Where there is nothing to remove, or the data don't have the size of a new constraint.
        RuntimeError
            Where the data don't satisfy what remains.
        """
        sizes, value = self.constraints, self.value
        if size is None:
            if dim not in sizes:
                raise ValueError(f"`dim` must be a constrained dimension ({sorted(sizes)}), got {dim}")
            del sizes[dim]
            if value is not None and not ignored(value) and not _compatible(value, sizes, self._strict):
                raise RuntimeError(f"`{self._name}` does not have the sizes {sizes} that remain: its shape is {list(value.shape)}")
        elif dim not in sizes:
            sizes[dim] = arguments.count("size", size, 0)
            if value is not None and not ignored(value) and not _compatible(value, sizes, self._strict):
                raise ValueError(f"`size` must be that of the data, whose shape is {list(value.shape)}, got {size} for dimension {dim}")
        else:
            sizes[dim] = arguments.count("size", size, 0)
            if value is not None and not ignored(value):
                if not -value.ndim <= dim < value.ndim:
                    raise RuntimeError(f"`{self._name}` has no dimension {dim}: its shape is {list(value.shape)}")
                shape = list(value.shape)
                shape[dim] = sizes[dim]
                if not _fits(shape, sizes, self._strict):
                    raise RuntimeError(f"`{self._name}` can't be given the sizes {sizes}: its shape is {list(value.shape)}")
                self._assign(self.resize(value, dim, sizes[dim]))
        setattr(self.owner, self.attributes.constraints, sizes)
        return self.value


def required(value: object, constraints: object) -> None:
    """Refuse data that are no tensor, and sizes that are not by dimension, each with TypeError."""
    if value is not None:
        arguments.instance("value", value, Tensor, "a tensor or None")
    if constraints is not None:
        arguments.instance("constraints", constraints, Mapping, "a dict of sizes by dimension, or None")


def ignored(value: Data) -> bool:
    """Whether no size is demanded of a value: it is none, not initialised, or has no elements and at most one dimension."""
    return value is None or type(value) in UNINITIALISED or (value.ndim <= 1 and value.numel() == 0)


def _dimensions(sizes: Mapping[int, int], strict: bool) -> int:
    if not sizes:
        return 0
    front, back = max(max(sizes) + 1, 0), max(-min(sizes), 0)
    return front + back if strict else max(front, back)


def _compatible(value: Tensor, sizes: Mapping[int, int], strict: bool) -> bool:
    return _fits(value.shape, sizes, strict)


def _fits(shape: Sequence[int], sizes: Mapping[int, int], strict: bool) -> bool:
    return len(shape) >= _dimensions(sizes, strict) and all(shape[d] == s for d, s in sizes.items())


class _Adoption:
    """Before a state dict is loaded: data that are not there yet, in the module or in the state dict, get the other's shape.

    A class, so that copies of the module can be made.
    """

    def __init__(self, name: str, number: int) -> None:
        self._name, self._number = name, number

    def __call__(self, module: nn.Module, state: Mapping[str, Any], prefix: str, *rest: Any) -> None:
        found, key = state.get(f"{prefix}_{self._name}_data"), f"_{self._name}_data"
        if not isinstance(module, Module) or module.__dict__.get(f"_{self._name}_number") != self._number or not isinstance(found, Tensor):
            return
        known = module._buffers.get(key)
        if key not in module._buffers or not (ignored(known) or ignored(found)) or type(found) in UNINITIALISED:
            return
        # Data of other sizes are left for torch to refuse.
        if ignored(found) or found.ndim and _fits(found.shape, self._sizes(module), False):
            like = found if known is None else known
            module._buffers[key] = torch.empty(found.shape, dtype=like.dtype, device=like.device)

    def _sizes(self, module: Module) -> dict[int, int]:
        sizes: dict[int, int] = getattr(module, f"_{self._name}_constraints")
        return sizes


def _forget(owner: weakref.ref[Module], stamp: str, number: int, names: tuple[str, ...]) -> None:
    found = owner()
    # Another may have been made under the same name since.
    if found is not None and found.__dict__.get(stamp) == number:
        for name in (stamp, *names):
            for place in (found.__dict__, found._buffers, found._parameters, found._extras):
                place.pop(name, None)
