"""Holds the cost model against what steps take: prints predicted and measured times, and writes them into COSTS.md beside this file.

    python bench/costs.py [--rounds 5] [--case NAME …]

A step is the difference of two calls, one three times as long as the other, divided by the steps between them; what a call takes besides is
in both.  What counts is the processor's time of one thread, in the fastest of the rounds, so that others on the machine matter little.
Each network is predicted twice: with the rates that its program says, or 10 Hz, and with those that were seen.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from peers import machine as machine_text
from scale import BRIGHT

import inferno
from inferno.compiler.costs.counting import Counting
from inferno.compiler.costs.regions import Way, native_step, network_step
from inferno.compiler.costs.report import counting_of
from inferno.compiler.costs.tensors import compiled_chunk, eager_steps
from inferno.machine import Machine, as_text, nanoseconds
from inferno.runtime.calibration import measure_machine
from inferno.runtime.kernels import use_native
from inferno.runtime.network import Network

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "examples"


@dataclass(frozen=True)
class Case:
    """A network with its settings and the steps of the shorter call; `fitted` ones were looked at when the model was written."""

    name: str
    program: Path
    steps: int
    training: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    batch: int | None = None
    fitted: bool = True
    backend: str = "native"


DENSE, DIEHL_COOK = HERE / "costs.snn", EXAMPLES / "diehl_cook.snn"
CASES = (
    *(
        Case(f"diehl_cook, {side**2:,} neurons, {'training' if training else 'evaluation'}", DIEHL_COOK, 100, training, {"side": side})
        for side in (10, 40)
        for training in (False, True)
    ),
    Case("coba, 4,000 neurons", EXAMPLES / "coba.snn", 3000),
    *(Case(f"dense 784 x 1,000, sources at {rate} Hz", DENSE, 100, settings={"rate": f"{rate} Hz"}) for rate in (2, 20, 200)),
    *(
        Case(f"{name}, {backend}", program, steps, training, backend=backend)
        for name, program, steps, training in (
            ("diehl_cook, 100 neurons, evaluation", DIEHL_COOK, 50, False),
            ("diehl_cook, 100 neurons, training", DIEHL_COOK, 50, True),
            ("coba, 4,000 neurons", EXAMPLES / "coba.snn", 200, False),
            ("dense 784 x 1,000, sources at 20 Hz", DENSE, 50, False),
        )
        for backend in ("eager", "inductor")
    ),
    Case("cuba", EXAMPLES / "cuba.snn", 1000, fitted=False),
    Case("izhikevich", EXAMPLES / "izhikevich.snn", 300, fitted=False),
    Case("hodgkin_huxley, 64 samples", EXAMPLES / "hodgkin_huxley.snn", 1000, batch=64, fitted=False),
    Case("ring_attractor", EXAMPLES / "ring_attractor.snn", 300, fitted=False),
    Case("song_abbott, training", EXAMPLES / "song_abbott.snn", 1000, True, fitted=False),
    Case("scale, 100,000 synapses", HERE / "scale.snn", 200, fitted=False),
    Case("hodgkin_huxley, eager", EXAMPLES / "hodgkin_huxley.snn", 100, fitted=False, backend="eager"),
    Case("song_abbott, training, eager", EXAMPLES / "song_abbott.snn", 100, True, fitted=False, backend="eager"),
    Case("cuba, inductor", EXAMPLES / "cuba.snn", 100, fitted=False, backend="inductor"),
)
WAYS: dict[str, Way] = {"native": native_step, "inductor": compiled_chunk, "eager": eager_steps}


@dataclass(frozen=True)
class Found:
    """Microseconds of a step: measured, and predicted with the rates that the program says and with those that were seen."""

    measured: float
    said: float
    seen: float


def measured_case(case: Case, rounds: int, numbers: Machine) -> Found:
    """What a case takes, and what the model says of it."""
    net = inferno.load_network(case.program, device="cpu", backend=case.backend, batch=case.batch, **case.settings)
    net.train(case.training)
    times: dict[int, list[float]] = {case.steps: [], 3 * case.steps: []}
    for _ in range(rounds + 1):
        for steps, taken in times.items():
            start = time.process_time()
            result = net(**inputs(net), duration=f"{steps * net.description.dt} ms")
            taken.append(time.process_time() - start)
    short, long = (min(taken[1:]) for taken in times.values())
    counting = counting_of(net._origin.compiled)
    duration = result.steps * net.description.dt
    seen = {name: float(counts.double().mean()) / duration for name, counts in result.spike_counts.items()}
    predicted = [predict(c, case, numbers) for c in (counting, replace(counting, rates=seen))]
    return Found(1e6 * (long - short) / (2 * case.steps), *predicted)


def predict(counting: Counting, case: Case, numbers: Machine) -> float:
    """Microseconds of a step of the whole network."""
    return nanoseconds(network_step(counting, case.training, WAYS[case.backend]), numbers) / 1e3


def inputs(net: Network) -> dict[str, torch.Tensor]:
    """Images for the inputs of a network, about as bright as MNIST's."""
    generator = torch.Generator().manual_seed(0)
    sizes = {i.name: (net.description.batch, *i.shape) for i in net.description.inputs}
    return {n: torch.rand(s, generator=generator) * (torch.rand(s, generator=generator) < BRIGHT) for n, s in sizes.items()}


def table(title: str, found: dict[str, Found]) -> str:
    """Predicted beside measured."""
    lines = [f"## {title}", "", "| a step of | measured | predicted by the program | ratio | predicted by the rates seen | ratio |"]
    lines.append("|---|---|---|---|---|---|")
    for name, one in found.items():
        said, seen = f"{one.said:,.1f} us | {one.said / one.measured:.2f}", f"{one.seen:,.1f} us | {one.seen / one.measured:.2f}"
        lines.append(f"| {name} | {one.measured:,.1f} us | {said} | {seen} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each call is made")
    parser.add_argument("--case", action="append", help="only cases with this word in their name; may be given again")
    options = parser.parse_args()
    torch.set_num_threads(1)
    use_native()
    numbers = measure_machine()
    print(as_text(numbers), flush=True)
    chosen = [c for c in CASES if options.case is None or any(word in c.name for word in options.case)]
    found: dict[bool, dict[str, Found]] = {True: {}, False: {}}
    for case in chosen:
        one = found[case.fitted][case.name] = measured_case(case, options.rounds, numbers)
        print(f"{case.name}: {one.measured:,.1f} us, predicted {one.said:,.1f} and {one.seen:,.1f}", flush=True)
    tables = [table("Networks that the model was fitted to", found[True]), table("Others", found[False])]
    note = f"One thread; the fastest of {options.rounds} rounds. {machine_text()}. The machine: {as_text(numbers)}."
    if options.case is None:
        (HERE / "COSTS.md").write_text("\n".join(["# Predicted and measured costs", "", note, "", *tables]))
    print("\n" + "\n".join(tables))
    return 0


if __name__ == "__main__":
    sys.exit(main())
