"""Copies of trainers, and training that goes on from a state dict."""

import copy
import gc

import pytest
import torch
from told import dense, one, spikes, step
from torch import nn
from trainers import TRAINERS, call

from inferno import learn, neural

YES, NO = torch.tensor([[True]]), torch.tensor([[False]])


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
