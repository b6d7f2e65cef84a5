"""Learning rules of the standard library and their traces against published numbers and closed forms.

The numbers are those of the project's page of reference values; every synapse is a projection's element, with spikes as given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

import inferno
from inferno.runtime.network import Network

NETWORK = """snn 1
from std.plasticity import STDP, TripletSTDP, MSTDP, MSTDPET, Homeostasis
neuron Relay:
    input s : 1
    input idle : 1
    spike when s > 0
plasticity Nearest:
    param lr_post = 0.01, lr_pre = -0.0105, tau = 20 ms
    trace x = pre(tau, nearest), y = post(tau, nearest)
    on post: w += lr_post * next(x)
    on pre:  w += lr_pre * next(y)
input sent : spikes[{size}]
input fired : spikes[{size}]
{before}
population out[{size}] = Relay()
projection cue: fired -> out.s:
    connect = one_to_one
    weight  = 1 ms
projection ff: sent -> out.idle:
    connect    = one_to_one
    weight     = {weight}
    plasticity = {rule}
    batch      = sum
record ff.weight every 1
run:
    dt = {dt} ms
"""


def network(folder: Path, rule: str, size: int, dt: float, *, weight: str = "0", before: str = "") -> Network:
    path = folder / "rule.snn"
    path.write_text(NETWORK.format(rule=rule, size=size, dt=dt, weight=weight, before=before))
    net = inferno.load_network(path, backend="eager", device="cpu", dtype="float64")
    net.train()
    return net


def trains(times: Sequence[Sequence[float]], dt: float, steps: int) -> torch.Tensor:
    """Spikes [time, 1, neurons] at the given times."""
    found = torch.zeros(steps, 1, len(times), dtype=torch.bool)
    for neuron, own in enumerate(times):
        for time in own:
            found[round(time / dt), 0, neuron] = True
    return found


def learned(net: Network, sent: torch.Tensor, fired: torch.Tensor) -> np.ndarray:
    net(sent=sent, fired=fired)
    return np.asarray(net["ff"].weight)


PAIR = {1: 0.00951229, 5: 0.00778801, 10: 0.00606531, 20: 0.00367879, -1: -0.00998791, -10: -0.00636857, -20: -0.00386273}


@pytest.mark.parametrize("rule", ["STDP(lr_post = 0.01, lr_pre = -0.0105, tau_pre = 20 ms, tau_post = 20 ms)", "Nearest"])
def test_a_pair_changes_the_weight_by_the_exponential_of_its_distance(rule: str, tmp_path: Path) -> None:
    net = network(tmp_path, rule, len(PAIR), 1)
    sent = trains([[30.0 - max(d, 0)] for d in PAIR], 1, 60)
    fired = trains([[30.0 + min(d, 0)] for d in PAIR], 1, 60)
    assert learned(net, sent, fired) == pytest.approx(list(PAIR.values()), abs=1e-6)


def sixty_pairs(folder: Path, rule: str, rates: Sequence[float], dt: float, pairs: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """What so many pairs at +10 ms and at -10 ms change, for each rate in Hz."""
    net = network(folder, rule, 2 * len(rates), dt)
    first = [[50 + k * 1000 / rate for k in range(pairs)] for rate in rates]
    second = [[time + 10 for time in own] for own in first]
    steps = round((max(own[-1] for own in second) + 50) / dt)
    changes = learned(net, trains([*first, *second], dt, steps), trains([*second, *first], dt, steps))
    return changes[: len(rates)], changes[len(rates) :]


def test_sixty_pairs_of_all_spikes(tmp_path: Path) -> None:
    rule = "STDP(lr_post = 0.01, lr_pre = -0.0105, tau_pre = 20 ms, tau_post = 20 ms)"
    plus, minus = sixty_pairs(tmp_path, rule, [20, 50], 5)
    assert plus == pytest.approx([0.304672, -0.018431], abs=1e-6)
    assert minus == pytest.approx([-0.328808, -0.038101], abs=1e-6)
    plus, minus = sixty_pairs(tmp_path, rule, [1], 10)
    assert [plus[0], minus[0]] == pytest.approx([0.363918, -0.382114], abs=1e-6)


def test_sixty_pairs_of_nearest_spikes(tmp_path: Path) -> None:
    plus, minus = sixty_pairs(tmp_path, "Nearest", [20], 5)
    assert [plus[0], minus[0]] == pytest.approx([0.280078, -0.302266], abs=1e-6)


def test_triplets_as_published(tmp_path: Path) -> None:
    plus, minus = sixty_pairs(tmp_path, "TripletSTDP", [10, 20, 40, 50], 5)
    assert plus == pytest.approx([0.1321, 0.2470, 0.5337, 0.7409], abs=1e-4)
    assert minus == pytest.approx([-0.3336, -0.3516, 0.1548, 0.7272], abs=1e-4)
    # At 0.1 Hz a pair knows nothing of the one before.
    plus, minus = sixty_pairs(tmp_path, "TripletSTDP", [0.1], 10, pairs=1)
    assert [60 * plus[0], 60 * minus[0]] == pytest.approx([0.0, -0.3122], abs=1e-4)


SENT, FIRED = (0, 3, 5), (2, 5)
REWARDED = {"STDP": (0, 0, 0.9355, -0.4756, 0, 1.8516), "MSTDP": (0, 0, 0.4678, -0.2378, 0, 0.9258)}
VALUES = "lr_post = 1, lr_pre = -0.5, tau_pre = 30 ms, tau_post = 20 ms"


@pytest.mark.parametrize("rule", ["STDP", "MSTDP"])
def test_rewards_scale_what_a_pair_does(rule: str, tmp_path: Path) -> None:
    before = "input signal : real\nsignal -> ff.reward" if rule == "MSTDP" else ""
    net = network(tmp_path, f"{rule}({VALUES})", 1, 1, before=before)
    rewards = {"signal": torch.tensor([1.0, -0.5])} if rule == "MSTDP" else {}
    samples = 2 if rewards else 1
    sent, fired = (trains([times], 1, 6).expand(-1, samples, -1) for times in (SENT, FIRED))
    weights = np.asarray(net(sent=sent, fired=fired, **rewards)["ff.weight"].values).ravel()
    assert np.diff(weights, prepend=0.0) == pytest.approx(REWARDED[rule], abs=1e-4)


def test_rewards_meet_what_is_remembered(tmp_path: Path) -> None:
    """Florian's program changes the weight by the eligibility after a step's spikes; an equation by that before them, a step later."""
    before = "input signal : real\nsignal -> ff.reward"
    net = network(tmp_path, f"MSTDPET({VALUES}, tau_e = 25 ms)", 1, 1, before=before)
    sent, fired = (trains([times], 1, 7).expand(-1, 2, -1) for times in (SENT, FIRED))
    weights = np.asarray(net(sent=sent, fired=fired, signal=torch.tensor([1.0, -0.5]))["ff.weight"].values).ravel()
    assert np.diff(weights) == pytest.approx((0, 0, 0.0187, 0.0085, 0.0081, 0.0448), abs=1e-4)


def test_an_eligibility_decays_exactly(tmp_path: Path) -> None:
    before = "input signal : real = 0\nsignal -> ff.reward"
    net = network(tmp_path, "MSTDPET(lr_post = 1, lr_pre = 0, tau_e = 40 ms)", 1, 2, before=before)
    learned(net, trains([[10.0]], 2, 30), trains([[20.0]], 2, 30))
    expected = math.exp(-10 / 30) / 40 * math.exp(-(58 - 20) / 40)
    assert float(net["ff"].z[0, 0]) == pytest.approx(expected, rel=1e-12)


def test_weights_of_a_silent_neuron_grow_exponentially(tmp_path: Path) -> None:
    net = network(tmp_path, "Homeostasis(target = 5 Hz, beta = 0.01)", 1, 1, weight="2 ms")
    silent = torch.zeros(1000, 1, 1, dtype=torch.bool)
    assert learned(net, silent, silent)[0] == pytest.approx(2 * math.exp(0.01 * 5 * 1.0), rel=1e-9)


def test_weights_stay_where_a_neuron_fires_at_its_target(tmp_path: Path) -> None:
    net = network(tmp_path, "Homeostasis(target = 10 Hz, beta = 0.01, tau = 200 ms)", 2, 1, weight="2 ms")
    fired = trains([range(0, 5000, 100), range(0, 5000, 50)], 1, 5000)
    weights = np.asarray(net(sent=torch.zeros_like(fired), fired=fired)["ff.weight"].values)
    drift = np.log(weights[4999] / weights[2999])
    assert drift[0] == pytest.approx(0.0, abs=1e-3)  # The average of a step is taken at its start.
    assert drift[1] == pytest.approx(-0.01 * 10 * 2.0, rel=1e-2)


def test_a_choice_in_a_handler_does_what_its_condition_says(tmp_path: Path) -> None:
    text = """snn 1
plasticity Rule:
    trace x = pre(20 ms)
    state c = 0
    on post:
        if x > 0.5:
            w += 0.25 * x
            c = 1
        else:
            w -= 0.5
            c = 2 if w > 1 else 3
input a : spikes[2]
neuron N:
    input I : 1
    state v = 0
    10 ms * v' = 30 - v + I
    spike when v > 1:
        v = 0
population b[1] = N()
projection f: a -> b:
    connect = dense
    weight = 4 ms
    plasticity = Rule
record f.weight, f.c
run:
    steps = 3
"""
    path = tmp_path / "choice.snn"
    path.write_text(text)
    net = inferno.load_network(path, backend="eager", dtype="float64")
    net.train()
    spikes = torch.zeros(3, 1, 2)
    spikes[0, 0, 0] = 1
    out = net(a=spikes)
    decay = math.exp(-1 / 20)
    first, second = out["f.weight"].values[:, 0, 0], out["f.weight"].values[:, 1, 0]
    # The trace before the spikes of the first step is 0, so that both lose; then the first gains.
    assert first.tolist() == pytest.approx([3.5, 3.5 + 0.25 * decay, 3.5 + 0.25 * (decay + decay**2)])
    assert second.tolist() == pytest.approx([3.5, 3.0, 2.5])
    assert out["f.c"].values[:, 0, :, 0].tolist() == [[2, 2], [1, 2], [1, 2]]


def test_samples_share_a_state_of_a_rule(tmp_path: Path) -> None:
    text = """snn 1
plasticity Rule:
    state mean = 0 @shared(mean)
    state all = 0 @shared(sum) @persistent
    state most = 0 @shared(max)
    on pre: mean += 1
    on pre: all += 1
    on pre: most += 1
    on pre: w += 0.1 * mean
input a : spikes[2]
neuron N:
    input I : 1
    state v = 0
    10 ms * v' = I - v
    spike when v > 1:
        v = 0
population b[3] = N()
projection f: a -> b:
    connect = dense
    weight = 0.1 ms
    plasticity = Rule
record f.all, f.most
run:
    steps = 2
"""
    path = tmp_path / "shared.snn"
    path.write_text(text)
    net = inferno.load_network(path, backend="eager", dtype="float64")
    net.train()
    spikes = torch.zeros(2, 4, 2)
    spikes[:, 0, 0] = 1
    spikes[0, 1, 0] = 1
    net(a=spikes)
    part = net["f"]
    assert part.mean.shape == part.all.shape == part.most.shape == (2, 3)
    assert part.mean[0].tolist() == [0.75] * 3
    assert part.all[0].tolist() == [3] * 3
    assert part.most[0].tolist() == [2] * 3
    assert part.all[1].tolist() == [0] * 3
    # In the second step one of four samples adds a tenth of the mean before it.
    assert part.weight[0].tolist() == pytest.approx([0.1 + 0.1 * 0.5 / 4] * 3)
    net(a=torch.zeros(2, 1, 2))
    assert part.mean[0].tolist() == [0] * 3
    assert part.all[0].tolist() == [3] * 3


@pytest.mark.parametrize("backend", ["eager", "auto"])
def test_in_one_event_a_state_is_set_or_scaled_before_it_is_added_to(backend: str, tmp_path: Path) -> None:
    text = """snn 1
plasticity Rule:
    state c = 5, d = 8
    on pre:
        c += 0.5
        c = 1
        d *= 0.25
        d += 3
        w = 2
        w += 0.5
input a : spikes[1]
neuron N:
    input I : 1
    state v = 0
    10 ms * v' = I - v
    spike when v > 1:
        v = 0
population b[1] = N()
projection f: a -> b:
    connect = dense
    weight = 4 ms
    plasticity = Rule
record f.c, f.d, f.weight
run:
    steps = 1
"""
    path = tmp_path / "set.snn"
    path.write_text(text)
    net = inferno.load_network(path, backend=backend, dtype="float64")
    net.train()
    out = net(a=torch.ones(1, 1, 1))
    assert [float(out[f"f.{name}"].values) for name in ("c", "d", "weight")] == pytest.approx([1.5, 5, 2.5])
