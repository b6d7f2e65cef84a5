"""A product that skips zeros is the product."""

import pytest
import torch
import torch.nn.functional as nn_functional

from inferno.neural import sparse


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.5])
@pytest.mark.parametrize("biased", [True, False])
def test_skipping_zeros_changes_nothing(share: float, dtype: torch.dtype, biased: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(7, 300, generator=generator, dtype=dtype) * (torch.rand(7, 300, generator=generator) < share)
    weight, bias = torch.randn(90, 300, generator=generator, dtype=dtype), torch.randn(90, generator=generator, dtype=dtype)
    found = sparse.linear(values, weight, bias if biased else None)
    torch.testing.assert_close(found, nn_functional.linear(values, weight, bias if biased else None))


def test_other_layouts_and_gradients_take_the_whole_product() -> None:
    values, weight = torch.zeros(50, 300), torch.randn(300, 90).t()
    assert sparse.linear(values, weight, None).shape == (50, 90)
    values.requires_grad_()
    sparse.linear(values, weight.contiguous(), None).sum().backward()
    assert values.grad is not None
