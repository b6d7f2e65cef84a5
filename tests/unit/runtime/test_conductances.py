"""Networks whose membranes follow conductances: loops add arrivals before, and leave out exponentials, without a change of results."""

from __future__ import annotations

import re
from pathlib import Path

import networks
import pytest
import torch

from inferno.compiler.pipeline import compile_program
from inferno.grammar import check_text
from inferno.runtime.network import Network

PROGRAM = """snn 1
from std.neurons import CobaLIF
from std.sources import Poisson

population noise[40] = Poisson(rate = 200 Hz)
population cells[600] = CobaLIF(C = {capacitance}, t_ref = 2 ms)
view few = cells[:10]

projection wide: noise -> cells.ge:
    connect = random(0.2)
    weight  = uniform(1 nS, 4 nS)
projection same: noise[:20] -> cells.ge:
    connect = fixed_in(3)
    weight  = 2 nS
    delay   = 3 dt
projection start: noise[:10] -> few.ge:
    connect = one_to_one
    weight  = 5 nS
projection back: cells -> cells.gi:
    connect = random(0.05) - diagonal
    weight  = {inhibition}
    delay   = 1 dt
{extra}
record cells.spikes, cells.v, cells.ge, cells.gi
run:
    dt    = 0.1 ms
    steps = 300
    batch = 2
"""


def text(*, capacitance: str = "200 pF", inhibition: str = "3 nS", extra: str = "") -> str:
    return PROGRAM.format(capacitance=capacitance, inhibition=inhibition, extra=extra)


def loaded(folder: Path, backend: str, program: str, dtype: str = "float64") -> Network:
    return networks.load(folder, program, backend=backend, dtype=dtype)


# Conductances of a thousandth to many times C / dt: exponents near 0, of some neurons far from it, and of all.
@pytest.mark.parametrize(("capacitance", "inhibition"), [("200 pF", "3 nS"), ("200 pF", "3 uS"), ("0.4 pF", "3 nS")])
def test_a_loop_makes_the_spikes_of_tensors(tmp_path: Path, capacitance: str, inhibition: str) -> None:
    eager, native = (loaded(tmp_path, backend, text(capacitance=capacitance, inhibition=inhibition))() for backend in ("eager", "native"))
    assert eager["cells.spikes"].values.any()
    assert torch.equal(eager["cells.spikes"].values, native["cells.spikes"].values)
    for name in ("cells.v", "cells.ge", "cells.gi"):
        torch.testing.assert_close(native[name].values, eager[name].values, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_a_neuron_does_hangs_on_no_neighbour(tmp_path: Path, dtype: str) -> None:
    """A neuron far from its rest takes its whole block with it; the others must not notice."""
    program = """snn 1
input far : real[600] = 0
population cells[600] = Cell(g = 1 nS + 1 uS * far)
neuron Cell:
    param g : uS = 1 nS
    state v : mV = 0 mV
    state h : uS = 1 nS
    200 pF * v' = h * (10 mV - v)
    1 ms * h' = g - h
record cells.v
run:
    steps = 20
    dt = 0.1 ms
"""
    net = loaded(tmp_path, "native", program, dtype)
    near = net(far=torch.zeros(1, 600))["cells.v"].values
    some = torch.zeros(1, 600)
    some[0, ::50] = 1
    mixed = net(far=some)["cells.v"].values
    assert torch.equal(mixed[..., some[0] == 0], near[..., some[0] == 0])
    assert (mixed[-1, :, some[0] == 1] > near[-1, :, some[0] == 1]).all()


@pytest.mark.parametrize(
    ("extra", "before"),
    [
        ("", {"ge", "gi"}),
        ("projection drive: noise -> cells.ge:\n    connect = dense\n    weight = 0.1 nS", {"gi"}),
        ("projection late: noise -> cells.gi:\n    connect = random(0.1)\n    weight = 1 nS\n    delay = uniform(1 dt, 9 dt)", {"ge"}),
        ("projection gap: cells <-> cells.v = gap_junction(g = 0.1 nS, connect = ring(1))", {"ge", "gi"}),
        ("projection seen: cells.ge -> cells.I:\n    connect = one_to_one\n    weight = 1 mV\n    delay = 1 dt", {"gi"}),
    ],
)
def test_only_rows_that_reach_few_are_added_before(tmp_path: Path, extra: str, before: set[str]) -> None:
    loops = compile_program(check_text(text(extra=extra))).loops
    assert set(re.findall(r"cells_(\w+)_arrives = ", loops)) == before
    one, other = (loaded(tmp_path, backend, text(extra=extra))() for backend in ("eager", "native"))
    assert torch.equal(one["cells.spikes"].values, other["cells.spikes"].values)
    torch.testing.assert_close(one["cells.ge"].values, other["cells.ge"].values, rtol=1e-9, atol=1e-12)


def test_samples_and_calls_apart_make_the_same_bits(tmp_path: Path) -> None:
    whole = loaded(tmp_path, "native", text(), "float32")
    apart = loaded(tmp_path, "native", text(), "float32")
    together = whole(batch=2)["cells.v"].values
    assert torch.equal(torch.cat([apart(batch=1)["cells.v"].values for _ in range(2)], 1), together)
