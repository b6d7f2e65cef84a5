"""Memory for long series is a tensor like any other."""

from __future__ import annotations

import copy
import mmap

import pytest
import torch

from inferno.runtime import pages

CPU = torch.device("cpu")


@pytest.mark.parametrize("dtype", [torch.bool, torch.float32, torch.float64, torch.int64])
@pytest.mark.parametrize("shape", [(0, 3, 4), (2, 3, 4), (3000, 3, 1001)])
def test_a_tensor_holds_what_is_written_into_it(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    found = pages.empty(shape, dtype, CPU)
    assert found.shape == shape
    assert found.dtype == dtype
    assert found.is_contiguous()
    values = torch.arange(found.numel()).reshape(shape).to(dtype)
    found.copy_(values)
    assert torch.equal(found, values)
    part = found[1:, :1]
    twin = copy.deepcopy(found)
    del found
    assert torch.equal(part, values[1:, :1])
    assert torch.equal(twin, values)


def test_without_room_it_is_torch_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> mmap.mmap:
        raise OSError("no memory")

    monkeypatch.setattr(mmap, "mmap", none)
    assert pages.empty((3000, 3, 1001), torch.float32, CPU).shape == (3000, 3, 1001)
    with pytest.raises(RuntimeError, match="memory"):
        pages.empty((1 << 40, 1 << 10), torch.float32, CPU)
