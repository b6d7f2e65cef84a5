"""What trainers do with cells and monitors, whatever their rule."""

import copy
import gc
import math
from collections.abc import Callable

import pytest
import torch
from told import DELTA, dense, layer_of, one, spikes, step
from torch import nn

from inferno import learn, neural
from inferno.extra import ExactNeuron
from inferno.observe import PassthroughReducer, StateMonitor

YES, NO = torch.tensor([[True]]), torch.tensor([[False]])
TRAINERS: dict[str, Callable[[], learn.IndependentCellTrainer]] = {
    "STDP": lambda: learn.STDP(0.2, -0.1, 20.0, 30.0),
    "TripletSTDP": lambda: learn.TripletSTDP(0.2, 0.1, -0.1, 0.1, 10.0, 40.0, 10.0, 40.0),
    "MSTDP": lambda: learn.MSTDP(0.2, -0.1, 20.0, 30.0),
    "MSTDPET": lambda: learn.MSTDPET(0.2, -0.1, 20.0, 30.0, 25.0),
}


def call(trainer: learn.IndependentCellTrainer) -> None:
    trainer(1.0) if isinstance(trainer, learn.MSTDP | learn.MSTDPET) else trainer()


@pytest.fixture(params=list(TRAINERS))
def trainer(request: pytest.FixtureRequest) -> learn.IndependentCellTrainer:
    return TRAINERS[request.param]()


def pair() -> neural.Biclique:
    """A layer of two synapses onto the same neuron."""
    connections = [(name, neural.LinearDirect(1, 1.0, synapse=DELTA, weight_init=torch.zeros_like)) for name in ("a", "b")]
    for _, connection in connections:
        connection.updater = connection.defaultupdater()
    return neural.Biclique(connections, [("n", ExactNeuron(1, 1.0, rest_v=-60.0, thresh_v=-40.0))])


# ---- monitors ------------------------------------------------------------------------------------


def test_monitors_of_two_layers_are_not_aliased(trainer: learn.IndependentCellTrainer) -> None:
    """Two `Serial`s with default names shared the monitors of the first."""
    layers, alone = [one(), one()], one()
    for name, layer in zip(("first", "second"), layers, strict=True):
        trainer.register_cell(name, layer.cell)
    assert not {id(m) for _, m in trainer.named_monitors_of("first")} & {id(m) for _, m in trainer.named_monitors_of("second")}
    single = TRAINERS[type(trainer).__name__]()
    single.register_cell("only", alone.cell)
    for x, y in zip(spikes(12, 1, 1, seed=1), spikes(12, 1, 1, seed=2), strict=True):
        step(layers[0], YES, YES)
        step(layers[1], x, y)
        step(alone, x, y)
        for each in (trainer, single):
            call(each)
            each.update()
    assert layers[1].connection.weight.item() == alone.connection.weight.item() not in (0.0, layers[0].connection.weight.item())


def test_cells_of_one_layer_share_what_they_both_see(trainer: learn.IndependentCellTrainer) -> None:
    layer = neural.Biclique(
        [("c", layer_of(neural.LinearDirect(1, 1.0, synapse=DELTA)).connection)],
        [(name, ExactNeuron(1, 1.0, rest_v=-60.0, thresh_v=-40.0)) for name in ("m", "n")],
    )
    cell = layer.get_cell("c", "m")
    names = ["x", "y"]
    for name in names:
        trainer.register_cell(name, cell)
    of = [dict(trainer.named_monitors_of(name)) for name in names]
    for name, monitor in of[0].items():
        assert (of[1][name] is monitor) == (not name.startswith("elig"))
    assert len(list(trainer.named_monitors)) == 2 * len(of[0])
    assert len(list(trainer.monitors)) == len({id(m) for each in of for m in each.values()})


def test_cells_with_other_parameters_share_spikes_but_no_traces_of_another_time() -> None:
    layer, trainer = pair(), TRAINERS["STDP"]()
    cell = layer.get_cell("a", "n")
    trainer.register_cell("fast", cell)
    trainer.register_cell("slow", cell, tc_pre=60.0)
    shared = {name for name, m in trainer.named_monitors_of("fast") if m is trainer.get_monitor("slow", name)}
    assert shared == {"trace_post", "spike_post", "spike_pre"}


def test_cells_share_what_they_see_of_the_same_neurons_or_connection(trainer: learn.IndependentCellTrainer) -> None:
    """Each cell had monitors of its own."""
    layer = pair()
    units = [trainer.register_cell(name, layer.get_cell(name, "n")) for name in ("a", "b")]
    shared = {name for name, monitor in units[0].monitors.items() if monitor is units[1].monitors[name]}
    assert shared == {name for name in units[0].monitors if name.endswith("_post") or name.startswith("trace_post")} - {"elig_post"}
    twins = [layer_of(neural.LinearDirect(1, 1.0, synapse=DELTA)) for _ in units]
    single = TRAINERS[type(trainer).__name__]()
    for name, twin in zip("ab", twins, strict=True):
        single.register_cell(name, twin.cell)
    for x, z, y in zip(spikes(12, 1, 1, seed=1), spikes(12, 1, 1, seed=2), spikes(12, 1, 1, seed=3), strict=True):
        layer({"a": (x,), "b": (z,)}, neuron_kwargs={"n": {"override": y}})
        step(twins[0], x, y)
        step(twins[1], z, y)
        call(trainer)
        call(single)
        trainer.update()
        single.update()
    weights = [layer.get_connection(name).weight for name in "ab"]
    assert all(torch.equal(w, twin.connection.weight) and w.any() for w, twin in zip(weights, twins, strict=True))
    trainer.del_cell("a")
    assert all(monitor.registered for monitor in units[1].monitors.values())


def test_monitors_and_named_monitors_can_be_read(trainer: learn.IndependentCellTrainer) -> None:
    """Both properties raised."""
    layer = one()
    unit = trainer.register_cell("only", layer.cell)
    assert {name: m for (_, name), m in trainer.named_monitors} == unit.monitors
    assert list(trainer.monitors) == list(unit.monitors.values())


def test_update_applies_the_changes_of_all_cells_once(trainer: learn.IndependentCellTrainer) -> None:
    """It raised."""
    layers = [one(), one()]
    for k, layer in enumerate(layers):
        trainer.register_cell(f"cell{k}", layer.cell)
        step(layer, YES, YES)
    call(trainer)
    pending = [layer.updater.weight.pos - layer.updater.weight.neg for layer in layers]
    trainer.update()
    for layer, change in zip(layers, pending, strict=True):
        assert torch.equal(layer.connection.weight, change) and change.any()
        assert layer.updater.weight.pos is None


def test_a_shared_monitor_stays_until_its_last_cell_goes() -> None:
    layer, trainer = one(), TRAINERS["STDP"]()
    trainer.register_cell("x", layer.cell)
    kept = trainer.register_cell("y", layer.cell).monitors["trace_pre"]
    trainer.del_cell("x")
    step(layer, YES, YES)
    assert kept.registered and kept.peek().item() == pytest.approx(0.2)
    trainer.del_cell("y")
    step(layer, YES, YES)
    assert not kept.registered and kept.peek().item() == pytest.approx(0.2)
    assert not list(trainer.cells) and not list(trainer.monitors)
    assert trainer.state_dict().keys() == {"_extra_state", "pool_._extra_state"}


def test_a_cell_that_comes_back_gets_monitors_that_see(trainer: learn.IndependentCellTrainer) -> None:
    layer = one()
    held = trainer.register_cell("only", layer.cell)
    trainer.del_cell("only")
    assert trainer.register_cell("only", layer.cell).monitors["spike_pre"] is not held.monitors["spike_pre"]
    step(layer, YES, YES)
    call(trainer)
    assert layer.updater.weight.pos.item() > 0


def test_monitors_see_spikes_before_hooks_that_forget_them(trainer: learn.IndependentCellTrainer) -> None:
    layer = one()
    layer.register_forward_hook(lambda module, inputs, output: module.neuron.clear())
    trainer.register_cell("only", layer.cell)
    step(layer, YES, YES)
    assert trainer.get_monitor("only", "spike_post").peek().item() == 1


def test_a_trainer_watches_what_it_is_asked_to() -> None:
    layer, trainer = one(), TRAINERS["STDP"]()
    trainer.register_cell("only", layer.cell)

    def made(path: str, module: neural.Layer) -> StateMonitor:
        return StateMonitor(PassthroughReducer(1.0), path, module)

    monitor = trainer.add_monitor("only", "voltage", "postvoltage", made)
    step(layer, YES, YES)
    assert monitor.peek().item() == -40 and trainer.get_monitor("only", "voltage") is monitor
    with pytest.raises(RuntimeError, match="has a monitor 'voltage' already"):
        trainer.add_monitor("only", "voltage", "postvoltage", made)
    trainer.register_cell("other", layer.cell)
    assert trainer.add_monitor("other", "voltage", "postvoltage", made) is monitor
    trainer.del_monitor("other", "voltage")
    assert trainer.add_monitor("other", "voltage", "postvoltage", made, True) is not monitor
    trainer.del_monitor("only", "voltage")
    assert not monitor.registered
    for absent in (lambda: trainer.get_monitor("only", "voltage"), lambda: trainer.del_monitor("only", "voltage")):
        with pytest.raises(AttributeError, match="cell 'only' has no monitor 'voltage'; it has"):
            absent()
    with pytest.raises(AttributeError, match="no cell 'absent'"):
        trainer.add_monitor("absent", "voltage", "postvoltage", made)


# ---- modes ---------------------------------------------------------------------------------------


def test_evaluation_of_the_trainer_freezes_traces_and_training_goes_on_with_them(trainer: learn.IndependentCellTrainer) -> None:
    layer = one()
    trainer.register_cell("only", layer.cell)
    step(layer, YES, YES)
    before = {name: m.peek().clone() for (_, name), m in trainer.named_monitors}
    trainer.eval()
    step(layer, YES, YES)
    call(trainer)
    assert layer.updater.weight.pos is None
    for (_, name), monitor in trainer.named_monitors:
        assert torch.equal(monitor.peek(), before[name])
    trainer.train()
    step(layer, NO, NO)
    traces = [name for name in before if name.startswith("trace")]
    assert traces
    for name in traces:
        assert 0 < trainer.get_monitor("only", name).peek().item() < before[name].item()


def test_training_twice_attaches_monitors_once() -> None:
    layer, trainer = one(), TRAINERS["STDP"]()
    trainer.register_cell("only", layer.cell)
    trainer.train()
    trainer.train()
    step(layer, YES, YES)
    assert trainer.get_monitor("only", "trace_pre").peek().item() == pytest.approx(0.2)


def test_a_cell_registered_in_evaluation_is_not_watched_until_training() -> None:
    layer, trainer = one(), TRAINERS["STDP"]()
    trainer.eval()
    trainer.register_cell("only", layer.cell)
    step(layer, YES, YES)
    assert trainer.get_monitor("only", "trace_pre").peek() is None
    trainer.train()
    step(layer, YES, YES)
    assert trainer.get_monitor("only", "trace_pre").peek().item() == pytest.approx(0.2)


def test_a_layer_in_evaluation_is_neither_watched_nor_trained(trainer: learn.IndependentCellTrainer) -> None:
    layer = one()
    trainer.register_cell("only", layer.cell)
    layer.eval()
    step(layer, YES, YES)
    call(trainer)
    assert layer.updater.weight.pos is None and all(m.peek() is None for m in trainer.monitors)


def test_clearing_starts_traces_afresh(trainer: learn.IndependentCellTrainer) -> None:
    layer = one()
    trainer.register_cell("only", layer.cell)
    for _ in range(3):
        step(layer, YES, YES)
    trainer.clear()
    assert all(m.peek() is None for m in trainer.monitors)
    with pytest.raises(RuntimeError, match="nothing has been observed"):
        call(trainer)
    step(layer, YES, NO)
    call(trainer)
    assert layer.updater.weight.pos.item() == 0


def test_another_batch_size_is_taken_after_clearing() -> None:
    layer, trainer = dense(2), TRAINERS["STDP"]()
    trainer.register_cell("only", layer.cell)
    step(layer, spikes(2, 3), spikes(2, 2))
    layer.connection.batchsz = layer.neuron.batchsz = 5
    trainer.clear()
    step(layer, spikes(5, 3), spikes(5, 2))
    trainer()
    assert trainer.get_monitor("only", "trace_pre").peek().shape == (5, 3)


# ---- parameters and refusals ---------------------------------------------------------------------


def test_parameters_of_a_cell_go_before_those_of_the_trainer() -> None:
    layers, trainer = [one(), one()], TRAINERS["STDP"]()
    trainer.register_cell("plain", layers[0].cell)
    state = trainer.register_cell("own", layers[1].cell, lr_post=0.5, tc_pre=5.0, trace_mode="nearest", batch_reduction=torch.sum).state
    assert (state.lr_post, state.lr_pre, state.tc_pre, state.trace_mode) == (0.5, -0.1, 5.0, "nearest")
    for layer in layers:
        step(layer, YES, NO)
        step(layer, YES, YES)
    trainer()
    assert layers[0].updater.weight.pos.item() == pytest.approx(0.2 * (1 + math.exp(-1 / 30)))
    assert layers[1].updater.weight.pos.item() == pytest.approx(0.5)


def test_parameters_are_attributes_and_count_for_cells_registered_later(trainer: learn.IndependentCellTrainer) -> None:
    layer = one()
    first = trainer.register_cell("first", layer.cell).state
    assert {name: getattr(trainer, name) for name in trainer.hyperparameters} == {n: getattr(first, n) for n in trainer.hyperparameters}
    rate = trainer.hyperparameters[0]
    setattr(trainer, rate, 0.7)
    assert getattr(trainer.register_cell("second", layer.cell).state, rate) == 0.7 and getattr(first, rate) == 0.2
    assert getattr(trainer.register_cell("third", layer.cell, **{rate: 0.4}).state, rate) == 0.4
    setattr(trainer, rate, "much")
    with pytest.raises(TypeError, match=f"`{rate}` must be a number"):
        trainer.register_cell("fourth", layer.cell)


def test_arguments_go_by_place_and_by_name() -> None:
    by_place, by_name = learn.STDP(1.0, -0.5, 20.0, 30.0), learn.STDP(step_time=1.0, tc_pre=30.0, tc_post=20.0, lr_pre=-0.5, lr_post=1.0)
    layer = one()
    states = [t.register_cell("only", layer.cell).state for t in (by_place, by_name)]
    assert [(s.lr_post, s.lr_pre, s.tc_post, s.tc_pre) for s in states] == [(1.0, -0.5, 20.0, 30.0)] * 2


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("tc_post", 0.0, ValueError),
        ("tc_pre", -3.0, ValueError),
        ("lr_post", math.nan, ValueError),
        ("lr_pre", "much", TypeError),
        ("interp_tolerance", -1.0, ValueError),
        ("trace_mode", "newest", ValueError),
        ("batch_reduction", 3, TypeError),
        ("step_time", 0.0, ValueError),
    ],
)
def test_a_parameter_out_of_range_is_named(name: str, value: object, error: type[Exception]) -> None:
    good = {"lr_post": 0.2, "lr_pre": -0.1, "tc_post": 20.0, "tc_pre": 30.0}
    with pytest.raises(error, match=f"`{name}` must"):
        learn.STDP(**{**good, name: value})
    with pytest.raises(error, match=f"`{name}` must"):
        learn.STDP(**good).register_cell("only", one().cell, **{name: value})


def test_a_refused_cell_leaves_no_trace(trainer: learn.IndependentCellTrainer) -> None:
    layer = one()
    for name, error in (("a b", ValueError), ("", ValueError), (3, TypeError), ("type", ValueError), ("training", ValueError)):
        with pytest.raises(error, match="`name` must"):
            trainer.register_cell(name, layer.cell)
    with pytest.raises(TypeError, match="`cell` must be a cell of an inferno Layer, got Serial"):
        trainer.register_cell("only", layer)
    with pytest.raises(TypeError, match="`lr` is no parameter of this trainer; there are lr_"):
        trainer.register_cell("only", layer.cell, lr=1.0)
    layer.connection.updater = layer.connection.defaultupdater(exclude_weight=True)
    with pytest.raises(RuntimeError, match="updater of cell 'only' has no parameter 'weight'"):
        trainer.register_cell("only", layer.cell)
    del layer.connection.updater
    with pytest.raises(RuntimeError, match="connection of cell 'only' has no updater"):
        trainer.register_cell("only", layer.cell)
    cell = one().cell
    gc.collect()
    with pytest.raises(RuntimeError, match="layer that this cell belongs to no longer exists"):
        trainer.register_cell("only", cell)
    assert not list(trainer.cells) and not list(trainer.monitors)


def test_names_of_cells_are_unique_and_unknown_ones_are_refused(trainer: learn.IndependentCellTrainer) -> None:
    layer = one()
    unit = trainer.register_cell("only", layer.cell)
    assert trainer.get_cell("only") is layer.cell is unit.cell and [name for name, _ in trainer.named_cells] == ["only"]
    with pytest.raises(ValueError, match="`name` must be new"):
        trainer.register_cell("only", layer.cell)
    for lookup in (trainer.get_cell, trainer.get_unit, trainer.del_cell, lambda name: list(trainer.named_monitors_of(name))):
        with pytest.raises(AttributeError, match="no cell 'other'; there is only"):
            lookup("other")


def test_a_cell_without_updater_is_passed_over(trainer: learn.IndependentCellTrainer) -> None:
    layer = one()
    trainer.register_cell("only", layer.cell)
    step(layer, YES, YES)
    del layer.connection.updater
    call(trainer)
    trainer.update()
    assert layer.connection.weight.item() == 0


def test_a_layer_that_is_gone_is_named_and_its_cell_can_be_taken_out() -> None:
    layer, trainer = one(), TRAINERS["STDP"]()
    trainer.register_cell("only", layer.cell)
    del layer
    gc.collect()
    with pytest.raises(AttributeError, match="no cell 'only' any more: what it belonged to no longer exists"):
        trainer()
    trainer.del_cell("only")
    trainer()


def test_an_abstract_trainer_says_what_it_lacks() -> None:
    with pytest.raises(NotImplementedError, match="CellTrainer must define `forward`"):
        learn.CellTrainer()()
    with pytest.raises(NotImplementedError, match="IndependentCellTrainer must define `register_cell`"):
        learn.IndependentCellTrainer().register_cell("only", one().cell)


# ---- copies and state dicts ----------------------------------------------------------------------


def test_a_copy_of_a_trained_model_is_independent(trainer: learn.IndependentCellTrainer) -> None:
    """Copying a layer with monitors failed."""
    layer = one()
    trainer.register_cell("only", layer.cell)
    step(layer, YES, YES)
    copied = copy.deepcopy(layer)
    before = [m.peek().clone() for m in trainer.monitors]
    step(copied, YES, YES)
    assert all(torch.equal(m.peek(), b) for m, b in zip(trainer.monitors, before, strict=True))
    call(trainer)
    trainer.update()
    assert copied.connection.weight.item() == 0 != layer.connection.weight.item()
    again = TRAINERS[type(trainer).__name__]()
    again.register_cell("only", copied.cell)
    step(copied, YES, YES)
    call(again)
    again.update()
    assert copied.connection.weight.item() == pytest.approx(layer.connection.weight.item())


@pytest.mark.parametrize("trainer_first", [False, True])
@pytest.mark.parametrize("modes", [(True, True), (False, True), (True, False)])
def test_a_model_copied_with_its_trainer_trains_itself(
    trainer: learn.IndependentCellTrainer, trainer_first: bool, modes: tuple[bool, bool]
) -> None:
    """The copied trainer saw nothing, and gave its updates to the model that was copied."""
    layer, alone = dense(2), dense(2)
    twin = TRAINERS[type(trainer).__name__]()
    trainer.register_cell("first", layer.cell)
    trainer.register_cell("second", layer.cell)
    twin.register_cell("first", alone.cell)
    twin.register_cell("second", alone.cell)
    pre, post = spikes(12, 2, 3, seed=5), spikes(12, 2, 2, seed=6)

    def train(layer: neural.Serial, trainer: learn.IndependentCellTrainer, begin: int, end: int) -> None:
        for x, y in zip(pre[begin:end], post[begin:end], strict=True):
            step(layer, x, y)
            call(trainer)
            trainer.update()

    train(layer, trainer, 0, 6)
    train(alone, twin, 0, 6)
    trainer.train(modes[0])
    parts = nn.ModuleList([trainer, layer] if trainer_first else [layer, trainer])
    copied = {type(part): part for part in copy.deepcopy(parts)}
    layer2, trainer2 = copied[neural.Serial], copied[type(trainer)]
    assert [m.registered for m in trainer2.monitors] == [m.registered for m in trainer.monitors]
    assert list(trainer2.cells) == [layer2.cell] * 2 and len(list(trainer2.monitors)) == len(list(trainer.monitors))
    before = layer.connection.weight.clone()
    trainer2.train(modes[1])
    train(layer2, trainer2, 6, 12)
    assert torch.equal(layer.connection.weight, before) and layer.updater.weight.pos is None
    twin.train(modes[1])
    train(alone, twin, 6, 12)
    assert torch.equal(layer2.connection.weight, alone.connection.weight)
    trainer2.register_cell("third", layer2.cell)
    assert trainer2.get_monitor("third", "spike_pre") is trainer2.get_monitor("first", "spike_pre")


def test_a_copied_trainer_of_a_model_that_is_gone_says_so() -> None:
    layer, trainer = one(), TRAINERS["STDP"]()
    trainer.register_cell("only", layer.cell)
    step(layer, YES, YES)
    copied = copy.deepcopy(trainer)
    gc.collect()
    with pytest.raises(AttributeError, match="what it belonged to no longer exists"):
        copied()
    assert copied.state_dict().keys() == trainer.state_dict().keys()
    del layer
    gc.collect()
    with pytest.raises(AttributeError, match="what it belonged to no longer exists"):
        copy.deepcopy(trainer)()


@pytest.mark.parametrize("name", list(TRAINERS))
@pytest.mark.parametrize("delays", [None, torch.tensor([[0.0, 3.0, 1.0], [2.0, 0.0, 4.0]])])
def test_training_goes_on_from_a_state_dict(name: str, delays: torch.Tensor | None) -> None:
    late = {"delayed": True} if delays is not None and name != "MSTDPET" else {}
    first, second = [(dense(2, delays=delays), TRAINERS[name]()) for _ in range(2)]
    for layer, trainer in (first, second):
        trainer.register_cell("only", layer.cell, **late)
    pre, post = spikes(16, 2, 3, seed=5), spikes(16, 2, 2, seed=6)

    def train(pair: tuple[neural.Serial, learn.IndependentCellTrainer], begin: int, end: int) -> None:
        for x, y in zip(pre[begin:end], post[begin:end], strict=True):
            step(pair[0], x, y)
            call(pair[1])
            pair[1].update()

    train(first, 0, 7)
    for loaded, saved in zip(second, first, strict=True):
        loaded.load_state_dict(copy.deepcopy(saved.state_dict()))
    train(first, 7, 16)
    train(second, 7, 16)
    assert torch.equal(first[0].connection.weight, second[0].connection.weight) and first[0].connection.weight.any()
