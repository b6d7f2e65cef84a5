"""Projections by windows with shared weights against the oracle, which joins them synapse by synapse."""

from __future__ import annotations

from pathlib import Path

import pytest
from oracle import generator
from oracle.comparison import compare

import inferno

HEAD = """snn 1
from std.neurons import LIF
from std.plasticity import STDP
from std.sources import Bernoulli
from std.synapses import Exponential
plasticity Odd:
    param lr = 20
    trace x = pre(20 ms), y = post(20 ms)
    on post: w += lr*exp(-0.001*w*x)*(0.1 + y)
    on pre: w -= lr*(next(y) - 0.4)
plasticity Shifted:
    param lr = 20
    trace x = pre(20 ms), y = post(20 ms, nearest)
    on post: w += lr*(next(x) - 0.4)
    on pre: w -= 0.01*w*next(y)
population src[2, 4, 3] = Bernoulli(rate = 120 Hz)
population out[3, 4, 3] = LIF(tau_m = 10 ms, I = 1 nA)
population few[2, 2] = LIF(tau_m = 10 ms, I = 1 nA)
record out.spikes
record few.spikes
record out.v
"""
RUN = "run:\n    dt = 1 ms\n    steps = 25\n    batch = 2\n    seed = 5\n"
RULES = """plasticity Eligible:
    param tau = 15 ms, rate = 0.4, rise = 0.5
    trace x = pre(20 ms), y = post(20 ms)
    modulator D
    state c = 0.1*rise
    c' = -c/tau
    w' = rate * c * D / (1 ms)
    on post: c += rise * x
    on pre:  c -= 0.4 * y
plasticity Remembering:
    trace x = pre(20 ms), y = post(20 ms)
    state c = uniform(0, 1) in [-1, 2]
    state m = 0 @shared(mean)
    20 ms * m' = c - m
    on post:
        c += next(x)
        w += 8 * (m + 0.1) * (1 + c)
    on pre:
        c *= 0.8
        m += 0.1 * w / (100 pC)
        if c > 0.5:
            w -= 3 * next(y)
plasticity Following:
    trace x = pre(20 ms), y = post(20 ms)
    state mean = 2*drawn
    state drawn = uniform(0, 0.5)
    20 ms * mean'  = w/(100 pC) - mean
    10 ms * drawn' = mean - drawn
    on post: w += 8 * x * (1 + mean)
    on pre:  w -= 4 * y * drawn
input reward : real = 1
"""
PROGRAMS = {
    "states that follow the weight": RULES
    + """projection ff: src -> out:
    connect = conv(kernel = 3, padding = same)
    weight = uniform(0 pC, 400 pC)
    plasticity = Following()
record ff.weight every 5
record ff.mean every 5
record ff.drawn every 5
""",
    "states, a third factor and a weight that moves": RULES
    + """projection ff: src -> out:
    connect = conv(kernel = 3, padding = same)
    synapse = Exponential(q = 30 pC)
    weight = uniform(0, 4)
    delay = 1 ms
    plasticity = Eligible()
    upper = multiplicative(6)
    lower = clamp(0)
reward -> ff.D
record ff.weight every 5
record ff.c every 5
""",
    "draws in a rule and of weights": RULES
    + """projection ff: src -> out:
    draw r = uniform(0.5, 1.5)
    connect = conv(kernel = 3, padding = same)
    synapse = Exponential(q = 30 pC)
    weight = 2 * r + normal(0, 0.2) * r
    plasticity = STDP(lr_post = 0.3 * r, lr_pre = uniform(-0.3, -0.1), tau_pre = uniform(10 ms, 30 ms), tau_post = normal(20 ms, 2 ms))
    upper = multiplicative(8)
record ff.weight every 5
""",
    "draws in a rule with states": RULES
    + """projection ff: src -> out:
    draw r = uniform(0.5, 1.5)
    connect = conv(kernel = 3, padding = 1)
    synapse = Exponential(q = 30 pC, tau = 2 ms + 1 ms * r)
    weight = uniform(0, 4)
    plasticity = Eligible(tau = uniform(5 ms, 20 ms), rate = uniform(0.1, 0.5), rise = lognormal(0.5, 0.2))
reward -> ff.D
record ff.weight every 5
record ff.c every 5
""",
    "states that samples share, ranges, conditions, strides": RULES
    + """projection ff: src -> out:
    connect = conv(kernel = 3, padding = 1)
    weight = uniform(0 pC, 300 pC)
projection fg: out[:1] -> few:
    connect = conv(kernel = 3, stride = 2, padding = 1)
    weight = uniform(50 pC, 200 pC)
    plasticity = Remembering()
record fg.weight every 5
record fg.c every 5
record fg.m every 5
""",
    "a synapse, bounds": """projection ff: src -> out:
    connect = conv(kernel = 3, padding = same)
    synapse = Exponential(q = 30 pC, tau = uniform(2 ms, 6 ms))
    weight = uniform(0, 4)
    delay = 2 ms
    plasticity = STDP(lr_post = 0.3, lr_pre = -0.2)
    upper = multiplicative(8)
    lower = clamp(0)
record ff.weight every 5
""",
    "no product, added over samples": """projection ff: src -> out:
    connect = conv(3, kernel = 2, padding = same)
    weight = uniform(0 pC, 400 pC)
    plasticity = Odd()
    batch = sum
record ff.weight every 5
""",
    "strides, a constant that padding must not count, parts": """projection ff: src -> out:
    connect = conv(kernel = 3, padding = 1)
    weight = 150 pC
    plasticity = Shifted()
projection fg: out[:1] -> few:
    connect = conv(kernel = 3, stride = 2, padding = 1)
    weight = 200 pC
    plasticity = Shifted()
record fg.weight every 5
""",
    "a delay for each shared weight": """projection ff: src -> out:
    draw r = uniform(0, 1)
    connect = conv(kernel = 3, padding = same)
    synapse = Exponential(q = 30 pC)
    weight = 4 * r
    delay = 5 ms * r
projection fb: out -> out:
    connect = conv(kernel = 3, padding = 1)
    weight = normal(0 pC, 60 pC)
    delay = uniform(1 ms, 4 ms)
projection fg: out[:1].v -> few:
    connect = conv(kernel = 3, stride = 2, padding = 1)
    weight = uniform(0 nS, 4 nS)
    delay = uniform(0 ms, 3 ms)
record few.v
""",
    "rules over delays that differ": RULES
    + """projection ff: src -> out:
    connect = conv(kernel = 3, padding = same)
    synapse = Exponential(q = 30 pC)
    weight = uniform(0, 4)
    delay = uniform(0 ms, 4 ms)
    plasticity = STDP(lr_post = 0.3, lr_pre = -0.2, tau_pre = uniform(10 ms, 30 ms))
    upper = multiplicative(8)
projection fb: out -> out:
    connect = conv(kernel = 3, padding = 1)
    weight = normal(0 pC, 60 pC)
    delay = uniform(1 ms, 4 ms)
    plasticity = Odd()
projection fg: out[:1] -> few:
    connect = conv(kernel = 3, stride = 2, padding = 1)
    weight = uniform(50 pC, 200 pC)
    delay = uniform(0 ms, 3 ms)
    plasticity = Remembering()
record ff.weight every 5
record fb.weight every 5
record fg.c every 5
""",
    "a norm in every step": """projection ff: src -> out:
    connect = conv(kernel = 3, padding = same)
    synapse = Exponential(q = 30 pC)
    weight = normal(1, 2)
    plasticity = STDP(lr_post = 0.3, lr_pre = -0.2)
    normalize = l1(25, each = step)
record ff.weight every 5
""",
    "a norm of weights beside delays that differ": """projection ff: src -> out:
    connect = conv(kernel = 3, padding = same)
    synapse = Exponential(q = 30 pC)
    weight = normal(1, 2)
    delay = uniform(0 ms, 4 ms)
    plasticity = STDP(lr_post = 0.3, lr_pre = -0.2)
    normalize = l1(60, each = step)
record ff.weight every 5
""",
    "a norm after every sample": """projection ff: src -> out:
    connect = conv(kernel = 3, padding = 1)
    weight = uniform(0 pC, 300 pC)
    plasticity = Shifted()
    normalize = l1(2 nC, over = pre)
record ff.weight every 5
""",
    "feedback": """projection ff: src -> out:
    connect = conv(kernel = 1)
    weight = 200 pC
projection fb: out -> out:
    connect = conv(kernel = 3, padding = same)
    weight = normal(-20 pC, 30 pC)
    delay = 1 ms
    plasticity = Shifted()
projection fp: few -> out[1:2, :2, :2]:
    connect = conv(kernel = 1)
    weight = 300 pC
    delay = 2 ms
record fb.weight every 5
""",
}


def test_loops_leave_windows_that_learn_over_delays_to_compiled_steps(tmp_path: Path) -> None:
    path = tmp_path / "late.snn"
    text = """projection ff: src -> out:
    connect = conv(kernel = 3, padding = same)
    weight = uniform(0 pC, 300 pC)
    delay = uniform(0 ms, 3 ms)
    plasticity = Shifted()
"""
    path.write_text(HEAD + text + RUN)
    why = inferno.load_network(path, backend="native", device="cpu").explain()
    assert why.count("as compiled steps: ff has layers within the loop, since its weights learn over delays that differ") == 2


@pytest.mark.parametrize("name", PROGRAMS)
def test_windows_agree_with_the_oracle(name: str, tmp_path: Path) -> None:
    body = PROGRAMS[name]
    case = generator.judged(HEAD + body + RUN, 1, name)
    assert case is not None
    assert compare(case, tmp_path) > 1000
