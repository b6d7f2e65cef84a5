"""How large a model is, so that no file can make the checker or the compiler work without end."""

from __future__ import annotations

from collections.abc import Iterator

from inferno.grammar import checked
from inferno.grammar.expression import Expression

MODEL_LIMIT = 100_000
"""Operations of one model."""
FILE_LIMIT = 20_000_000
"""Operations of the models of all populations and projections of a file."""


def size_of(model: checked.Model) -> int:
    """The number of operations and leaves in a model's expressions, and its parameters."""
    return len(model.parameters) + sum(e.size for e in _expressions(model))


def _expressions(model: checked.Model) -> Iterator[Expression]:
    for parameter in model.parameters:
        yield from (e for e in (parameter.default, parameter.low, parameter.high) if e is not None)
    if isinstance(model, checked.NeuronModel | checked.SynapseModel | checked.PlasticityModel):
        yield from (s.initial for s in model.states)
        yield from (e for s in model.states for e in (s.low, s.high) if e is not None)
        yield from (e.rate for e in model.equations)
    if isinstance(model, checked.SynapseModel):
        yield from (a.value for a in model.on_impulse)
        yield model.output
    if isinstance(model, checked.NeuronModel) and model.spike is not None:
        yield model.spike.condition
        yield from (a.value for a in model.spike.assignments)
    if isinstance(model, checked.NeuronModel):
        yield from (a.value for a in model.arrivals)
        yield from (e for event in model.events for e in (event.condition, *(a.value for a in event.assignments)))
    if isinstance(model, checked.NeuronModel) and model.refractory is not None:
        yield model.refractory.duration
    if isinstance(model, checked.PlasticityModel):
        yield from (t.tau for t in model.traces)
        yield from (h.change for h in model.handlers)
        yield from (model.bound.low, model.bound.high) if model.bound is not None else ()
