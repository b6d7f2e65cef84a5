"""Parameters that differ from neuron to neuron."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import inferno
from inferno.errors import RunError
from inferno.runtime.drawn import matrix_exponential
from inferno.runtime.network import Network

CELLS = """
from std.neurons import LIF
population cells[200] = LIF(tau_m = normal(20 ms, 2 ms) | clip(15 ms, inf), I = 0.6 nA, t_ref = uniform(1 ms, 4 ms)):
    draw r = uniform(0, 1)
    v_rest = -70 mV + 5 mV * r
    init v = v_rest - 2 mV * r
record cells.spikes, cells.v
run:
    dt = 0.5 ms
    steps = 40
    seed = 3
"""


def network(folder: Path, text: str, **options: object) -> Network:
    path = folder / "drawn.snn"
    path.write_text(f"snn 1\n{text}")
    return inferno.load_network(path, **{"backend": "eager", "device": "cpu", "dtype": "float64", **options})  # type: ignore[arg-type]


def test_each_neuron_has_its_own_exact_constants(tmp_path: Path) -> None:
    net = network(tmp_path, CELLS)
    tau, rest = net["cells"].tau_m, net["cells"].v_rest
    assert tau.shape == (200,)
    assert float(tau.min()) >= 15
    assert float(tau.std()) == pytest.approx(2, rel=0.2)
    start = rest - 2 * net["cells"].r
    assert torch.equal(rest, -70 + 5 * net["cells"].r)
    aim = rest + 40 * 0.6
    expected = aim + (start - aim) * torch.exp(-0.5 * 10 / tau)
    v = net()["cells.v"].values[9, 0]
    below = v < -50
    assert int(below.sum()) > 100
    assert torch.allclose(v[below], expected[below], rtol=1e-12)


def test_values_belong_to_the_seed_and_not_to_the_sample(tmp_path: Path) -> None:
    net = network(tmp_path, CELLS)
    tau = net["cells"].tau_m.clone()
    net(batch=3)
    net.reset(all=True)
    assert torch.equal(net["cells"].tau_m, tau)
    assert torch.equal(network(tmp_path, CELLS, batch=4)["cells"].tau_m, tau)
    assert not torch.equal(network(tmp_path, CELLS, seed=4)["cells"].tau_m, tau)
    assert torch.allclose(network(tmp_path, CELLS, dtype="float32")["cells"].tau_m.double(), tau, rtol=1e-7)


def test_the_refractory_period_may_differ(tmp_path: Path) -> None:
    text = """
neuron Eager:
    param pause = 1 ms
    state v = 0
    v' = 1/(1 ms)
    spike when v > 0.5:
        v = 0
    refractory pause hold v
population p[3] = Eager(pause = uniform(0 ms, 5 ms))
record p.spikes
run:
    steps = 60
"""
    net = network(tmp_path, text)
    spikes = net()["p.spikes"].values[:, 0]
    for neuron in range(3):
        steps = torch.nonzero(spikes[:, neuron]).flatten().diff()
        assert steps.tolist() == [int(torch.ceil(net["p"].pause[neuron])) + 1] * len(steps)


def test_other_numbers_of_a_distribution_need_no_other_source(tmp_path: Path) -> None:
    net = network(tmp_path, CELLS)
    source = net.source
    net.set("cells.tau_m", "normal(30 ms, 1.5 ms) | clip(25 ms, inf)")
    assert net.source == source
    assert float(net["cells"].tau_m.mean()) == pytest.approx(30, rel=0.02)
    net.set("cells.tau_m", "12 ms")
    assert net.source != source
    assert net()["cells.v"].values.isfinite().all()


def test_a_value_out_of_range_names_its_neuron(tmp_path: Path) -> None:
    text = "from std.neurons import LIF\npopulation cells[2, 50] = LIF({})\n"
    with pytest.raises(RunError, match=r"`cells`: tau_m of neuron \[\d, \d+\] is -?\d"):
        network(tmp_path, text.format("tau_m = normal(1 ms, 5 ms)"))
    with pytest.raises(RunError, match=r"`cells`: t_ref of neuron \[\d, \d+\] is -\d.*; it must be at least 0 ms"):
        network(tmp_path, text.format("t_ref = normal(1 ms, 5 ms)"))


def test_a_value_that_fails_later_leaves_the_network_as_it_was(tmp_path: Path) -> None:
    net = network(tmp_path, CELLS)
    tau = net["cells"].tau_m.clone()
    with pytest.raises(RunError):
        net.set("cells.tau_m", "normal(1 ms, 5 ms) | clip(-inf, inf)")
    assert torch.equal(net["cells"].tau_m, tau)


def test_matrix_exponentials_of_many_matrices_are_those_of_each() -> None:
    generator = torch.Generator().manual_seed(1)
    matrices = (
        torch.randn(50, 3, 3, dtype=torch.float64, generator=generator) * torch.logspace(-8, 2, 50, dtype=torch.float64)[:, None, None]
    )
    together = matrix_exponential(matrices)
    for one, expected in zip(matrices, together, strict=True):
        assert torch.equal(matrix_exponential(one[None])[0], expected)
        assert torch.allclose(torch.matrix_exp(one), expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize(
    ("value", "mean", "variance"),
    [
        ("gamma(2.5, 3)", 7.5, 22.5),
        ("gamma(shape = 0.3, scale = 2)", 0.6, 1.2),
        ("beta(2, 5)", 2 / 7, 10 / 392),
        ("beta(0.5, 0.3)", 0.625, 0.15 / 1.152),
    ],
)
def test_gamma_and_beta_draws_have_their_mean_and_variance(tmp_path: Path, value: str, mean: float, variance: float) -> None:
    text = f"neuron N:\n    param a = 1\n    state x = 0\n    10 ms * x' = a - x\npopulation p[40000] = N(a = {value})\nrecord p.x\n"
    drawn = network(tmp_path, text)["p"].a
    assert float(drawn.mean()) == pytest.approx(mean, rel=0.03)
    assert float(drawn.var()) == pytest.approx(variance, rel=0.06)
