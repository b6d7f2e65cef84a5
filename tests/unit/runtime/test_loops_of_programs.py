"""Native loops make the bits of the generated steps: delays, lists of synapses, rules that remember, links, gap junctions."""

from __future__ import annotations

from pathlib import Path

import networks
import pytest
import torch

RECURRENT = """snn 1
from std.neurons import LIF
from std.sources import Bernoulli
from std.synapses import Exponential

input sound : real[6]
population noise[20] = Bernoulli(rate = 60 Hz)
population cells[12] = LIF(tau_m = 10 ms):
    I = 0.1 nA * 40
    init v = normal(-60 mV, 3 mV)
population graded[6] = LIF():
    I = 30 nA * sound

projection drive: noise -> cells:
    connect = dense
    synapse = Exponential(q = 40 pC, tau = 4 ms)
    weight  = uniform(0.5, 2)
    delay   = 2 ms
projection back: cells -> cells:
    connect = dense - diagonal
    weight  = normal(0 pC, 20 pC)
    delay   = 3 ms
projection all: cells -> graded:
    connect = dense
    weight  = 1 pC
record cells.v every 2
record cells.spikes, graded.spikes
run:
    dt = 1 ms
    steps = 60
    batch = 5
"""

LISTS = """snn 1
from std.neurons import LIF
from std.synapses import Exponential
input kick : spikes[20]
population all[60] = LIF(tau_m = 20 ms, t_ref = 2 ms):
    I = 16 nA
    init v = uniform(-70 mV, -50 mV)
view E = all[:48]
view Inh = all[48:]
projection k: kick -> all[10:30]:
    connect = one_to_one
    synapse = Exponential(q = 20 pC, tau = 3 ms)
    weight  = 10
projection exc: E -> all:
    connect = random(0.1) - diagonal
    synapse = Exponential(q = 1 pC, tau = 5 ms)
    weight  = uniform(1, 8)
    delay   = uniform(0.5 ms, 6 ms)
projection inh: Inh -> all:
    connect = fixed_in(8)
    synapse = Exponential(q = 1 pC, tau = 10 ms)
    weight  = -20
    delay   = 2 ms
projection inh2: Inh -> E:
    connect = random(0.3)
    synapse = Exponential(q = 1 pC, tau = 10 ms)
    weight  = -3
    delay   = uniform(1 ms, 3 ms)
record all.spikes
record all.v every 5
run:
    dt = 0.5 ms
    steps = 120
    batch = 3
"""


LEARNING_LISTS = """snn 1
from std.neurons import LIF
from std.plasticity import STDP, TripletSTDP
input kick : spikes[20]
population cells[3, 10] = LIF(tau_m = 20 ms, t_ref = 2 ms):
    init v = uniform(-70 mV, -50 mV)
projection early: kick -> cells[1:]:
    connect = random(0.3)
    weight  = uniform(20 pC, 60 pC)
    plasticity = TripletSTDP(A2_plus = 0.1, A3_plus = 0.2, A2_minus = 0.1)
    upper = multiplicative(100 pC)
    lower = clamp(2 pC)
    normalize = l1(300 pC, over = post, each = step)
projection late: kick[:15] -> cells:
    connect = random(0.5)
    weight  = uniform(20 pC, 60 pC)
    delay   = uniform(0 ms, 4 ms)
    plasticity = STDP(lr_post = 0.3, lr_pre = -0.2)
    upper = clamp(70 pC)
projection back: cells -> cells[:2]:
    connect = fixed_in(4) - diagonal
    weight  = uniform(1 pC, 9 pC)
    delay   = uniform(1 ms, 4 ms)
    plasticity = STDP(lr_post = 0.3, lr_pre = -0.2)
    lower = sharp(0 pC)
record cells.spikes
run:
    dt = 1 ms
    steps = 60
    batch = 3
"""


REWARDED = """snn 1
from std.neurons import LIF, Leaky
from std.plasticity import MSTDP, MSTDPET, Homeostasis
plasticity Own:
    param lr = 0.2, tau_pre = 20 ms, tau_post = 25 ms
    modulator reward
    trace x = pre(tau_pre), y = post(tau_post)
    state z = 0.1, q = normal(0.2, 0.05)
    z' = -z/(10 ms) + 0.01*x/(1 ms)
    w' = (reward*z - 0.002*w)/(20 ms)
    on post: z += lr*next(x)
    on post: q = 0.5*x + z
    on pre: z *= 0.8
    on pre: w -= 0.05*q*y
    on post: w += 0.02*next(x)*reward
input kick : spikes[20]
input signal : real in [-1, 1]
population glow = Leaky(tau = 10 ms)
population cells[20] = LIF(tau_m = 20 ms, t_ref = 2 ms):
    init v = uniform(-70 mV, -50 mV)
projection lit: cells -> glow:
    connect = dense
    weight  = 0.3 ms
    delay   = 1 ms
projection first: kick -> cells:
    connect = {0}
    weight  = uniform(20 pC, 60 pC)
    delay   = {1}
    plasticity = {2}
    upper = multiplicative(100 pC)
    lower = clamp(2 pC)
projection back: cells -> cells:
    connect = {0}
    weight  = uniform(1 pC, 9 pC)
    delay   = {1}
    plasticity = {2}
    upper = clamp(10 pC)
    batch = sum
signal -> first.reward
glow.x -> back.reward
record cells.spikes, glow.x
record first.z every 7
run:
    dt = 1 ms
    steps = 40
    batch = 3
"""

JOINED = """snn 1
from std.neurons import LIF, Leaky
input signal : real in [0, 1]
population slow[6] = Leaky(tau = 20 ms, I = signal)
population cells[2, 3] = LIF(tau_m = 20 ms):
    init v = uniform(-70 mV, -50 mV)
neuron Reader:
    input drive : 1
    state x = 0
    5 ms * x' = drive - x
    spike when x > 0.4: x = 0
population readers[6] = Reader()
projection gap: cells <-> cells.v = gap_junction(g = 0.3, connect = ring(1))
projection part: cells[1:] <-> cells[1:].v = gap_junction(g = 0.1, connect = dense)
projection between: slow[:4].x <-> readers.x = gap_junction(g = 0.05, connect = dense)
projection push: readers -> cells.I:
    connect = dense
    weight  = 60 pC
projection back: cells -> slow.I:
    connect = one_to_one
    weight  = 2 ms
    delay   = 2 ms
slow.x -> readers.drive
record cells.v, readers.x, cells.spikes, readers.spikes
run:
    dt = 1 ms
    steps = 60
    batch = 3
"""

NAMED = """snn 1
from std.neurons import Leaky
synapse Named:
    input impulse : 1
    state delivered = 0, late = 0, sums = 0
    on pre: delivered += impulse
    5 ms * delivered' = -delivered
    5 ms * late' = delivered - late
    5 ms * sums' = late - sums
    output out : 1 = sums + delivered
input kick : spikes[4]
population cells[3] = Leaky(tau = 5 ms)
projection p: kick -> cells:
    connect = random(0.8)
    weight  = 1
    delay   = uniform(0 ms, 3 ms)
    synapse = Named
record cells.x
run:
    dt = 1 ms
    steps = 20
    batch = 2
"""


LAYERS_WITHIN = """snn 1
from std.neurons import LIF
from std.synapses import Exponential
input kick : spikes[4, 4]
population front[12] = LIF(tau_m = 10 ms):
    init v = uniform(-70 mV, -50 mV)
population sheet[4, 4] = LIF(tau_m = 10 ms)
population behind[10] = LIF(tau_m = 10 ms)
projection enter: kick -> front:
    connect = dense
    weight  = 30 pC
projection before: front -> front:
    connect = random(0.4) - diagonal
    weight  = normal(0 pC, 20 pC)
    delay   = 2 ms
projection onto: front -> sheet:
    connect = random(0.5)
    weight  = 40 pC
projection around: sheet -> sheet:
    connect = conv(kernel = 3, padding = same)
    weight  = normal(-5 pC, 20 pC)
    delay   = 1 ms
sheet -[maxpool(2) | dense(weight = 80 pC)]-> behind
projection after: behind -> behind:
    connect = dense - diagonal
    synapse = Exponential(q = 1 pC, tau = 5 ms)
    weight  = -3
    delay   = 1 ms
record front.spikes, sheet.spikes, behind.spikes, behind.v
run:
    dt = 1 ms
    steps = 60
    batch = 3
"""


def test_layers_within_one_region_leave_loops_to_those_before_and_behind(tmp_path: Path) -> None:
    kick = torch.rand(60, 3, 4, 4, generator=torch.Generator().manual_seed(8)) < 0.1
    steps, loop = (networks.load(tmp_path, LAYERS_WITHIN, backend=backend) for backend in ("eager", "native"))
    for training in (False, True):
        run_as_loop = [r.loop is not None for r in loop.train(training).plan.regions(training)]
        assert run_as_loop == [True, False, True]
        a, b = steps.train(training)(kick=kick), loop(kick=kick)
        for name in a.recordings:
            assert a[name].values.any()
            assert torch.equal(a[name].values, b[name].values), name


def test_delays_synapses_draws_and_drives_make_the_bits_of_the_steps(tmp_path: Path) -> None:
    sound = torch.rand(60, 5, 6, generator=torch.Generator().manual_seed(2))
    steps, loop = (networks.load(tmp_path, RECURRENT, backend=backend) for backend in ("eager", "native"))
    for _ in range(2):
        a, b = steps(sound=sound), loop(sound=sound)
        assert a["cells.spikes"].values.any()
        assert a["graded.spikes"].values.any()
        for name in a.recordings:
            assert torch.equal(a[name].values, b[name].values), name


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_of_synapses_their_delays_and_views_make_the_bits_of_the_steps(tmp_path: Path, dtype: str) -> None:
    kick = torch.rand(120, 3, 20, generator=torch.Generator().manual_seed(3)) < 0.05
    steps, loop = (networks.load(tmp_path, LISTS, backend=backend, dtype=dtype) for backend in ("eager", "native"))
    assert all(r.loop is not None for r in loop.plan.evaluation)
    for _ in range(2):  # the second call begins with spikes under way
        a, b = steps(kick=kick), loop(kick=kick)
        assert a["all.spikes"].values.any()
        for name in a.recordings:
            assert torch.equal(a[name].values, b[name].values), name


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_of_synapses_that_learn_make_the_bits_of_the_steps(tmp_path: Path, dtype: str) -> None:
    kick = torch.rand(60, 3, 20, generator=torch.Generator().manual_seed(4)) < 0.1
    same_bits(tmp_path, LEARNING_LISTS, dtype, kick=kick)


@pytest.mark.parametrize(
    ("connect", "delay", "rule", "dtype"),
    [
        ("dense - diagonal", "1 ms", "MSTDPET(lr_post = 3, lr_pre = -2)", "float32"),
        ("dense", "1 ms", "Own(lr = uniform(0.1, 0.3), tau_pre = uniform(15 ms, 25 ms))", "float64"),
        ("one_to_one", "1 ms", "Own()", "float32"),
        ("random(0.4)", "2 ms", "Own(lr = uniform(0.1, 0.3), tau_pre = uniform(15 ms, 25 ms))", "float64"),
        ("random(0.4)", "uniform(1 ms, 4 ms)", "Own()", "float32"),
    ],
)
def test_synapses_that_remember_make_the_bits_of_the_steps(tmp_path: Path, connect: str, delay: str, rule: str, dtype: str) -> None:
    chance = torch.Generator().manual_seed(5)
    kick = torch.rand(40, 3, 20, generator=chance) < 0.1
    signal = torch.rand(40, 3, generator=chance) * 2 - 1
    same_bits(tmp_path, REWARDED.format(connect, delay, rule), dtype, kick=kick, signal=signal)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_links_and_gap_junctions_make_the_bits_of_the_steps(tmp_path: Path, dtype: str) -> None:
    signal = torch.rand(60, 3, generator=torch.Generator().manual_seed(6))
    same_bits(tmp_path, JOINED, dtype, signal=signal)


def test_states_may_have_the_names_that_generated_code_uses(tmp_path: Path) -> None:
    same_bits(tmp_path, NAMED, "float32", kick=torch.rand(20, 2, 4, generator=torch.Generator().manual_seed(7)) < 0.3)


def same_bits(folder: Path, text: str, dtype: str, **given: torch.Tensor) -> None:
    """A program makes the same bits as steps and as loops, in both modes, in two calls of which the second goes on from the first."""
    steps, loop = (networks.load(folder, text, backend=backend, dtype=dtype) for backend in ("eager", "native"))
    assert all(r.loop is not None for mode in (False, True) for r in loop.plan.regions(mode))
    for training in (False, True):
        for net in (steps, loop):
            net.train(training)
        for _ in range(2):
            a, b = steps(**given), loop(**given)
            assert not training or all(a[name].values.any() for name in a.recordings)
            for name in a.recordings:
                assert torch.equal(a[name].values, b[name].values), name
            found = loop.snapshot()
            for key, value in steps.snapshot().items():
                assert torch.equal(value, found[key]), key
