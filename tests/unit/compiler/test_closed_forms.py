"""Compiled networks against closed forms; the numbers are those of the project's page of reference values."""

from collections.abc import Sequence
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


# ---- leaky integrate-and-fire -------------------------------------------------------------------

FREQUENCY_CURRENT = """
from std.neurons import LIF
input current : real[7]
population p[7] = LIF(v_rest = 0 mV, v_reset = 0 mV, v_th = 15 mV, tau_m = 10 ms, R = 40 MOhm, t_ref = 2 ms, I = 1 pA * current)
record p.spikes
run:
    dt = {dt} ms
    duration = 200 ms
"""
CURRENTS = [375, 376, 400, 500, 750, 1000, 2000]


@pytest.mark.parametrize(
    ("dt", "intervals"),
    [("0.1", [61.3, 29.8, 15.9, 9.0, 6.8, 4.1]), ("1", [62, 30, 16, 9, 7, 5])],
)
def test_a_leaky_neuron_fires_with_the_intervals_of_the_closed_form(tmp_path: Path, dt: str, intervals: Sequence[float]) -> None:
    net = network(tmp_path, FREQUENCY_CURRENT.format(dt=dt))
    spikes = net(current=torch.tensor([CURRENTS], dtype=torch.float64))["p.spikes"].values[:, 0]
    assert not spikes[:, 0].any()
    for neuron, interval in enumerate(intervals, 1):
        steps = torch.nonzero(spikes[:, neuron]).flatten().diff().tolist()
        assert len(steps) > 1
        assert set(steps) == {round(interval / float(dt))}


COUPLED = """
neuron Coupled:
    state v = 0.3, u = -0.2
    10 ms * v' = 1 - v - 4*u
    7 ms * u' = 3*v - u
population p[1] = Coupled()
record p.v, p.u
run:
    dt = {dt} ms
    duration = 20 ms
"""


def test_linear_equations_are_exact_at_any_time_step(tmp_path: Path) -> None:
    matrix = np.array([[-1 / 10, -4 / 10], [3 / 7, -1 / 7]])
    fixed = np.linalg.solve(matrix, [-1 / 10, 0])
    values, vectors = np.linalg.eig(matrix)
    growth = (vectors @ np.diag(np.exp(values * 20)) @ np.linalg.inv(vectors)).real
    expected = fixed + growth @ (np.array([0.3, -0.2]) - fixed)
    for dt in ("4", "1", "0.5", "0.1"):
        result = network(tmp_path, COUPLED.format(dt=dt))()
        found = [result["p.v"].values[-1].item(), result["p.u"].values[-1].item()]
        assert found == pytest.approx(expected, rel=1e-12)


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


# ---- integrators ----------------------------------------------------------------------------------

LOGISTIC = """
neuron Logistic:
    state x = 0.1
    5 ms * x' = x*(1 - x)
    solve {method}
population p[1] = Logistic()
record p.x
run:
    dt = {dt} ms
    duration = 8 ms
"""


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4), ("euler substeps 3", 1), ("rk4 substeps 2", 4)])
def test_integrators_converge_with_their_order(tmp_path: Path, method: str, order: int) -> None:
    exact = 1 / (1 + 9 * np.exp(-8 / 5))
    steps = [1, 0.5, 0.25, 0.125]
    errors = [abs(network(tmp_path, LOGISTIC.format(method=method, dt=dt))()["p.x"].values[-1].item() - exact) for dt in steps]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.2)


def test_substeps_of_exponential_euler_make_it_more_exact(tmp_path: Path) -> None:
    text = """
neuron Pair:
    state v = 1, a = 0.5
    10 ms * v' = -v - a
    27 ms * a' = 2*v - a
    solve exponential_euler substeps {substeps}
population p[1] = Pair()
record p.v
run:
    dt = 1 ms
    steps = 10
"""
    exact = network(tmp_path, text.replace("exponential_euler substeps {substeps}", "exact"))()["p.v"].values[-1].item()
    errors = [abs(network(tmp_path, text.format(substeps=n))()["p.v"].values[-1].item() - exact) for n in (1, 4)]
    assert errors[1] < errors[0] / 3


@pytest.mark.parametrize(("current", "time"), [(1, 29.42255), (4, 13.73401)])
def test_a_quadratic_neuron_fires_when_the_closed_form_says(tmp_path: Path, current: int, time: float) -> None:
    text = f"""
neuron QIF:
    state v = -10
    10 ms * v' = v*v + {current}
    spike when v >= 10:
        v = -10
population p[1] = QIF()
record p.spikes
run:
    dt = 0.02 ms
    duration = 30 ms
"""
    recording = network(tmp_path, text)()["p.spikes"]
    first = recording.times[recording.values.flatten().bool()][0].item()
    assert time <= first + 1e-6
    assert first < time + 0.02


# ---- plasticity -----------------------------------------------------------------------------------

PAIR = """
plasticity Pair:
    param tau = 20 ms
    trace x = pre(tau{nearest}), y = post(tau{nearest})
    on post: w += 0.01 * next(x)
    on pre: w -= 0.0105 * next(y)
neuron Relay:
    input I : 1
    state v = 0
    1 ms * v' = I
    spike when v > 5:
        v = 0
input pre : spikes[1]
input post : spikes[1]
population relay[1] = Relay()
projection plastic: pre -> relay:
    connect = dense
    weight = 0 ms
    plasticity = Pair
projection driver: post -> relay:
    connect = dense
    weight = 10 ms
run:
    dt = {dt} ms
"""


def weight_after(folder: Path, pre: Sequence[int], post: Sequence[int], *, dt: int = 1, nearest: bool = False) -> float:
    """The weight after spikes at the given steps."""
    steps = max(*pre, *post) + 1
    trains = torch.zeros(2, steps, 1, 1)
    trains[0, list(pre)] = trains[1, list(post)] = 1
    net = network(folder, PAIR.format(dt=dt, nearest=", nearest" if nearest else ""))
    net.train()
    net(pre=trains[0], post=trains[1])
    return float(net["plastic"].weight.item())


@pytest.mark.parametrize(
    ("lag", "change"),
    [(1, 0.00951229), (5, 0.00778801), (10, 0.00606531), (20, 0.00367879), (-1, -0.00998791), (-10, -0.00636857), (-20, -0.00386273)],
)
def test_a_pair_of_spikes_changes_the_weight_by_the_window(tmp_path: Path, lag: int, change: float) -> None:
    assert weight_after(tmp_path, [30], [30 + lag]) == pytest.approx(change, abs=1e-6)


@pytest.mark.parametrize(
    ("rate", "lag", "nearest", "change"),
    [
        (1, 10, False, 0.363918), (1, -10, False, -0.382114), (20, 10, False, 0.304672), (20, -10, False, -0.328808),
        (20, 10, True, 0.280078), (20, -10, True, -0.302266), (50, 10, False, -0.018431), (50, -10, False, -0.038101),
    ],
)  # fmt: skip
def test_sixty_pairs_of_spikes_interact_as_the_rule_says(tmp_path: Path, rate: int, lag: int, nearest: bool, change: float) -> None:
    period = 100 // rate
    pre = [1 + k * period for k in range(60)]
    found = weight_after(tmp_path, pre, [step + lag // 10 for step in pre], dt=10, nearest=nearest)
    assert found == pytest.approx(change, abs=1e-6)


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
