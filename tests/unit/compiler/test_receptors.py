"""Receptors against closed forms; those of a current and its membrane are in tests/science."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import inferno
from inferno import SnnError
from inferno.runtime.network import Network

MEMBRANE = """
neuron Membrane:
    param C = 250 pF, tau_m = 10 ms, tau_s = 2 ms
    receptor i : pA = {kernel}
    state v : mV = 0 mV
    v' = -v/tau_m + i/C
    spike when v > 100 mV:
        v = 0 mV
    refractory 3 ms hold v
input x : spikes[1]
population n[1] = Membrane()
projection drive: x -> n.i:
    connect = dense
    weight = {weight}
record n.v{more}
run:
    dt = {dt} ms
    duration = {duration} ms
"""


def network(folder: Path, text: str) -> Network:
    path = folder / "receptors.snn"
    path.write_text(f"snn 1\n{text}")
    return inferno.load_network(path, backend="eager", device="cpu", dtype="float64")


def potential(folder: Path, kernel: str, dt: float, duration: float, *, weight: str = "100 pA") -> torch.Tensor:
    """The membrane potential [time] after one spike in the first step."""
    net = network(folder, MEMBRANE.format(kernel=kernel, dt=dt, duration=duration, weight=weight, more=""))
    x = torch.zeros(round(duration / dt), 1, 1, dtype=torch.float64)
    x[0] = 1
    return net(x=x)["n.v"].values[:, 0, 0]


@pytest.mark.parametrize(("rise", "decay"), [(0.5, 8.0), (2.0, 2.0001), (8.0, 0.5)])
def test_a_biexponential_receptor_peaks_at_its_weight(tmp_path: Path, rise: float, decay: float) -> None:
    kernel = f"biexponential(rise = {rise} ms, decay = {decay} ms)"
    net = network(tmp_path, MEMBRANE.format(kernel=kernel, dt=0.01, duration=20, weight="100 pA", more=", n.i"))
    x = torch.zeros(2000, 1, 1, dtype=torch.float64)
    x[0] = 1
    assert float(net(x=x)["n.i"].values.max()) == pytest.approx(0.1, rel=1e-5)


def test_a_delta_receptor_delivers_its_weight_within_one_step(tmp_path: Path) -> None:
    v = potential(tmp_path, "delta", 0.1, 1, weight="1 pC")
    gain = 1 / 0.25 * (1 - math.exp(-0.01)) / 0.1 * 10
    assert float(v[0]) == pytest.approx(gain, rel=1e-9)


def test_receptors_move_on_while_the_membrane_is_refractory(tmp_path: Path) -> None:
    net = network(
        tmp_path,
        """
neuron N:
    receptor g : nS = exponential(4 ms)
    state v : mV = 2 mV
    10 ms * v' = -v*(1 + g/(1 nS))
    spike when v > 1 mV:
        v = 0.5 mV
    refractory 5 ms hold v
population n[2] = N():
    init g = 3 nS
record n.g, n.v
run:
    dt = 1 ms
    steps = 5
""",
    )
    out = net()
    assert out["n.v"].values[:, 0, 0].tolist() == [0.5] * 5
    expected = [3e-3 * math.exp(-k / 4) for k in range(1, 6)]
    assert out["n.g"].values[:, 0, 0].tolist() == pytest.approx(expected, rel=1e-12)


def test_the_time_constant_of_a_receptor_is_set_from_outside(tmp_path: Path) -> None:
    net = network(tmp_path, MEMBRANE.format(kernel="exponential(2 ms)", dt=1, duration=5, weight="100 pA", more=", n.i"))
    source = net.source
    net.set("n.i.tau", "5 ms")
    assert net.source == source
    x = torch.zeros(5, 1, 1, dtype=torch.float64)
    x[0] = 1
    assert float(net(x=x)["n.i"].values[0]) == pytest.approx(0.1 * math.exp(-1 / 5), rel=1e-12)
    with pytest.raises(SnnError, match="must be greater than 0 ms"):
        net.set("n.i.tau", "0 ms")


def test_reset_of_the_synapses_is_one_of_receptors_too(tmp_path: Path) -> None:
    text = MEMBRANE.format(kernel="alpha(50 ms)", dt=1, duration=5, weight="100 pA", more=", n.i")
    for listed, starts_anew in (("v", False), ("v, synapses", True), ("i", False), ("i, i_rise", True)):
        net = network(tmp_path, f"{text}    reset = [{listed}]\n")
        x = torch.zeros(5, 1, 1, dtype=torch.float64)
        x[0] = 1
        first = net(x=x)["n.i"].values
        assert torch.equal(first, net(x=x)["n.i"].values) is starts_anew


def test_arrivals_that_read_states_read_those_before_them(tmp_path: Path) -> None:
    """A synapse that tires: each spike takes half of what is left, whether the synapse is a receptor's or a projection's."""
    text = """
synapse Tiring:
    input arriving : 1
    state x = 1, y = 0
    on pre:
        y += 0.5 * x * arriving
        x -= 0.5 * x * arriving
    output g : 1 = y
neuron N:
    {port}
    state v = 0
    (1 dt) * v' = g - v
    solve euler
input x : spikes[1]
population n[1] = N()
projection drive: x -> n.g:
    connect = dense
    weight  = 1
    {synapse}
record n.v
run:
    dt = 1 ms
"""
    spikes = torch.ones(4, 1, 1)
    for port, synapse in (("receptor g : 1 = Tiring()", ""), ("input g : 1", "synapse = Tiring()")):
        found = network(tmp_path, text.format(port=port, synapse=synapse))(x=spikes)["n.v"].values.flatten().tolist()
        assert found == [0.5, 0.75, 0.875, 0.9375]
