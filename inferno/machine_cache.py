"""The numbers of this machine, kept in the cache folder; no torch here: `inferno compile --explain` reads this file.

A file's name holds two SHA-256 sums, as those of kernels do: of what the numbers belong to, and of the file itself.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import pathlib
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import fields, replace

from inferno.cache import CacheError, cache_folder, find_whole
from inferno.machine import BUILT_IN, Machine, Work

PREFIX = "machine"
FORMAT = "1"
"""Another one where the numbers are measured in another way, so that those of before are not taken for them."""


def known_machine() -> Machine:
    """The numbers measured on this machine, or those built in; `origin` says which, and why."""
    try:
        found = find_whole(cache_folder(), f"{PREFIX}-{_key()}", ".json")
        machine = _read(found) if found is not None else None
    except (CacheError, OSError) as problem:
        return replace(BUILT_IN, origin=f"built in: {problem}")
    return machine or BUILT_IN


def keep_machine(numbers: Mapping[str, float]) -> Machine:
    """Nanoseconds by kind of work as the numbers of this machine, kept in place of earlier ones.

    Raises
    ------
    CacheError
        Where there is no folder to keep them in.
    """
    folder = cache_folder()
    content = json.dumps({name: float(f"{value:.4g}") for name, value in numbers.items()}, indent=1).encode()
    target = folder / f"{PREFIX}-{_key()}-{hashlib.sha256(content).hexdigest()}.json"
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix="measuring-") as scratch:
            draft = pathlib.Path(scratch) / "numbers.json"
            draft.write_bytes(content)
            draft.replace(target)
        for earlier in folder.glob(f"{PREFIX}-{_key()}-*.json"):
            if earlier != target:
                earlier.unlink(missing_ok=True)
    except OSError as problem:
        raise CacheError(f"cannot write to the cache folder {folder}: {problem.strerror or problem}") from problem
    return _machine(json.loads(content), target)


def processor() -> str:
    """Model and instruction sets of the processor; on a machine shared by a cluster's nodes the cache may be common to several."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    told = {line.partition(":")[0].strip(): line for line in reversed(lines)}
    return "\n".join(told[name] for name in ("model name", "flags", "Features") if name in told)


def _key() -> str:
    """SHA-256 of all that the numbers belong to."""
    try:
        torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        torch = "of a distribution with another name"
    return hashlib.sha256("\0".join((FORMAT, platform.machine(), processor(), torch)).encode()).hexdigest()


def _read(path: pathlib.Path) -> Machine | None:
    """The numbers of a file; None, and the file removed, where it holds something else."""
    try:
        return _machine(json.loads(path.read_text(encoding="utf-8")), path)
    except (ValueError, TypeError, RecursionError):
        path.unlink(missing_ok=True)
        return None


def _machine(numbers: Mapping[str, float], path: pathlib.Path) -> Machine:
    """The numbers with their origin; `ValueError` or `TypeError` unless there is a positive one for each kind of work."""
    given = {name: float(value) for name, value in dict(numbers).items()}
    if {f.name for f in fields(Work)} != set(given) or not all(0 < value < math.inf for value in given.values()):
        raise ValueError(f"{path} does not hold the numbers of a machine")
    return replace(BUILT_IN, **given, origin=f"measured: {path}", measured=True)
