"""Populations on grids: widths, weights and delays by distance."""

from __future__ import annotations

import math
from pathlib import Path

import torch

import inferno
from inferno.runtime.network import Network

HEAD = """snn 1
from std.neurons import LIF
param gap : um = 100 um
population a[4, 5] = LIF(I = 3 nA) at grid(gap)
population b[4, 5] = LIF() at grid(gap)
population c[8, 10] = LIF() at grid(50 um)
"""


def network(folder: Path, body: str) -> Network:
    path = folder / "net.snn"
    path.write_text(HEAD + body + "run:\n    dt = 1 ms\n    steps = 10\n")
    return inferno.load_network(path, backend="eager", device="cpu", dtype="float64")


def distance(i: int, j: int, width: int, other: int, spacing: float, its: float) -> float:
    return math.dist((i // width * spacing, i % width * spacing), (j // other * its, j % other * its))


def test_weights_and_delays_follow_the_distance(tmp_path: Path) -> None:
    rest = "    weight = 2 pC * exp(-distance/(200 um))\n    delay = 1 ms + distance/(0.1 m/s)\n"
    ff = network(tmp_path, f"projection ff: a -> c:\n    connect = dense\n{rest}")["ff"]
    pairs = zip(ff.pre.tolist(), ff.post.tolist(), strict=True)
    apart = torch.tensor([distance(i, j, 5, 10, 100, 50) for i, j in pairs], dtype=torch.float64)
    torch.testing.assert_close(ff.weight.detach(), 2 * torch.exp(-apart / 200))
    torch.testing.assert_close(ff.delay, torch.floor(1 + apart / 100 + 0.5))


def test_a_width_is_a_length_or_a_number_of_neurons(tmp_path: Path) -> None:
    rest = "    weight = 1 pC\n    delay = 1 ms\n"
    by_length, by_number = (
        network(tmp_path, f"projection ff: a -> b:\n    connect = gaussian({width})\n{rest}")["ff"] for width in ("150 um", "1.5")
    )
    assert torch.equal(by_length.pre, by_number.pre) and torch.equal(by_length.post, by_number.post)


def test_another_spacing_makes_other_weights(tmp_path: Path) -> None:
    net = network(tmp_path, "projection ff: a -> b:\n    connect = dense - diagonal\n    weight = 1 pC * distance/(1 um)\n")
    before = net["ff"].weight.detach().clone()
    net.set("gap", "200 um")
    net.reset(all=True)
    torch.testing.assert_close(net["ff"].weight.detach(), 2 * before)
