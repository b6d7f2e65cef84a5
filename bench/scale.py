"""Measures how cost grows with neurons, synapses, batch, steps and rate, and holds it against the straight line that it should follow.

    python bench/scale.py [--rounds 3] [--axis NAME …]        all axes, as tables, which are also written into SCALE.md beside this file
    python bench/scale.py --point PROGRAM SETTINGS            one point, as a JSON line; each runs in a process of its own

The line goes through the two largest points of an axis: what does not grow with the work is its start.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers import machine, one_thread

HERE = Path(__file__).resolve().parent
DIEHL_COOK = HERE.parent / "examples" / "diehl_cook.snn"
RANDOM = HERE / "scale.snn"
CALLS = 7
BRIGHT = 0.2
"""The share of an image's pixels that are not black, about MNIST's."""


@dataclass(frozen=True)
class Axis:
    """One setting of a program that varies; `work` is what its cost should be proportional to, `why` tells where it is not."""

    name: str
    program: Path
    setting: str
    values: tuple[int, ...]
    work: tuple[int, ...]
    rest: str
    why: str = ""


OUT_OF_CACHE = """\
Why it is not straight: in each step some 230 rows of weights are read and 150 rewritten. With 400 neurons the matrix (1.3 MB) nearly lies
in the second-level cache; with 6,400 (20 MB) a batch moves 3.4 GB through the last one and memory. One thread of the processor of these
measurements adds in place to 20 MB at 17 GB/s, and to 5 MB or less at 50 to 150: the largest network takes what its memory takes.
"""
SMALL_START = """\
Why the smallest lie off the line: its start is the small difference of two large calls. A twentieth of the call with 64 samples is two
thirds of a whole call with one, of which most is what a call takes without any samples.
"""
CHEAPER_SPIKES = """\
Why low rates lie below the line: between 64 and 256 Hz a spike, with the 100 synapses that it goes to, costs about half of what it costs
between 16 and 64 Hz, so that the line has a start which no call has. Cost grows slower than the work here.
"""
SIDES, INPUTS, POWERS = (10, 20, 40, 80), (1, 10, 100, 1000), (1, 4, 16, 64, 256)
STEPS = (100, 300, 1000, 3000)
AXES = (
    Axis("neurons", DIEHL_COOK, "side", SIDES, tuple(n**2 for n in SIDES), "a training batch of 20 samples x 250 steps", OUT_OF_CACHE),
    Axis("batch", DIEHL_COOK, "batch", POWERS, POWERS, "samples of a training batch of 250 steps, 100 neurons", SMALL_START),
    Axis("synapses", RANDOM, "inputs", INPUTS, tuple(1000 * n for n in INPUTS), "1,000 neurons at 10 Hz, 4 samples x 500 steps"),
    Axis("steps", RANDOM, "steps", STEPS, STEPS, "1,000 neurons at 10 Hz, 100,000 synapses, 4 samples"),
    Axis("rate", RANDOM, "rate", POWERS, POWERS, "Hz of 1,000 neurons, 100,000 synapses, 4 samples x 500 steps", CHEAPER_SPIKES),
)


def point(program: Path, settings: dict[str, int]) -> dict[str, float]:
    """The median time of a call in ms and the peak memory of the process in MiB."""
    import torch

    import inferno

    batch, steps = settings.pop("batch", None), settings.pop("steps", None)
    overrides: dict[str, Any] = {k: f"{v} Hz" if k == "rate" else v for k, v in settings.items()}
    net = inferno.load_network(program, **overrides)
    arguments: dict[str, Any] = {}
    if program == DIEHL_COOK:
        generator = torch.Generator().manual_seed(0)
        size = (batch or net.program.run.batch, 28, 28)
        arguments["image"] = torch.rand(size, generator=generator) * (torch.rand(size, generator=generator) < BRIGHT)
    if steps is not None:
        arguments["duration"] = f"{steps} ms"
    net.train(program == DIEHL_COOK)
    times = []
    for _ in range(CALLS + 1):
        start = time.perf_counter()
        net(**arguments)
        times.append(1e3 * (time.perf_counter() - start))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"ms": statistics.median(times[1:]), "mib": peak}


def measure(axis: Axis, rounds: int) -> list[dict[str, float]]:
    """A median over rounds for each value; the values take turns."""
    found: list[list[dict[str, float]]] = [[] for _ in axis.values]
    for _ in range(rounds):
        for index, value in enumerate(axis.values):
            command = [sys.executable, __file__, "--point", str(axis.program), json.dumps({axis.setting: value})]
            done = subprocess.run(command, env=one_thread(), capture_output=True, text=True, check=True)
            found[index].append(json.loads(done.stdout.splitlines()[-1]))
    return [{key: statistics.median(run[key] for run in runs) for key in ("ms", "mib")} for runs in found]


def table(axis: Axis, found: list[dict[str, float]]) -> str:
    """Each point beside the line through the two largest."""
    (x1, y1), (x2, y2) = [(work, run["ms"]) for work, run in zip(axis.work, found, strict=True)][-2:]
    slope = (y2 - y1) / (x2 - x1)
    lines = [f"## {axis.name}: {axis.rest} (`{axis.program.name}`)", ""]
    lines += [f"| {axis.name} | a call | the line | ratio | peak memory |", "|---|---|---|---|---|"]
    for work, run in zip(axis.work, found, strict=True):
        line = y1 + slope * (work - x1)
        lines.append(f"| {work:,} | {run['ms']:,.2f} ms | {line:,.2f} ms | {run['ms'] / line:.2f} | {run['mib']:,.0f} MiB |")
    return "\n".join(lines) + "\n" + (f"\n{axis.why}" if axis.why else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each point is measured")
    parser.add_argument("--axis", action="append", choices=[axis.name for axis in AXES], help="one axis only; may be given again")
    parser.add_argument("--point", nargs=2, metavar=("PROGRAM", "SETTINGS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point is not None:
        print(json.dumps(point(Path(options.point[0]), json.loads(options.point[1]))))
        return 0
    chosen = [axis for axis in AXES if options.axis is None or axis.name in options.axis]
    tables = []
    for axis in chosen:
        tables.append(table(axis, measure(axis, options.rounds)))
        print(tables[-1], flush=True)
    if options.axis is None:
        note = f"One thread; medians of {options.rounds} rounds of {CALLS} calls, each point in a process of its own. {machine()}."
        (HERE / "SCALE.md").write_text("\n".join(["# How cost grows", "", note, "", *tables]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
