"""Trainers whose cells are taken out of their layers, or whose layers go."""

import gc

import pytest
import torch
from told import one, step
from trainers import TRAINERS, call

from inferno import learn, neural

YES = torch.tensor([[True]])


def double() -> tuple[neural.Biclique, dict[str, object]]:
    """A layer of two connections into two groups of neurons, with updaters, and inputs for it."""
    parts = [one() for _ in range(2)]
    layer = neural.Biclique(
        [(name, part.connection) for name, part in zip("ab", parts, strict=True)],
        [(name, part.neuron) for name, part in zip("mn", parts, strict=True)],
    )
    return layer, {"neuron_kwargs": {name: {"override": YES} for name in "mn"}}


@pytest.mark.parametrize("held", [False, True])
def test_a_deleted_connection_takes_its_cells_out_of_a_trainer(trainer: learn.IndependentCellTrainer, held: bool) -> None:
    layer, keywords = double()
    for connection in "ab":
        for neuron in "mn":
            trainer.register_cell(connection + neuron, layer.get_cell(connection, neuron))
    layer({"a": (YES,), "b": (YES,)}, **keywords)
    call(trainer)
    kept = layer.get_cell("b", "m") if held else None
    layer.del_connection("b")
    for one_more in (True, False):
        layer.get_connection("a").updater.clear()
        layer({"a": (YES,)}, **keywords)
        call(trainer)
        assert layer.get_connection("a").updater.weight.pos is not None
        assert [name for name, _ in trainer.named_cells] == ["am", "an"]
        if one_more:
            trainer.eval(), trainer.train()
    trainer.clear()
    trainer.del_cell("bm")
    assert kept is None or not kept.belongs


def test_a_trainer_of_deleted_cells_alone_does_nothing(trainer: learn.IndependentCellTrainer) -> None:
    layer, keywords = double()
    trainer.register_cell("bm", layer.get_cell("b", "m"))
    layer.del_connection("b")
    layer({"a": (YES,)}, **keywords)
    call(trainer)
    assert not list(trainer.cells)


def test_a_deleted_cell_leaves_its_name_to_another(trainer: learn.IndependentCellTrainer) -> None:
    layer, _ = double()
    trainer.register_cell("cell", layer.get_cell("b", "m"))
    layer.del_cell("b", "m")
    unit = trainer.register_cell("cell", layer.add_cell("b", "m"))
    assert trainer.get_cell("cell") is unit.cell


@pytest.mark.parametrize("name", TRAINERS)
def test_a_layer_that_is_gone_does_not_stop_the_others(name: str) -> None:
    trainer, (lost, left) = TRAINERS[name](), (one(), one())
    trainer.register_cell("lost", lost.cell)
    trainer.register_cell("left", left.cell)
    step(lost, YES, YES), step(left, YES, YES)
    del lost
    gc.collect()
    call(trainer)
    assert left.updater.weight.pos is not None
    left.updater.clear()
    trainer.eval(), trainer.train()
    assert all(monitor.registered for _, monitor in trainer.named_monitors_of("left"))
    step(left, YES, YES)
    call(trainer)
    trainer.update(), trainer.clear()
    assert list(trainer.cells) == [left.cell]
    trainer.del_cell("lost")
    assert [unit.cell for unit in trainer] == [left.cell]
