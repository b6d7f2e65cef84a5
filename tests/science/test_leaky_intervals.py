"""The intervals of a leaky integrate-and-fire neuron under a constant current, on the grid of time."""

from collections.abc import Sequence

import pytest
import torch
from written import Write

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
def test_a_leaky_neuron_fires_with_the_intervals_of_the_closed_form(network: Write, dt: str, intervals: Sequence[float]) -> None:
    net = network(FREQUENCY_CURRENT.format(dt=dt))
    spikes = net(current=torch.tensor([CURRENTS], dtype=torch.float64))["p.spikes"].values[:, 0]
    assert not spikes[:, 0].any()
    for neuron, interval in enumerate(intervals, 1):
        steps = torch.nonzero(spikes[:, neuron]).flatten().diff().tolist()
        assert len(steps) > 1
        assert set(steps) == {round(interval / float(dt))}


CONSTANT = """
neuron Cell:
    param tau_m = 10 ms, C = 250 pF
    state v : mV = 0 mV
    v' = -v/tau_m + {current} pA / C
    spike when v >= 15 mV:
        v = 0 mV
    refractory 20 dt hold v
population p[1] = Cell()
record p.spikes
run:
    dt = {dt} ms
    steps = 2500
"""


@pytest.mark.parametrize(
    ("current", "period"), [(376, 61.295891), (400, 29.725887), (500, 15.862944), (750, 8.931472), (1000, 6.700036), (2000, 4.076394)]
)
def test_the_threshold_is_reached_when_the_closed_form_says(network: Write, current: int, period: float) -> None:
    """2 ms of the period are refractory. If 1,000 steps just cover the rest, the last one spikes; if they just don't, the one after it."""
    for shift, steps in ((1e-6, 1000), (-1e-6, 1001)):
        spikes = network(CONSTANT.format(current=current, dt=format((period - 2 + shift) / 1000, ".12f")))()["p.spikes"].values.flatten()
        first, second = torch.nonzero(spikes).flatten().tolist()[:2]
        assert (first + 1, second - first) == (steps, steps + 20)
