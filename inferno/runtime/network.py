"""A compiled network as a `torch.nn.Module`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from inferno.errors import RunError, UsageError
from inferno.runtime import saving, stimulus, trainable
from inferno.runtime.clock import clock_of, for_rows, widened
from inferno.runtime.description import Description
from inferno.runtime.drawn import drawn_constants, exact_numbers
from inferno.runtime.execution import Engine
from inferno.runtime.origin import Origin
from inferno.runtime.parts import ListPart, Part, Parts, UniformPart, ViewPart, population_part
from inferno.runtime.philox import stream_key
from inferno.runtime.plan import Plan, Synapses, Tensors, Variable, split_key
from inferno.runtime.primitives import normalize_l1, normalize_rows
from inferno.runtime.readout import READOUTS, MaxRate
from inferno.runtime.result import Result
from inferno.runtime.session import Session
from inferno.runtime.synapses import build


class Network(nn.Module):
    """A spiking network.

    Call it with its inputs by name, `[batch, *shape]` (held for the run's steps) or `[time, batch, *shape]`; it returns a `Result`.
    `train()` switches plasticity and `@train_only` states on, `eval()` off.  `net["exc"].v` and `net["ff"].weight` are its variables.

    Errors: `UsageError` for inputs that do not fit, `RunError` for values that stop being finite.
    """

    def __init__(
        self,
        plan: Plan,
        description: Description,
        constants: Mapping[str, float | int],
        engine: Engine,
        origin: Origin,
        seed: int,
        dtype: torch.dtype,
    ) -> None:
        super().__init__()
        self.plan, self.description, self._engine, self._origin, self.seed = plan, description, engine, origin, seed
        self._dtype = dtype
        self._numbers = dict(constants)
        self._constants: Tensors = {}
        self._variables = {v.key: v for v in plan.variables}
        self.parts = Parts()
        for name in (*description.populations, *description.projections, *(i.name for i in description.inputs)):
            self.parts.add(name, self._part(name))
        for name, (owner, ranges) in description.views.items():
            shape = tuple(high - low for low, high in ranges)
            self.parts.add(name, ViewPart(name, self.parts.get(owner), shape, ranges))
        trainable.expose(self.parts, description.trainable, dtype)
        self.readout_modules = nn.ModuleDict()
        for output in description.outputs:
            if output.kind in READOUTS:
                size = math.prod(part_shape(description.populations[output.population], output.part))
                # A prefix keeps names such as `keys` from colliding with a dictionary's methods.
                self.readout_modules[f"output_{output.name}"] = READOUTS[output.kind](size, **output.options)  # type: ignore[arg-type]
        self.register_buffer("samples_seen", torch.zeros((), dtype=torch.int64))
        self.register_buffer("steps_seen", torch.zeros((), dtype=torch.int64))
        self.samples_seen: Tensor
        self.steps_seen: Tensor
        # What is drawn for synapses needs to know which there are; weights need none of it.
        self._rebuild_constants(drawn=False)
        with torch.no_grad():
            self._draw_weights()
            self._renew(description.batch, self._clock(description.batch), lambda v: True)
        self.train(False)

    # ---- looking in -----------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Part:
        return self.parts.get(name)

    @property
    def program(self) -> Any:
        """The checked program."""
        return self._origin.program

    @property
    def graph(self) -> Any:
        """The compiled graph: a `networkx.MultiDiGraph`."""
        return self._origin.graph

    @property
    def source(self) -> str:
        """The text of the generated module."""
        return self._origin.source

    @property
    def readouts(self) -> dict[str, MaxRate]:
        """The readouts by the names of their outputs."""
        named = {o.name: self.readout_modules[f"output_{o.name}"] for o in self.description.outputs if o.kind in READOUTS}
        return {name: readout for name, readout in named.items() if isinstance(readout, MaxRate)}

    @property
    def backend(self) -> str:
        """`inductor` or `eager`."""
        return self._engine.backend

    @property
    def device(self) -> torch.device:
        """Where the network's tensors are."""
        return self.samples_seen.device

    @property
    def compile_seconds(self) -> float:
        """Seconds spent compiling so far."""
        return self._engine.compile_seconds

    def explain(self) -> str:
        """What the compiler did, and why not more."""
        return self._origin.explanation

    def _repr_html_(self) -> str:
        """How notebooks show it: a picture of the graph, tables of its parts, its equations."""
        return self._origin.as_html(f"{'training' if self.training else 'evaluation'}, {self.backend}, {self.device}")

    # ---- changing -------------------------------------------------------------------------------

    def set(self, name: str, value: object) -> None:
        """Give a parameter another value, e.g. `net.set("exc.tau_m", "30 ms")`; states and weights stay.

        Raises
        ------
        SnnError
            Where the program does not allow the value.
        """
        found = self._origin.changed(name, value)
        if isinstance(found, Network):
            self._become(found)
            return
        before, self._numbers = self._numbers, dict(found)
        try:
            self._rebuild_constants()
        except RunError:
            self._numbers = before
            raise
        trainable.accept(self, name)

    def _become(self, other: Network) -> None:
        """Take over another network's program; variables that fit keep their values."""
        other.to(self.device)
        for key, variable in self._variables.items():
            if key in other._variables and other._variables[key].shape == variable.shape and self._has_same_synapses(other, key):
                other._put(other._variables[key], self._get(key))
        mode = self.training
        self.plan, self.description, self._engine, self._origin = other.plan, other.description, other._engine, other._origin
        self._numbers, self._variables, self.parts = other._numbers, other._variables, other.parts
        self._rebuild_constants()
        self.train(mode)

    def _has_same_synapses(self, other: Network, key: str) -> bool:
        """Whether another network's variable means the same neurons or synapses."""
        owner = split_key(key)[0]
        if owner not in set(other.parts.names()):
            return False
        own, its = self.parts.get(owner), other.parts.get(owner)
        of_synapses = self._variables[key].kind in ("weight", "synaptic", "common")
        if not (isinstance(own, ListPart) and isinstance(its, ListPart)) or not of_synapses:
            return True
        return torch.equal(own.topology(), its.topology())

    def reset(self, all: bool = False) -> None:  # noqa: A002
        """Put states, traces and the number of samples seen back to the start; with `all`, draw weights and persistent states anew."""
        with torch.no_grad():
            self.samples_seen.zero_()
            self.steps_seen.zero_()
            if all:
                self._draw_weights()
            batch = self._batch()
            self._renew(batch, self._clock(batch), lambda v: all or not v.persistent)

    # ---- running --------------------------------------------------------------------------------

    def forward(self, *, duration: object = None, batch: int | None = None, **inputs: object) -> Result:
        """Run over one batch of samples.

        Parameters
        ----------
        duration
            How long, e.g. `"200 ms"`; by default as the inputs or the program's `run:` block say.
        batch
            How many samples, for a network without inputs.
        inputs
            Tensors by input name.

        Raises
        ------
        UsageError
            For inputs that do not fit.
        RunError
            Where a variable stops being finite; the network is then as it was before the call.
        """
        with torch.no_grad():
            trainable.synchronize(self)
            given = stimulus.tensors(self.description, inputs, self.device, self._dtype)
            asked = None if duration is None else self._origin.steps_of(duration)
            steps, width = stimulus.steps_and_batch(self.description, given, asked, batch)
            try:
                return self._run(stimulus.series(self.description, given, steps, width, self._constants["dt"]), steps, width)
            except torch.OutOfMemoryError as problem:
                raise RunError(f"out of memory: {str(problem).splitlines()[0]}", "use a smaller --batch") from problem
            except RuntimeError as problem:
                if "not enough memory" in str(problem) or "can't allocate memory" in str(problem):
                    raise RunError(f"out of memory: {str(problem).splitlines()[0]}", "use a smaller --batch") from problem
                raise

    def _run(self, series: Tensors, steps: int, batch: int) -> Result:
        clock = self._clock(batch)
        self._prepare(batch, clock)
        rows = self._engine.rows(batch)
        clock = for_rows(clock, rows) if rows != batch else clock
        state = {k: widened(self._get(k).reshape(*self._lead(v), *v.flat), rows, v.per_sample) for k, v in self._variables.items()}
        series = {k: t.expand(-1, rows, -1) if t.shape[1] != rows else t for k, t in series.items()}
        session = Session(
            self.plan, self.description, self._engine, self.training, self._constants, clock, steps, int(self.steps_seen)
        )
        after = session.run(state, series)
        for key, value in after.items():
            variable = self._variables[key]
            if value is not state[key]:
                own = value[:batch] if variable.per_sample and rows != batch else value
                self._put(variable, own.reshape(((batch,) if variable.per_sample else ()) + variable.shape))
        if self.training:
            for key, norm, over in self.plan.normalized:
                self._put(self._variables[key], self._normalized(split_key(key)[0], norm, over))
        self.samples_seen += batch
        self.steps_seen += steps
        return session.result(batch, self.readouts)

    def _clock(self, batch: int) -> Tensors:
        return clock_of(int(self.samples_seen), batch, self.device)

    # ---- variables ------------------------------------------------------------------------------

    def _part(self, name: str) -> Part:
        synapses = self.description.lists.get(name)
        if synapses is not None:
            return ListPart(name, self.description.dt, synapses.shortest, synapses.target.count)
        uniform = self.description.uniform_weights.get(name)
        if uniform is not None:
            return UniformPart(name, *uniform, torch.tensor(float(self._numbers[f"{name}.weight"]), dtype=self._dtype))
        return population_part(name, self.description.populations.get(name, ()), self.description.places.get(name), self.seed)

    def _get(self, key: str) -> Tensor:
        owner, name = split_key(key)
        return self.parts.get(owner).get(name)

    def _put(self, variable: Variable, value: Tensor) -> None:
        owner, name = split_key(variable.key)
        part = self.parts.get(owner)
        if variable.kind == "weight":
            part.put_weight(name, value, trainable=variable.key in self.description.trainable)
        else:
            part.put(name, value, saved=variable.persistent and not variable.per_sample)

    def _lead(self, variable: Variable) -> tuple[int, ...]:
        return (self._get(variable.key).shape[0],) if variable.per_sample else ()

    def _batch(self) -> int:
        found = [self._get(k).shape[0] for k, v in self._variables.items() if v.per_sample]
        return found[0] if found else self.description.batch

    def _prepare(self, batch: int, clock: Tensors) -> None:
        """Make states ready for new samples: fresh ones begin anew, others go on as long as the batch has the same size."""
        self._renew(batch, clock, lambda v: v.fresh or (v.per_sample and self._get(v.key).shape[0] != batch))

    def _renew(self, batch: int, clock: Tensors, chosen: Callable[[Variable], bool]) -> None:
        """Set the chosen variables (weights apart) to their initial values."""
        wanted = [v for v in self.plan.variables if v.kind != "weight" and chosen(v)]
        if not wanted:
            return
        initial = self.plan.initial_values(self._constants, clock)
        for variable in wanted:
            lead = (batch,) if variable.per_sample else ()
            self._put(variable, self._initial(variable, initial.get(variable.key), lead))

    def _initial(self, variable: Variable, value: Tensor | None, lead: tuple[int, ...]) -> Tensor:
        dtype = torch.int32 if variable.kind == "refractory" else self._dtype
        shape, flat = ((*lead, *self._counted(variable, s)) for s in (variable.shape, variable.flat))
        if value is None:
            return torch.zeros(shape, dtype=dtype, device=self.device)
        return value.to(dtype).expand(flat).reshape(shape).clone()

    def _counted(self, variable: Variable, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A shape with the number of synapses for -1."""
        return shape if -1 not in shape else tuple(self._get(f"{split_key(variable.key)[0]}.targets").shape)

    def _draw_weights(self) -> None:
        for key, value in self.plan.initial_weights(self._constants, self._clock(1)).items():
            self._put(self._variables[key], value.to(self._dtype).contiguous())
        for synapses in self.plan.lists:
            self._draw_synapses(synapses)
        self._rebuild_constants()

    def _draw_synapses(self, plan: Synapses) -> None:
        """Draw a projection's pairs, delays and weights."""
        info, part = self.description.lists[plan.name], self.parts.get(plan.name)
        made = build(plan, info, self.seed, self.description.dt, self._constants, self._dtype)
        for name, value in made.tensors(with_source=plan.learns or plan.norm is not None).items():
            part.put(name, value.to(self.device), saved=True)
        if made.weight is not None:
            part.put_weight("weight", made.weight.to(self.device))
            if plan.norm is not None:
                part.put_weight("weight", self._normalized(plan.name, f"{plan.name}.norm", plan.norm))

    def _normalized(self, name: str, key: str, over: str) -> Tensor:
        """A projection's weights, brought back to their norm, which is the constant of a key."""
        part, synapses, norm = self.parts.get(name), self.description.lists.get(name), self._constants[key]
        if synapses is None:
            return normalize_l1(part.get("weight"), norm, over)
        side, end = ("targets", synapses.target) if over == "pre" else ("pre", synapses.source)
        return normalize_rows(part.get("weight"), norm, part.get(side), end.count)

    def _rebuild_constants(self, *, drawn: bool = True) -> None:
        """Constants as tensors of this network's type and device, from their float64 values; a stream's key from the seed."""
        made: Tensors = {}
        for key, value in self._numbers.items():
            dtype = torch.int32 if isinstance(value, int) else self._dtype
            made[key] = torch.tensor(value, dtype=dtype, device=self.device)
        for region in (*self.plan.evaluation, *self.plan.training):
            for key in region.constants:
                if key.startswith("key "):
                    made[key] = self._key(key)
        if drawn and self.plan.drawn_constants is not None:
            exact = _Constants(exact_numbers(self._numbers, self.device), self)
            made |= drawn_constants(self.plan.drawn_constants(exact, self._clock(1)), self.description, self._dtype, self.parts)
        self._constants = _Constants(made, self)
        for name in self.description.uniform_weights:
            self.parts.get(name).put("strength", made[f"{name}.weight"], saved=False)
        for synapses in self.plan.lists:
            if synapses.weight is None:
                self.parts.get(synapses.name).put("strength", made[f"{synapses.name}.weight"], saved=False)

    def _key(self, key: str) -> Tensor:
        return torch.tensor(stream_key(self.seed, key[4:]), dtype=torch.int64, device=self.device)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Network:
        """Moves and casts as any module, and makes the constants anew from their exact values."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        probe = fn(torch.zeros((), dtype=self._dtype, device=self.device))
        self._dtype = probe.dtype if probe.is_floating_point() else self._dtype
        self._rebuild_constants()
        return self

    # ---- saving ---------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Tensor]:
        """Everything that a bit-exact continuation needs, by plain names; the tensors are copies."""
        return saving.snapshot(self)

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Put a snapshot back; nothing changes unless all of it fits.

        Raises
        ------
        ValueError
            For a name, shape or type that does not fit, or synapses between other neurons.
        """
        saving.restore(self, tensors)


class _Constants(dict[str, Tensor]):
    """Constants by key; a stream's key is made when first asked for, and a weight is read where it is kept."""

    def __init__(self, known: Tensors, network: Network) -> None:
        super().__init__(known)
        self._network = network

    def __missing__(self, key: str) -> Tensor:
        network = self._network
        if key.startswith("key "):
            self[key] = network._key(key)
            return self[key]
        return network._get(key).detach()


def part_shape(shape: tuple[int, ...], part: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """The shape of a part; empty is the whole."""
    return tuple(high - low for low, high in part) if part else shape


__all__ = ["Network", "Origin", "UsageError"]
