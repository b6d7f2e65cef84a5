"""The native kernels for random numbers: plain C++ that knows nothing of torch, and so is there a second after it is first asked for."""

from __future__ import annotations

import ctypes
import importlib.resources
from functools import cache

import torch
from torch import Tensor

from inferno.runtime.kernels.generated import NUMBERS, load_generated
from inferno.runtime.kernels.operators import KINDS
from inferno.runtime.kernels.threads import over_rows

_DRAWS_PER_THREAD = 1 << 16
_STEPS_PER_THREAD = 1 << 20
_POINTER, _WHOLE, _WORD = ctypes.c_void_p, ctypes.c_int64, ctypes.c_uint64


@cache
def load_draws(dtype: torch.dtype) -> ctypes.CDLL:
    """The kernels for a type of waits, built where they are not in the cache; draws are the same in both.

    Raises
    ------
    NativeUnavailable
        Without a compiler, a cache folder or a successful build.
    """
    text = (importlib.resources.files("inferno.runtime.kernels") / "draws.cpp").read_text(encoding="utf-8")
    library = load_generated(f"using Number = {NUMBERS[dtype]};\n{text}")
    library.draw.argtypes = (_WHOLE, _WORD, _POINTER, ctypes.c_uint32, _POINTER, _WHOLE, _WHOLE, _POINTER, _WHOLE, _WHOLE)
    library.interval_spikes.argtypes = (_WORD, _POINTER, _WORD, _POINTER, _WHOLE, *[_POINTER] * 3, *[_WHOLE] * 5)
    library.draw.restype = library.interval_spikes.restype = None
    return library


def draw(
    kind: str, key: Tensor, sample: Tensor, step: Tensor, elements: int, where: Tensor | None, dtype: torch.dtype, first: int = 0
) -> Tensor:
    """Random numbers [B, elements]: `reference.draw`, natively."""
    samples, mask = words(sample), None if where is None else where.contiguous()
    if mask is not None and mask.shape != (len(samples), elements):
        raise ValueError(f"draw: the mask must be [{len(samples)}, {elements}], not {list(mask.shape)}")
    out = torch.empty(len(samples), elements, dtype=torch.float64)
    function, chosen = load_draws(torch.float32).draw, None if mask is None else mask.data_ptr()
    place = (KINDS.index(kind), word(key), samples.data_ptr(), int(step) & 0xFFFFFFFF, chosen, first, elements, out.data_ptr())
    over_rows(lambda begin, end: function(*place, begin, end), len(samples), out.numel() // _DRAWS_PER_THREAD)
    return out.to(dtype)


def interval_spikes(wait: Tensor, drift: Tensor, key: Tensor, sample: Tensor, step: Tensor, steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """Spikes [T, B, N], the countdowns left [B, N] and counts [1, B, N]: `reference.interval_spikes`, natively."""
    batch, elements = wait.shape
    if drift.shape[1:] != wait.shape or drift.shape[0] not in (1, steps) or sample.shape != (batch,):
        raise ValueError(f"interval_spikes: wait {list(wait.shape)}, drift {list(drift.shape)} and sample {list(sample.shape)} don't fit")
    number = wait.dtype if wait.dtype in NUMBERS else torch.float64
    samples, moved = words(sample), drift.to(number).contiguous()
    left = wait.to(number).clone(memory_format=torch.contiguous_format)
    spikes, counts = torch.empty(steps, batch, elements, dtype=torch.bool), torch.zeros(1, batch, elements, dtype=torch.int64)
    function, held = load_draws(number).interval_spikes, int(drift.shape[0] == 1)
    out = (left.data_ptr(), spikes.data_ptr(), counts.data_ptr())
    place = (word(key), samples.data_ptr(), int(step), moved.data_ptr(), held, *out, steps, batch, elements)
    over_rows(lambda begin, end: function(*place, begin, end), batch, spikes.numel() // _STEPS_PER_THREAD)
    return spikes, left.to(wait.dtype), counts


def words(numbers: Tensor) -> Tensor:
    """Whole numbers as C++ reads them."""
    return numbers.to(torch.int64).contiguous()


def word(number: Tensor) -> int:
    """The bits of an int64 as an unsigned number."""
    return int(number) & 0xFFFFFFFFFFFFFFFF
