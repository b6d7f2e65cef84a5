"""A projection with one constant weight that ends on a part of a population: the sum is one number, which reaches that part alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import inferno

SOURCE = """snn 1
from std.neurons import LIF
input x : spikes[4]
population b[3, 4] = LIF(R = 1 MOhm, tau_m = 10 ms)
projection r: x -> b[{part}]:
    connect = dense
    weight  = 10 pC
record b.v
run:
    dt    = 1 ms
    steps = 5
"""


@pytest.mark.parametrize("backend", ["eager", "native"])
@pytest.mark.parametrize(("part", "index"), [("1:3, :2", (slice(1, 3), slice(0, 2))), ("0, :", (0, slice(None))), ("2, 1", (2, 1))])
def test_every_neuron_of_the_part_gets_the_same_sum(tmp_path: Path, backend: str, part: str, index: tuple[object, ...]) -> None:
    path = tmp_path / "parts.snn"
    path.write_text(SOURCE.format(part=part))
    net = inferno.load_network(path, backend=backend, device="cpu", dtype="float64")
    spikes = torch.zeros(5, 2, 4)
    spikes[1, 0, :3] = spikes[3, 1, 0] = 1
    v = net(x=spikes)["b.v"].values
    rest = v[0, 0, 0, 0].item()
    reached = torch.zeros(3, 4, dtype=torch.bool)
    reached[index] = True
    assert (v[:, :, ~reached] == rest).all()
    # Three spikes of 10 pC, each as a current over the step: R * 30 pC/dt * (1 - exp(-dt/tau)).
    rise = 30 * (1 - torch.exp(torch.tensor(-0.1, dtype=torch.float64)))
    torch.testing.assert_close(v[1, 0][reached] - rest, rise.expand(int(reached.sum())))
    assert (v[3, 1][reached] > rest).all()
    assert (v[:3, 1] == rest).all()
