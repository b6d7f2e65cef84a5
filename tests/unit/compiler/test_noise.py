"""Noise `xi` in equations: distributions against closed forms, and what the numbers depend on."""

from __future__ import annotations

import math
from pathlib import Path

import numpy
import pytest
import torch
from networks import load

from inferno.compiler.passes.solvers.covariance import covariance, factor
from inferno.compiler.passes.solvers.exponential import propagators

ORNSTEIN_UHLENBECK = """snn 1
neuron OU:
    param tau = 10 ms, sigma = 2 mV
    state v : mV = normal(0 mV, 2 mV)
    tau * v' = -v + sigma*sqrt(2*tau)*xi
population a[400] = OU()
record a.v
run:
    dt = {dt} ms
    steps = 200
    batch = 5
"""


@pytest.mark.parametrize("dt", [0.5, 10, 40])
def test_an_ornstein_uhlenbeck_process_has_its_variance_and_correlation_at_any_step(dt: float, tmp_path: Path) -> None:
    values = load(tmp_path, ORNSTEIN_UHLENBECK.format(dt=dt), dtype="float64")()["a.v"].values
    correlation = math.exp(-dt / 10)
    # 2000 processes of 200 dt: as many independent values as this says; five standard errors.
    independent = 2000 * 200 * (1 - correlation) / (1 + correlation)
    assert values.mean().item() == pytest.approx(0, abs=5 * 2 / math.sqrt(independent))
    assert values.var().item() == pytest.approx(4, rel=5 * math.sqrt(2 / independent) + 1e-3)
    assert ((values[1:] * values[:-1]).mean() / 4).item() == pytest.approx(correlation, abs=5 * math.sqrt(2 / independent) + 1e-3)


def test_the_variance_of_each_neuron_follows_its_own_strength(tmp_path: Path) -> None:
    text = ORNSTEIN_UHLENBECK.format(dt=20).replace("OU()", "OU(sigma = uniform(1 mV, 4 mV), tau = uniform(5 ms, 20 ms))")
    net = load(tmp_path, text, dtype="float64")
    values = net(duration="40000 ms")["a.v"].values[100:]
    ratio = values.var((0, 1)) / net["a"].sigma ** 2
    assert ratio.mean().item() == pytest.approx(1, abs=0.02)
    assert ratio.std().item() < 0.1


def test_a_random_walk_spreads_with_the_root_of_time(tmp_path: Path) -> None:
    text = "snn 1\nneuron W:\n    state x = 0\n    x' = 0.5/sqrt(1 ms)*xi\npopulation a[2000] = W()\nrecord a.x\nrun:\n    dt = 0.1 ms\n"
    values = load(tmp_path, text)(duration="10 ms")["a.x"].values
    assert values[-1].var().item() == pytest.approx(0.25 * 10, rel=0.15)
    assert values[24].var().item() == pytest.approx(0.25 * 2.5, rel=0.15)


def test_a_membrane_behind_coloured_noise_has_the_variance_of_both(tmp_path: Path) -> None:
    """var(v) = sigma^2 tau_c/(tau_c + tau) of a low-pass filter of an Ornstein-Uhlenbeck process."""
    text = """snn 1
neuron Filtered:
    param tau = 20 ms, tau_c = 5 ms
    state c = 0, v = 0
    tau_c * c' = -c + 3*sqrt(2*tau_c)*xi
    tau * v' = c - v
population a[1000] = Filtered()
record a.v, a.c
run:
    dt = 5 ms
    steps = 400
"""
    out = load(tmp_path, text, dtype="float64")()
    v, c = out["a.v"].values[60:], out["a.c"].values[60:]
    assert v.var().item() == pytest.approx(9 * 5 / 25, rel=0.02)
    assert (v * c).mean().item() == pytest.approx(9 * 5 / 25, rel=0.03)


def test_one_name_is_one_noise_and_two_names_are_two(tmp_path: Path) -> None:
    text = """snn 1
neuron Three:
    state a = 0, b = 0, c = 0
    10 ms * a' = -a + sqrt(10 ms)*xi
    10 ms * b' = -b - sqrt(10 ms)*xi
    10 ms * c' = -c + sqrt(10 ms)*xi_c
population p[1000] = Three()
record p.a, p.b, p.c
run:
    dt = 1 ms
    steps = 100
"""
    out = load(tmp_path, text, dtype="float64")()
    a, b, c = (out[f"p.{n}"].values[50:] for n in "abc")
    torch.testing.assert_close(a, -b, rtol=1e-6, atol=1e-9)
    assert (a * c).mean().item() == pytest.approx(0, abs=0.02)


def test_multiplied_noise_is_meant_in_the_sense_of_ito(tmp_path: Path) -> None:
    """The mean of `x' = s x xi` stays what it was; in the sense of Stratonovich it would grow with exp(s^2 t/2)."""
    text = "snn 1\nneuron G:\n    state x = 1\n    x' = 0.3/sqrt(1 ms)*x*xi\npopulation a[20000] = G()\nrecord a.x\nrun:\n    dt = 0.1 ms\n"
    last = load(tmp_path, text, dtype="float64")(duration="10 ms")["a.x"].values[-1]
    assert last.mean().item() == pytest.approx(1, abs=5 * math.sqrt(math.expm1(0.9) / 20000))
    assert last.log().mean().item() == pytest.approx(-0.45, abs=0.05)


def test_noise_is_independent_of_the_batch_and_of_what_is_recorded(tmp_path: Path) -> None:
    text = """snn 1
neuron N:
    state v = 0, u = 0
    10 ms * v' = 0.9 - v + 0.5*sqrt(10 ms)*xi
    20 ms * u' = v - u + 0.1*sqrt(10 ms)*xi
    spike when v > 1:
        v = 0
population a[20] = N()
record a.v
run:
    steps = 50
    batch = 4
"""
    whole = load(tmp_path, text)()["a.v"].values
    single = load(tmp_path, text)
    parts = torch.cat([single(batch=1)["a.v"].values for _ in range(4)], 1)
    assert torch.equal(whole, parts)
    assert torch.equal(whole, load(tmp_path, text.replace("record a.v", "record a.v, a.u"))()["a.v"].values)
    assert not torch.equal(whole, load(tmp_path, text + "    seed = 1\n")()["a.v"].values)


def test_a_held_state_stands_still_while_others_keep_their_noise(tmp_path: Path) -> None:
    text = """snn 1
neuron N:
    state v = 0, u = 0
    10 ms * v' = 3 - v + 0.3*u + 0.5*sqrt(10 ms)*xi_v
    10 ms * u' = -u + 0.2*v + 0.5*sqrt(10 ms)*xi_u
    spike when v > 1:
        v = 0
    refractory 20 ms hold v
population a[50] = N()
record a.v, a.u, a.spikes
run:
    steps = 60
"""
    out = load(tmp_path, text)()
    v, u, spikes = (out[f"a.{n}"].values[:, 0] for n in ("v", "u", "spikes"))
    step, neuron = (int(x) for x in torch.nonzero(spikes)[0])
    assert torch.all(v[step : step + 20, neuron] == 0)
    assert len(torch.unique(u[step : step + 20, neuron])) == 20


def test_covariance_is_the_integral_however_stiff_the_equations_are() -> None:
    matrix = numpy.array([[-1 / 20, 1 / 20, 0.0], [0.0, -1 / 5, 0.02], [0.01, -0.02, -50.0]])
    inputs = numpy.array([[0.0, 0.1], [0.7, 0.0], [3.0, -2.0]])
    fine = numpy.linspace(0, 1, 20001)
    exponentials = [propagators(matrix, s)[0] @ inputs for s in fine]
    integrand = numpy.array([e @ e.T for e in exponentials])
    simpson = (integrand[0] + integrand[-1] + 4 * integrand[1:-1:2].sum(0) + 2 * integrand[2:-1:2].sum(0)) * (fine[1] / 3)
    found = covariance(matrix, inputs, 1.0)
    numpy.testing.assert_allclose(found, simpson, rtol=1e-9, atol=1e-12)
    lower = factor(found)
    numpy.testing.assert_allclose(lower @ lower.T, found, rtol=1e-12, atol=1e-15)
