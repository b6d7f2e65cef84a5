"""Traces in one native pass have the bits of torch."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from inferno.core.traces import trace_cumulative
from inferno.observe import native


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(3, 7), (20, 784), (2, 3, 5, 4), (0, 4)])
def test_a_native_trace_is_that_of_torch(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    expected = found = torch.rand(shape, generator=generator, dtype=dtype)
    for _ in range(20):
        spikes = torch.rand(shape, generator=generator) < 0.1
        expected = trace_cumulative(spikes, expected, decay=0.9672, amplitude=5e-4, target=True)
        after = native.cumulative_of_spikes(spikes, found, 0.9672, 5e-4)
        assert after is not None
        found = after
    assert torch.equal(found, expected)


def test_what_the_native_pass_does_not_take_is_left_to_torch() -> None:
    spikes, trace = torch.ones(4, 6, dtype=torch.bool), torch.ones(4, 6)
    assert native.cumulative_of_spikes(spikes.float(), trace, 0.5, 1.0) is None
    assert native.cumulative_of_spikes(spikes.t(), trace.t(), 0.5, 1.0) is None
    assert native.cumulative_of_spikes(spikes, trace.half(), 0.5, 1.0) is None
    assert native.cumulative_of_spikes(spikes[:1], trace, 0.5, 1.0) is None
    assert native.cumulative_of_spikes(spikes, trace.requires_grad_(), 0.5, 1.0) is None


def test_transforms_and_stand_ins_are_left_to_torch() -> None:
    spikes, trace = torch.ones(4, 6, dtype=torch.bool), torch.ones(4, 6)
    with FakeTensorMode():
        assert native.cumulative_of_spikes(torch.ones(4, 6, dtype=torch.bool), torch.ones(4, 6), 0.5, 1.0) is None
    with torch.autograd.forward_ad.dual_level():
        assert native.cumulative_of_spikes(spikes, trace, 0.5, 1.0) is None
