"""A `.snn` component's equations as functions on tensors, compiled once per model and shared by all modules that use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import ModuleType

import torch
from torch import Tensor

from inferno.compiler.generated import load_module
from inferno.compiler.single import NeuronCode, SynapseCode, neuron_code, synapse_code
from inferno.grammar.checked import Program
from inferno.grammar.diagnostics import SnnError
from inferno.grammar.single import standard_component

Values = Mapping[str, float]
Constants = dict[str, "float | Tensor"]


@cache
def functions(source: str) -> ModuleType:
    """The functions of a generated text."""
    return load_module(source)


class Equations:
    """What a component's functions are and the constants that they read: a number each, or a tensor where a value has components.

    A copy of a module shares its functions and has constants of its own.  `exact` are the constants in float64, `constants` those in the
    type and on the device of the module's state.
    """

    def __init__(self, code: NeuronCode | SynapseCode, exact: Constants) -> None:
        self.code, self.exact = code, exact
        self.constants = dict(exact)
        self._functions = functions(code.source)

    def __getitem__(self, name: str) -> Callable[..., Tensor]:
        found: Callable[..., Tensor] = getattr(self._functions, name)
        return found

    def __contains__(self, name: str) -> bool:
        return hasattr(self._functions, name)

    def __deepcopy__(self, memo: dict[int, object]) -> Equations:
        copy = Equations(self.code, self.exact)
        copy.constants = {n: v.clone() if isinstance(v, Tensor) else v for n, v in self.constants.items()}
        return copy

    def __getstate__(self) -> dict[str, object]:
        return {n: v for n, v in self.__dict__.items() if n != "_functions"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._functions = functions(self.code.source)

    def match(self, state: Tensor) -> None:
        """Bring the constants that are tensors into the type and onto the device of a state."""
        self.constants = {n: v.to(dtype=state.dtype, device=state.device) if isinstance(v, Tensor) else v for n, v in self.exact.items()}


def standard_neuron(name: str, dt: float, values: Values, groups: tuple[tuple[str, ...], ...]) -> Equations:
    """A neuron of the standard library, its states integrated in groups; what is not linear by the Euler method."""
    code = neuron_code(_component("neurons", name, values, dt), groups, "euler" if name in NONLINEAR else None)
    return Equations(code, dict(code.constants))


NONLINEAR = frozenset({"QIF", "EIF", "Izhikevich", "AdEx"})
"""Models that the library integrates by the Euler method, as its documentation says."""


def with_components(name: str, dt: float, values: Sequence[Values], groups: tuple[tuple[str, ...], ...]) -> Equations:
    """As `standard_neuron`, for an adaptation of several components: a constant that differs between them becomes a tensor [components]."""
    parts = [standard_neuron(name, dt, one, groups) for one in values]
    merged: Constants = {}
    for constant in parts[0].constants:
        numbers = [float(part.constants[constant]) for part in parts]
        merged[constant] = numbers[0] if len(set(numbers)) == 1 else torch.tensor(numbers, dtype=torch.float64)
    return Equations(parts[0].code, merged)


def standard_synapse(name: str, dt: float, values: Values) -> Equations:
    """A synapse of the standard library."""
    code = synapse_code(_component("synapses", name, values, dt))
    return Equations(code, dict(code.constants))


def _component(module: str, name: str, values: Values, dt: float) -> Program:
    try:
        return standard_component(module, name, values, dt)
    except SnnError as error:
        given = ", ".join(f"{n} = {v:g}" for n, v in values.items())
        reasons = "; ".join(d.message for d in error.diagnostics)
        raise ValueError(f"the parameters of {name} ({given}) don't go together: {reasons}") from error
