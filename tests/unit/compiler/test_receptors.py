"""Receptors against closed forms; the numbers are those of the project's page of reference values."""

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


@pytest.mark.parametrize(
    ("kernel", "peak", "peak_time", "at_5_ms"),
    [
        ("exponential(tau_s)", 0.534992, 4.02359, 0.524445661),
        ("alpha(tau_s)", 1.300066, 6.65100, 1.224163488),
        ("biexponential(tau_s, tau_s)", 1.300066, 6.65100, 1.224163488),
        ("exponential(10 ms)", 1.471518, 10.0, None),
    ],
)
def test_a_postsynaptic_potential_has_the_peak_of_the_closed_form(
    tmp_path: Path, kernel: str, peak: float, peak_time: float, at_5_ms: float | None
) -> None:
    v = potential(tmp_path, kernel, 0.01, 15)
    assert float(v.max()) == pytest.approx(peak, abs=1e-6)
    assert (int(v.argmax()) + 1) * 0.01 == pytest.approx(peak_time, abs=0.01)
    if at_5_ms is not None:
        assert float(v[499]) == pytest.approx(at_5_ms, abs=5e-10)


def exponential_psp(t: float, tau_m: float, tau_s: float) -> float:
    return 0.1 / 0.25 * tau_m * tau_s / (tau_m - tau_s) * (math.exp(-t / tau_m) - math.exp(-t / tau_s))


def alpha_psp(t: float, tau_m: float, tau_s: float) -> float:
    rate = 1 / tau_s - 1 / tau_m
    return 0.1 / 0.25 * math.e / tau_s * (math.exp(-t / tau_m) - math.exp(-t / tau_s) * (1 + rate * t)) / rate**2


@pytest.mark.parametrize("dt", [0.1, 1])
def test_a_current_receptor_and_its_membrane_are_exact_whatever_the_step(tmp_path: Path, dt: float) -> None:
    for kernel, closed in (("exponential(tau_s)", exponential_psp), ("alpha(tau_s)", alpha_psp)):
        v = potential(tmp_path, kernel, dt, 20)
        for step in range(len(v)):
            assert float(v[step]) == pytest.approx(closed((step + 1) * dt, 10, 2), rel=1e-9)


def test_equal_time_constants_are_no_special_case(tmp_path: Path) -> None:
    v = potential(tmp_path, "exponential(tau_m)", 0.5, 20)
    for step in range(len(v)):
        t = (step + 1) * 0.5
        assert float(v[step]) == pytest.approx(0.1 / 0.25 * t * math.exp(-t / 10), rel=1e-9)


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
