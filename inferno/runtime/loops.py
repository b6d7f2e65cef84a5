"""Loop libraries: generated C++ that runs all time steps of a region, as an operator of torch."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inferno.runtime import pages
from inferno.runtime.kernels.generated import NUMBERS, build_meanwhile, load_generated
from inferno.runtime.kernels.threads import over_rows
from inferno.runtime.plan import Loop, Tensors

_SCHEMA = (
    "run_loop(int library, str function, Tensor[] variables, Tensor[] arriving, Tensor[] constants, Tensor sample, Tensor step, "
    "SymInt steps, int[] widths, int[] kinds, bool[] are_common, int most_threads) -> Tensor[]"
)
_NUMBERS, _SPIKES, _COUNTS = range(3)
_libraries: list[ctypes.CDLL] = []


@dataclass(frozen=True, slots=True)
class LoopLibrary:
    """A loaded loop library, for one mode and type; `number` is its place among those of this process."""

    number: int

    def run(
        self, loop: Loop, state: Tensors, arriving: Tensors, c: Tensors, clock: Tensors, steps: int, most_threads: int = 1
    ) -> tuple[Tensors, Tensors]:
        """All steps of a region: its variables afterwards, and what it emitted [steps, batch, neurons].

        Samples that are independent run on so many threads.
        """
        # Spikes that a population's values read are numbers there.
        series = [arriving[k] if is_spikes else arriving[k].to(c["dt"].dtype) for k, is_spikes in loop.arriving]
        found = torch.ops.inferno.run_loop(
            self.number, loop.function, [state[k] for k in loop.variables], series,
            [c[k] for k in loop.constants], clock["sample"], clock["step"], steps, [n for _, n in loop.emits],
            [_kind(k) for k, _ in loop.emits], [k in loop.common for k in loop.variables],
            most_threads if loop.independent else 1,
        )  # fmt: skip
        changed = dict(zip(loop.variables, found, strict=False))
        return changed, dict(zip((k for k, _ in loop.emits), found[len(changed) :], strict=True))


def load_loops(text: str, mode: str, dtype: torch.dtype) -> LoopLibrary:
    """The functions of a generated text for a mode, `training` or `evaluation`, and a type, built where they are not in the cache.

    Raises
    ------
    NativeUnavailable
        Without a compiler, a cache folder or a successful build.
    """
    library = load_generated(_text_for(text, mode, dtype))
    if library not in _libraries:
        _libraries.append(library)
    return LoopLibrary(_libraries.index(library))


def build_loops_meanwhile(text: str, mode: str, dtype: torch.dtype) -> None:
    """Begin to build what `load_loops` will be asked for."""
    build_meanwhile(_text_for(text, mode, dtype))


def _text_for(text: str, mode: str, dtype: torch.dtype) -> str:
    return f"#define {mode.upper()}\nusing Number = {NUMBERS[dtype]};\n{text}"


def _run_loop(
    library: int, function: str, variables: Sequence[Tensor], arriving: Sequence[Tensor], constants: Sequence[Tensor], sample: Tensor,
    step: Tensor, steps: int, widths: Sequence[int], kinds: Sequence[int], are_common: Sequence[bool], most_threads: int,
) -> list[Tensor]:  # fmt: skip
    changed = [v.clone(memory_format=torch.contiguous_format) for v in variables]
    emitted = [
        sample.new_zeros(shape) if kind == _COUNTS else pages.empty(shape, dtype, sample.device)
        for kind, (shape, dtype) in zip(kinds, _emitted(constants, sample, steps, widths, kinds), strict=True)
    ]
    entry = getattr(_libraries[library], function)
    call = _Call(
        entry, changed, [_rows(a) for a in arriving], [c.contiguous() for c in constants], emitted, sample.contiguous(), int(step), steps,
        are_common,
    )  # fmt: skip
    over_rows(call.run, sample.shape[0], most_threads)
    return [*changed, *emitted]


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a loop function, with all of its tensors; samples can be run apart from each other where they are independent."""

    entry: Callable[..., None]
    variables: Sequence[Tensor]
    arriving: Sequence[Tensor]
    constants: Sequence[Tensor]
    emitted: Sequence[Tensor]
    sample: Tensor
    step: int
    steps: int
    are_common: Sequence[bool]

    def run(self, start: int, stop: int) -> None:
        """All steps of the samples from `start` to `stop`."""
        places = [_place(v, 0, 0 if common else start) for v, common in zip(self.variables, self.are_common, strict=True)]
        places += [_place(series, 1, start) for series in self.arriving]
        places += [c.data_ptr() for c in self.constants]
        places += [_place(series, 1, start) for series in self.emitted]
        pointers = (ctypes.c_void_p * len(places))(*places)
        over_time = [t.stride(0) for t in (*self.arriving, *self.emitted)]
        strides = (ctypes.c_int64 * max(len(over_time), 1))(*over_time)
        whole = ctypes.c_int64
        first = ctypes.c_void_p(_place(self.sample, 0, start))
        self.entry(whole(self.steps), whole(stop - start), whole(self.step), pointers, strides, first)


def _place(tensor: Tensor, dimension: int, sample: int) -> int:
    """Where the values of a sample lie in a tensor, which has one after the other in a dimension."""
    first: int = tensor.data_ptr()
    return first + sample * tensor.stride(dimension) * tensor.element_size() if sample else first


def _dtype(constants: Sequence[Tensor]) -> torch.dtype:
    return next(c.dtype for c in constants if c.is_floating_point())


def _rows(series: Tensor) -> Tensor:
    """A series [time, batch, neurons] whose time steps are each contiguous; one that repeats itself stays as it is."""
    return series if series.shape[0] and series[0].is_contiguous() else series.contiguous()


def _emitted(
    constants: Sequence[Tensor], sample: Tensor, steps: int, widths: Sequence[int], kinds: Sequence[int]
) -> list[tuple[tuple[int, ...], torch.dtype]]:
    """The shapes and types of what a loop emits."""
    types = {_COUNTS: sample.dtype, _SPIKES: torch.bool, _NUMBERS: _dtype(constants)}
    batch = sample.shape[0]
    return [((1 if kind == _COUNTS else steps, batch, n), types[kind]) for n, kind in zip(widths, kinds, strict=True)]


def _kind(key: str) -> int:
    """What is emitted under a key: spikes or numbers of each step, or how many spikes there were in all of them."""
    return _SPIKES if key.endswith(".spikes") else _COUNTS if key.endswith(".spikes counted") else _NUMBERS


def _shapes(
    library: int, function: str, variables: Sequence[Tensor], arriving: Sequence[Tensor], constants: Sequence[Tensor], sample: Tensor,
    step: Tensor, steps: int, widths: Sequence[int], kinds: Sequence[int], are_common: Sequence[bool], most_threads: int,
) -> list[Tensor]:  # fmt: skip
    emitted = _emitted(constants, sample, steps, widths, kinds)
    return [*(torch.empty_like(v) for v in variables), *(sample.new_empty(shape, dtype=dtype) for shape, dtype in emitted)]


_namespace = torch.library.Library("inferno", "FRAGMENT")  # type: ignore[no-untyped-call]
_namespace.define(_SCHEMA, tags=(torch.Tag.pt2_compliant_tag,))  # type: ignore[no-untyped-call]
_namespace.impl("run_loop", _run_loop, "CPU")  # type: ignore[no-untyped-call]
torch.library.register_fake("inferno::run_loop", _shapes, lib=_namespace)
