"""Measures this machine: about half a second, once.

Each kind of work is timed alone, on one thread, in amounts that fit the caches as a step of a network does, and the fastest of some
rounds counts: whatever else runs can only make a round slower.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import torch
from torch import Tensor

from inferno.cache import CacheError
from inferno.machine import Machine
from inferno.machine_cache import keep_machine, known_machine
from inferno.runtime.kernels import draw, sparse_sum, spike_sum
from inferno.runtime.kernels.building import is_built
from inferno.runtime.kernels.threads import one_thread

ROUNDS = 7
SOURCES, TARGETS, ROWS = 1000, 400, 40
LARGE = 1 << 24


def measure_machine() -> Machine:
    """The numbers of this machine, kept in the cache folder for the next process; the native kernels must be loaded.

    Raises
    ------
    CacheError
        Where there is no folder to keep them in.
    """
    with one_thread(), torch.no_grad():
        return keep_machine(_numbers())


def measured_machine(progress: Callable[[str], None] | None = None) -> Machine:
    """The numbers of this machine, measured where they never were and the kernels are built; else those that are known."""
    known = known_machine()
    if known.measured or not is_built():
        return known
    if progress is not None:
        progress("measuring this machine, once: less than a second")
    try:
        return measure_machine()
    except CacheError:
        return known


def _numbers() -> dict[str, float]:
    """The nanoseconds of each kind of work."""
    generator = torch.Generator().manual_seed(0)
    silent, all_spike = torch.zeros(ROWS, SOURCES, dtype=torch.bool), torch.ones(ROWS, SOURCES, dtype=torch.bool)
    weight = torch.rand(SOURCES, TARGETS, generator=generator)
    wide = weight.double()
    few = torch.rand(ROWS, SOURCES, generator=generator) < 0.03
    small, values, others = torch.ones(1), torch.rand(1 << 14, generator=generator), torch.rand(1 << 14, generator=generator)
    large, room = torch.empty(LARGE, dtype=torch.uint8), torch.empty(LARGE, dtype=torch.uint8)

    operator = _fastest(lambda: small + small, 200)
    kernel = _fastest(lambda: spike_sum(silent[:1, :1], weight[:1, :1]), 100)
    scan = (_fastest(lambda: spike_sum(silent, weight[:, :1]), 5) - kernel) / silent.numel()
    silence = _fastest(lambda: spike_sum(silent, weight), 10)
    return {
        "value": _above(_fastest(lambda: torch.add(values, others, out=values), 50), operator) / values.numel(),
        "scan": max(scan, 1e-3),
        "row": _above(_fastest(lambda: spike_sum(few, weight), 10), silence) / (int(few.sum()) * TARGETS),
        "synapse": _synapse(few, all_spike, generator),
        "product": _fastest(lambda: wide[:TARGETS] @ wide[:TARGETS], 1) / TARGETS**3,
        "draw": _draw(),
        "byte": _fastest(lambda: room.copy_(large), 1) / LARGE,
        "operator": operator,
        "thread": min(_start_of_a_thread() for _ in range(ROUNDS**2)),
    }  # fmt: skip


def _synapse(few: Tensor, all_spike: Tensor, generator: torch.Generator) -> float:
    """A synapse of a list of which each source has some, to targets in no order."""
    each = 80
    ends = torch.randint(0, TARGETS, (SOURCES * each,), generator=generator, dtype=torch.int32)
    starts, weight = torch.arange(SOURCES + 1) * each, torch.rand(SOURCES * each, generator=generator)
    silence = _fastest(lambda: sparse_sum(~all_spike[None], weight, starts, ends, TARGETS), 10)
    return _above(_fastest(lambda: sparse_sum(few[None], weight, starts, ends, TARGETS), 10), silence) / (int(few.sum()) * each)


def _draw() -> float:
    """A random number of the kind that takes longest."""
    key, sample, step = torch.tensor(1), torch.arange(4), torch.tensor(0)
    return _fastest(lambda: draw("normal", key, sample, step, 1000), 2) / 4000


def _start_of_a_thread() -> float:
    """Until a thread has been started and has ended; what counts is the time that goes by."""
    start = time.perf_counter_ns()
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    return float(time.perf_counter_ns() - start)


def _fastest(work: Callable[[], object], times: int) -> float:
    """The nanoseconds of this thread that work takes in the fastest of some rounds of so many times."""
    work()
    found = []
    for _ in range(ROUNDS):
        start = time.thread_time_ns()
        for _ in range(times):
            work()
        found.append((time.thread_time_ns() - start) / times)
    return min(found)


def _above(whole: float, rest: float) -> float:
    """What is left of a duration without a part of it; a tenth at least, where both were measured badly."""
    return max(whole - rest, whole / 10)
