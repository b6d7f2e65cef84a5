"""Learning rules against plain loops and golden courses."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

import inferno
from inferno import functional, learn, neural
from inferno.extra import ExactNeuron

DELTA = neural.DeltaCurrent.partialconstructor(1.0)
PRE, POST = (1, 0, 0, 1, 0, 1), (0, 0, 1, 0, 0, 1)


def synapse(batch: int = 1, delay: float | None = None, **keywords: object) -> neural.Serial:
    """A layer of one synapse of weight 0, with an updater."""
    connection = neural.LinearDirect(1, 1.0, synapse=DELTA, batch_size=batch, delay=delay, weight_init=torch.zeros_like, **keywords)
    connection.updater = connection.defaultupdater()
    return neural.Serial(connection, ExactNeuron(1, 1.0, rest_v=-60.0, thresh_v=-40.0, batch_size=batch))


def changes(trainer: learn.IndependentCellTrainer, layer: neural.Serial, call: Callable[[], None]) -> list[float]:
    """The change of the only weight in each step."""
    trainer.register_cell("only", layer.cell)
    found, batch = [], layer.connection.batchsz
    for pre, post in zip(PRE, POST, strict=True):
        before = layer.connection.weight.item()
        layer(torch.full((batch, 1), bool(pre)), neuron_kwargs={"override": torch.full((batch, 1), bool(post))})
        call()
        layer.connection.update()
        found.append(layer.connection.weight.item() - before)
    return found


# ---- golden courses ------------------------------------------------------------------------------


def test_stdp_changes_weights_as_the_library_did() -> None:
    trainer = learn.STDP(1.0, -0.5, 20.0, 30.0)
    assert changes(trainer, synapse(), trainer) == pytest.approx([0, 0, 0.9355, -0.4756, 0, 1.8516], abs=1e-4)


def test_mstdp_changes_weights_as_the_library_did() -> None:
    trainer = learn.MSTDP(1.0, -0.5, 20.0, 30.0)
    found = changes(trainer, synapse(2), lambda: trainer(torch.tensor([1.0, -0.5])))
    assert found == pytest.approx([0, 0, 0.4678, -0.2378, 0, 0.9258], abs=1e-4)


def test_mstdpet_changes_weights_as_the_library_did() -> None:
    trainer = learn.MSTDPET(1.0, -0.5, 20.0, 30.0, 25.0)
    found = changes(trainer, synapse(2), lambda: trainer(torch.tensor([1.0, -0.5])))
    assert found == pytest.approx([0, 0, 0.0187, 0.0085, 0.0081, 0.0448], abs=1e-4)


def test_triplet_stdp_changes_weights_as_the_library_did() -> None:
    trainer = learn.TripletSTDP(1.0, 0.5, -1.0, 0.5, 10.0, 20.0, 10.0, 20.0)
    assert changes(trainer, synapse(), trainer) == pytest.approx([0, 0, 0.8187, -1.3142, 0, 0.2411], abs=1e-4)


# ---- signs, traces, reductions -------------------------------------------------------------------


def pair_course(lr_post: float, lr_pre: float, nearest: bool = False, pre: Sequence[int] = PRE, post: Sequence[int] = POST) -> list[float]:
    """The change in each step, with time constants 20 ms (post) and 30 ms (pre)."""
    x = y = 0.0
    found = []
    for arrives, fires in zip(pre, post, strict=True):
        x, y = x * math.exp(-1 / 30), y * math.exp(-1 / 20)
        x = (1.0 if nearest else x + 1.0) if arrives else x
        y = (1.0 if nearest else y + 1.0) if fires else y
        found.append(lr_post * x * fires + lr_pre * y * arrives)
    return found


@pytest.mark.parametrize(("lr_post", "lr_pre"), [(1.0, -0.5), (-1.0, 0.5), (1.0, 0.5), (-1.0, -0.5), (0.0, -0.5), (1.0, 0.0)])
@pytest.mark.parametrize("mode", ["cumulative", "Nearest"])
def test_the_signs_of_the_rates_say_what_rises(lr_post: float, lr_pre: float, mode: str) -> None:
    trainer = learn.STDP(lr_post, lr_pre, 20.0, 30.0, trace_mode=mode)
    assert changes(trainer, synapse(), trainer) == pytest.approx(pair_course(lr_post, lr_pre, mode == "Nearest"), abs=1e-5)


@pytest.mark.parametrize("signal", [1.0, -1.0, 0.5])
def test_a_reward_scales_and_turns_the_change(signal: float) -> None:
    trainer = learn.MSTDP(1.0, -0.5, 20.0, 30.0)
    expected = [2 * signal * change for change in pair_course(1.0, -0.5)]
    assert changes(trainer, synapse(), lambda: trainer(signal, scale=2.0)) == pytest.approx(expected, abs=1e-5)


def test_a_mean_of_rewarded_samples_divides_by_all_samples() -> None:
    trainer = learn.MSTDP(1.0, -0.5, 20.0, 30.0, batch_reduction=torch.mean)
    found = changes(trainer, synapse(4), lambda: trainer(torch.tensor([1.0, 1.0, -1.0, -1.0])))
    assert found == pytest.approx([0.0] * 6, abs=1e-6)
    trainer = learn.MSTDP(1.0, -0.5, 20.0, 30.0, batch_reduction=torch.mean)
    found = changes(trainer, synapse(4), lambda: trainer(torch.tensor([1.0, 1.0, 1.0, -1.0])))
    assert found == pytest.approx([c / 2 for c in pair_course(1.0, -0.5)], abs=1e-5)


def test_upper_bounds_scale_what_rises_alone() -> None:
    layer = synapse()
    layer.connection.weight = torch.tensor([0.25])
    layer.updater.weight.upperbound(functional.bound_upper_multiplicative, 1.0)
    layer.updater.weight = torch.tensor([0.2]), torch.tensor([0.1])
    layer.connection.update()
    assert layer.connection.weight.item() == pytest.approx(0.25 + 0.75 * 0.2 - 0.1)


def dense(batch: int, **keywords: object) -> neural.Serial:
    connection = neural.LinearDense((2, 3), 4, 1.0, synapse=DELTA, batch_size=batch, weight_init=torch.zeros_like, **keywords)
    connection.updater = connection.defaultupdater()
    return neural.Serial(connection, ExactNeuron(4, 1.0, rest_v=-60.0, thresh_v=-40.0, batch_size=batch))


@pytest.mark.parametrize("reduction", [None, torch.sum, lambda t, dim: t.amax(dim)])
def test_samples_are_reduced_as_asked_for(reduction: Callable[..., Tensor] | None) -> None:
    layer, generator = dense(3), torch.Generator().manual_seed(0)
    trainer = learn.STDP(1.0, -0.5, 20.0, 30.0, batch_reduction=reduction)
    trainer.register_cell("only", layer.cell)
    pre = torch.rand(12, 3, 2, 3, generator=generator) < 0.4
    post = torch.rand(12, 3, 4, generator=generator) < 0.4
    for x, y in zip(pre, post, strict=True):
        layer(x, neuron_kwargs={"override": y})
        before = layer.connection.weight.clone()
        trainer()
        layer.connection.update()
        change = layer.connection.weight - before
    courses = [[[pair_terms(pre[:, b].flatten(1)[:, i], post[:, b, o]) for i in range(6)] for o in range(4)] for b in range(3)]
    terms = torch.tensor(courses)
    reduce = reduction or torch.mean
    torch.testing.assert_close(change, reduce(terms[..., 0], 0) - reduce(terms[..., 1], 0), rtol=1e-4, atol=1e-5)


def pair_terms(pre: Tensor, post: Tensor) -> tuple[float, float]:
    """What rises and what falls in the last step."""
    flags = [int(p) for p in pre], [int(p) for p in post]
    return pair_course(1.0, 0.0, pre=flags[0], post=flags[1])[-1], -pair_course(0.0, -0.5, pre=flags[0], post=flags[1])[-1]


# ---- defects of the library before ---------------------------------------------------------------


def test_a_convolution_learns_by_spikes() -> None:
    connection = neural.Conv2D(4, 5, 2, 3, 1.0, (2, 3), synapse=DELTA, batch_size=2, weight_init=torch.zeros_like)
    connection.updater = connection.defaultupdater()
    layer = neural.Serial(connection, ExactNeuron(connection.outshape, 1.0, rest_v=-60.0, thresh_v=-40.0, batch_size=2))
    trainer = learn.STDP(1.0, -0.5, 20.0, 30.0)
    trainer.register_cell("only", layer.cell)
    generator = torch.Generator().manual_seed(1)
    pre, post = torch.rand(6, 2, 2, 4, 5, generator=generator) < 0.3, torch.rand(6, 2, 3, 3, 3, generator=generator) < 0.3
    for x, y in zip(pre, post, strict=True):
        layer(x, neuron_kwargs={"override": y})
        trainer()
        layer.connection.update()
    expected = torch.zeros(3, 2, 2, 3)
    for f, c, h, w in ((f, c, h, w) for f in range(3) for c in range(2) for h in range(2) for w in range(3)):
        for b in range(2):
            for row in range(3):
                for column in range(3):
                    spikes = [int(s) for s in pre[:, b, c, row + h, column + w]]
                    answers = [int(s) for s in post[:, b, f, row, column]]
                    expected[f, c, h, w] += sum(pair_course(1.0, -0.5, pre=spikes, post=answers)) / 2
    torch.testing.assert_close(connection.weight.data, expected, rtol=1e-4, atol=1e-4)


def test_layers_with_the_same_names_do_not_share_monitors() -> None:
    first, second = synapse(), synapse()
    trainer = learn.STDP(1.0, -0.5, 20.0, 30.0)
    trainer.register_cell("first", first.cell)
    trainer.register_cell("second", second.cell)
    assert trainer.get_monitor("first", "trace_pre") is not trainer.get_monitor("second", "trace_pre")
    yes, no = torch.tensor([[True]]), torch.tensor([[False]])
    first(yes, neuron_kwargs={"override": yes})
    second(no, neuron_kwargs={"override": no})
    trainer()
    trainer.update()
    assert first.connection.weight.item() == pytest.approx(0.5) and second.connection.weight.item() == 0.0


def test_cells_of_one_layer_share_monitors() -> None:
    connections = [(n, neural.LinearDirect(1, 1.0, synapse=DELTA)) for n in ("a", "b")]
    for _, connection in connections:
        connection.updater = connection.defaultupdater()
    layer = neural.Biclique(connections, [("n", ExactNeuron(1, 1.0, rest_v=-60.0, thresh_v=-40.0))])
    trainer = learn.STDP(1.0, -0.5, 20.0, 30.0)
    for name in ("a", "b"):
        trainer.register_cell(name, layer.get_cell(name, "n"))
    names = [name for name, _ in trainer.named_monitors]
    assert len(names) == 8 and len(list(trainer.monitors)) == 6  # both see the same neurons


def test_triplets_read_delays_when_they_are_applied() -> None:
    layer = synapse(delay=3.0, delay_init=lambda d: torch.full_like(d, 2.0))
    trainer = learn.TripletSTDP(1.0, 0.5, -1.0, 0.5, 10.0, 20.0, 10.0, 20.0, delayed=True)
    now = changes(trainer, layer, trainer)
    shifted = synapse()
    other = learn.TripletSTDP(1.0, 0.5, -1.0, 0.5, 10.0, 20.0, 10.0, 20.0)
    other.register_cell("only", shifted.cell)
    expected = []
    for pre, post in zip((0, 0, *PRE[:4]), POST, strict=True):
        before = shifted.connection.weight.item()
        shifted(torch.tensor([[bool(pre)]]), neuron_kwargs={"override": torch.tensor([[bool(post)]])})
        other()
        shifted.connection.update()
        expected.append(shifted.connection.weight.item() - before)
    assert now == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("delayed", [True, False])
def test_delays_shift_what_arrives(delayed: bool) -> None:
    layer = dense(1, delay=4.0, delay_init=lambda d: torch.arange(24).reshape(4, 6) % 5 * 1.0)
    trainer = learn.STDP(1.0, -0.5, 20.0, 30.0, delayed=delayed)
    trainer.register_cell("only", layer.cell)
    generator = torch.Generator().manual_seed(2)
    pre, post = torch.rand(14, 1, 6, generator=generator) < 0.3, torch.rand(14, 1, 4, generator=generator) < 0.3
    for x, y in zip(pre, post, strict=True):
        layer(x.reshape(1, 2, 3), neuron_kwargs={"override": y})
        trainer()
        layer.connection.update()
    expected = torch.zeros(4, 6)
    for o in range(4):
        for i in range(6):
            shift = (o * 6 + i) % 5
            spikes = [0] * shift + [int(s) for s in pre[: 14 - shift, 0, i]]
            expected[o, i] = sum(pair_course(1.0, -0.5, pre=spikes, post=[int(s) for s in post[:, 0, o]]))
    torch.testing.assert_close(layer.connection.weight.data, expected, rtol=1e-4, atol=1e-4)


# ---- the trainer ---------------------------------------------------------------------------------


def test_a_rule_is_the_rule_of_the_standard_library(tmp_path: Path) -> None:
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
input told : real[4] in [0, 1]
population post[4] = Follow(order = told)
projection ff: pre -> post.I:
    connect    = dense
    synapse    = Delta()
    weight     = 0
    plasticity = STDP(lr_post = 0.01, lr_pre = -0.005, tau_post = 20 ms, tau_pre = 30 ms)
record ff.weight every 1
run:
    dt = 1 ms
    steps = 30
""")
    generator = torch.Generator().manual_seed(3)
    pre, post = torch.rand(30, 2, 3, generator=generator) < 0.3, torch.rand(30, 2, 4, generator=generator) < 0.3
    net = inferno.load_network(path, backend="eager", device="cpu", dtype="float64").train()
    net(pre=pre, told=post.to(torch.float64))
    connection = neural.LinearDense(3, 4, 1.0, synapse=DELTA, batch_size=2, weight_init=torch.zeros_like)
    connection.updater = connection.defaultupdater()
    layer = neural.Serial(connection, ExactNeuron(4, 1.0, rest_v=-60.0, thresh_v=-40.0, batch_size=2))
    trainer = learn.STDP(0.01, -0.005, 20.0, 30.0)
    trainer.register_cell("only", layer.cell)
    for x, y in zip(pre, post, strict=True):
        layer(x, neuron_kwargs={"override": y})
        trainer()
        connection.update()
    torch.testing.assert_close(connection.weight.data.double().t(), net["ff"].weight, rtol=1e-4, atol=1e-6)


def test_both_documents_construct_their_trainer() -> None:
    assert learn.STDP(step_time=0.5, lr_post=5e-4, lr_pre=-5e-6, tc_post=30.0, tc_pre=30.0).step_time == 0.5
    assert learn.STDP(0.2, -0.2, 20.0, 20.0).step_time is None
    with pytest.raises(ValueError, match="`step_time`"):
        learn.STDP(step_time=0.0, lr_post=1.0, lr_pre=-1.0, tc_post=1.0, tc_pre=1.0)


def test_traces_outlive_evaluation_and_end_when_cleared() -> None:
    layer, trainer = synapse(), learn.STDP(1.0, -0.5, 20.0, 30.0)
    trainer.register_cell("only", layer.cell)
    yes = torch.tensor([[True]])
    layer(yes, neuron_kwargs={"override": yes})
    trace = trainer.get_monitor("only", "trace_pre").peek().clone()
    trainer.eval(), layer.eval()
    layer(yes, neuron_kwargs={"override": yes})
    assert torch.equal(trainer.get_monitor("only", "trace_pre").peek(), trace)
    trainer.train(), layer.train()
    layer(yes, neuron_kwargs={"override": yes})
    assert trainer.get_monitor("only", "trace_pre").peek().item() == pytest.approx(1 + math.exp(-1 / 30))
    trainer.clear()
    assert trainer.get_monitor("only", "trace_pre").peek() is None


def test_a_trainer_says_what_it_lacks() -> None:
    layer, trainer = synapse(), learn.STDP(1.0, -0.5, 20.0, 30.0)
    trainer.register_cell("only", layer.cell)
    with pytest.raises(RuntimeError, match="nothing has been observed"):
        trainer()
    with pytest.raises(ValueError, match="`name` must be new"):
        trainer.register_cell("only", layer.cell)
    with pytest.raises(AttributeError, match="no cell 'other'; there is only"):
        trainer.get_cell("other")
    with pytest.raises(AttributeError, match="no monitor"):
        trainer.get_monitor("only", "other")
    bare = neural.Serial(neural.LinearDirect(1, 1.0, synapse=DELTA), ExactNeuron(1, 1.0, rest_v=-60.0, thresh_v=-40.0))
    with pytest.raises(RuntimeError, match="no updater"):
        trainer.register_cell("bare", bare.cell)
    with pytest.raises(TypeError, match="`lr_posts` is no parameter"):
        trainer.register_cell("more", layer.cell, lr_posts=1.0)


def test_a_cell_can_have_parameters_of_its_own() -> None:
    layer, trainer = synapse(), learn.STDP(1.0, -0.5, 20.0, 30.0)
    state = trainer.register_cell("only", layer.cell, lr_post=2.0).state
    assert (state.lr_post, state.lr_pre) == (2.0, -0.5)
    trainer.del_cell("only")
    assert list(trainer.cells) == []


def test_an_update_compiles_as_one_graph() -> None:
    layers = [dense(3) for _ in range(2)]
    trainers = [learn.STDP(1e-2, -5e-3, 20.0, 30.0) for _ in range(2)]
    for layer, trainer in zip(layers, trainers, strict=True):
        trainer.register_cell("only", layer.cell)

    def update(k: int) -> None:
        trainers[k]()
        layers[k].connection.update()

    compiled = torch.compile(lambda: update(0), fullgraph=True, backend="eager")
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for _ in range(6):
            x, y = torch.rand(3, 2, 3, generator=generator) < 0.4, torch.rand(3, 4, generator=generator) < 0.4
            for layer in layers:
                layer(x, neuron_kwargs={"override": y})
            compiled()
            update(1)
            torch.testing.assert_close(layers[0].connection.weight, layers[1].connection.weight)
