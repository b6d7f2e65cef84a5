"""`t`, the time since the start of the sample."""

from __future__ import annotations

import math
from pathlib import Path

import networks
import pytest
import torch

import inferno
from inferno import neural
from inferno.grammar import findings_of
from inferno.runtime import session

STEPS = """snn 1
from std.neurons import Leaky
from std.sources import Bernoulli, Poisson
neuron Follower:
    param start = 3 ms
    let level = 1 if t >= start else 0
    state x = 0
    (1 dt) * x' = level - x
    spike when 5 ms <= t < 5.3 ms
    solve euler
population follower[2] = Follower()
population driven[3]   = Leaky(tau = 10 ms, I = 2 if 10 ms <= t < 20 ms else 0)
population gated[5]    = Bernoulli(rate = 10 kHz if t < 0.7 ms else 0 Hz)
record follower.x, follower.spikes, driven.x, gated.spikes
run:
    dt = 0.1 ms
    duration = 30 ms
    batch = 2
"""


@pytest.mark.parametrize("limit", [1, 1 << 40])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_times_are_those_of_the_decimals_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: str, limit: int) -> None:
    monkeypatch.setattr(session, "STRETCH_BYTES", limit)
    net = networks.load(tmp_path, STEPS, dtype=dtype)
    for _ in range(2):  # each call begins at 0
        out = net()
        assert torch.equal(out["follower.x"].values[:, 1, 0], (torch.arange(300) >= 30).to(out["follower.x"].values.dtype))
        assert out["follower.spikes"].values[:, 0, 1].nonzero().flatten().tolist() == [50, 51, 52]
        assert out["gated.spikes"].values[:7].all()
        assert not out["gated.spikes"].values[7:].any()
        x = out["driven.x"].values[:, 0, 0].double()
        time = torch.arange(1, 301, dtype=torch.float64) * 0.1
        rise, fall = 2 * (1 - torch.exp(-(time - 10) / 10)), 2 * (1 - math.exp(-1)) * torch.exp(-(time - 20) / 10)
        assert torch.allclose(x, torch.where(time <= 10, 0.0, torch.where(time <= 20, rise, fall)), atol=1e-5)


def test_a_rate_may_change_with_time_and_is_exact_within_a_step(tmp_path: Path) -> None:
    text = """snn 1
from std.sources import Poisson
population sine[4000] = Poisson(rate = 300 Hz * (1 + sin(2*pi * 20 Hz * t)))
record sine.spikes
run:
    dt = 1 ms
    duration = 200 ms
"""
    found = networks.load(tmp_path, text)()["sine.spikes"].values[:, 0].double().mean(1)
    step = torch.arange(200, dtype=torch.float64)
    expected = 0.3 * (1 + torch.sin(2 * math.pi * 0.02 * step))
    # One spike a step: of more that are due the others come in the steps after, so that sums agree rather than steps.
    assert abs(float(found.sum() - expected.sum())) < 5 * math.sqrt(float(expected.sum()) / 4000)
    assert float((found.reshape(4, 50).mean(0) - expected[:50]).abs().max()) < 0.1


def test_a_name_of_ones_own_goes_before_the_time(tmp_path: Path) -> None:
    text = """snn 1
param t = 3
neuron Own:
    state t = 2
    state x = 0
    x' = t / (1 ms)
population own[1] = Own()
population other[1] = Own():
    init x = t
record own.x, other.x
run:
    steps = 4
"""
    out = networks.load(tmp_path, text)()
    assert out["own.x"].values.flatten().tolist() == [2.0, 4.0, 6.0, 8.0]
    assert out["other.x"].values.flatten().tolist() == [5.0, 7.0, 9.0, 11.0]


@pytest.mark.parametrize(
    "line",
    [
        "    state v : ms = t",
        "    param p = t",
        "    state v = 0\n    spike when v > 1\n    refractory t hold v",
        "    state v = 0\n    t * v' = 1 - v",
        "    state v = 0\n    v' = t",
    ],
)
def test_there_is_no_time_where_nothing_runs_yet(line: str) -> None:
    _, found = findings_of(f"snn 1\nneuron Wrong:\n{line}\npopulation p[2] = Wrong()\n", "wrong.snn")
    assert {one.code for one in found if one.is_error} <= {"E0301", "E0401", "E0203"}
    assert any(one.is_error for one in found)


def test_a_weight_knows_no_time() -> None:
    text = "snn 1\nfrom std.neurons import LIF\npopulation p[2] = LIF()\nprojection p -> p:\n    connect = dense\n    delay = 1 dt\n"
    _, found = findings_of(text + "    weight = 1 pC * t / (1 ms)\n", "wrong.snn")
    assert [one.code for one in found] == ["E0301"]


TIMED = """snn 1
neuron Timed:
    param late = 3 ms
    input I : 1
    state v = 0, n = 0
    v' = (I*(1 + sin(t/(2 ms))) - v)/(1 ms) if t > late else 0/(1 ms)
    on even when t >= 5 ms and v > 0.2:
        n += t/(1 ms)
    spike when v > 1 - 0.5*(t/(20 ms)):
        v = 0.01*t/(1 ms)
"""


def test_a_component_in_python_counts_time_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "timed.snn"
    path.write_text(f"{TIMED}population p[2] = Timed(I = 0.9)\nrecord p.v, p.n, p.spikes, p.even\nrun:\n    dt = 0.1 ms\n    steps = 150\n")
    out = inferno.load_network(path, backend="eager", device="cpu", dtype="float64")()
    neuron = neural.from_snn(path, "Timed", 2, 0.1).to(torch.float64)
    for _ in range(2):
        for step in range(150):
            spikes = neuron(torch.full((1, 2), 0.9, dtype=torch.float64))
            assert torch.equal(spikes, out["p.spikes"].values[step])
            assert torch.equal(neuron.even, out["p.even"].values[step] != 0)
            for name in ("v", "n"):
                torch.testing.assert_close(getattr(neuron, name), out[f"p.{name}"].values[step])
        neuron.clear()
    assert out["p.spikes"].values.sum() > 5
    assert out["p.even"].values.any()


def test_a_copy_of_a_component_goes_on_at_its_time(tmp_path: Path) -> None:
    path = tmp_path / "timed.snn"
    path.write_text(TIMED)
    first, second = (neural.from_snn(path, "Timed", 2, 0.1) for _ in range(2))
    for _ in range(60):
        first(torch.ones(1, 2))
    second.load_state_dict(first.state_dict())
    for _ in range(60):
        assert torch.equal(first(torch.ones(1, 2)), second(torch.ones(1, 2)))
        assert torch.equal(first.v, second.v)
