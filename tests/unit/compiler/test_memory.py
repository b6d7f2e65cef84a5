"""The memory that a network needs, and what is advised where it is more than there is."""

from __future__ import annotations

import gc
import re
import warnings
from pathlib import Path

import pytest
import torch

import inferno
from inferno.compiler import memory
from inferno.compiler.graph import Graph
from inferno.compiler.pipeline import compile_program
from inferno.compiler.refusals import refusal
from inferno.grammar import findings_of

FLOAT = 4
GIB = 2.0**30
LEARNING = """snn 1
from std.neurons import LIF
from std.plasticity import {rule}
input reward : real = 0
population a[40000] = LIF()
population b[40000] = LIF()
projection ff: a -> b:
    connect    = {connect}
    weight     = uniform(0 nC, 1 nC)
    plasticity = {rule}()
{link}
run:
    batch = {batch}
    steps = 10
"""


def graph_of(rule: str, connect: str, batch: int) -> Graph:
    link = "reward -> ff.reward" if rule == "MSTDPET" else ""
    program, found = findings_of(LEARNING.format(rule=rule, connect=connect, batch=batch, link=link).encode(), "model.snn")
    assert program is not None, found
    return compile_program(program).graph


def total(rule: str, connect: str, batch: int) -> float:
    return memory.needed(graph_of(rule, connect, batch), FLOAT, batch, {}).total


def test_a_learning_list_counts_its_indices_and_its_states_in_every_sample() -> None:
    synapses = 40_000 * 2_000
    parts = memory.needed(graph_of("MSTDPET", "fixed_in(2000)", 512), FLOAT, 512, {}).parts
    # Target, source, and the place in the order of targets; the weight; the eligibility.
    assert parts["ff"] == synapses * (4 + 4 + 4 + 4 + 512 * 4)


@pytest.mark.parametrize("rule", ["MSTDPET", "STDP"])
@pytest.mark.parametrize("connect", ["random(0.1)", "fixed_in(2000)", "dense"])
@pytest.mark.parametrize("batch", [1, 512])
@pytest.mark.parametrize("share", [0.001, 0.1, 0.9])
def test_what_is_advised_fits(rule: str, connect: str, batch: int, share: float) -> None:
    graph = graph_of(rule, connect, batch)
    need = memory.needed(graph, FLOAT, batch, {})
    ways = refusal(graph, need, need.total * share, FLOAT, batch, {})[1]
    found = re.findall(r"`connect = ([^`]*)` needs|`--batch (\d+)` needs", ways)
    assert found or share < 0.9
    for other, number in found:
        assert total(rule, other or connect, int(number or batch)) <= need.total * share


def test_the_words_name_the_batch_and_a_connectivity_of_the_same_kind() -> None:
    said = {}
    for connect in ("random(0.1)", "fixed_in(2000)"):
        graph = graph_of("MSTDPET", connect, 512)
        need = memory.needed(graph, FLOAT, 512, {})
        said[connect] = refusal(graph, need, 16 * GIB, FLOAT, 512, {})
    last = "or try it all the same with --force"
    often = "most of it for `ff`, which has states for each of 512 samples"
    assert said["random(0.1)"] == (
        f"this network needs 308.0 GiB of 16.0 GiB, {often}",
        f"`--batch 16` needs 11.9 GiB; `connect = random(0.001)` needs 3.5 GiB; make its populations smaller, {last}",
    )
    assert said["fixed_in(2000)"] == (
        f"this network needs 154.2 GiB of 16.0 GiB, {often}",
        f"`--batch 32` needs 10.8 GiB; `connect = fixed_in(100)` needs 8.1 GiB; make its populations smaller, {last}",
    )


DIFFERING = """snn 1
from std.neurons import LIF
from std.synapses import Exponential
plasticity Rule:
    param lr = 0.1, tau = 20 ms, slow = 100 ms
    trace x = pre(tau), y = post(30 ms)
    state c = 0
    c' = -c/slow
    on post: c += lr * x
    on pre:  w += 0.01 * c * y
input sent : spikes[300]
population cells[200] = LIF(tau_m = {membrane}, t_ref = {refractory})
projection ff: sent -> cells:
    connect    = {connect}
    synapse    = Exponential(q = 1 pC, tau = {synapse})
    weight     = uniform(0, 1)
    delay      = {delay}
    plasticity = Rule(lr = {rate}, tau = {trace}, slow = {slow})
record ff.c, cells.v
run:
    steps = 2
"""
ALIKE = {"membrane": "20 ms", "refractory": "2 ms", "synapse": "5 ms", "rate": "0.1", "trace": "20 ms", "slow": "100 ms"}
DRAWN = {
    "membrane": "uniform(10 ms, 20 ms)", "refractory": "uniform(2 ms, 5 ms)", "synapse": "uniform(4 ms, 5 ms)",
    "rate": "uniform(0, 1)", "trace": "uniform(10 ms, 30 ms)", "slow": "uniform(90 ms, 100 ms)",
}  # fmt: skip


def living_tensors() -> list[torch.Tensor]:
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [found for found in gc.get_objects() if isinstance(found, torch.Tensor)]


def estimated_and_real(text: str, folder: Path) -> tuple[float, float]:
    """Bytes as they are estimated, and those of the tensors that come into being with the network."""
    path = folder / "model.snn"
    path.write_text(text)
    program, found = findings_of(text.encode(), "model.snn")
    assert program is not None, found
    estimate = memory.needed(compile_program(program).graph, FLOAT, 1, {}).total
    # Whatever other tests have left is kept meanwhile, so that no new tensor takes an old one's place.
    earlier = living_tensors()
    known = {id(tensor) for tensor in earlier}
    net = inferno.load_network(path, backend="eager")
    storages = [tensor.untyped_storage() for tensor in living_tensors() if id(tensor) not in known]
    real = sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())
    del net
    return estimate, real


RULE = ("rate", "trace", "slow")


@pytest.mark.parametrize(
    ("names", "connect", "delay"),
    [
        (("membrane", "refractory"), "dense", "0 ms"),
        (("synapse",), "dense", "0 ms"),
        (RULE, "dense", "0 ms"),
        (RULE, "fixed_in(100)", "1 ms"),
        (RULE, "fixed_in(100)", "uniform(1 ms, 5 ms)"),
    ],
)
def test_what_differs_from_neuron_to_neuron_or_synapse_to_synapse_is_counted(
    names: tuple[str, ...], connect: str, delay: str, tmp_path: Path
) -> None:
    alike = DIFFERING.format(**ALIKE, connect=connect, delay=delay)
    differing = DIFFERING.format(**{**ALIKE, **{name: DRAWN[name] for name in names}}, connect=connect, delay=delay)
    plain, drawn = estimated_and_real(alike, tmp_path), estimated_and_real(differing, tmp_path)
    # Numbers by themselves, some hundred bytes, are no part of the estimate.
    assert drawn[0] - plain[0] == pytest.approx(drawn[1] - plain[1], rel=0.01, abs=400)
    assert drawn[0] > plain[0]
