"""States that are cut to a range, and inputs with a default."""

from __future__ import annotations

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
