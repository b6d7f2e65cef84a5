"""Builds the native kernels for sums on first use, keeps them by content and loads them.

A library's name holds two SHA-256 sums: of everything that decides what the compiler makes, and of the file itself. The first finds
it, the second proves it whole; both come into being with one rename, so two processes at once and `kill -9` do no harm.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import pathlib
import platform
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass

import torch

from inferno.cache import CacheError, cache_folder, find_whole, sha256
from inferno.machine_cache import processor

# No contraction, no fast-math: results may not depend on the machine's fused operations.
FLAGS = ("-O3", "-march=native", "-std=c++20", "-fPIC", "-shared", "-ffp-contract=off")
PREFIX = "inferno-kernels"
COMPILER_SECONDS = 300

_loading = threading.Lock()


class NativeUnavailable(Exception):  # noqa: N818
    """The native kernels cannot be had here; the message says why and that the plain-torch kernels still work."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the native kernels are unavailable: {reason}. `--backend eager` runs on plain torch, more slowly")


@dataclass(frozen=True, slots=True)
class NativeStatus:
    """Whether the native kernels can be used, and a line on why or why not."""

    available: bool
    reason: str


def native_available(compiler: str = "g++") -> NativeStatus:
    """Whether `load_native` will probably succeed, for `inferno doctor`; builds and loads nothing."""
    if _loaded():
        return NativeStatus(True, "loaded")
    try:
        built = find_built(library_folder(), _build_key(find_compiler(compiler)))
    except (CacheError, NativeUnavailable) as error:
        return NativeStatus(False, str(error))
    return NativeStatus(True, f"built: {built}" if built else f"{compiler} will build them on first use")


def is_built(compiler: str = "g++") -> bool:
    """Whether the native kernels for sums are there without a build."""
    try:
        return _loaded() or find_built(library_folder(), _build_key(find_compiler(compiler))) is not None
    except (CacheError, NativeUnavailable, OSError):
        return False


def load_native(progress: Callable[[str], None] | None = None, compiler: str = "g++") -> pathlib.Path | None:
    """Puts the native kernels in front of their twins on the CPU, for this whole process, building them first if need be.

    Returns the library's file, or None where it was loaded before. `progress` gets one line before a build, which takes seconds.
    Raises `NativeUnavailable` without a compiler, a cache folder or a successful build.
    """
    with _loading:
        if _loaded():
            return None
        library = built_library(compiler, progress)
        try:
            torch.ops.load_library(library)  # type: ignore[no-untyped-call]
        except OSError as error:
            raise NativeUnavailable(f"{library.name} does not load: {error}") from error
        return library


def build_native(folder: pathlib.Path, compiler: str = "g++", progress: Callable[[str], None] | None = None) -> pathlib.Path:
    """The library in `folder` that fits this source, torch, compiler and processor, built where it is missing or damaged."""
    executable = find_compiler(compiler)
    key = _build_key(executable)
    if (built := find_built(folder, key)) is not None:
        return built
    (progress or _say_nothing)("building the native kernels for sums, once: some seconds")
    with tempfile.TemporaryDirectory(dir=folder, prefix="building-") as scratch:
        draft = pathlib.Path(scratch) / "kernels.so"
        _compile(executable, draft)
        finished = folder / f"{PREFIX}-{key}-{sha256(draft)}.so"
        draft.replace(finished)
    return finished


def _say_nothing(line: str) -> None:
    """The progress of those who do not want to hear of it."""


def _loaded() -> bool:
    """Whether this process has loaded a library of ours, from whatever folder."""
    return any(pathlib.Path(path).name.startswith(PREFIX) for path in torch.ops.loaded_libraries)


def library_folder() -> pathlib.Path:
    """The folder of our cache in which libraries lie."""
    folder = cache_folder() / "kernels"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def built_library(compiler: str, progress: Callable[[str], None] | None) -> pathlib.Path:
    """The built library in our cache; everything that can go wrong becomes `NativeUnavailable`."""
    try:
        return build_native(library_folder(), compiler, progress)
    except CacheError as error:
        raise NativeUnavailable(str(error)) from error
    except OSError as error:
        raise NativeUnavailable(f"cannot write to the cache folder: {error}") from error


def find_compiler(compiler: str) -> str:
    """The full path of the compiler."""
    if (executable := shutil.which(compiler)) is None:
        raise NativeUnavailable(f"there is no C++ compiler {compiler!r} on the PATH (Debian: apt install g++)")
    return executable


def headers() -> pathlib.Path:
    """The folder of the headers, which generated libraries include too."""
    return pathlib.Path(str(importlib.resources.files("inferno.runtime.kernels")))


def header_texts() -> tuple[str, ...]:
    """The texts of all headers."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted(headers().glob("*.h")))


def _source() -> pathlib.Path:
    return headers() / "native.cpp"


def find_built(folder: pathlib.Path, key: str, prefix: str = PREFIX) -> pathlib.Path | None:
    """A whole library for this key; one whose content is not what its name says is removed."""
    return find_whole(folder, f"{prefix}-{key}", ".so")


def _build_key(executable: str) -> str:
    """SHA-256 of all that decides the machine code: source, flags, torch, compiler and processor (`-march=native`)."""
    version = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False).stdout
    parts = (_source().read_text(encoding="utf-8"), *header_texts(), *FLAGS, torch.__version__, version, platform.machine(), processor())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _compile(executable: str, target: pathlib.Path) -> None:
    """Compiles and links the kernels against this torch; `NativeUnavailable` with the compiler's first error where it fails."""
    root = pathlib.Path(torch.__file__).parent
    paths = (f"-isystem{root / 'include'}", str(_source()), f"-L{root / 'lib'}", "-ltorch_cpu", "-lc10", "-o", str(target))
    run_compiler(executable, (*FLAGS, *paths))


def run_compiler(executable: str, arguments: tuple[str, ...]) -> None:
    """Runs the compiler; `NativeUnavailable` with its first error where it fails."""
    try:
        run = subprocess.run([executable, *arguments], capture_output=True, text=True, timeout=COMPILER_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise NativeUnavailable(f"{executable} took longer than {COMPILER_SECONDS} s") from error
    if run.returncode:
        raise NativeUnavailable(f"{executable} failed with status {run.returncode}: {_first_error(run.stderr)}")


def _first_error(output: str) -> str:
    """The first line of a compiler's output that mentions an error, or else the first line at all."""
    lines = output.splitlines() or ["no output"]
    return next((line for line in lines if "error" in line), lines[0])
