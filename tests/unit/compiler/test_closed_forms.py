"""Sources and an adaptive threshold against closed forms; tests/science has the other ones."""

from pathlib import Path

import numpy as np
import pytest
import torch

import inferno
from inferno.runtime.network import Network


def network(folder: Path, text: str) -> Network:
    path = folder / "closed_form.snn"
    path.write_text(f"snn 1\n{text}")
    return inferno.load_network(path, backend="eager", device="cpu", dtype="float64")


def test_an_adaptive_threshold_is_a_sum_of_decaying_steps(tmp_path: Path) -> None:
    text = """
from std.neurons import ALIF
population p[1] = ALIF(
    v_th = -55 mV, v_reset = -65 mV, t_ref = 0 ms, tau_m = 20 ms, R = 40 MOhm, d_theta = 1.5 mV, tau_theta = 80 ms, I = 1 nA)
record p.spikes, p.theta
run:
    dt = 0.5 ms
    duration = 200 ms
"""
    net = network(tmp_path, text)
    net.train()
    result = net()
    times = result["p.spikes"].times[result["p.spikes"].values.flatten().bool()].numpy()
    assert len(times) > 5
    expected = (1.5 * np.exp(-(200 - times) / 80)).sum()
    assert result["p.theta"].values[-1].item() == pytest.approx(expected, rel=1e-9)


def test_hyperbolic_functions_are_those_of_numpy(tmp_path: Path) -> None:
    text = """
neuron N:
    input x : 1
    state c = cosh(-1.5), s = sinh(1e-9), follows = 0
    follows' = (cosh(x)/sinh(x) - follows)/(1 ms)
population p[3] = N(x = given)
input given : real[3]
record p.c, p.s, p.follows
run:
    dt = 50 ms
    steps = 1
"""
    given = np.array([0.3, -2.0, 1e-6])
    result = network(tmp_path, text)(given=torch.tensor(given)[None])
    assert result["p.c"].values[0, 0].tolist() == pytest.approx([np.cosh(1.5)] * 3, rel=1e-14)
    assert result["p.s"].values[0, 0].tolist() == pytest.approx([1e-9] * 3, rel=1e-14)
    # After fifty time constants a state has what it follows.
    assert result["p.follows"].values[0, 0].tolist() == pytest.approx((np.cosh(given) / np.sinh(given)).tolist(), rel=1e-12)


# ---- sources --------------------------------------------------------------------------------------


def spike_trains(folder: Path, use: str, module_name: str, dt: str, duration: int, neurons: int) -> np.ndarray:
    """Spikes as [time, neurons]."""
    text = f"from std.sources import {module_name}\npopulation p[{neurons}] = {use}\nrecord p.spikes\n"
    net = network(folder, f"{text}run:\n    dt = {dt} ms\n    duration = {duration} ms\n    seed = 11\n")
    return net()["p.spikes"].values[:, 0].numpy().astype(float)


@pytest.mark.parametrize(("rate", "refractory"), [(100, 0.0), (100, 2.0), (50, 5.0)])
def test_a_poisson_source_has_its_rate_and_variability(tmp_path: Path, rate: int, refractory: float) -> None:
    spikes = spike_trains(tmp_path, f"Poisson(rate = {rate} Hz, t_ref = {refractory} ms)", "Poisson", "0.1", 400, 500)
    intervals = np.concatenate([np.diff(np.flatnonzero(train)) * 0.1 for train in spikes.T])
    # Some 20,000 (10,000) spikes: the standard error of the rate is below 1 %, that of the variability likewise.
    settled = spikes[1000:]
    assert settled.mean() / 0.1e-3 == pytest.approx(rate, rel=0.04)
    assert intervals.min() > refractory - 1e-9
    # A window of 400 ms cuts off long intervals: their spread is a few percent too small.
    assert intervals.std() / intervals.mean() == pytest.approx(1 - rate * refractory / 1000, rel=0.06)


def test_a_bernoulli_source_is_independent_in_every_step(tmp_path: Path) -> None:
    spikes = spike_trains(tmp_path, "Bernoulli(rate = 300 Hz)", "Bernoulli", "1", 400, 500)
    error = np.sqrt(0.3 * 0.7 / spikes.size)
    assert spikes.mean() == pytest.approx(0.3, abs=4 * error)
    later, beside = (spikes[1:] * spikes[:-1]).mean(), (spikes[:, 1:] * spikes[:, :-1]).mean()
    assert (later, beside) == (pytest.approx(0.09, abs=6 * error), pytest.approx(0.09, abs=6 * error))
    assert spikes.sum(axis=0).var() == pytest.approx(400 * 0.21, rel=0.25)
