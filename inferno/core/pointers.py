"""Whether tensors can be handed to native code."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

_PLAIN = (Tensor, nn.Parameter)


def is_traced() -> bool:
    """Whether operations on tensors are being recorded or transformed, which what native code does would escape."""
    return (
        torch.compiler.is_compiling()
        or torch._C._len_torch_dispatch_stack() > 0
        or torch._C._functorch.peek_interpreter_stack() is not None
        or forward_ad._current_level >= 0
    )


def has_memory(*tensors: Tensor) -> bool:
    """Whether all tensors are contiguous memory of the CPU, no stand-ins, and no gradient is wanted of them."""
    for one in tensors:
        if type(one) not in _PLAIN or not one.is_cpu or not one.is_contiguous() or (one.requires_grad and torch.is_grad_enabled()):
            return False
    return True
