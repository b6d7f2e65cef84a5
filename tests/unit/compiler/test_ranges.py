"""States and inputs that are cut to a range, and inputs with a default."""

from __future__ import annotations

import math
from pathlib import Path

import networks
import pytest
import torch

TEXT = """snn 1
neuron N:
    param top = 0.8
    input I : 1 = 2*top
    state v = 0 in [0, top], n = 0, u = 0
    10 ms * v' = I - v
    20 ms * u' = v - u
    spike when u > 0.4:
        n += 1
        u = -1
    bound n in [0, 3]
    bound u in [-0.25, inf] hard
population p[2] = N()
population q[2] = N(I = 0.5, top = 0.4)
population r[5] = N(top = uniform(0.3, 0.5))
record p.v, p.n, p.u, q.v, r.v, p.spikes
run:
    steps = 200
"""


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_a_state_stays_in_its_range(tmp_path: Path, backend: str) -> None:
    net = networks.load(tmp_path, TEXT, backend=backend, dtype="float64")
    out = net()
    v, n, u = (out[f"p.{name}"].values for name in "vnu")
    assert v.max() == 0.8
    assert u[out["p.spikes"].values].unique().tolist() == [-0.25]
    assert n[-1].unique().tolist() == [3]
    assert out["p.spikes"].values.sum() > 3 * 2
    assert out["q.v"].values.max() == pytest.approx(0.4)
    assert torch.equal(out["r.v"].values.amax((0, 1)), net["r"].top)


INPUTS = """snn 1
neuron Rectified:
    param top = 0.8
    input I : 1 = 0.5*top in [0, top]
    input J : 1 in [-inf, 1]
    state v = 0, sum = 0
    10 ms * v' = I + J - v
    1 ms * sum' = I
neuron Source:
    state v = 0
    10 ms * v' = 1 - v
    spike when v > 0.05:
        v = 0
synapse Saturating:
    input arriving : 1 in [0, 1.5]
    output g : 1 = arriving
input x : real[3]
population p[3] = Rectified(J = 2 * x)
population q[3] = Rectified(I = x)
population r[3] = Rectified(I = x, top = uniform(0.1, 0.3))
population sources[4] = Source()
population s[3] = Rectified(I = 0)
projection many: sources -> s.J:
    connect = dense
    synapse = Saturating()
    weight  = 1
record p.v, q.sum, r.sum, s.v
run:
    dt = 1 ms
    steps = 20
"""


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_what_arrives_is_cut_to_the_range_of_an_input(tmp_path: Path, backend: str) -> None:
    net = networks.load(tmp_path, INPUTS, backend=backend, dtype="float64")
    x = torch.tensor([[-1.0, 0.25, 2.0]], dtype=torch.float64)
    out = net(x=x)
    # A constant drive d moves tau v' = d - v to d (1 - exp(-t/tau)).
    risen = 1 - math.exp(-20 / 10)
    drive = 0.4 + torch.tensor([-2.0, 0.5, 1.0], dtype=torch.float64)
    torch.testing.assert_close(out["p.v"].values[-1, 0], drive * risen)
    torch.testing.assert_close(out["q.sum"].values[-1, 0], 20 * torch.tensor([0.0, 0.25, 0.8], dtype=torch.float64))
    torch.testing.assert_close(out["r.sum"].values[-1, 0], 20 * torch.minimum(x[0].clamp(min=0), net["r"].top))
    # Four spikes in every step are 1.5 for the synapse, and that is 1 for the input.
    torch.testing.assert_close(out["s.v"].values[-1, 0], torch.full((3,), risen, dtype=torch.float64))
