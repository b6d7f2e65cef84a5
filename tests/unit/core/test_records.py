"""Tensors of modules with fixed sizes, with a history, and derived ones."""

import copy

import pytest
import torch
from torch import Tensor, nn

import inferno
from inferno.functional import interp_linear


class Owner(inferno.Module):
    def __init__(self, duration: float = 3.0, value: Tensor | None = None, **options: object) -> None:
        super().__init__()
        inferno.RecordTensor.create(self, "past", 1.0, duration, value, **options)


ALIVE: list[Owner] = []
"""Records hold their owners weakly."""


def filled(steps: int = 6, duration: float = 3.0) -> Owner:
    owner = Owner(duration, torch.zeros(2))
    for k in range(steps):
        owner.past.push(torch.tensor([k, 10.0 * k]))
    ALIVE.append(owner)
    return owner


# ---- shaped --------------------------------------------------------------------------------------


def test_sizes_are_demanded_of_values_but_not_of_ignored_ones() -> None:
    owner = inferno.Module()
    shaped = inferno.ShapedTensor.create(owner, "x", torch.zeros(3, 4), {0: 3, -1: 4}, live=True)
    assert owner.x is shaped and shaped.value.shape == (3, 4) and shaped.dimensionality == 2 and shaped.valid
    with pytest.raises(ValueError, match="sizes"):
        shaped.value = torch.zeros(2, 4)
    shaped.value = torch.zeros(3, 5, 4)
    shaped.value = torch.empty(0)
    assert shaped.ignored and shaped.valid
    with pytest.raises(RuntimeError, match="sizes"):
        inferno.ShapedTensor(owner, "y", torch.zeros(3), {0: 2})


def test_a_parameter_keeps_being_the_same() -> None:
    owner = inferno.Module()
    shaped = inferno.ShapedTensor(owner, "x", nn.Parameter(torch.zeros(2), requires_grad=False))
    before = owner._x_data
    shaped.value = torch.ones(3)
    assert owner._x_data is before and before.tolist() == [1.0] * 3
    with pytest.raises(RuntimeError):
        shaped.value = None


def test_another_constraint_keeps_what_is_last() -> None:
    owner = inferno.Module()
    shaped = inferno.ShapedTensor(owner, "x", torch.arange(3.0), {0: 3})
    assert shaped.reconstrain(0, 2).tolist() == [1.0, 2.0]
    assert shaped.reconstrain(0, 4).tolist() == [0.0, 0.0, 1.0, 2.0]
    shaped.reconstrain(0, None)
    with pytest.raises(ValueError):
        shaped.reconstrain(0, None)
    with pytest.raises(ValueError):
        shaped.reconstrain(0, 7)


def test_data_go_with_the_object() -> None:
    owner = inferno.Module()
    shaped = inferno.ShapedTensor(owner, "x", torch.zeros(2))
    assert "_x_data" in owner.state_dict()
    del shaped
    assert "_x_data" not in owner.state_dict()


# ---- records -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration", "step", "inclusive", "size"),
    [(3.0, 1.0, False, 3), (3.0, 1.0, True, 4), (0.0, 1.0, False, 1), (0.3, 0.1, True, 4), (2.5, 1.0, False, 3)],
)
def test_a_record_covers_its_duration(duration: float, step: float, inclusive: bool, size: int) -> None:
    owner = inferno.Module()
    assert inferno.RecordTensor(owner, "x", step, duration, None, inclusive=inclusive).recordsz == size


def test_the_newest_observation_is_at_offset_one() -> None:
    past = filled().past
    assert past.peek().tolist() == [5.0, 50.0] and past.read(3).tolist() == [3.0, 30.0] and past.read(0).tolist() == [3.0, 30.0]
    assert past.readrange(3).tolist() == [[3.0, 4.0, 5.0], [30.0, 40.0, 50.0]]
    assert past.readrange(2, offset=torch.tensor([1, 2])).tolist() == [[4.0, 5.0], [30.0, 40.0]]
    assert past.readrange(2, offset=3, forward=True).tolist() == [[3.0, 4.0], [30.0, 40.0]]
    assert past.pop().tolist() == [5.0, 50.0] and past.peek().tolist() == [4.0, 40.0]
    with pytest.raises(ValueError, match="`obs` must have the shape"):
        past.push(torch.zeros(3))
    with pytest.raises(ValueError, match="`length`"):
        past.readrange(4)


def test_ranges_are_written_as_they_are_read() -> None:
    owner = filled()
    values = torch.arange(6.0).reshape(2, 3)
    owner.past.writerange(values, offset=1)
    assert torch.equal(owner.past.readrange(3), values)
    owner.past.writerange(values.flip(0), offset=1, inplace=True)
    assert torch.equal(owner.past.readrange(3), values.flip(0))


@pytest.mark.parametrize("inplace", [True, False])
def test_pushing_in_place_or_not_gives_the_same(inplace: bool) -> None:
    owner = Owner(2.0)
    for k in range(5):
        owner.past.push(torch.full((2,), float(k)), inplace)
    assert owner.past.readrange(2).tolist() == [[3.0, 4.0], [3.0, 4.0]]


def test_any_time_can_be_read() -> None:
    past = filled().past
    assert past.select(0.0).tolist() == [5.0, 50.0] and past.select(2.0).tolist() == [3.0, 30.0]
    assert past.select(0.4).tolist() == [5.0, 50.0] and past.select(0.6).tolist() == [4.0, 40.0]
    assert past.select(torch.tensor([0.5, 1.25]), interp_linear).tolist() == pytest.approx([4.5, 37.5])
    times = torch.tensor([[0.0, 0.5, 2.0], [1.0, 1.5, 0.25]])
    assert past.select(times, interp_linear).flatten().tolist() == pytest.approx([5.0, 4.5, 3.0, 40.0, 35.0, 47.5])
    for wrong in (-0.5, 2.5, torch.tensor([0.0, 3.0])):
        with pytest.raises(ValueError, match="`time`"):
            past.select(wrong)
    empty = Owner()
    with pytest.raises(RuntimeError, match="no observations"):
        empty.past.select(0.0)


def test_any_time_can_be_written() -> None:
    past = filled().past
    past.insert(torch.tensor([1.0, 2.0]), 1.0, offset=1)
    assert past.readrange(3).tolist() == [[3.0, 1.0, 5.0], [30.0, 2.0, 50.0]]
    past.insert(torch.tensor([7.0, 8.0]), torch.tensor([0.25, 1.75]), offset=1, inplace=True)
    assert past.readrange(3).tolist() == [[3.0, 1.0, 7.0], [8.0, 2.0, 50.0]]


@pytest.mark.parametrize("uninitialised", [True, False])
def test_another_duration_of_an_empty_record_is_no_error(uninitialised: bool) -> None:
    owner = Owner(3.0)
    if uninitialised:
        owner.past.push(torch.zeros(2))
        owner.past.deinitialize()
    owner.past.duration = 5.0
    owner.past.push(torch.ones(2))
    assert owner.past.value.shape == (5, 2)


def test_another_duration_keeps_what_is_newest() -> None:
    owner = filled()
    owner.past.duration = 2.0
    assert owner.past.readrange(2).tolist() == [[4.0, 5.0], [40.0, 50.0]]
    owner.past.duration = 4.0
    assert owner.past.readrange(4)[0].tolist() == [0.0, 0.0, 4.0, 5.0]


def test_an_empty_value_can_be_assigned() -> None:
    owner = filled()
    owner.past.value = torch.empty(0)
    assert owner.past.ignored and owner.past.peek() is None


def test_a_copy_of_the_owner_has_a_record_of_its_own() -> None:
    owner = filled()
    twin = copy.deepcopy(owner)
    assert twin.past.owner is twin
    twin.past.push(torch.zeros(2))
    assert owner.past.peek().tolist() == [5.0, 50.0] and owner.past.pointer != twin.past.pointer


def test_a_state_dict_brings_a_record_back() -> None:
    one, other = filled(5), filled(0)
    other.load_state_dict(one.state_dict())
    assert torch.equal(other.past.readrange(3), one.past.readrange(3))


def test_a_record_is_aligned_and_reset() -> None:
    past = filled(5).past
    past.align(1)
    assert past.pointer == 1 and past.readrange(3)[0].tolist() == [2.0, 3.0, 4.0]
    past.reset(7)
    assert past.pointer == 0 and bool((past.value == 7).all())


def test_a_record_of_one_step_compiles() -> None:
    class Last(Owner):
        def forward(self, x: Tensor) -> Tensor:
            before = self.past.peek()
            self.past.push(x)
            return before + self.past.peek()

    one, other = Last(0.0, torch.zeros(2)), Last(0.0, torch.zeros(2))
    compiled = torch.compile(one, fullgraph=True, backend="eager")
    for k in range(5):
        x = torch.full((2,), float(k))
        assert torch.equal(compiled(x), other(x))


# ---- virtual -------------------------------------------------------------------------------------


def test_a_derived_tensor_follows_its_owner() -> None:
    class Doubled(inferno.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("x", torch.ones(2))
            inferno.VirtualTensor.create(self, "twice", "double")

        def double(self, dtype: torch.dtype, device: torch.device) -> Tensor:
            return self.x.to(dtype) * 2

    owner = Doubled()
    twin = copy.deepcopy(owner).to(torch.float64)
    twin.x += 1
    assert owner.twice.value.tolist() == [2.0, 2.0] and twin.twice.value.tolist() == [4.0, 4.0]
    assert twin.twice.dtype == torch.float64 and list(owner.state_dict()) == ["x", "_extra_state"]
