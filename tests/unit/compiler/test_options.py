"""What a population chooses of its neuron's clauses, and the neurons and synapses with receptors of the standard library."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

import inferno
from inferno.runtime.network import Network


def network(folder: Path, text: str) -> Network:
    path = folder / "options.snn"
    path.write_text(f"snn 1\n{text}")
    return inferno.load_network(path, backend="eager", device="cpu", dtype="float64")


def test_a_subtracting_reset_keeps_what_is_beyond_the_threshold(tmp_path: Path) -> None:
    text = """
from std.neurons import LIF
population p[1] = LIF(v_rest = 0 mV, v_reset = {reset} mV, v_th = 10 mV, R = 40 MOhm, I = 1 nA, t_ref = 0 ms, reset = subtract)
record p.v, p.spikes
run:
    dt = 1 ms
    steps = 20
"""
    for reset in (0, 2):
        out = network(tmp_path, text.format(reset=reset))()
        v, expected = 0.0, []
        for _ in range(20):
            v = 40 + (v - 40) * math.exp(-0.1)
            v -= (10 - reset) if v >= 10 else 0
            expected.append(v)
        assert out["p.v"].values.flatten().tolist() == pytest.approx(expected, rel=1e-12)
        assert out["p.spikes"].values.any()


def test_a_surrogate_of_the_population_takes_the_place_of_the_neurons(tmp_path: Path) -> None:
    net = network(tmp_path, "from std.neurons import LIF\nparam s = 7\npopulation p[1] = LIF():\n    surrogate = atan(s)\nrecord p.v\n")
    assert "'atan', 7.0" in net.source


def test_an_alpha_synapse_delivers_its_charge(tmp_path: Path) -> None:
    net = network(
        tmp_path,
        """
from std.synapses import Alpha
neuron Ammeter:
    input I : nA
    state q : pC = 0 pC
    q' = I
input x : spikes[1]
population p[1] = Ammeter()
projection r: x -> p:
    connect = dense
    synapse = Alpha(q = 3 pC, tau = 2 ms)
    weight = 2
record p.q
run:
    dt = 0.001 ms
    duration = 40 ms
""",
    )
    x = torch.zeros(40000, 1, 1, dtype=torch.float64)
    x[0] = 1
    q = net(x=x)["p.q"].values.flatten()
    assert float(q[-1]) == pytest.approx(6, rel=1e-3)
    assert float(q[1999] - q[1998]) == pytest.approx(6 / (math.e * 2) * 0.001, rel=1e-2)


def test_conductances_and_currents_pull_towards_their_targets(tmp_path: Path) -> None:
    net = network(
        tmp_path,
        """
from std.neurons import CobaLIF, CubaLIF
population coba[2] = CobaLIF(v_th = 0 mV):
    init ge = 20 nS
    init gi = 5 nS
population cuba[2] = CubaLIF(EL = -60 mV, tau_i = 20 ms):
    init ii = -100 pA
record coba.v, coba.ge, cuba.v
run:
    dt = 0.1 ms
    duration = 5 ms
""",
    )
    out = net()
    assert float(out["coba.ge"].values[-1, 0, 0]) == pytest.approx(0.02 * math.exp(-1), rel=1e-9)
    assert -60 < float(out["coba.v"].values[-1, 0, 0]) < 0
    # C = 0.2 nF, tau_m = C/gL = 20 ms = tau_i: the singular case, v = EL + (i0/C) t exp(-t/tau).
    expected = -60 - 0.1 / 0.2 * 5 * math.exp(-5 / 20)
    assert float(out["cuba.v"].values[-1, 0, 0]) == pytest.approx(expected, rel=1e-9)


def test_if_in_a_block_reads_the_values_before_it(tmp_path: Path) -> None:
    net = network(
        tmp_path,
        """
neuron Counter:
    state v = 0, n = 0, w = 0
    v' = 1/(1 ms)
    spike when v > 0.5:
        if n < 2:
            n += 1
            v = 0
            if w > 0.5:
                w += n
            else:
                w = 1
        else:
            n = 0
            v -= 1
population p[1] = Counter()
record p.n, p.w, p.v
run:
    dt = 1 ms
    steps = 6
""",
    )
    out = net()
    assert out["p.n"].values.flatten().tolist() == [1, 2, 0, 1, 2, 0]
    assert out["p.w"].values.flatten().tolist() == [1, 2, 2, 2, 3, 3]
    assert out["p.v"].values.flatten().tolist() == [0] * 6
