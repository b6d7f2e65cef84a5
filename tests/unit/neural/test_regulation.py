"""Hooks that keep parameters in order reach what a path names, and say what is wrong with their arguments."""

from typing import Any

import pytest
import torch
from torch import nn

from inferno import neural


def model() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))


def test_a_path_may_go_through_a_list_to_a_parameter() -> None:
    network = model()
    weight = network[0].weight
    hook = neural.Normalization(network, "0.weight", 1, 2.0, -1)
    hook.register()
    hook()
    assert network[0].weight is weight and weight.requires_grad
    assert weight.abs().sum(-1).tolist() == pytest.approx([2.0, 2.0])
    clamp = neural.Clamping(network, "1.weight", min=0.0)
    clamp(force=True)
    assert network[1].weight.min().item() >= 0.0


@pytest.mark.parametrize("dim", [None, 0, -1, (0, 1), [0, 1]])
def test_norms_are_taken_over_any_dimensions(dim: Any) -> None:
    network = model()
    neural.Normalization(network, "0.weight", 2, 3.0, dim)(force=True)
    norms = torch.linalg.vector_norm(network[0].weight, 2, dim)
    assert torch.allclose(norms, torch.full_like(norms, 3.0))
