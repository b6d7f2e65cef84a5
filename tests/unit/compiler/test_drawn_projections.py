"""Parameters of synapses and learning rules that are drawn: of each target, of each neuron with a trace, of each synapse."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import inferno
from inferno.errors import RunError
from inferno.runtime.network import Network

HEAD = """snn 1
from std.neurons import LIF
from std.plasticity import STDP
from std.synapses import Exponential
from std.sources import Poisson
input taps : spikes[3]
population out[4] = LIF(I = 6 nA)
"""
RUN = "record out.spikes\nrun:\n    dt = 1 ms\n    steps = 20\n    seed = 3\n"


def network(tmp_path: Path, body: str, **settings: object) -> Network:
    path = tmp_path / "drawn.snn"
    path.write_text(HEAD + body + RUN)
    return inferno.load_network(path, backend="eager", dtype="float64", **settings)  # type: ignore[arg-type]


def spikes() -> torch.Tensor:
    given = torch.zeros(20, 1, 3)
    given[0] = 1
    return given


def test_the_current_of_each_target_decays_with_its_own_time_constant(tmp_path: Path) -> None:
    net = network(
        tmp_path,
        "projection ff: taps -> out:\n    connect = dense\n    synapse = Exponential(tau = uniform(2 ms, 9 ms))\n    weight = 1\n",
    )
    net(taps=spikes())
    tau = net["ff"].tau
    assert tau.shape == (4,) and tau.unique().numel() == 4
    # Three spikes of charge 1 pC arrive in the first of 20 steps.
    torch.testing.assert_close(net["ff"].i[0], 3 / tau * torch.exp(-20 / tau), rtol=1e-12, atol=0)


@pytest.mark.parametrize("connect", ["dense", "random(0.7)"])
def test_the_rate_of_each_synapse_scales_what_it_learns(tmp_path: Path, connect: str) -> None:
    rule = f"    connect = {connect}\n    weight = 0 pC\n    delay = 1 ms\n    plasticity = STDP(lr_pre = 0, lr_post = {{}})\n"
    drawn = network(tmp_path, "projection ff: taps -> out:\n" + rule.format("lognormal(0.01, 1)"))
    same = network(tmp_path, "projection ff: taps -> out:\n" + rule.format("0.01"))
    for net in (drawn, same):
        net.train()
        net(taps=spikes())
    assert same["ff"].weight.abs().sum() > 0
    torch.testing.assert_close(drawn["ff"].weight, same["ff"].weight * drawn["ff"].lr_post / 0.01)


@pytest.mark.parametrize("delay", ["1 ms", "uniform(1 ms, 3 ms)"])
def test_one_draw_is_the_same_number_everywhere(tmp_path: Path, delay: str) -> None:
    body = (
        "projection ff: taps -> out:\n    draw r = uniform(1, 2)\n    connect = dense\n    weight = 1 pC * r\n"
        f"    delay = {delay}\n    plasticity = STDP(lr_post = r)\n"
    )
    net = network(tmp_path, body)
    torch.testing.assert_close(net["ff"].weight, net["ff"].lr_post)


def test_a_draw_that_a_synapse_uses_is_of_each_target(tmp_path: Path) -> None:
    net = network(
        tmp_path,
        "projection ff: taps -> out:\n    draw r = uniform(1, 2)\n    connect = dense\n"
        "    synapse = Exponential(tau = 5 ms * r)\n    weight = r\n",
    )
    torch.testing.assert_close(net["ff"].weight, (net["ff"].tau / 5).expand(3, 4))


def test_a_draw_can_be_set_from_outside(tmp_path: Path) -> None:
    body = "projection ff: taps -> out:\n    draw r = uniform(1, 2)\n    connect = dense\n    weight = 1 pC * r\n"
    net = network(tmp_path, body, **{"ff.r": "3"})
    assert torch.equal(net["ff"].weight, torch.full((3, 4), 3.0, dtype=torch.float64))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("synapse = Exponential(tau = normal(1 ms, 9 ms))\n    weight = 1", "`ff`: tau of target [1] is"),
        ("weight = 1 pC\n    plasticity = STDP(tau_pre = normal(1 ms, 90 ms))", "`ff`: the time constant of the trace x of source ["),
    ],
)
def test_a_value_that_makes_no_sense_stops_the_building(tmp_path: Path, given: str, words: str) -> None:
    with pytest.raises(RunError) as problem:
        network(tmp_path, f"projection ff: taps -> out:\n    connect = dense\n    {given}\n")
    assert words.split("[")[0] in str(problem.value) and "must be greater than 0" in str(problem.value)


def test_a_rule_over_windows_draws_for_each_shared_weight(tmp_path: Path) -> None:
    rule = "STDP(lr_post = 1e-3 * r, lr_pre = -1e-3, tau_pre = uniform(10 ms, 20 ms))"
    body = "population wide[2, 5, 4] = LIF()\npopulation maps[3, 3, 2] = LIF()\nprojection ff: wide -> maps:\n    draw r = uniform(1, 2)\n"
    net = network(tmp_path, f"{body}    connect = conv(kernel = 3)\n    weight = 1 pC * r\n    plasticity = {rule}\n")
    assert net["ff"].lr_post.shape == net["ff"].weight.shape == (3, 2, 3, 3)
    torch.testing.assert_close(net["ff"].weight.detach(), 1000 * net["ff"].lr_post)
    assert net["ff"].tau_pre.shape == (40,) and net["ff"].tau_pre.unique().numel() == 40
    with pytest.raises(RunError, match=r"`ff`: rate of synapse \[0, 0, 0, "):
        limited = "plasticity Up:\n    param rate = 1 in [0, 1]\n    trace x = pre(20 ms)\n    on post: w += rate * x\n"
        rule = "Up(rate = normal(0.9, 0.2))"
        network(tmp_path, f"{limited}{body}    connect = conv(kernel = 3)\n    weight = 1 pC\n    plasticity = {rule}\n")
