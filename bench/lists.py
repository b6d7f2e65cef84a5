"""Measures how fast lists of synapses are made, and the peak of memory of making and running them.

    python bench/lists.py [--synapses 10000000] [--inputs 1000] [--kind NAME …]     a table, on all threads
    python bench/lists.py --point KIND CELLS INPUTS     one row, as a JSON line; each runs in a process of its own

Peaks are counted above that of a process which has made and run a small network of the same kind.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peers import machine

PROGRAM = """snn 1
from std.neurons import LIF
from std.plasticity import STDP
from std.sources import Poisson
from std.synapses import Delta
param cells : int = 1000, inputs : int = 10
population drive[cells] = Poisson(rate = 1 Hz)
population p[cells] = LIF()
projection among: drive -> p:
    connect = {connect}
    synapse = Delta(q = 1 pC)
{rest}
run:
    steps = 20
"""
ONE, DRAWN, LATE = "    weight = 0.001", "    weight = uniform(0, 0.001)", "    delay = uniform(1 ms, 5 ms)"
KINDS = {
    "fixed_in, one weight": ("fixed_in(inputs)", ONE),
    "fixed_in": ("fixed_in(inputs)", DRAWN),
    "fixed_in, delays": ("fixed_in(inputs)", f"{DRAWN}\n{LATE}"),
    "fixed_in, STDP": ("fixed_in(inputs)", f"{DRAWN}\n    plasticity = STDP()"),
    "fixed_out": ("fixed_out(inputs)", DRAWN),
    "fixed_total": ("fixed_total(inputs*cells)", DRAWN),
    "random": ("random(inputs/cells)", DRAWN),
    "random - diagonal": ("random(inputs/cells) - diagonal", DRAWN),
}
SMALL = {"cells": 1000, "inputs": 100}


def peak() -> int:
    """The most memory that this process has had, in bytes."""
    status = Path("/proc/self/status").read_text()
    return next(1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def point(kind: str, cells: int, inputs: int) -> dict[str, float]:
    """Seconds to make and to run a network, with its synapses and how many bytes each took at most."""
    import inferno

    connect, rest = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lists.snn"
        path.write_text(PROGRAM.format(connect=connect, rest=rest))
        small = inferno.load_network(path, **SMALL)
        small.train("STDP" in rest)
        small(batch=1)
        before, start = peak(), time.perf_counter()
        net = inferno.load_network(path, cells=cells, inputs=inputs)
        made, compiled = time.perf_counter(), net.compile_seconds
        net.train("STDP" in rest)
        net(batch=1)
        ran = time.perf_counter() - (net.compile_seconds - compiled)
    synapses = len(net["among"].get("targets"))
    return {"synapses": synapses, "made": made - start, "ran": ran - made, "bytes": (peak() - before) / synapses}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--synapses", type=int, default=10_000_000)
    parser.add_argument("--inputs", type=int, default=1000, help="synapses onto each neuron")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="one kind only; may be given again")
    parser.add_argument("--point", nargs=3, metavar=("KIND", "CELLS", "INPUTS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point is not None:
        print(json.dumps(point(options.point[0], int(options.point[1]), int(options.point[2]))))
        return 0
    print(f"{options.inputs:,} synapses onto each neuron, 20 steps of 1 ms. {machine()}.\n")
    print("| list | synapses | made in | ns a synapse | run in | bytes a synapse at the peak |\n|---|---|---|---|---|---|")
    for kind in options.kind or KINDS:
        command = [sys.executable, __file__, "--point", kind, str(options.synapses // options.inputs), str(options.inputs)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = json.loads(done.stdout.splitlines()[-1])
        each = 1e9 * row["made"] / row["synapses"]
        print(f"| {kind} | {row['synapses']:,} | {row['made']:.2f} s | {each:.0f} | {row['ran']:.2f} s | {row['bytes']:.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
