"""Projections that are stored as lists: who is joined, how late, and what a network keeps of it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from lists import HEAD, RUN, network, pairs

import inferno
from inferno.errors import RunError

# ---- who is joined


@pytest.mark.parametrize("count", [1, 7, 19, 30, 39])
def test_fixed_in_without_the_diagonal_keeps_its_in_degree(tmp_path: Path, count: int) -> None:
    found = pairs(network(tmp_path, f"fixed_in({count}) - diagonal"))
    assert np.bincount([j for _, j in found], minlength=40).tolist() == [count] * 40
    assert all(i != j for i, j in found)


def test_fixed_out_and_fixed_total_count(tmp_path: Path) -> None:
    out = pairs(network(tmp_path, "fixed_out(6) - diagonal"))
    assert np.bincount([i for i, _ in out], minlength=40).tolist() == [6] * 40
    for count in (100, 1000, 1560):
        total = pairs(network(tmp_path, f"fixed_total({count}) - diagonal"))
        assert len(total) == count
        assert all(i != j for i, j in total)


def test_every_pair_is_as_likely_as_any_other() -> None:
    from inferno.runtime.connectivity import Ground, connect
    from inferno.runtime.philox import stream_key
    from inferno.runtime.places import End

    end = End("a", (30,), ((0, 30),))
    for recipe in (("random", 1, 0.2), ("fixed_in", 1, 6), ("fixed_out", 1, 6), ("fixed_in", 1, 20), ("fixed_total", 1, 180)):
        counts = torch.zeros(30, 30)
        for seed in range(400):
            rows = connect(recipe, Ground(end, end, lambda n, seed=seed: torch.tensor(stream_key(seed, f"p.connect.{n}")), {}))  # type: ignore[misc]
            source = torch.repeat_interleave(torch.arange(30), rows.indptr.diff())
            counts[source, rows.targets.long()] += 1
        p = 20 / 30 if recipe[2] == 20 else 0.2
        deviation = (counts - 400 * p) / math.sqrt(400 * p * (1 - p))
        assert deviation.abs().max() < 5
        assert abs(deviation.mean()) < 0.2
        assert 0.85 < deviation.std() < 1.15


def test_a_gaussian_falls_off_with_the_distance(tmp_path: Path) -> None:
    path = tmp_path / "net.snn"
    path.write_text(
        "snn 1\nfrom std.neurons import LIF\nfrom std.synapses import Delta\npopulation a[60, 60] = LIF()\nprojection p: a -> a:\n"
        "    connect = gaussian(sigma = 3)\n    synapse = Delta()\n    weight = 1\n    delay = 1 ms\n"
    )
    net = inferno.load_network(path, backend="eager", device="cpu")
    i, j = net["p"].pre, net["p"].post
    squared = (i // 60 - j // 60) ** 2 + (i % 60 - j % 60) ** 2
    inside = (i // 60 > 20) & (i // 60 < 40) & (i % 60 > 20) & (i % 60 < 40)
    sources = 19 * 19
    for step, places in ((0, 1), (1, 4), (5, 8), (9, 4), (25, 12)):
        expected = sources * places * math.exp(-step / 18)
        found = int((inside & (squared == step)).sum())
        assert abs(found - expected) <= 5 * math.sqrt(expected) + (0 if step else 0)


def test_a_ring_is_closed_and_without_the_neuron_itself(tmp_path: Path) -> None:
    found = pairs(network(tmp_path, "ring(2)"))
    assert found == {(i, (i + d) % 40) for i in range(40) for d in (-2, -1, 1, 2)}
    assert len(pairs(network(tmp_path, "ring(20)"))) == 40 * 39


def test_sets_of_pairs(tmp_path: Path) -> None:
    ring, random = pairs(network(tmp_path, "ring(3)")), pairs(network(tmp_path, "random(0.3)"))
    assert pairs(network(tmp_path, "random(0.3) + ring(3)")) == random | ring
    assert pairs(network(tmp_path, "random(0.3) & ring(3)")) == random & ring
    assert pairs(network(tmp_path, "random(0.3) - ring(3) - diagonal")) == {(i, j) for i, j in random - ring if i != j}
    assert pairs(network(tmp_path, "dense - diagonal", ends="E -> all")) == {(i, j) for i in range(30) for j in range(40) if i != j}


def test_the_diagonal_of_parts_is_of_the_same_neurons(tmp_path: Path) -> None:
    assert pairs(network(tmp_path, "diagonal", ends="all[5:] -> all[:10]")) == {(i, i + 10) for i in range(10)}


# ---- delays


def test_delays_are_rounded_half_up_and_stay_in_their_range(tmp_path: Path) -> None:
    net = network(tmp_path, "random(0.5)", delay="uniform(0.6 ms, 4 ms)")
    delay = net["p"].delay
    assert set(delay.tolist()) == {0.5 * k for k in range(1, 9)}
    counts = torch.bincount((delay * 2).long())[1:].double() / len(delay)
    widths = torch.tensor([0.15, *[0.5] * 6, 0.25], dtype=torch.float64) / 3.4
    assert ((counts - widths).abs() < 5 * (widths / len(delay)).sqrt()).all()


def test_a_delay_for_each_synapse_that_is_the_same_is_one_delay(tmp_path: Path) -> None:
    same = network(tmp_path, "random(0.5)", ends="src -> all", delay="uniform(1 ms, 1.1 ms)", rest="record all.v\n")
    plain = network(tmp_path, "random(0.5)", ends="src -> all", delay="1 ms", rest="record all.v\n")
    assert torch.equal(same(batch=2)["all.v"].values, plain(batch=2)["all.v"].values)


@pytest.mark.parametrize("ends", ["src -> all", "all -> all"])
def test_a_list_with_delays_agrees_with_its_parts(tmp_path: Path, ends: str) -> None:
    """A projection with delays drawn for each synapse is the sum of projections with one delay each."""
    rest = "population b[20, 2] = LIF(I = 20 nA)\nrecord all.v\n"
    ends = ends.replace("all ->", "b ->")
    net = network(tmp_path, "random(0.4)", ends=ends, delay="uniform(0.5 ms, 2 ms)", weight="uniform(0, 1)", rest=rest)
    found, part = net(batch=2)["all.v"].values, net["p"]
    projections = ""
    for step in range(1, 5):
        chosen = part.delay == step * 0.5
        arrays = {"pre": part.pre, "post": part.post, "weight": part.weight.detach()}
        np.savez(tmp_path / f"part{step}.npz", **{n: a[chosen].numpy() for n, a in arrays.items()})
        projections += (
            f'projection q{step}: {ends}:\n    connect = from_file("part{step}.npz")\n'
            f"    synapse = Delta(q = 1 pC)\n    weight = from_file\n    delay = {step * 0.5} ms\n"
        )
    (tmp_path / "parts.snn").write_text(f"{HEAD}{rest}{projections}{RUN}")
    again = inferno.load_network(tmp_path / "parts.snn", backend="eager", device="cpu", dtype="float64")
    assert torch.allclose(again(batch=2)["all.v"].values, found, rtol=1e-12, atol=1e-12)
    assert found.std() > 0


# ---- what a network keeps


def test_the_seed_decides_and_another_one_needs_no_other_code(tmp_path: Path) -> None:
    net = network(tmp_path, "random(chance)", weight="uniform(0, 1)", delay="uniform(0.5 ms, 2 ms)")
    again = network(tmp_path, "random(chance)", weight="uniform(0, 1)", delay="uniform(0.5 ms, 2 ms)")
    other = inferno.load_network(tmp_path / "net.snn", backend="eager", device="cpu", dtype="float64", seed=6, chance=0.3)
    assert pairs(net) == pairs(again)
    assert torch.equal(net["p"].weight, again["p"].weight)
    assert pairs(net) != pairs(other)
    assert net.source == other.source


def test_another_probability_draws_other_pairs(tmp_path: Path) -> None:
    net = network(tmp_path, "random(chance)", weight="uniform(0, 1)")
    before = len(pairs(net))
    net.set("chance", 0.9)
    assert len(pairs(net)) > 4 * before
    assert net["p"].weight.shape == net["p"].pre.shape


def test_one_constant_weight_is_not_stored_and_can_be_set(tmp_path: Path) -> None:
    net = network(tmp_path, "random(0.2)", ends="src -> all", rest="record all.v\n")
    assert net["p"].weight.tolist() == [0.1] * len(pairs(net))
    before, known = net(batch=1)["all.v"].values, pairs(net)
    net.reset()
    net.set("p.weight", 0.2)
    assert pairs(net) == known
    assert net["p"].weight.unique().tolist() == [0.2]
    assert not torch.equal(net(batch=1)["all.v"].values, before)


def test_a_snapshot_is_of_its_own_synapses(tmp_path: Path) -> None:
    net = network(tmp_path, "random(0.2)", weight="uniform(0, 1)", delay="uniform(0.5 ms, 2 ms)", rest="record all.spikes\n")
    net(batch=2)
    saved, further = net.snapshot(), net(batch=2)["all.spikes"].values
    twin = inferno.load_network(tmp_path / "net.snn", backend="eager", device="cpu", dtype="float64")
    twin.restore(saved)
    assert torch.equal(twin(batch=2)["all.spikes"].values, further)
    other = inferno.load_network(tmp_path / "net.snn", backend="eager", device="cpu", dtype="float64", seed=6)
    with pytest.raises(ValueError, match="p"):
        other.restore(saved)


RULE = """plasticity Slow:
    trace x = pre(20 ms), y = post(20 ms)
    state c = uniform(0, 1)
    state m = 0 @shared(mean)
    c' = -c / (10 ms)
    m' = (c - m) / (10 ms)
    on pre:  w += 0.2*c + 0.1*m
    on post: w += 0.1*x - 0.05*y
"""


@pytest.mark.parametrize("delay", ["1 ms", "uniform(0.5 ms, 2 ms)"])
def test_a_snapshot_holds_what_every_synapse_of_a_list_remembers(tmp_path: Path, delay: str) -> None:
    rest = "    plasticity = Slow()\nrecord all.spikes\nrecord p.weight every 1\n"
    net = network(tmp_path, "random(0.2)", ends="src -> all", weight="uniform(0, 200)", delay=delay, rest=rest + RULE)
    net.train()
    net(batch=2)
    saved, further = net.snapshot(), net(batch=2)
    assert further["all.spikes"].values.any()
    twin = inferno.load_network(tmp_path / "net.snn", backend="eager", device="cpu", dtype="float64").train()
    twin.restore(saved)
    again = twin(batch=2)
    assert all(torch.equal(again[name].values, further[name].values) for name in ("all.spikes", "p.weight"))
    short = {key: value[..., :-1] if key == "variable p.c" else value for key, value in saved.items()}
    with pytest.raises(ValueError, match=r"`p.c` is saved as torch.float64 \[2, \d+\], and a sample of this network has torch.float64 \["):
        twin.restore(short)


@pytest.mark.parametrize(("name", "value"), [("chance", 0.3), ("p.delay", "uniform(1 ms, 3 ms)")])
def test_other_synapses_remember_nothing_of_those_before(tmp_path: Path, name: str, value: object) -> None:
    rule = RULE.replace("uniform(0, 1)", "0.5 @persistent").replace("@shared(mean)", "@shared(mean) @persistent")
    rest = f"    plasticity = Slow()\nrecord all.spikes\n{rule}"
    net = network(tmp_path, "random(chance)", ends="src -> all", weight="uniform(0, 200)", delay="1 ms", rest=rest)
    net.train()
    net.set("p.lower", "clamp(-1e6)")
    net(batch=2)
    kept = net["p"].c.clone()
    net.set("all.tau_m", "12 ms")
    net.set("p.upper", "clamp(1e6)")
    assert torch.equal(net["p"].c, kept)
    assert kept.max() < 0.5
    net.set(name, value)
    count = net["p"].weight.shape[0]
    assert net["p"].c.shape[1:] == net["p"].m.shape == (count,)
    assert net["p"].c.unique().tolist() == [0.5]
    net(batch=2)


def test_reset_draws_weights_again(tmp_path: Path) -> None:
    net = network(tmp_path, "random(0.2)", weight="uniform(0, 1)")
    before = net["p"].weight.clone()
    with torch.no_grad():
        net["p"].weight.zero_()
    net.reset(all=True)
    assert torch.equal(net["p"].weight, before)


def test_norms_hold_over_either_side(tmp_path: Path) -> None:
    for over, side in (("pre", "post"), ("post", "pre")):
        net = network(tmp_path, "random(0.3)", weight="uniform(0, 1)", rest=f"    normalize = l1(3, over = {over})\n")
        sums = torch.zeros(40, dtype=torch.float64).index_add(0, getattr(net["p"], side), net["p"].weight.detach())
        assert torch.allclose(sums, torch.full_like(sums, 3.0))


def test_a_batch_is_as_its_samples(tmp_path: Path) -> None:
    net = network(tmp_path, "random(0.4)", ends="src -> all", weight="uniform(0, 1)", delay="uniform(0 ms, 2 ms)", rest="record all.v\n")
    together = net(batch=3)["all.v"].values
    net.reset()
    alone = torch.cat([net(batch=1)["all.v"].values for _ in range(3)], 1)
    assert torch.equal(alone, together)


# ---- views


def test_a_view_is_a_part_of_its_population(tmp_path: Path) -> None:
    rest = "view middle = E[3:5, 1]\nrecord E.v, middle.v, all[3:5, 1].v\nrecord all.v\noutput r = mean(E[:2].spikes, over = time)\n"
    net = network(tmp_path, "random(0.4)", ends="src -> E", rest=rest)
    out = net(batch=2)
    whole = out["all.v"].values
    assert torch.equal(out["E.v"].values, whole[:, :, :15])
    assert torch.equal(out["middle.v"].values, whole[:, :, 3:5, 1:2])
    assert torch.equal(out["middle.v"].values, out["all[3:5, 1].v"].values)
    assert torch.equal(net["middle"].v, net["all"].v[:, 3:5, 1:2])
    assert out.r.shape == (2, 2, 2)
    assert (whole[:, :, 15:] == whole[0, 0, 15, 0]).all()
    assert whole[:, :, :15].std() > 0


# ---- memory


def test_a_network_that_can_not_fit_names_one_that_would(tmp_path: Path) -> None:
    path = tmp_path / "net.snn"
    text = "snn 1\nfrom std.neurons import LIF\nfrom std.synapses import Delta\npopulation a[3000000] = LIF()\nprojection p: a -> a:\n"
    path.write_text(
        text + "    connect = CONNECT\n    synapse = Delta()\n    weight = uniform(0, 1)\n    delay = 1 ms\n".replace("CONNECT", "dense")
    )
    with pytest.raises(RunError, match=r"needs 32\.7 TiB of .*connect = random\(") as problem:
        inferno.load_network(path, backend="eager")
    assert "--force" in str(problem.value)
    path.write_text(text + "    connect = fixed_in(100000)\n    synapse = Delta()\n    weight = 1\n    delay = uniform(1 ms, 2 ms)\n")
    with pytest.raises(RunError, match=r"needs 1\.6 TiB"):
        inferno.load_network(path, backend="eager")


def test_a_projection_that_learns_has_synapses_with_numbers_of_32_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inferno.runtime.synapses.MOST_LEARNING", 119)
    rest = "    plasticity = STDP()\nfrom std.plasticity import STDP\n"
    network(tmp_path, "fixed_total(119)", rest=rest)
    network(tmp_path, "fixed_total(120)")
    with pytest.raises(RunError, match="`p` has 120 synapses that learn; a projection can have 119 of them"):
        network(tmp_path, "fixed_total(120)", rest=rest)
