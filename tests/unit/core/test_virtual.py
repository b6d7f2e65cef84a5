"""Tensors that are calculated when they are read."""

import copy

import pytest
import torch

import inferno


def test_a_function_is_called_with_the_owner_also_that_of_a_copy() -> None:
    owner = inferno.Module()
    owner.register_buffer("x", torch.ones(2))
    inferno.VirtualTensor.create(owner, "twice", lambda o, dtype, device: o.x * 2, torch.float64)
    twin = copy.deepcopy(owner)
    twin.x = torch.zeros(2)
    assert owner.twice.value.tolist() == [2.0, 2.0] and twin.twice.value.tolist() == [0.0, 0.0]
    assert owner.twice.value.dtype == torch.float64


def test_type_and_device_can_be_set() -> None:
    owner = inferno.Module()
    virtual = inferno.VirtualTensor(owner, "v", lambda o, dtype, device: torch.ones(1, device=device), persist=True)
    virtual.dtype, virtual.device = torch.float16, "cpu"
    assert virtual.value.dtype == torch.float16 and "_v_ref" in owner.state_dict()
    assert owner.double() is owner and virtual.dtype == torch.float64


def test_wrong_arguments_are_named() -> None:
    owner = inferno.Module()
    with pytest.raises(TypeError, match="`name`"):
        inferno.VirtualTensor(owner, 3, "x")
    with pytest.raises(ValueError, match="`name`"):
        inferno.VirtualTensor(owner, "a.b", "x")
    with pytest.raises(TypeError, match="`materializer`"):
        inferno.VirtualTensor(owner, "v", 3)
