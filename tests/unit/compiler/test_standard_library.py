"""Components of the standard library against closed forms and published numbers, through compiled networks in float64."""

import math
from pathlib import Path

import pytest
import torch

import inferno


def spikes_and(folder: Path, text: str, *recorded: str, **inputs: torch.Tensor) -> list[torch.Tensor]:
    path = folder / "standard.snn"
    path.write_text(f"snn 1\n{text}")
    found = inferno.load_network(path, backend="eager", device="cpu", dtype="float64")(**inputs)
    return [found[name].values[:, 0] for name in recorded]


def times(spikes: torch.Tensor, dt: float) -> list[float]:
    """The ends of the steps in which the only neuron spikes, in ms."""
    return [round((int(step) + 1) * dt, 6) for step in torch.nonzero(spikes.flatten()).flatten()]


# ---- exponential and quadratic integrate-and-fire ------------------------------------------------


@pytest.mark.parametrize(("share", "fires"), [(0.99, False), (1.02, True)])
def test_eif_fires_above_its_rheobase_alone(tmp_path: Path, share: float, fires: bool) -> None:
    # v_rest - v + Delta exp((v - v_rh)/Delta) is least at v_rh, where it is v_rest - v_rh + Delta.
    rheobase = (-50 + 65 - 2) / 40
    [spikes] = spikes_and(
        tmp_path,
        f"""
from std.neurons import EIF
population p[1] = EIF(I = {share * rheobase} nA)
record p.spikes
run:
    dt = 0.05 ms
    duration = 500 ms
""",
        "p.spikes",
    )
    assert bool(spikes.any()) is fires


def test_qif_fires_with_the_period_of_the_closed_form(tmp_path: Path) -> None:
    a, rest, critical, reset, threshold, tau, drive = 0.04, -65.0, -50.0, -70.0, -30.0, 10.0, 40 * 0.2
    middle, half = (rest + critical) / 2, (critical - rest) / 2
    # tau dv/dt = a ((v - middle)^2 - half^2) + drive = a ((v - middle)^2 + q^2)
    q = math.sqrt(drive / a - half**2)
    period = tau / (a * q) * (math.atan((threshold - middle) / q) - math.atan((reset - middle) / q))
    [spikes] = spikes_and(
        tmp_path,
        """
from std.neurons import QIF
population p[1] = QIF(I = 0.2 nA, t_ref = 0 ms)
record p.spikes
run:
    dt = 0.01 ms
    duration = 400 ms
""",
        "p.spikes",
    )
    found = times(spikes, 0.01)
    assert len(found) > 3
    assert found[-1] - found[-2] == pytest.approx(period, abs=0.03)


def test_izhikevich_adapts_to_a_constant_current(tmp_path: Path) -> None:
    voltages, currents, spikes = spikes_and(
        tmp_path,
        """
from std.neurons import Izhikevich
population p[1] = Izhikevich(I = 0.4 nA)
record p.v, p.w, p.spikes
run:
    dt = 0.02 ms
    duration = 300 ms
""",
        "p.v",
        "p.w",
        "p.spikes",
    )
    found = times(spikes, 0.02)
    intervals = [b - a for a, b in zip(found, found[1:], strict=False)]
    assert len(found) > 4 and intervals[0] < intervals[1] < intervals[-1]
    at = [round(t / 0.02) - 1 for t in found]
    for step in at[:4]:
        assert float(voltages[step]) == -60
        # What a spike adds, 0.05 nA, and what a step of the equation does at most.
        assert float(currents[step] - currents[step - 1]) == pytest.approx(0.05, abs=0.02 * 0.05)


# ---- generalised leaky integrate-and-fire --------------------------------------------------------


def test_glif1_is_lif(tmp_path: Path) -> None:
    one, other = spikes_and(
        tmp_path,
        """
from std.neurons import LIF, GLIF1
population a[1] = LIF(I = 0.5 nA)
population b[1] = GLIF1(I = 0.5 nA)
record a.spikes, b.spikes
run:
    dt = 0.1 ms
    duration = 200 ms
""",
        "a.spikes",
        "b.spikes",
    )
    assert one.any() and torch.equal(one, other)


def test_glif2_remembers_its_voltage_and_raises_its_threshold(tmp_path: Path) -> None:
    voltage, theta, spikes = spikes_and(
        tmp_path,
        """
from std.neurons import GLIF2
population p[1] = GLIF2(I = 0.6 nA)
record p.v, p.theta, p.spikes
run:
    dt = 0.1 ms
    duration = 100 ms
""",
        "p.v",
        "p.theta",
        "p.spikes",
    )
    decay, recovery, drive = math.exp(-0.1 / 10), math.exp(-0.1 * 0.01), -65 + 40 * 0.6
    v, added, left, expected = -65.0, 0.0, 0, []
    for _ in range(1000):
        fires = False
        if left == 0:
            v, added = drive + (v - drive) * decay, added * recovery
            fires = v >= -50 + added
        left = max(left - 1, 0)
        if fires:
            v, added, left = -65 + 0.4 * (v + 65) - 5, added + 1, 20
        expected.append((v, added, fires))
    assert [bool(s) for s in spikes.flatten()] == [fires for _, _, fires in expected]
    assert voltage.flatten().tolist() == pytest.approx([v for v, _, _ in expected], abs=1e-9)
    assert theta.flatten().tolist() == pytest.approx([added for _, added, _ in expected], abs=1e-9)
    assert sum(fires for _, _, fires in expected) > 3


# ---- synapses ------------------------------------------------------------------------------------

SYNAPSE = """
from std.synapses import {name}
neuron Probe:
    input I : nA
    state seen : nA = 0 nA
    1e-3 ms * seen' = I - seen
input pre : spikes[1]
population p[1] = Probe()
projection s: pre -> p:
    connect = dense
    synapse = {name}({values})
    weight  = 0.5
    delay   = 0 ms
record p.seen
run:
    dt    = 0.1 ms
    steps = 300
"""


def current_of(folder: Path, name: str, values: str) -> list[float]:
    """The current that follows a spike in the first step: the probe takes it on within a step."""
    pre = torch.zeros(300, 1, 1, dtype=torch.bool)
    pre[0] = True
    [seen] = spikes_and(folder, SYNAPSE.format(name=name, values=values), "p.seen", pre=pre)
    found: list[float] = seen.flatten().tolist()
    return found


def test_an_exponential_synapse_delivers_its_charge(tmp_path: Path) -> None:
    current = current_of(tmp_path, "Exponential", "q = 2 pC, tau = 5 ms")
    assert current == pytest.approx([0.5 * 2 / 5 * math.exp(-0.1 * k / 5) for k in range(300)], abs=1e-9)


def test_a_double_exponential_synapse_rises_and_decays(tmp_path: Path) -> None:
    current = current_of(tmp_path, "DoubleExponential", "q = 2 pC, tau_rise = 1 ms, tau_decay = 5 ms")
    expected = [0.5 * 2 / 4 * (math.exp(-0.1 * k / 5) - math.exp(-0.1 * k)) for k in range(300)]
    assert current == pytest.approx(expected, abs=1e-9)
