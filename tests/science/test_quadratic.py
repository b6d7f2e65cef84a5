"""The period of a quadratic integrate-and-fire neuron."""

import pytest
from written import Write


@pytest.mark.parametrize(("current", "time"), [(1, 29.42255), (4, 13.73401)])
def test_a_quadratic_neuron_fires_when_the_closed_form_says(network: Write, current: int, time: float) -> None:
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
    recording = network(text)()["p.spikes"]
    first = recording.times[recording.values.flatten().bool()][0].item()
    assert time <= first + 1e-6
    assert first < time + 0.02
