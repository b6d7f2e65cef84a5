"""Whether two threads that share the neurons of one sample are faster than one: prints a table.

    python bench/threads.py [--rounds 15]

They must meet in every step, and the loops of this project don't do it; `threads.cpp` is what it would be.  One thread and two take turns;
what counts is the time that goes by.  Both must leave the same bits.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import Tensor

from inferno.runtime.kernels.generated import load_generated

HERE = Path(__file__).resolve().parent
SIZES = (1_000, 4_000, 16_000, 64_000, 256_000)
INPUTS = 80
NEURON_STEPS = 8_000_000


def network(neurons: int) -> list[Tensor]:
    """Starts and targets of rows of synapses, drives, membranes and conductances."""
    generator = torch.Generator().manual_seed(1)
    targets = torch.randint(0, neurons, (neurons, INPUTS), generator=generator, dtype=torch.int32).sort(1).values
    drive = 0.04 + 0.02 * torch.rand(neurons, generator=generator)
    return [torch.arange(neurons + 1) * INPUTS, targets, drive, torch.rand(neurons, generator=generator), torch.zeros(neurons)]


def run(library: ctypes.CDLL, steps: int, threads: int, tensors: list[Tensor]) -> tuple[float, int, Tensor]:
    """Microseconds of a step, how many spikes there were, and the membranes afterwards."""
    starts, targets, drive, membrane, conductance = (t.clone() for t in tensors)
    pointers = [ctypes.c_void_p(t.data_ptr()) for t in (starts, targets, drive, membrane, conductance)]
    begun = time.perf_counter()
    spikes = library.run(ctypes.c_int64(steps), ctypes.c_int64(threads), ctypes.c_int64(membrane.shape[0]), *pointers)
    return 1e6 * (time.perf_counter() - begun) / steps, spikes, membrane


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="how often each is run")
    rounds = parser.parse_args().rounds
    library = load_generated((HERE / "threads.cpp").read_text(encoding="utf-8"))
    library.run.restype = ctypes.c_int64
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("| neurons | spikes a step | one thread: median, fastest | two: median, fastest | ratio of the medians, of the fastest |")
    print("|---|---|---|---|---|")
    for neurons in SIZES:
        tensors, steps = network(neurons), NEURON_STEPS // neurons
        taken: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(rounds):
            found = {threads: run(library, steps, threads, tensors) for threads in taken}
            if not torch.equal(found[1][2], found[2][2]):
                print("two threads leave other bits than one", file=sys.stderr)
                return 1
            for threads, (time_of_step, _, _) in found.items():
                taken[threads].append(time_of_step)
        one, two = ((statistics.median(t), min(t)) for t in taken.values())
        columns = [f"{middle:,.1f} us, {fastest:,.1f} us" for middle, fastest in (one, two)]
        columns.append(f"{one[0] / two[0]:.2f}, {one[1] / two[1]:.2f}")
        print(f"| {neurons:,} | {found[1][1] / steps:,.0f} | {' | '.join(columns)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
