"""What trainers are given, and what they refuse."""

import gc
import math

import pytest
import torch
from told import one, step
from trainers import TRAINERS, call

from inferno import learn

YES, NO = torch.tensor([[True]]), torch.tensor([[False]])


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
