"""A network as a module: state, modes, copies, changes, errors."""

from __future__ import annotations

import copy
from pathlib import Path

import networks
import pytest
import torch

import inferno
from inferno.errors import RunError, UsageError
from inferno.grammar.diagnostics import SnnError


def images(batch: int = 4) -> torch.Tensor:
    return torch.rand(batch, 4, 4, generator=torch.Generator().manual_seed(1))


def test_outputs_have_the_shapes_of_their_populations(tmp_path: Path) -> None:
    out = networks.load(tmp_path)(image=images())
    assert out.rates.shape == (4, 3, 3)
    assert out.label.shape == (4,)
    assert out["exc.spikes"].values.shape == (40, 4, 3, 3)
    assert out["exc.spikes"].values.sum() > 0
    assert out["exc.v"].unit == "mV"
    assert torch.equal(out["exc.v"].times, torch.arange(1.0, 41.0, dtype=torch.float64))
    assert torch.allclose(out.rates, out["exc.spikes"].values.float().mean(0))
    assert torch.equal(out.spike_counts["exc"], out["exc.spikes"].values.sum(0))


def test_a_held_input_equals_one_given_for_every_step(tmp_path: Path) -> None:
    net = networks.load(tmp_path)
    held = net(image=images())["exc.spikes"].values
    net.reset()
    assert torch.equal(held, net(image=images().expand(40, 4, 4, 4))["exc.spikes"].values)
    net.reset()
    assert torch.equal(held, net(image=images().expand(40, 4, 4, 4).contiguous())["exc.spikes"].values)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_spikes_do_not_depend_on_how_samples_are_batched(tmp_path: Path, dtype: str) -> None:
    net = networks.load(tmp_path, dtype=dtype)
    together = net(image=images(6))["exc.spikes"].values
    for size in (1, 4):
        net.reset()
        parts = [net(image=images(6)[i : i + size])["exc.spikes"].values for i in range(0, 6, size)]
        assert torch.equal(together, torch.cat(parts, 1))


def test_spikes_do_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    net = networks.load(tmp_path)
    before = torch.get_num_threads()
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        net.reset(all=True)
        net.train()
        found.append(net(image=images(20))["exc.spikes"].values)
    torch.set_num_threads(before)
    assert torch.equal(*found)


def test_samples_are_numbered_so_that_the_same_image_gives_other_spikes(tmp_path: Path) -> None:
    net = networks.load(tmp_path)
    first, second = (net(image=images())["exc.spikes"].values for _ in range(2))
    assert not torch.equal(first, second)
    net.reset()
    assert torch.equal(first, net(image=images())["exc.spikes"].values)


def test_seeds_give_other_weights_and_spikes(tmp_path: Path) -> None:
    one, two = networks.load(tmp_path), networks.load(tmp_path, seed=6)
    assert not torch.equal(one["ff"].weight, two["ff"].weight)


def test_evaluation_changes_neither_weights_nor_thresholds(tmp_path: Path) -> None:
    net = networks.load(tmp_path)
    weight, theta = net["ff"].weight.clone(), net["exc"].theta.clone()
    net.eval()
    net(image=images())
    assert torch.equal(weight, net["ff"].weight)
    assert torch.equal(theta, net["exc"].theta)
    net.train()
    net(image=images())
    assert not torch.equal(weight, net["ff"].weight)
    assert (net["exc"].theta > theta).any()


def test_weights_are_normalized_from_the_start_and_after_each_training_sample(tmp_path: Path) -> None:
    net = networks.load(tmp_path)
    assert torch.allclose(net["ff"].weight.sum(0), torch.tensor(20.0))
    net.train()
    net(image=images())
    assert torch.allclose(net["ff"].weight.sum(0), torch.tensor(20.0))


def test_reset_keeps_weights_and_persistent_states_unless_all_is_said(tmp_path: Path) -> None:
    net = networks.load(tmp_path)
    start = net["ff"].weight.clone()
    net.train()
    net(image=images())
    learned, theta = net["ff"].weight.clone(), net["exc"].theta.clone()
    net.reset()
    assert torch.equal(learned, net["ff"].weight)
    assert torch.equal(theta, net["exc"].theta)
    net.reset(all=True)
    assert torch.equal(start, net["ff"].weight)
    assert not net["exc"].theta.any()


def test_a_weight_is_recorded_on_a_clock_that_runs_on_from_call_to_call(tmp_path: Path) -> None:
    net = networks.load(tmp_path).train()
    times = [net(image=images())["ff.weight"].times.tolist() for _ in range(3)]
    assert times == [[25.0], [50.0, 75.0], [100.0]]
    recorded = networks.load(tmp_path).train()(image=images(), duration="25 ms")["ff.weight"].values[-1]
    net.reset(all=True)
    assert torch.equal(net(image=images())["ff.weight"].values[0], recorded)


def test_the_state_dict_holds_weights_and_persistent_states_and_loads_again(tmp_path: Path) -> None:
    net = networks.load(tmp_path).train()
    net(image=images())
    saved = copy.deepcopy(net.state_dict())
    other = networks.load(tmp_path, seed=9)
    other.load_state_dict(saved)
    assert torch.equal(other["ff"].weight, net["ff"].weight)
    assert torch.equal(other["exc"].theta, net["exc"].theta)
    assert {"parts.ff.weight", "parts.exc.theta"} <= set(saved)


@pytest.mark.parametrize("reduction", ["mean", "sum", "max"])
def test_a_single_neuron_may_share_a_state(reduction: str, tmp_path: Path) -> None:
    text = f"""snn 1
neuron Cell:
    input I : 1
    state a = 0 @shared({reduction})
    10 ms * a' = I - a
population cell = Cell(I = 1)
record cell.a
run:
    steps = 10
"""
    net = networks.load(tmp_path, text, dtype="float64")
    values = net(batch=3)["cell.a"].values
    assert net["cell"].a.shape == ()
    assert values.shape == (10, 3)
    assert 0 < values[0, 0] < values[-1, 0]


BLOCKS = """snn 1
from std.neurons import ALIF
neuron Calling extends ALIF:
    state steps : mV = 0 mV @shared(sum) @persistent
    on high when v > v_rest:
        steps += 1 mV
network Layer(n : int):
    port inp
    population s[n] = Calling()
    projection ff: inp -> s:
        connect = dense
        weight = uniform(0 nC, 1 nC)
    projection sparse: s.high -> s:
        connect = fixed_in(1)
        weight = uniform(0 pC, 1 pC)
        delay = 1 dt
    export s
input x : spikes[3]
use block[0] = Layer(n = 4)
use block[1] = Layer(n = 2)
x -> block[0].inp
block[0].s -> block[1].inp
record block[0].s.steps
run:
    steps = 3
"""


def test_the_state_dict_of_a_network_of_blocks_loads_again(tmp_path: Path) -> None:
    net, other = (networks.load(tmp_path, BLOCKS, seed=seed) for seed in (1, 2))
    net(x=torch.ones(3, 1, 3))
    other.load_state_dict(net.state_dict())
    for name in ("block[0].ff", "block[1].ff", "block[1].sparse"):
        assert torch.equal(net[name].weight, other[name].weight)
    assert torch.equal(net["block[0].s"].steps, other["block[0].s"].steps)
    saved = net.state_dict()
    saved["parts.block[2].ff.weight"] = saved.pop("parts.block[1].ff.weight")
    with pytest.raises(RuntimeError) as wrong:
        other.load_state_dict(saved)
    assert 'Missing key(s) in state_dict: "parts.block[1].ff.weight"' in str(wrong.value)
    assert 'Unexpected key(s) in state_dict: "parts.block[2].ff.weight"' in str(wrong.value)


def test_a_copy_goes_its_own_way(tmp_path: Path) -> None:
    net = networks.load(tmp_path).train()
    twin = copy.deepcopy(net)
    a, b = net(image=images())["exc.spikes"].values, twin(image=images())["exc.spikes"].values
    assert torch.equal(a, b)
    twin(image=images())
    assert not torch.equal(net["ff"].weight, twin["ff"].weight)


def test_a_snapshot_continues_to_the_same_bits(tmp_path: Path) -> None:
    net = networks.load(tmp_path).train()
    net(image=images())
    saved = net.snapshot()
    expected = [net(image=images())["exc.spikes"].values for _ in range(2)]
    other = networks.load(tmp_path, seed=5).train()
    other.restore(saved)
    assert all(torch.equal(e, other(image=images())["exc.spikes"].values) for e in expected)
    assert torch.equal(net["ff"].weight, other["ff"].weight)


@pytest.mark.parametrize("spoil", ["drop", "add", "shape"])
def test_a_snapshot_that_does_not_fit_changes_nothing(tmp_path: Path, spoil: str) -> None:
    net = networks.load(tmp_path)
    saved, before = net.snapshot(), net["ff"].weight.clone()
    if spoil == "drop":
        del saved["variable ff.weight"]
    elif spoil == "add":
        saved["variable ff.unknown"] = torch.zeros(1)
    else:
        saved["variable ff.weight"] = torch.zeros(2, 2)
    with pytest.raises(ValueError, match="ff"):
        net.restore(saved)
    assert torch.equal(before, net["ff"].weight)


def test_casting_casts_states_and_constants_exactly(tmp_path: Path) -> None:
    narrow, wide = networks.load(tmp_path).to(torch.float64), networks.load(tmp_path, dtype="float64")
    assert narrow["exc"].v.dtype == torch.float64
    narrow["ff"].weight.data.copy_(wide["ff"].weight)
    wide.reset()
    assert torch.equal(narrow(image=images())["exc.spikes"].values, wide(image=images())["exc.spikes"].values)


def test_set_changes_a_parameter_and_keeps_what_was_learned(tmp_path: Path) -> None:
    net = networks.load(tmp_path).train()
    net(image=images())
    weight = net["ff"].weight.clone()
    net.set("exc.tau_m", "20 ms")
    assert torch.equal(weight, net["ff"].weight)
    net.set("exc.t_ref", "0 ms")  # a neuron without refractory period has other code
    assert torch.equal(weight, net["ff"].weight)
    assert net.training
    net.reset(all=True)
    fresh = networks.load(tmp_path, **{"exc.tau_m": "20 ms", "exc.t_ref": "0 ms"}).train()
    assert torch.equal(net(image=images())["exc.spikes"].values, fresh(image=images())["exc.spikes"].values)


def test_set_checks_units_as_the_file_does(tmp_path: Path) -> None:
    net = networks.load(tmp_path)
    with pytest.raises(SnnError) as caught:
        net.set("exc.tau_m", 30)
    assert caught.value.diagnostics[0].code == "E0206"


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "missing"),
        ({"picture": torch.zeros(1, 4, 4)}, "no input"),
        ({"image": torch.zeros(4, 4)}, "shape"),
        ({"image": torch.zeros(1, 4, 5)}, "shape"),
        ({"image": torch.full((1, 4, 4), 2.0)}, "range"),
        ({"image": torch.full((1, 4, 4), float("nan"))}, "not a number"),
        ({"image": "no tensor"}, "no tensor"),
        ({"image": torch.zeros(3, 1, 4, 4), "duration": "5 ms"}, "differs"),
        ({"image": torch.zeros(0, 4, 4)}, "nothing to run"),
    ],
)
def test_an_input_that_does_not_fit_is_refused_in_words(tmp_path: Path, inputs: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        networks.load(tmp_path)(**inputs)


def test_a_value_that_stops_being_finite_is_traced_to_its_neuron_and_step(tmp_path: Path) -> None:
    text = "snn 1\nneuron Wild:\n    state v = 2\n    1 ms * v' = v^2\n    spike when v < 0\n"
    text += "population p[2, 3] = Wild()\nrun:\n    steps = 400\n"
    net = networks.load(tmp_path, text)
    before = net["p"].v.clone()
    with pytest.raises(RunError, match=r"`p.v` became (inf|nan) in step \d+ .*neuron \[0, 0\] of sample 0"):
        net()
    assert torch.equal(before, net["p"].v)


def test_unknown_names_say_what_there_is(tmp_path: Path) -> None:
    net = networks.load(tmp_path)
    with pytest.raises(KeyError, match="exc"):
        net["nothing"]
    with pytest.raises(AttributeError, match="theta"):
        _ = net["exc"].nothing
    with pytest.raises(AttributeError, match="rates"):
        _ = net(image=images()).nothing


@pytest.mark.parametrize("name", ["pop", "keys", "train", "type", "forward", "class_", "parts", "state"])
def test_any_identifier_can_name_a_population(tmp_path: Path, name: str) -> None:
    text = f"snn 1\nfrom std.neurons import LIF\npopulation {name}[2] = LIF(I = 1 nA)\nrecord {name}.spikes\nrun:\n    steps = 30\n"
    out = networks.load(tmp_path, text)()
    assert out[f"{name}.spikes"].values.any()


def test_an_unknown_device_backend_or_type_says_what_there_is(tmp_path: Path) -> None:
    for options in ({"device": "cuda:77"}, {"device": "tpu"}, {"backend": "fast"}, {"dtype": "float16"}):
        with pytest.raises(UsageError, match="there"):
            networks.load(tmp_path, **options)


def test_weights_beyond_the_memory_are_refused_before_anything_is_allocated(tmp_path: Path) -> None:
    text = (
        networks.COMPETITION.replace("enc[4, 4]", "enc[4, 4]")
        .replace("side : int = 3", "side : int = 3000000")
        .replace("exc[side, side]", "exc[side]")
        .replace("inh[side, side]", "inh[side]")
    )
    with pytest.raises(RunError, match="GiB"):
        networks.load(tmp_path, text.replace("[4, 4]", "[400, 400]"))


def test_a_state_begins_infinite_where_its_type_does_not_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "far.snn"
    path.write_text("snn 1\nneuron N:\n    state v = 1e160\n    v' = -v/(10 ms)\n    spike when v < 0\npopulation p = N()\n")
    for dtype, begin in (("float32", float("inf")), ("float64", 1e160)):
        net = inferno.load_network(path, backend="eager", device="cpu", dtype=dtype)
        net.reset()
        assert net["p"].v.item() == begin
