"""Runs the steps of a region over time: compiled in chunks, or as they stand.

A chunk of K steps is one graph, state in and state out; the batch is a dynamic dimension, so that another batch size needs no other
graph.  What is left over runs through a graph of one step.
"""

from __future__ import annotations

import logging
import time
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from inferno.errors import UsageError
from inferno.machine import BUILT_IN, Machine, Work, nanoseconds, threads_worth
from inferno.runtime.inductor_cache import use_own_inductor_cache
from inferno.runtime.kernels import NativeUnavailable
from inferno.runtime.loops import LoopLibrary, load_loops
from inferno.runtime.plan import Region, Step, Tensors

Chunk = Callable[[Tensors, Tensors, Tensors, Tensors], tuple[Tensors, Tensors]]
LONGEST_CHUNK = 10
SHORTEST_CHUNK = 4
EAGER_CHUNK = 50


def make_chunk(step: Step, length: int) -> Chunk:
    """A function that runs `length` steps: state, arrivals [length, batch, neurons], constants and clock in; changes and emissions out."""

    def chunk(state: Tensors, arriving: Tensors, c: Tensors, clock: Tensors) -> tuple[Tensors, Tensors]:
        changed: Tensors = {}
        emitted: list[Tensors] = []
        for k in range(length):
            now = {key: values[k] for key, values in arriving.items()}
            new, out = step({**state, **changed}, now, c, {**clock, "step": clock["step"] + k})
            changed = {**changed, **new}
            emitted.append(out)
        return changed, {key: torch.stack([out[key] for out in emitted]) for key in emitted[0]}

    # Dynamo keeps its graphs with the code object: each chunk needs one of its own, or networks would evict each other's.
    return types.FunctionType(chunk.__code__.replace(), chunk.__globals__, chunk.__name__, None, chunk.__closure__)


def compiled(chunk: Chunk) -> Chunk:
    """A chunk that inductor compiles when it is first called."""
    # Only now: with it come sympy, Triton and some seconds, which networks whose regions are all loops need not wait for.
    use_own_inductor_cache()
    # It warns on machines with the CUDA toolkit and no GPU, which is nobody's mistake.
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    made: Chunk = torch.compile(chunk, fullgraph=True, backend="inductor")
    return made


def chunk_length(steps: int) -> int:
    """The longest chunk that divides the steps, or one of eight with a remainder."""
    divisors = [k for k in range(LONGEST_CHUNK, SHORTEST_CHUNK - 1, -1) if steps % k == 0]
    return divisors[0] if divisors else min(8, steps)


@dataclass(eq=False)
class Engine:
    """The compiled chunks of a network, shared by its copies.

    `backend` is `inductor`, `native` (regions run as loops where there is one, the rest as with inductor), or `eager` for no compilation.
    `loops` is the text of the loop library, which is built when the first loop runs; empty for none.
    `synaptic` are the keys of tensors whose first dimension is the number of synapses of a projection.
    `work` is what a step of one sample takes in each loop, by its function; with the numbers of the `machine` it tells how many threads
    are worth their start.
    """

    backend: str
    length: int
    per_sample: frozenset[str]
    synaptic: frozenset[str] = frozenset()
    compile_seconds: float = 0.0
    batched: bool = False
    progress: Callable[[str], None] | None = None
    loops: str = ""
    work: Mapping[str, Work] = field(default_factory=dict)
    machine: Machine = BUILT_IN
    _libraries: dict[tuple[str, torch.dtype], LoopLibrary] = field(default_factory=dict)
    _chunks: dict[tuple[Step, int, bool], Chunk] = field(default_factory=dict)
    _warm: set[tuple[Step, int, bool]] = field(default_factory=set)

    def __deepcopy__(self, memo: dict[int, object]) -> Engine:
        return self

    @property
    def compiles(self) -> bool:
        """Whether steps are compiled."""
        return self.backend != "eager"

    def rows(self, batch: int) -> int:
        """How many rows a batch runs as: a single sample twice, where the graph for batches is there (its results are the same).

        Loops take every row for a sample of its own.
        """
        return 2 if batch == 1 and self.compiles and self.batched and not self.loops else batch

    def run(
        self, region: Region, state: Tensors, arriving: Tensors, c: Tensors, clock: Tensors, steps: int
    ) -> Iterator[tuple[Tensors, Tensors]]:
        """Run a region over `steps` steps; after each chunk, the state and what it emitted [chunk, batch, neurons]."""
        if region.whole is not None:
            changed, emitted = region.whole(state, arriving, c, clock, steps)
            yield {**state, **changed}, emitted
            return
        if self.loops and region.loop is not None:
            work = nanoseconds(self.work.get(region.loop.function, Work()), self.machine) * steps
            most = threads_worth(work * clock["sample"].shape[0], torch.get_num_threads(), self.machine)
            changed, emitted = self._built_loops(region.loop.mode, c["dt"].dtype).run(region.loop, state, arriving, c, clock, steps, most)
            yield {**state, **changed}, emitted
            return
        done = 0
        while done < steps:
            length = self._next_length(steps - done)
            # Booleans are slow in compiled loops: spikes enter and leave them as numbers, and are kept as booleans between regions.
            # What repeats itself is written out, or graphs would be compiled for it and for what does not.
            now = {key: values[done : done + length].to(c["dt"].dtype).contiguous() for key, values in arriving.items()}
            changed, emitted = self._call(region, length, state, now, c, {**clock, "step": clock["step"] + done})
            state = {**state, **changed}
            done += length
            yield state, {key: values != 0 if key.endswith(".spikes") else values for key, values in emitted.items()}

    def _built_loops(self, mode: str, dtype: torch.dtype) -> LoopLibrary:
        """The loop library for a mode and a type, built on first use.

        Raises
        ------
        UsageError
            Where it can't be built.
        """
        if (mode, dtype) not in self._libraries:
            if self.progress is not None:
                self.progress("compiling loops")
            start = time.perf_counter()
            try:
                self._libraries[mode, dtype] = load_loops(self.loops, mode, dtype)
            except NativeUnavailable as problem:
                raise UsageError(str(problem), "use --backend inductor or --backend eager") from problem
            self.compile_seconds += time.perf_counter() - start
        return self._libraries[mode, dtype]

    def _next_length(self, left: int) -> int:
        if not self.compiles:
            return min(EAGER_CHUNK, left)
        return self.length if left >= self.length else 1

    def _call(self, region: Region, length: int, state: Tensors, arriving: Tensors, c: Tensors, clock: Tensors) -> tuple[Tensors, Tensors]:
        assert region.step is not None
        single = clock["sample"].shape[0] == 1
        key = (region.step, length, single)
        if key not in self._chunks:
            chunk = make_chunk(region.step, length)
            self._chunks[key] = compiled(chunk) if self.compiles else chunk
        if self.compiles:
            self._mark_synapses(state, c)
        if self.compiles and not single:
            self._mark_batch(state, arriving, clock)
        if key in self._warm or not self.compiles:
            return self._chunks[key](state, arriving, c, clock)
        return self._first_call(key, region, state, arriving, c, clock)

    def _first_call(
        self, key: tuple[Step, int, bool], region: Region, state: Tensors, arriving: Tensors, c: Tensors, clock: Tensors
    ) -> tuple[Tensors, Tensors]:
        if self.progress is not None:
            self.progress(f"compiling {region.name}")
        start = time.perf_counter()
        result = self._chunks[key](state, arriving, c, clock)
        self.compile_seconds += time.perf_counter() - start
        self._warm.add(key)
        self.batched = self.batched or not key[2]
        return result

    def _mark_synapses(self, state: Tensors, c: Tensors) -> None:
        """Tell the compiler that another seed may bring another number of synapses."""
        for key in self.synaptic:
            for tensors in (state, c):
                if key in tensors and tensors[key].dim():
                    torch._dynamo.maybe_mark_dynamic(tensors[key], 0)

    def _mark_batch(self, state: Tensors, arriving: Tensors, clock: Mapping[str, Tensor]) -> None:
        """Tell the compiler which dimension is the batch."""
        torch._dynamo.mark_dynamic(clock["sample"], 0)
        for key, value in state.items():
            if key in self.per_sample:
                torch._dynamo.mark_dynamic(value, 0)
        for value in arriving.values():
            torch._dynamo.mark_dynamic(value, 1)
