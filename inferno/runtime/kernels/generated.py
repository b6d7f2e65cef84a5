"""Builds a generated C++ text on first use, keeps it by content beside the native kernels, and loads it."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import pathlib
import platform
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import cache
from typing import Any

import torch

from inferno.cache import CacheError, sha256
from inferno.machine_cache import processor
from inferno.runtime.kernels import building
from inferno.runtime.kernels.building import COMPILER_SECONDS, FLAGS, NativeUnavailable

PREFIX = "inferno-generated"
NUMBERS = {torch.float32: "float", torch.float64: "double"}
"""What C++ calls the types that native functions are built for."""
# Neither changes a value: nobody reads errno or floating-point traps here, and without them both sides of a choice may be calculated.
LOOP_FLAGS = (*FLAGS, "-fno-math-errno", "-fno-trapping-math")

_libraries: dict[tuple[str, str], Future[ctypes.CDLL]] = {}


def load_generated(text: str, compiler: str = "g++") -> ctypes.CDLL:
    """The library of a C++ text that knows nothing of torch, built where it is missing or damaged.

    A thread that asks for what another one builds waits for it.

    Raises
    ------
    NativeUnavailable
        Without a compiler, a cache folder or a successful build.
    """
    own: Future[ctypes.CDLL] = Future()
    found = _libraries.setdefault((text, compiler), own)
    if found is own:
        try:
            own.set_result(_load(text, compiler))
        except NativeUnavailable as problem:
            del _libraries[text, compiler]
            own.set_exception(problem)
    return found.result()


def build_meanwhile(text: str, compiler: str = "g++") -> None:
    """Begin to build a text that will be asked for soon; what goes wrong is told then."""

    def ask() -> None:
        with contextlib.suppress(NativeUnavailable):
            load_generated(text, compiler)

    threading.Thread(target=ask).start()


def is_generated(text: str, compiler: str = "g++") -> bool:
    """Whether the library of a text is there without a build."""
    if (text, compiler) in _libraries:
        return True
    try:
        folder, executable = building.library_folder(), building.find_compiler(compiler)
    except (CacheError, OSError, NativeUnavailable):
        return False
    return building.find_built(folder, _key(text, executable), PREFIX) is not None


def _load(text: str, compiler: str) -> ctypes.CDLL:
    executable = building.find_compiler(compiler)
    try:
        folder = building.library_folder()
        library = _built(folder, text, executable)
        return ctypes.CDLL(str(library))
    except (CacheError, OSError) as error:
        raise NativeUnavailable(str(error)) from error


def load_function(
    text: str, name: str, dtype: torch.dtype, arguments: Sequence[type], result: type | None = None
) -> Callable[..., Any] | None:
    """The function `<name>_float` or `<name>_double` of a C++ text, for that type; None without one, or where it can't be built."""
    if dtype not in NUMBERS:
        return None
    try:
        function = getattr(load_generated(text), f"{name}_{NUMBERS[dtype]}")
    except NativeUnavailable:
        return None
    function.argtypes, function.restype = list(arguments), result
    found: Callable[..., Any] = function
    return found


def _built(folder: pathlib.Path, text: str, executable: str) -> pathlib.Path:
    key = _key(text, executable)
    if (found := building.find_built(folder, key, PREFIX)) is not None:
        return found
    with tempfile.TemporaryDirectory(dir=folder, prefix="building-") as scratch:
        source, draft = pathlib.Path(scratch) / "step.cpp", pathlib.Path(scratch) / "step.so"
        source.write_text(text, encoding="utf-8")
        building.run_compiler(executable, (*LOOP_FLAGS, f"-I{building.headers()}", str(source), "-o", str(draft)))
        finished = folder / f"{PREFIX}-{key}-{sha256(draft)}.so"
        draft.replace(finished)
    return finished


def _key(text: str, executable: str) -> str:
    parts = (text, *building.header_texts(), *LOOP_FLAGS, _version(executable), platform.machine(), processor())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@cache
def _version(executable: str) -> str:
    done = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False, timeout=COMPILER_SECONDS)
    return done.stdout
