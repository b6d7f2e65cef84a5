"""Gap junctions against closed forms."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import inferno
from inferno.grammar.diagnostics import SnnError
from inferno.runtime.network import Network

LEAKY = """snn 1
neuron Cell:
    param C = 200 pF, gL = 10 nS, EL = -70 mV
    state v : mV = EL
    C * v' = gL*(EL - v)
population a[NEURONS] = Cell():
    init v = uniform(-80 mV, -40 mV)
"""
RUN = "record a.v\nrun:\n    dt = 0.01 ms\n    steps = 2000\n    seed = 3\n"


def network(folder: Path, neurons: str, gap: str, rest: str = RUN) -> Network:
    path = folder / "net.snn"
    path.write_text(LEAKY.replace("NEURONS", neurons) + gap + "\n" + rest)
    return inferno.load_network(path, backend="eager", device="cpu", dtype="float64")


def test_two_coupled_leaky_neurons_meet_exponentially(tmp_path: Path) -> None:
    """C dv/dt = gL (EL - v) + g (v' - v): the mean decays with C/gL, the difference with C/(gL + 2 g)."""
    net = network(tmp_path, "2", "projection gap: a <-> a.v = gap_junction(g = 5 nS, connect = dense)")
    first = net["a"].v[0].clone()
    v = net()["a.v"].values[:, 0]
    for step in (499, 1999):
        t = (step + 1) * 0.01
        mean = -70 + (first.mean() + 70) * math.exp(-t / 20)
        difference = (first[0] - first[1]) * math.exp(-t / 10)
        assert torch.allclose(v[step].mean(), mean, atol=1e-9)
        # The current is that of the start of a step: an error of first order in dt.
        assert abs(v[step, 0] - v[step, 1] - difference) < 0.002 * abs(difference)


def test_gap_junctions_stand_on_a_line_of_their_own_and_are_called_like_their_ends(tmp_path: Path) -> None:
    named = network(tmp_path, "5", "projection gap: a <-> a.v = gap_junction(g = 5 nS, connect = ring(1))")
    short = network(tmp_path, "5", "a <-> a.v = gap_junction(g = 5 nS, connect = ring(1))")
    plain = network(tmp_path, "5", "projection a <-> a.v = gap_junction(g = 5 nS, connect = ring(1))")
    assert [gap.name for gap in short.program.gaps] == [gap.name for gap in plain.program.gaps] == ["a_a"]
    expected = named()["a.v"].values
    assert torch.equal(short()["a.v"].values, expected)
    assert torch.equal(plain()["a.v"].values, expected)


def test_a_pair_is_joined_once_whichever_way_it_is_given(tmp_path: Path) -> None:
    one = network(tmp_path, "3", "projection gap: a <-> a.v = gap_junction(g = 5 nS, connect = matrix([[0, 1, 0], [0, 0, 0], [0, 0, 1]]))")
    both = network(tmp_path, "3", "projection gap: a <-> a.v = gap_junction(g = 5 nS, connect = matrix([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))")
    assert one["gap"].pre.tolist() == [0, 1]
    assert one["gap"].post.tolist() == [1, 0]
    assert torch.equal(one()["a.v"].values, both()["a.v"].values)


def test_what_flows_into_one_neuron_flows_out_of_others(tmp_path: Path) -> None:
    net = network(tmp_path, "5, 5", "projection gap: a[1:] <-> a[1:].v = gap_junction(g = 2 nS, connect = gaussian(1.5))")
    alone = network(tmp_path, "5, 5", "")
    coupled, free = net()["a.v"].values[:, 0], alone()["a.v"].values[:, 0]
    assert torch.allclose(coupled.mean((1, 2)), free.mean((1, 2)), atol=1e-9)
    assert torch.equal(coupled[:, 0], free[:, 0])
    assert coupled[-1, 1:].std() < 0.8 * free[-1, 1:].std()


def test_the_conductance_can_be_set(tmp_path: Path) -> None:
    net = network(tmp_path, "2", "projection gap: a <-> a.v = gap_junction(g = 5 nS, connect = ring(1))")
    net.set("gap.g", "0 nS")
    assert net["gap"].weight.tolist() == [0.0, 0.0]
    with pytest.raises(SnnError, match="conductance"):
        net.set("gap.g", "5 mV")


def test_current_flows_between_two_populations(tmp_path: Path) -> None:
    joined = "projection gap: a <-> b.v = gap_junction(g = 3 nS, connect = matrix([[1, 0], [1, 1], [0, 1]]))\n"
    second = "population b[2] = Cell():\n    init v = -50 mV\n"
    path = tmp_path / "two.snn"
    path.write_text(LEAKY.replace("NEURONS", "3").replace("uniform(-80 mV, -40 mV)", "-60 mV") + second + joined + RUN + "record b.v\n")
    result = inferno.load_network(path, backend="eager", device="cpu", dtype="float64")(duration="0.01 ms")
    assert result["a.v"].values[0, 0].tolist() == pytest.approx(_step([-60] * 3, [10, 20, 10]), abs=1e-12)
    assert result["b.v"].values[0, 0].tolist() == pytest.approx(_step([-50] * 2, [-20, -20]), abs=1e-12)


def _step(v: list[int], differences: list[int]) -> list[float]:
    """C v' = gL (EL - v) + g * differences over 0.01 ms, exactly: C = 200 pF, gL = 10 nS, g = 3 nS."""
    decay = math.exp(-0.01 / 20)
    aims = [-70 + 0.3 * d for d in differences]
    return [aim + (x - aim) * decay for x, aim in zip(v, aims, strict=True)]


def test_a_recipe_joins_the_same_pairs_both_ways(tmp_path: Path) -> None:
    body = "population b[4] = Cell()\nprojection gap: a <-> b.v = gap_junction(g = 3 nS, connect = random(0.5))"
    net = network(tmp_path, "6", body)
    there = set(zip(net["gap"].pre.tolist(), net["gap"].post.tolist(), strict=True))
    back = set(zip(net["gap back"].post.tolist(), net["gap back"].pre.tolist(), strict=True))
    assert there == back and 3 < len(there) < 21


def test_what_ends_on_coupled_neurons_is_found_in_any_order(tmp_path: Path) -> None:
    head = """snn 1
from std.neurons import LIF
input x : spikes[3]
input level : real = 0.5
population a[3] = LIF()
neuron Other:
    input I : 1
    state u = 0
    10 ms * u' = I - u
population b[3] = Other()
"""
    gaps = "a <-> a.v = gap_junction(g = 0.2, connect = ring(1))\nprojection two: b <-> b.u = gap_junction(g = 0.1, connect = ring(1))\n"
    ends = "projection p: x -> a:\n    connect = dense\n    weight = 50 pC\nlevel -> b\n"
    run = "record a.v, b.u\nrun:\n    steps = 20\n"
    found = []
    for text in (gaps + ends, ends + gaps):
        path = tmp_path / "net.snn"
        path.write_text(head + text + run)
        net = inferno.load_network(path, backend="eager", dtype="float64")
        out = net(x=torch.ones(20, 1, 3))
        found.append((out["a.v"].values, out["b.u"].values))
    assert all(torch.equal(*both) for both in zip(*found, strict=True))
    assert found[0][1].any()
