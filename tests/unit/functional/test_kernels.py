from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from inferno import functional

DIFF = torch.tensor([-20.0, -1.0, 0.0, 1.0, 20.0])


def test_the_kernels_share_the_line_of_differences() -> None:
    post = functional.exp_stdp_post_kernel(DIFF, 0.5, 10.0)
    pre = functional.exp_stdp_pre_kernel(DIFF, -0.25, 10.0)
    assert post.allclose(torch.tensor([0, 0, 0.5, 0.5 * math.exp(-0.1), 0.5 * math.exp(-2)]))
    assert pre.allclose(torch.tensor([-0.25 * math.exp(-2), -0.25 * math.exp(-0.1), 0, 0, 0]))


@pytest.mark.parametrize("kernel", [functional.exp_stdp_post_kernel, functional.exp_stdp_pre_kernel])
def test_spikes_that_did_not_occur_give_no_update(kernel: Callable[..., Tensor]) -> None:
    assert kernel(torch.tensor([math.nan, math.inf, -math.inf]), 1.0, torch.tensor(10.0)).equal(torch.zeros(3))
