"""Currents that change: steps from lists, noise with a correlation time; connectivity from a parameter."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import inferno
from inferno.grammar.diagnostics import SnnError
from inferno.runtime.network import Network


def network(tmp_path: Path, body: str, **settings: object) -> Network:
    path = tmp_path / "sources.snn"
    path.write_text(f"snn 1\n{body}")
    return inferno.load_network(path, backend="eager", dtype="float64", **settings)  # type: ignore[arg-type]


STEPS = """
from std.sources import StepCurrent
param times : ms = [1 ms, 2.5 ms, 3 ms]
param levels : nA = [0.1 nA, 0.5 nA, -0.2 nA]
population step = StepCurrent(amplitude = stepwise(t, times, levels))
record step.I
run:
    dt = 0.5 ms
    steps = 8
"""


def test_a_current_takes_its_steps_from_lists(tmp_path: Path) -> None:
    found = network(tmp_path, STEPS)()["step.I"].values.flatten()
    assert found.tolist() == pytest.approx([0, 0, 0.1, 0.1, 0.1, 0.5, -0.2, -0.2])
    other = network(tmp_path, STEPS, times=["1 ms"], levels=["2 nA"])()["step.I"].values.flatten()
    assert other.tolist() == [0, 0, 2, 2, 2, 2, 2, 2]


def test_two_thousand_steps_nest_little(tmp_path: Path) -> None:
    times = [f"{k} ms" for k in range(1, 2001)]
    net = network(tmp_path, STEPS.replace("dt = 0.5 ms", "dt = 250 ms"), times=times, levels=[f"{k} nA" for k in range(1, 2001)])
    assert net()["step.I"].values.flatten().tolist() == [0, 250, 500, 750, 1000, 1250, 1500, 1750]


NOISE = """
from std.sources import NoiseCurrent
population noise[2000] = NoiseCurrent(mean = 2 nA, std = 0.5 nA, tau = 10 ms, period = 1 ms)
record noise.I
run:
    dt = 0.5 ms
    steps = 41
    batch = 5
"""


def test_correlated_noise_is_stationary_and_forgets_with_its_time_constant(tmp_path: Path) -> None:
    noise = network(tmp_path, NOISE)()["noise.I"].values
    assert torch.equal(noise[0::2][:20], noise[1::2])  # constant for a period of two steps
    count = noise[0].numel()
    for step in (0, 20, 40):
        assert float(noise[step].mean()) == pytest.approx(2, abs=5 * 0.5 / math.sqrt(count))
        assert float(noise[step].std()) == pytest.approx(0.5, rel=5 / math.sqrt(2 * count))
    for lag in (2, 20, 40):
        expected = 0.25 * math.exp(-lag * 0.5 / 10)
        assert float(((noise[0] - 2) * (noise[lag] - 2)).mean()) == pytest.approx(expected, abs=5 * 0.25 * 1.5 / math.sqrt(count))


MATRIX = """
from std.neurons import LIF
param W = [[0, 1], [1, 0]]
input taps : spikes[2]
population b[2] = LIF()
projection ff: taps -> b:
    connect = matrix(W)
    weight = 1 pC
run:
    steps = 2
"""


def test_a_matrix_is_a_parameter(tmp_path: Path) -> None:
    def pairs(net: Network) -> list[tuple[int, int]]:
        return list(zip(net["ff"].pre.tolist(), net["ff"].post.tolist(), strict=True))

    assert pairs(network(tmp_path, MATRIX)) == [(0, 1), (1, 0)]
    assert pairs(network(tmp_path, MATRIX, W=[[1, 1], [0, 0]])) == [(0, 0), (0, 1)]
    assert pairs(network(tmp_path, MATRIX, **{"W[0][0]": 1})) == [(0, 0), (0, 1), (1, 0)]
    with pytest.raises(SnnError, match="E0502"):
        network(tmp_path, MATRIX, W=[[1, 1]])
