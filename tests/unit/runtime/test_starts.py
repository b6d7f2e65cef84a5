"""States that begin with what other states begin with."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from inferno import neural
from inferno.compiler.single import NotOnItsOwn
from tests.support.networks import load

CELL = """snn 1
neuron Simple:
    param b = 0.2
    input I : 1
    state u = b*v
    state v = -65
    state top = u + v
    v' = (0.04*v^2 + 5*v + 140 - u + I) / (1 ms)
    u' = 0.02 * (b*v - u) / (1 ms)
    spike when v >= 30:
        v = -65
        u += 8
"""
RUN = "record cells.u, cells.top\nrun:\n    dt = 1 ms\n    steps = 3\n"


def start(folder: Path, population: str, **options: object) -> dict[str, torch.Tensor]:
    net = load(folder, f"{CELL}{population}{RUN}", dtype="float64", **options)
    return {name: getattr(net["cells"], name) for name in ("u", "v", "top")}


def test_a_state_begins_with_what_another_one_begins_with(tmp_path: Path) -> None:
    found = start(tmp_path, "population cells[3] = Simple()\n")
    assert found["u"].tolist() == [[-13.0] * 3]
    assert found["top"].tolist() == [[-78.0] * 3]


def test_an_initial_value_of_the_population_counts_for_both(tmp_path: Path) -> None:
    found = start(tmp_path, "population cells[3] = Simple(b = 0.25):\n    init v = -60\n")
    assert found["u"].tolist() == [[-15.0] * 3]
    assert found["top"].tolist() == [[-75.0] * 3]


def test_both_begin_with_the_same_drawn_number(tmp_path: Path) -> None:
    found = start(tmp_path, "population cells[50] = Simple():\n    init v = uniform(-70, -50)\n", batch=2)
    assert found["v"].unique().numel() == 100
    assert torch.equal(found["u"], 0.2 * found["v"])
    assert torch.equal(found["top"], found["u"] + found["v"])


def test_a_line_of_the_population_may_read_another_state(tmp_path: Path) -> None:
    found = start(tmp_path, "population cells[50] = Simple():\n    init v = normal(-60, 2)\n    init u = -v/4 + uniform(0, 1)\n")
    shift = found["u"] + found["v"] / 4
    assert 0 <= shift.min() < shift.max() <= 1
    assert abs(torch.corrcoef(torch.stack((shift[0], found["v"][0])))[0, 1]) < 0.5


def test_the_states_of_synapses_receptors_and_rules_do_likewise(tmp_path: Path) -> None:
    text = """snn 1
synapse Two:
    input a : nA
    state r : nA = 2*s
    state s : nA = uniform(1 nA, 2 nA)
    on pre: s += a
    s' = (r - s) / (20 ms)
    r' = (s - r) / (20 ms)
    output I : nA = s
neuron Cell:
    input I : nA
    receptor g : nA = Two()
    state v = 0
    10 ms * v' = (I + g) / (1 nA) - v
    spike when v >= 1:
        v = 0
plasticity Rule:
    trace x = pre(10 ms)
    state d = 3*c
    state c = uniform(0, 1)
    c' = -d / (10 ms)
    d' = -c / (10 ms)
    on post: w += (c + d) * x * 1 nA
input x : spikes[4]
population cells[5] = Cell()
projection f: x -> cells.I:
    connect    = dense
    synapse    = Two()
    weight     = 1 nA
    plasticity = Rule()
projection g: x -> cells.g:
    connect = dense
    weight  = 1 nA
record cells.g_r
run:
    steps = 2
"""
    net = load(tmp_path, text, dtype="float64")
    assert torch.equal(net["f"].r, 2 * net["f"].s)
    assert torch.equal(net["cells"].g_r, 2 * net["cells"].g)
    assert torch.equal(net["f"].d, 3 * net["f"].c)
    assert net["f"].c.unique().numel() == 20


def test_a_neuron_in_python_begins_likewise(tmp_path: Path) -> None:
    path = tmp_path / "simple.snn"
    path.write_text(CELL)
    assert neural.from_snn(path, "Simple", (2,), step_time=1.0).u.tolist() == [[-13.0] * 2]
    path.write_text(CELL.replace("state v = -65", "state v = uniform(-70, -60)"))
    with pytest.raises(NotOnItsOwn, match="begins with the number that is drawn"):
        neural.from_snn(path, "Simple", (2,), step_time=1.0)
