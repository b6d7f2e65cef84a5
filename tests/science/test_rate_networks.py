"""A random network of rate units, whose projections send values: silent below a gain of 1, and active above it.

Source: Sompolinsky, Crisanti & Sommers, Phys. Rev. Lett. 61:259 (1988), for `x' = -x + sum J tanh(x)` with the variance g^2/N of J; near 0
units `r' = -r + tanh(sum J r)` are the same.  Of 400 neurons the spectral radius of J/g is 1 to within some hundredths.
"""

from __future__ import annotations

import math

import pytest
import torch
from written import Write

TEXT = """
param gain = 1
neuron Rate:
    input I : 1
    state r = normal(0, {start})
    10 ms * r' = tanh(I) - r
population net[400] = Rate()
projection rec: net.r -> net:
    connect = dense
    weight  = gain * normal(0, 1) / 20
    delay   = 1 dt
record net.r
run:
    dt = 0.5 ms
    steps = {steps}
    seed = 2
"""


@pytest.mark.parametrize(("gain", "is_active"), [(0.8, False), (1.3, True), (2.0, True)])
def test_a_random_network_is_active_above_a_gain_of_one(network: Write, gain: float, is_active: bool) -> None:
    net = network(TEXT.format(start=0.5, steps=2000).replace("gain = 1\n", f"gain = {gain}\n"), "native")
    late = net().recordings["net.r"].values[-200:, 0]
    assert (late.std() > 0.05) == is_active
    assert is_active or late.abs().max() < 1e-3
    # It neither rests nor settles into one state.
    assert not is_active or (late[-1] - late[0]).abs().mean() > 0.02


def test_small_activity_grows_as_the_linear_equations_say(network: Write) -> None:
    net = network(TEXT.format(start=1e-9, steps=1200).replace("gain = 1\n", "gain = 1.2\n"), "native")
    r = net().recordings["net.r"].values[:, 0]
    decay = math.exp(-0.5 / 10)
    step = decay * torch.eye(400, dtype=torch.float64) + (1 - decay) * net["rec"].weight.detach().T
    grown = torch.linalg.matrix_power(step, 1000) @ r[199]
    # What the tangent leaves out is of the third order.
    torch.testing.assert_close(r[1199], grown, rtol=0, atol=float(10 * grown.abs().max() ** 3 + 1e-12))
    assert grown.norm() > 100 * r[199].norm()
