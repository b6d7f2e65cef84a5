"""What of a program gradients may change, by the keys of the network."""

from __future__ import annotations

from dataclasses import dataclass

from inferno.grammar import checked
from inferno.grammar.expression import number
from inferno.grammar.units import base_unit


@dataclass(frozen=True, slots=True)
class TrainableValue:
    """A trainable value and its limits in base units; `value` is None for a tensor that the network keeps."""

    key: str
    low: float | None
    high: float | None
    value: float | None = None
    unit: str = "1"


def trainable_values(program: checked.Program) -> list[TrainableValue]:
    """Every `trainable(…)` of a program, and the tensors of its layers."""
    found = [info for p in program.populations for info in _numbers(p.name, p.neuron)]
    for projection in program.projections:
        for instance in (projection.synapse, projection.plasticity):
            found += _numbers(projection.name, instance) if instance is not None else []
        found += [TrainableValue(f"{projection.name}.{name}", mark.low, mark.high) for name, mark in projection.trainable]
        tensors = [t for layer in projection.layers or () for t in layer.tensors if t.mark is not None]
        found += [TrainableValue(f"{projection.name}.{t.name}", t.mark.low, t.mark.high) for t in tensors if t.mark is not None]
    return found


def _numbers(owner: str, instance: checked.Instance) -> list[TrainableValue]:
    """The trainable parameters of a component."""
    units = {p.name: base_unit(p.dimension) for p in instance.model.parameters}
    return [TrainableValue(f"{owner}.{n}", m.low, m.high, number(instance.value(n)), units[n]) for n, m in instance.trainable]
