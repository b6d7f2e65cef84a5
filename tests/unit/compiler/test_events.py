"""`on name when condition:` and `emit name` in neurons."""

from __future__ import annotations

from pathlib import Path

import networks
import pytest
import torch

COUNTING = """snn 1
neuron N:
    input I : 1
    state v = 0, steps = 0, bursts = 0
    10 ms * v' = I - v
    on above when v > 0.5:
        steps += 1
    spike when v >= 1:
        v = 0
        emit fired
        if steps > 14:
            emit late
    on fired:
        bursts += 10
        v += 0.25
    refractory 5 ms hold v
population p[2] = N(I = 2)
population q[2] = N()
projection e: p.fired -> q.I:
    connect = one_to_one
    weight  = 20 ms
    delay   = {delay}
record p.v, p.steps, p.bursts, p.above, p.fired, p.late, p.spikes, q.v
run:
    dt = 1 ms
    steps = 40
"""


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_events_happen_where_their_conditions_hold(tmp_path: Path, backend: str) -> None:
    out = networks.load(tmp_path, COUNTING.format(delay="0 ms"), backend=backend, dtype="float64")()
    value = {n: out[f"p.{n}"].values[:, 0, 0] for n in ("v", "steps", "bursts", "above", "fired", "late")}
    spikes = out["p.spikes"].values[:, 0, 0]
    assert torch.equal(value["fired"] != 0, spikes != 0)
    assert spikes.sum() > 2
    # A reset and what is added to it apply together; the membrane is then held.
    assert torch.all(value["v"][spikes] == 0.25)
    assert torch.equal(value["bursts"], 10 * spikes.cumsum(0).to(torch.float64))
    assert torch.equal(value["steps"], value["above"].cumsum(0))
    before = torch.cat((torch.zeros(1, dtype=torch.float64), value["steps"]))[:-1]
    assert torch.equal(value["late"] != 0, (spikes != 0) & (before > 14))


@pytest.mark.parametrize(("delay", "steps"), [("0 ms", 0), ("3 ms", 3)])
def test_a_projection_sends_an_event_after_its_delay(tmp_path: Path, delay: str, steps: int) -> None:
    net = networks.load(tmp_path, COUNTING.format(delay=delay), dtype="float64")
    out = net()
    first = int(torch.nonzero(out["p.spikes"].values[:, 0, 0])[0])
    assert int(torch.nonzero(out["q.v"].values[:, 0, 0])[0]) == first + steps
    assert torch.equal(out.spike_counts["p.fired"], out.spike_counts["p"])


def test_an_event_without_a_block_is_marked_and_sent(tmp_path: Path) -> None:
    text = COUNTING.format(delay="0 ms").replace("    on above when v > 0.5:\n        steps += 1\n", "    on above when v > 0.5\n")
    out = networks.load(tmp_path, text.replace("p.fired -> q.I", "p.above -> q.I"), dtype="float64")()
    above = out["p.above"].values[:, 0, 0]
    assert torch.equal(above != 0, torch.as_tensor(out["p.v"].values[:, 0, 0] > 0.5) | (out["p.spikes"].values[:, 0, 0] != 0))
    assert int(torch.nonzero(out["q.v"].values[:, 0, 0])[0]) == int(torch.nonzero(above)[0])


SET_AND_ADDED = """snn 1
neuron N:
    input I : 1
    state v = 0, u = 1, w = 4
    10 ms * v' = 30 - v
    spike when v >= 1:
        v -= 0.5
        v  = -2
        u *= 3
        u += 1
        if w > 3:
            w = 0
        w += u
population p[1] = N()
record p.v, p.u, p.w, p.spikes
run:
    dt = 1 ms
    steps = 1
"""


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_in_one_block_a_state_is_set_before_it_is_added_to(tmp_path: Path, backend: str) -> None:
    out = networks.load(tmp_path, SET_AND_ADDED, backend=backend, dtype="float64")()
    assert out["p.spikes"].values.all()
    assert [float(out[f"p.{name}"].values) for name in ("v", "u", "w")] == [-2.5, 4, 1]
