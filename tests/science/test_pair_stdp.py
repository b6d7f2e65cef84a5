"""The window of pair STDP, and sixty pairs at several frequencies."""

from collections.abc import Sequence

import pytest
import torch
from written import Write

PAIR = """
plasticity Pair:
    param tau = 20 ms
    trace x = pre(tau{nearest}), y = post(tau{nearest})
    on post: w += 0.01 * next(x)
    on pre: w -= 0.0105 * next(y)
neuron Relay:
    input I : 1
    state v = 0
    1 ms * v' = I
    spike when v > 5:
        v = 0
input pre : spikes[1]
input post : spikes[1]
population relay[1] = Relay()
projection plastic: pre -> relay:
    connect = dense
    weight = 0 ms
    plasticity = Pair
projection driver: post -> relay:
    connect = dense
    weight = 10 ms
run:
    dt = {dt} ms
"""


def weight_after(network: Write, pre: Sequence[int], post: Sequence[int], *, dt: int = 1, nearest: bool = False) -> float:
    """The weight after spikes at the given steps."""
    steps = max(*pre, *post) + 1
    trains = torch.zeros(2, steps, 1, 1)
    trains[0, list(pre)] = trains[1, list(post)] = 1
    net = network(PAIR.format(dt=dt, nearest=", nearest" if nearest else ""))
    net.train()
    net(pre=trains[0], post=trains[1])
    return float(net["plastic"].weight.item())


@pytest.mark.parametrize(
    ("lag", "change"),
    [(1, 0.00951229), (5, 0.00778801), (10, 0.00606531), (20, 0.00367879), (-1, -0.00998791), (-10, -0.00636857), (-20, -0.00386273)],
)
def test_a_pair_of_spikes_changes_the_weight_by_the_window(network: Write, lag: int, change: float) -> None:
    assert weight_after(network, [30], [30 + lag]) == pytest.approx(change, abs=1e-6)


@pytest.mark.parametrize(
    ("rate", "lag", "nearest", "change"),
    [
        (1, 10, False, 0.363918), (1, -10, False, -0.382114), (20, 10, False, 0.304672), (20, -10, False, -0.328808),
        (20, 10, True, 0.280078), (20, -10, True, -0.302266), (50, 10, False, -0.018431), (50, -10, False, -0.038101),
    ],
)  # fmt: skip
def test_sixty_pairs_of_spikes_interact_as_the_rule_says(network: Write, rate: int, lag: int, nearest: bool, change: float) -> None:
    period = 100 // rate
    pre = [1 + k * period for k in range(60)]
    found = weight_after(network, pre, [step + lag // 10 for step in pre], dt=10, nearest=nearest)
    assert found == pytest.approx(change, abs=1e-6)
