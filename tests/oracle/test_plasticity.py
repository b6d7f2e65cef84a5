"""Learning rules written by hand, each compiled network against the slow interpreter, number for number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from oracle import generator
from oracle.comparison import compare

from inferno.grammar import check_text

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
    steps = 25
    batch = 2
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


def agree(folder: Path, components: str, body: str, minimum: int = 500) -> None:
    """Hold a network to the oracle, in evaluation and in training, over two calls."""
    text = NETWORK.format(components=components, body=body)
    check_text(text.encode(), "rule.snn", {})
    case = generator.judged(text, 1, "stimulus")
    assert case is not None, "a number does not stay finite"
    learned = [np.ptp(np.asarray(h["weight"]), axis=0).max() for o in case.outcomes[True] for h in o.history.values() if "weight" in h]
    assert max(learned) > 1e-3, "no weight changed"
    assert compare(case, folder) > minimum


@pytest.mark.parametrize("upper", ["clamp(1.6)", "multiplicative(1.6)", "power(1.6, 2)", "power(1.6, p = 0.5)", "sharp(1.6)", "none"])
def test_bounds(upper: str, tmp_path: Path) -> None:
    lower, batch = upper.replace("1.6", "0.4"), "sum" if "2" in upper else "mean"
    agree(tmp_path, SOFT + SAME_NAMES, forward("Pair", f"upper = {upper}\nlower = {lower}\nbatch = {batch}"))


@pytest.mark.parametrize(("each", "over"), [("sample", "post"), ("step", "pre")])
def test_normalization(each: str, over: str, tmp_path: Path) -> None:
    agree(tmp_path, SOFT + SAME_NAMES, forward("Pair", f"normalize = l1(4, over = {over}, each = {each})"))


ELIGIBILITY = """
plasticity Eligible:
    param tau_c = 15 ms, lr = 0.05 kHz, a = 0.8, b = 0.5
    trace x = pre(12 ms), y = post(9 ms)
    modulator D
    state c = 0
    c' = -c/tau_c
    w' = lr * c * D
    on post: c += a * next(x)
    on pre:  c -= b * y
"""
RULES = {
    "gated handlers": """
plasticity Rule:
    modulator D
    trace x = pre(12 ms), y = post(9 ms)
    let push = 0.05 * D
    on post: w += push * next(x)
    on pre:  w -= 0.02 * (D + 0.5) * y
""",
    "gated by something that is no product": """
plasticity Rule:
    modulator D
    trace x = pre(12 ms), y = post(9 ms)
    on post: w += 0.05 * exp(-abs(x - D))
    on pre:  w -= 0.02 * max(D, y)
""",
    "several states": """
plasticity Rule:
    param tau = 20 ms, slow = 60 ms
    modulator D
    trace x = pre(tau), y = post(tau, nearest)
    state c = 0.1, m = 0.2, n = 0
    c' = -c/tau + m/slow
    m' = (c - m)/slow
    w' = 0.01 kHz * (c - m) * D + 0.002 kHz * n
    on pre:
        c -= 0.3 * y
        m *= 0.9
        n = x
    on post:
        c += next(x) * (1 + m)
        m += 0.1
        n += 0.25
""",
    "weights decay, grow and are set": """
plasticity Rule:
    modulator D
    trace x = pre(12 ms)
    state last = 0
    fn kept(z) = 0.5*z
    30 ms * w' = 1 - w
    on pre:  w -= 0.05*w
    on post: w = kept(w) + 0.4
    on post: last = w
""",
    "weight within its own equation": """
plasticity Rule:
    modulator D
    trace x = pre(12 ms), y = post(9 ms)
    state c = 0
    c' = (x - c*c*D)/(20 ms)
    w' = 0.02 kHz * (c - w*w*y)
    on pre: c += 0.1
""",
    "solved as asked": """
plasticity Rule:
    modulator D
    state c = 1
    c' = -c/(10 ms) + D*w/(40 ms)
    w' = 0.01 kHz * c * (2 - w)
    on post: c -= 0.1
    solve rk4 substeps 2
""",
    "events alone": """
plasticity Rule:
    modulator D
    state c = 0
    on pre:  c += 1
    on post: w += 0.02*c - 0.05
    on post: c *= 0.5
""",
}
SOURCES = {
    "a population of one": "population da = Leaky(tau = 7 ms)\nreward -> da.I\nda.x -> ff.D",
    "a population of the target's size": "population da[3] = Leaky(tau = 7 ms):\n    I = 0.5*reward\nda.x -> ff.D",
    "an input": "reward -> ff.D",
    "the target itself": "population da[3] = Leaky(tau = 7 ms)\n"
    "projection back: out -> da:\n    connect = one_to_one\n    weight = 4 ms\nda.x -> ff.D",
    "a chain of values": "population first = Leaky(tau = 7 ms, I = reward)\npopulation da[3] = Leaky(tau = 3 ms)\n"
    "first.x -> da.I\nreward -> da\nda.x -> ff.D",
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_modulator(source: str, tmp_path: Path) -> None:
    body = "from std.neurons import Leaky\ninput reward : real in [-1, 1]\n" + SOURCES[source] + forward("Eligible", "delay = 2 dt")
    agree(tmp_path, SAME_NAMES + ELIGIBILITY, body)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule(rule: str, tmp_path: Path) -> None:
    batch = "sum" if "states" in rule or "decay" in rule else "mean"
    settings = f"batch = {batch}\nlower = clamp(-1)\nupper = multiplicative(3)"
    recorded = "record ff.c every 3\nrecord ff.n every 7\n" * ("states" in rule)
    agree(tmp_path, SAME_NAMES + RULES[rule], recorded + "input reward : real = 0.7\nreward -> ff.D" + forward("Rule", settings))


@pytest.mark.parametrize("rule", ["several states", "gated handlers"])
def test_a_rule_from_one_to_one(rule: str, tmp_path: Path) -> None:
    recorded = "record ff.m every 2\n" * ("states" in rule)
    body = recorded + "input more : spikes[3]\ninput reward : real[3] in [-1, 1]\nreward -> ff.D" + forward("Rule", connect="one_to_one")
    agree(tmp_path, SAME_NAMES + RULES[rule], body.replace("taps ->", "more ->"))


def test_a_recurrent_rule_without_diagonal(tmp_path: Path) -> None:
    body = "input reward : real in [-1, 1]\nreward -> ff.D" + forward("Eligible", "delay = 3 dt", connect="dense - diagonal")
    agree(tmp_path, SAME_NAMES + ELIGIBILITY, body.replace("taps ->", "out ->"))


@pytest.mark.parametrize("kind", ["hard", "power(0.5)"])
def test_bounds_that_a_rule_brings_along(kind: str, tmp_path: Path) -> None:
    rule = ELIGIBILITY + f"    param top = 1.6\n    bound w in [0.4, top] {kind}\n"
    agree(tmp_path, SAME_NAMES + rule, "input reward : real in [-1, 1]\nreward -> ff.D" + forward("Eligible"))


def test_drawn_and_persistent_states(tmp_path: Path) -> None:
    rule = ELIGIBILITY.replace("state c = 0", "state c = uniform(0, 1)\n    state kept = a @persistent").replace(
        "c += a", "kept += 0.1*c\n    on post: c += kept*a"
    )
    agree(tmp_path, SAME_NAMES + rule, "input reward : real in [-1, 1]\nreward -> ff.D" + forward("Eligible"))


@pytest.mark.parametrize("rule", ["several states", "gated by something that is no product", "weights decay, grow and are set"])
def test_a_rule_over_a_list_of_synapses(rule: str, tmp_path: Path) -> None:
    settings = "delay = 2 dt\nupper = multiplicative(3)\nnormalize = l1(4, over = post, each = step)"
    recorded = "record ff.c every 3\n" * ("states" in rule)
    body = recorded + "input reward : real = 0.7\nreward -> ff.D" + forward("Rule", settings, connect="fixed_in(2)")
    agree(tmp_path, SAME_NAMES + RULES[rule], body)


def test_drawn_states_of_a_list_between_parts(tmp_path: Path) -> None:
    rule = ELIGIBILITY.replace("state c = 0", "state c = uniform(0, 1)")
    body = "input reward : real[2] in [-1, 1]\nreward -> ff.D" + forward("Eligible", connect="random(0.7)")
    agree(tmp_path, SAME_NAMES + rule, body.replace("taps -> out", "taps[1:] -> out[:2]"))


@pytest.mark.parametrize("rule", ["several states", "gated handlers"])
@pytest.mark.parametrize("delay", ["uniform(1 ms, 4 ms)", "uniform(0 ms, 3 ms)"])
def test_a_rule_with_a_delay_for_each_synapse(rule: str, delay: str, tmp_path: Path) -> None:
    recorded = "record ff.c every 3\n" * ("states" in rule)
    body = recorded + "input reward : real = 0.7\nreward -> ff.D" + forward("Rule", f"delay = {delay}", connect="fixed_in(3)")
    agree(tmp_path, SAME_NAMES + RULES[rule], body)


def test_a_recurrent_rule_with_a_delay_for_each_synapse(tmp_path: Path) -> None:
    rule = ELIGIBILITY.replace("state c = 0", "state c = uniform(0, 1)").replace("pre(12 ms)", "pre(12 ms, nearest)")
    body = "input reward : real in [-1, 1]\nreward -> ff.D" + forward("Eligible", "delay = uniform(1 ms, 5 ms)", connect="dense - diagonal")
    agree(tmp_path, SAME_NAMES + rule, body.replace("taps -> out", "out -> out"))


def test_two_rules_whose_synapses_differ_in_delay(tmp_path: Path) -> None:
    one = forward("Pair", "delay = uniform(1 ms, 4 ms)", connect="random(0.8)").replace("taps -> out", "noise[1:] -> out[:2]")
    two = forward("Pair", "delay = uniform(0 ms, 2 ms)", connect="dense").replace("taps", "noise").replace("ff", "fg")
    agree(tmp_path, SOFT + SAME_NAMES, one + two)


FOLLOWING = """
plasticity Following:
    param tau = 8 ms
    trace x = pre(20 ms), y = post(20 ms)
    state slow = 2*fast, bent = 0
    state fast = uniform(0.2, 0.6)
    tau * slow'    = w - slow
    tau * fast'    = slow - fast
    10 ms * bent'  = tanh(w) - bent^3
    on post: w += 0.05*x - 0.01*bent*slow
    on pre:  w -= 0.02*y*fast
"""


@pytest.mark.parametrize("connect", ["dense", "random(0.7)", "fixed_in(2)"])
def test_states_that_follow_a_weight_without_an_equation(connect: str, tmp_path: Path) -> None:
    records = "record ff.slow every 5\nrecord ff.bent every 5\n"
    agree(tmp_path, FOLLOWING + SAME_NAMES, forward("Following", connect=connect) + records)
