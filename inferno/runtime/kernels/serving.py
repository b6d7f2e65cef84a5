"""Puts the native kernels in front of their twins on the CPU, each built when it is first wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable

import torch
from torch import Tensor

from inferno.cache import CacheError
from inferno.runtime.kernels import building, draws, pairs
from inferno.runtime.kernels.building import NativeUnavailable

_SUMS = ("spike_sum", "sparse_sum", "event_outer")
_PAIRS = ("choose", "choose_sources", "jump", "near", "sort_rows", "columns")
_serving = threading.Lock()
_libraries: dict[str, torch.library.Library] = {}


def use_native(progress: Callable[[str], None] | None = None, compiler: str = "g++") -> None:
    """From now on, for this whole process, native kernels serve the CPU; `progress` gets a line before a build that takes seconds.

    Raises
    ------
    NativeUnavailable
        Without a compiler or a cache folder, or where the kernels for random numbers can't be built; those for sums are built when the
        first of them is called, which raises the same.
    """
    with _serving:
        if "draws" in _libraries:
            return
        building.find_compiler(compiler)
        try:
            building.library_folder()
        except (CacheError, OSError) as error:
            raise NativeUnavailable(str(error)) from error
        draws.load_draws(torch.float32)
        _libraries["draws"] = library = torch.library.Library("inferno", "IMPL")  # type: ignore[no-untyped-call]
        library.impl("draw", draws.draw, "CPU")  # type: ignore[no-untyped-call]
        library.impl("interval_spikes", draws.interval_spikes, "CPU")  # type: ignore[no-untyped-call]
        _libraries["sums"] = library = torch.library.Library("inferno", "IMPL")  # type: ignore[no-untyped-call]
        for name in _SUMS:
            library.impl(name, _first_call(name, progress, compiler), "CPU")  # type: ignore[no-untyped-call]


def use_native_pairs() -> None:
    """From now on, native kernels find who is joined to whom; for networks with lists, once `use_native` has served.

    Raises
    ------
    NativeUnavailable
        Where they can't be built.
    """
    with _serving:
        if "pairs" in _libraries:
            return
        pairs.load_pairs()
        _libraries["pairs"] = library = torch.library.Library("inferno", "IMPL")  # type: ignore[no-untyped-call]
        for name in _PAIRS:
            library.impl(name, getattr(pairs, name), "CPU")  # type: ignore[no-untyped-call]


def _first_call(name: str, progress: Callable[[str], None] | None, compiler: str) -> Callable[..., Tensor]:
    """What stands for a sum until one is called: it loads the library of all of them, and calls what is there then."""

    def call(*arguments: object) -> Tensor:
        with _serving:
            if "sums" in _libraries:
                building.built_library(compiler, progress)
                _libraries.pop("sums")._destroy()  # type: ignore[no-untyped-call]
                building.load_native(progress, compiler)
        result: Tensor = getattr(torch.ops.inferno, name).default(*arguments)
        return result

    return call
