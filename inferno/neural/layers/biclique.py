"""A layer in which every connection drives every group of neurons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from inferno.core import arguments
from inferno.neural.layers.layer import Layer

Transform = Callable[..., Tensor]
Part = tuple[Any, ...]

COMBINATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sum": lambda parts: parts.sum(0),
    "mean": lambda parts: parts.mean(0),
    "prod": lambda parts: parts.prod(0),
    "min": lambda parts: parts.amin(0),
    "max": lambda parts: parts.amax(0),
}


class Biclique(Layer):
    """Several connections whose outputs are combined and drive each of several groups of neurons; every pair has a cell.

    Parameters
    ----------
    connections
        `(name, connection)` or `(name, connection, transform of its output)` for each.
    neurons
        `(name, neuron)` or `(name, neuron, transform of its input)` for each.
    combine
        How outputs become one: `sum`, `mean`, `prod`, `min`, `max`, or a function of a dict of them by name (and the keywords of a call).

    Raises
    ------
    ValueError
        Without a connection or without neurons, or for an unknown way to combine.
    TypeError
        For parts that are no such tuples, or a transform that can't be called.
    RuntimeError
        Where shapes of a pair don't agree, or a name stands twice.
    """

    def __init__(self, connections: Iterable[Part], neurons: Iterable[Part], combine: str | Callable[..., Tensor] = "sum") -> None:
        super().__init__()
        for argument, parts in (("connections", connections), ("neurons", neurons)):
            arguments.instance(argument, parts, Iterable, "an iterable of tuples (name, module) or (name, module, transform)")
        sources, targets = list(connections), list(neurons)
        if not sources:
            raise ValueError("`connections` must hold at least one connection, got none")
        if not targets:
            raise ValueError("`neurons` must hold at least one group of neurons, got none")
        if not callable(combine):
            combine = arguments.choice("combine", combine, COMBINATIONS)
        self.combine = combine
        self._after: dict[str, Transform] = {}
        self._before: dict[str, Transform] = {}
        for part in sources:
            name, connection, transform = _unpacked("connections", part)
            self.add_connection(name, connection)  # type: ignore[arg-type]
            if transform is not None:
                self._after[name] = transform
        for part in targets:
            name, neuron, transform = _unpacked("neurons", part)
            self.add_neuron(name, neuron)  # type: ignore[arg-type]
            if transform is not None:
                self._before[name] = transform
        for connection_name in self.connections_:
            for neuron_name in self.neurons_:
                self.add_cell(connection_name, neuron_name)

    def wiring(self, inputs: dict[str, Tensor], **kwargs: Any) -> dict[str, Tensor]:
        """The combined outputs, transformed for each group of neurons."""
        parts = {name: self._after[name](value, **kwargs) if name in self._after else value for name, value in inputs.items()}
        if callable(self.combine):
            combined = self.combine(parts, **kwargs)
        else:
            combined = COMBINATIONS[self.combine](torch.stack(list(parts.values())))
        return {name: self._before[name](combined, **kwargs) if name in self._before else combined for name in self.neurons_}


def _unpacked(argument: str, part: Part) -> tuple[str, nn.Module, Transform | None]:
    if not isinstance(part, tuple | list) or len(part) not in (2, 3):
        raise TypeError(f"`{argument}` must hold tuples (name, module) or (name, module, transform), got {part!r}")
    name, module, *rest = part
    arguments.function(f"{argument}: transform of {name!r}", rest[0] if rest else None)
    return name, module, rest[0] if rest else None
