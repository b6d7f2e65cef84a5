"""A product that skips zeros is the product."""

import pytest
import torch
import torch.nn.functional as nn_functional
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx

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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("post_share", "pre_share"), [(0.0, 0.5), (0.002, 1.0), (1.0, 0.0), (1.0, 0.02), (0.5, 0.03), (1.0, 1.0)])
@pytest.mark.parametrize("outputs", [90, 96])
def test_correlation_is_the_product_of_both_sides(post_share: float, pre_share: float, outputs: int, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    post = torch.randn(7, outputs, generator=generator, dtype=dtype) * (torch.rand(7, outputs, generator=generator) < post_share)
    pre = torch.randn(7, 300, generator=generator, dtype=dtype) * (torch.rand(7, 300, generator=generator) < pre_share)
    torch.testing.assert_close(sparse.correlated(post, pre), post.t() @ pre)


def test_correlation_of_other_layouts_and_gradients_takes_the_whole_product() -> None:
    post, pre = torch.ones(90, 50).t(), torch.ones(50, 300)
    assert torch.equal(sparse.correlated(post, pre), torch.full((90, 300), 50.0))
    pre.requires_grad_()
    sparse.correlated(post.contiguous(), pre).sum().backward()
    assert pre.grad is not None


def test_a_wrong_shape_is_an_error_and_no_read_of_foreign_memory() -> None:
    with pytest.raises(RuntimeError):
        sparse.correlated(torch.zeros(20, 100), torch.ones(1, 784))
    with pytest.raises(RuntimeError):
        sparse.linear(torch.zeros(20, 100), torch.ones(90, 300), None)
    with pytest.raises(RuntimeError):
        sparse.linear(torch.zeros(20, 300), torch.ones(90, 300), torch.ones(90, dtype=torch.float64))


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:FutureWarning")
def test_transforms_and_stand_ins_take_the_whole_product() -> None:
    post, pre = torch.zeros(20, 90), torch.ones(20, 300)
    mapped = torch.vmap(sparse.correlated)(post.expand(2, 20, 90), pre.expand(2, 20, 300))
    assert torch.equal(mapped, torch.zeros(2, 90, 300))
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(post, torch.ones_like(post))
        tangent = torch.autograd.forward_ad.unpack_dual(sparse.correlated(dual, pre)).tangent
    assert torch.equal(tangent, torch.full((90, 300), 20.0))
    with FakeTensorMode():
        assert sparse.correlated(torch.zeros(20, 90), torch.ones(20, 300)).shape == (90, 300)
    graph = make_fx(sparse.correlated)(post, pre)
    assert torch.equal(graph(torch.ones_like(post), pre), torch.full((90, 300), 20.0))
