"""Projections of states: values that arrive in every step."""

from __future__ import annotations

import math
from pathlib import Path

import networks
import pytest
import torch
from torch import Tensor

from inferno.runtime import session

RATES = """snn 1
from std.neurons import Leaky
population a[4] = Leaky(tau = 10 ms, I = 0.5):
    init x = uniform(-1, 1)
population b[3] = Leaky(tau = 5 ms)
{projections}
record a.x, b.x
run:
    dt = 1 ms
    steps = 40
    batch = 2
"""
RECURRENT = """projection rec: a.x -> a:
    connect = dense
    weight  = normal(0, 0.3)
    delay   = {delay}
projection ab: a[1:].x -> b:
    connect = {connect}
    weight  = uniform(-1, 1)
    delay   = {forward}
"""


def series(start: Tensor, steps: int, arriving: list[Tensor], drive: float, tau: float) -> Tensor:
    """What `tau x' = I - x` does from a start, with the input held over each step of 1 ms: [steps, batch, neurons]."""
    kept, x, decay = [], start, math.exp(-1 / tau)
    for step in range(steps):
        x = decay * x + (1 - decay) * (drive + arriving[step])
        kept.append(x)
    return torch.stack(kept)


@pytest.mark.parametrize("backend", ["eager", "native"])
@pytest.mark.parametrize("connect", ["dense", "random(0.7)"])
@pytest.mark.parametrize("forward", [0, 3])
def test_values_arrive_in_every_step_times_their_weight(tmp_path: Path, backend: str, connect: str, forward: int) -> None:
    text = RATES.format(projections=RECURRENT.format(delay="2 dt", connect=connect, forward=f"{forward} dt"))
    net = networks.load(tmp_path, text, backend=backend, dtype="float64")
    start = net["a"].x.clone()
    out = net()
    weight, x = net["rec"].weight.detach(), [start.reshape(2, 4)]
    decay = math.exp(-1 / 10)
    for step in range(40):
        arrived = x[step - 1] @ weight if step >= 2 else 0.0
        x.append(decay * x[-1] + (1 - decay) * (0.5 + arrived))
    found = out["a.x"].values
    torch.testing.assert_close(found, torch.stack(x[1:]))
    ab = net["ab"].weight.detach()
    if connect != "dense":
        ab = torch.zeros(3, 3, dtype=torch.float64)
        ab[net["ab"].pre, net["ab"].post] = net["ab"].weight.detach()
    sent = found[..., 1:] @ ab
    late = torch.cat((torch.zeros(forward, 2, 3, dtype=torch.float64), sent))
    torch.testing.assert_close(out["b.x"].values, series(torch.zeros(2, 3, dtype=torch.float64), 40, list(late), 0.0, 5))


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_each_synapse_may_have_a_delay_of_its_own(tmp_path: Path, backend: str) -> None:
    lines = "projection ab: a.x -> b:\n    connect = dense\n    weight  = uniform(-1, 1)\n    delay   = uniform(0 ms, 6 ms)\n"
    lines += "projection back: b.x -> a:\n    connect = dense\n    weight  = -0.1\n    delay   = 1 dt\n"
    net = networks.load(tmp_path, RATES.format(projections=lines), backend=backend, dtype="float64")
    out = net()
    ab, arriving = net["ab"], torch.zeros(40, 2, 3, dtype=torch.float64)
    for i, j, w, late in zip(ab.pre.tolist(), ab.post.tolist(), ab.weight.tolist(), ab.delay.tolist(), strict=True):
        arriving[int(late) :, :, j] += w * out["a.x"].values[: 40 - int(late), :, i]
    torch.testing.assert_close(out["b.x"].values, series(torch.zeros(2, 3, dtype=torch.float64), 40, list(arriving), 0.0, 5))


def test_a_linear_rate_network_comes_to_rest_where_theory_says(tmp_path: Path) -> None:
    text = RATES.format(projections=RECURRENT.format(delay="1 dt", connect="dense", forward="0 dt")).replace("steps = 40", "steps = 1000")
    net = networks.load(tmp_path, text, backend="native", dtype="float64")
    out = net()
    weight = net["rec"].weight.detach()
    # x = I + W^T x
    rest = torch.linalg.solve(torch.eye(4, dtype=torch.float64) - weight.T, torch.full((4,), 0.5, dtype=torch.float64))
    torch.testing.assert_close(out["a.x"].values[-1, 0], rest)


HELD = """snn 1
neuron Held:
    input I : 1
    state x = uniform(1, 2){shared}
    state s = 0
    1 ms * s' = I
population a[3] = Held()
projection own: a.x -> a:
    connect = {connect}
    weight  = 2
    delay   = 1 ms
record a.s
run:
    steps = 3
    batch = 2
"""
JOINED = {
    "dense": torch.ones(3, 3), "dense - diagonal": 1 - torch.eye(3), "one_to_one": torch.eye(3), "ring(1)": 1 - torch.eye(3),
}  # fmt: skip


@pytest.mark.parametrize("backend", ["eager", "native"])
@pytest.mark.parametrize("connect", sorted(JOINED))
def test_one_constant_weight_takes_all_values(tmp_path: Path, backend: str, connect: str) -> None:
    net = networks.load(tmp_path, HELD.format(connect=connect, shared=""), backend=backend, dtype="float64")
    x = net["a"].x.clone()
    # Nothing has arrived in the first of the three steps.
    torch.testing.assert_close(net().recordings["a.s"].values[-1], 2 * 2 * (x @ JOINED[connect].double()))


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_a_state_that_samples_share_is_sent_to_each(tmp_path: Path, backend: str) -> None:
    net = networks.load(tmp_path, HELD.format(connect="dense", shared=" @shared(mean)"), backend=backend, dtype="float64")
    x = net["a"].x.clone()
    torch.testing.assert_close(net().recordings["a.s"].values[-1], 4 * x.sum().expand(2, 3))
    assert "sends a state that samples share" in net.explain()


def test_new_samples_begin_before_anything_is_under_way(tmp_path: Path) -> None:
    net = networks.load(tmp_path, HELD.format(connect="dense", shared=""), backend="native", dtype="float64")
    net()
    assert net().recordings["a.s"].values[0].abs().max() == 0


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_stretches_change_nothing(tmp_path: Path, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = RATES.format(projections=RECURRENT.format(delay="2 dt", connect="dense", forward="3 dt")).replace("steps = 40", "steps = 250")
    whole = networks.load(tmp_path, text, backend=backend)()
    monkeypatch.setattr(session, "STRETCH_BYTES", 1)
    parts = networks.load(tmp_path, text, backend=backend)()
    assert torch.equal(whole.recordings["b.x"].values, parts.recordings["b.x"].values)


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_a_synapse_filters_what_arrives(tmp_path: Path, backend: str) -> None:
    text = """snn 1
neuron Held:
    state x = 3
neuron Reader:
    input I : nA
    state seen : nA = 0 nA
    1 ms * seen' = I
synapse Filter:
    param tau = 4 ms, gain = 2 nA
    input level : 1
    state s : nA = 0 nA
    tau * s' = gain*level - s
    output I : nA = s
population a[2] = Held()
population b[1] = Reader()
projection ab: a.x -> b:
    connect = dense
    synapse = Filter()
    weight  = 0.5
record b.seen
run:
    steps = 12
"""
    seen = networks.load(tmp_path, text, backend=backend, dtype="float64")().recordings["b.seen"].values[:, 0, 0]
    # The output of a step is taken before the filter moves: after k steps it is gain * level * (1 - exp(-k/tau)).
    given = torch.diff(seen, prepend=torch.zeros(1, dtype=torch.float64))
    torch.testing.assert_close(given, 2 * 3 * (1 - torch.exp(-torch.arange(12, dtype=torch.float64) / 4)))


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_graded_transmission_follows_the_membrane_after_its_reset(tmp_path: Path, backend: str) -> None:
    text = """snn 1
from std.neurons import LIF
neuron Reader:
    input I : mV
    state seen : mV = 0 mV
    1 ms * seen' = I - seen
population a[2, 2] = LIF(I = 3 nA)
population b[2]    = Reader()
view row = a[1]
projection ab: row.v -> b:
    connect = one_to_one
    weight  = 0.5
record a.v, a.spikes, b.seen
run:
    steps = 60
"""
    out = networks.load(tmp_path, text, backend=backend, dtype="float64")()
    assert out["a.spikes"].values.sum() > 0
    seen = series(torch.zeros(1, 2, dtype=torch.float64), 60, list(0.5 * out["a.v"].values[:, :, 1]), 0.0, 1)
    torch.testing.assert_close(out["b.seen"].values, seen)


@pytest.mark.parametrize("backend", ["eager", "native"])
def test_windows_take_values(tmp_path: Path, backend: str) -> None:
    text = """snn 1
from std.neurons import Leaky
population a[6, 6] = Leaky():
    init x = uniform(0, 1)
population b[2, 4, 4] = Leaky(tau = 5 ms)
projection ab: a.x -> b:
    connect = conv(kernel = 3)
    weight  = uniform(-1, 1)
    delay   = 1 dt
record a.x, b.x
run:
    steps = 10
"""
    net = networks.load(tmp_path, text, backend=backend, dtype="float64")
    out = net()
    seen = torch.nn.functional.conv2d(out["a.x"].values, net["ab"].weight.detach())
    late = torch.cat((torch.zeros(1, 1, 32, dtype=torch.float64), seen.reshape(10, 1, 32)))
    expected = series(torch.zeros(1, 32, dtype=torch.float64), 10, list(late), 0.0, 5)
    torch.testing.assert_close(out["b.x"].values.reshape(10, 1, 32), expected)
