"""Rows of synapses with their delays and weights, made of a recipe in stretches of some thousand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from inferno.errors import RunError
from inferno.runtime import kernels
from inferno.runtime.connectivity import Ground, Recipe, Rows, connect, entries_of
from inferno.runtime.kernels import draw, sort_rows
from inferno.runtime.kernels.reference_pairs import stretches
from inferno.runtime.kernels.threads import one_thread
from inferno.runtime.philox import STRIDE, stream_key
from inferno.runtime.places import End
from inferno.runtime.plan import Stretch, Synapses

WIDEST_SHORT = 32767
MOST_LEARNING = 2**31 - 1
"""Rules find synapses by numbers of 32 bits."""
STRETCH = 1 << 16
"""Synapses whose weights and delays are made at a time: their numbers lie in the processor's nearer memory."""


@dataclass(frozen=True, slots=True)
class FilePairs:
    """What a file of synapses holds: pairs in order, and where it has them weights and delays (in ms)."""

    rows: Rows
    values: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListInfo:
    """A projection that is stored as rows of synapses; delays in steps, the same for all where shortest and longest are.

    `stream` is what the random numbers of its pairs belong to, if not the projection of its name.
    """

    source: End
    target: End
    recipe: Recipe
    shortest: int
    longest: int
    files: Mapping[str, FilePairs] = field(default_factory=dict)
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """Rows sorted by delay and target; `steps` are the delays, None where all are the same, `weight` None where it is one number.

    `number` is the place of each synapse in the order of source and target, where that is wanted and not the order in which they lie.
    """

    rows: Rows
    steps: Tensor | None
    weight: Tensor | None
    number: Tensor | None = None

    def tensors(self, *, with_source: bool) -> dict[str, Tensor]:
        """Everything but the weight by name, perhaps with the source of each synapse."""
        found = {"indptr": self.rows.indptr, "targets": self.rows.targets}
        found |= {"steps": self.steps} if self.steps is not None else {}
        found |= {"number": self.number} if self.number is not None else {}
        return found | ({"pre": source_of(self.rows.indptr)} if with_source else {})


def source_of(indptr: Tensor) -> Tensor:
    """The source of each synapse, int32 [synapses]."""
    # Of one argument, it makes no indices of 64 bits on the way.
    return torch.repeat_interleave(indptr.diff().to(torch.int32))


@dataclass(frozen=True, slots=True)
class Columns:
    """Synapses by their targets: those of target j are `synapses[starts[j] : starts[j + 1]]`, ascending; int64 and int32."""

    starts: Tensor
    synapses: Tensor
    made_of: Tensor
    version: int

    def of(self, targets: Tensor) -> bool:
        """Whether they are those of a tensor as it is now."""
        return self.made_of is targets and self.version == targets._version


def columns(targets: Tensor, count: int) -> Columns:
    """The synapses of each of `count` targets."""
    return Columns(*kernels.columns(targets, count), targets, targets._version)


def digest(*tensors: Tensor | None) -> Tensor:
    """SHA-256 of tensors, as 32 bytes."""
    found = hashlib.sha256()
    for tensor in tensors:
        found.update(b"-" if tensor is None else f"{tensor.dtype}{list(tensor.shape)}".encode())
        if tensor is not None and tensor.numel():
            found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return torch.frombuffer(bytearray(found.digest()), dtype=torch.uint8)


def build(plan: Synapses, info: ListInfo, seed: int, dt: float, c: Mapping[str, Tensor], dtype: torch.dtype) -> Built:
    """The synapses of a projection, a function of the seed and its name alone.

    Weights and delays are drawn in the order of source and target, one number for each synapse; then every row is sorted by delay.
    """

    def key(number: int) -> Tensor:
        return torch.tensor(stream_key(seed, f"{info.stream or plan.name}.connect.{number}"))

    rows = connect(info.recipe, Ground(info.source, info.target, key, {n: f.rows for n, f in info.files.items()}, seed))
    if plan.weight is None and plan.delay is None:
        return Built(rows, None, None)
    values, count = _Values(rows, info, seed), len(rows.targets)
    if plan.learns and count > MOST_LEARNING:
        message = f"`{plan.name}` has {count:,} synapses that learn; a projection can have {MOST_LEARNING:,} of them"
        raise RunError(message, "make it sparser, or several projections of it")
    short = torch.int16 if info.longest <= WIDEST_SHORT else torch.int32
    made = Built(
        rows,
        torch.empty(count, dtype=short) if plan.delay is not None else None,
        torch.empty(count, dtype=dtype) if plan.weight is not None else None,
        torch.empty(count, dtype=torch.int32) if plan.delay is not None and plan.draws else None,
    )
    with one_thread():
        for first, last in stretches(rows.indptr, STRETCH):
            start, stop, order = int(rows.indptr[first]), int(rows.indptr[last]), None
            if plan.delay is not None:
                late = _steps(values.of(plan.delay, c, start, stop), dt).clamp(info.shortest, info.longest)
                order = sort_rows(rows.indptr[first : last + 1] - start, late)
                _fill(made.steps, start, late, order)
                _fill(made.number, start, torch.arange(start, stop), order)
            if plan.weight is not None:
                _fill(made.weight, start, values.of(plan.weight, c, start, stop), order)
            if order is not None:
                _fill(rows.targets, start, rows.targets[start:stop], order)
    return made


def _fill(wanted: Tensor | None, start: int, values: Tensor, order: Tensor | None) -> None:
    """Put a stretch's values where they are wanted, in an order."""
    if wanted is not None:
        wanted[start : start + len(values)] = values if order is None else values.index_select(0, order)


def _steps(time: Tensor, dt: float) -> Tensor:
    """Times in whole steps, rounded half up; what is not 0 is at least one step."""
    return (time / dt).add_(0.5).floor_().clamp_(min=1).masked_fill_(time == 0, 0).to(torch.int64)


@dataclass
class _Values:
    """The numbers from which weights and delays are made."""

    rows: Rows
    info: ListInfo
    seed: int
    pairs: dict[str, Tensor] = field(default_factory=dict)
    places: list[Tensor] = field(default_factory=list)

    def of(self, stretch: Stretch, c: Mapping[str, Tensor], start: int, stop: int) -> Tensor:
        """The values of the synapses from `start` to `stop`, in float64."""

        def drawn(standard: str, name: str, side: str = "") -> Tensor:
            if standard == "distance":
                return self._distance(start, stop)
            if standard == "entry":
                return self._entries(start, stop)
            if side:
                return self._of_neurons(standard, name, side, start, stop)
            return self._read(name, start, stop) if standard == "file" else self._drawn(standard, name, start, stop)

        return torch.as_tensor(stretch(c, drawn), dtype=torch.float64).expand(stop - start)

    def _drawn(self, standard: str, stream: str, start: int, stop: int) -> Tensor:
        key, sample = torch.tensor(stream_key(self.seed, stream)), torch.zeros(1, dtype=torch.int64)
        parts = []
        for block in range(start // STRIDE, max(stop - 1, start) // STRIDE + 1):
            low, high = max(start - block * STRIDE, 0), min(stop - block * STRIDE, STRIDE)
            parts.append(draw(standard, key, sample, torch.tensor(block), high - low, dtype=torch.float64, first=low)[0])
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _distance(self, start: int, stop: int) -> Tensor:
        """How far the neurons are from each other that each synapse joins."""
        if not self.places:
            self.places = [end.where(self.seed) for end in (self.info.source, self.info.target)]
        source, target = self.places
        row = torch.searchsorted(self.rows.indptr, torch.arange(start, stop), right=True) - 1
        return (source.index_select(0, row) - target.index_select(0, self.rows.targets[start:stop])).square().sum(1).sqrt()

    def _entries(self, start: int, stop: int) -> Tensor:
        """The entry of the matrix for each synapse."""
        source = torch.searchsorted(self.rows.indptr, torch.arange(start, stop), right=True) - 1
        return entries_of(self.info.recipe)[source, self.rows.targets[start:stop].to(torch.int64)]

    def _of_neurons(self, standard: str, stream: str, side: str, start: int, stop: int) -> Tensor:
        """What was drawn for the source or the target of each synapse."""
        count = self.info.source.count if side == "pre" else self.info.target.count
        key, sample = torch.tensor(stream_key(self.seed, stream)), torch.zeros(1, dtype=torch.int64)
        every = draw(standard, key, sample, torch.tensor(0), count, dtype=torch.float64)[0]
        if side == "post":
            return every.index_select(0, self.rows.targets[start:stop])
        return every.index_select(0, torch.searchsorted(self.rows.indptr, torch.arange(start, stop), right=True) - 1)

    def _read(self, name: str, start: int, stop: int) -> Tensor:
        """What the file says of the synapses, found by their pairs."""
        (file,) = self.info.files.values()
        width = self.info.target.count
        if "all" not in self.pairs:
            self.pairs["all"] = source_of(file.rows.indptr).to(torch.int64) * width + file.rows.targets
        numbers = torch.arange(start, stop)
        source = torch.searchsorted(self.rows.indptr, numbers, right=True) - 1
        wanted = source * width + self.rows.targets[start:stop]
        return file.values[name][torch.searchsorted(self.pairs["all"], wanted)]
