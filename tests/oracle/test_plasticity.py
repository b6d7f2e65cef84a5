"""Learning rules written by hand, each compiled network against the slow interpreter, number for number."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from oracle import generator  # noqa: E402
from oracle.comparison import compare  # noqa: E402

NETWORK = """snn 1
from std.sources import Poisson
from std.neurons import LIF
{components}
input taps : spikes[4]
population noise[4] = Poisson(rate = 150 Hz)
population out[3] = LIF(tau_m = 10 ms, I = 12 nA)
{body}
record out.v
run:
    dt = 1 ms
    steps = 40
    batch = 3
    seed = 11
"""
FORWARD = """
projection ff: taps -> out:
    connect = {connect}
    synapse = {synapse}
    weight = {weight}
    plasticity = {rule}
{settings}record ff.weight every 3
"""
SOFT = """
plasticity Pair:
    param tau = 12 ms, rise = 0.05, fall = 0.04
    trace x = pre(tau), y = post(tau)
    on post: w += rise * 3 * next(x)
    on pre:  w -= fall * 2 * next(y)
"""
SAME_NAMES = """
synapse Slow:
    param tau = 5 ms, rise = 2
    input impulse : 1
    state s = 0
    on pre: s += rise*3*impulse
    s' = -s/tau
    output I : nA = 1 nA * s
"""


def forward(rule: str, settings: str = "", *, weight: str = "uniform(0.5, 1.5)", synapse: str = "Slow", connect: str = "dense") -> str:
    """A projection that learns."""
    lines = "".join(f"    {line}\n" for line in settings.splitlines())
    return FORWARD.format(rule=rule, settings=lines, weight=weight, synapse=synapse, connect=connect)


def agree(folder: Path, components: str, body: str, minimum: int = 1000) -> None:
    """Hold a network to the oracle, in evaluation and in training, over two calls."""
    case = generator.judged(NETWORK.format(components=components, body=body), 1, "stimulus")
    assert case is not None, "the program is not valid"
    learned = [np.ptp(np.asarray(h["weight"]), axis=0).max() for o in case.outcomes[True] for h in o.history.values() if "weight" in h]
    assert max(learned) > 1e-3, "no weight changed"
    assert compare(case, folder) > minimum


@pytest.mark.parametrize("upper", ["clamp(1.6)", "multiplicative(1.6)", "power(1.6, 2)", "power(1.6, p = 0.5)", "sharp(1.6)", "none"])
@pytest.mark.parametrize("batch", ["mean", "sum"])
def test_bounds(upper: str, batch: str, tmp_path: Path) -> None:
    lower = upper.replace("1.6", "0.4")
    agree(tmp_path, SOFT + SAME_NAMES, forward("Pair", f"upper = {upper}\nlower = {lower}\nbatch = {batch}"))


@pytest.mark.parametrize("each", ["sample", "step", "batch"])
@pytest.mark.parametrize("over", ["pre", "post"])
def test_normalization(each: str, over: str, tmp_path: Path) -> None:
    agree(tmp_path, SOFT + SAME_NAMES, forward("Pair", f"normalize = l1(4, over = {over}, each = {each})"))
