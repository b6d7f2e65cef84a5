"""Modules whose parameters an updater changes, and what connections and steps say of wrong use."""

import copy
import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import inferno
from inferno import neural

DELTA = neural.DeltaCurrent.partialconstructor(1.0)
LIF = {"rest_v": -65.0, "reset_v": -65.0, "thresh_v": -50.0, "refrac_t": 2.0, "time_constant": 20.0}


class Scale(neural.Updatable):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("factor", torch.ones(2))
        self.register_buffer("shift", torch.zeros(2))

    def defaultupdater(self, *includes: str) -> neural.Updater:
        return neural.Updater(self, "factor", *includes)


@pytest.mark.parametrize("part", [torch.ones(1), torch.ones(3), torch.ones(1, 2), torch.tensor(1.0)])
@pytest.mark.parametrize("side", [0, 1])
def test_an_update_of_another_shape_is_refused_and_leaves_nothing(part: Tensor, side: int) -> None:
    module = Scale()
    module.updater = module.defaultupdater()
    found = f"of `factor` must have the shape [2], got {list(part.shape)}"
    with pytest.raises(ValueError, match=re.escape(found)):
        module.updater.factor = (part, None) if side == 0 else (torch.ones(2), part)
    module.update()
    assert module.factor.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("parts", [(), (torch.ones(2),), (torch.ones(2),) * 3])
def test_updates_that_are_no_pair_are_refused(parts: tuple[Tensor, ...]) -> None:
    module = Scale()
    module.updater = module.defaultupdater()
    with pytest.raises(ValueError, match=f"`factor` takes a pair of updates.*got {len(parts)} of them"):
        module.updater.factor = parts


def test_a_module_of_any_kind_can_be_updated() -> None:
    module = Scale()
    assert not module.updatable
    module.update()
    module.updater = module.defaultupdater("shift")
    assert module.updatable and module.updater.parent is module
    module.updater.factor, module.updater.shift = (torch.ones(2), None), (None, torch.ones(2))
    module.updatesome("shift")
    module.update()
    module.update()
    assert (module.factor.tolist(), module.shift.tolist()) == ([2.0, 2.0], [-1.0, -1.0])
    module.updater.factor = torch.ones(2)
    module.clear()
    module.update()
    assert module.factor.tolist() == [2.0, 2.0]
    del module.updater
    assert module.updater is None


def test_connections_can_be_updated_and_know_their_default() -> None:
    connection = neural.LinearDense(2, 3, 1.0, synapse=DELTA)
    assert isinstance(connection, neural.Updatable)
    assert connection.defaultupdater().names == ("weight",)
    with pytest.raises(RuntimeError, match="`defaultupdater`"):
        neural.Updatable().defaultupdater()


@pytest.mark.parametrize("name", ["like_input", "like_synaptic", "like_bias", "postsyn_receptive", "presyn_receptive", "forward"])
def test_an_unfinished_connection_says_what_it_lacks(name: str) -> None:
    connection = neural.Connection(synapse=DELTA, synapse_shape=(2,), step_time=1.0, delay=None, batch_size=1)
    with pytest.raises(NotImplementedError, match=f"`{name}`"):
        getattr(connection, name)(torch.zeros(1, 2))


STEPS: dict[str, Callable[[list[list[float]]], Tensor]] = {
    "neuron": neural.LIF(2, 1.0, **LIF),
    "synapse": neural.DeltaCurrent(2, 1.0, spike_charge=1.0),
    "dense": neural.LinearDense(2, 3, 1.0, synapse=DELTA),
    "direct": neural.LinearDirect(2, 1.0, synapse=DELTA),
    "convolution": neural.Conv2D(1, 2, 1, 1, 1.0, 1, synapse=DELTA),
}


@pytest.mark.parametrize("kind", STEPS)
def test_a_step_of_something_that_is_no_tensor_is_refused(kind: str) -> None:
    with pytest.raises(TypeError, match="`inputs` must be .*tensors?.*, got list"):
        STEPS[kind]([[0.0, 1.0]])


def test_functions_can_be_imported_from_their_package() -> None:
    from inferno.neural.functional import homogeneous_poisson_exp_interval

    assert neural.functional.homogeneous_poisson_exp_interval is homogeneous_poisson_exp_interval


def test_types_come_with_the_package() -> None:
    assert inferno.types.OneToOne.__doc__


class Counting(neural.Updater):
    """An updater of one's own."""

    def __init__(self, module: inferno.Module, *params: str) -> None:
        super().__init__(module, *params)
        self.applied = 0

    def forward(self, *params: str, **kwargs: object) -> None:
        super().forward(*params, **kwargs)
        self.applied += 1


def test_a_copied_updater_is_of_its_own_class_and_keeps_its_hooks() -> None:
    connection = neural.LinearDense(2, 1, 1.0, synapse=DELTA)
    connection.updater = Counting(connection, "weight")
    called = []
    connection.updater.register_forward_hook(lambda module, inputs, output: called.append(module))
    connection.update()
    twin = copy.deepcopy(connection)
    assert type(twin.updater) is Counting and twin.updater.applied == 1
    assert twin.updater.parent is twin
    twin.updater.weight = torch.ones(1, 2)
    twin.update()
    assert called[1:] == [twin.updater] and twin.updater.applied == 2 and connection.updater.applied == 1
    assert torch.equal(twin.weight, connection.weight + 1)
