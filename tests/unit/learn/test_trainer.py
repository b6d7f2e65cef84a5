"""What trainers do with cells and monitors, whatever their rule."""

import pytest
import torch
from told import DELTA, dense, layer_of, one, spikes, step
from trainers import TRAINERS, call, pair

from inferno import learn, neural
from inferno.extra import ExactNeuron
from inferno.observe import PassthroughReducer, StateMonitor

YES, NO = torch.tensor([[True]]), torch.tensor([[False]])


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
