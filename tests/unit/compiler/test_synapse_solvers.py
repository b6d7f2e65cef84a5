"""`solve` in a synapse."""

from __future__ import annotations

import math
from pathlib import Path

import networks
import pytest
import torch

TEXT = """snn 1
neuron Once:
    state v = 0
    v' = 1/(1 ms)
    spike when v >= 1:
        v = -inf_time
    param inf_time = 1e6
neuron Reader:
    input I : 1
    state seen = 0
    1 ms * seen' = I
synapse Decaying:
    input arriving : 1
    state s = 0
    on pre: s += arriving
    4 ms * s' = -s
    output g : 1 = s
    {solve}
population a[1] = Once()
population b[1] = Reader()
projection ab: a -> b:
    connect = dense
    synapse = Decaying()
    weight  = 3
record b.seen
run:
    steps = 10
"""
H = 0.25
RK4 = 1 - H / 2 + (H / 2) ** 2 / 2 - (H / 2) ** 3 / 6 + (H / 2) ** 4 / 24


@pytest.mark.parametrize("backend", ["eager", "native"])
@pytest.mark.parametrize(
    ("solve", "factor"),
    [
        ("solve exact", math.exp(-H)),
        ("solve euler", 1 - H),
        ("solve rk2", 1 - H + H * H / 2),
        ("solve rk4 substeps 2", RK4**2),
        ("solve exponential_euler", math.exp(-H)),
    ],
)
def test_a_synapse_is_solved_as_it_says(tmp_path: Path, backend: str, solve: str, factor: float) -> None:
    seen = networks.load(tmp_path, TEXT.format(solve=solve), backend=backend, dtype="float64")().recordings["b.seen"].values[:, 0, 0]
    given = torch.diff(seen, prepend=torch.zeros(1, dtype=torch.float64))
    # The spike of the first step is there at once; a step's output is taken before the state moves.
    torch.testing.assert_close(given, 3 * factor ** torch.arange(10, dtype=torch.float64))
