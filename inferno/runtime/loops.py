"""Loop libraries: generated C++ that runs all time steps of a region, as an operator of torch."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inferno.runtime.kernels.generated import load_generated
from inferno.runtime.plan import Loop, Tensors

_SCHEMA = (
    "run_loop(int library, str function, Tensor[] variables, Tensor[] arriving, Tensor[] constants, Tensor sample, Tensor step, "
    "SymInt steps, int[] widths, bool[] are_spikes) -> Tensor[]"
)
_SUFFIXES = {torch.float32: "float", torch.float64: "double"}
_libraries: list[ctypes.CDLL] = []


@dataclass(frozen=True, slots=True)
class LoopLibrary:
    """A loaded loop library; `number` is its place among those of this process."""

    number: int

    def run(self, loop: Loop, state: Tensors, arriving: Tensors, c: Tensors, clock: Tensors, steps: int) -> tuple[Tensors, Tensors]:
        """All steps of a region: its variables afterwards, and what it emitted [steps, batch, neurons]."""
        # Spikes that a population's values read are numbers there.
        series = [arriving[k] if is_spikes else arriving[k].to(c["dt"].dtype) for k, is_spikes in loop.arriving]
        found = torch.ops.inferno.run_loop(
            self.number, loop.function, [state[k] for k in loop.variables], series,
            [c[k] for k in loop.constants], clock["sample"], clock["step"], steps, [n for _, n in loop.emits],
            [k.endswith(".spikes") for k, _ in loop.emits],
        )  # fmt: skip
        changed = dict(zip(loop.variables, found, strict=False))
        return changed, dict(zip((k for k, _ in loop.emits), found[len(changed) :], strict=True))


def load_loops(text: str) -> LoopLibrary:
    """The library of a generated text, built where it is not in the cache.

    Raises
    ------
    NativeUnavailable
        Without a compiler, a cache folder or a successful build.
    """
    library = load_generated(text)
    if library not in _libraries:
        _libraries.append(library)
    return LoopLibrary(_libraries.index(library))


def _run_loop(
    library: int, function: str, variables: Sequence[Tensor], arriving: Sequence[Tensor], constants: Sequence[Tensor], sample: Tensor,
    step: Tensor, steps: int, widths: Sequence[int], are_spikes: Sequence[bool],
) -> list[Tensor]:  # fmt: skip
    changed = [v.clone(memory_format=torch.contiguous_format) for v in variables]
    series = [_rows(a) for a in arriving]
    fixed = [c.contiguous() for c in constants]
    emitted = _emitted(constants, sample, steps, widths, are_spikes)
    tensors = [*changed, *series, *fixed, *emitted]
    pointers = (ctypes.c_void_p * len(tensors))(*(t.data_ptr() for t in tensors))
    strides = (ctypes.c_int64 * max(len(series), 1))(*(s.stride(0) for s in series))
    samples = sample.contiguous()
    entry = getattr(_libraries[library], f"{function}_{_SUFFIXES[_dtype(constants)]}")
    whole = ctypes.c_int64
    entry(whole(steps), whole(sample.shape[0]), whole(int(step)), pointers, strides, ctypes.c_void_p(samples.data_ptr()))
    return [*changed, *emitted]


def _dtype(constants: Sequence[Tensor]) -> torch.dtype:
    return next(c.dtype for c in constants if c.is_floating_point())


def _rows(series: Tensor) -> Tensor:
    """A series [time, batch, neurons] whose time steps are each contiguous; one that repeats itself stays as it is."""
    return series if series.shape[0] and series[0].is_contiguous() else series.contiguous()


def _emitted(constants: Sequence[Tensor], sample: Tensor, steps: int, widths: Sequence[int], are_spikes: Sequence[bool]) -> list[Tensor]:
    kinds = [torch.bool if s else _dtype(constants) for s in are_spikes]
    return [sample.new_empty((steps, sample.shape[0], n), dtype=kind) for n, kind in zip(widths, kinds, strict=True)]


def _shapes(
    library: int, function: str, variables: Sequence[Tensor], arriving: Sequence[Tensor], constants: Sequence[Tensor], sample: Tensor,
    step: Tensor, steps: int, widths: Sequence[int], are_spikes: Sequence[bool],
) -> list[Tensor]:  # fmt: skip
    return [*(torch.empty_like(v) for v in variables), *_emitted(constants, sample, steps, widths, are_spikes)]


_namespace = torch.library.Library("inferno", "FRAGMENT")  # type: ignore[no-untyped-call]
_namespace.define(_SCHEMA, tags=(torch.Tag.pt2_compliant_tag,))  # type: ignore[no-untyped-call]
_namespace.impl("run_loop", _run_loop, "CPU")  # type: ignore[no-untyped-call]
torch.library.register_fake("inferno::run_loop", _shapes, lib=_namespace)
