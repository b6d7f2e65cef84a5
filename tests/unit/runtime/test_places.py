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


SCATTERED = """snn 1
from std.neurons import LIF
from std.sources import Poisson
param side : um = 1 mm
population a[300]    = Poisson(rate = 20 Hz) at random(side, 2 * side)
population b[10, 20] = LIF() at random(side)
population c[5, 5]   = LIF() at grid(100 um)
"""


def scattered(folder: Path, body: str, **options: object) -> Network:
    path = folder / "net.snn"
    path.write_text(SCATTERED + body + "run:\n    dt = 1 ms\n    steps = 10\n")
    return inferno.load_network(path, backend="eager", device="cpu", dtype="float64", **options)


ALL = "    connect = dense\n    weight = 1 pC * distance/(1 um)\n"


def test_scattered_neurons_lie_in_their_box(tmp_path: Path) -> None:
    net = scattered(tmp_path, f"projection ff: a -> b:\n{ALL}")
    a, b, c = (net[name].place for name in "abc")
    assert a.shape == (300, 2) and b.shape == (10, 20, 2) and c.shape == (5, 5, 2)
    assert a.min() >= 0 and a[:, 0].max() < 1000 < a[:, 1].max() < 2000 and b.max() < 1000
    assert c[2, 3].tolist() == [200, 300]
    # The mean of n uniform numbers has the standard deviation side/sqrt(12 n).
    assert abs(a[:, 0].mean() - 500) < 5 * 1000 / math.sqrt(12 * 300)
    assert abs(a[:, 1].mean() - 1000) < 5 * 2000 / math.sqrt(12 * 300)


def test_the_distance_is_between_the_places_that_a_network_shows(tmp_path: Path) -> None:
    net = scattered(tmp_path, f"projection ff: a[10:20] -> c:\n{ALL}projection back: b -> b:\n{ALL}    delay = 1 ms\n")
    for name, source, target in (("ff", net["a"].place[10:20], net["c"].place), ("back", net["b"].place, net["b"].place)):
        made = net[name].weight.detach()
        expected = torch.cdist(source.reshape(-1, 2), target.reshape(-1, 2)).reshape(-1)
        torch.testing.assert_close(made, expected, atol=1e-4, rtol=1e-9)


def test_places_belong_to_a_population_and_a_seed(tmp_path: Path) -> None:
    first = scattered(tmp_path, f"projection ff: a -> b:\n{ALL}", seed=1)
    again = scattered(tmp_path, f"projection other: b -> b:\n{ALL}    delay = 1 ms\n", seed=1)
    other = scattered(tmp_path, f"projection ff: a -> b:\n{ALL}", seed=2)
    assert torch.equal(first["a"].place, again["a"].place) and torch.equal(first["b"].place, again["b"].place)
    assert not torch.equal(first["a"].place, other["a"].place)
    assert not torch.equal(first["a"].place[:200, 0], first["b"].place.reshape(-1, 2)[:, 0])


def test_a_width_in_space_joins_as_many_as_the_gaussian_says(tmp_path: Path) -> None:
    net = scattered(tmp_path, "projection near: a -> b:\n    connect = gaussian(200 um)\n    weight = 1 pC\n")
    source, target = net["a"].place, net["b"].place.reshape(-1, 2)
    chance = torch.exp(-torch.cdist(source, target).square() / (2 * 200.0**2))
    joined = torch.zeros_like(chance)
    joined[net["near"].pre, net["near"].post] = 1
    # A sum of independent ones has the variance of the sum of p (1 - p).
    for some in (chance > 0.5, (chance > 0.1) & (chance <= 0.5), chance <= 0.1):
        deviation = (chance * (1 - chance))[some].sum().sqrt()
        assert abs(joined[some].sum() - chance[some].sum()) < 4.5 * deviation


def test_grids_of_different_spacings_share_one_space(tmp_path: Path) -> None:
    path = tmp_path / "net.snn"
    text = HEAD + "projection near: a -> c:\n    connect = gaussian(60 um)\n    weight = 1 pC\n"
    path.write_text(text + "run:\n    dt = 1 ms\n    steps = 1\n")
    near = inferno.load_network(path, backend="eager", device="cpu")["near"]
    found = {(i, j) for i, j in zip(near.pre.tolist(), near.post.tolist(), strict=True)}
    assert all((i, i // 5 * 20 + i % 5 * 2) in found for i in range(20))
    assert all(distance(i, j, 5, 10, 100, 50) < 400 for i, j in found)


def test_a_single_neuron_has_a_place(tmp_path: Path) -> None:
    path = tmp_path / "net.snn"
    text = "snn 1\nfrom std.neurons import LIF\npopulation one = LIF() at grid(1 mm)\npopulation line[5] = LIF() at random(1 mm)\n"
    path.write_text(f"{text}projection ff: one -> line:\n{ALL}run:\n    steps = 1\n")
    net = inferno.load_network(path, backend="eager", device="cpu", dtype="float64")
    torch.testing.assert_close(net["ff"].weight.detach(), net["line"].place[:, 0])
