"""The parts of a network by name: `net["exc"].v`, `net["ff"].weight`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from inferno.runtime.places import Places
from inferno.runtime.primitives import without_diagonal
from inferno.runtime.synapses import Columns, columns, digest, source_of

PLACE = "place"


class Part(nn.Module):
    """A population, projection or input with its variables as attributes.

    Attributes
    ----------
    Variables by their names in the program: per-sample states [batch, *shape], shared states [*shape], weights [sources, targets].
    """

    def __init__(self, name: str, shape: tuple[int, ...]) -> None:
        super().__init__()
        self._name, self._shape = name, shape
        self.written: dict[str, float] = {}

    def put(self, name: str, value: Tensor, *, saved: bool) -> None:
        """Set a variable; `saved` ones are in the state dict.  Any name will do, also one that a module has a method of."""
        if name in self._parameters:
            self._parameters[name] = nn.Parameter(value, requires_grad=self._parameters[name].requires_grad)  # type: ignore[union-attr]
            return
        self._buffers[name] = value
        (self._non_persistent_buffers_set.discard if saved else self._non_persistent_buffers_set.add)(name)

    def put_weight(self, name: str, value: Tensor, *, trainable: bool = False) -> None:
        """Set a variable that optimizers should see; only `trainable` ones have a gradient."""
        self._parameters[name] = nn.Parameter(value, requires_grad=trainable)

    def get(self, name: str) -> Tensor:
        """A variable by name."""
        value = self._parameters.get(name)
        found = value if value is not None else self._buffers.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def names(self) -> list[str]:
        """The names of all variables."""
        return sorted({*self._parameters, *self._buffers})

    def __getattr__(self, name: str) -> Tensor:
        try:
            found: Tensor = super().__getattr__(name)  # type: ignore[assignment]
        except AttributeError:
            # A name with a blank is the compiler's own.
            known = ", ".join(n for n in self.names() if " " not in n) or "none"
            raise AttributeError(
                f"`{self._name}` has no variable `{name}`; it has {known} (a state that nobody reads is dropped: record it)"
            ) from None
        return found


def population_part(name: str, shape: tuple[int, ...], places: Places | None, seed: int) -> Part:
    """A population or an input; one with places shows them as `place`, in um, [*shape, axes]."""
    part = Part(name, shape)
    if places is not None:
        part.put(PLACE, places.of(name, shape, seed).reshape(*shape, -1), saved=False)
    return part


def uniform_weight(value: Tensor, pattern: str, sources: int, targets: int) -> Tensor:
    """The matrix [sources, targets] that one constant weight stands for; one to one: [targets]."""
    if pattern == "scaled":
        return value.expand(targets)
    matrix = value.expand(sources, targets)
    return without_diagonal(matrix) if pattern == "uniform_no_self" else matrix


class UniformPart(Part):
    """A projection with one constant weight, which stands for the matrix [sources, targets] that `weight` shows."""

    def __init__(self, name: str, pattern: str, sources: int, targets: int, value: Tensor) -> None:
        super().__init__(name, ())
        self._pattern, self._sources, self._targets = pattern, sources, targets
        self._buffers["strength"] = value
        self._non_persistent_buffers_set.add("strength")

    @property
    def weight(self) -> Tensor:
        """The matrix [sources, targets]; one to one: [targets]."""
        return uniform_weight(self.get("strength"), self._pattern, self._sources, self._targets)


class ListPart(Part):
    """A projection stored as rows of synapses, in the order of source, delay and target.

    Attributes
    ----------
    weight [synapses]; pre and post, the places of source and target within the projection's ends; delay [synapses] in ms.
    """

    def __init__(self, name: str, dt: float, steps: int, targets: int) -> None:
        super().__init__(name, ())
        self._dt, self._same_steps, self._count = dt, steps, targets
        self._columns: Columns | None = None

    def get(self, name: str) -> Tensor:
        """A variable by name; also `column starts` and `columns`, the synapses by their targets, which are found when first asked for."""
        if name not in ("column starts", "columns"):
            return super().get(name)
        targets = super().get("targets")
        if self._columns is None or not self._columns.of(targets):
            self._columns = columns(targets, self._count)
        return self._columns.starts if name == "column starts" else self._columns.synapses

    @property
    def weight(self) -> Tensor:
        """The weights [synapses]."""
        own = self._parameters.get("weight")
        return own if own is not None else self.get("strength").expand(self.get("targets").shape[0])

    @property
    def pre(self) -> Tensor:
        """The source of each synapse, int64."""
        return source_of(self.get("indptr")).to(torch.int64)

    @property
    def post(self) -> Tensor:
        """The target of each synapse, int64."""
        return self.get("targets").to(torch.int64)

    @property
    def delay(self) -> Tensor:
        """The delay of each synapse in ms."""
        steps = self._buffers.get("steps")
        if steps is None:
            steps = torch.full_like(self.get("targets"), self._same_steps)
        return steps.to(torch.float64) * self._dt

    def topology(self) -> Tensor:
        """SHA-256 of who is joined to whom, and how late."""
        return digest(self.get("indptr"), self.get("targets"), self._buffers.get("steps"))


class ViewPart(Part):
    """A view: the variables of a part of a population."""

    def __init__(self, name: str, whole: Part, shape: tuple[int, ...], ranges: tuple[tuple[int, int], ...]) -> None:
        super().__init__(name, shape)
        # In a tuple, so that it is no submodule of this one as well.
        self._whole, self._ranges = (whole,), ranges

    def get(self, name: str) -> Tensor:
        """A variable by name, of this part alone."""
        value = self._whole[0].get(name)
        lead = 0 if name == PLACE else value.dim() - len(self._shape)
        return value[(slice(None),) * lead + tuple(slice(low, high) for low, high in self._ranges)]

    def names(self) -> list[str]:
        """The names of all variables."""
        return self._whole[0].names()

    def __getattr__(self, name: str) -> Tensor:
        whole = self.__dict__.get("_whole")
        if whole is None or name not in whole[0].names():
            return super().__getattr__(name)
        return self.get(name)


class Parts(nn.Module):
    """A container that takes any name."""

    def add(self, name: str, part: Part) -> None:
        """Add a part."""
        self._modules[name] = part

    def get(self, name: str) -> Part:
        """A part by name; KeyError lists what there is."""
        part = self._modules.get(name)
        if not isinstance(part, Part):
            raise KeyError(f"there is no `{name}` in this network; there are {', '.join(sorted(self._modules))}")
        return part

    def names(self) -> Iterator[str]:
        """The names of all parts."""
        return iter(sorted(self._modules))

    def _load_from_state_dict(self, state_dict: Mapping[str, Tensor], prefix: str, *rest: Any) -> None:
        """Let torch report what is of no part: it takes a point in a part's name, `block[0].ff`, for one between modules."""
        parts = tuple(f"{prefix}{name}." for name in self._modules)
        strange = {key: value for key, value in state_dict.items() if not key.startswith(parts)}
        super()._load_from_state_dict(strange, prefix, *rest)
