"""A rule's trace may be called as something of the synapse it learns at: neither is seen from outside by the other's name."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import inferno

PROGRAM = """snn 1
from std.sources import Poisson
neuron N:
    input drive : 1/ms
    state v = 0
    10 ms * v' = -v + 10 ms * drive
    spike when v > 1:
        v = 0
synapse S:
    param tau = 5 ms
    input impulse : 1
    state s : 1/ms = 0
    s' = -s/tau
    on pre: s += impulse/tau
    output o : 1/ms = s
plasticity Rule:
    trace {trace} = pre(20 ms)
    on post: w += 0.1 * {trace}
population source[5] = Poisson(rate = 200 Hz)
population out[4] = N()
projection ff: source -> out.drive:
    connect    = random(0.7)
    synapse    = S
    weight     = 2
    plasticity = Rule
record out.v every 1
run:
    dt = 1 ms
    duration = 40 ms
    seed = 1
"""


@pytest.mark.parametrize("name", ["s", "tau", "impulse"])
def test_a_trace_may_be_called_as_something_of_the_synapse(tmp_path: Path, name: str) -> None:
    found = []
    for trace in (name, "x"):
        path = tmp_path / "names.snn"
        path.write_text(PROGRAM.format(trace=trace))
        net = inferno.load_network(path, backend="eager", device="cpu", dtype="float64")
        net.train()
        result = net(batch=2)
        found += [result["out.v"].values, net["ff"].weight.detach().clone()]
    assert found[1].unique().numel() > 1
    assert torch.equal(found[0], found[2]) and torch.equal(found[1], found[3])
