"""Any neuron of a `.snn` file with the same Python face as the library's own."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as nn_functional
from torch import Tensor

from inferno.compiler.single import neuron_code
from inferno.core import arguments
from inferno.grammar import FolderModules, Modules, read_program
from inferno.grammar.expression import CLOCK
from inferno.grammar.single import single_component
from inferno.neural.equations import Equations
from inferno.neural.neurons.neuron import Neuron
from inferno.neural.neurons.point import forgive, residue, spiked
from inferno.neural.neurons.standard_draws import STANDARD

REDUCTIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mean": lambda values, before: values.mean(0),
    "sum": lambda values, before: before + (values - before).sum(0),
    "max": lambda values, before: values.amax(0),
}
"""What becomes of a shared state: what each sample makes of it, [batch, *shape], and what it was before."""


class SnnNeuron(Neuron):
    """A group of neurons whose equations are those of a `.snn` file; made by `from_snn`.

    All states are integrated from their values at the start of a step, as in a network: linear equations exactly, others by exponential
    Euler or Runge-Kutta.  A refractory period is one step shorter than in a network: the next spike comes max(1, ceil(t_ref/step_time))
    steps after a spike at the earliest.  `@shared` states have one value for the batch, `@train_only` ones change in training mode,
    `@persistent` ones outlive `clear()`.  An input's default, or what is given for it, is added to what arrives there.  Noise, and what is
    drawn in conditions and blocks, is drawn anew in every step for every neuron and sample, and drawn initial values at the start and by
    `clear()`, of torch's random numbers: the paths are others than those of a network, of the same distribution.
    The time `t` is counted in steps since the start, or since `clear()`.

    State: `_<name>__data` for each state of the model, float [batch, *shape], or [*shape] where it is shared; `_refrac__data` in ms.
    Each state is an attribute by its name as well, and so is each event of the neuron's own: whether it happened in the last step, bool.

    Parameters
    ----------
    text, name
        The text of the `.snn` file, and what it is called in messages.
    component
        The name of the neuron there.
    shape
        Of the group, without the batch.
    step_time
        Length of a step in ms, > 0.
    batch_size
        Samples in a batch.
    parameters
        Of the neuron, and values of its inputs, as numbers in base units (ms, mV, nA, MOhm, uS, nF), or as quantities such as `"30 ms"`.
    modules
        Where the files are found that the text imports.
    generator
        Of all random numbers; None for torch's default.
    """

    _refrac__data: Tensor
    _spike__data: Tensor
    _steps: Tensor

    def __init__(
        self,
        text: bytes,
        name: str,
        component: str,
        shape: int | tuple[int, ...],
        step_time: float,
        batch_size: int,
        parameters: dict[str, object],
        modules: Modules | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if generator is not None:
            arguments.instance("generator", generator, torch.Generator, "a torch.Generator or None")
        self.generator = generator
        for parameter, value in parameters.items():
            if isinstance(value, float) and math.isnan(value):
                raise ValueError(f"`{parameter}` must be a number or a quantity, got {value!r}")
        self._imports = modules
        self._text, self._name, self._component, self._given = text, name, component, dict(parameters)
        self._shape = arguments.shape("shape", shape)
        self.step_time = arguments.positive("step_time", step_time)
        self._compile()
        self._allocate(arguments.count("batch_size", batch_size))

    def _compile(self) -> None:
        program = single_component(self._text, self._name, self._component, self._given, self.step_time, self._imports)
        code = neuron_code(program)
        like = self._buffers.get("_refrac__data")
        self._parameters_of_model = frozenset(name for name, _ in program.populations[0].neuron.values)
        self._code = code
        self._equations = Equations(code, {n: torch.tensor(v, dtype=torch.float64) for n, v in code.constants.items()})
        self._equations.match(like if like is not None else torch.empty(0))
        self.refrac_t = code.refractory

    def _allocate(self, batch: int) -> None:
        like: Tensor | None = self._buffers.get("_refrac__data")
        kind: dict[str, Any] = {"dtype": like.dtype, "device": like.device} if like is not None else {}
        for state in self._code.states:
            size = self._shape if state.shared is not None else (batch, *self._shape)
            self.register_buffer(f"_{state.name}__data", self._initial(state.name, torch.empty(size, **kind)))
        self.register_buffer("_refrac__data", torch.zeros(batch, *self._shape, **kind))
        spikes = torch.zeros_like(self._refrac__data, dtype=torch.bool)
        self.register_buffer("_spike__data", spikes, persistent=self.refrac_t == 0)
        for event in self._code.events:
            self.register_buffer(f"_{event}__data", torch.zeros_like(spikes), persistent=False)
        if self._code.timed:
            self.register_buffer("_steps", torch.zeros((), dtype=torch.int64, device=spikes.device))

    def _initial(self, state: str, like: Tensor) -> Tensor:
        """The initial values of a state, of the shape, type and device of a tensor."""
        if state in self._code.initial:
            return torch.full_like(like, self._code.initial[state])
        name = f"initial_{state}"
        return self._equations[name](*(None for _ in self._code.arguments), {}, *self._drawn(name, like)).to(like.dtype)

    def _drawn(self, function: str, like: Tensor) -> tuple[dict[int, Tensor], ...]:
        """The standard random numbers that a function draws, its last argument; nothing for one that draws none."""
        kind: dict[str, Any] = {"dtype": like.dtype, "device": like.device, "generator": self.generator}
        draws = dict(self._code.draws).get(function, ())
        found = {number: STANDARD[standard](like.shape, **kind) for number, standard in draws}
        return (found,) if found else ()

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> SnnNeuron:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self._equations.match(self._refrac__data)
        return self

    def __getattr__(self, name: str) -> Any:
        if name == "voltage":
            self._membrane()  # says what is missing: torch would say that there is no `voltage`
        buffers = self.__dict__.get("_buffers", {})
        return buffers[f"_{name}__data"] if f"_{name}__data" in buffers else super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        key = f"_{name}__data"
        if "_code" in self.__dict__ and name in self._code.events:
            raise AttributeError(f"`{name}` is an event, which happens in a step and can't be set")
        if key in self.__dict__.get("_buffers", {}) and name not in ("refrac", "spike"):
            self._assign(name, key, value)
            return
        if name in self.__dict__.get("_parameters_of_model", ()):
            raise AttributeError(f"`{name}` is a parameter of `{self._component}`: give it to `from_snn`, as it can't be set later")
        super().__setattr__(name, value)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the group, without the batch."""
        return self._shape

    @property
    def batchsz(self) -> int:
        """The number of samples in a batch; setting it starts the state afresh."""
        return self._refrac__data.shape[0]

    @batchsz.setter
    def batchsz(self, value: int) -> None:
        kept = {s.name: self._buffers[f"_{s.name}__data"] for s in self._code.states if s.shared is not None}
        self._allocate(arguments.count("batchsz", value))
        for name, tensor in kept.items():
            self._buffers[f"_{name}__data"] = tensor
        self.clear()

    @property
    def dt(self) -> float:
        """The length of a step, in ms."""
        return self.step_time

    @dt.setter
    def dt(self, value: float) -> None:
        self.step_time = arguments.positive("dt", value)
        self._compile()

    def _membrane(self) -> str:
        if "_v__data" not in self._buffers:
            raise AttributeError(f"`{self._component}` has no state `v`; its states are {', '.join(s.name for s in self._code.states)}")
        return "_v__data"

    @property
    def voltage(self) -> Tensor:
        """The state `v`, [batch, *shape], in mV if it is a voltage; AttributeError for a neuron without."""
        return self._kept(self._membrane())

    @voltage.setter
    def voltage(self, value: Tensor) -> None:
        self._assign("voltage", self._membrane(), value)

    @property
    def refrac(self) -> Tensor:
        """What is left of the refractory periods in ms, [batch, *shape]."""
        return self._refrac__data

    @refrac.setter
    def refrac(self, value: Tensor) -> None:
        self._assign("refrac", "_refrac__data", value)
        if self.refrac_t > 0:
            self._spike__data = spiked(self._refrac__data, self.refrac_t)

    def _assign(self, argument: str, key: str, value: Tensor) -> None:
        arguments.instance(argument, value, Tensor, "a tensor")
        known = self._kept(key)
        if value.shape != known.shape:
            raise ValueError(f"`{argument}` must have the shape {list(known.shape)}, got {list(value.shape)}")
        self._buffers[key] = value.to(dtype=known.dtype, device=known.device, copy=True)

    def _kept(self, key: str) -> Tensor:
        found = self._buffers[key]
        assert found is not None
        return found

    @property
    def spike(self) -> Tensor:
        """Which neurons spiked in the last step, bool [batch, *shape]."""
        return self._spike__data

    def _load_from_state_dict(self, state: Any, prefix: str, *rest: Any) -> None:
        # Not into the tensor that the last step returned.
        self._spike__data = torch.zeros_like(self._spike__data)
        super()._load_from_state_dict(state, prefix, *rest)
        _metadata, _strict, missing, unexpected, _errors = rest
        forgive(f"{prefix}_spike__data", missing, unexpected)
        if self.refrac_t > 0:
            self._spike__data = spiked(self._refrac__data, self.refrac_t)

    def clear(self, keep_adaptations: bool = True, **kwargs: Any) -> None:
        """Bring states to their initial values, persistent ones only if adaptations are not kept, and end refractory periods."""
        for state in self._code.states:
            if not (state.persistent and keep_adaptations):
                key = f"_{state.name}__data"
                self._buffers[key] = self._initial(state.name, self._kept(key))
        self._refrac__data = torch.zeros_like(self._refrac__data)
        self._spike__data = torch.zeros_like(self._spike__data)
        if self._code.timed:
            self._steps = torch.zeros_like(self._steps)
        for event in self._code.events:
            self._buffers[f"_{event}__data"] = torch.zeros_like(self._spike__data)

    def forward(self, *inputs: Tensor, adapt: bool | None = None, refrac_lock: bool = True, **kwargs: Any) -> Tensor:
        """One step.

        Parameters
        ----------
        inputs
            What arrives at the neuron's inputs, in alphabetical order of their names, each [batch, *shape] in base units (nA, uS).
        adapt
            Whether `@train_only` states change; None for: in training mode.
        refrac_lock
            Whether held states stand still in the refractory period; otherwise they go on and nothing is received.

        Returns
        -------
        Tensor
            Spikes, bool [batch, *shape].

        Raises
        ------
        ValueError
            For another number of inputs, or another shape.
        """
        code, equations = self._code, self._equations
        if len(inputs) != len(code.ports):
            raise ValueError(f"`inputs` must be {len(code.ports)} ({', '.join(code.ports) or 'none'}), got {len(inputs)}")
        for name, value in zip(code.ports, inputs, strict=True):
            arguments.instance("inputs", value, Tensor, f"tensors, {name} among them")
            if value.shape != self._refrac__data.shape:
                raise ValueError(f"`inputs` must have the shape {list(self._refrac__data.shape)}, got {list(value.shape)} for {name}")
        inputs = tuple(i.to(self._refrac__data.dtype) for i in inputs)
        moves = self.training if adapt is None else adapt
        states: dict[str, Tensor] = {s.name: self._kept(f"_{s.name}__data") for s in code.states}
        refrac = nn_functional.threshold(self._refrac__data - self.step_time, residue(self.step_time, self.refrac_t), 0.0)
        active = refrac == 0
        received = inputs if refrac_lock else tuple(i * active for i in inputs)
        after = self._integrated(states, received, active if refrac_lock else None, moves)
        values = (*(after[s] for s in states), *received)
        spikes = self._spikes(values, active)
        occurs = self._events(values, spikes)
        for name in (n for n in code.changed if moves or not self._is_frozen(n)):
            if code.together:
                function = f"after_blocks_{name}"
                after[name] = equations[function](*values, self._constants(), occurs, *self._drawn(function, refrac)).to(refrac.dtype)
            else:
                function = f"after_spike_{name}"
                found = equations[function](*values, self._constants(), *self._drawn(function, refrac))
                after[name] = torch.where(spikes, found, after[name]).to(refrac.dtype)
        for state in code.states:
            if moves or not state.train_only:
                value, before = after[state.name], states[state.name]
                if state.shared is not None and value.ndim > before.ndim:
                    value = REDUCTIONS[state.shared](value, before)
                self._buffers[f"_{state.name}__data"] = value
        self._refrac__data = refrac.masked_fill(spikes, self.refrac_t)
        self._spike__data = spikes
        if code.timed:
            self._steps = self._steps + 1
        return spikes

    def _constants(self) -> dict[str, Any]:
        """What all functions read besides states and inputs: the numbers of the model, and the time where it is asked for."""
        if not self._code.timed:
            return self._equations.constants
        dt = Fraction(repr(self.step_time))
        time = self._steps.double() * dt.numerator / dt.denominator
        return {**self._equations.constants, CLOCK.name: time.to(self._refrac__data.dtype)}

    def _integrated(self, states: dict[str, Any], inputs: tuple[Tensor, ...], active: Tensor | None, moves: bool) -> dict[str, Tensor]:
        """All states after integration; with `active`, held ones stand still where it is false."""
        code, equations = self._code, self._equations
        name = "integrate" if moves or not code.in_evaluation else "integrate_in_evaluation"
        order = [s.name for s in code.states if name == "integrate" or not s.train_only]
        like, normals = self._refrac__data, {}
        for normal in code.normals:
            normals[normal] = torch.randn(like.shape, dtype=like.dtype, device=like.device, generator=self.generator)
        noise = (normals,) if normals else ()
        constants = self._constants()
        if active is None:
            found = equations[name](*states.values(), *inputs, constants, *noise)
        else:
            found = equations[f"{name}_held"](*states.values(), *inputs, active, constants, *noise)
        after = dict(states)
        after |= {s: v for s, v in zip(order, found, strict=True) if moves or not self._is_frozen(s)}
        return after

    def _is_frozen(self, name: str) -> bool:
        return any(s.name == name and s.train_only for s in self._code.states)

    def _spikes(self, values: tuple[Tensor, ...], active: Tensor) -> Tensor:
        if "condition" not in self._equations:
            return torch.zeros_like(active)
        found = self._equations["condition"](*values, self._constants(), *self._drawn("condition", self._refrac__data))
        return active & (found if isinstance(found, Tensor) else torch.full_like(active, bool(found)))


    def _events(self, values: tuple[Tensor, ...], spikes: Tensor) -> dict[str, Tensor]:
        """Which events of the neuron's own happen, and its spikes; they are kept as attributes."""
        occurs = {"spike": spikes}
        for event in self._code.events:
            function = f"event_{event}"
            drawn = self._drawn(function, self._refrac__data)
            found = torch.as_tensor(self._equations[function](*values, self._constants(), occurs, *drawn), device=spikes.device)
            occurs[event] = found.expand(spikes.shape)
            self._buffers[f"_{event}__data"] = occurs[event]
        return occurs


def from_snn(
    path: str | os.PathLike[str],
    component: str,
    shape: int | tuple[int, ...],
    step_time: float,
    *,
    batch_size: int = 1,
    generator: torch.Generator | None = None,
    **parameters: object,
) -> SnnNeuron:
    """A group of neurons by the equations of a `.snn` file.

    Parameters
    ----------
    path
        The file.
    component
        The name of a `neuron` that it defines or imports.
    shape
        Of the group, without the batch.
    step_time
        Length of a step in ms, > 0.
    batch_size
        Samples in a batch.
    generator
        Of all random numbers; None for torch's default.
    parameters
        Of the neuron by name, and what its inputs receive besides what arrives, as numbers in base units (ms, mV, nA, MOhm, uS, nF), or as
        quantities such as `"30 ms"`.

    Raises
    ------
    SnnError
        Where the file or a parameter is wrong; with all its diagnostics.
    ValueError, TypeError
        For another argument out of its range, or a neuron with receptors, or with parameters that differ from neuron to neuron.
    """
    arguments.instance("path", path, str | os.PathLike, "a path")
    arguments.instance("component", component, str, "the name of a neuron")
    modules = FolderModules(Path(path))
    return SnnNeuron(read_program(Path(path)), str(path), component, shape, step_time, batch_size, parameters, modules, generator)
