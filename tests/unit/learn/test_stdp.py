"""STDP on all kinds of connections against plain loops."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from told import DELTA, delayed, dense, layer_of, one, spikes, step, terms
from torch import Tensor

import inferno
from inferno import learn, neural

RATES = (0.01, -0.005, 20.0, 30.0)


def trained(layer: neural.Serial, pre: Tensor, post: Tensor, **keywords: object) -> Tensor:
    """The weights after training with these spikes."""
    trainer = learn.STDP(*RATES, **keywords)
    trainer.register_cell("only", layer.cell)
    for x, y in zip(pre, post, strict=True):
        step(layer, x, y)
        trainer()
        layer.connection.update()
    return layer.connection.weight.data


def total(pre: list[int], post: list[int], nearest: bool = False) -> float:
    """The change of a weight over all steps, for spikes of one sample."""
    return sum(of_post + of_pre for of_post, of_pre in terms(pre, post, *RATES, nearest=nearest))


@pytest.mark.parametrize("nearest", [False, True])
def test_one_to_one_synapses_learn_from_their_own_pair(nearest: bool) -> None:
    pre, post = spikes(20, 3, 4, seed=1), spikes(20, 3, 4, seed=2)
    layer = layer_of(neural.LinearDirect(4, 1.0, synapse=DELTA, batch_size=3))
    found = trained(layer, pre, post, trace_mode="nearest" if nearest else "cumulative")
    expected = [sum(total(pre[:, b, i].tolist(), post[:, b, i].tolist(), nearest) for b in range(3)) / 3 for i in range(4)]
    torch.testing.assert_close(found, torch.tensor(expected))


@pytest.mark.parametrize("applied_late", [False, True])
def test_delayed_one_to_one_synapses_learn_from_what_arrives(applied_late: bool) -> None:
    pre, post = spikes(20, 2, 4, seed=3), spikes(20, 2, 4, seed=4)
    delays = torch.tensor([0.0, 3.0, 1.0, 2.0])
    layer = layer_of(neural.LinearDirect(4, 1.0, synapse=DELTA, batch_size=2, delay=3.0, delay_init=lambda _: delays))
    found = trained(layer, pre, post, delayed=applied_late)
    expected = [sum(total(delayed(pre[:, b, i].tolist(), int(delays[i])), post[:, b, i].tolist()) for b in range(2)) / 2 for i in range(4)]
    torch.testing.assert_close(found, torch.tensor(expected))


@pytest.mark.parametrize("applied_late", [False, True])
def test_delayed_dense_synapses_learn_from_what_arrives(applied_late: bool) -> None:
    pre, post = spikes(20, 2, 3, seed=5), spikes(20, 2, 2, seed=6)
    delays = torch.tensor([[0.0, 3.0, 1.0], [2.0, 0.0, 4.0]])
    found = trained(dense(2, delays=delays), pre, post, delayed=applied_late)
    expected = torch.zeros(2, 3)
    for o, i, b in ((o, i, b) for o in range(2) for i in range(3) for b in range(2)):
        expected[o, i] += total(delayed(pre[:, b, i].tolist(), int(delays[o, i])), post[:, b, o].tolist()) / 2
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("applied_late", [False, True])
def test_a_delayed_convolution_learns_from_what_arrives(applied_late: bool) -> None:
    pre, post = spikes(12, 2, 1, 4, 3, seed=7), spikes(12, 2, 2, 2, 2, seed=8)
    delays = torch.arange(12).reshape(2, 1, 3, 2) % 4 * 1.0
    layer = layer_of(neural.Conv2D(4, 3, 1, 2, 1.0, (3, 2), synapse=DELTA, batch_size=2, delay=3.0, delay_init=lambda _: delays))
    found = trained(layer, pre, post, delayed=applied_late)
    expected = torch.zeros(2, 1, 3, 2)
    for f, h, w, b in ((f, h, w, b) for f in range(2) for h in range(3) for w in range(2) for b in range(2)):
        for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
            course = delayed(pre[:, b, 0, row + h, column + w].tolist(), int(delays[f, 0, h, w]))
            expected[f, 0, h, w] += total(course, post[:, b, f, row, column].tolist()) / 2
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


def test_a_strided_and_padded_convolution_learns() -> None:
    pre, post = spikes(10, 1, 2, 5, 5, seed=9), spikes(10, 1, 2, 3, 3, seed=10)
    layer = layer_of(neural.Conv2D(5, 5, 2, 2, 1.0, 3, stride=2, padding=1, synapse=DELTA))
    found = trained(layer, pre, post)
    expected = torch.zeros(2, 2, 3, 3)
    places = [(row, column) for row in range(3) for column in range(3)]
    for f, c, (h, w), (row, column) in ((f, c, k, p) for f in range(2) for c in range(2) for k in places for p in places):
        y, x = 2 * row + h - 1, 2 * column + w - 1
        course = pre[:, 0, c, y, x].tolist() if 0 <= y < 5 and 0 <= x < 5 else [0] * 10
        expected[f, c, h, w] += total(course, post[:, 0, f, row, column].tolist())
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


def test_lateral_connections_keep_no_weight_to_themselves() -> None:
    pre, post = spikes(20, 2, 4, seed=11), spikes(20, 2, 4, seed=12)
    layer = layer_of(neural.LinearLateral(4, 1.0, synapse=DELTA, batch_size=2))
    found = trained(layer, pre, post)
    for o, i in ((o, i) for o in range(4) for i in range(4)):
        expected = sum(total(pre[:, b, i].tolist(), post[:, b, o].tolist()) for b in range(2)) / 2
        assert found[o, i].item() == pytest.approx(0.0 if o == i else expected, abs=1e-6)


@pytest.mark.parametrize("step_time", [0.5, 2.0])
def test_the_step_of_the_connection_decides_how_traces_decay(step_time: float) -> None:
    pre, post = spikes(20, 1, 1, seed=13), spikes(20, 1, 1, seed=14)
    found = trained(one(step_time=step_time), pre, post)
    expected = sum(sum(pair) for pair in terms(pre.flatten().tolist(), post.flatten().tolist(), *RATES, step_time=step_time))
    assert found.item() == pytest.approx(expected, rel=1e-5)


def test_a_step_time_of_the_trainer_goes_before_the_connection() -> None:
    pre, post = spikes(20, 1, 1, seed=13), spikes(20, 1, 1, seed=14)
    found = trained(one(), pre, post, step_time=0.5)
    expected = sum(sum(pair) for pair in terms(pre.flatten().tolist(), post.flatten().tolist(), *RATES, step_time=0.5))
    assert found.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    "reduction", [torch.sum, torch.mean, lambda t, dim: t.amax(dim), lambda t, dim: t.sum(dim).sqrt(), lambda t, dim: t.median(dim).values]
)
def test_any_function_may_reduce_samples(reduction: Callable[[Tensor, int], Tensor]) -> None:
    pre, post = spikes(15, 3, 3, seed=15), spikes(15, 3, 2, seed=16)
    found = trained(dense(3), pre, post, batch_reduction=reduction)
    expected = torch.zeros(2, 3)
    for o, i in ((o, i) for o in range(2) for i in range(3)):
        by_sample = torch.tensor([terms(pre[:, b, i].tolist(), post[:, b, o].tolist(), *RATES) for b in range(3)]).abs()
        reduced = reduction(by_sample, 0)
        expected[o, i] = (reduced[:, 0] - reduced[:, 1]).sum()
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("lr_post", "lr_pre", "raises", "lowers"),
    [(0.2, -0.1, ["post"], ["pre"]), (-0.2, 0.1, ["pre"], ["post"]), (0.2, 0.1, ["post", "pre"], []), (-0.2, -0.1, [], ["post", "pre"])],
)
def test_signs_route_magnitudes_to_both_sides_of_an_accumulator(
    lr_post: float, lr_pre: float, raises: list[str], lowers: list[str]
) -> None:
    layer, trainer = one(), learn.STDP(lr_post, lr_pre, 20.0, 30.0)
    trainer.register_cell("only", layer.cell)
    both = torch.tensor([[True]])
    step(layer, both, both)
    step(layer, both, both)
    trainer()
    amount = {"post": abs(lr_post) * (1 + math.exp(-1 / 30)), "pre": abs(lr_pre) * (1 + math.exp(-1 / 20))}
    for side, names in ((layer.updater.weight.pos, raises), (layer.updater.weight.neg, lowers)):
        assert (side is None) == (not names)
        assert side is None or side.item() == pytest.approx(sum(amount[name] for name in names))


def test_a_zero_learning_rate_changes_nothing() -> None:
    pre, post = spikes(10, 1, 1, seed=17), spikes(10, 1, 1, seed=18)
    layer, trainer = one(), learn.STDP(0.0, 0.0, 20.0, 30.0)
    trainer.register_cell("only", layer.cell)
    for x, y in zip(pre, post, strict=True):
        step(layer, x, y)
        trainer()
        layer.connection.update()
    assert layer.connection.weight.item() == 0.0


def test_updates_add_up_until_they_are_applied() -> None:
    pre, post = spikes(10, 1, 3, seed=19), spikes(10, 1, 2, seed=20)
    layer, trainer = dense(), learn.STDP(*RATES)
    trainer.register_cell("only", layer.cell)
    for x, y in zip(pre, post, strict=True):
        step(layer, x, y)
        trainer()
        assert not layer.connection.weight.any()
    trainer.update()
    torch.testing.assert_close(layer.connection.weight.data, trained(dense(), pre, post))
    before = layer.connection.weight.clone()
    trainer.update()
    assert torch.equal(layer.connection.weight, before)


def test_pending_updates_are_no_parameters() -> None:
    layer, trainer = one(), learn.STDP(*RATES)
    trainer.register_cell("only", layer.cell)
    names = [name for name, _ in layer.named_parameters()]
    step(layer, torch.tensor([[True]]), torch.tensor([[True]]))
    trainer()
    assert [name for name, _ in layer.named_parameters()] == names
    assert not any("updates_" in name and isinstance(value, Tensor) for name, value in layer.state_dict().items())


@pytest.fixture
def doubles() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("doubles")
def test_each_step_in_double_precision_is_that_of_the_rule_of_the_standard_library(tmp_path: Path) -> None:
    path = tmp_path / "pair.snn"
    path.write_text("""snn 1
from std.plasticity import STDP
from std.synapses import Delta
neuron Follow:
    input I : nA
    input order : 1
    state v = 0
    1e-6 ms * v' = order - v + 0 * I / (1 nA)
    spike when v > 0.5:
        v = 0
input pre : spikes[3]
input told : real[2] in [0, 1]
population post[2] = Follow(order = told)
projection ff: pre -> post.I:
    connect    = dense
    synapse    = Delta()
    weight     = 0
    plasticity = STDP(lr_post = 0.01, lr_pre = -0.005, tau_post = 20 ms, tau_pre = 30 ms)
record ff.weight every 1
run:
    dt = 1 ms
    steps = 1
""")
    pre, post = spikes(25, 2, 3, seed=21), spikes(25, 2, 2, seed=22)
    net = inferno.load_network(path, backend="eager", device="cpu", dtype="float64").train()
    course = net(pre=pre, told=post.to(torch.float64))["ff.weight"].values
    assert len(course) == 25 and course[-1].any()
    layer, trainer = dense(2), learn.STDP(*RATES)
    trainer.register_cell("only", layer.cell)
    for x, y, weights in zip(pre, post, course, strict=True):
        step(layer, x, y)
        trainer()
        layer.connection.update()
        torch.testing.assert_close(layer.connection.weight.data.t(), weights, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", ["direct", "dense", "delayed", "read late", "convolution"])
def test_the_update_compiles_as_one_graph_on_every_connection(kind: str) -> None:
    def made() -> neural.Serial:
        if kind == "direct":
            return layer_of(neural.LinearDirect(3, 1.0, synapse=DELTA, batch_size=2))
        if kind == "convolution":
            return layer_of(neural.Conv2D(3, 3, 1, 2, 1.0, 2, synapse=DELTA, batch_size=2))
        return dense(2, delays=None if kind == "dense" else torch.tensor([[0.0, 2.0, 1.0], [3.0, 1.0, 0.0]]))

    layers, trainers = [made(), made()], [learn.STDP(*RATES, delayed=kind == "read late") for _ in range(2)]
    for layer, trainer in zip(layers, trainers, strict=True):
        trainer.register_cell("only", layer.cell)

    def update(trainer: learn.STDP, connection: neural.Connection) -> None:
        trainer()
        connection.update()

    torch.compiler.reset()
    compiled = torch.compile(update, fullgraph=True, backend="eager")
    inputs, outputs = layers[0].connection.batched_inshape, layers[0].connection.batched_outshape
    for x, y in zip(spikes(6, *inputs, seed=23), spikes(6, *outputs, seed=24), strict=True):
        for layer in layers:
            step(layer, x, y)
        compiled(trainers[0], layers[0].connection)
        update(trainers[1], layers[1].connection)
        torch.testing.assert_close(layers[0].connection.weight, layers[1].connection.weight, rtol=0, atol=1e-7)
    assert layers[0].connection.weight.any()
