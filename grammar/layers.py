"""Layers of an edge of the short form: what a spike or value passes on its way, and the tensors that they keep."""

from __future__ import annotations

from dataclasses import dataclass

from inferno.grammar.expression import Expression

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """That a value is `trainable`, and between which limits it is then kept, in base units."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class LayerTensor:
    """A tensor of a layer; with a `mark` it is for optimizers, without one it is fixed or a running statistic."""

    name: str
    shape: Shape
    initial: Expression
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: `conv`, `dense`, `maxpool`, `avgpool`, `batchnorm` or `flatten`, from one shape to another."""

    kind: str
    taken: Shape
    given: Shape
    options: tuple[tuple[str, int], ...] = ()
    tensors: tuple[LayerTensor, ...] = ()

    def option(self, name: str) -> int:
        """A whole number that belongs to it: `kernel`, `stride`, `padding`."""
        return dict(self.options)[name]
