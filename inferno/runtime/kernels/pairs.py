"""The native kernels that find who is joined to whom: plain C++ that knows nothing of torch, built when a network first has a list."""

from __future__ import annotations

import ctypes
import importlib.resources
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from inferno.runtime.kernels.draws import word, words
from inferno.runtime.kernels.generated import build_meanwhile, is_generated, load_generated
from inferno.runtime.kernels.reference_pairs import rate_of, starts_of
from inferno.runtime.kernels.threads import over_parts, over_rows, parts_of

_PAIRS_PER_THREAD = 1 << 16
_POINTER, _WHOLE, _WORD = ctypes.c_void_p, ctypes.c_int64, ctypes.c_uint64


@cache
def load_pairs() -> ctypes.CDLL:
    """The kernels, built where they are not in the cache.

    Raises
    ------
    NativeUnavailable
        Without a compiler, a cache folder or a successful build.
    """
    library = load_generated(_text())
    library.choose.argtypes = (_WORD, _POINTER, _POINTER, _WHOLE, _WHOLE, _POINTER, _WHOLE, _WHOLE)
    library.count_sources.argtypes = (_WORD, _POINTER, _WHOLE, _WHOLE, _POINTER, _WHOLE, _WHOLE)
    library.place_targets.argtypes = (_WORD, _POINTER, _WHOLE, _WHOLE, _POINTER, _POINTER, _WHOLE, _WHOLE)
    library.count_jumps.argtypes = (_WORD, _WHOLE, ctypes.c_double, _POINTER, _WHOLE, _WHOLE)
    library.place_jumps.argtypes = (_WORD, _WHOLE, ctypes.c_double, _POINTER, _POINTER, _WHOLE, _WHOLE)
    library.find_near_targets.argtypes = (_WORD, *[_POINTER] * 3, _WHOLE, _WHOLE, ctypes.c_double, _POINTER, _POINTER, _WHOLE, _WHOLE)
    library.place_near_targets.argtypes = (_POINTER, _WHOLE, _POINTER, _POINTER, _WHOLE, _WHOLE)
    library.sort_rows.argtypes = (_POINTER, _POINTER, _WHOLE, _POINTER, _WHOLE, _WHOLE)
    library.count_targets.argtypes = (_POINTER, _POINTER, _WHOLE, _WHOLE)
    library.place_synapses.argtypes = (_POINTER, _POINTER, _POINTER, _WHOLE, _WHOLE)
    for name in (
        "choose", "count_sources", "place_targets", "count_jumps", "place_jumps", "find_near_targets", "place_near_targets", "sort_rows",
        "count_targets", "place_synapses",
    ):  # fmt: skip
        getattr(library, name).restype = None
    return library


def _text() -> str:
    return (importlib.resources.files("inferno.runtime.kernels") / "pairs.cpp").read_text(encoding="utf-8")


def are_pairs_built() -> bool:
    """Whether `load_pairs` needs no build."""
    return is_generated(_text())


def build_pairs_meanwhile() -> None:
    """Begin to build what `load_pairs` will be asked for."""
    build_meanwhile(_text())


def choose(key: Tensor, rows: Tensor, barred: Tensor, count: int, among: int) -> Tensor:
    """Different numbers [rows, count]: `reference_pairs.choose`, natively."""
    numbers, without, out = words(rows), words(barred), torch.empty(len(rows), count, dtype=torch.int32)
    function, place = load_pairs().choose, (word(key), numbers.data_ptr(), without.data_ptr(), count, among, out.data_ptr())
    over_rows(lambda begin, end: function(*place, begin, end), len(numbers), out.numel() // _PAIRS_PER_THREAD)
    return out


def choose_sources(key: Tensor, barred: Tensor, count: int, sources: int) -> tuple[Tensor, Tensor]:
    """Rows of targets: `reference_pairs.choose_sources`, natively."""
    library, without = load_pairs(), words(barred)
    place, targets = (word(key), without.data_ptr(), count, sources), torch.empty(count * len(without), dtype=torch.int32)
    parts = parts_of(len(without), len(targets) // _PAIRS_PER_THREAD)
    starts, places = _places(lambda counts, begin, end: library.count_sources(*place, counts, begin, end), parts, sources)
    out = targets.data_ptr()
    over_parts(lambda k, begin, end: library.place_targets(*place, places[k].data_ptr(), out, begin, end), parts)
    return starts, targets


def jump(key: Tensor, rows: int, width: int, chance: float) -> tuple[Tensor, Tensor]:
    """Rows of targets: `reference_pairs.jump`, natively; drawn to count them, and again to put them in their places."""
    library, place, lengths = load_pairs(), (word(key), width, rate_of(chance)), torch.empty(rows, dtype=torch.int64)
    worth = int(rows * width * chance) // _PAIRS_PER_THREAD
    over_rows(lambda begin, end: library.count_jumps(*place, lengths.data_ptr(), begin, end), rows, worth)
    starts = starts_of(lengths)
    targets = torch.empty(int(starts[-1]), dtype=torch.int32)
    over_rows(lambda begin, end: library.place_jumps(*place, starts.data_ptr(), targets.data_ptr(), begin, end), rows, worth)
    return starts, targets


def near(key: Tensor, rows: Tensor, sources: Tensor, targets: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """How many targets each row is joined to, and these: `reference_pairs.near`, natively."""
    library, numbers, lengths = load_pairs(), words(rows), torch.empty(len(rows), dtype=torch.int64)
    starts, ends = sources.to(torch.float64).contiguous(), targets.to(torch.float64).T.contiguous()
    flags = torch.empty(len(rows), len(targets), dtype=torch.bool)
    place = (word(key), numbers.data_ptr(), starts.data_ptr(), ends.data_ptr(), *ends.shape, 2 * sigma * sigma, flags.data_ptr())
    worth = flags.numel() // _PAIRS_PER_THREAD
    over_rows(lambda begin, end: library.find_near_targets(*place, lengths.data_ptr(), begin, end), len(rows), worth)
    firsts = starts_of(lengths)
    found = torch.empty(int(firsts[-1]), dtype=torch.int32)
    where = (flags.data_ptr(), len(targets), firsts.data_ptr(), found.data_ptr())
    over_rows(lambda begin, end: library.place_near_targets(*where, begin, end), len(rows), worth)
    return lengths, found


def sort_rows(starts: Tensor, values: Tensor) -> Tensor:
    """Rows in the order of their values: `reference_pairs.sort_rows`, natively."""
    rows, numbers, order = words(starts), words(values), torch.empty(len(values), dtype=torch.int64)
    if not len(numbers):
        return order
    function, place = load_pairs().sort_rows, (rows.data_ptr(), numbers.data_ptr(), int(numbers.max()) + 1, order.data_ptr())
    over_rows(lambda begin, end: function(*place, begin, end), len(rows) - 1, len(numbers) // _PAIRS_PER_THREAD)
    return order


def columns(targets: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Synapses by their targets: `reference_pairs.columns`, natively."""
    library, numbers, synapses = load_pairs(), targets.to(torch.int32).contiguous(), torch.empty(len(targets), dtype=torch.int32)
    parts = parts_of(len(numbers), len(numbers) // _PAIRS_PER_THREAD)
    place, out = numbers.data_ptr(), synapses.data_ptr()
    starts, places = _places(lambda counts, begin, end: library.count_targets(place, counts, begin, end), parts, count)
    over_parts(lambda k, begin, end: library.place_synapses(place, places[k].data_ptr(), out, begin, end), parts)
    return starts, synapses


def _places(count: Callable[[int, int, int], object], parts: list[tuple[int, int]], rows: int) -> tuple[Tensor, Tensor]:
    """Where rows start, and where in each of them each part begins, [parts, rows]: every part has counted what it will put there."""
    counts = torch.zeros(len(parts), rows, dtype=torch.int64)
    over_parts(lambda k, begin, end: count(counts[k].data_ptr(), begin, end), parts)
    starts = starts_of(counts.sum(0))
    return starts, starts[:-1] + torch.cumsum(counts, 0) - counts
