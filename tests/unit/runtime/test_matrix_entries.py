"""`connect = matrix(W)` with weights and delays that are made of the entries."""

from __future__ import annotations

from pathlib import Path

import networks
import pytest
import torch

ENTRIES = """snn 1
from std.neurons import Leaky
param W = [[2, -1, 0], [0, 0.5, 3]]
neuron Unit:
    input I : 1
    state u = 1
    10 ms * u' = I - u
input kick : spikes[2]
population cells[3] = Leaky(tau = 10 ms)
population first[2] = Unit()
population second[3] = Unit()
projection p: kick -> cells:
    connect = matrix(W)
    weight  = 4 ms * matrix
    delay   = {delay}
projection graded: first.u -> second:
    connect = matrix(W)
    weight  = 0.5 * matrix
record cells.x, second.u
run:
    dt = 1 ms
    steps = 6
"""


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_weights_are_made_of_the_entries_of_a_matrix(tmp_path: Path, backend: str) -> None:
    kick = torch.zeros(6, 2, 2)
    kick[0, 0, 0] = kick[0, 1, 1] = 1  # a spike of either source, each in a sample of its own
    net = networks.load(tmp_path, ENTRIES.format(delay="0 ms"), backend=backend, dtype="float64")
    out = net(kick=kick)
    entries = torch.tensor([[2, -1, 0], [0, 0.5, 3]], dtype=torch.float64)
    arrived = out["cells.x"].values[0]
    torch.testing.assert_close(arrived / arrived[0, 0] * 2, entries)
    # The units of the first population fall from 1 as exp(-t/10 ms), and are read at the end of their step.
    fall = torch.exp(torch.tensor(-0.1, dtype=torch.float64))
    expected = fall + (1 - fall) * 0.5 * fall * entries.sum(0)
    torch.testing.assert_close(out["second.u"].values[0, 0], expected)


def test_delays_are_made_of_the_entries_of_a_matrix(tmp_path: Path) -> None:
    kick = torch.zeros(6, 1, 2)
    kick[0, 0] = torch.tensor([1.0, 0.0])
    out = networks.load(tmp_path, ENTRIES.format(delay="2 ms + 1 ms * matrix"), dtype="float64")(kick=kick)
    moved = out["cells.x"].values[:, 0] != 0
    assert [int(torch.nonzero(moved[:, n])[0]) for n in (0, 1)] == [4, 1]
    assert not moved[:, 2].any()


def test_another_matrix_gives_other_entries(tmp_path: Path) -> None:
    kick = torch.ones(6, 1, 2)
    net = networks.load(tmp_path, ENTRIES.format(delay="0 ms"), dtype="float64", W=[[0, 0, 1], [7, 0, -1]])
    assert sorted(net["p"].weight.tolist()) == [-4, 4, 28]
    assert not net(kick=kick)["cells.x"].values[..., 1].any()
