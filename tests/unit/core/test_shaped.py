"""Tensors of modules with fixed sizes."""

import copy

import pytest
import torch
from torch import nn

import inferno


@pytest.mark.parametrize("value", [None, torch.empty(0), nn.parameter.UninitializedBuffer()])
def test_no_size_is_demanded_of_ignored_values(value: torch.Tensor | None) -> None:
    shaped = inferno.ShapedTensor(owner := inferno.Module(), "x", value, {0: 3}, live=True)
    assert shaped.ignored and shaped.valid and shaped.owner is owner


@pytest.mark.parametrize(("strict", "valid"), [(True, False), (False, True)])
def test_strict_sizes_are_of_different_dimensions(strict: bool, valid: bool) -> None:
    owner = inferno.Module()
    shaped = inferno.ShapedTensor(owner, "x", None, {0: 3, -1: 3}, strict=strict)
    assert shaped.compatible(torch.zeros(3)) is valid and shaped.dimensionality == 1 + strict


def test_what_replaces_an_object_of_the_same_name_stays() -> None:
    owner = inferno.Module()
    inferno.ShapedTensor.create(owner, "x", torch.zeros(2), {0: 2})
    inferno.ShapedTensor.create(owner, "x", torch.ones(3), {0: 3})
    assert owner.x.value.tolist() == [1.0] * 3 and owner.x.constraints == {0: 3}


def test_a_copy_changes_data_of_its_own() -> None:
    owner = inferno.Module()
    inferno.ShapedTensor.create(owner, "x", nn.Parameter(torch.zeros(2)), {0: 2}, persist_constraints=True)
    twin = copy.deepcopy(owner)
    twin.x.value = torch.ones(2)
    assert twin.x.owner is twin and owner.x.value.tolist() == [0.0, 0.0] and twin._x_data.tolist() == [1.0, 1.0]
    twin.x.reconstrain(0, 1)
    assert owner.x.constraints == {0: 2} and twin.get_extra("_x_constraints") == {0: 1}
    with pytest.raises(RuntimeError, match="not alone"):
        copy.deepcopy(owner.x)


def test_a_parameter_becomes_one_where_it_is_assigned() -> None:
    owner = inferno.Module()
    shaped = inferno.ShapedTensor(owner, "x", torch.zeros(2))
    shaped.value = nn.Parameter(torch.ones(2))
    assert list(dict(owner.named_parameters())) == ["_x_data"] and not list(owner.buffers())


def test_a_dimension_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="`dim`"):
        inferno.ShapedTensor.resize(torch.zeros(2, 3), 5, 1)
    assert inferno.ShapedTensor.resize(torch.arange(3.0), 0, 2, preserve_tail=False).tolist() == [0.0, 1.0]
    assert inferno.ShapedTensor.resize(torch.ones(1), -1, 3, preserve_tail=False, fill=7).tolist() == [1.0, 7.0, 7.0]


def test_wrong_arguments_are_named() -> None:
    owner = inferno.Module()
    with pytest.raises(ValueError, match="`name`"):
        inferno.ShapedTensor(owner, "not a name", None)
    with pytest.raises(TypeError, match="`name`"):
        inferno.ShapedTensor(owner, 3, None)
    with pytest.raises(TypeError, match="`owner`"):
        inferno.ShapedTensor(nn.Identity(), "x", None)
    with pytest.raises(TypeError, match="`value`"):
        inferno.ShapedTensor(owner, "x", None).value = 3


def test_a_state_dict_makes_and_takes_away_data() -> None:
    filled, empty = inferno.Module(), inferno.Module()
    inferno.ShapedTensor.create(filled, "x", torch.ones(2, 3), {0: 2})
    inferno.ShapedTensor.create(empty, "x", torch.empty(0, dtype=torch.float64), {0: 2})
    without = copy.deepcopy(empty.state_dict())
    copy.deepcopy(empty).load_state_dict(filled.state_dict())
    empty.load_state_dict(filled.state_dict())
    assert empty.x.value.shape == (2, 3) and empty.x.value.dtype == torch.float64
    filled.load_state_dict(without)
    assert filled.x.ignored
    other = inferno.Module()
    inferno.ShapedTensor.create(other, "x", torch.empty(0), {0: 5})
    with pytest.raises(RuntimeError, match="size mismatch"):
        other.load_state_dict(empty.state_dict())
