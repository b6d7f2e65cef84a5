"""What one spike does to a membrane: the closed forms of exponential and alpha currents, integrated exactly together with the membrane."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
import torch

import inferno

MEMBRANE = """snn 1
neuron Membrane:
    param C = 250 pF, tau_m = 10 ms, tau_s = 2 ms
    receptor i : pA = {kernel}
    state v : mV = 0 mV
    v' = -v/tau_m + i/C
    spike when v > 100 mV:
        v = 0 mV
input x : spikes[1]
population n[1] = Membrane()
projection drive: x -> n.i:
    connect = dense
    weight  = 100 pA
record n.v
run:
    dt       = {dt} ms
    duration = {duration} ms
"""


def potential(folder: Path, kernel: str, dt: float, duration: float, dtype: Literal["float32", "float64"] = "float64") -> torch.Tensor:
    """The membrane potential [time] in mV after one spike in the first step."""
    path = folder / "membrane.snn"
    path.write_text(MEMBRANE.format(kernel=kernel, dt=dt, duration=duration))
    net = inferno.load_network(path, backend="eager", device="cpu", dtype=dtype)
    x = torch.zeros(round(duration / dt), 1, 1)
    x[0] = 1
    return net(x=x)["n.v"].values[:, 0, 0].double()


@pytest.mark.parametrize(
    ("kernel", "peak", "peak_time", "at_5_ms"),
    [
        ("exponential(tau_s)", 0.534992, 4.02359, 0.524445661),
        ("alpha(tau_s)", 1.300066, 6.65100, 1.224163488),
        ("biexponential(tau_s, tau_s)", 1.300066, 6.65100, 1.224163488),
        ("exponential(10 ms)", 1.471518, 10.0, None),
    ],
)
def test_a_potential_has_the_peak_of_the_closed_form(
    tmp_path: Path, kernel: str, peak: float, peak_time: float, at_5_ms: float | None
) -> None:
    v = potential(tmp_path, kernel, 0.01, 15)
    assert float(v.max()) == pytest.approx(peak, abs=1e-6)
    assert (int(v.argmax()) + 1) * 0.01 == pytest.approx(peak_time, abs=0.01)
    if at_5_ms is not None:
        assert float(v[499]) == pytest.approx(at_5_ms, abs=5e-10)


def exponential_psp(t: float) -> float:
    """In mV at t ms, for the time constants of the program."""
    return 0.1 / 0.25 * 10 * 2 / (10 - 2) * (math.exp(-t / 10) - math.exp(-t / 2))


def alpha_psp(t: float) -> float:
    """In mV at t ms, for the time constants of the program."""
    rate = 1 / 2 - 1 / 10
    return 0.1 / 0.25 * math.e / 2 * (math.exp(-t / 10) - math.exp(-t / 2) * (1 + rate * t)) / rate**2


def singular_psp(t: float) -> float:
    """In mV at t ms, for a current as slow as the membrane."""
    return 0.1 / 0.25 * t * math.exp(-t / 10)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-4)])
@pytest.mark.parametrize("dt", [0.1, 1])
@pytest.mark.parametrize(
    ("kernel", "closed"), [("exponential(tau_s)", exponential_psp), ("alpha(tau_s)", alpha_psp), ("exponential(tau_m)", singular_psp)]
)
def test_a_potential_is_exact_whatever_the_step(
    tmp_path: Path, kernel: str, closed: Callable[[float], float], dt: float, dtype: Literal["float32", "float64"], tolerance: float
) -> None:
    found = potential(tmp_path, kernel, dt, 20, dtype).tolist()
    assert found == pytest.approx([closed((step + 1) * dt) for step in range(len(found))], rel=tolerance)
